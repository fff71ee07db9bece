"""Signing in: from the authorization request to the code, with all the ways in which it can end otherwise.

(mosip/esignet: AuthorizationServiceImpl.java; mosip/esignet-mock-services: AuthenticationServiceImpl.java)
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import sha3_256
from urllib.parse import quote

from mock_control import Claim, Control, current_exchange
from mock_mosip.crypto import b64url
from mock_mosip.esignet import state
from mock_mosip.esignet.errors import PageError
from mock_mosip.esignet.identity_system import IdentitySystem, NoWordError
from mock_mosip.esignet.people import Person
from mock_mosip.esignet.request import AuthorizationRequest, read_request
from mock_mosip.esignet.settings import ACR_OTP, RelyingParty
from mock_mosip.esignet.state import Grant, Memory, SignIn, Undecided

ATTEMPTS = 3
OTP_LENGTH = 6
LOGIN_PROCESS = "LOGIN"  # the process by which a scenario reserves a login
DENIALS = {"cancel": "access_denied", "dismiss": "consent_rejected", "timeout": "transaction_timeout"}


@dataclass(frozen=True, kw_only=True)
class CodeSent:
    """A one-time code is on its way to these, masked."""

    sign_in: SignIn
    email: str | None
    phone: str | None


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """The browser goes back to the relying party."""

    url: str


def login_claim(individual_id: str) -> Claim:
    """By what a login finds the reserved action that it is."""
    return Claim(process=LOGIN_PROCESS, identifiers=(individual_id,))


class SigningIn:
    """The authorize page without its HTML."""

    def __init__(
        self,
        *,
        clients: Mapping[str, RelyingParty],
        issuer: str,
        otp: str,
        memory: Memory,
        control: Control,
        identity_system: IdentitySystem | None = None,
    ) -> None:
        self._clients = clients
        self._issuer = issuer
        self._otp = otp
        self._memory = memory
        self._control = control
        self._identity_system = identity_system

    # -- by a person -----------------------------------------------------------------------------------------

    def begin(self, query: Mapping[str, str]) -> SignIn:
        """Reads the request of a browser that comes; raises PageError."""
        request = self._read(query)
        if ACR_OTP not in request.acrs:
            raise PageError("auth_factor_mismatch")
        sign_in = SignIn(key=state.new_key(), request=request)
        self._memory.sign_ins.put(sign_in.key, sign_in, seconds=state.SIGN_IN_S)
        return sign_in

    def under_way(self, key: str) -> SignIn:
        """The sign-in of that key; raises PageError when it has ended."""
        sign_in = self._memory.sign_ins.get(key)
        if sign_in is None:
            raise PageError("invalid_transaction")
        return sign_in

    def send_code(self, key: str, kind: str, individual_id: str) -> CodeSent:
        """Sends a one-time code to the person of that number (``kind``: UIN or VID); raises PageError."""
        with self._memory.sign_ins.locked():
            sign_in = self.under_way(key)
            self._memory.gave(key, individual_id)
            self._refuse_blocked(individual_id)
            if sign_in.codes_sent >= ATTEMPTS:
                self._block(individual_id)
            sign_in = replace(sign_in, codes_sent=sign_in.codes_sent + 1, person=None)
            self._memory.sign_ins.change(key, sign_in)
            person = self._person(sign_in.request, individual_id, kind)
            if not person.email and not person.phone:
                raise PageError("no_email_mobile_found")
            sign_in = replace(sign_in, person=person, individual_id=individual_id)
            self._memory.sign_ins.change(key, sign_in)
        return CodeSent(
            sign_in=sign_in,
            email=masked_email(person.email) if person.email else None,
            phone=masked_phone(person.phone) if person.phone else None,
        )

    def verify(self, key: str, otp: str) -> Undecided | Redirect:
        """Compares the one-time code; then there is something to consent to, or the way back at once.

        Raises PageError.
        """
        with self._memory.sign_ins.locked():
            sign_in = self.under_way(key)
            if sign_in.person is None:  # there was no code to compare with
                raise PageError("invalid_transaction")
            self._refuse_blocked(sign_in.individual_id)
            if sign_in.tries >= ATTEMPTS:
                self._block(sign_in.individual_id)
            sign_in = replace(sign_in, tries=sign_in.tries + 1)
            self._memory.sign_ins.change(key, sign_in)
            if len(otp) != OTP_LENGTH:
                raise PageError("invalid_challenge")
            person = self._person(sign_in.request, sign_in.individual_id)
            if not secrets.compare_digest(otp.encode(), self._otp.encode()):
                raise PageError("auth_failed")
            self._memory.sign_ins.pop(key)
        return self._authenticated(sign_in.request, person, sign_in.individual_id, key)

    def undecided(self, key: str) -> Undecided:
        """The sign-in of that key that awaits consent; raises PageError when it has ended."""
        undecided = self._memory.consents.get(key)
        if undecided is None:
            raise PageError("invalid_transaction")
        return undecided

    def allow(self, key: str, claims: Collection[str], scopes: Collection[str]) -> Redirect:
        """Consents to essential claims and to these; raises PageError for more than was asked for."""
        request = self.undecided(key).request
        if not {*claims} <= {*request.asked.essential, *request.asked.voluntary}:
            raise PageError("invalid_accepted_claim")
        if not {*scopes} <= {*request.authorize_scopes}:
            raise PageError("invalid_permitted_scope")
        return self._granted(self._decided(key), claims, scopes)

    def deny(self, key: str, how: str) -> Redirect:
        """Ends a sign-in without consent; ``how`` is one of DENIALS."""
        return self._denied(self._decided(key).request, DENIALS[how])

    # -- without one -----------------------------------------------------------------------------------------

    def auto(self, query: Mapping[str, str], individual_id: str, consent: str) -> Redirect:
        """All of it at once, for machines.

        ``consent``: ``all``, ``essential``, one of DENIALS, or the voluntary claims that are allowed, with
        spaces between. Raises PageError as the page would.
        """
        request = self._read(query)
        current_exchange().add_keys(claim=login_claim(individual_id))
        self._refuse_blocked(individual_id)
        person = self._person(request, individual_id)
        if ACR_OTP not in request.acrs:
            raise PageError("auth_factor_mismatch")
        if consent in DENIALS:
            return self._denied(request, DENIALS[consent])
        words = {"all": request.asked.voluntary, "essential": ()}.get(consent, tuple(consent.split()))
        if not {*words} <= {*request.asked.voluntary, *request.asked.essential}:
            raise PageError("invalid_accepted_claim")
        undecided = self._await_consent(request, person, individual_id, state.new_key())
        return self._granted(undecided, words, request.authorize_scopes)

    # -- inside ----------------------------------------------------------------------------------------------

    def _read(self, query: Mapping[str, str]) -> AuthorizationRequest:
        return read_request(
            query,
            clients=self._clients,
            nonce_is_new=lambda nonce: self._memory.nonces.add(nonce, True, seconds=state.NONCE_S),
        )

    def _person(self, request: AuthorizationRequest, individual_id: str, kind: str | None = None) -> Person:
        if not individual_id:
            raise PageError("invalid_identifier")
        person = self._memory.people.find(individual_id, kind)
        if person is None:
            raise PageError("invalid_individual_id")
        if not person.active:
            raise PageError("IDA-MLC-022" if individual_id == person.uin else "IDA-MLC-023")
        self._refuse_deactivated(request, individual_id)
        return person

    def _refuse_deactivated(self, request: AuthorizationRequest, individual_id: str) -> None:
        if self._identity_system is None:
            return
        try:
            code = self._identity_system.refusal(individual_id, request.client.client_id)
        except NoWordError:
            raise PageError("unknown_error") from None
        if code is not None:
            raise PageError(code)

    def _refuse_blocked(self, individual_id: str) -> None:
        if self._memory.blocked.get(individual_id):
            raise PageError("individual_id_blocked")

    def _block(self, individual_id: str) -> None:
        self._memory.blocked.put(individual_id, True, seconds=state.BLOCKED_S)
        raise PageError("no_attempts_left")

    def _authenticated(
        self, request: AuthorizationRequest, person: Person, individual_id: str, key: str
    ) -> Undecided | Redirect:
        undecided = self._await_consent(request, person, individual_id, key)
        if not (request.asked.essential or request.asked.voluntary or request.authorize_scopes):
            return self._granted(undecided, (), ())
        self._memory.consents.put(key, undecided, seconds=state.CONSENT_S)
        return undecided

    def _await_consent(
        self, request: AuthorizationRequest, person: Person, individual_id: str, key: str
    ) -> Undecided:
        now = self._control.stamps.now()
        return Undecided(key=key, request=request, person=person, individual_id=individual_id, at=now)

    def _decided(self, key: str) -> Undecided:
        undecided = self._memory.consents.pop(key)
        if undecided is None:
            raise PageError("invalid_transaction")
        return undecided

    def _granted(self, undecided: Undecided, claims: Collection[str], scopes: Collection[str]) -> Redirect:
        request = undecided.request
        allowed = {*claims, *request.asked.essential}
        code = state.new_key()
        grant = Grant(
            client=request.client,
            redirect_uri=request.redirect_uri,
            person=undecided.person,
            individual_id=undecided.individual_id,
            subject=pairwise_subject(undecided.person, request.client),
            claims=tuple(each for each in request.client.claims if each in allowed),
            scopes=tuple(scopes),
            acr=ACR_OTP,
            auth_time=int(undecided.at.timestamp()),
            nonce=request.nonce,
            code_challenge=request.code_challenge,
            locales=request.locales,
        )
        self._memory.codes.put(code, grant, seconds=state.CODE_S)
        self._memory.gave(code, undecided.individual_id)
        current_exchange().add_keys(strong={"code": state.digest(code)})
        parts = {"state": request.state, "code": code, "iss": self._issuer}
        return Redirect(url=f"{request.redirect_uri}?{_query(parts)}")

    def _denied(self, request: AuthorizationRequest, code: str) -> Redirect:
        """No ``iss``, and ``null`` where there is no state: that is how the page writes it."""
        parts = {"state": request.state or "null", "error": code}
        return Redirect(url=f"{request.redirect_uri}?{_query(parts)}")


def _query(parts: Mapping[str, str | None]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in parts.items() if value is not None)


def pairwise_subject(person: Person, client: RelyingParty) -> str:
    """The person as this client knows them, by whichever number they sign in.

    (mosip/esignet-mock-services: AuthenticationServiceImpl.java; IDA's token goes by the UIN)
    """
    return b64url(sha3_256(f"{person.uin}{client.client_id}".encode()).digest())


def masked_email(email: str) -> str:
    """Every third character before the ``@`` stays: ``XXmXX…@…``."""
    name, at, host = email.rpartition("@")
    return "".join(each if place % 3 == 0 else "X" for place, each in enumerate(name, 1)) + at + host


def masked_phone(phone: str) -> str:
    """The first half and one more are replaced."""
    hidden = len(phone) // 2 + 1
    return "X" * hidden + phone[hidden:]
