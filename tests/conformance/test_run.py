"""Whole items against bridges that are right and wrong: what each is told, and by whom it is caught."""

from __future__ import annotations

import dataclasses

import pytest

from conformance.instances import whole
from conformance.operator_view import Row
from conformance.parties import HarnessError

MINE = "story#t0/birth.registration"
CONFIRMED = (
    "  - opencrvs.register: {record: $birth}\n"
    "  - wait: {within: $target.retry, until: {outcome: {of: $birth.registration, is: confirmed}}}\n"
    "  - check:\n"
    "      must:\n"
    "        - effects: {of: $birth.registration, packets: 1, identities: 1, accepts: 1}\n"
    "        - identifier: {of: $birth, is: as-policy}\n"
)


def by(result) -> set[str]:
    return {f"{finding.verdict}: {finding.by}" for finding in result.findings}


def test_a_correct_bridge_passes(stage, story) -> None:
    result = stage.play(story(CONFIRMED))
    assert (result.verdict, result.findings) == ("pass", [])
    assert [step.verb for step in result.steps] == ["opencrvs.declare", "opencrvs.register", "wait", "check"]
    assert any("accept-took-effect" in line for line in result.timeline)


def test_everything_is_reserved_with_every_mock_before_the_first_step(stage, story) -> None:
    stage.play(story(CONFIRMED))
    for mock in (stage.mosip, stage.esignet, stage.opencrvs):
        ((_, reserved),) = [each for each in mock.asked if each[0] == "reserve"]
        assert reserved["scenario"] == "story#t0"
        assert [each["owner"] for each in reserved["actions"]] == [
            "story#t0/birth.creation",
            "story#t0/birth.declaration",
            "story#t0/birth.registration",
            "story#t0/birth.correction",
            "story#t0/birth.approval",
            "story#t0/birth.revocation",
            "story#t0/birth.archival",
        ]


def test_a_declaration_is_made_in_the_countrys_fields(stage, story) -> None:
    stage.play(story(CONFIRMED, given="{birth-declared: {as: birth}, death-declared: {as: death}}"))
    birth, death = stage.registrar.declarations["birth"], stage.registrar.declarations["death"]
    assert set(birth["child.name"]) == {"firstname", "surname"}
    assert birth["informant.relation"] == "MOTHER"
    assert "child.nid" not in birth
    assert death["deceased.nid"] == "7058649208312401"
    assert death["informant.relation"] == "SPOUSE"
    assert death["eventDetails.mannerOfDeath"] == "MANNER_NATURAL"


@pytest.mark.parametrize(
    ("pieces", "caught"),
    [
        ("acknowledges", {"fail: wait outcome", "fail: O1 nothing lost", "fail: O3 truthful ack"}),
        ("mints", {"fail: wait outcome", "fail: O1 nothing lost", "fail: O3 truthful ack"}),
        ("", {"fail: wait outcome", "fail: O1 nothing lost"}),
        ("confirms confirms", {"fail: must effects", "fail: must identifier", "fail: O2 nothing twice"}),
    ],
)
def test_wrong_bridges_are_caught_by_name(pieces: str, caught: set[str], stage, story, bridges) -> None:
    def bridge(registrar, owner: str) -> None:
        for piece in pieces.split():
            bridges[piece](registrar, owner)

    stage.registrar.bridge = bridge
    result = stage.play(story(CONFIRMED))
    assert (result.verdict, by(result)) == ("fail", caught)


def test_parked_is_no_loss(stage, story, bridges) -> None:
    stage.registrar.bridge = bridges["acknowledges"]
    stage.rows.states[MINE] = Row(state="parked", outcome="parked", reason="mosip.no-provider")
    result = stage.play(story(CONFIRMED))
    assert by(result) == {"fail: wait outcome"}
    assert "seen: parked by the operator view (mosip.no-provider)" in result.findings[0].words


