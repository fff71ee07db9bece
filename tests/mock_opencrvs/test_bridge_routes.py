"""A bridge that has its doors at other paths is asked there, at each of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_opencrvs.settings import BridgeRoutes, EsignetLink

ROUTES = BridgeRoutes(registration="/take", update="/put-right", verify="/is-it-so", userinfo="/who")
NADIA = {"firstname": "Nadia", "surname": "Haddad"}
TYPED = {"name": NADIA, "dob": "1994-10-02", "nid": "5260181591"}


@pytest.fixture
def opencrvs(opencrvs_with: Any, bridge: Any) -> Any:
    bridge.answers["/is-it-so"] = (200, "text/plain", "verified")
    bridge.answers["/who"] = (200, "application/json", json.dumps({"sub": "p", "name": NADIA}))
    link = EsignetLink(authorize_url="http://esignet.example/authorize", client_id="opencrvs-client")
    return opencrvs_with(bridge_routes=ROUTES, esignet=link, bridge_verifies=True)


def paths(bridge: Any) -> list[str]:
    return [body["path"].partition("?")[0] for _, body in bridge.received]


def test_a_person_a_registration_and_a_correction(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    mother = {f"mother.{fact}": value for fact, value in TYPED.items()}
    event, action, token = registrar.requested(**mother)
    assert paths(bridge) == ["/is-it-so", "/take"]
    opencrvs.ok("event.actions.register.accept", registrar.accept(event, action), token)

    user = opencrvs.record(event["id"])["actions"][0]["createdBy"]
    given: Any = {"declaration": {"child.name": NADIA}}
    for name in ("correction.request", "correction.approve"):
        opencrvs.ok(
            "event.actions.assignment.assign", registrar.input(event, assignedTo=user), registrar.token
        )
        changed = opencrvs.ok(
            f"event.actions.{name}.request", registrar.input(event, **given), registrar.token
        )
        given = {"requestId": changed["actions"][-2]["id"]}
    assert paths(bridge)[-1] == "/put-right"


def test_the_forms_ask_there_too(opencrvs: Any, bridge: Any) -> None:
    page = {"event_id": "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001", "page": "mother", "token": "t"}
    location = f"{opencrvs.url}/events/declare/1/pages/mother?code=c&state=noop"
    opencrvs.admin.command("opencrvs.form.return", **page, location=location)
    opencrvs.admin.command("opencrvs.form.verify", **page, values=TYPED)
    assert paths(bridge) == ["/who", "/is-it-so"]
