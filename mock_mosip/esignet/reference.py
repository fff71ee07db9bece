"""The profile ``reference-mock``: as lenient and as odd as the mock of the reference implementation.

Any client, no consent, a code that is the person's number in base64, nothing checked but the redirect, and
that too late. One thing is different: that mock signs userinfo with the relying party's own private key,
which we do not have; ours is under ``/.well-known/jwks.json``. (opencrvs/mosip: packages/esignet-mock)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint

from mock_control import JSON, Answer, Control, Incoming, Keys, Reset, operation
from mock_control.messages import dump_json
from mock_mosip.crypto import b64url
from mock_mosip.esignet import pages
from mock_mosip.esignet.errors import bad_gateway
from mock_mosip.esignet.keys import AUTO, of_login, of_person, of_query
from mock_mosip.esignet.people import Directory, Person
from mock_mosip.esignet.signing import Keyring
from mock_mosip.esignet.state import digest
from mock_mosip.esignet.tokens import bearer

TOKEN_KEY = b"mock-secret"
LIFE_S = 3600
AUTHORIZE_NEEDS = ("client_id", "response_type", "scope", "acr_values", "claims", "state", "redirect_uri")
TOKEN_NEEDS = ("code", "client_id", "redirect_uri", "grant_type")
_SENT_ON = (*TOKEN_NEEDS, "client_assertion_type", "client_assertion")
_TEXT = "text/plain; charset=utf-8"


class MockError(ValueError):
    """Ends in a 500, with this message."""


class ReferenceMock:
    """What that mock does; it remembers the redirects of its visitors and nothing else."""

    def __init__(self, *, people: Directory, keyring: Keyring, control: Control) -> None:
        self._people = people
        self._keyring = keyring
        self._control = control
        self._lock = Lock()
        self._redirects: Counter[str] = Counter()

    def forget(self, reset: Reset) -> None:
        """Forgets visitors at a full reset."""
        if reset.scenario is None:
            with self._lock:
                self._redirects.clear()

    def visit(self, redirect_uri: str) -> None:
        """Somebody came who wants to go back there."""
        with self._lock:
            self._redirects[without_query(redirect_uri)] += 1

    def token(self, form: Mapping[str, str]) -> dict[str, JSON]:
        """A token for whatever is asked."""
        now = int(self._control.stamps.now().timestamp())
        claims: dict[str, JSON] = {name: form[name] for name in _SENT_ON if name in form}
        header: dict[str, JSON] = {"alg": "HS256", "typ": "JWT"}
        claims |= {"iat": now, "exp": now + LIFE_S}
        text = f"{b64url(dump_json(header))}.{b64url(dump_json(claims))}"
        signature = hmac.digest(TOKEN_KEY, text.encode(), hashlib.sha256)
        return {"access_token": f"{text}.{b64url(signature)}", "expires_in": "1h"}

    def userinfo(self, authorization: str) -> str:
        """All that there is, signed; raises MockError."""
        claims = _unverified(authorization.partition(" ")[2])
        redirect_uri = without_query(str(claims.get("redirect_uri", "")))
        with self._lock:
            if self._redirects[redirect_uri] < 1:
                raise MockError("Invalid redirect_uri provided!")
            self._redirects[redirect_uri] -= 1
        person = self._people.find(_number(str(claims.get("code", ""))))
        if person is None:
            raise MockError("Identity not found")
        stamp = self._control.stamps.now().timestamp()
        told = {
            **_told(person),
            "updated_at": int(stamp * 1000),
            "iat": int(stamp),
            "exp": int(stamp) + LIFE_S,
        }
        return self._keyring.sign(told, algorithm="RS256", named=False)


def without_query(url: str) -> str:
    """All before the question mark."""
    return url.partition("?")[0]


def with_members(url: str, members: Mapping[str, str]) -> str:
    """The URL with these in its query, in place of others by the same name."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in members]
    return urlunsplit(parts._replace(query=urlencode([*query, *members.items()])))


def _unverified(token: str) -> Mapping[str, JSON]:
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, RecursionError) as error:
        raise MockError("Invalid token") from error
    if not isinstance(claims, dict):
        raise MockError("Invalid token")
    return claims


def _number(code: str) -> str:
    try:
        return base64.b64decode(code).decode()
    except ValueError as error:
        raise MockError("Identity not found") from error


