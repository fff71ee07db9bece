"""LINK_BUTTON and QUERY_PARAM_READER: the way to E-Signet and back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mock_opencrvs.desk.link_button import open_esignet, open_link
from mock_opencrvs.desk.query_param_reader import read_query_params
from mock_opencrvs.settings import EsignetLink

LINK = EsignetLink(authorize_url="https://esignet.example/authorize", client_id="opencrvs-client")
PAGE = "http://localhost:3000/events/declare/6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001/pages/mother"


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


def test_the_button_from_1_9_on() -> None:
    opened = open_esignet(LINK, version="2.0", location=f"{PAGE}?from=review#name")
    asked = query(opened.url)
    assert opened.url.startswith("https://esignet.example/authorize?client_id=opencrvs-client&")
    assert json.loads(asked.pop("claims")) == {
        "userinfo": {name: {"essential": True} for name in ("name", "birthdate", "address", "individual_id")},
        "id_token": {},
    }
    assert asked == {
        "client_id": "opencrvs-client",
        "response_type": "code",
        "scope": "openid profile",
        "acr_values": "mosip:idp:acr:generated-code",
        "state": "noop",
        "redirect_uri": PAGE,
    }
    assert (opened.redirect_uri, opened.state) == (PAGE, "noop")


def test_the_button_of_1_8() -> None:
    opened = open_esignet(LINK, version="1.8", location=f"{PAGE}?from=review")
    asked = query(opened.url)
    assert asked["acr_values"] == "mosip:idp:acr:static-code"
    assert asked["claims"] == "name,family_name,given_name,middle_name,birthdate,address"
    assert asked["state"] == opened.state == "fetch-on-mount"
    assert asked["redirect_uri"] == opened.redirect_uri == f"{PAGE}?from=review"


def test_a_link_that_has_a_redirect_uri_keeps_it() -> None:
    assert query(open_link("https://e.example/a?redirect_uri=https%3A%2F%2Fo.example%2F", PAGE)) == {
        "redirect_uri": "https://o.example/"
    }
    assert query(open_link("https://e.example/a", f"{PAGE}?a=1#b")) == {"redirect_uri": PAGE}


RETURNS = [
    # address, picked, what is left
    (f"{PAGE}?code=abc&state=noop", {"code": "abc", "state": "noop"}, PAGE),
    (f"{PAGE}?state=s&iss=x&code=c#f", {"code": "c", "state": "s"}, f"{PAGE}?iss=x#f"),
    (f"{PAGE}?error=access_denied&state=noop", {"state": "noop"}, f"{PAGE}?error=access_denied"),
    (f"{PAGE}?code=&state=noop", {"state": "noop"}, PAGE),
    (f"{PAGE}?code=a%2Bb+c%26d&state=%C3%B1", {"code": "a+b c&d", "state": "ñ"}, PAGE),
    (f"{PAGE}?code=1&code=2", {"code": "1"}, PAGE),
    (f"{PAGE}?Code=1&codes=2", {}, f"{PAGE}?Code=1&codes=2"),
    (f"{PAGE}?code=", {}, f"{PAGE}?code="),
    (f"{PAGE}#code=1&state=2", {}, f"{PAGE}#code=1&state=2"),
    (PAGE, {}, PAGE),
]


@pytest.mark.parametrize(("location", "params", "left"), RETURNS)
def test_what_is_picked_and_stripped(location: str, params: dict[str, str], left: str) -> None:
    picked = read_query_params(location)
    assert (dict(picked.params), picked.location) == (params, left)
    value: Any = picked.to_json(updated_at="2026-05-04T08:11:02.101Z")
    assert value == ({"data": params, "updatedAt": "2026-05-04T08:11:02.101Z"} if params else None)
