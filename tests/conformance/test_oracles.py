"""Oracles on recorded journals: what was lost, doubled or wrongly acknowledged is named, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from conformance.exchanges import exchange_from
from conformance.operator_view import OUR_VIEW
from conformance.oracles import consult
from conformance.oracles.case import Case
from conformance.outcomes import Outcome
from conformance.people import make_people
from conformance.records import draw_record

DAY = date(2026, 5, 4)
RECORD = draw_record(
    run="x#t",
    name="birth",
    event="birth",
    people=make_people({"child": "newborn"}, seed="0", today=DAY),
    random=Random(1),  # noqa: S311
    today=DAY,
)
MINE = RECORD.registration.owner
ASKED = ("opencrvs.events.register", (), {})
ACKED = ("opencrvs.country_config.send_registration", (), {"status": 202, "direction": "out"})
PACKET = ("mosip.workflow.create_instance", ("packet-accepted",), {})
MINTED = ("mosip.workflow.finalization", ("identity-minted",), {"direction": "inner", "status": None})
DELIVERED = ("mosip.websub.deliver", (), {"direction": "out"})
REFUSED = ("mosip.websub.deliver", (), {"direction": "out", "status": 503})
ACCEPTED = ("opencrvs.events.register_accept", ("accept-took-effect",), {})
REJECTED = ("opencrvs.events.register_reject", ("reject-took-effect",), {})
NOBODYS = ("mosip.workflow.create_instance", ("packet-accepted",), {"owner": None})
GOOD = (ASKED, ACKED, PACKET, MINTED, DELIVERED, ACCEPTED)


def recorded(
    *said,
    word: str | None = None,
    view: bool = True,
    answering: bool | None = True,
    reason: str | None = "mosip.no-provider",
    written: str | None = "",
) -> Case:
    exchanges = [
        exchange_from(
            {
                "party": operation.partition(".")[0],
                "id": number,
                "seq": number,
                "time": f"2026-05-04T08:11:02.{number:03d}Z",
                "operation": operation,
                "direction": "in",
                "status": 200,
                "state": "closed",
                "owner": MINE,
                "effects": [{"name": effect} for effect in effects],
                **more,
            }
        )
        for number, (operation, effects, more) in enumerate(said)
    ]
    return Case(
        records={"birth": RECORD},
        exchanges=exchanges,
        outcome=lambda _: Outcome(word=word, source="record"),
        operator_view=view,
        answering=answering,
        reason=lambda _: reason,
        written=written,
        patience_s=20.0,
    )


def found(case: Case) -> set[tuple[str, str]]:
    return {(finding.by, finding.verdict) for finding in consult(case)}


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (GOOD, "confirmed"),
        ((ASKED, ACKED, PACKET, REJECTED), "rejected"),
        ((ASKED, ACKED), "parked"),
        ((ASKED, ACKED, PACKET, MINTED, DELIVERED), "waiting"),
        ((ASKED, (*ACKED[:2], {**ACKED[2], "status": 503})), "refused-to-caller"),
        ((), None),  # declared, never registered: nothing was asked for
    ],
)
def test_what_is_right_is_left_alone(said: tuple, word: str | None) -> None:
    assert found(recorded(*said, word=word)) == set()


def test_a_lost_registration_is_named() -> None:
    (finding,) = consult(recorded(ASKED, (*ACKED[:2], {**ACKED[2], "status": None, "error": "reset"})))
    assert (finding.by, finding.verdict) == ("O1 nothing lost", "fail")
    assert f"{MINE} was asked for and is lost" in finding.words
    assert any("send_registration" in line for line in finding.near)


def test_a_false_acknowledgement_is_named_beside_the_loss() -> None:
    assert found(recorded(ASKED, ACKED)) == {("O1 nothing lost", "fail"), ("O3 truthful ack", "fail")}
    words = [finding.words for finding in consult(recorded(ASKED, ACKED)) if finding.by.startswith("O3")]
    assert words == [
        f"{MINE}: the registration was acknowledged with 202, and nothing shows that it was kept"
    ]


def test_a_false_2xx_to_the_hub_is_named() -> None:
    words = [each.words for each in consult(recorded(ASKED, ACKED, PACKET, MINTED, DELIVERED))]
    assert f"{MINE}: the credential was acknowledged with 200, and nothing shows that it was kept" in words


def test_a_refused_delivery_is_no_acknowledgement() -> None:
    words = [each.words for each in consult(recorded(ASKED, PACKET, MINTED, REFUSED))]
    assert not any("credential" in each for each in words)


@pytest.mark.parametrize(
    ("twice", "what"),
    [
        (PACKET, "2 times one packet that the workflow accepted"),
        (MINTED, "2 times one identity"),
        (ACCEPTED, "2 times one effective answer to OpenCRVS"),
        (REJECTED, "2 times one effective answer to OpenCRVS"),
    ],
)
def test_what_happened_twice_is_named(twice: tuple, what: str) -> None:
    (finding,) = consult(recorded(*GOOD, twice, word="confirmed"))
    assert (finding.by, finding.verdict) == ("O2 nothing twice", "fail")
    assert finding.words == f"{MINE}: {what}"


def test_an_effect_of_nobody_makes_a_count_uncertain() -> None:
    assert found(recorded(*GOOD, NOBODYS, word="confirmed")) == {("O2 nothing twice", "inconclusive")}


def test_without_an_operator_view_nothing_is_proved_lost() -> None:
    assert found(recorded(ASKED, ACKED, view=False)) == {
        ("O1 nothing lost", "inconclusive"),
        ("O3 truthful ack", "inconclusive"),
    }


def test_a_dead_bridge_is_named() -> None:
    assert found(recorded(*GOOD, word="confirmed", answering=False)) == {("O5 no crash", "fail")}
    assert found(recorded(*GOOD, word="confirmed", answering=None)) == {("O5 no crash", "inconclusive")}


def breach(side: str = "request", contract: str = "mosip/create-packet.request") -> dict:
    return {"violations": [{"side": side, "contract": contract, "pointer": "/id", "message": "lacks id"}]}


@pytest.mark.parametrize(
    ("operation", "more", "verdict"),
    [
        # sent by the bridge
        ("mosip.packet_manager.create_packet", breach(), "fail"),
        ("opencrvs.events.register_accept", breach(contract="opencrvs/register-accept.input"), "fail"),
        # answered by the bridge
        ("mosip.websub.deliver", {**breach("response"), "direction": "out"}, "fail"),
        ("opencrvs.country_config.send_registration", {**breach("response"), "direction": "out"}, "fail"),
        # made by a mock, or by the registrar who is the harness's own
        ("mosip.packet_manager.create_packet", breach("response"), "harness-error"),
        ("mosip.websub.deliver", {**breach(), "direction": "out"}, "harness-error"),
        ("opencrvs.hook.call", {**breach("response"), "direction": "out"}, "harness-error"),
        ("opencrvs.events.declare", breach(), "harness-error"),
        ("mosip.packet_manager.create_packet", breach(contract="mosip/nothing"), "harness-error"),
    ],
)
def test_whose_breach_it_is(operation: str, more: dict, verdict: str) -> None:
    (finding,) = consult(recorded((operation, (), more), word="confirmed"))
    assert (finding.by, finding.verdict) == ("contract", verdict)
    assert "at /id: lacks id" in finding.words


def test_a_breach_that_a_fault_made_is_wanted() -> None:
    wanted = {**breach("response"), "fault": {"id": 1}}
    assert found(recorded(("mosip.packet_manager.create_packet", (), wanted))) == set()
    bridges_own = {**breach(), "fault": {"id": 1}}
    assert found(recorded(("mosip.packet_manager.create_packet", (), bridges_own))) == {("contract", "fail")}


def test_what_a_person_makes_a_form_send_is_nobodys_mistake() -> None:
    form, name = "bridge/user-info.request", "opencrvs.desk.fetch_user_info"
    asked = {**breach(contract=form), "direction": "out"}
    assert found(recorded((name, (), asked))) == set()
    answered = {**breach("response", "bridge/user-info.response"), "direction": "out"}
    assert found(recorded((name, (), answered))) == {("contract", "fail")}


@pytest.mark.parametrize(
    ("body", "found_by"),
    [
        ('{"json": {"eve', set()),  # killed while it wrote
        ("", set()),
        ("x" * 20, {("contract", "fail")}),  # whole, and no JSON
    ],
)
def test_a_request_that_was_cut_off_says_nothing(body: str, found_by: set) -> None:
    request = {"headers": {"Content-Length": "20"}, "body": body, "json": None}
    cut = {**breach(contract="opencrvs/register-accept.input"), "request": request}
    assert found(recorded(("opencrvs.events.register_accept", (), cut))) == found_by


def test_an_inferred_fact_only_warns(monkeypatch) -> None:
    class Inferred:
        grade = "inferred"

    monkeypatch.setattr("conformance.oracles.contracts_kept.contract", lambda _: Inferred())
    assert found(recorded(("mosip.packet_manager.create_packet", (), breach()))) == {("contract", "warning")}


def test_a_path_that_nobody_has_is_a_warning() -> None:
    unknown = (
        "",
        (),
        {"method": "POST", "path": "/createPaket", "near": ["PUT /createPacket"], "owner": None},
    )
    (finding,) = consult(recorded(unknown))
    assert finding.verdict == "warning"
    assert finding.words == "POST /createPaket was called, and  has no such path, near PUT /createPacket"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("parked", "parked"),
        ("queued", "waiting"),
        ("answered", "waiting"),
        ("confirmed", None),
        ("told", None),
    ],
)
def test_a_closed_row_proves_nothing(state: str, word: str | None) -> None:
    assert OUR_VIEW.outcome(state) == word


# -- O4 ----------------------------------------------------------------------------------------------------

CHILD = RECORD.people["child"]
UIN = "5260181591"
NUMBERED = ("mosip.workflow.uin_generator", (), {"effects": [{"name": "identity-minted", "uin": UIN}]})


@pytest.mark.parametrize(
    ("written", "what"),
    [
        (f'{{"event": "sent", "name": "{CHILD.names["first"]}"}}', "child's first name"),
        (f"born {CHILD.born.isoformat()}", "child's day of birth"),
        (f"number {UIN}", "a uin that MOSIP made"),
        ("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "a signed token"),
        ("Authorization: Bearer abcdefghijkl", "a bearer's token"),
    ],
)
def test_what_is_nobodys_business_is_found_in_the_log(written: str, what: str) -> None:
    (finding,) = consult(
        recorded(ASKED, ACKED, PACKET, NUMBERED, ACCEPTED, word="confirmed", written=f"started\n{written}\n")
    )
    assert (finding.by, finding.verdict) == ("O4 nobody's business", "fail")
    assert f"{what} in line 2" in finding.words
    assert UIN not in finding.words


def test_without_a_log_only_what_is_on_the_wire_is_judged() -> None:
    assert found(recorded(*GOOD, word="confirmed", written=None)) == set()


def test_an_error_must_not_tell_of_people() -> None:
    told = {"status": 422, "direction": "out", "response": {"body": f"no such day: {CHILD.born.isoformat()}"}}
    (finding,) = consult(
        recorded(ASKED, ("opencrvs.country_config.send_registration", (), told), word="rejected")
    )
    assert finding.words == "in an error that it answered with: child's day of birth"
    good = {**told, "status": 202}
    case = recorded(ASKED, ("opencrvs.country_config.send_registration", (), good), word="confirmed")
    assert found(case) == set()


def test_an_address_must_not_tell_of_people() -> None:
    path = {"path": f"/v1/identity?born={CHILD.born.isoformat()}"}
    (finding,) = consult(recorded(*GOOD, ("mosip.ida.authenticate", (), path), word="confirmed"))
    assert finding.words == "in an address that it called: child's day of birth"
    registrars = recorded(*GOOD, ("opencrvs.events.get", (), path), word="confirmed")
    assert found(registrars) == set()


# -- O6 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["parked", "rejected"])
def test_a_failure_without_a_reason_is_named(word: str) -> None:
    (finding,) = consult(recorded(ASKED, ACKED, word=word, reason=None))
    assert (finding.by, finding.verdict) == ("O6 a reason", "fail")
    assert finding.words == f"{MINE} is {word}, and nobody is told why"


def test_where_a_rejection_is_explained_nobody_can_say_without_a_view() -> None:
    case = recorded(ASKED, ACKED, REJECTED, word="rejected", reason=None, view=False)
    assert found(case) == {("O6 a reason", "inconclusive")}


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ({"status": 422, "response": {"body": '{"code": "bridge.both-numbers"}'}}, False),
        ({"status": 422, "response": {"body": ""}}, True),
        ({"status": 503, "response": {"body": ""}}, False),
        ({"status": None, "error": "timeout"}, False),
    ],
)
def test_who_is_refused_for_good_is_told_why(answer: dict, named: bool) -> None:
    refused = ("opencrvs.country_config.send_registration", (), {"direction": "out", **answer})
    case = recorded(ASKED, refused, word="refused-to-caller", reason=None)
    assert found(case) == ({("O6 a reason", "fail")} if named else set())


# -- O7 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"duration_ms": 20_000.0}, True),
        ({"duration_ms": 60_000.0, "given_up_ms": 9_000.0}, False),
        ({"duration_ms": 60_000.0, "given_up_ms": 25_000.0}, True),
        ({"duration_ms": 19_000.0}, False),
        ({"duration_ms": 60_000.0, "fault": {"do": {"status": 503}}}, False),
        ({"duration_ms": 60_000.0, "direction": "out"}, False),
    ],
)
def test_a_call_without_end_is_named(more: dict, named: bool) -> None:
    silent = ("mosip.packet_manager.create_packet", (), {"fault": {"do": {"hang": True}}, **more})
    case = recorded(ASKED, ACKED, silent, word="waiting")
    assert found(case) == ({("O7 bounded", "fail")} if named else set())


@pytest.mark.parametrize(
    ("open_for_ms", "given_up_ms", "named"),
    [(20_000.0, None, True), (19_000.0, None, False), (60_000.0, 9_000.0, False)],
)
def test_a_call_that_is_open_still_is_without_end_too(
    open_for_ms: float, given_up_ms: float | None, named: bool
) -> None:
    more = {"fault": {"do": {"delay": "60s"}}, "state": "open", "status": None, "given_up_ms": given_up_ms}
    silent = ("mosip.packet_manager.create_packet", (), more)
    case = replace(recorded(ASKED, ACKED, silent, word="waiting"), open_for_ms=lambda _: open_for_ms)
    assert found(case) == ({("O7 bounded", "fail")} if named else set())
