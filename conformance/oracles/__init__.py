"""What must be true after every scenario, whatever it was about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from conformance.oracles import (
    bounded,
    contracts_kept,
    no_crash,
    nobodys_business,
    nothing_lost,
    nothing_twice,
    paced,
    reason_told,
    right_person,
    truthful_ack,
)
from conformance.oracles.case import Case
from conformance.verdicts import Finding

Oracle = Callable[[Case], list[Finding]]

ORACLES: Final[tuple[Oracle, ...]] = (
    nothing_lost.look,
    nothing_twice.look,
    truthful_ack.look,
    nobodys_business.look,
    no_crash.look,
    reason_told.look,
    bounded.look,
    paced.look,
    right_person.look,
    contracts_kept.look,
)


def consult(case: Case) -> list[Finding]:
    """What all oracles find."""
    return [finding for oracle in ORACLES for finding in oracle(case)]
