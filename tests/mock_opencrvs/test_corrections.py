"""What happens to a record after its registration, or instead of it: corrections, revocations, archives.

Expected from opencrvs-core packages/events (actions, state) and opencrvs-farajaland src/index.ts.
"""

from __future__ import annotations

from typing import Any

import pytest

import contracts

NAME = {"firstname": "Lindiwe", "surname": "Haddad"}


def assigned(registrar: Any, event: dict[str, Any]) -> dict[str, Any]:
    session = registrar.opencrvs.admin.command("opencrvs.record", event_id=event["id"])
    user = session["actions"][0]["createdBy"]
    given = registrar.input(event, assignedTo=user)
    return registrar.opencrvs.ok("event.actions.assignment.assign", given, registrar.token)  # type: ignore[no-any-return]


def act(registrar: Any, name: str, event: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Takes the record and asks for an action."""
    assigned(registrar, event)
    given = registrar.input(event, **more)
    return registrar.opencrvs.ok(f"event.actions.{name}.request", given, registrar.token)  # type: ignore[no-any-return]


@pytest.fixture
def registered(registrar: Any) -> dict[str, Any]:
    """A birth that the bridge has confirmed, with its number."""
    event, action, token = registrar.requested()
    registrar.opencrvs.ok("event.actions.register.accept", registrar.accept(event, action), token)
    return event  # type: ignore[no-any-return]


def view(registrar: Any, event: dict[str, Any]) -> dict[str, Any]:
    return registrar.opencrvs.record(event["id"])  # type: ignore[no-any-return]


def asked(registrar: Any, event: dict[str, Any]) -> str:
    """A correction that is asked for; the id of its Accepted entry."""
    changed = act(registrar, "correction.request", event, declaration={"child.name": NAME})
    return str(changed["actions"][-2]["id"])


def test_a_correction_counts_when_it_is_approved(registrar: Any, registered: dict[str, Any]) -> None:
    before = view(registrar, registered)["declaration"]["child.name"]
    request = asked(registrar, registered)
    waiting = view(registrar, registered)
    assert (waiting["flags"], waiting["declaration"]["child.name"]) == (["correction-requested"], before)

    act(registrar, "correction.approve", registered, requestId=request)

    done = view(registrar, registered)
    assert (done["status"], done["flags"], done["declaration"]["child.name"]) == ("REGISTERED", [], NAME)
    assert contracts.violations("opencrvs/event-document", {**done}) == []


def test_the_bridge_is_told_of_the_corrected_data(
    registrar: Any, registered: dict[str, Any], bridge: Any
) -> None:
    act(registrar, "correction.approve", registered, requestId=asked(registrar, registered))
    [entry] = registrar.opencrvs.admin.wait_for("opencrvs.country_config.send_update", within=5)
    fields = entry["request"]["json"]["requestFields"]
    assert (fields["VID"], set(fields)) == ("4170936258", {"VID", "fullName", "dateOfBirth", "gender"})
    assert "Lindiwe Haddad" in fields["fullName"]
    assert (entry["path"], entry["violations"]) == ("/events/update-biographics", [])


def test_a_bridge_that_fails_does_not_stop_a_correction(registrar: Any, registered: dict[str, Any]) -> None:
    registrar.opencrvs.admin.fault(
        at="opencrvs.country_config.send_update", scope="everyone", do={"status": 503}
    )
    act(registrar, "correction.approve", registered, requestId=asked(registrar, registered))
    assert view(registrar, registered)["declaration"]["child.name"] == NAME


def test_a_child_without_a_number_is_registered_with_mosip_by_a_correction(registrar: Any) -> None:
    event, action, token = registrar.requested()
    accept = registrar.accept(event, action, declaration={})
    registrar.opencrvs.ok("event.actions.register.accept", accept, token)

    changed = act(registrar, "correction.approve", event, requestId=asked(registrar, event))

    assert (changed["actions"][-1]["type"], changed["actions"][-1]["status"]) == (
        "APPROVE_CORRECTION",
        "Requested",
    )
    assert view(registrar, event)["flags"] == ["correction-requested", "approve_correction:requested"][::-1]
    sent = registrar.opencrvs.admin.wait_for("opencrvs.country_config.send_registration", count=2, within=5)
    assert sent[-1]["request"]["json"]["requestFields"]["birthCertificateNumber"] == "K3V9Q0ZT7M2A"
    pending = changed["actions"][-1]
    done = {
        "eventId": event["id"],
        "actionId": pending["id"],
        "requestId": pending["requestId"],
        "transactionId": "mosip-interop-1",
        "declaration": {"child.nid": "4170936258"},
    }
    own = registrar.action_token(event["id"], pending["id"])
    registrar.opencrvs.ok("event.actions.correction.approve.accept", done, own)
    after = view(registrar, event)
    assert (after["flags"], after["declaration"]["child.nid"]) == ([], "4170936258")


def test_a_correction_may_be_refused(registrar: Any, registered: dict[str, Any]) -> None:
    request = asked(registrar, registered)
    act(registrar, "correction.reject", registered, requestId=request, content={"reason": "no proof"})
    after = view(registrar, registered)
    assert (after["flags"], after["declaration"]["child.name"] != NAME) == ([], True)


def test_a_revocation_raises_a_flag_that_a_reinstatement_lowers(
    registrar: Any, registered: dict[str, Any]
) -> None:
    act(registrar, "custom", registered, customActionType="REVOKE_REGISTRATION")
    assert (view(registrar, registered)["status"], view(registrar, registered)["flags"]) == (
        "REGISTERED",
        ["revoked"],
    )
    act(registrar, "custom", registered, customActionType="REINSTATE_REVOKE_REGISTRATION")
    assert view(registrar, registered)["flags"] == []


def test_an_archived_record_is_archived(registrar: Any) -> None:
    event = registrar.declared()
    given = registrar.input(event, content={"reason": "a duplicate"})
    registrar.opencrvs.ok("event.actions.archive.request", given, registrar.token)
    assert view(registrar, event)["status"] == "ARCHIVED"


@pytest.mark.parametrize(
    ("name", "more", "status", "code"),
    [
        ("archive", {"content": {"reason": "late"}}, 409, "CONFLICT"),
        ("archive", {}, 400, "BAD_REQUEST"),
        ("custom", {}, 400, "BAD_REQUEST"),
        ("correction.approve", {"requestId": "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"}, 409, "CONFLICT"),
        ("correction.approve", {"requestId": "no uuid"}, 400, "BAD_REQUEST"),
    ],
)
def test_what_cannot_be_done_to_a_registered_record(
    registrar: Any, registered: dict[str, Any], name: str, more: dict[str, Any], status: int, code: str
) -> None:
    assigned(registrar, registered)
    given = registrar.input(registered, **more)
    told = registrar.opencrvs.refused(f"event.actions.{name}.request", given, registrar.token)
    assert told[:2] == (status, code)


def test_only_who_has_the_scope_may(registrar: Any, registered: dict[str, Any]) -> None:
    clerk = registrar.opencrvs.user(scopes=["type=record.read", "type=record.register"])
    given = registrar.input(registered, customActionType="REVOKE_REGISTRATION")
    assert registrar.opencrvs.refused("event.actions.custom.request", given, clerk)[0] == 403
