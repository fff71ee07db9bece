"""A person logs in at the E-Signet mock, page by page, and the browser comes back to the form."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from conformance.logins import Login, Visitor, changed_link, log_in
from conformance.values import UnknownNameError
from mock_control.client import AdminClient
from mock_mosip.esignet.app import create_app
from mock_mosip.esignet.settings import EsignetSettings, RelyingParty

BACK = "http://forms.example/events/declare/42/pages/mother"
UIN, VID = "8267411571", "4062351704591873"
CLAIMS = {"userinfo": {"name": {"essential": True}, "birthdate": {"essential": True}}, "id_token": {}}


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A running E-Signet that knows Amina, and the link of a form that leads to it."""

    url: str
    admin: AdminClient

    def link(self, **changes: str) -> str:
        query = {
            "client_id": "opencrvs-client",
            "response_type": "code",
            "scope": "openid profile",
            "claims": json.dumps(CLAIMS),
            "state": "noop",
            "redirect_uri": BACK,
            **changes,
        }
        return f"{self.url}/authorize?{urlencode(query)}"

    def ticked(self) -> set[str]:
        """The claims that the newest consent names."""
        entry = self.admin.journal(operation="esignet.oauth.consent").entries[-1]
        body = dict(parse_qsl(str(entry["request"]["body"])))  # type: ignore[index, call-overload]
        return {name.removeprefix("claim.") for name in body if name.startswith("claim.")}


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    key = RSAKey.generate_key(2048)
    jwk = {name: value for name, value in key.as_dict(private=False).items() if isinstance(value, str)}
    client = RelyingParty(
        client_id="opencrvs-client", name="OpenCRVS", redirect_uris=("http://forms.example/**",), jwk=jwk
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(
            EsignetSettings(
                public_url=url,
                signing_key_pem=key.as_pem(private=True).decode(),
                clients=(client,),
                admin_token="admin",
            )
        )
        server = make_server("127.0.0.1", listener.getsockname()[1], app, threaded=True, fd=listener.fileno())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield Stand(url=url, admin=AdminClient(url, "admin"))
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def amina(stand: Stand) -> None:
    stand.admin.reset()
    person = {"id": "m", "name": "Amina Diallo", "born": "1991-04-09", "gender": "female", "email": "a@b.c"}
    stand.admin.people(scenario="test", people=[{**person, "uin": UIN, "vid": VID}])


@pytest.mark.parametrize(
    ("visitor", "ticked"),
    [
        (Visitor(kind="uin", number=UIN), {"gender", "email", "address", "phone_number"}),
        (Visitor(kind="vid", number=VID, consent="all"), {"gender", "email", "address", "phone_number"}),
        (Visitor(kind="uin", number=UIN, consent=("gender",)), {"gender"}),
        (Visitor(kind="uin", number=UIN, consent="none"), set()),
    ],
    ids=["uin", "vid", "some", "none"],
)
def test_the_browser_comes_back_with_a_code(stand: Stand, visitor: Visitor, ticked: set[str]) -> None:
    location, error = log_in(stand.link(), visitor)
    login = Login(redirect_uri=BACK, location=location, error=error)
    assert str(login.location).startswith(f"{BACK}?state=noop&code=")
    assert (login.state, login.error, len(str(login.code))) == ("noop", None, 43)
    assert stand.ticked() == ticked


@pytest.mark.parametrize(
    ("changes", "visitor", "back", "error"),
    [
        ({}, Visitor(kind="uin", number=UIN, leaves=True), True, "access_denied"),
        ({}, Visitor(kind="uin", number=UIN, mistyped=True), False, "auth_failed"),
        ({}, Visitor(kind="uin", number="9999999999"), False, "invalid_individual_id"),
        ({}, Visitor(kind="vid", number=UIN), False, "invalid_individual_id"),
        (
            {"redirect_uri": "http://other.example/"},
            Visitor(kind="uin", number=UIN),
            False,
            "invalid_redirect_uri",
        ),
    ],
    ids=["cancelled", "mistyped", "unknown", "wrong-kind", "stranger"],
)
def test_a_login_that_comes_to_nothing_says_why(
    stand: Stand, changes: dict[str, str], visitor: Visitor, back: bool, error: str
) -> None:
    location, shown = log_in(stand.link(**changes), visitor)
    assert (location is not None, shown) == (back, error)


def test_a_link_can_be_changed(stand: Stand) -> None:
    changed = changed_link(stand.link(), redirect_uri="http://forms.example/other", essential=("name",))
    query = dict(parse_qsl(urlsplit(changed).query))
    assert query["redirect_uri"] == "http://forms.example/other"
    assert json.loads(query["claims"]) == {
        "userinfo": {"name": {"essential": True}, "birthdate": {"essential": False}},
        "id_token": {},
    }
    assert dict(parse_qsl(urlsplit(changed_link(stand.link())).query))["redirect_uri"] == BACK


def test_a_login_knows_its_members(stand: Stand) -> None:
    login = Login(redirect_uri=BACK, location=f"{BACK}?code=c&state=s", error=None, subject="psut")
    assert [login.member(name) for name in ("code", "state", "subject")] == ["c", "s", "psut"]
    with pytest.raises(UnknownNameError, match="Did you mean 'code'"):
        login.member("cod")
