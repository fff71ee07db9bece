"""What an E-Signet may break that the bridge can't mend."""

from __future__ import annotations

from functools import partial
from typing import Final

from conformance.mutants.table.entry import (
    ANSWER,
    FIELD,
    MOCKS_FORM,
    SERVED,
    SHOWN,
    Mutant,
    each_row,
    mutant,
)

_esignet: Final = partial(mutant, party="esignet")

MUTANTS: Final[tuple[Mutant, ...]] = (
    _esignet(
        "lets_the_dead_log_in",
        "Lets in whoever holds the number of somebody who is dead",
        *each_row("death-then-auth-refused", ("vid", "uin"), (SERVED,)),
    ),
    _esignet(
        "redeems_a_code_for_any_page",
        "Gives the person to a page that nobody logged in for",
        *each_row("esignet-redirect-mismatch", ("of-another-page",), (SHOWN, ANSWER)),
    ),
    _esignet(
        "tells_more_than_was_allowed",
        "Tells what a person has not consented to",
        *each_row("esignet-partial-consent", ("nothing-more-none",), (FIELD,)),
    ),
    _esignet(
        "publishes_no_new_key",
        "Signs with a new key, and tells nobody of it",
        ("esignet-keys-rotated", SHOWN),
        ("esignet-keys-rotated", ANSWER),
    ),
    _esignet(
        "tells_of_tokens_in_a_form_of_its_own",
        "Says in words how long a token is good",
        ("esignet-happy[uin-yyyy_MM_dd]", MOCKS_FORM),
    ),
)