def test_without_operator_view_a_silent_bridge_is_inconclusive(stage, story, bridges) -> None:
    stage.registrar.bridge = bridges["acknowledges"]
    seen = CONFIRMED.replace("is: confirmed}", "any_of: [confirmed, parked]}")
    assert by(stage.play(story(seen), rows=None)) == {
        "inconclusive: wait outcome",
        "inconclusive: O1 nothing lost",
        "inconclusive: O3 truthful ack",
    }


def test_what_the_wire_would_show_is_not_inconclusive(stage, story, bridges) -> None:
    stage.registrar.bridge = bridges["acknowledges"]
    result = stage.play(story(CONFIRMED), rows=None)
    assert (result.verdict, "fail: wait outcome" in by(result)) == ("fail", True)


def test_a_failed_wait_shows_what_came_near(stage, story, bridges) -> None:
    step = (
        "  - wait: {within: $target.ack,"
        " until: {exchange: {at: mosip.websub.deliver, of: $birth.declaration}}}\n"
    )
    result = stage.play(story("  - opencrvs.register: {record: $birth}\n" + step))
    (finding,) = result.findings
    assert finding.words == "not within 0.2 s: mosip.websub.deliver: at least 1 wanted, 0 seen"
    assert any(f"it belongs to {MINE}" in near for near in finding.near)
    assert finding.place == "story.yaml:8"


def test_abort_if_ends_a_wait_early(stage, story) -> None:
    step = (
        "  - wait: {within: $target.retry, until: {bridge: {running: false}},"
        " abort_if: {effects: {of: $birth.registration, accepts: 1}}}\n"
    )
    patient = dataclasses.replace(stage.target, patience=dataclasses.replace(stage.target.patience, retry=60))
    result = stage.play(story("  - opencrvs.register: {record: $birth}\n" + step), target=patient)
    assert by(result) == {"fail: wait bridge"}
    assert result.seconds < 30


def test_finally_runs_after_a_failure_and_a_broken_should_warns(stage, story) -> None:
    text = story(
        "  - check: {should: [{bridge: {running: false}}]}\n"
        "  - wait: {within: $target.ack, until: {bridge: {running: false}}}\n"
        "  - bridge.kill: {}\n"
        "finally:\n"
        "  - bridge.stop: {}\n"
    )
    result = stage.play(text)
    assert by(result) == {"warning: should bridge", "fail: wait bridge"}
    assert [step.verb for step in result.steps][-1] == "bridge.stop"
    assert stage.process.up


def test_must_not(stage, story) -> None:
    held = story("  - check: {must_not: [{bridge: {running: true}}]}\n")
    assert by(stage.play(held)) == {"fail: must_not bridge"}
    assert stage.play(held.replace("true", "false")).verdict == "pass"


def test_a_check_may_be_for_some_rows_only(stage, story) -> None:
    text = story(
        "  - check: {when: {row: b}, must: [{bridge: {running: false}}]}\n",
        head="examples: [{row: a}, {row: b}]\n",
    )
    first, second = stage.items(text)
    assert (first.id, second.id) == ("story[a]", "story[b]")
    assert stage.runner().play(first).verdict == "pass"
    assert stage.runner().play(second).verdict == "fail"


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ("{row: {not: a}}", "pass"),
        ("{row: {any_of: [a, b]}}", "fail"),
        ("{profile: mosip-1.3}", "fail"),
        ("{profile: mosip-1.2}", "pass"),
        ("{profile: [mosip-1.2, mosip-1.3]}", "fail"),
        ("{profile: mosip-1.3, row: b}", "pass"),
    ],
)
def test_when_a_check_is_meant(when: str, verdict: str, stage, story) -> None:
    text = story(
        f"  - check: {{when: {when}, must: [{{bridge: {{running: false}}}}]}}\n",
        head="examples: [{row: a}, {row: b}]\n",
    )
    assert stage.runner().play(stage.items(text)[0]).verdict == verdict


