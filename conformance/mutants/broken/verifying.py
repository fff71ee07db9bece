"""Mistakes at the door of verification."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bridge import verification
from bridge.errors import Problem
from bridge.http import Timeouts
from bridge.mosip import ida
from bridge.mosip.ida_verdicts import Failure, Trouble, Verdict
from bridge.verification import Verifier


def _judging(other: Callable[[Verdict | Failure], Verdict | Failure]) -> None:
    judge = verification.judge
    verification.judge = lambda reply: other(judge(reply))


def calls_every_failure_failed() -> None:
    """Reads authStatus and no error: opencrvs/mosip packages/mosip-api/src/routes/verify.ts."""
    failed = Verdict(status="failed")
    _judging(lambda said: failed if isinstance(said, Failure) else said)


def verifies_everybody() -> None:
    """Takes an answer for a yes."""
    _judging(lambda said: said if isinstance(said, Failure) else Verdict(status="verified"))


def verifies_nobody() -> None:
    """Takes no answer for a yes."""
    _judging(lambda said: said if isinstance(said, Failure) else Verdict(status="failed"))


def breaks_down_at_a_mismatch() -> None:
    """Treats who is somebody else as trouble."""
    trouble = Failure(trouble=Trouble.UNAVAILABLE)
    _judging(lambda said: trouble if isinstance(said, Verdict) and said.status == "failed" else said)


def says_not_what_differs() -> None:
    """Somebody else is somebody else."""
    _judging(lambda said: said if isinstance(said, Failure) else replace(said, fields=()))


def sends_every_number_as_a_uin() -> None:
    """One type for all: opencrvs/mosip packages/mosip-api/src/mosip-api.ts."""
    ida.Demographics.identifier_type = "UIN"


def leaves_middle_names_out() -> None:
    """First and last name only: opencrvs/mosip packages/mosip-api/src/routes/verify.ts."""
    verification._NAME_PARTS = ("firstname", "surname")


def wants_two_names() -> None:
    """Refuses who has one."""
    names = verification.Questions._names

    def both(self, name):
        if isinstance(name, dict) and not name.get("surname"):
            raise Problem(status=422, code="bridge.verify.name-missing", detail="A surname is needed.")
        return names(self, name)

    verification.Questions._names = both


def remembers_what_it_was_told() -> None:
    """Asks once about each number."""
    verify, known = Verifier.verify, {}

    def remembered(self, person):
        if person.identifier not in known:
            known[person.identifier] = verify(self, person)
        return known[person.identifier]

    Verifier.verify = remembered


def waits_for_ida_for_ever() -> None:
    """Has no time-out: opencrvs/mosip packages/mosip-api/src/ida-auth-sdk/mosip-authenticator.ts."""
    long = Timeouts(connect=60, read=60, total=60)
    made = ida.Ida.__init__

    class Patient(ida.Upstream):
        def __init__(self, **how: object) -> None:
            super().__init__(**{**how, "timeouts": long})

    ida.Upstream = Patient
    ida.Ida.__init__ = lambda self, **how: made(self, **{**how, "total_s": long.total})


MUTATIONS = (
    calls_every_failure_failed,
    verifies_everybody,
    verifies_nobody,
    breaks_down_at_a_mismatch,
    says_not_what_differs,
    sends_every_number_as_a_uin,
    leaves_middle_names_out,
    wants_two_names,
    remembers_what_it_was_told,
    waits_for_ida_for_ever,
)
