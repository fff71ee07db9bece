"""One item being played: its names, its records, what it did and what it found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from conformance.checks import CHECKS
from conformance.forms import FormAnswer
from conformance.grammar.base import Check, Looks, MisuseError, Sight, Told
from conformance.grammar.model import CheckItem, Item, Step
from conformance.journal_view import JournalView
from conformance.jsontypes import JSON, mapping
from conformance.logs import Mark
from conformance.operator_view import OperatorView
from conformance.outcomes import Outcome, outcome_of
from conformance.pack import CountryPack
from conformance.parties import BridgeProcess, MockAdmin
from conformance.problems import did_you_mean
from conformance.records import Action, Record
from conformance.registrar import Registrar
from conformance.standing import Door
from conformance.targets import Target
from conformance.values import FormError, UnknownNameError, resolve
from conformance.verbs import VERBS
from conformance.verdicts import Finding, Verdict
from sandbox.reach import FROM_HERE, Reach

Level = Literal["must", "must_not", "should"]
_BROKEN: Mapping[Level, Verdict] = {"must": "fail", "must_not": "fail", "should": "warning"}


class StepFailedError(Exception):
    """A step shows that the story cannot go on; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.words)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """OpenCRVS as the engine works with it: who registers there, and what its forms are called."""

    registrar: Registrar
    pack: CountryPack


@dataclass(frozen=True, kw_only=True)
class World:
    """A sandbox as the engine sees it.

    ``mocks`` are those that are ours, by party; ``desk`` is None where OpenCRVS is theirs; ``doors`` are the
    services at which a person can be authenticated; ``bridge`` is the whole of it, None where there is no
    process control, ``processes`` its instances by name; ``rows`` are those that the operator sees, and
    ``blind`` says why there are none where the target names a view of them; ``reach`` is how to get from here
    to what is advertised.
    """

    mocks: Mapping[str, MockAdmin]
    view: JournalView
    desk: Desk | None
    target: Target
    doors: Mapping[str, Door]
    bridge: BridgeProcess | None = None
    processes: Mapping[str, BridgeProcess] = field(default_factory=dict)
    rows: OperatorView | None = None
    blind: str | None = None
    reach: Reach = FROM_HERE

    def bridge_runs(self) -> bool:
        """Whether it lives: its processes where they are controlled, else what answers at its addresses."""
        if self.bridge is not None:
            return self.bridge.running()
        return all(each.answers() for each in self.target.every_instance)

    def admin(self, operation: str) -> MockAdmin:
        """The mock that an operation belongs to; raises MisuseError for a party that has no admin door."""
        found = self.mocks.get(operation.partition(".")[0])
        if found is None:
            raise MisuseError(f"'{operation}' is no operation of a mock of ours")
        return found

    @property
    def mosip(self) -> MockAdmin:
        """The MOSIP mock; raises MisuseError where MOSIP is theirs, as the next two do."""
        return self._mock("mosip")

    @property
    def esignet(self) -> MockAdmin:
        """The E-Signet mock."""
        return self._mock("esignet")

    @property
    def opencrvs(self) -> MockAdmin:
        """The OpenCRVS mock."""
        return self._mock("opencrvs")

    @property
    def registrar(self) -> Registrar:
        """Who works at OpenCRVS; raises MisuseError where it is theirs."""
        return self._at_desk().registrar

    @property
    def pack(self) -> CountryPack:
        """The names of OpenCRVS's forms; raises MisuseError where it is theirs."""
        return self._at_desk().pack

    def _mock(self, party: str) -> MockAdmin:
        found = self.mocks.get(party)
        if found is None:
            raise MisuseError(f"{party} is theirs at a target of mode {self.target.mode}")
        return found

    def _at_desk(self) -> Desk:
        if self.desk is None:
            raise MisuseError(f"opencrvs is theirs at a target of mode {self.target.mode}")
        return self.desk


@dataclass(frozen=True, kw_only=True)
class Switch:
    """What a step has set; ``kind`` is fault, loss or gate."""

    kind: str
    at: str
    id: int
    of: str | None


