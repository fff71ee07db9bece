"""Stories told in Python: what the fixtures of the pytest plugin hand out.

The sandbox belongs to one test while it runs: what strikes strikes everybody, unless the test says whose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from typing import TYPE_CHECKING, Final

from conformance.jsontypes import JSON, items, mapping
from conformance.outcomes import Outcome, outcome_of
from conformance.parties import HarnessError
from conformance.people import Person, make_people
from conformance.records import Action, Record, draw_record
from conformance.world_people import introduce
from mock_control.client import AdminError

if TYPE_CHECKING:
    from conformance.exchanges import Effect, Exchange
    from conformance.journal_view import JournalView
    from conformance.parties import MockAdmin
    from conformance.play import World
    from conformance.registrar import Answer

BIRTH: Final[Mapping[str, JSON]] = {"child": "newborn", "mother": {"adult": {"sex": "female"}}}
DEATH: Final[Mapping[str, JSON]] = {
    "deceased": {"elder": {}, "at": {"id_repository": "active"}},
    "spouse": "adult",
}
INFORMANTS: Final[Mapping[str, str]] = {"birth": "mother", "death": "spouse"}
OUTCOME_POLL_S: Final = 0.1


class NotSeenError(AssertionError):
    """What a test waited for did not come in time; the message has the nearest that was seen."""


def owner_of(of: Action | Record) -> str:
    """The name under which the mocks know an action, or all of a record."""
    return of.owner if isinstance(of, Action) else of.registration.owner.rpartition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Journal:
    """What the mocks saw. ``patience``: how long a wait lasts where the test does not say it, in seconds."""

    view: JournalView
    patience: float

    def exchanges(self, operation: str = "*", *, of: Action | None = None) -> list[Exchange]:
        """All so far, in the order in which they began; ``operation`` may be a pattern as ``mosip.*``."""
        return self.view.exchanges(operation=operation, owner=of.owner if of is not None else None)

    def effects(self, *, of: Action) -> list[Effect]:
        """What became true for an action so far, in order."""
        return self.view.effects(owner=of.owner)

    def wait_for(
        self,
        operation: str,
        *,
        of: Action | None = None,
        count: int = 1,
        within: float | None = None,
        where: Callable[[Exchange], bool] | None = None,
        ended: bool = True,
    ) -> list[Exchange]:
        """Waits until ``count`` exchanges fit, and returns all that do; no sleep, the journal wakes it.

        ``ended``: only such as have been answered. Raises NotSeenError after ``within`` seconds.
        """

        def fitting() -> list[Exchange]:
            return [
                each
                for each in self.exchanges(operation, of=of)
                if (each.closed or not ended) and (where is None or where(each))
            ]

        patience = self.patience if within is None else within
        if self.view.wait(lambda: len(fitting()) >= count, within=patience):
            return fitting()
        owner = of.owner if of is not None else None
        near = "".join(f"\n  {line}" for line in self.view.near(operation=operation, owner=owner))
        seen = f"{len(fitting())} of {count} within {patience:g} s"
        raise NotSeenError(f"{operation} of {owner or 'anybody'}: {seen}{near}")


@dataclass(kw_only=True)
class Fault:
    """A fault that is set, until ``clear`` or the end of the test."""

    id: int
    admin: MockAdmin
    cleared: bool = False

    def clear(self) -> None:
        """Ends it; fine when it has ended."""
        if self.cleared:
            return
        self.cleared = True
        try:
            self.admin.clear(self.id)
        except AdminError as error:
            # The test has reset the mock, and that has ended it.
            if error.status != HTTPStatus.NOT_FOUND:
                raise


@dataclass(frozen=True, kw_only=True)
class Held:
    """A gate that holds what comes to its operation."""

    id: int
    admin: MockAdmin
    journal: Journal
    at: str

    def wait(self, count: int = 1, *, within: float | None = None) -> list[Exchange]:
        """Waits until it holds so many, and returns them. Raises NotSeenError."""
        return self.journal.wait_for(self.at, count=count, within=within, where=self._is_held, ended=False)

    def release(self, *, copies: int = 1, in_parallel: bool = False) -> None:
        """Lets go of what it holds (a message ``copies`` times) and stays open."""
        self.admin.release(self.id, copies=copies, in_parallel=in_parallel)

    def _is_held(self, exchange: Exchange) -> bool:
        gate = mapping(exchange.gate)
        return gate.get("id") == self.id and gate.get("holding") is True


@dataclass(frozen=True, kw_only=True)
class OpenCrvs:
    """A registrar at OpenCRVS whose records are known to every mock; ``admin`` is the mock's admin client."""

    world: World
    run: str
    seed: str

    @property
    def admin(self) -> MockAdmin:
        """The admin client of the OpenCRVS mock."""
        return self.world.opencrvs

    def birth(self, name: str = "birth") -> Record:
        """A birth that has been declared and waits for the registrar. Raises HarnessError."""
        return self._declared("birth", name, BIRTH)

    def death(self, name: str = "death") -> Record:
        """The declared death of a person whom MOSIP knows. Raises HarnessError."""
        return self._declared("death", name, DEATH)

    def register(self, record: Record) -> Answer:
        """Registers it; returns when country-config and bridge have answered. Raises HarnessError."""
        return self.world.registrar.register(record)

    def document(self, record: Record) -> Mapping[str, JSON]:
        """The record as OpenCRVS has it now. Raises HarnessError."""
        return self.world.registrar.document(record)

    def outcome(self, action: Action) -> Outcome:
        """What became of an action so far."""
        return outcome_of(action, view=self.world.view, rows=self.world.rows)

    def wait_for_outcome(self, action: Action, *words: str, within: float | None = None) -> Outcome:
        """Waits until one of these became of it: confirmed, rejected, parked… Raises NotSeenError."""
        patience = self.world.target.patience.retry if within is None else within

        def is_so() -> bool:
            return self.outcome(action).word in words

        if not self.world.view.wait(is_so, within=patience, poll=OUTCOME_POLL_S):
            wanted, seen = " or ".join(words), self.outcome(action)
            raise NotSeenError(f"{action.owner}: not {wanted} within {patience:g} s, but {seen}")
        return self.outcome(action)

    def _declared(self, event: str, name: str, specs: Mapping[str, JSON]) -> Record:
        record = draw_record(
            run=self.run,
            name=name,
            event=event,
            people=self._people(specs, name, INFORMANTS[event]),
            random=Random(f"{self.seed}/{name}"),  # noqa: S311 - ids of synthetic records
            process=self.world.pack.process(event),
        )
        actions = [mapping(each) for each in record.reservation()]
        for mock in self.world.mocks.values():
            mock.reserve(scenario=self.run, actions=actions)
        self.world.registrar.create(record)
        declared = self.world.registrar.declare(record, self.world.pack.declaration(record, {}))
        if declared.status != HTTPStatus.OK:
            raise HarnessError(f"{name} was not declared: OpenCRVS says {declared.status}")
        return record

    def _people(self, specs: Mapping[str, JSON], name: str, informant: str) -> dict[str, Person]:
        marker = self.world.target.limits.marker
        made = make_people(
            {f"{name}_{role}": spec for role, spec in specs.items()}, seed=self.seed, family=marker
        )
        known = introduce(
            [each for each in made.values() if each.at],
            mosip=self.world.mosip,
            esignet=self.world.esignet,
            run=self.run,
            pack=self.world.pack,
        )
        people = {**made, **{each.key: each for each in known}}
        roles = {role: people[f"{name}_{role}"] for role in specs}
        return {**roles, "informant": roles[informant]}