def test_an_unowned_effect_makes_a_count_inconclusive(stage, story, bridges) -> None:
    def bridge(registrar, owner: str) -> None:
        bridges["confirms"](registrar, owner)
        registrar.mosip.say("mosip.workflow.create_instance", None, ("packet-accepted",))

    stage.registrar.bridge = bridge
    result = stage.play(story(CONFIRMED))
    assert (result.verdict, by(result)) == (
        "inconclusive",
        {"inconclusive: must effects", "inconclusive: O2 nothing twice"},
    )


def test_what_a_target_cannot_do_is_skipped(stage, story) -> None:
    url_only = dataclasses.replace(stage.target, control=frozenset())
    result = stage.play(story("  - bridge.kill: {}\n"), target=url_only)
    assert (result.verdict, result.findings[0].words) == ("skipped", "the target lacks bridge.process")
    old = stage.play(story("  - clear: {}\n", head="profiles: [opencrvs-1.8]\n"))
    assert (old.verdict, old.findings[0].words) == ("skipped", "made for opencrvs-1.8")


def test_failures_of_the_harness_are_no_failures_of_the_target(stage, story) -> None:
    stage.mosip.failures.append("timed work: KeyError")
    assert by(stage.play(story(CONFIRMED))) == {"harness-error: mosip"}

    def refuses(registrar, owner: str) -> None:
        raise HarnessError("OpenCRVS refused to register birth: assigned to somebody else")

    stage.mosip.failures.clear()
    stage.registrar.bridge = refuses
    assert by(stage.play(story(CONFIRMED))) == {"harness-error: HarnessError"}
    misuse = story("  - release: {at: mosip.websub.deliver}\n")
    assert by(stage.play(misuse)) == {"harness-error: MisuseError"}
    stage.mosip.break_off("connection refused")
    assert stage.play(story(CONFIRMED)).verdict == "harness-error"


def test_a_bridge_that_does_not_come_back_has_failed(stage, story) -> None:
    from sandbox.errors import SandboxError

    def start(wait_ready: bool = True) -> None:
        raise SandboxError("not ready within 30 s")

    stage.process.start = start
    result = stage.play(story("  - bridge.kill: {}\n  - bridge.start: {}\n"))
    assert "fail: bridge.start" in by(result) or "harness-error: SandboxError" in by(result)


def test_a_bridge_that_died_is_started_for_the_next_item(stage, story, bridges) -> None:
    def dies(registrar, owner: str) -> None:
        bridges["confirms"](registrar, owner)
        stage.process.up = False

    stage.registrar.bridge = dies
    assert by(stage.play(story(CONFIRMED))) == {"fail: O5 no crash"}
    stage.registrar.bridge = bridges["confirms"]
    assert stage.play(story(CONFIRMED)).verdict == "pass"


def test_a_bridge_that_dies_later_is_named_by_the_next_item(stage, story, bridges) -> None:
    stage.registrar.bridge = bridges["confirms"]
    runner = stage.runner()
    (item,) = stage.items(story(CONFIRMED))
    assert runner.play(item).verdict == "pass"
    stage.process.up = False
    later = runner.play(item)
    assert by(later) == {"fail: O5 no crash"}
    assert later.findings[0].words == f"the bridge has ended after {item.id} was judged"
    assert runner.play(item).verdict == "pass"


def test_nothing_that_was_set_outlives_the_story(stage, story) -> None:
    stage.play(
        story(
            "  - fault: {at: mosip.packet_manager.create_packet, do: {status: 503}}\n"
            "  - hold: {at: mosip.websub.deliver, of: $birth}\n"
            "  - lose: {at: opencrvs.events.register_accept, scope: everyone}\n"
            "  - bridge.kill: {}\n"
        )
    )
    asked = [kind for kind, _ in stage.mosip.asked if kind not in ("people", "reserve")]
    assert asked == ["fault", "hold", "clear", "remove_gate"]
    assert [kind for kind, _ in stage.opencrvs.asked if kind in ("lose", "remove_gate")] == [
        "lose",
        "remove_gate",
    ]
    assert stage.process.up


