"""The token of an informant who has logged in at E-Signet reaches the bridge, in either dialect."""

from __future__ import annotations

import json
from typing import Any

import pytest

import contracts

REGISTER = "event.actions.register.request"
PSUT = "294061538857201948563201947562018374"


def logged_in(page: str, sub: Any = PSUT) -> dict[str, Any]:
    data = {"verificationStatus": "authenticated", "sub": sub}
    return {f"{page}.verify-nid-http-fetch": {"loading": False, "error": None, "data": data}}


def sent(opencrvs: Any, registrar: Any, bridge: Any, kind: str, **changes: Any) -> dict[str, Any]:
    event = registrar.declared(kind, **changes)
    opencrvs.ok(REGISTER, registrar.input(event), registrar.token)
    [(_, body)] = bridge.received
    assert body.pop("path") == "/events/registration"
    assert contracts.violations("bridge/registration.request", body) == []
    return dict(body)


WHERE = [
    # kind, informant.relation, pages with a login, the token that travels
    ("birth", "MOTHER", ["mother"], PSUT),
    ("birth", "FATHER", ["father"], PSUT),
    ("birth", "GRANDMOTHER", ["informant"], PSUT),
    ("birth", None, ["informant"], PSUT),
    ("birth", "MOTHER", ["father", "informant"], None),
    ("birth", "FATHER", ["mother"], None),
    ("death", "SPOUSE", ["spouse"], PSUT),
    ("death", "SON", ["informant"], PSUT),
    ("death", "SON", ["spouse", "deceased"], None),
]


@pytest.mark.parametrize("dialect", ["language-arrays", "plain"])
@pytest.mark.parametrize(("kind", "relation", "pages", "token"), WHERE)
def test_whose_token_travels_and_where(
    opencrvs: Any,
    registrar: Any,
    bridge: Any,
    dialect: str,
    kind: str,
    relation: str | None,
    pages: list[str],
    token: str | None,
) -> None:
    opencrvs.admin.settings({"opencrvs.dialect": dialect})
    changes: dict[str, Any] = {"informant.relation": relation}
    for page in pages:
        changes.update(logged_in(page))
    body = sent(opencrvs, registrar, bridge, kind, **changes)
    fields = body["requestFields"]
    if dialect == "plain":
        assert body["metaInfo"] == ({} if token is None else {"informantPsut": token})
        assert PSUT not in json.dumps(fields)
        return
    assert body["metaInfo"] == {}
    named = {name: fields.get(name) for name in ("introducerInfoToken", "deceasedInformer")}
    in_languages = json.dumps([{"language": "eng", "value": token}], separators=(",", ":"))
    assert named == {
        "introducerInfoToken": in_languages if kind == "birth" and token else None,
        "deceasedInformer": token if kind == "death" else None,
    }


@pytest.mark.parametrize("sub", [None, "", 7, {"a": 1}])
def test_a_sub_that_is_no_token_stays_behind(opencrvs: Any, registrar: Any, bridge: Any, sub: Any) -> None:
    body = sent(opencrvs, registrar, bridge, "birth", **logged_in("mother", sub))
    assert "introducerInfoToken" not in body["requestFields"]


@pytest.mark.parametrize("value", [{}, {"data": "verified"}, {"data": None}])
def test_a_page_without_user_info(opencrvs: Any, registrar: Any, bridge: Any, value: Any) -> None:
    body = sent(opencrvs, registrar, bridge, "birth", **{"mother.verify-nid-http-fetch": value})
    assert "introducerInfoToken" not in body["requestFields"]
