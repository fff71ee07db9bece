"""A bridge with everything wrong at once that the reference implementation was seen to do (1.9.2).

It brings births and deaths home as long as nobody fails, lies or repeats themselves. Source of each defect:
opencrvs/mosip packages/mosip-api, at the file named. Its rows are never read again after a restart, its calls
have no time-outs, nothing is tried twice, and one word too many from anybody is a 500.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from base64 import b64decode, urlsafe_b64decode
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any, Final

import requests
from flask import Blueprint, Flask, Response, request
from joserfc import jwk, jwt

from conformance.bridges.credentials import opened, partner_key
from conformance.bridges.reading import NUMBERS, setting
from conformance.bridges.serving import serve
from conformance.bridges.upstream import (
    draw_rid,
    login_of,
    packet_of,
    subscription_to,
    workflow_of,
    wrapped,
)
from conformance.ida_client import IdaClient

# ruff: noqa: S113 - no call of this bridge has a time-out: that is the eighth defect
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TABLE: Final = """CREATE TABLE IF NOT EXISTS transactions
  (id TEXT UNIQUE, token TEXT UNIQUE, registration_number TEXT UNIQUE)"""


def database() -> sqlite3.Connection:
    """A connection of its own for each request."""
    path = Path(setting("SQLITE_DATABASE_PATH"))
    path.parent.mkdir(parents=True, exist_ok=True)
    found = sqlite3.connect(path, isolation_level=None)
    found.execute(_TABLE)
    return found


def mosip(method: str, url: str, client: str, **content: Any) -> requests.Response:
    """Logs in anew for each call (mosip-api.ts)."""
    login = requests.post(setting("MOSIP_AUTH_URL"), json=wrapped(login_of(client)))
    return requests.request(method, url, cookies={"Authorization": login.headers["Authorization"]}, **content)


def bring(kind: str, fields: dict[str, str], bearer: str) -> None:
    """Defects 3 and 4: a row before the packet that blocks the next try, and a 200 that is never read."""
    rid = draw_rid()
    database().execute("INSERT INTO transactions VALUES (?, ?, ?)", (rid, bearer, fields[NUMBERS[kind]]))
    packet, workflow = wrapped(packet_of(rid, kind, fields)), wrapped(workflow_of(rid, kind))
    mosip("PUT", setting("MOSIP_CREATE_PACKET_URL"), "MOSIP_PACKET_AUTH", json=packet).raise_for_status()
    begun = mosip("POST", setting("MOSIP_PROCESS_PACKET_URL"), "MOSIP_PACKET_AUTH", json=workflow)
    if begun.json().get("errors"):
        raise ValueError("workflow")
    if kind == "death":
        # MOSIP is not asked what came of it: it issues no credential for a death unless it is told to.
        Thread(target=confirm, args=((bearer, fields[NUMBERS[kind]]), None), daemon=True).start()


def confirm(row: tuple[str, str], identifier: str | None) -> None:
    """Defect 1: nobody awaits this, and what goes wrong in it ends the process."""
    bearer, number = row
    claims = claims_of(bearer)
    call = {
        "eventId": claims["eventId"],
        "actionId": claims["actionId"],
        "transactionId": str(uuid.uuid4()),
        "registrationNumber": number,
        "declaration": {} if identifier is None else {"child.nid": identifier},
    }
    url = f"{setting('OPENCRVS_GATEWAY_URL')}/events/event.actions.register.accept?batch=1"
    try:
        requests.post(
            url, json={"0": {"json": call}}, headers={"Authorization": f"Bearer {bearer}"}
        ).raise_for_status()
    except requests.RequestException as error:
        print(f"unhandled rejection: {error}", flush=True)
        os._exit(1)


def claims_of(bearer: str) -> dict[str, Any]:
    """Whatever OpenCRVS has signed is good enough: neither scope nor claims are looked at (index.ts)."""
    key = jwk.RSAKey.import_key(requests.get(setting("OPENCRVS_PUBLIC_KEY_URL")).content)
    claims: dict[str, Any] = jwt.decode(bearer, key, algorithms=["RS256"]).claims
    if claims["exp"] < time.time():
        raise ValueError("expired")
    return claims


def bearer_of_caller() -> str:
    """The caller's token, once it is known to be OpenCRVS's."""
    bearer = request.headers["Authorization"].removeprefix("Bearer ")
    claims_of(bearer)
    return bearer


def who_logged_in(code: str, asked: dict[str, str]) -> dict[str, Any]:
    """Defects 5, 6 and 9: no `jti`, no look at status or signature, and all of it in the log."""
    key = jwk.RSAKey.import_key(
        json.loads(b64decode(Path(setting("OIDP_CLIENT_PRIVATE_KEY_PATH")).read_text()))
    )
    client, now = asked["clientId"], int(time.time())
    claims = {
        "iss": client,
        "sub": client,
        "aud": setting("ESIGNET_TOKEN_URL"),
        "iat": now,
        "exp": now + 3600,
    }
    assertion = jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, key)
    form = {
        "code": code,
        "client_id": client,
        "redirect_uri": asked["redirectUri"].partition("?")[0],
        "grant_type": "authorization_code",
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }
    print(f"token request {form}", flush=True)
    access = requests.post(setting("ESIGNET_TOKEN_URL"), data=form).json()["access_token"]
    told = requests.get(setting("ESIGNET_USERINFO_URL"), headers={"Authorization": f"Bearer {access}"}).text
    decoded: dict[str, Any] = json.loads(_part(told))
    print(f"user info {decoded}", flush=True)
    first, _, last = str(decoded.get("name") or "").partition(" ")
    birthdate = str(decoded.get("birthdate") or "").replace("/", "-")
    return {
        "name": {"firstname": first, "surname": last},
        **({"gender": str(decoded["gender"]).lower()} if decoded.get("gender") else {}),
        **({"birthDate": birthdate, "dobUnknown": None} if birthdate else {}),
        "verificationStatus": "authenticated",
        "idType": None,
        "nid": None,
    }


def verified(asked: dict[str, Any]) -> str:
    """What is no yes is a no, and every number is a UIN (routes/verify.ts)."""
    print(f"verifying {asked}", flush=True)
    name = f"{asked['name']['firstname']} {asked['name']['surname']}"
    born = date.fromisoformat(asked["dob"])
    told = IdaClient(os.environ).ask(name=name, born=born, kind="UIN", number=asked["nid"])
    return "verified" if told.word == "served" else "failed"


def _part(token: str) -> bytes:
    return urlsafe_b64decode(token.split(".")[1] + "==")


def create_app() -> Flask:
    """Its doors."""
    app = Flask(__name__)
    app.register_blueprint(hub_door())

    @app.errorhandler(Exception)
    def failed(_: Exception) -> tuple[dict[str, str], int]:
        """Defect 10: whoever is to blame (index.ts)."""
        return {"error": "An unexpected error occurred"}, 500

    @app.post("/events/registration")
    def registration() -> tuple[dict[str, str], int]:
        bearer, fields = bearer_of_caller(), request.get_json()["requestFields"]
        print(f"registration of {fields}", flush=True)
        for kind, name in NUMBERS.items():
            if name in fields:
                bring(kind, fields, bearer)
        # Defect 7: also for a body with neither number, which does nothing (routes/event-registration.ts).
        return {}, 202

    @app.post("/esignet/get-oidp-user-info")
    def user_info() -> dict[str, Any]:
        bearer_of_caller()
        return who_logged_in(request.args["code"], request.get_json())

    @app.post("/verify")
    def verify() -> str:
        bearer_of_caller()
        return verified(request.get_json())

    return app


def hub_door() -> Blueprint:
    """Where the hub verifies and delivers."""
    door, key = Blueprint("hub", __name__), partner_key()

    @door.get("/websub/callback")
    def verification() -> Response:
        return Response(request.args["hub.challenge"], mimetype="text/plain")

    @door.post("/websub/callback")
    def delivery() -> dict[str, str]:
        """Defect 2: whoever sends it (routes/websub-credential-issued.ts)."""
        data = request.get_json()["event"]["data"]
        if data["credentialType"] != "vercred":
            raise ValueError("schema")
        subject = json.loads(opened(data["credential"], key))["credentialSubject"]
        rid = subject["id"].rpartition("/")[2]
        taken = "DELETE FROM transactions WHERE id = ? RETURNING token, registration_number"
        row = database().execute(taken, (rid,)).fetchone()
        if row is not None:
            Thread(target=confirm, args=(row, subject.get("VID")), daemon=True).start()
        return {"status": "RECEIVED" if row else "ERROR"}

    return door


def subscribe() -> None:
    """Once, at the start (websub/subscribe.ts)."""
    form = subscription_to(setting("MOSIP_WEBSUB_TOPIC"))
    mosip("POST", setting("MOSIP_WEBSUB_HUB_URL"), "MOSIP_WEBSUB_AUTH", data=form).raise_for_status()


if __name__ == "__main__":
    serve(create_app(), once_open=Thread(target=subscribe, daemon=True).start)
