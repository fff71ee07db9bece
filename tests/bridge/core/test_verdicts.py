"""Each line of the verdict table, by what MOSIP's and OpenCRVS' sources say they answer."""

from collections.abc import Mapping

import pytest

from bridge.delivery.steps import Step
from bridge.delivery.verdicts import TABLE, Ruling, rule
from bridge.http import Reply

PACKET = {"response": [{"id": "100010987654321", "packetName": "100010987654321_id"}], "errors": []}
INSTANCE = {"response": {"workflowInstanceId": "95d09502-a548-413f-9c01-f15a7c8b08af"}, "errors": None}
CREATE_PACKET, CREATE_INSTANCE, ACCEPT, REJECT = (
    Step.CREATE_PACKET,
    Step.CREATE_INSTANCE,
    Step.ACCEPT,
    Step.REJECT,
)
PARTY = {
    CREATE_PACKET: "packet_manager",
    CREATE_INSTANCE: "workflow",
    ACCEPT: "opencrvs",
    REJECT: "opencrvs",
}


def errors(code: str) -> dict[str, object]:
    return {"json": {"response": None, "errors": [{"errorCode": code}]}, "codes": (code,)}


LINES: list[tuple[str, Step, Mapping[str, object], Ruling, str | None]] = [
    # createPacket
    ("stored", CREATE_PACKET, {"json": PACKET}, Ruling.DONE, None),
    (
        "swallowed failure",
        CREATE_PACKET,
        {"json": {"response": None, "errors": []}},
        Ruling.AGAIN,
        "mosip.packet-manager.not-stored",
    ),
    (
        "empty list",
        CREATE_PACKET,
        {"json": {"response": [], "errors": []}},
        Ruling.AGAIN,
        "mosip.packet-manager.not-stored",
    ),
    ("no object", CREATE_PACKET, {"json": "boom"}, Ruling.AGAIN, "mosip.packet-manager.not-stored"),
    (
        "no provider",
        CREATE_PACKET,
        errors("KER-PUT-006"),
        Ruling.PARK,
        "mosip.packet-manager.no-provider",
    ),
    (
        "bad request",
        CREATE_PACKET,
        {"status": 400, "json": {"status": 400, "error": "Bad Request"}},
        Ruling.PARK,
        "mosip.packet-manager.bad-request",
    ),
    # workflowinstance
    ("made", CREATE_INSTANCE, {"json": INSTANCE}, Ruling.DONE, None),
    (
        "present",
        CREATE_INSTANCE,
        errors("RPR-WIS-001"),
        Ruling.PRESENT_BEFORE,
        "mosip.workflow.rid-taken",
    ),
    ("id absent", CREATE_INSTANCE, errors("RPR-WIN-000"), Ruling.PARK, "mosip.workflow.bad-request"),
    ("id wrong", CREATE_INSTANCE, errors("RPR-WIN-001"), Ruling.PARK, "mosip.workflow.bad-request"),
    ("crash", CREATE_INSTANCE, errors("RPR-WIN-002"), Ruling.AGAIN, "mosip.workflow.unknown-exception"),
    ("database", CREATE_INSTANCE, errors("RPR-WIS-000"), Ruling.AGAIN, "mosip.workflow.unknown-exception"),
    ("bare string", CREATE_INSTANCE, {"json": "boom"}, Ruling.AGAIN, "mosip.workflow.no-instance"),
    # tokens
    (
        "wrong secret",
        CREATE_PACKET,
        {"party": "auth_manager", "status": 500, **errors("500")},
        Ruling.AGAIN,
        "mosip.auth.client-refused",
    ),
    (
        "unknown app",
        CREATE_INSTANCE,
        {"party": "auth_manager", **errors("KER-ATH-026")},
        Ruling.AGAIN,
        "mosip.auth.client-refused",
    ),
    (
        "no token",
        CREATE_PACKET,
        {"party": "auth_manager", "json": {"response": None, "errors": None}},
        Ruling.AGAIN,
        "mosip.auth.no-token",
    ),
    (
        "auth down",
        CREATE_PACKET,
        {"party": "auth_manager", "status": None, "error": "connect"},
        Ruling.AGAIN,
        "mosip.auth.no-token",
    ),
    (
        "token refused twice",
        CREATE_INSTANCE,
        {"status": 401, **errors("KER-ATH-401")},
        Ruling.AGAIN,
        "mosip.auth.token-refused",
    ),
    (
        "role missing",
        CREATE_PACKET,
        {"status": 403, **errors("KER-ATH-403")},
        Ruling.PARK,
        "mosip.auth.role-missing",
    ),
    (
        "role missing at the workflow",
        CREATE_INSTANCE,
        {"status": 403, **errors("KER-ATH-403")},
        Ruling.PARK,
        "mosip.auth.role-missing",
    ),
    (
        "client secret rotated",
        ACCEPT,
        {"party": "opencrvs_auth", "status": 401, "codes": ("invalid_client",)},
        Ruling.AGAIN,
        "opencrvs.auth.client-refused",
    ),
    (
        "token service down",
        REJECT,
        {"party": "opencrvs_auth", "status": 502},
        Ruling.AGAIN,
        "opencrvs.auth.no-token",
    ),
    # OpenCRVS
    ("accepted", ACCEPT, {"json": [{"result": {"data": {"json": {}}}}]}, Ruling.DONE, None),
    ("rejected", REJECT, {"json": [{"result": {"data": {"json": {}}}}]}, Ruling.DONE, None),
    (
        "accept after reject",
        ACCEPT,
        {"status": 400, "message": "Action has already been rejected."},
        Ruling.REJECTED_BEFORE,
        None,
    ),
    (
        "accepted already",
        ACCEPT,
        {"status": 500, "message": "Action has already been accepted."},
        Ruling.ACCEPTED_BEFORE,
        None,
    ),
    (
        "reject after accept",
        REJECT,
        {"status": 500, "message": "Action has already been accepted."},
        Ruling.PARK,
        "opencrvs.accepted-meanwhile",
    ),
    (
        "reject of nothing",
        REJECT,
        {"status": 500, "message": "Action not found."},
        Ruling.PARK,
        "opencrvs.not-found",
    ),
    (
        "expired",
        ACCEPT,
        {"status": 401, "message": "Expired token"},
        Ruling.AGAIN,
        "opencrvs.authority-refused",
    ),
    ("forbidden", ACCEPT, {"status": 403, "message": "FORBIDDEN"}, Ruling.PARK, "opencrvs.forbidden"),
    ("unknown", ACCEPT, {"status": 404, "message": "Action not found."}, Ruling.PARK, "opencrvs.not-found"),
    ("hidden field", ACCEPT, {"status": 400}, Ruling.PARK, "opencrvs.bad-request"),
    ("conflict", ACCEPT, {"status": 409}, Ruling.AGAIN, "opencrvs.failed"),
    ("number taken", ACCEPT, {"status": 500}, Ruling.AGAIN, "opencrvs.failed"),
]
ANYWHERE: list[tuple[str, Mapping[str, object], str]] = [
    ("no connection", {"status": None, "error": "connect"}, "upstream.unreachable"),
    ("time-out", {"status": None, "error": "timeout"}, "upstream.broken-answer"),
    ("reset", {"status": None, "error": "reset"}, "upstream.broken-answer"),
    ("half an answer", {"status": 200, "error": "truncated"}, "upstream.broken-answer"),
    ("no JSON", {"status": 200, "error": "not-json"}, "upstream.broken-answer"),
    ("endless", {"status": 200, "error": "too-large"}, "upstream.broken-answer"),
    ("bad gateway", {"status": 502}, "upstream.unavailable"),
    ("unavailable", {"status": 503}, "upstream.unavailable"),
    ("throttled", {"status": 429}, "upstream.unavailable"),
    ("login limit of the gateway", {"status": 402}, "upstream.unavailable"),
    ("redirect", {"status": 302}, "upstream.unexpected-answer"),
]


