"""The one object that a mock is steered by: declares operations, serves them, and resets."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import contracts
from mock_control.clock import Stamps
from mock_control.draws import Draws
from mock_control.exchange import served
from mock_control.faults import Faults
from mock_control.gates import Gates
from mock_control.hooks import CommandHook, Hooks, PeopleHook, Reset, ResetHook, Setting, Settings, StateHook
from mock_control.journal import Journal
from mock_control.keys import Keys
from mock_control.messages import JSON, Answer, Delivery, Incoming, Outgoing
from mock_control.operations import Operations, OperationSpec
from mock_control.outgoing import Sender
from mock_control.ownership import Ownership, Reservation
from mock_control.pipeline import Pause, Pipeline
from mock_control.recorder import Recorder
from mock_control.timers import Timers, current_work

if TYPE_CHECKING:
    import random

    from flask import Flask

T = TypeVar("T")
JOURNAL_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ControlSettings:
    """``admin_token`` None means no admin API; ``journal`` False is for load runs; ``journal_bytes`` bounds
    the ring.
    """

    admin_token: str | None
    seed: int = 0
    journal: bool = True
    journal_bytes: int = JOURNAL_BYTES


class Control:
    """Steers one mock (``party``): its operations, journal, owners, gates, faults, timers, stamps, draws and
    reset.

    Public parts: ``operations faults gates journal ownership recorder timers stamps hooks settings``.
    """

    def __init__(self, *, party: str, settings: ControlSettings) -> None:
        self.party = party
        self.admin_token = settings.admin_token
        self.stamps = Stamps()
        self.operations = Operations()
        self.ownership = Ownership()
        self.journal = Journal(limit_bytes=settings.journal_bytes) if settings.journal else None
        self.recorder = Recorder(journal=self.journal, ownership=self.ownership, stamps=self.stamps)
        self.timers = Timers(origin=self._origin, failed=self._work_failed)
        self._pause = Pause()
        self.faults = Faults(operations=self.operations, cleared=self._pause.look_up)
        self.gates = Gates(operations=self.operations, failed=self.recorder.failed, told=self.timers.hold)
        self.hooks = Hooks()
        self.settings = Settings()
        self._draws = Draws(seed=settings.seed)
        self._resetting = Lock()
        self._pipeline = Pipeline(
            operations=self.operations,
            recorder=self.recorder,
            faults=self.faults,
            gates=self.gates,
            sender=Sender(),
            pause=self._pause,
            quiet=self._quiet,
        )

    # -- operations ------------------------------------------------------------------------------------------

    def register(self, *specs: OperationSpec) -> None:
        """Declares operations that are no Flask routes, or routes not yet collected.

        Raises ``contracts.UnknownContractError`` for a contract that does not exist, ValueError for a name
        that is declared twice.
        """
        for spec in specs:
            for name in (spec.request, spec.response):
                if name is not None:
                    contracts.contract(name)
            self.operations.add(spec)

    def init_app(self, app: Flask) -> None:
        """Takes an app's operations in, mounts the admin API (with a token only), and journals unknown paths.

        Call it after all blueprints are registered.
        """
        from mock_control.flask_ext import attach

        attach(self, app)

    def perform(
        self,
        operation: str,
        incoming: Incoming,
        handler: Callable[[Incoming], Answer],
        keys: Keys | None = None,
    ) -> Answer:
        """Serves a request as one exchange; raises ConnectionCut when its answer is a reset.

        ``keys`` None: they are read by the operation's own function.
        """
        return self._pipeline.perform(operation, incoming, handler, keys)

    def send(self, outgoing: Outgoing) -> list[Delivery]:
        """Sends a message and says how each copy that was really sent fared. Never raises for the network's
        sake.
        """
        return self._pipeline.send(outgoing)

    def stage(
        self, operation: str, *, keys: Keys, run: Callable[[str | None], T], cause: int | None = None
    ) -> T:
        """Runs an inner step; ``run`` gets the outcome that a fault forces, or None. Raises StageLost."""
        return self._pipeline.stage(operation, keys, run, cause)

    # -- chance and owners -----------------------------------------------------------------------------------

    def draw(self, purpose: str, owner: str | None) -> random.Random:
        """A generator seeded by (seed, purpose, owner, n); n counts per purpose and owner in an epoch."""
        return self._draws.draw(purpose, owner)

    def own(self, kind: str, value: str, owner: str) -> None:
        """Says that a strong key belongs to ``owner``; one that has an owner keeps it."""
        self.ownership.own(kind, value, owner)

    def owner_of(self, kind: str, value: str) -> str | None:
        """Whose a strong key is."""
        return self.ownership.owner_of(kind, value)

    def introduce(self, people: list[JSON], *, scenario: str | None) -> list[JSON]:
        """Tells the mock of people; those with a scenario are that run's until its reset. Raises Refusal."""
        known = self.hooks.people(people)
        if scenario:
            self.own_people(self.hooks.identifiers(known), scenario=scenario)
        return known

    def own_people(self, identifiers: Iterable[str], *, scenario: str) -> None:
        """Says that whoever has these identifiers belongs to a scenario run."""
        self.ownership.add_people(scenario, identifiers)

    def reservation(self, *, kind: str, value: str) -> Reservation | None:
        """The first reserved action with that id: event, tracking, action, transaction, certificate."""
        return self.ownership.reservation(kind, value)

    def open_actions(self, event_id: str, action_type: str) -> list[Reservation]:
        """Reserved actions of that type on that event."""
        return self.ownership.open_actions(event_id, action_type)

    def hide(self, *secrets: str) -> None:
        """Keeps these secrets of the mock's settings out of every path in the journal, known or not."""
        self.recorder.hide(secrets)

    # -- what the mock adds ----------------------------------------------------------------------------------

    def on_reset(self, hook: ResetHook) -> None:
        """Calls ``hook`` at every reset, to forget what ``Reset`` covers."""
        self.hooks.add_reset(hook)

    def on_state(self, name: str, hook: StateHook) -> None:
        """Shows what ``hook`` returns under ``GET state/<name>``."""
        self.hooks.states[name] = hook

    def on_people(self, hook: PeopleHook, *, identifiers: Sequence[str]) -> None:
        """Hands the people of ``POST people`` to ``hook``, which returns them completed.

        ``identifiers`` names the members by which they are known: exchanges with such a weak key
        ``identifier`` are the scenario's that told of them.
        """
        self.hooks.add_people(hook, identifiers)

    def command(self, name: str, hook: CommandHook, *, help: str) -> None:  # noqa: A002 - public name
        """Runs ``hook`` for ``POST commands/<name>``; it raises Refusal for arguments that it can't take."""
        self.hooks.commands[name] = (hook, help)

    def setting(
        self,
        name: str,
        *,
        default: str,
        choices: Sequence[str] | None,
        help: str,  # noqa: A002 - as above
    ) -> None:
        """Declares a setting that ``PUT settings`` changes and a full reset restores."""
        listed = None if choices is None else tuple(choices)
        self.settings.declare(Setting(name=name, default=default, choices=listed, help=help))

    def settings_value(self, name: str) -> str:
        """The present value of a declared setting."""
        return self.settings.value(name)

    # -- reset -----------------------------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """Counts full resets, from 1."""
        return self.recorder.epoch

    def reset(self, scenario: str | None = None) -> int:
        """Forgets all that happened, or one scenario run; returns the epoch.

        Only a full reset begins a new epoch, sets clocks right and restores settings.
        """
        with self._resetting:
            people = frozenset[str]() if scenario is None else self.ownership.people_of(scenario)
            owners = [each.owner for each in self.ownership.reserved() if scenario in (None, each.scenario)]
            if scenario is None:
                self.recorder.epoch += 1
                self.stamps.skew -= self.stamps.skew
                self.settings.restore()
                self.recorder.failures.clear()
            self.timers.drop(scenario)
            self.gates.clear(scenario)
            self.faults.clear(scenario=scenario)
            self.ownership.forget(scenario)
            self._draws.reset(scenario)
            if scenario is None:
                self._pause.end()
            self.hooks.reset(Reset(scenario=scenario, owners=tuple(owners), epoch=self.epoch, people=people))
            if self.journal is not None and scenario is None:
                self.journal.begin(self.epoch)
            elif self.journal is not None and scenario is not None:
                self.journal.clear(scenario)
            return self.epoch

    # -- inside ----------------------------------------------------------------------------------------------

    def _quiet(self) -> bool:
        """Whether nothing could strike, own or note an exchange: the cheap way."""
        return not (self.recorder.on or self.faults.active or self.gates.active or self.ownership.active)

    def _origin(self) -> tuple[int | None, str | None]:
        """The exchange and the scenario by which work is begun."""
        exchange, work = served(), current_work()
        scenario = exchange.scenario if exchange is not None else None
        if scenario is None and work is not None:
            scenario = work.scenario
        return self.recorder.cause(), scenario

    def _work_failed(self, what: str, error: Exception) -> None:
        self.recorder.failed(what, f"{type(error).__name__}: {error}")


def same_token(given: str, expected: str) -> bool:
    """Compares two tokens in constant time."""
    return secrets.compare_digest(given.encode(), expected.encode())
