"""What a mock adds to its control: things to reset, to show, to command and to set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from threading import Lock
from typing import TypeAlias

from mock_control.aim import refuse_unknown
from mock_control.errors import Refusal
from mock_control.messages import JSON
from mock_control.people import identifiers_of

StateHook: TypeAlias = Callable[[], JSON]
PeopleHook: TypeAlias = Callable[[list[JSON]], list[JSON]]
CommandHook: TypeAlias = Callable[[Mapping[str, JSON]], JSON]


@dataclass(frozen=True, kw_only=True)
class Reset:
    """What is to be forgotten: everything (``scenario`` None), or what belongs to one scenario run.

    ``owners`` are the actions that were reserved for it, ``people`` the identifiers of people who are its own
    and nobody else's, ``epoch`` the one that begins.
    """

    scenario: str | None
    owners: tuple[str, ...]
    epoch: int
    people: frozenset[str] = frozenset()

    def covers(self, owner: str | None, *identifiers: str) -> bool:
        """Whether something of that owner, or a person with one of these identifiers, is to be forgotten."""
        if self.scenario is None or not self.people.isdisjoint(identifiers):
            return True
        return owner is not None and owner.startswith(f"{self.scenario}/")


ResetHook: TypeAlias = Callable[[Reset], None]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting that may change while the mock runs."""

    name: str
    default: str
    choices: tuple[str, ...] | None
    help: str


class Settings:
    """Declared settings and their present values; a full reset restores the defaults."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._declared: dict[str, Setting] = {}
        self._values: dict[str, str] = {}

    def declare(self, setting: Setting) -> None:
        """Adds a setting; raises ValueError when its default is none of its choices."""
        if setting.choices is not None and setting.default not in setting.choices:
            raise ValueError(f"default of {setting.name} is none of its choices")
        self._declared[setting.name] = setting

    def value(self, name: str) -> str:
        """The present value; raises LookupError for a setting that was never declared."""
        return self._values.get(name, self._declared[name].default)

    def change(self, wish: JSON) -> None:
        """Takes new values, all or none; raises Refusal."""
        if not isinstance(wish, dict):
            raise Refusal("settings are an object of name and value")
        refuse_unknown(wish, self._declared, what="setting")
        new: dict[str, str] = {}
        for name, value in wish.items():
            choices = self._declared[name].choices
            if not isinstance(value, str):
                raise Refusal(f"{name} must be text")
            if choices is not None and value not in choices:
                near = get_close_matches(value, choices, n=1) or list(choices)
                raise Refusal(f"{name} can't be {value!r}", near=near)
            new[name] = value
        with self._lock:
            self._values |= new

    def restore(self) -> None:
        """Back to the defaults."""
        with self._lock:
            self._values = {}

    def describe(self) -> dict[str, JSON]:
        """Values, with defaults, choices and help."""
        return {
            name: {
                "value": self.value(name),
                "default": each.default,
                "choices": None if each.choices is None else [*each.choices],
                "help": each.help,
            }
            for name, each in sorted(self._declared.items())
        }


class Hooks:
    """The functions that a mock registered."""

    def __init__(self) -> None:
        self._reset: list[ResetHook] = []
        self._people: list[PeopleHook] = []
        self._identifiers: set[str] = set()
        self.states: dict[str, StateHook] = {}
        self.commands: dict[str, tuple[CommandHook, str]] = {}

    def add_reset(self, hook: ResetHook) -> None:
        """Adds a function that forgets."""
        self._reset.append(hook)

    def add_people(self, hook: PeopleHook, identifiers: Iterable[str]) -> None:
        """Adds a function that takes people in and hands them on completed, with these identifiers."""
        self._people.append(hook)
        self._identifiers.update(identifiers)

    def reset(self, reset: Reset) -> None:
        """Lets every part of the mock forget."""
        for hook in self._reset:
            hook(reset)

    def people(self, people: list[JSON]) -> list[JSON]:
        """Hands people through all hooks in turn."""
        for hook in self._people:
            people = hook(people)
        return people

    def identifiers(self, people: Iterable[JSON]) -> list[str]:
        """The identifiers that completed people have."""
        return identifiers_of(people, self._identifiers)

    def state(self, name: str) -> JSON:
        """What the mock shows under that name; raises Refusal (404)."""
        if name not in self.states:
            raise Refusal(f"no state {name!r}", near=_near(name, self.states), status=404)
        return self.states[name]()

    def run_command(self, name: str, arguments: JSON) -> JSON:
        """Runs a command; raises Refusal (404 for an unknown one)."""
        if name not in self.commands:
            raise Refusal(f"no command {name!r}", near=_near(name, self.commands), status=404)
        if arguments is not None and not isinstance(arguments, dict):
            raise Refusal("arguments of a command are an object")
        hook, _ = self.commands[name]
        return hook(arguments or {})


def _near(name: str, known: Mapping[str, object]) -> Sequence[str]:
    return get_close_matches(name, known, n=3, cutoff=0.5) or sorted(known)
