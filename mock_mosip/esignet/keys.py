"""By what each exchange of a login is known: the person, and the transaction, code or token of the login."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_control import Incoming, Keys
from mock_mosip.esignet.sign_in import login_claim
from mock_mosip.esignet.state import Memory, digest
from mock_mosip.esignet.tokens import bearer

AUTO, AUTO_CONSENT = "auto", "auto_consent"  # ours; E-Signet ignores parameters that it doesn't know


def of_person(number: str | None, strong: Mapping[str, str] | None = None) -> Keys:
    """Keys of whoever gave this number, if it is known by now."""
    return Keys(strong=strong or {}, weak={"identifier": number} if number else {})


def of_query(incoming: Incoming) -> Keys:
    """Whose request it is, if it says at once who signs in."""
    return of_login(incoming.query.get(AUTO))


def of_login(number: str | None) -> Keys:
    """Keys of whoever begins to sign in with this number."""
    return Keys(weak={"identifier": number}, claim=login_claim(number)) if number else Keys()


@dataclass(frozen=True, kw_only=True)
class LoginKeys:
    """Keys of what comes after: E-Signet itself remembers who is behind a secret."""

    memory: Memory

    def of_form(self, incoming: Incoming) -> Keys:
        """Whose page it is: known once the person has said who they are."""
        transaction = incoming.form.get("transaction", "")
        who = incoming.form.get("individual_id", "").strip()
        strong = {"sign_in": digest(transaction)}
        if not who:
            return of_person(self.memory.number_behind(transaction), strong)
        return Keys(strong=strong, weak={"identifier": who}, claim=login_claim(who))

    def of_code(self, incoming: Incoming) -> Keys:
        """Whose code it is."""
        return self._behind("code", incoming.form.get("code", ""))

    def of_token(self, incoming: Incoming) -> Keys:
        """Whose access token it is."""
        return self._behind("token", bearer(incoming.headers.get("Authorization", "")))

    def _behind(self, kind: str, secret: str) -> Keys:
        return of_person(self.memory.number_behind(secret), {kind: digest(secret)}) if secret else Keys()
