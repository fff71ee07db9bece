"""What E-Signet owes: to let in who lives, for the page they came from, and to tell what they allowed."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

from mock_mosip.esignet.sign_in import SigningIn
from mock_mosip.esignet.signing import Keyring
from mock_mosip.esignet.tokens import Tokens


def lets_the_dead_log_in() -> None:
    """Asks no identity system whether a number still stands."""
    SigningIn._refuse_deactivated = lambda *_: None


def redeems_a_code_for_any_page() -> None:
    """mosip/esignet: OAuthServiceImpl.java, without the comparison of redirect URIs."""
    check = Tokens._check_grant

    def as_it_was(self, form, endpoint, grant) -> None:
        check(self, {**form, "redirect_uri": grant.redirect_uri}, endpoint, grant)

    Tokens._check_grant = as_it_was


def tells_more_than_was_allowed() -> None:
    """Consent is asked for, and not heeded."""
    granted = SigningIn._granted

    def everything(self, undecided, _, scopes):
        return granted(self, undecided, undecided.request.client.claims, scopes)

    SigningIn._granted = everything


def publishes_no_new_key() -> None:
    """Its keys were changed, and the document of them was not."""
    Keyring.jwks = lambda self: {"keys": [{**self._configured.jwk}]}


def tells_of_tokens_in_a_form_of_its_own() -> None:
    """Says in words how long a token is good, as the reference implementation's own mock does."""
    issue = Tokens._issue

    def in_words(self, grant, twist):
        return {**issue(self, grant, twist), "expires_in": "1h"}

    Tokens._issue = in_words


MUTATIONS = (
    lets_the_dead_log_in,
    redeems_a_code_for_any_page,
    tells_more_than_was_allowed,
    publishes_no_new_key,
    tells_of_tokens_in_a_form_of_its_own,
)
