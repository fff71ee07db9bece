"""The operations of a mock: what they are called, what they carry, and what can be done to them. Needs no
Flask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import wraps
from typing import TYPE_CHECKING, Literal, TypeAlias

from mock_control.errors import Refusal, UnknownOperationError
from mock_control.keys import Keys
from mock_control.messages import JSON, Answer, Incoming

if TYPE_CHECKING:
    from flask import Response

SPEC_ATTRIBUTE = "mock_control_operation"
Kind = Literal["route", "message", "stage"]
KeysOf: TypeAlias = Callable[[Incoming], Keys]
ErrorsOf: TypeAlias = Callable[[Incoming, Sequence[str]], Answer]
AnswerOf: TypeAlias = Callable[[Incoming], Answer]

FAULTS_OF_KIND: dict[Kind, tuple[str, ...]] = {
    "route": ("status", "delay", "reset", "commit_then", "hang", "trickle", "truncate", "garbage"),
    "message": ("status", "delay", "reset", "commit_then", "hang", "trickle", "truncate", "garbage", "to"),
    "stage": ("delay",),
}


@dataclass(frozen=True, kw_only=True)
class OperationSpec:
    """One operation: a route, an outgoing message, or an inner stage that can go wrong.

    ``request`` and ``response`` name contracts. ``errors`` renders error codes in the service's own envelope;
    ``answers`` are other answers that a fault may ask for by name: of a route or procedure functions that
    make them, of a stage the outcomes that can be forced with a line of help each. ``changes`` are the ways
    in which a message can be spoilt (``mutate``) and signed otherwise (``sign``), with a line of help each.
    ``grade`` is the grade of truth.
    """

    name: str
    kind: Kind
    help: str
    request: str | None = None
    response: str | None = None
    keys: KeysOf | None = None
    errors: ErrorsOf | None = None
    answers: Mapping[str, AnswerOf | str] = field(default_factory=dict)
    changes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    grade: str = "read"

    @property
    def faults(self) -> tuple[str, ...]:
        """Names of the faults that fit this operation."""
        fitting = FAULTS_OF_KIND[self.kind]
        if self.errors is not None:
            fitting += ("errors",)
        if self.answers:
            fitting += ("answer",)
        return (*fitting, *self.changes)

    def describe(self) -> dict[str, JSON]:
        """The operation as the admin API lists it."""
        names: list[JSON] = [*self.answers]
        return {
            "name": self.name,
            "kind": self.kind,
            "help": self.help,
            "request": self.request,
            "response": self.response,
            "grade": self.grade,
            "faults": [*self.faults],
            "answers": [] if self.kind == "stage" else names,
            "outcomes": names if self.kind == "stage" else [],
            "changes": {kind: {**known} for kind, known in self.changes.items()},
        }


class Operations:
    """All operations of one mock, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, OperationSpec] = {}

    def add(self, spec: OperationSpec) -> None:
        """Declares an operation; the same one again is nothing, another by the same name an error."""
        known = self._by_name.setdefault(spec.name, spec)
        if known is not spec and known != spec:
            raise ValueError(f"operation {spec.name} is declared twice, differently")

    def get(self, name: str) -> OperationSpec:
        """The operation of that name; raises UnknownOperationError."""
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownOperationError(f"operation {name!r} is not declared") from None

    def all(self) -> list[OperationSpec]:
        """All operations, by name."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def matching(self, pattern: str) -> list[OperationSpec]:
        """Operations that ``pattern`` (a name, or one with ``*``) means; a Refusal with the nearest names if
        none.
        """
        found = [spec for spec in self.all() if fnmatchcase(spec.name, pattern)]
        if not found:
            names = [spec.name for spec in self.all()]
            near = get_close_matches(pattern, names, n=3, cutoff=0.5)
            raise Refusal(f"no operation {pattern!r} here", near=near or names[:3])
        return found


def operation(
    name: str,
    *,
    help: str,  # noqa: A002 - the public interface
    request: str | None = None,
    response: str | None = None,
    keys: KeysOf | None = None,
    errors: ErrorsOf | None = None,
    answers: Mapping[str, AnswerOf] | None = None,
    grade: str = "read",
) -> Callable[[AnswerOf], Callable[..., Response]]:
    """Makes a Flask view of a function that takes an Incoming and returns an Answer, and declares it once.

    ``request`` and ``response`` name contracts (the response's is checked on 2xx only); ``keys`` reads the
    keys of a request; ``errors`` and ``answers`` are what faults may ask for. The app's control finds it in
    ``init_app``.
    """
    spec = OperationSpec(
        name=name,
        kind="route",
        help=help,
        request=request,
        response=response,
        keys=keys,
        errors=errors,
        answers=answers or {},
        grade=grade,
    )

    def decorate(handler: AnswerOf) -> Callable[..., Response]:
        @wraps(handler)
        def view(**params: object) -> Response:
            from mock_control.flask_ext import serve

            return serve(name, handler, params)

        setattr(view, SPEC_ATTRIBUTE, spec)
        return view

    return decorate
