"""Reserved ids are the ids that come out, exchanges find their owners, and a reset forgets one
scenario alone.
"""

from __future__ import annotations

from typing import Any

RUN = "birth-happy#1"
EVENT = "6b1b0c6e-1f0a-4c53-9a0d-0c2f0a9be001"
ACTION = "0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002"
DECLARATION = "9a7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a003"
OWNER = f"{RUN}/birth.registration"


def reserve(opencrvs: Any) -> None:
    common = {"record": "birth", "event_id": EVENT, "tracking_id": "7QX2MB"}
    actions = [
        {**common, "owner": f"{RUN}/birth.creation", "action_type": "CREATE", "transaction_id": "t-create"},
        {**common, "owner": f"{RUN}/birth.declaration", "action_type": "DECLARE", "action_id": DECLARATION},
        {
            **common,
            "owner": OWNER,
            "action_type": "REGISTER",
            "action_id": ACTION,
            "certificate_number": "K3V9Q0ZT7M2A",
            "process": "CRVS_NEW",
        },
    ]
    opencrvs.admin.reserve(scenario=RUN, actions=actions)


def play(opencrvs: Any, registrar: Any, bridge: Any) -> dict[str, Any]:
    created = opencrvs.ok("event.create", {"type": "birth", "transactionId": "t-create"}, registrar.token)
    given = registrar.input(created, declaration=birth(), keepAssignment=True)
    opencrvs.ok("event.actions.declare.request", given, registrar.token)
    waiting = opencrvs.ok("event.actions.register.request", registrar.input(created), registrar.token)
    action = waiting["actions"][-1]
    token = bridge.received[-1][0]["authorization"].removeprefix("Bearer ")
    number = bridge.received[-1][1]["requestFields"]["birthCertificateNumber"]
    given = registrar.accept(created, action, registrationNumber=number)
    done: dict[str, Any] = opencrvs.ok("event.actions.register.accept", given, token)
    return done


def birth() -> dict[str, Any]:
    return {"child.name": {"firstname": "Amara", "surname": "Okello"}, "child.dob": "2026-04-28"}


def test_reserved_ids_and_owners(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    reserve(opencrvs)
    done = play(opencrvs, registrar, bridge)
    assert (done["id"], done["trackingId"]) == (EVENT, "7QX2MB")
    ids = {(each["type"], each["status"]): each["id"] for each in done["actions"]}
    assert (ids["DECLARE", "Requested"], ids["REGISTER", "Requested"]) == (DECLARATION, ACTION)
    assert bridge.received[0][1]["requestFields"]["birthCertificateNumber"] == "K3V9Q0ZT7M2A"
    entries = opencrvs.admin.journal(after=0).entries
    owners = {(each["operation"], each["owner"]) for each in entries if each["scenario"] == RUN}
    assert owners >= {
        ("opencrvs.events.create", f"{RUN}/birth.creation"),
        ("opencrvs.events.declare", f"{RUN}/birth.declaration"),
        ("opencrvs.events.register", OWNER),
        ("opencrvs.hook.call", OWNER),
        ("opencrvs.country_config.trigger", OWNER),
        ("opencrvs.country_config.send_registration", OWNER),
        ("opencrvs.events.register_accept", OWNER),
    }
    assert [each["violations"] for each in entries if each["violations"]] == []


def test_same_scenario_again_draws_the_same_ids(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    reserve(opencrvs)
    first = play(opencrvs, registrar, bridge)
    opencrvs.admin.reset(scenario=RUN)
    reserve(opencrvs)
    second = play(opencrvs, registrar, bridge)
    assert [each["id"] for each in first["actions"]] == [each["id"] for each in second["actions"]]


def test_reset_of_a_scenario_leaves_other_records(opencrvs: Any, registrar: Any, bridge: Any) -> None:
    other = registrar.declared()
    reserve(opencrvs)
    play(opencrvs, registrar, bridge)
    assert set(opencrvs.admin.state("records")) == {other["id"], EVENT}
    opencrvs.admin.reset(scenario=RUN)
    assert set(opencrvs.admin.state("records")) == {other["id"]}
    opencrvs.admin.reset()
    assert opencrvs.admin.state("records") == {}
    assert opencrvs.call("event.get", {"eventId": other["id"]}, registrar.token).status_code == 404


def test_unknown_paths_and_procedures_are_told_with_what_was_near(opencrvs: Any, registrar: Any) -> None:
    opencrvs.call("event.action.register.accept", {}, registrar.token)
    opencrvs.http("POST", "/auth/tokens")
    near = [each["near"] for each in opencrvs.admin.journal(after=0).entries if each["near"]]
    assert "event.actions.register.accept" in near[0]
    assert "POST /auth/token" in near[1]


def test_records_one_by_one(opencrvs: Any, registrar: Any) -> None:
    event = registrar.declared()
    assert opencrvs.admin.command("opencrvs.record", event_id=event["id"]) == opencrvs.record(event["id"])


def test_country_pack_is_shown_to_those_who_write_scenarios(opencrvs: Any) -> None:
    pack = opencrvs.admin.state("country_pack")
    assert pack["id"] == "farajaland-like"
    assert (pack["events"]["birth"]["process"], pack["events"]["death"]["process"]) == (
        "CRVS_NEW",
        "CRVS_DEATH",
    )
    assert pack["events"]["birth"]["names"]["identifier"] == "child.nid"
