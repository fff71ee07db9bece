"""The contract check: each message that the bridge sent or answered has the form that its receiver wants.

A breach that rests on an inferred fact is a warning; one in a message that a mock made is the harness's own.
"""

from __future__ import annotations

from typing import Final

from conformance.exchanges import Breach, Exchange
from conformance.oracles.case import BY_THE_REGISTRAR, NOT_TO_THE_BRIDGE, Case
from conformance.verdicts import Finding, Verdict
from contracts import UnknownContractError, contract

BY: Final = "contract"
# What a form sends is what a person has done: a login that they have broken off has no code to send.
_BY_PEOPLE: Final = frozenset({"opencrvs.desk.fetch_user_info", "opencrvs.desk.verify"})


def look(case: Case) -> list[Finding]:
    """A finding for each breach, and a warning for each call of a path that no party has."""
    unknown = {(each.party, each.method, each.path): each for each in case.exchanges}
    return [
        *(finding for each in case.exchanges for finding in _breaches(each)),
        *(finding for each in unknown.values() for finding in _unknown_path(each)),
    ]


def _breaches(exchange: Exchange) -> list[Finding]:
    return [
        Finding(
            verdict=_verdict(exchange, breach),
            by=BY,
            words=f"{exchange.operation} {breach.side}: {_broken(breach)}",
            near=(exchange.line(),),
            grade=_grade(breach),
        )
        for breach in exchange.breaches
        if not _wanted(exchange, breach) and not (breach.side == "request" and exchange.cut_off)
    ]


def _broken(breach: Breach) -> str:
    return f"{breach.contract} at {breach.pointer or '/'}: {breach.message}"


def _wanted(exchange: Exchange, breach: Breach) -> bool:
    """Whether a fault that a step has set made the message what it is, or a person did."""
    made_here = "request" if exchange.direction == "out" else "response"
    made_so = exchange.fault is not None or exchange.operation in _BY_PEOPLE
    return made_so and breach.side == made_here


def _verdict(exchange: Exchange, breach: Breach) -> Verdict:
    if not _from_the_bridge(exchange, breach):
        return "harness-error"
    grade = _grade(breach)
    if not grade:
        return "harness-error"
    return "warning" if grade == "inferred" else "fail"


def _grade(breach: Breach) -> str:
    """How well the contract is known; nothing when there is no such contract."""
    try:
        return contract(breach.contract).grade
    except UnknownContractError:
        return ""


def _from_the_bridge(exchange: Exchange, breach: Breach) -> bool:
    if exchange.direction == "out":
        return breach.side == "response" and exchange.operation not in NOT_TO_THE_BRIDGE
    return breach.side == "request" and exchange.operation not in BY_THE_REGISTRAR


def _unknown_path(exchange: Exchange) -> list[Finding]:
    if exchange.operation or exchange.direction != "in":
        return []
    hint = f", near {', '.join(exchange.near)}" if exchange.near else ""
    words = f"{exchange.method} {exchange.path} was called, and {exchange.party} has no such path{hint}"
    return [Finding(verdict="warning", by=BY, words=words)]