def reply(step: Step, parts: Mapping[str, object]) -> Reply:
    return Reply(**{"party": PARTY[step], "status": 200, "json": None, "error": None, **parts})


@pytest.mark.parametrize(("name", "step", "parts", "ruling", "reason"), LINES, ids=[row[0] for row in LINES])
def test_line(name: str, step: Step, parts: Mapping[str, object], ruling: Ruling, reason: str | None) -> None:
    verdict = rule(step, reply(step, parts))
    assert verdict.ruling is ruling
    assert (verdict.reason and verdict.reason.code) == reason


@pytest.mark.parametrize("step", PARTY)
@pytest.mark.parametrize(("name", "parts", "reason"), ANYWHERE, ids=[row[0] for row in ANYWHERE])
def test_line_of_any_upstream(step: Step, name: str, parts: Mapping[str, object], reason: str) -> None:
    verdict = rule(step, reply(step, parts))
    assert verdict.ruling is Ruling.AGAIN
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.party) == (reason, PARTY[step])


def test_every_line_of_the_table_is_shown_here() -> None:
    shown = [(step, reply(step, parts)) for _, step, parts, _, _ in LINES]
    shown += [(step, reply(step, parts)) for step in PARTY for _, parts, _ in ANYWHERE]
    hit = {next(n for n, line in enumerate(TABLE) if line.fits(step, each)) for step, each in shown}
    assert hit == set(range(len(TABLE)))


def test_who_needs_a_person_and_who_needs_patience() -> None:
    wrong_secret = rule(CREATE_PACKET, reply(CREATE_PACKET, {"party": "auth_manager", **errors("500")}))
    assert (wrong_secret.alarm, wrong_secret.slowly) == (True, True)
    no_provider = rule(CREATE_PACKET, reply(CREATE_PACKET, errors("KER-PUT-006")))
    assert (no_provider.alarm, no_provider.blocks) == (True, True)
    refused = rule(CREATE_INSTANCE, reply(CREATE_INSTANCE, {"status": None, "error": "connect"}))
    assert not refused.reached, "what never left can't have been taken"
    lost = rule(CREATE_INSTANCE, reply(CREATE_INSTANCE, {"status": None, "error": "timeout"}))
    assert lost.reached, "what may have arrived counts as sent"