def _told(person: Person) -> dict[str, JSON]:
    """Everybody lives in one house, and shares a subject and a phone."""
    return {
        "sub": "405710304278395",
        "name": person.name.full,
        "given_name": person.name.first,
        "family_name": person.name.last,
        "middle_name": person.name.middle,
        "nickname": "",
        "preferred_username": "",
        "profile": "",
        "picture": "",
        "website": "",
        "email": f"team+esignet+{person.name.first}@opencrvs.org",
        "email_verified": True,
        "gender": (person.gender or "").lower(),
        "birthdate": (person.born or "").replace("-", "/"),
        "zoneinfo": "",
        "locale": "en-US",
        "phone_number": "0314412652",
        "phone_number_verified": True,
        "address": {
            "formatted": "221B Baker Street, Marylebone, London NW1 6XE, UK",
            "street_address": "221B Baker Street",
            "locality": "Marylebone",
            "region": "London",
            "postal_code": "NW1 6XE",
            "city": "London",
            "country": "United Kingdom",
        },
    }


def lacking(given: Mapping[str, str], names: tuple[str, ...], what: str) -> Answer | None:
    """Fastify's answer to a request in which something is missing."""
    missing = next((name for name in names if name not in given), None)
    if missing is None:
        return None
    return Answer(
        status=400,
        body={
            "statusCode": 400,
            "code": "FST_ERR_VALIDATION",
            "error": "Bad Request",
            "message": f"{what} must have required property '{missing}'",
        },
    )


def form_of(incoming: Incoming) -> Mapping[str, str]:
    """The token request, which may also be JSON."""
    body = incoming.json if isinstance(incoming.json, dict) else {}
    return incoming.form or {name: str(value) for name, value in body.items()}


def keys_of_code(incoming: Incoming) -> Keys:
    """Whose code it is: it says so itself."""
    code = form_of(incoming).get("code", "")
    return of_person(_number_or_none(code), {"code": digest(code)}) if code else Keys()


def keys_of_token(incoming: Incoming) -> Keys:
    """Whose access token it is: the code is inside."""
    token = bearer(incoming.headers.get("Authorization", ""))
    if not token:
        return Keys()
    try:
        code = str(_unverified(token).get("code", ""))
    except MockError:
        code = ""
    return of_person(_number_or_none(code), {"token": digest(token)})


def _number_or_none(code: str) -> str | None:
    try:
        return _number(code)
    except MockError:
        return None


def make_blueprint(mock: ReferenceMock, keyring: Keyring) -> Blueprint:
    """Routes of this profile."""
    blueprint = Blueprint("esignet_reference", __name__, template_folder="templates")

    def back(number: str, redirect_uri: str, state: str) -> Answer:
        code = base64.b64encode(number.encode()).decode()
        return pages.back_to(with_members(redirect_uri, {"code": code, "state": state}))

    @blueprint.get("/authorize")
    @operation("esignet.oauth.authorize", help="A browser comes to sign in", keys=of_query)
    def authorize(incoming: Incoming) -> Answer:
        query = incoming.query
        refusal = lacking(query, AUTHORIZE_NEEDS, "querystring")
        if refusal is not None:
            return refusal
        mock.visit(query["redirect_uri"])
        if query.get(AUTO):
            return back(query[AUTO], query["redirect_uri"], query["state"])
        return pages.page("reference", query=query, error=None)

    @blueprint.post("/login")
    @operation(
        "esignet.oauth.login",
        help="A person says who they are",
        keys=lambda incoming: of_login(incoming.form.get("individual_id", "").strip()),
    )
    def login(incoming: Incoming) -> Answer:
        form = incoming.form
        refusal = lacking(form, ("individual_id", "redirect_uri", "state"), "body")
        return refusal or back(form["individual_id"].strip(), form["redirect_uri"], form["state"])

    @blueprint.post("/oauth/token")
    @operation(
        "esignet.oauth.token",
        help="A relying party redeems a code",
        request="esignet/token.request",
        keys=keys_of_code,
        answers={"html-502": bad_gateway},
    )
    def token(incoming: Incoming) -> Answer:
        given = form_of(incoming)
        return lacking(given, TOKEN_NEEDS, "body") or Answer(body=mock.token(given))

    @blueprint.get("/oidc/userinfo")
    @operation(
        "esignet.oidc.userinfo",
        help="A relying party asks who signed in",
        keys=keys_of_token,
        answers={"html-502": bad_gateway},
    )
    def userinfo(incoming: Incoming) -> Answer:
        try:
            return Answer(body=mock.userinfo(incoming.headers.get("Authorization", "")), content_type=_TEXT)
        except MockError as error:
            return Answer(
                status=500,
                body={"statusCode": 500, "error": "Internal Server Error", "message": str(error)},
            )

    @blueprint.get("/.well-known/jwks.json")
    @operation(
        "esignet.oidc.jwks", help="The key that userinfo is signed with", response="esignet/jwks.response"
    )
    def jwks(_: Incoming) -> Answer:
        return Answer(body=keyring.jwks())

    return blueprint
