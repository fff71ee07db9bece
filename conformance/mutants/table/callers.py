"""Mistakes at country-config's door."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import ANSWER, EARLIER, EXCHANGE, Mutant, each_row, mutant

_SILENT: Final = ("mosip.packet_manager.create_packet", "mosip.workflow.create_instance")

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "takes_the_first_number_it_finds",
        "Makes a birth of what claims to be a birth and a death",
        ("birth-both-numbers", EARLIER),
    ),
    mutant(
        "fails_at_bad_input",
        "Answers 500 where the caller is to blame",
        *each_row("sec-malformed-json", ("cut-short", "no-object", "wrong-type"), (ANSWER,)),
        *each_row("sec-malformed-json", ("list-for-text", "doubled-name", "too-deep"), (ANSWER,)),
    ),
    mutant(
        "reads_json_carelessly",
        "Takes the last of two members of one name",
        ("sec-malformed-json[doubled-name]", EARLIER),
    ),
    mutant(
        "asks_for_no_scope",
        "Takes any token that OpenCRVS has signed",
        ("sec-token-scope-and-claims[without-scope]", EARLIER),
    ),
    mutant(
        "asks_for_no_audience",
        "Takes a token that is meant for another service",
        ("sec-token-scope-and-claims[other-audience]", EARLIER),
        ("sec-token-scope-and-claims[other-issuer]", EARLIER),
    ),
    mutant(
        "asks_for_no_signature",
        "Takes a token that anybody may have written",
        ("sec-token-scope-and-claims[other-key]", EARLIER),
    ),
    mutant(
        "asks_for_no_date",
        "Takes a token that has run out",
        ("sec-token-scope-and-claims[expired]", EARLIER),
    ),
    mutant(
        "asks_for_no_action",
        "Takes a token that is for no action, so that nothing can be confirmed",
        ("sec-token-scope-and-claims[without-action]", EARLIER),
    ),
    mutant(
        "answers_when_mosip_has_answered",
        "Lets OpenCRVS wait for a MOSIP that is silent",
        *each_row("res-upstream-hang", _SILENT, (EXCHANGE,)),
    ),
    mutant(
        "lets_a_token_choose_its_algorithm",
        "Takes a token that is signed with the public key for a secret, or not at all",
        ("sec-token-scope-and-claims[public-key-as-secret]", EARLIER),
        ("sec-token-scope-and-claims[unsigned]", EARLIER),
    ),
)