@dataclass(frozen=True, kw_only=True)
class StepDone:
    """What one step came to, for the report."""

    verb: str
    place: str
    seconds: float
    error: str | None


@dataclass(kw_only=True)
class Play:
    """Runs steps and checks of one item; safe for the parallel branches of a step."""

    world: World
    item: Item
    run: str
    names: dict[str, object]
    records: Mapping[str, Record]
    findings: list[Finding] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    steps: list[StepDone] = field(default_factory=list)
    down: list[BridgeProcess] = field(default_factory=list)
    fetched: dict[str, dict[str, Mapping[str, JSON]]] = field(default_factory=dict)
    log_marks: tuple[Mark, ...] = ()
    undoing: list[Callable[[], object]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, init=False)

    @property
    def view(self) -> JournalView:
        """The merged journal."""
        return self.world.view

    @property
    def target(self) -> Target:
        """Who is judged."""
        return self.world.target

    def do(self, steps: Sequence[Step]) -> None:
        """Run steps in order; raises StepFailedError, HarnessError, MisuseError."""
        for step in steps:
            with self._noted(step):
                result = VERBS[step.verb].run(self._told(step.verb, step.arguments, step), self)
            if step.name is not None:
                with self._lock:
                    self.names[step.name] = result

    @contextmanager
    def _noted(self, step: Step) -> Iterator[None]:
        began = time.monotonic()
        error: str | None = "it was broken off"
        try:
            yield
            error = None
        except Exception as failure:
            error = str(failure) or type(failure).__name__
            raise
        finally:
            with self._lock:
                spent = time.monotonic() - began
                self.steps.append(StepDone(verb=step.verb, place=step.place, seconds=spent, error=error))

    def _told(self, what: str, arguments: JSON, step: Step | CheckItem) -> Told:
        term = VERBS[what] if isinstance(step, Step) else CHECKS[what]
        values: dict[str, object] = {}
        for name, value in mapping(arguments).items():
            known = term.arguments.get(name)
            nested = known is not None and known.kind.nested
            values[name] = value if nested else self.resolve(value)
        called = step.name if isinstance(step, Step) else None
        return Told(
            what=what, values=values, document=step.document, path=step.path, name=called, whole=arguments
        )

    def resolve(self, value: object) -> object:
        """``value`` with its references replaced; raises MisuseError."""
        with self._lock:
            names = dict(self.names)
        try:
            return resolve(value, names)
        except UnknownNameError as error:
            raise MisuseError(str(error)) from error

    def look(self, item: CheckItem) -> Sight:
        """Look once, without noting anything; raises MisuseError."""
        check = CHECKS[item.name]
        try:
            return check.look(self._told(item.name, dict(item.arguments), item), self)
        except FormError as error:
            raise MisuseError(f"{item.place}: {item.name}: {error}") from error

    def looks(self, item: CheckItem) -> Looks:
        """Where the check looks."""
        return CHECKS[item.name].looks

    def near(self, item: CheckItem) -> tuple[str, ...]:
        """What came nearest to what the check wants."""
        check: Check = CHECKS[item.name]
        return tuple(check.near(self._told(item.name, dict(item.arguments), item), self))

    def judge(self, item: CheckItem, level: Level) -> Finding | None:
        """Look once and say what it means at that level; None when it is as it should be."""
        sight = self.look(item)
        if sight.state == "unseen":
            verdict: Verdict = "warning" if level == "should" else "inconclusive"
        elif (sight.state == "holds") is (level != "must_not"):
            return None
        else:
            verdict = _BROKEN[level]
        return Finding(
            verdict=verdict,
            by=f"{level} {item.name}",
            words=sight.words,
            place=item.place,
            near=() if level == "must_not" else self.near(item),
        )

    def found(self, finding: Finding) -> None:
        """Note a finding."""
        with self._lock:
            self.findings.append(finding)

    def outcome(self, action: Action) -> Outcome:
        """What became of an action so far."""
        return outcome_of(action, view=self.view, rows=self.world.rows)

    def reason(self, action: Action) -> str | None:
        """Why an action failed, as the operator is told."""
        row = self.world.rows.row(action) if self.world.rows is not None else None
        return row.reason if row is not None else None

    def shown(self, action: Action) -> bool:
        """Whether the operator can see an action as one that is not done yet."""
        row = self.world.rows.row(action) if self.world.rows is not None else None
        return row is not None and row.outcome is not None

    def process(self, instance: str | None) -> BridgeProcess:
        """The process of an instance, of all of them if none is named; raises MisuseError."""
        if self.world.bridge is None:
            raise MisuseError("this target has no process control")
        if instance is None:
            return self.world.bridge
        found = self.world.processes.get(instance)
        if found is None:
            words = did_you_mean(instance, self.world.processes)
            raise MisuseError(f"this target has no instance '{instance}'.{words}")
        return found

    def url_of(self, instance: str | None) -> str:
        """The address of an instance, of the first if none is named; raises MisuseError."""
        if instance is None:
            return self.target.bridge_url.rstrip("/")
        if instance not in self.target.instances:
            words = did_you_mean(instance, self.target.instances)
            raise MisuseError(f"this target has no instance '{instance}'.{words}")
        return self.target.instances[instance].rstrip("/")

    def door(self, service: str) -> Door:
        """The service at which people are authenticated; raises MisuseError for one that is not there."""
        found = self.world.doors.get(service)
        if found is None:
            raise MisuseError(f"nobody is authenticated at '{service}'")
        return found

    def rid(self, action: Action) -> str | None:
        """The registration id under which MOSIP has the action's packet, once it has it."""
        found = (each.strong.get("rid") for each in self.view.exchanges(owner=action.owner))
        return next((rid for rid in found if rid), None)

    def gave_up(
        self, *, by: str, words: str, near: Sequence[str] = (), place: str = "", unseen: bool = False
    ) -> StepFailedError:
        """The error that ends the story here: a failure, or inconclusive when nothing could be seen."""
        verdict: Verdict = "inconclusive" if unseen else "fail"
        return StepFailedError(Finding(verdict=verdict, by=by, words=words, place=place, near=tuple(near)))

    def filled_in(self, record: Record, answer: FormAnswer) -> FormAnswer:
        """Remember what a page of a record's form holds; what is not locked, the registrar types anew."""
        if answer.locked:
            with self._lock:
                self.fetched.setdefault(record.name, {})[answer.page] = answer.fields
        return answer

    def declaration(self, record: Record, otherwise: Mapping[str, JSON] | None = None) -> dict[str, JSON]:
        """What is declared of a record: what its form has fetched, and what the registrar types in.

        ``otherwise``: what is typed in by name instead of the truth. Raises HarnessError for a name that the
        country pack does not have.
        """
        with self._lock:
            fetched = dict(self.fetched.get(record.name, {}))
        declared = self.world.pack.declaration(record, fetched)
        return self.world.pack.changed(record.event, declared, otherwise or {})

    def switched(self, *, kind: str, at: str, id: int, of: str | None) -> Switch:  # noqa: A002
        """Remember a fault or gate, so that nothing of it outlives the story."""
        switch = Switch(kind=kind, at=at, id=id, of=of)
        with self._lock:
            self.switches.append(switch)
        return switch

    def undo_later(self, undo: Callable[[], object]) -> None:
        """Remember how something is set right that a step has changed for everybody."""
        with self._lock:
            self.undoing.append(undo)

    def each_switch(self, wanted: Callable[[Switch], bool]) -> list[Switch]:
        """The faults and gates that are set and wanted."""
        with self._lock:
            return [each for each in self.switches if wanted(each)]

    def switch_off(self, switch: Switch) -> None:
        """Clear a fault, or take a gate away and let go of what it holds."""
        admin = self.world.admin(switch.at)
        if switch.kind == "fault":
            admin.clear(switch.id)
        else:
            admin.remove_gate(switch.id)
        with self._lock:
            self.switches.remove(switch)
