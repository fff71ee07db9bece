"""What a fault or a gate strikes: an operation or a pattern, and whose exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from mock_control.errors import Refusal
from mock_control.messages import JSON
from mock_control.ownership import Belonging

EVERYONE = "everyone"


@dataclass(frozen=True, kw_only=True)
class Aim:
    """``scenario`` None means everyone's exchanges, owned or not; ``of`` narrows it to one action or one
    record.
    """

    at: str
    scenario: str | None
    of: str | None

    def strikes(self, operation: str, belonging: Belonging) -> bool:
        """Whether an exchange of that operation and belonging is meant."""
        if self.scenario is not None and belonging.scenario != self.scenario:
            return False
        if self.of is not None and self.of not in (belonging.owner, belonging.record):
            return False
        return fnmatchcase(operation, self.at)

    def describe(self) -> dict[str, JSON]:
        """As the admin API shows it."""
        scope: dict[str, JSON] = {"scope": EVERYONE} if self.scenario is None else {"scenario": self.scenario}
        return {"at": self.at, "of": self.of, **scope}


def parse_aim(body: Mapping[str, JSON]) -> Aim:
    """Reads ``at``, ``of`` and ``scenario`` or ``scope: everyone``; raises Refusal."""
    at, of = body.get("at"), body.get("of")
    scenario, scope = body.get("scenario"), body.get("scope")
    if not isinstance(at, str) or not at:
        raise Refusal("at must name an operation or a pattern")
    if of is not None and not isinstance(of, str):
        raise Refusal("of must name an action or a record")
    if scope not in (None, EVERYONE) or (scope is None) == (scenario is None):
        raise Refusal("give either scenario, or scope: everyone")
    if scenario is not None and (not isinstance(scenario, str) or not scenario):
        raise Refusal("scenario must be text")
    return Aim(at=at, scenario=scenario, of=of)


def refuse_unknown(names: Iterable[str], known: Iterable[str], *, what: str) -> None:
    """Raises Refusal for the first name that is not known, with the nearest that are."""
    choices = list(known)
    for name in names:
        if name not in choices:
            near = get_close_matches(name, choices, n=3, cutoff=0.5) or choices
            raise Refusal(f"unknown {what} {name!r}", near=near)


def number_of(value: JSON, *, what: str, least: int = 1) -> int:
    """A whole number not below ``least``; raises Refusal."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Refusal(f"{what} must be a whole number from {least}")
    return value
