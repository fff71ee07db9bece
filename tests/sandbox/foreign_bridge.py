"""Somebody else's bridge: it knows only the reference implementation's variables, and only births."""

import base64
import hashlib
import hmac
import json
import os
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from flask import Flask, request
from joserfc import jwk, jwt
from werkzeug.serving import make_server

ENV, ROWS, SHA, app = os.environ, {}, hashes.SHA256(), Flask(__name__)
P12, PASSWORD = Path(ENV["DECRYPT_P12_FILE_PATH"]), ENV["DECRYPT_P12_FILE_PASSWORD"]
KEY, RSA = load_pkcs12(P12.read_bytes(), PASSWORD.encode()).key, OAEP(MGF1(SHA), SHA, None)
CENTER, MACHINE = ENV["MOSIP_CENTER_ID"], ENV["MOSIP_MACHINE_ID"]
CRVS = {"process": "CRVS_NEW", "source": "OPENCRVS"}
INSTANCE = "mosip.registration.processor.workflow.instance"


def ask(method: str, url: str, who: str, *, what: dict | None = None, **content: object) -> requests.Response:
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    frame = {"id": INSTANCE, "version": "v1", "requesttime": stamp, "metadata": {}}
    login = {"clientId": ENV[f"{who}_CLIENT_ID"], "secretKey": ENV[f"{who}_CLIENT_SECRET"]}
    login = {**frame, "request": {**login, "appId": ENV["MOSIP_AUTH_CLIENT_APP_ID"]}}
    token = requests.post(ENV["MOSIP_AUTH_URL"], json=login, timeout=9).headers["Authorization"]
    body = {**content, "json": {**frame, "request": what}} if what else content
    return requests.request(method, url, cookies={"Authorization": token}, timeout=9, **body)


def labels(**of: str) -> str:
    return json.dumps([{"label": name, "value": value} for name, value in of.items()])


def drive(rid: str, fields: dict) -> None:
    kinds = {name: {"type": "string", "fieldCategory": "pvt"} for name in fields}
    packet = {**CRVS, "id": rid, "refId": f"{CENTER}_{MACHINE}", "fields": fields, "schemaVersion": "0.100"}
    packet["schemaJson"] = json.dumps({"properties": {"identity": {"properties": kinds}}})
    places, operator = labels(centerId=CENTER, machineId=MACHINE), labels(officerId="opencrvs")
    packet["metaInfo"] = {"metaData": places, "operationsData": operator}
    packet |= {"offlineMode": False, "audits": [{"uuid": str(uuid.uuid4())}]}
    assert ask("PUT", ENV["MOSIP_CREATE_PACKET_URL"], "MOSIP_PACKET_AUTH", what=packet).json()["response"]
    what = {**CRVS, "registrationId": rid, "additionalInfoReqId": "", "notificationInfo": None}
    assert ask("POST", ENV["MOSIP_PROCESS_PACKET_URL"], "MOSIP_PACKET_AUTH", what=what).json()["response"]


@app.post("/events/registration")
def registration() -> tuple[dict, int]:
    bearer, fields = request.headers["Authorization"].removeprefix("Bearer "), request.json["requestFields"]
    key = jwk.RSAKey.import_key(requests.get(ENV["OPENCRVS_PUBLIC_KEY_URL"], timeout=9).text)
    claims = jwt.decode(bearer, key, algorithms=["RS256"]).claims
    rid = f"{CENTER}{MACHINE}{len(ROWS):05d}{datetime.now(UTC):%Y%m%d%H%M%S}"
    ROWS[rid] = {"eventId": claims["eventId"], "actionId": claims["actionId"], "bearer": bearer}
    ROWS[rid]["registrationNumber"] = fields["birthCertificateNumber"]
    threading.Thread(target=drive, args=(rid, fields)).start()
    return {}, 202


@app.route("/websub/callback", methods=["GET", "POST"])
def callback() -> str | dict:
    if request.method == "GET":
        return request.args.get("hub.challenge", "")
    mac = hmac.new(ENV["MOSIP_WEBSUB_SECRET"].encode(), request.data, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(request.headers["X-Hub-Signature"], f"sha256={mac}")
    sealed = base64.urlsafe_b64decode(request.json["event"]["data"]["credential"] + "==")
    aes, aad = AESGCM(KEY.decrypt(sealed[38:294], RSA)), sealed[308:340]
    subject = json.loads(aes.decrypt(aad[:12], sealed[340:], aad))["credentialSubject"]
    row = dict(ROWS[subject["id"].rpartition("/")[2]])
    headers = {"Authorization": f"Bearer {row.pop('bearer')}"}
    row["declaration"] = {"child.nid": subject[ENV["MOSIP_VERIFIABLE_CREDENTIAL_NATIONAL_ID_KEY"]]}
    accept = {"0": {"json": {**row, "transactionId": str(uuid.uuid4())}}}
    url = ENV["OPENCRVS_GATEWAY_URL"] + "/events/event.actions.register.accept?batch=1"
    requests.post(url, json=accept, headers=headers, timeout=9).raise_for_status()
    return {}


server = make_server("127.0.0.1", int(ENV["PORT"]), app, threaded=True)
form = {
    "hub.mode": "subscribe",
    "hub.topic": ENV["MOSIP_WEBSUB_TOPIC"],
    "hub.secret": ENV["MOSIP_WEBSUB_SECRET"],
}
form["hub.callback"] = ENV["MOSIP_WEBSUB_CALLBACK_URL"]
assert ask("POST", ENV["MOSIP_WEBSUB_HUB_URL"], "MOSIP_WEBSUB_AUTH", data=form).status_code == 202
server.serve_forever()
