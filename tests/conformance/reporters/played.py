"""A run that never was: every verdict, and a failure whose exchanges show all that a journal may hold."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.events import Event, ItemFinished, ItemResult, ItemStarted, SuiteFinished, SuiteStarted
from conformance.exchanges import Exchange, exchange_from
from conformance.grammar.model import Item
from conformance.grammar.reader import ScenarioReader
from conformance.library import shipped_fragments
from conformance.play import StepDone
from conformance.verdicts import Finding

HOSTILE = "</style></script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x1b[31m"
TOKEN = "Bearer [secret 0badcafe]"
MOSIP, OPENCRVS, BRIDGE = "127.0.0.1:20240", "127.0.0.1:7070", "127.0.0.1:2024"
AT = {"mosip": MOSIP, "opencrvs": OPENCRVS, "esignet": "127.0.0.1:20260"}


def exchange(number: int, operation: str, *, at_ms: int = 0, of: str | None = "story[b]", **more) -> Exchange:
    """One exchange as a mock journals it; `at_ms` after the first."""
    party = operation.partition(".")[0] or "mosip"
    direction = more.pop("direction", "in")
    headers = {"Host": AT[party], "Content-Type": "application/json", "Content-Length": "2"}
    entry = {
        "id": number,
        "seq": number,
        "epoch": 1,
        "party": party,
        "time": f"2026-05-04T08:11:{2 + at_ms // 1000:02d}.{at_ms % 1000:03d}Z",
        "operation": operation,
        "direction": direction,
        "method": "" if direction == "inner" else "POST",
        "path": "" if direction == "inner" else "/" + operation.replace(".", "/"),
        "peer": BRIDGE if direction == "out" else "127.0.0.1",
        "status": None if direction == "inner" else 200,
        "state": "closed",
        "duration_ms": 1.5,
        "owner": of and f"{of}#t0/birth.registration",
        "scenario": of and f"{of}#t0",
        "request": {"headers": headers, "body": "{}", "json": {}} if direction != "inner" else None,
        "response": {"headers": {}, "body": '{"ok":true}', "json": {"ok": True}},
        **more,
    }
    return exchange_from(entry)


def signed(party: str, body: object = None, **headers: str) -> dict:
    """A request with the registrar's token."""
    text = "" if body is None else str(body)
    return {"headers": {"Host": AT[party], "Authorization": TOKEN, **headers}, "body": text, "json": body}


def journal(of: str = "story[b]") -> list[Exchange]:
    """A birth that goes wrong: a fault, a gate, a broken contract, an unknown path, one without an end."""
    packet = {"request": {"fields": {"fullName": HOSTILE, "schemaJson": "x" * 9000}}}
    return [
        exchange(1, "opencrvs.events.register", of=of, request=signed("opencrvs")),
        exchange(2, "opencrvs.hook.call", of=of, at_ms=2, direction="out", peer=OPENCRVS, path="/trigger"),
        exchange(3, "opencrvs.country_config.trigger", of=of, at_ms=3, path="/trigger"),
        exchange(4, "opencrvs.country_config.send_registration", of=of, at_ms=9, direction="out", status=202),
        exchange(
            5,
            "mosip.packet_manager.create_packet",
            of=of,
            at_ms=20,
            method="PUT",
            status=503,
            fault={"id": 1, "do": {"status": 503}},
            request={
                "headers": {"Host": MOSIP, "Cookie": "Authorization=[secret 1a2b3c4d]"},
                "body": '{"request":"it\'s"}',
                "json": packet,
            },
        ),
        exchange(
            6,
            "mosip.packet_manager.create_packet",
            of=of,
            at_ms=40,
            method="PUT",
            effects=[{"name": "packet-stored", "rid": "1"}],
        ),
        exchange(
            7,
            "mosip.workflow.uin_generator",
            of=of,
            at_ms=41,
            direction="inner",
            effects=[{"name": "identity-minted", "uin": "5260181591"}],
        ),
        exchange(
            8,
            "mosip.websub.deliver",
            of=of,
            at_ms=1041,
            direction="out",
            gate={"id": 2, "do": "hold", "when": "before", "holding": False},
            request={"headers": {}, "body": "ciphertext", "json": None},
            view={"credential": {"fullName": "Ada"}},
        ),
        exchange(
            9,
            "opencrvs.events.register_accept",
            of=of,
            at_ms=1100,
            status=400,
            violations=[
                {
                    "side": "request",
                    "contract": "opencrvs/register-accept.request",
                    "pointer": "/declaration",
                    "message": "is not an object",
                }
            ],
        ),
        exchange(
            10,
            "",
            of=None,
            at_ms=1200,
            method="GET",
            path=f"/v1/packets?q={HOSTILE}",
            status=404,
            near=["/commons/v1/packetmanager/createPacket"],
        ),
        exchange(
            11,
            "opencrvs.events.get",
            of=of,
            at_ms=12300,
            request=signed("opencrvs"),
            state="open",
            status=None,
            method="GET",
        ),
    ]


