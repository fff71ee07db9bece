"""Plays items in a sandbox, one at a time, and judges each."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from conformance.events import ItemResult
from conformance.exchanges import Exchange
from conformance.grammar.base import MisuseError
from conformance.grammar.model import Item, Step
from conformance.jsontypes import items as listed
from conformance.jsontypes import mapping, named
from conformance.logs import marks, written_since
from conformance.oracles import consult
from conformance.oracles.case import Case
from conformance.parties import HarnessError
from conformance.people import Person, make_people
from conformance.plan import skipped
from conformance.play import Play, StepFailedError, World
from conformance.records import Record, draw_record
from conformance.values import UnknownNameError, resolve
from conformance.verbs import VERBS
from conformance.verbs.opencrvs import ROLES, MakesRecord
from conformance.verdicts import Finding, judged, known_issues
from conformance.world_people import introduce
from mock_control.client import AdminError
from sandbox.errors import SandboxError

ACCEPT = "opencrvs.events.register_accept"
QUIET_LIMIT = 20.0


class Runner:
    """Plays items. ``seed`` makes the people, ``token`` the ids.

    ``alone``: nobody else uses the sandbox, so everything in the mocks is forgotten before each item, else
    only what the item itself owned before.
    """

    def __init__(self, world: World, *, seed: int, token: str, alone: bool = True) -> None:
        self._world = world
        self._seed = seed
        self._token = token
        self._alone = alone
        self._before: str | None = None
        self._down_then = False

    def play(self, item: Item) -> ItemResult:
        """Play one item and judge it; never raises for what the target or the harness does."""
        began, started = time.monotonic(), _now()
        play, findings = None, skipped(item, self._world.target)
        if not findings:
            died = self._died_since()
            try:
                play = self._prepared(item)
                findings = [*died, *self._played(play)]
            except (AdminError, HarnessError, MisuseError, SandboxError) as error:
                findings = [*died, *(play.findings if play is not None else ()), _broken_off(error)]
            self._before = item.id
            self._down_then = self._world.bridge is not None and not self._world.bridge.running()
        issues = {**known_issues(), **self._world.target.waivers}
        verdict, findings = judged(findings, issues.get(item.id) or issues.get(item.scenario.id))
        return ItemResult(
            item=item,
            verdict=verdict,
            findings=findings,
            steps=play.steps if play is not None else (),
            timeline=_timeline(play) if play is not None else (),
            started=started,
            seconds=time.monotonic() - began,
            exchanges=self._exchanges(play) if play is not None else (),
        )

    def _died_since(self) -> list[Finding]:
        """A finding when the bridge has ended after everything that was played so far had been judged."""
        bridge = self._world.bridge
        if self._before is None or self._down_then or bridge is None or bridge.running():
            return []
        words = f"the bridge has ended after {self._before} was judged"
        return [Finding(verdict="fail", by="O5 no crash", words=words)]

    def _prepared(self, item: Item) -> Play:
        """Forget what was, make the people, reserve every record with every mock."""
        if self._world.bridge is not None and not self._world.bridge.running():
            # An item before this one has shown that it crashes; that says nothing of this one.
            self._world.bridge.start(wait_ready=True)
        run = f"{item.id}#{self._token}"
        for mock in self._world.mocks.values():
            mock.reset(scenario=None if self._alone else run)
        if self._alone:
            self._world.view.begin()
        people = self._people(item, run)
        names: dict[str, object] = {"target": self._world.target, **people}
        records = {
            step.name: self._record(item, step, run, names)
            for step in (*item.given, *item.steps)
            if isinstance(VERBS[step.verb], MakesRecord) and step.name is not None
        }
        actions = [each for record in records.values() for each in record.reservation()]
        for mock in self._world.mocks.values():
            mock.reserve(scenario=run, actions=[mapping(action) for action in actions])
        return Play(
            world=self._world,
            item=item,
            run=run,
            names=names,
            records=records,
            log_marks=marks(self._world.target.logs),
        )

    def _people(self, item: Item, run: str) -> dict[str, Person]:
        foreign, marker = "mosip" in self._world.target.theirs, self._world.target.limits.marker
        # Theirs forgets nobody, and takes a child that was there in an earlier run for the same one.
        seed = f"{self._seed}/{self._token}/{item.id}" if foreign else f"{self._seed}/{item.id}"
        people = make_people(item.people, seed=seed, family=marker)
        if foreign:
            # It knows none of them either: who declares a birth has no number there (see conformance.modes).
            return people
        known = [person for person in people.values() if person.at]
        introduced = introduce(
            known, mosip=self._world.mosip, esignet=self._world.esignet, run=run, pack=self._world.pack
        )
        return {**people, **{person.key: person for person in introduced}}

    def _record(self, item: Item, step: Step, run: str, names: Mapping[str, object]) -> Record:
        arguments = mapping(step.arguments)
        try:
            found = {role: resolve(arguments[role], names) for role in ROLES if role in arguments}
        except UnknownNameError as error:
            raise MisuseError(f"{step.place}: {error}") from error
        event, name = str(arguments["event"]), str(step.name)
        return draw_record(
            run=run,
            name=name,
            event=event,
            people={role: person for role, person in found.items() if isinstance(person, Person)},
            random=Random(f"{self._seed}/{self._token}/{item.id}/{name}"),  # noqa: S311
            process=self._world.pack.process(event),
        )

    def _played(self, play: Play) -> list[Finding]:
        """The story, its last steps, then everything set right, quiet, and the oracles."""
        try:
            _through(play, (*play.item.given, *play.item.steps))
            _through(play, play.item.last)
        finally:
            set_right(play)
        patience = self._world.target.patience
        self._world.view.quiet(seconds=patience.quiet, within=QUIET_LIMIT, scenario=play.run)
        self._world.view.catch_up()
        return [*play.findings, *consult(case_of(play)), *self._failures()]

    def _failures(self) -> list[Finding]:
        """What went wrong inside the mocks while they worked on their own."""
        return [
            Finding(verdict="harness-error", by=str(health.get("party")), words=str(failure))
            for health in (mock.health() for mock in self._world.mocks.values())
            for failure in listed(health.get("failures"))
        ]

    def _exchanges(self, play: Play) -> list[Exchange]:
        """What the item did; where nobody else plays also what belongs to nobody."""
        whose = (None, play.run) if self._alone else (play.run,)
        return [each for each in play.view.exchanges() if each.scenario in whose]


def _through(play: Play, steps: Sequence[Step]) -> None:
    try:
        play.do(steps)
    except StepFailedError as failure:
        play.found(failure.finding)


def set_right(play: Play) -> None:
    """Nothing of a story outlives it.

    Faults and gates are taken away, what was changed for everybody is as it was, a bridge that is down is
    started.
    """
    for switch in play.each_switch(lambda _: True):
        play.switch_off(switch)
    while play.undoing:
        play.undoing.pop()()
    while play.down:
        process = play.down.pop()
        if not process.running():
            process.start(wait_ready=True)


def case_of(play: Play) -> Case:
    """What the oracles judge, as it is now."""
    return Case(
        records=play.records,
        exchanges=[each for each in play.view.exchanges() if each.scenario in (None, play.run)],
        outcome=play.outcome,
        operator_view=play.world.rows is not None,
        answering=play.world.bridge_runs(),
        reason=play.reason,
        identifiers=_identifiers(play) if "mosip" in play.target.theirs else (),
        written=written_since(play.target.logs, play.log_marks),
        patience_s=play.target.patience.retry,
        open_for_ms=play.view.open_for_ms,
        document=play.world.registrar.document,
        pack=play.world.pack,
        shown=play.shown,
        sees_mosip="mosip" not in play.target.theirs,
    )


def _identifiers(play: Play) -> tuple[str, ...]:
    """What the bridge has told OpenCRVS that the children are called by: theirs tells it nobody else."""
    name = play.world.pack.on_wire("birth", "child.identifier")
    said = (value for each in play.view.exchanges(operation=ACCEPT) for value in named(each.request, name))
    return tuple({value for value in said if isinstance(value, str) and value})


def _broken_off(error: Exception) -> Finding:
    return Finding(verdict="harness-error", by=type(error).__name__, words=str(error))


def _timeline(play: Play) -> list[str]:
    return [each.line() for each in play.view.exchanges(scenario=play.run)]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
