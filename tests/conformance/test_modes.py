"""A target whose MOSIP, or whose OpenCRVS, is theirs: judged by what is seen, and by nothing else."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import pytest

from conformance.checks import CHECKS
from conformance.checks.wire import EFFECTS
from conformance.journal_view import JournalView
from conformance.library import chosen
from conformance.logs import LogFile
from conformance.modes import asked
from conformance.mutants.table import MUTANTS
from conformance.operator_view import OUR_VIEW
from conformance.plan import Planned, blind_oracles, plan
from conformance.play import Desk, World
from conformance.requirement_verdicts import requirement_verdicts
from conformance.run import Runner
from conformance.session import opened, target_for
from conformance.target_file import lint_target, read_target
from conformance.target_init import target_text
from conformance.targets import Target
from sandbox import Sandbox
from sandbox.modes import THEIRS
from sandbox.variables import about

SUBSCRIBED_WITHIN_S: Final = 20.0
POLL_S: Final = 0.1
HIDDEN: Final = "to be seen at MOSIP only, theirs"

# What is left of the suite where MOSIP is theirs, by what becomes of it with a bridge that is right.
CONCLUDED: Final = {"birth-two-at-once", "opencrvs-confirm-timeout[504]", "opencrvs-confirm-timeout[reset]"}
WITHOUT_MOSIP: Final = {
    "birth-both-numbers",
    "birth-duplicate-submission[one-after-another]",
    "birth-duplicate-submission[at-once]",
    "birth-happy",
    "birth-no-certificate-number[absent]",
    "birth-no-certificate-number[empty]",
    "opencrvs-confirm-401",
    "opencrvs-down-at-confirm",
    *(f"sec-malformed-json[{row}]" for row in ("cut-short", "no-object", "wrong-type", "list-for-text")),
    *(f"sec-malformed-json[{row}]" for row in ("doubled-name", "too-deep")),
    *(f"sec-token-scope-and-claims[{row}]" for row in ("without-scope", "without-action", "other-audience")),
    *(f"sec-token-scope-and-claims[{row}]" for row in ("other-issuer", "expired", "other-key", "unsigned")),
    "sec-token-scope-and-claims[public-key-as-secret]",
}
NOTICING: Final = {
    "hook-lost-before-bridge[opencrvs.hook.call-failed]",
    "hook-lost-before-bridge[opencrvs.hook.call-delivered]",
    "hook-lost-before-bridge[opencrvs.country_config.send_registration-delivered]",
}
"""For a bridge that notices silence."""


def planned(mode: str, *names: str, **changes) -> dict[str, Planned]:
    target = Target(name="x", bridge_url="", mode=mode, **changes)
    return {each.item.id: each for each in plan(chosen(names), target)}


# -- what is said beforehand


def test_what_is_left_where_mosip_is_theirs_is_a_stated_list() -> None:
    left = {name for name, each in planned("opencrvs-side").items() if each.why is None}
    assert left == CONCLUDED | WITHOUT_MOSIP
    able = planned("opencrvs-side", stale_after=True)
    assert {name for name, each in able.items() if each.why is None} == left | NOTICING
    assert {
        name for name, each in able.items() if each.hidden and each.why is None
    } == WITHOUT_MOSIP | NOTICING


def test_nothing_is_left_where_opencrvs_is_theirs() -> None:
    assert {
        each.why for each in planned("mosip-side").values() if "mosip" not in str(each.why).split(": ")[1]
    } == {"out of mode mosip-side: it plays opencrvs"}
    assert all(each.why is not None for each in planned("mosip-side").values())


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ("birth-packet-manager-5xx[503]", "it plays mosip"),
        ("esignet-code-replayed", "it plays esignet"),
        ("death-happy", "MOSIP must know the deceased, and theirs knows none of ours"),
        ("same-child-two-certificates", "MOSIP must know its mother, and theirs knows none of ours"),
        ("verify-unknown-nid[uin]", "it asks IDA about somebody, and theirs knows none of ours"),
    ],
)
def test_why_a_story_cannot_be_told_there_is_said(item: str, why: str) -> None:
    (found,) = planned("opencrvs-side", item).values()
    assert found.why == f"out of mode opencrvs-side: {why}"
    assert planned("full", item, stale_after=True)[item].why is None


def test_a_country_that_sends_only_who_was_verified_has_nobody_to_send(tmp_path: Path) -> None:
    (found,) = planned("opencrvs-side", "birth-happy", verified_only=True).values()
    assert "its country sends only people to MOSIP who were verified" in str(found.why)
    path = tmp_path / "mine.yaml"
    path.write_text(
        "target: mine\nmode: opencrvs-side\n"
        'bridge: {instances: {a: "http://127.0.0.1:1"}}\ncountry: savanna-like\n'
    )
    (problem,) = lint_target(path)
    assert str(problem).startswith(
        f"{path}:4:10: savanna-like sends only people to MOSIP who were verified there"
    )
    path.write_text(path.read_text().replace("opencrvs-side", "mosip-side"))
    assert lint_target(path) == []
    assert read_target(path).target().verified_only


def test_the_oracles_say_what_they_are_narrowed_to() -> None:
    full, narrowed = (
        Target(name="x", bridge_url="", mode=mode, view=OUR_VIEW, logs=(LogFile(path=Path("x")),))
        for mode in ("full", "opencrvs-side")
    )
    assert blind_oracles(full) == []
    assert [words.split(" ")[0].rstrip(",") for words in blind_oracles(narrowed)] == ["O2", "O4", "O7", "O8"]


@pytest.mark.parametrize("mode", THEIRS)
def test_a_new_file_of_each_mode_is_good(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(target_text("mine", "http://127.0.0.1:3000", mode=mode))
    assert lint_target(path) == []
    assert read_target(path).mode == mode


def test_every_check_of_the_suite_says_who_shows_it() -> None:
    """A check that looks at MOSIP and does not say so would fail a bridge for what nobody sees."""
    told = {(each.name, json.dumps(each.arguments)) for item in chosen([]) for each in asked(item)}
    shown = {(name, *sorted(CHECKS[name].shown_by(json.loads(arguments)))) for name, arguments in told}
    assert {(name, *parties) for name, *parties in shown if "mosip" in parties} == {
        ("effects", "mosip"),
        ("effects", "mosip", "opencrvs"),
        ("identity", "mosip"),
        ("person", "mosip"),
        ("sequence", "mosip", "opencrvs"),
    }
    assert {name for name in EFFECTS if "mosip" not in CHECKS["effects"].shown_by({name: 1})} == {
        "accepts",
        "rejects",
    }


# -- what is seen


@pytest.fixture
def world(stage) -> Iterator[World]:
    """The fakes, of which only OpenCRVS is known to the judge."""
    view = JournalView({"opencrvs": stage.opencrvs})
    view.start()
    target = replace(stage.target, mode="opencrvs-side")
    yield stage.world(mocks={"opencrvs": stage.opencrvs}, view=view, target=target)
    view.close()


CHECKED = "  - opencrvs.register: {{record: $birth}}\n  - check: {{{level}: [{check}]}}\n"


@pytest.mark.parametrize(
    ("check", "level", "verdict", "words"),
    [
        ("effects: {of: $birth.registration, accepts: 1, rejects: 0}", "must", "pass", ""),
        ("effects: {of: $birth.registration, packets: 1, accepts: 1}", "must", "inconclusive", HIDDEN),
        ("effects: {of: $birth.registration, packets: 1, accepts: 1}", "must_not", "inconclusive", HIDDEN),
        ("effects: {of: $birth.registration, packets: 1, accepts: 1}", "should", "warning", HIDDEN),
        (
            "effects: {of: $birth.registration, packets: 7, accepts: 2}",
            "must",
            "fail",
            "accepts: 2 wanted, 1 seen",
        ),
        (
            "effects: {of: $birth.registration, packets: 0, identities: 0}",
            "must",
            "inconclusive",
            "not shown",
        ),
        ("sequence: {of: $birth.registration, effects: [accept-took-effect]}", "must", "pass", ""),
        (
            "sequence: {of: $birth.registration, effects: [identity-minted, accept-took-effect]}",
            "must",
            "inconclusive",
            HIDDEN,
        ),
        (
            "sequence: {of: $birth.registration, effects: [identity-minted, reject-took-effect]}",
            "must",
            "fail",
            "seen: accept-took-effect",
        ),
        ("identity: {of: $birth.mother, is: active}", "must", "inconclusive", HIDDEN),
        ("person: {of: $birth.mother, at: ida, is: refused}", "must", "inconclusive", HIDDEN),
        ("person: {of: $birth.mother, at: esignet, is: served}", "must", "inconclusive", "at E-Signet only"),
        ("identifier: {of: $birth, is: as-policy}", "must", "pass", ""),
        ("outcome: {of: $birth.registration, is: confirmed}", "must", "pass", ""),
        ("outcome: {of: $birth.registration, is: rejected}", "must", "fail", "seen: confirmed"),
        ("log: {lacks: [$birth]}", "must", "pass", ""),
    ],
)
def test_what_only_mosip_shows_is_neither_passed_nor_failed(
    stage, world, story, check: str, level: str, verdict: str, words: str
) -> None:
    (item,) = stage.items(story(CHECKED.format(level=level, check=f"{{{check}}}")))
    result = Runner(world, seed=0, token="t0").play(item)
    assert result.verdict == verdict, result.findings
    assert words in " ".join(finding.words for finding in result.findings)
    # Nobody but our own mock was spoken to.
    assert stage.mosip.asked == stage.esignet.asked == []


@pytest.mark.parametrize(
    ("identifier", "policy", "verdict"),
    [
        ("7058649208312401", "vid", "pass"),
        ("7058649208312402", "vid", "fail"),  # its last digit is no checksum
        ("5260181591", "vid", "fail"),
        ("5260181591", "uin", "pass"),
        (None, "vid", "fail"),
        (None, "none", "pass"),
    ],
)
def test_an_identifier_is_judged_by_its_form(
    stage, world, story, monkeypatch, identifier: str | None, policy: str, verdict: str
) -> None:
    monkeypatch.setattr("conformance.pack.CountryPack.read", lambda *_: identifier)
    world = replace(
        world, target=replace(world.target, policy=replace(world.target.policy, identifier=policy))
    )
    (item,) = stage.items(
        story(CHECKED.format(level="must", check="{identifier: {of: $birth, is: as-policy}}"))
    )
    assert Runner(world, seed=0, token="t0").play(item).verdict == verdict


def test_the_mother_has_no_number_there_and_is_another_in_each_run(stage, world, story) -> None:
    (item,) = stage.items(story("  - opencrvs.register: {record: $birth}\n"))
    declared = []
    for token in ("one", "two"):
        Runner(world, seed=0, token=token).play(item)
        declared.append(stage.registrar.declarations["birth"])
        assert "mother.nid" not in declared[-1]
    # Theirs takes a child that it knows from an earlier run for the same one.
    assert (
        declared[0]["child.name"] != declared[1]["child.name"]
        or declared[0]["child.dob"] != declared[1]["child.dob"]
    )


def test_a_wait_for_what_nobody_sees_ends_at_once_and_a_watch_goes_on(stage, world, story) -> None:
    patient = replace(stage.target, mode="opencrvs-side", patience=replace(stage.target.patience, retry=60.0))
    world = replace(world, target=patient)
    unseen = "{effects: {of: $birth.registration, packets: 1}}"
    waits = (
        f"  - wait: {{within: $target.retry, until: {unseen}}}\n  - opencrvs.archive: {{record: $birth}}\n"
    )
    watches = (
        f"  - always: {{for: $target.quiet, that: {unseen}}}\n  - opencrvs.archive: {{record: $birth}}\n"
    )
    results = []
    for steps in (waits, watches):
        (item,) = stage.items(story(steps))
        began = time.monotonic()
        results.append(Runner(world, seed=0, token="t0").play(item))
        assert time.monotonic() - began < 30
    assert [result.verdict for result in results] == ["inconclusive", "inconclusive"]
    assert "nobody will see it" in results[0].findings[0].words
    assert stage.registrar.done == [("archive", "birth", stage.registrar.done[0][2])], (
        "only the watch went on"
    )


def test_asked_again_is_not_ruled_out_where_only_mosip_would_show_it(stage, world, story, bridges) -> None:
    stage.registrar.bridge = bridges["acknowledges"]
    check = "{outcome: {of: $birth.registration, any_of: [rejected, asked-again]}}"
    (item,) = stage.items(
        story(f"  - opencrvs.register: {{record: $birth}}\n  - check: {{must: [{check}]}}\n")
    )
    result = Runner(world, seed=0, token="t0").play(item)
    assert ("inconclusive", "must outcome") in {(each.verdict, each.by) for each in result.findings}
    (told,) = plan([item], world.target)
    assert (told.hidden, told.unseen) == ((), ("outcome",))


def test_an_identifier_of_theirs_in_the_log_is_found_by_what_opencrvs_was_told(stage, world, story) -> None:
    def tells_its_log(registrar, owner: str) -> None:
        told = {"json": {"0": {"json": {"declaration": {"child.nid": "7058649208312401"}}}}}
        accept = "opencrvs.events.register_accept"
        registrar.opencrvs.say(accept, owner, ("accept-took-effect",), request=told)
        with stage.target.logs[0].path.open("a") as log:
            log.write("confirmed 7058649208312401\n")

    stage.registrar.bridge = tells_its_log
    (item,) = stage.items(story("  - opencrvs.register: {record: $birth}\n"))
    found = Runner(world, seed=0, token="t0").play(item).findings
    assert [each.by for each in found if "an identifier that came into a record" in each.words] == [
        "O4 nobody's business"
    ]


def test_a_number_of_theirs_that_comes_to_two_children_is_found(stage, world, story) -> None:
    given = "[{birth-declared: {as: birth}}, {birth-declared: {as: other}}]"
    both = "  - opencrvs.register: {record: $birth}\n  - opencrvs.register: {record: $other}\n"
    numbers = iter(("7058649208312401", "7058649208312401", "7058649208312401", "9182416905683514"))

    def gives(registrar, owner: str) -> None:
        told = {"json": {"0": {"json": {"declaration": {"child.nid": next(numbers)}}}}}
        accept = "opencrvs.events.register_accept"
        registrar.opencrvs.say(accept, owner, ("accept-took-effect",), request=told)

    stage.registrar.bridge = gives
    (item,) = stage.items(story(both, given=given))
    runner = Runner(world, seed=0, token="t0")
    blamed = [[each.by for each in runner.play(item).findings if each.verdict == "fail"] for _ in range(2)]
    assert blamed == [["O8 the right person"] * 2, []]


def test_a_requirement_of_which_every_story_is_out_of_mode_says_so(world) -> None:
    items = chosen(["tag:verify", "tag:esignet", "birth-happy"])
    runner = Runner(world, seed=0, token="t0")
    results = [runner.play(item) for item in items if item.scenario.id != "birth-happy"]
    assert {result.verdict for result in results} == {"skipped"}
    said = {each.requirement.id: each.standing for each in requirement_verdicts(results)}
    assert said["REQ-LOGIN-TOLD"] == said["REQ-VERIFY-ASKS-ALL"] == "out of mode"


def test_a_party_that_is_theirs_cannot_be_reached_by_mistake(world) -> None:
    with pytest.raises(Exception, match="mosip is theirs at a target of mode opencrvs-side"):
        _ = world.mosip
    with pytest.raises(Exception, match="opencrvs is theirs"):
        _ = replace(world, desk=None).registrar
    assert isinstance(world.desk, Desk)


# -- for real: a second sandbox is their MOSIP, and the judge has no key to its admin door


@contextmanager
def judged(command: str | None = None) -> Iterator[World]:
    """A bridge between our OpenCRVS and a MOSIP and E-Signet that are theirs."""
    with Sandbox(without=("bridge", "opencrvs")) as theirs:
        kept = {
            name: value
            for name, value in theirs.env_for_bridge().items()
            if about(name) in ("mosip", "esignet") and name != "MOSIP_WEBSUB_CALLBACK_URL"
        }
        with Sandbox(
            without=("mosip", "esignet"), bridge_env=kept, bridge_command=command, bridge_may_die=True
        ) as ours:
            deadline = time.monotonic() + SUBSCRIBED_WITHIN_S
            while not theirs.mosip.state("subscriptions"):
                assert time.monotonic() < deadline, "the bridge does not subscribe at their hub"
                time.sleep(POLL_S)
            assert set(ours.processes) == {"opencrvs", "bridge"}
            with opened(ours, replace(target_for(ours), mode="opencrvs-side")) as world:
                yield world


def python(*arguments: str, monkeypatch) -> str:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(each for each in sys.path if each))
    return shlex.join([sys.executable, *arguments])


def hurried(world: World) -> World:
    """Impatient with a bridge that is known to be wrong."""
    return replace(world, target=replace(world.target, patience=replace(world.target.patience, retry=5.0)))


@pytest.mark.slow
@pytest.mark.parametrize("bridge", ["ours", "in_request"])
def test_the_whole_suite_fails_no_bridge_that_is_right_and_does_as_it_was_planned(
    bridge: str, monkeypatch
) -> None:
    command = (
        None if bridge == "ours" else python("-m", f"conformance.bridges.{bridge}", monkeypatch=monkeypatch)
    )
    with judged(command) as world:
        assert set(world.mocks) == {"opencrvs"}
        items, results = chosen([]), {}
        said = {each.item.id: each for each in plan(items, world.target)}
        runner = Runner(world, seed=0, token="modes")
        for item in items:
            results[item.id] = runner.play(item)
    verdicts = {name: result.verdict for name, result in results.items()}
    notices = NOTICING if bridge == "ours" else set()
    assert {
        name for name, verdict in verdicts.items() if verdict == "inconclusive"
    } == WITHOUT_MOSIP | notices
    assert {name for name, verdict in verdicts.items() if verdict in ("pass", "warning")} == CONCLUDED
    assert set(verdicts.values()) <= {"pass", "warning", "inconclusive", "skipped"}
    for name, result in results.items():
        assert (result.verdict == "skipped") is (said[name].why is not None), name
        if result.verdict == "skipped":
            assert [each.words for each in result.findings] == [said[name].why]
        else:
            doubts = [each for each in result.findings if each.verdict == "inconclusive"]
            assert {each.by.rpartition(" ")[2] for each in doubts} == set(said[name].hidden), name
            assert all(HIDDEN in each.words for each in doubts), name
    standing = {each.requirement.id: each.standing for each in requirement_verdicts(results.values())}
    assert standing["REQ-CALLBACK-AUTHENTIC"] == standing["REQ-DEATH-TOLD"] == "out of mode"
    assert standing["REQ-CALLER-AUTHENTIC"] == standing["REQ-NOTHING-TWICE"] == "inconclusive"
    assert "violated" not in standing.values()


CAUGHT: Final = {
    "confirms_without_identifier": ("birth-happy", {"fail: must identifier"}),
    "confirms_under_another_number": ("birth-happy", {"fail: must record"}),
    "sends_the_identifier_as_a_number": ("birth-happy", {"fail: contract"}),
    "answers_before_it_reads": ("birth-no-certificate-number[absent]", {"fail: must answer"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("mutant", CAUGHT)
def test_a_broken_bridge_is_named_for_what_opencrvs_shows(mutant: str, monkeypatch) -> None:
    assert mutant in {each.name for each in MUTANTS}
    item, wanted = CAUGHT[mutant]
    with (
        as_file(files("conformance.mutants").joinpath("broken")) as folder,
        judged(python(str(folder / "start.py"), mutant, monkeypatch=monkeypatch)) as world,
    ):
        result = Runner(hurried(world), seed=0, token="mutant").play(*chosen([item]))
    assert wanted <= {f"{each.verdict}: {each.by}" for each in result.findings}


@pytest.mark.slow
def test_a_bridge_with_ten_defects_is_failed_by_all_that_is_played(monkeypatch) -> None:
    named = {
        "birth-no-certificate-number[empty]": "fail: must answer",
        "opencrvs-down-at-confirm": "fail: O5 no crash",
        "sec-token-scope-and-claims[other-audience]": "fail: must answer",
        "birth-happy": "fail: O4 nobody's business",
    }
    with judged(python("-m", "conformance.bridges.ten_defects", monkeypatch=monkeypatch)) as world:
        runner = Runner(hurried(world), seed=0, token="ten")
        for name, wanted in named.items():
            found = runner.play(*chosen([name])).findings
            assert wanted in {f"{each.verdict}: {each.by}" for each in found}, name