def item(name: str, *, row: str = "", tags: str = "birth", requirements: str = "REQ-NOTHING-TWICE") -> Item:
    """An item of a scenario of that name."""
    text = (
        f"id: {name}\nstory: The story of {name}\ntags: [{tags}]\nrequirements: [{requirements}]\n"
        "given: {birth-declared: {as: birth}}\n"
        + (f"examples: [{{row: {row}}}, {{row: other}}]\n" if row else "")
        + "steps:\n  - opencrvs.register: {record: $birth}\n"
        "  - check: {must: [{effects: {of: $birth.registration, packets: 1, accepts: 1}}]}\n"
    )
    return ScenarioReader(shipped_fragments()).read(text, f"scenarios/{name}.yaml")[0]


def result(of: Item, verdict: str, *findings: Finding, exchanges: Sequence[Exchange] = ()) -> ItemResult:
    """How an item ended."""
    return ItemResult(
        item=of,
        verdict=verdict,
        findings=findings,
        steps=[StepDone(verb="opencrvs.register", place="scenarios/x.yaml:7", seconds=0.25, error=None)],
        timeline=[each.line() for each in exchanges],
        started="2026-05-04T08:11:02.000Z",
        seconds=1.25,
        exchanges=exchanges,
    )


def finding(verdict: str, by: str, words: str = "", **more) -> Finding:
    """One finding."""
    return Finding(verdict=verdict, by=by, words=words or f"words of {by}", **more)


def failing() -> list[ItemResult]:
    """Every verdict once; the worst stands neither first nor last."""
    said = journal()
    failures = (
        finding(
            "fail",
            "must effects",
            "packets: 1 wanted, 2 seen; accepts: 1 wanted, 0 and 1 of nobody seen",
            place="scenarios/story.yaml:8",
            near=(said[4].line(), said[5].line()),
        ),
        finding("fail", "O2 nothing twice", "2 times one identity", near=(said[6].line(),)),
        finding("fail", "contract", f"register_accept: {HOSTILE}", near=(said[8].line(),), grade="ran"),
    )
    return [
        result(item("well", tags="birth, smoke"), "pass", exchanges=journal("well")[:4]),
        result(item("warned"), "warning", finding("warning", "should exchange")),
        result(item("story", row="b", tags="birth, core"), "fail", *failures, exchanges=said),
        result(
            item("unseen", tags="death", requirements="REQ-DEATH-TOLD"),
            "inconclusive",
            finding("inconclusive", "must outcome"),
        ),
        result(
            item("powerless", requirements="REQ-STAYS-UP"),
            "skipped",
            finding("skipped", "needs", "the target lacks bridge.process"),
        ),
        result(
            item("elsewhere", requirements="REQ-ORDER-FREE"),
            "skipped",
            finding("skipped", "profiles", "made for opencrvs-1.8"),
        ),
        result(item("wellknown"), "known", finding("fail", "must effects")),
        result(
            item("ourfault", requirements="REQ-BIRTH-IDENTIFIED"),
            "harness-error",
            finding("harness-error", "mosip", "timed work: KeyError"),
        ),
    ]


def passing() -> list[ItemResult]:
    """One item, and it passes."""
    return [result(item("well", tags="birth, smoke"), "pass", exchanges=journal("well")[:4])]


def events(results: Sequence[ItemResult]) -> list[Event]:
    """What the runner would have told."""
    started = SuiteStarted(
        items=[each.item for each in results],
        target=f"a bridge {HOSTILE}",
        seed=7,
        token="t0",
        profiles=("opencrvs-2.0", "mosip-1.3"),
        grades={"mosip.packet_manager.create_packet": "read"},
    )
    between = [
        event for each in results for event in (ItemStarted(item=each.item), ItemFinished(result=each))
    ]
    return [started, *between, SuiteFinished(results=results, seconds=12.5)]
