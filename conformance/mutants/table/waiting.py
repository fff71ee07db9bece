"""Mistakes while nothing happens."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import ANSWER, LOST, OUTCOME, Mutant, mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "waits_for_ever",
        "Has no deadline and asks MOSIP nothing",
        ("birth-credential-never-arrives[mosip.workflow.uin_generator]", OUTCOME),
        ("birth-credential-never-arrives[mosip.credential.issue]", OUTCOME),
        ("birth-credential-never-arrives[mosip.websub.deliver]", OUTCOME),
        ("birth-no-credential-by-policy", OUTCOME),
        ("child-eligible-here-not-an-infant-there[mosip.websub.deliver]", OUTCOME),
    ),
    mutant(
        "never_looks_into_opencrvs",
        "Knows only of what it was told, and nobody repeats that",
        ("hook-lost-before-bridge[opencrvs.hook.call-failed]", OUTCOME),
        ("hook-lost-before-bridge[opencrvs.hook.call-failed]", LOST),
        ("hook-lost-before-bridge[opencrvs.hook.call-delivered]", LOST),
        ("hook-lost-before-bridge[opencrvs.country_config.send_registration-delivered]", OUTCOME),
    ),
    mutant(
        "takes_the_end_for_a_credential",
        "Confirms a birth without the number that was agreed, because MOSIP has finished",
        ("birth-no-credential-by-policy", OUTCOME),
    ),
    mutant(
        "hears_good_news_only",
        "Listens to credentials alone, so that a refusal is never heard of",
        ("child-eligible-here-not-an-infant-there[mosip.credential.issue]", OUTCOME),
        ("officer-not-active-in-mosip[officer-mosip.workflow.operator_validator]", OUTCOME),
        ("same-child-two-certificates", OUTCOME),
    ),
    mutant(
        "takes_every_end_for_a_good_one",
        "Confirms a birth that MOSIP has refused",
        ("officer-not-active-in-mosip[machine-mosip.workflow.cmd_validator]", OUTCOME),
        ("same-child-two-certificates", OUTCOME),
    ),
    mutant(
        "fails_at_a_late_credential",
        "Answers 500 to a credential of a registration that was rejected",
        ("credential-after-reject", ANSWER),
    ),
    mutant(
        "subscribes_once",
        "Does not notice that the hub has forgotten it",
        ("websub-lost-subscription", OUTCOME),
    ),
)