def test_whose_exchanges_are_struck(stage, story) -> None:
    stage.play(
        story(
            "  - fault: {at: mosip.*, do: {status: 503}, for: 5s, times: 2, when: {nth: [1]}}\n"
            "  - hold: {at: mosip.websub.deliver, of: $birth, when: after}\n"
            "  - lose: {at: mosip.credential.issue, of: $birth.registration, believed: failed}\n"
            "  - lose: {at: mosip.auth_manager.authenticate, scope: everyone}\n"
        )
    )
    fault, hold, mine, everyones = [
        what for kind, what in stage.mosip.asked if kind in ("fault", "hold", "lose")
    ]
    mark = {"scenario": "story#t0", "scope": None}
    assert fault == {
        "at": "mosip.*",
        "do": {"status": 503},
        "when": {"nth": [1]},
        "times": 2,
        "for_": "5s",
        "of": None,
        **mark,
    }
    assert hold == {"at": "mosip.websub.deliver", "when": "after", "of": "story#t0/birth", **mark}
    assert (mine["of"], mine["as_"], mine["scenario"]) == (MINE, "failed", "story#t0")
    assert (everyones["scenario"], everyones["scope"]) == (None, "everyone")


def test_a_forged_delivery_waits_for_its_packet(stage, story, bridges) -> None:
    step = '  - mosip.deliver: {credential_for: $birth.registration, identifier: "9", forgery: unsigned}\n'
    stage.registrar.bridge = bridges["acknowledges"]
    for entry in ("rid", "none"):
        text = story("  - opencrvs.register: {record: $birth}\n" + step)
        if entry == "none":
            stage.opencrvs.say = no_keys(stage.opencrvs)
        result = stage.play(text)
        forged = [what for kind, what in stage.mosip.asked if kind == "mosip.deliver"]
        assert forged == [{"credential_for": MINE, "identifier": "9", "forgery": "unsigned"}]
    assert "fail: mosip.deliver" in by(result)


def no_keys(mock):
    say = type(mock).say

    def speak(operation: str, owner: str | None = None, effects: tuple = (), **more) -> int:
        return say(mock, operation, owner, effects, **{**more, "keys": {"strong": {}, "weak": {}}})

    return speak


@pytest.mark.parametrize(
    ("step", "command", "undone"),
    [
        ("mosip.rotate_secret: {of: websub}", {"of": "websub", "back": False}, {"back": True}),
        ("mosip.forget_subscriptions: {}", {}, {"back": True}),
        ("opencrvs.rotate_key: {}", {}, {"back": True}),
        ("opencrvs.refresh_secret: {}", {"back": False}, {"back": True}),
    ],
)
def test_what_befalls_a_party_is_undone_when_the_story_ends(
    step: str, command: dict, undone: dict, stage, story
) -> None:
    result = stage.play(story(CONFIRMED + f"  - {step}\n"))
    assert result.verdict == "pass", result.findings
    name = step.partition(":")[0]
    asked = [*stage.mosip.asked, *stage.opencrvs.asked]
    assert [what for kind, what in asked if kind == name] == [command, undone]


@pytest.mark.parametrize("verb", ["kill", "stop"])
def test_one_instance_may_be_down_while_the_other_runs(verb: str, stage, story) -> None:
    result = stage.play(story(f"  - bridge.{verb}: {{instance: b}}\n" + CONFIRMED))
    assert result.verdict == "pass", result.findings
    assert (stage.process.ends, stage.other_process.ends) == (0, 1)
    assert stage.other_process.up, "it is started when the story ends"


