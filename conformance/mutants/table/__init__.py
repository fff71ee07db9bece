"""What is broken by each mutant, and by which scenario and which check or oracle it must be named.

A module for each of ``broken/``: a mutation stands there under the name that its mutant has here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from conformance.mutants.table import (
    callbacks,
    callers,
    confirming,
    esignet,
    logins,
    mosip,
    opencrvs,
    persons,
    sending,
    sharing,
    telling,
    ten_defects,
    verifying,
    waiting,
)
from conformance.mutants.table.entry import Mutant
from conformance.problems import did_you_mean

__all__ = ["MUTANTS", "TEN_DEFECTS", "Mutant", "UnknownMutantError", "chosen"]

_ROOMS: Final = (
    sending,
    confirming,
    callbacks,
    callers,
    verifying,
    logins,
    waiting,
    telling,
    sharing,
    persons,
    mosip,
    opencrvs,
    esignet,
)
MUTANTS: Final[tuple[Mutant, ...]] = tuple(each for room in _ROOMS for each in room.MUTANTS)
TEN_DEFECTS: Final = ten_defects.TEN_DEFECTS


class UnknownMutantError(LookupError):
    """No mutant of that name; the message names the nearest."""


def chosen(names: Iterable[str]) -> tuple[Mutant, ...]:
    """The mutants of these names, all when there are none; raises UnknownMutantError."""
    by_name = {mutant.name: mutant for mutant in (*MUTANTS, TEN_DEFECTS)}
    wanted = list(names) or list(by_name)
    for name in wanted:
        if name not in by_name:
            raise UnknownMutantError(f"no mutant '{name}'.{did_you_mean(name, by_name)}")
    return tuple(by_name[name] for name in wanted)
