"""What E-Signet remembers: sign-ins that are under way, codes, access tokens, and what may not come twice."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mock_control import JSON, Reset
from mock_mosip.crypto import b64url
from mock_mosip.esignet.expiring import Expiring
from mock_mosip.esignet.people import Directory, Person
from mock_mosip.esignet.request import AuthorizationRequest
from mock_mosip.esignet.settings import RelyingParty

# Seconds. (mosip/esignet: application-default.properties)
SIGN_IN_S = 300
CONSENT_S = 120
CODE_S = 300
TOKEN_S = 3600
NONCE_S = JTI_S = 86_400
BLOCKED_S = 600


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """One sign-in: what was asked, and how far the person has come."""

    key: str
    request: AuthorizationRequest
    person: Person | None = None
    individual_id: str = ""
    codes_sent: int = 0
    tries: int = 0


@dataclass(frozen=True, kw_only=True)
class Undecided:
    """A sign-in, not yet decided on, of a person who has shown who they are. ``at`` is when (stamp)."""

    key: str
    request: AuthorizationRequest
    person: Person
    individual_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a code or an access token stands for."""

    client: RelyingParty
    redirect_uri: str
    person: Person
    individual_id: str
    subject: str
    claims: tuple[str, ...]
    scopes: tuple[str, ...]
    acr: str
    auth_time: int
    nonce: str | None
    code_challenge: str | None
    locales: tuple[str, ...]


class Memory:
    """All of it. What ends does so on the timers' clock ``now``, so that an advance ends it.

    ``numbers`` tells, by the digest of a transaction, code or access token, which number a person gave; it is
    known still when that is used up.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.people = Directory()
        self.sign_ins: Expiring[SignIn] = Expiring(now)
        self.consents: Expiring[Undecided] = Expiring(now)
        self.codes: Expiring[Grant] = Expiring(now)
        self.tokens: Expiring[Grant] = Expiring(now)
        self.nonces: Expiring[bool] = Expiring(now)
        self.jtis: Expiring[bool] = Expiring(now)
        self.blocked: Expiring[bool] = Expiring(now)
        self.numbers: Expiring[str] = Expiring(now)

    def gave(self, secret: str, individual_id: str) -> None:
        """Behind this transaction, code or token is whoever gave that number."""
        self.numbers.put(digest(secret), individual_id, seconds=TOKEN_S)

    def number_behind(self, secret: str) -> str | None:
        """The number that was given by whoever is behind a transaction, code or token."""
        return self.numbers.get(digest(secret)) if secret else None

    def forget(self, reset: Reset) -> None:
        """Forgets everything at a full reset; of one scenario its people, for what else it left ends by
        itself.
        """
        self.people.forget(reset)
        if reset.scenario is not None:
            return
        for part in (self.sign_ins, self.consents, self.codes, self.tokens):
            part.clear()
        self.numbers.clear()
        for marks in (self.nonces, self.jtis, self.blocked):
            marks.clear()

    def render(self) -> JSON:
        """How much there is, for the admin API; codes and tokens themselves are nobody's business."""
        return {
            "sign_ins": len(self.sign_ins.alive()),
            "consents": len(self.consents.alive()),
            "codes": len(self.codes.alive()),
            "tokens": len(self.tokens.alive()),
            "blocked": len(self.blocked.alive()),
        }


def new_key() -> str:
    """43 characters that nobody can guess. (mosip/esignet: IdentityProviderUtil.java)"""
    return b64url(hashlib.sha3_256(secrets.token_bytes(32)).digest())


def digest(secret: str) -> str:
    """A name for a secret that may be shown: the journal's key for whatever carries the secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()[:24]
