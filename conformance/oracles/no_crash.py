"""O5: no answer of another party ends the bridge."""

from __future__ import annotations

from conformance.oracles.case import Case
from conformance.verdicts import Finding


def look(case: Case) -> list[Finding]:
    """A finding when the bridge is gone at the end."""
    if case.answering is None:
        word = "this target gives no way to see whether the bridge lives"
        return [Finding(verdict="inconclusive", by="O5 no crash", words=word)]
    if case.answering:
        return []
    return [Finding(verdict="fail", by="O5 no crash", words="the bridge does not run any more")]
