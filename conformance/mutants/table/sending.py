"""Mistakes on the way to MOSIP."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import (
    CRASHED,
    EARLIER,
    EFFECTS,
    FORM,
    IDENTITY,
    LOST,
    OUTCOME,
    TWICE,
    Mutant,
    each_row,
    mutant,
)

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "forgets_the_number_of_the_dead",
        "Sends a death without UIN, so that MOSIP makes an identity for the dead",
        ("death-then-auth-refused[uin]", IDENTITY),
        ("death-happy", EFFECTS),
        ("death-mints-no-identity[lenient]", EFFECTS),
        ("death-mints-no-identity[strict]", IDENTITY),
    ),
    mutant(
        "stamps_in_local_time",
        "Writes times as MOSIP does not read them",
        ("birth-happy", FORM),
    ),
    mutant(
        "trusts_a_200",
        "Judges packet manager by its HTTP status",
        ("birth-packet-manager-200-errors[swallowed]", EARLIER),
        ("birth-packet-manager-200-errors[KER-PUT-006]", EARLIER),
    ),
    mutant(
        "gives_up_when_mosip_is_away",
        "Forgets a registration whose packet could not be stored at once",
        *each_row("birth-packet-manager-5xx", ("500", "503", "reset-after"), (OUTCOME, LOST)),
    ),
    mutant(
        "blocks_what_failed_once",
        "Refuses a registration that is sent again, and has forgotten the first",
        ("birth-retry-after-failure", OUTCOME),
    ),
    mutant(
        "draws_a_new_rid_for_each_try",
        "Comes to MOSIP with another registration id after each failure",
        ("birth-workflow-already-present[504]", TWICE),
        ("birth-workflow-already-present[reset]", TWICE),
    ),
    mutant(
        "takes_already_present_for_a_failure",
        "Does not know its own registration again when MOSIP says that it has it",
        ("birth-workflow-already-present[504]", OUTCOME),
    ),
    mutant(
        "never_logs_in_again",
        "Gives a registration up when MOSIP's token has run out",
        ("birth-auth-token-expired-mid-flow", OUTCOME),
    ),
    mutant(
        "takes_a_repeat_for_another",
        "Draws a new registration id for each call, as if each were another action",
        ("birth-duplicate-submission[one-after-another]", EFFECTS),
        ("birth-duplicate-submission[one-after-another]", TWICE),
        ("birth-duplicate-submission[at-once]", TWICE),
    ),
    mutant(
        "dies_when_opencrvs_is_down",
        "Is ended by a failure that nobody awaits",
        ("opencrvs-down-at-confirm", CRASHED),
    ),
)
