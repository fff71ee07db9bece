"""Mistakes on the way back to OpenCRVS."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import (
    ANSWER,
    EARLIER,
    FORM,
    IDENTIFIER,
    IDENTITY,
    LOST,
    OUTCOME,
    RECORD,
    UNTRUE,
    Mutant,
    mutant,
)

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "confirms_without_identifier",
        "Confirms a birth as if it were a death",
        ("birth-happy", IDENTIFIER),
        ("birth-identifier-policy[none]", EARLIER),
    ),
    mutant(
        "takes_any_number_for_the_right_one",
        "Writes a UIN into the record of a country that has agreed on VIDs",
        ("birth-identifier-policy[UIN]", EARLIER),
    ),
    mutant(
        "confirms_before_mosip_has_it",
        "Tells OpenCRVS that all is well as soon as it is asked",
        ("birth-happy", "fail: must sequence"),
    ),
    mutant(
        "confirms_under_another_number",
        "Registers the child under a number that nobody gave it",
        ("birth-happy", RECORD),
    ),
    mutant(
        "sends_the_identifier_as_a_number",
        "Sends the identifier as a number, which OpenCRVS does not take",
        ("birth-happy", FORM),
    ),
    mutant(
        "keeps_a_death_to_itself",
        "Closes a death without telling anybody",
        ("death-then-auth-refused[vid]", IDENTITY),
        ("death-flag-only-still-authenticates", OUTCOME),
        ("death-happy", LOST),
        ("death-happy", UNTRUE),
    ),
    mutant(
        "takes_a_death_for_a_birth",
        "Decides by the look of a credential, and writes a child's number into a death",
        ("death-ack-looks-like-birth", "fail: must_not exchange"),
    ),
    mutant(
        "ignores_a_refusal",
        "Waits on for a credential after MOSIP has refused the packet",
        ("birth-packet-permanent-rejection", OUTCOME),
    ),
    mutant(
        "tells_nobody_of_a_refusal",
        "Closes what MOSIP refused without telling the registrar",
        ("birth-packet-permanent-rejection", OUTCOME),
        ("birth-packet-permanent-rejection", LOST),
    ),
    mutant(
        "forgets_when_opencrvs_is_down",
        "Closes the row whatever OpenCRVS says",
        ("opencrvs-down-at-confirm", LOST),
    ),
    mutant(
        "keeps_to_the_token_it_was_given",
        "Gives up when the action's token is refused",
        ("opencrvs-confirm-401", OUTCOME),
        ("opencrvs-confirm-401", LOST),
    ),
    mutant(
        "remembers_nothing",
        "Begins with an empty store whenever it is started",
        ("res-crash-between-webhook-and-confirm", OUTCOME),
        ("res-crash-between-insert-and-post", OUTCOME),
        ("res-crash-between-post-and-ack", OUTCOME),
    ),
    mutant(
        "answers_before_it_reads",
        "Says 202 to what is no registration, and does nothing",
        ("birth-no-certificate-number[absent]", ANSWER),
        ("birth-no-certificate-number[empty]", ANSWER),
    ),
)