def test_a_restart_ends_and_starts(stage, story) -> None:
    result = stage.play(
        story(CONFIRMED + "  - bridge.restart: {}\n  - check: {must: [{bridge: {running: true}}]}\n")
    )
    assert result.verdict == "pass", result.findings
    assert stage.process.ends == 1


def test_all_instances_end_and_begin_where_none_is_named(stage, story) -> None:
    both = {"a": stage.process, "b": stage.other_process}
    steps = "  - bridge.kill: {}\n  - bridge.start: {}\n  - check: {must: [{bridge: {running: true}}]}\n"
    result = stage.play(story(CONFIRMED + steps), bridge=whole(both))
    assert result.verdict == "pass", result.findings
    assert (stage.process.ends, stage.other_process.ends) == (1, 1)


def test_one_instance_ends_alone_and_is_up_again_for_the_next_story(stage, story) -> None:
    both = {"a": stage.process, "b": stage.other_process}
    steps = "  - bridge.kill: {instance: $target.instances.other}\n"
    check = "  - check: {must: [{bridge: {running: false}}]}\n"
    result = stage.play(story(CONFIRMED + steps + check), bridge=whole(both))
    assert result.verdict == "pass", result.findings
    assert (stage.process.ends, stage.other_process.ends) == (0, 1)
    assert stage.other_process.up


def test_a_crash_of_any_instance_is_a_crash(stage, story, bridges) -> None:
    def dies(registrar, owner: str) -> None:
        bridges["confirms"](registrar, owner)
        stage.other_process.up = False

    stage.registrar.bridge = dies
    both = {"a": stage.process, "b": stage.other_process}
    assert "fail: O5 no crash" in by(stage.play(story(CONFIRMED), bridge=whole(both)))


def test_an_instance_that_is_not_there_is_a_mistake_of_the_scenario(stage, story) -> None:
    for step in ("bridge.kill: {instance: c}", "route: {at: mosip.websub.deliver, to: c}"):
        result = stage.play(story(f"  - {step}\n"))
        assert result.verdict == "harness-error"
        assert "this target has no instance 'c'" in result.findings[0].words


def test_what_a_mock_sends_may_go_to_another_instance(stage, story) -> None:
    stage.play(story("  - route: {at: mosip.websub.deliver, of: $birth.registration, to: b, times: 1}\n"))
    ((_, route),) = [each for each in stage.mosip.asked if each[0] == "fault"]
    assert route["when"] is None
    assert (route["do"], route["of"], route["times"]) == ({"to": "http://127.0.0.1:8"}, MINE, 1)
    assert [kind for kind, _ in stage.mosip.asked if kind == "clear"]


def test_another_user_logs_in_for_the_rest_of_the_story(stage, story) -> None:
    steps = (
        "  - {opencrvs.login: {role: CLERK}, as: clerk}\n"
        "  - bridge.call: {method: GET, path: /x, session: $clerk}\n"
    )
    result = stage.play(story(steps))
    assert result.verdict == "pass", result.findings
    assert stage.registrar.token() == "a.user.token", "the registrar is back"
    assert stage.registrar.log_outs == 1


def test_the_registrar_logs_in_again_after_a_new_key(stage, story) -> None:
    stage.play(story("  - opencrvs.rotate_key: {}\n"))
    assert stage.registrar.log_outs == 2


def test_only_what_is_corrected_is_asked_for(stage, story) -> None:
    steps = "  - opencrvs.correct: {record: $birth, to: {name.first: Amina, sex: female}}\n"
    result = stage.play(
        story(
            CONFIRMED + steps,
            head="people: {baby: {newborn: {sex: female}}}\n",
            given="{birth-declared: {as: birth, child: $baby}}",
        )
    )
    assert result.verdict == "pass", result.findings
    ((what, record, changes),) = stage.registrar.done
    before = stage.registrar.declarations["birth"]["child.name"]
    assert (what, record) == ("correct", "birth")
    assert changes == {"child.name": {**before, "firstname": "Amina"}}
