"""Mistakes at the login."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import ANSWER, EXCHANGE, FIELD, SHOWN, Mutant, each_row, mutant

_FORGED: Final = "esignet-userinfo-bad-signature"
_UNHEARD: Final = "fail: must_not exchange"

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "sends_no_jti",
        "Proves who it is as was enough before E-Signet 1.7",
        ("esignet-assertion-jti", SHOWN),
    ),
    mutant(
        "sends_one_jti_for_all",
        "Proves who it is with an assertion that everybody could use again",
        ("esignet-assertion-jti", SHOWN),
        ("esignet-assertion-jti", FIELD),
    ),
    mutant(
        "believes_unsigned_userinfo",
        "Reads what E-Signet tells of a person, and not who signed it",
        *each_row(_FORGED, ("unsigned-userinfo", "foreign-key", "bad-signature"), (SHOWN, ANSWER)),
        *each_row(_FORGED, ("altered-claims",), (SHOWN, ANSWER, FIELD)),
    ),
    mutant(
        "compares_no_subject",
        "Takes what is told of anybody for what is told of the one who logged in",
        *each_row(_FORGED, ("other-sub", "error-claims"), (SHOWN, ANSWER, FIELD)),
    ),
    mutant(
        "reads_no_whole_name",
        "Knows given and family name only, and writes an empty one",
        ("esignet-happy[uin-yyyy_MM_dd]", FIELD),
        ("esignet-name-shapes[parts-three]", FIELD),
    ),
    mutant(
        "keeps_first_and_last_word_only",
        "Drops the names that lie between",
        *each_row("esignet-name-shapes", ("name-three", "tagged-three", "mononym-one"), (FIELD,)),
    ),
    mutant(
        "keeps_the_query_of_the_redirect",
        "Sends the page's address on as it is, though the link left the query out",
        *each_row("esignet-happy", ("vid-iso",), (SHOWN, ANSWER)),
        *each_row("esignet-redirect-mismatch", ("as-it-came-back",), (SHOWN, ANSWER)),
    ),
    mutant(
        "cuts_a_letter_where_no_query_is",
        "Knows an address that the browser came back to, and no other",
        *each_row("esignet-redirect-mismatch", ("as-it-was-asked-for",), (SHOWN, ANSWER)),
    ),
    mutant(
        "hides_that_a_login_was_refused",
        "Makes an answer of its own for a login that E-Signet refuses",
        *each_row("esignet-redirect-mismatch", ("of-another-page",), (SHOWN, ANSWER)),
    ),
    mutant(
        "invents_what_was_not_told",
        "Fills the gaps that a person's consent has left",
        *each_row("esignet-partial-consent", ("nothing-more-none", "her-sex"), (FIELD,)),
    ),
    mutant(
        "breaks_down_when_a_login_fails",
        "Answers 500 to every login that comes to nothing",
        ("esignet-code-replayed", ANSWER),
        ("esignet-consent-denied", _UNHEARD),
    ),
    mutant(
        "waits_for_esignet_for_ever",
        "Has no time-out that a form would live to see",
        *each_row("esignet-down-timeout", ("esignet.oauth.token", "esignet.oidc.userinfo"), (ANSWER,)),
    ),
    mutant(
        "keeps_the_first_keys_for_ever",
        "Fetches E-Signet's keys once, and knows no signature by a later one",
        ("esignet-keys-rotated", SHOWN),
        ("esignet-keys-rotated", ANSWER),
    ),
    mutant(
        "forgets_the_subject",
        "Answers as the forms of 1.9 know it, without a name for the person",
        *each_row("introducer-token-travels", ("language-arrays", "plain"), (EXCHANGE,)),
    ),
    mutant(
        "forgets_the_introducer",
        "Takes from a registration what it knows of, and an introducer is not among it",
        *each_row("introducer-token-travels", ("language-arrays", "plain"), (EXCHANGE,)),
    ),
)
