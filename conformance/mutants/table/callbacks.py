"""Mistakes at the hub's door."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import ANSWER, EARLIER, EXCHANGE, OUTCOME, Mutant, each_row, mutant

_SURPRISE: Final = "websub-schema-surprise"

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "believes_everybody",
        "Looks at no signature and no proof",
        ("sec-forged-webhook[unsigned]", EARLIER),
        ("sec-forged-webhook[wrong-secret]", EARLIER),
        ("sec-forged-webhook[two-signature-headers]", EARLIER),
        ("sec-forged-webhook[altered-body]", EARLIER),
    ),
    mutant(
        "believes_the_hub_alone",
        "Looks at the hub's signature and at no proof of MOSIP's",
        ("vc-tampered[tampered-claim]", EARLIER),
        ("vc-tampered[junk-proof]", EARLIER),
        ("vc-tampered[no-proof]", EARLIER),
    ),
    mutant(
        "believes_a_proof_it_does_not_check",
        "Is content that a credential has a proof",
        ("vc-tampered[tampered-claim]", EARLIER),
        ("vc-tampered[junk-proof]", EARLIER),
    ),
    mutant(
        "drops_what_comes_too_early",
        "Knows no registration whose packet it has not finished sending",
        ("birth-credential-before-202", OUTCOME),
    ),
    mutant(
        "acknowledges_before_it_stores",
        "Says 2xx to the hub and stores a moment later",
        ("res-crash-between-webhook-and-confirm", OUTCOME),
    ),
    mutant(
        "breaks_down_at_what_it_was_not_told_of",
        "Answers 500 to an event that is not as it was described",
        *each_row(_SURPRISE, ("unknown-type", "odd-id", "more-members", "no-protection-key"), (ANSWER,)),
    ),
    mutant(
        "listens_no_more_after_a_surprise",
        "Sets aside what it does not know, and with it all that comes after",
        *each_row(_SURPRISE, ("unknown-type", "no-protection-key"), (OUTCOME,)),
    ),
    mutant(
        "fails_at_a_repeated_delivery",
        "Answers 500 to a delivery that it has had before",
        ("websub-duplicate-delivery", EXCHANGE),
        ("websub-concurrent-duplicate", EXCHANGE),
    ),
)
