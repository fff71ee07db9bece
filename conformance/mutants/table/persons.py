"""Mistakes about whose it is."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import ANOTHERS, LOST, OUTCOME, UNTRUE, Mutant, mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "tells_mosip_another_sex", "Tells MOSIP another sex than the record has", ("birth-happy", ANOTHERS)
    ),
    mutant(
        "tells_mosip_the_day_before",
        "Tells MOSIP the day before the birthday",
        ("birth-happy", ANOTHERS),
        ("death-happy", ANOTHERS),
    ),
    mutant(
        "tells_mosip_the_last_name_only",
        "Leaves out of a name what it has no box for",
        ("birth-happy", ANOTHERS),
    ),
    mutant(
        "writes_the_number_into_the_mother_too",
        "Writes the child's number over the mother's",
        ("birth-happy", ANOTHERS),
    ),
    mutant(
        "takes_a_sibling_for_a_resend",
        "Takes a twin for the same child sent again",
        ("birth-twins", OUTCOME),
        ("birth-twins", LOST),
        ("birth-twins", UNTRUE),
    ),
)
