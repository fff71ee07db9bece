"""Whether IDA and E-Signet still serve a person, asked by the harness itself of mocks that really run."""

from __future__ import annotations

import dataclasses

import pytest

from conformance.grammar.reader import ScenarioReader
from conformance.library import shipped_fragments
from conformance.parties import HarnessError
from conformance.people import make_people
from conformance.run import Runner
from conformance.session import opened, target_for
from conformance.standing import Standing
from conformance.targets import Patience
from conformance.world_people import introduce
from sandbox import Sandbox

SERVED = Standing(word="served")


def introduced(people, world):
    return introduce(
        people.values(), mosip=world.mosip, esignet=world.esignet, run="standing#1", pack=world.pack
    )


def refused(code: str) -> Standing:
    return Standing(word="refused", code=code)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Sandbox(state_dir=tmp_path_factory.mktemp("state")) as sandbox:
        # What is lost here never comes.
        target = dataclasses.replace(target_for(sandbox), patience=Patience(retry=2.0))
        with opened(sandbox, target) as opened_world:
            yield opened_world


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "ida", "esignet"),
    [
        ({"id_repository": "active"}, (SERVED, SERVED), (SERVED, SERVED)),
        (
            {"id_repository": "deactivated"},
            (refused("IDA-MLC-022"), refused("IDA-MLC-023")),
            (refused("IDA-MLC-022"), refused("IDA-MLC-023")),
        ),
        (
            {"id_repository": "absent"},
            (refused("IDA-MLC-018"), refused("IDA-MLC-018")),
            (refused("invalid_individual_id"), refused("invalid_individual_id")),
        ),
        # E-Signet asks IDA whether a number was deactivated, and goes by its own people where IDA knows none.
        (
            {"id_repository": "active", "ida": "deactivated"},
            (refused("IDA-MLC-022"), refused("IDA-MLC-023")),
            (refused("IDA-MLC-022"), refused("IDA-MLC-023")),
        ),
        (
            {"id_repository": "active", "ida": "absent"},
            (refused("IDA-MLC-018"), refused("IDA-MLC-018")),
            (SERVED, SERVED),
        ),
    ],
    ids=str,
)
def test_who_is_served(at, ida, esignet, world) -> None:
    people = make_people({"ama": {"adult": {"names": "three"}, "at": at}}, seed=str(at))
    (ama,) = introduced(people, world)
    for door, wanted in (("ida", ida), ("esignet", esignet)):
        assert tuple(world.doors[door].authenticate(ama, by) for by in ("uin", "vid")) == wanted


@pytest.mark.slow
def test_somebody_else_is_refused_at_ida(world) -> None:
    people = make_people({"ama": {"adult": {}, "at": {"id_repository": "active"}}}, seed="other")
    (ama,) = introduced(people, world)
    other = dataclasses.replace(ama, first_name="Nobody")
    assert world.doors["ida"].authenticate(other, "vid") == refused("IDA-DEA-001")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("door", "operation"), [("ida", "mosip.ida.authenticate"), ("esignet", "esignet.oauth.token")]
)
def test_trouble_is_no_word_of_the_person(door: str, operation: str, world) -> None:
    people = make_people({"ama": {"adult": {}, "at": {"id_repository": "active"}}}, seed="trouble")
    (ama,) = introduced(people, world)
    admin = world.admin(operation)
    fault = admin.fault(at=operation, do={"status": 503}, scope="everyone")
    assert world.doors[door].authenticate(ama, "vid").word is None
    admin.clear(fault)
    assert world.doors[door].authenticate(ama, "vid") == SERVED


@pytest.mark.slow
def test_a_death_that_never_reaches_ida_is_seen(world) -> None:
    text = (
        "id: story\nstory: A story\ntags: [death]\nrequirements: [REQ-DEATH-BITES]\n"
        "given: {death-declared: {as: death}}\nsteps:\n"
        "  - lose: {at: mosip.ida.replica}\n"
        "  - opencrvs.register: {record: $death}\n"
        "  - wait: {within: $target.retry, until: {identity: {of: $death.deceased, is: deactivated}}}\n"
        "  - wait:\n      within: $target.retry\n"
        "      until: {person: {of: $death.deceased, at: esignet, is: refused}}\n"
    )
    (item,) = ScenarioReader(shipped_fragments()).read(text, "story.yaml")
    (finding,) = Runner(world, seed=0, token="lost").play(item).findings
    assert (finding.verdict, finding.by) == ("fail", "wait person")
    assert finding.words.endswith("refused at esignet wanted, seen: served by uin, served by vid")


@pytest.mark.slow
@pytest.mark.parametrize("door", ["ida", "esignet"])
def test_nobody_is_asked_for_without_a_number(door: str, world) -> None:
    (ama,) = make_people({"ama": "adult"}, seed="none").values()
    with pytest.raises(HarnessError, match="ama has no vid"):
        world.doors[door].authenticate(ama, "vid")


# -- verb and check, with doors that say what they are told --------------------------------------------------


def test_the_verb_tells_what_the_door_said(stage, story) -> None:
    stage.doors["ida"].standing = refused("IDA-MLC-022")
    text = story(
        "  - {person.authenticate: {who: $death.deceased, at: ida, by: uin}, as: asked}\n"
        "  - check: {must: [{answer: {of: $asked, body: {matches: 'false.*IDA-MLC-022'}}}]}\n",
        given="{death-declared: {as: death}}",
    )
    assert stage.play(text).verdict == "pass"
    assert stage.doors["ida"].asked == [("death_deceased", "uin")]


def test_the_check_asks_with_both_numbers_unless_told(stage, story) -> None:
    text = story(
        "  - check: {must: [{person: {of: $death.deceased, at: esignet, is: refused}}]}\n",
        given="{death-declared: {as: death}}",
    )
    finding = stage.play(text).findings[0]
    assert finding.words == "death_deceased refused at esignet wanted, seen: served by uin, served by vid"
    stage.doors["esignet"].standing = Standing(word=None, code="503")
    finding = stage.play(text.replace("is: refused", "by: vid, is: refused")).findings[0]
    assert finding.words.endswith("seen: no word of the person (503) by vid")
