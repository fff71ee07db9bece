"""Words where they have no place, and none where they have."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import BUSINESS, UNTOLD, Mutant, each_row, mutant

_LOGGED: Final = ("sec-pii-in-logs", "fail: must log")

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant("writes_down_whom_it_verifies", "Logs the names that it sends to IDA", _LOGGED),
    mutant("writes_down_the_code", "Logs what came back from E-Signet", _LOGGED),
    mutant("writes_down_the_number", "Logs the number that it asks IDA about", _LOGGED),
    mutant("writes_down_tokens", "Logs the header of each call", _LOGGED),
    mutant(
        "writes_down_the_newborn",
        "Logs whose birth it has taken, where no scenario is about logs",
        ("birth-happy", BUSINESS),
        ("death-happy", BUSINESS),
    ),
    mutant(
        "writes_down_packets_in_base64",
        "Logs each packet wrapped in what is no secret",
        ("birth-happy", BUSINESS),
    ),
    mutant(
        "tells_the_hub_what_it_has_read",
        "Answers the hub with the number that it was told",
        ("birth-happy", BUSINESS),
    ),
    mutant(
        "quotes_whom_it_could_not_verify",
        "Names the person in an error, which whoever asked may write down",
        *each_row("verify-ida-technical-error", ("technical-error",), (BUSINESS,)),
    ),
    mutant(
        "puts_the_number_into_the_address",
        "Asks about a number in the address, which every proxy writes down",
        ("verify-happy", BUSINESS),
    ),
    mutant(
        "parks_without_a_word",
        "Shows an operator what needs a person, and not why",
        *each_row("birth-identifier-policy", ("none",), (UNTOLD,)),
        *each_row("officer-not-active-in-mosip", ("officer-mosip.workflow.operator_validator",), (UNTOLD,)),
    ),
)
