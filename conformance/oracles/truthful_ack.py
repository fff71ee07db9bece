"""O3: a 2xx to OpenCRVS or to the hub stands for something that lasts."""

from __future__ import annotations

from conformance.exchanges import Exchange
from conformance.oracles.case import Case, evidence
from conformance.outcomes import SEND
from conformance.verdicts import Finding

DELIVER = "mosip.websub.deliver"


def look(case: Case) -> list[Finding]:
    """One finding for each 2xx after which what it acknowledged is nowhere."""
    found = []
    for action, exchanges in case.registrations():
        if case.outcome(action).word is not None:
            continue
        for operation, what in ((SEND, "the registration"), (DELIVER, "the credential")):
            told = [each for each in exchanges if each.operation == operation and each.told]
            if told:
                found.append(_false(case, action.owner, what, told))
    return found


def _false(case: Case, owner: str, what: str, told: list[Exchange]) -> Finding:
    return Finding(
        verdict="fail" if case.operator_view else "inconclusive",
        by="O3 truthful ack",
        words=f"{owner}: {what} was acknowledged with {told[-1].status}, and nothing shows that it was kept",
        near=evidence(told),
    )