@dataclass(kw_only=True)
class ByHand:
    """One test's hold on a sandbox: ``begin`` clears it, ``end`` takes away what was set."""

    world: World
    run: str
    seed: str
    _undoing: ExitStack = field(default_factory=ExitStack, init=False)
    _told: set[str] = field(default_factory=set, init=False)

    @property
    def journal(self) -> Journal:
        """What the mocks saw since ``begin``."""
        return Journal(view=self.world.view, patience=self.world.target.patience.retry)

    @property
    def opencrvs(self) -> OpenCrvs:
        """The registrar."""
        return OpenCrvs(world=self.world, run=self.run, seed=self.seed)

    def begin(self) -> None:
        """Everything as at the start: a bridge that runs, mocks that remember nothing."""
        self._bridge_up()
        for mock in self.world.mocks.values():
            mock.reset()
        self.world.view.begin()

    def end(self) -> None:
        """Takes away every fault and gate, and starts a bridge that is down."""
        self._undoing.close()
        self._bridge_up()

    def new_failures(self) -> list[str]:
        """What went wrong inside the mocks while they worked on their own, and has not been told yet."""
        failures = [
            f"{health.get('party')}: {failure}"
            for health in (mock.health() for mock in self.world.mocks.values())
            for failure in items(health.get("failures"))
        ]
        new = [each for each in failures if each not in self._told]
        self._told.update(new)
        return new

    def fault(
        self,
        *,
        at: str,
        do: Mapping[str, JSON],
        of: Action | Record | None = None,
        when: Mapping[str, JSON] | None = None,
        times: int | None = None,
        for_: str | None = None,
    ) -> Fault:
        """Makes an operation fail, for everybody or for what ``of`` owns; raises AdminError, MisuseError."""
        admin, whose = self.world.admin(at), self._whose(of)
        number = admin.fault(at=at, do=do, when=when, times=times, for_=for_, **whose)
        fault = Fault(id=number, admin=admin)
        self._undoing.callback(fault.clear)
        return fault

    @contextmanager
    def gate(self, at: str, *, of: Action | Record | None = None, when: str = "before") -> Iterator[Held]:
        """Holds what comes to an operation until ``release`` or the end of the block."""
        admin = self.world.admin(at)
        number = admin.hold(at, when=when, **self._whose(of))
        try:
            yield Held(id=number, admin=admin, journal=self.journal, at=at)
        finally:
            admin.remove_gate(number)

    def _whose(self, of: Action | Record | None) -> dict[str, str | None]:
        if of is None:
            return {"scenario": None, "scope": "everyone", "of": None}
        return {"scenario": self.run, "scope": None, "of": owner_of(of)}

    def _bridge_up(self) -> None:
        if self.world.bridge is not None and not self.world.bridge.running():
            self.world.bridge.start(wait_ready=True)
