"""What every verb and every check is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, NoReturn, TypeAlias

from conformance.grammar.arguments import Argument, Kind, seconds
from conformance.jsontypes import JSON, items, mapping
from conformance.people import Person
from conformance.records import Action, Record
from conformance.yaml_marks import Document, Path
from sandbox.modes import NAMES

if TYPE_CHECKING:
    from conformance.play import Play

Arguments: TypeAlias = Mapping[str, Argument]
Party = Literal["opencrvs", "mosip", "esignet", "bridge", "engine"]


class MisuseError(Exception):
    """A step was told something wrong that only a run could find: a mistake of the scenario."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """The arguments of a step or check, references resolved; readers raise MisuseError on a wrong kind."""

    what: str
    values: Mapping[str, object]
    document: Document
    path: Path
    name: str | None = None
    whole: JSON = None

    def inner(self, *names: str | int) -> Path:
        """The path in the document of something nested in these arguments."""
        return (*self.path, self.what, *names)

    def written(self, name: str) -> JSON:
        """A nested step or check, as written in the file."""
        return mapping(self.whole).get(name)

    def nested(self, name: str) -> list[JSON]:
        """A list of nested steps or checks, as written."""
        return items(self.written(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty when not given."""
        value = self.values.get(name, [])
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        return self._misused(name, "a list of texts", value)

    def has(self, name: str) -> bool:
        """Whether the argument was given."""
        return name in self.values

    def text(self, name: str) -> str:
        """A text."""
        value = self.values.get(name)
        return value if isinstance(value, str) else self._misused(name, "text", value)

    def json(self, name: str) -> JSON:
        """Any value that is JSON, with no reference left in it; None when not given."""
        return _json(self.values.get(name), f"{self.what}: '{name}'")

    def members(self, name: str) -> dict[str, JSON]:
        """A JSON object."""
        value = self.json(name)
        return value if isinstance(value, dict) else self._misused(name, "an object", value)

    def number(self, name: str, default: int) -> int:
        """A whole number, or the default."""
        value = self.values.get(name, default)
        good = isinstance(value, int) and not isinstance(value, bool)
        return value if isinstance(value, int) and good else self._misused(name, "a whole number", value)

    def flag(self, name: str) -> bool:
        """True or false; false when not given."""
        value = self.values.get(name, False)
        return value if isinstance(value, bool) else self._misused(name, "true or false", value)

    def seconds(self, name: str) -> float:
        """A duration, or a patience of the target, in seconds."""
        value = self.values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        return seconds(value) if isinstance(value, str) else self._misused(name, "a duration", value)

    def action(self, name: str) -> Action:
        """An action of a record."""
        value = self.values.get(name)
        return value if isinstance(value, Action) else self._misused(name, "an action", value)

    def record(self, name: str) -> Record:
        """A record."""
        value = self.values.get(name)
        return value if isinstance(value, Record) else self._misused(name, "a record", value)

    def person(self, name: str) -> Person:
        """A person."""
        value = self.values.get(name)
        return value if isinstance(value, Person) else self._misused(name, "a person", value)

    def expectation(self, *without: str) -> dict[str, object]:
        """The value form that is written among the arguments: ``{of: …, not: x}`` expects ``{not: x}``."""
        return {name: value for name, value in self.values.items() if name not in without}

    def _misused(self, name: str, wanted: str, value: object) -> NoReturn:
        raise MisuseError(f"{self.what}: '{name}' must be {wanted}, not {type(value).__name__}")


def _json(value: object, what: str) -> JSON:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {str(name): _json(inner, what) for name, inner in value.items()}
    if isinstance(value, list):
        return [_json(inner, what) for inner in value]
    raise MisuseError(f"{what} must be a plain value, not a {type(value).__name__}")


class Term(ABC):
    """What verbs and checks share: a name, help, arguments, and one example that a test plays.

    The example is YAML of one step or check, in a scenario that has declared ``$birth`` and ``$death``.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    arguments: ClassVar[Arguments]
    example: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:  # noqa: ARG002
        """Mistakes that no single argument shows, each with its path below the arguments."""
        yield from ()

    @classmethod
    def schema(cls) -> dict[str, JSON]:
        """JSON Schema of the arguments, for editors."""
        required: list[JSON] = [name for name, each in cls.arguments.items() if each.required]
        properties: dict[str, JSON] = {name: each.schema() for name, each in cls.arguments.items()}
        return {
            "type": "object",
            "description": cls.help,
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }


class Verb(Term):
    """One thing a step can do. ``gives`` says what ``as`` would name; None: nothing."""

    party: ClassVar[Party] = "engine"
    gives: ClassVar[str | None] = None
    needs_name: ClassVar[bool] = False
    whole: ClassVar[Argument | None] = None

    @abstractmethod
    def run(self, told: Told, play: Play) -> object:
        """Do it; the result is what ``as`` names."""

    @classmethod
    def schema(cls) -> dict[str, JSON]:
        """JSON Schema of what stands behind the verb."""
        return cls.whole.schema() if cls.whole is not None else super().schema()


State = Literal["holds", "broken", "unseen"]


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a check saw; ``unseen``: the target gives no way to tell. ``words`` say expected and seen.

    ``for_good``: it will never tell, for the party that could is theirs; what of it could be seen holds.
    """

    state: State
    words: str
    for_good: bool = False

    @classmethod
    def of(cls, held: bool, words: str) -> Sight:
        """Holds or broken."""
        return cls(state="holds" if held else "broken", words=words)

    @classmethod
    def hidden(cls, words: str, parties: Iterable[str]) -> Sight:
        """Unseen for good: what only these parties show, which are theirs."""
        whose = " and ".join(NAMES[party] for party in sorted(parties))
        return cls(state="unseen", words=f"{words} (to be seen at {whose} only, theirs)", for_good=True)


Looks = Literal["journal", "journal and beside", "beside"]


class Check(Term):
    """One thing that can be true or not.

    ``looks`` says where: a wait for a check that looks beside the journal asks again from time to time, and
    one that asks OpenCRVS, whose answer is journaled too, only then.
    """

    looks: ClassVar[Looks] = "journal"

    @abstractmethod
    def look(self, told: Told, play: Play) -> Sight:
        """Look once."""

    def sees_by(self, arguments: Mapping[str, JSON]) -> tuple[str, ...]:  # noqa: ARG002
        """The capabilities of a target without which it may see nothing, so asked."""
        return ()

    def shown_by(self, arguments: Mapping[str, JSON]) -> frozenset[str]:  # noqa: ARG002
        """The parties that must be ours for it to see all that it is asked, so asked."""
        return frozenset()

    def partly_shown_by(self, arguments: Mapping[str, JSON]) -> frozenset[str]:  # noqa: ARG002
        """The parties that must be ours lest it may see nothing, so asked."""
        return frozenset()

    def near(self, told: Told, play: Play) -> list[str]:  # noqa: ARG002
        """The nearest things seen, for the text of a failure."""
        return []


def reference_to(*of: str, help: str, required: bool = True) -> Argument:  # noqa: A002
    """An argument that is a reference to a record, action, person, result, fault or gate."""
    return Argument(kind=Kind.REFERENCE, help=help, required=required, of=of)
