"""What IDA does with an authentication, in its own order, apart from HTTP.

(mosip/id-authentication: BaseAuthFilter.java, IdAuthFilter.java, AuthController.java, AuthFacadeImpl.java)
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.x509 import Certificate

from mock_control import JSON, Control, Incoming, current_exchange
from mock_mosip import mapper
from mock_mosip.id_repository.numbers import VID_LENGTH, partner_token
from mock_mosip.ida import demographics, errors, request
from mock_mosip.ida.envelope import Opener
from mock_mosip.ida.settings import IdaSettings
from mock_mosip.ida.signature import SignatureCheck
from mock_mosip.ida.state import Known, Replica

VERSION = "1.0"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an authentication went: a token of success, or errors."""

    transaction: str | None
    token: str | None = None
    errors: tuple[errors.AuthError, ...] = ()


class Authentication:
    """IDA for one partner."""

    def __init__(self, *, settings: IdaSettings, public_url: str, replica: Replica, control: Control) -> None:
        """Raises ValueError for keys and certificates that can't be read or don't fit."""
        self._settings = settings
        self._replica = replica
        self._control = control
        self._opener = Opener(certificate_pem=settings.certificate_pem, key_pem=settings.key_pem)
        self._signatures = SignatureCheck(
            partner_certificate_pem=settings.partner_certificate_pem,
            authority_certificates_pem=settings.authority_certificates_pem,
        )
        self._rules = request.Rules(
            domain_uris=(public_url, *settings.allowed_domain_uris),
            envs=settings.allowed_envs,
            id_types=settings.id_types,
        )

    def authenticate(self, incoming: Incoming) -> Outcome:
        """Checks the request and compares what it says; never raises for the request's sake."""
        transaction = None
        try:
            asked = request.parse(incoming.body)
            transaction = asked.texts["transactionID"]
            token = self._token(incoming, asked)
        except mapper.MapperError:
            return Outcome(transaction=transaction, errors=(errors.UNABLE_TO_PROCESS,))
        except errors.AuthRefusedError as refusal:
            return Outcome(transaction=transaction, errors=self._told(refusal))
        return Outcome(transaction=transaction, token=token)

    def sign_in(self, incoming: Incoming) -> Outcome:
        """Whether a number stands for somebody who can sign in: what E-Signet asks, thinly.

        Nothing is encrypted, for the one-time code is E-Signet's own matter here.
        (mosip/id-authentication: KycAuthController.java)
        """
        transaction = None
        try:
            members = mapper.read_object(incoming.body)
            transaction = mapper.as_text(members.get("transactionID"), "transactionID")
            number = mapper.as_text(members.get("individualId"), "individualId") or ""
            self._check_licence(incoming)
            kind = "VID" if len(number) == VID_LENGTH else "UIN"
            known = self._known(request.Identifier(kind=kind, number=number))
        except mapper.MapperError:
            return Outcome(transaction=transaction, errors=(errors.UNABLE_TO_PROCESS,))
        except errors.AuthRefusedError as refusal:
            return Outcome(transaction=transaction, errors=refusal.errors)
        return Outcome(transaction=transaction, token=partner_token(known.uin, incoming.params["client_id"]))

    def _check_licence(self, incoming: Incoming) -> None:
        if incoming.params.get("misp_lk") != self._settings.misp_licence_key:
            raise errors.AuthRefusedError(errors.UNKNOWN_LICENCE_KEY)

    def _told(self, refusal: errors.AuthRefusedError) -> tuple[errors.AuthError, ...]:
        """What refused before the controller may be told behind IDA-MLC-007."""
        beside = refusal.early and self._control.settings_value("mosip.ida_errors") == "with-007"
        return (errors.UNABLE_TO_PROCESS, *refusal.errors) if beside else refusal.errors

    def _token(self, incoming: Incoming, asked: request.AuthRequest) -> str:
        request.check_head(asked)
        certificate = self._signed_under(incoming)
        content = self._content(asked)
        said = demographics.parse(content, self._settings.languages)
        self._check_partner(incoming, certificate)
        self._check_policy(said)
        now = self._control.stamps.now()
        request.check_fields(asked, said.timestamp, self._rules, now=now)
        legacy = self._control.settings_value("mosip.ida_id_rules") == "legacy"
        whom = request.identifier(asked, self._rules, legacy_ids=legacy)
        demographics.check(said, self._settings.languages)
        known = self._known(whom)
        matcher = demographics.Matcher(
            strict_order=self._control.settings_value("mosip.ida_word_order") == "strict", today=now.date()
        )
        found = matcher.differences(said.questions, known.attributes)
        if found:
            raise errors.AuthRefusedError(*found)
        return partner_token(known.uin, self._settings.partner_id)

    def _signed_under(self, incoming: Incoming) -> Certificate | None:
        """The certificate of a good signature, None if it came without; both headers must be there."""
        signature = incoming.headers.get("Signature")
        if not signature:
            raise errors.AuthRefusedError(errors.missing("signature header"), early=True)
        certificate = self._signatures.signed_under(signature, incoming.body, now=self._control.stamps.now())
        if not incoming.headers.get("Authorization"):
            raise errors.AuthRefusedError(errors.missing("Authorization - header"), early=True)
        return certificate

    def _content(self, asked: request.AuthRequest) -> bytes:
        """The decrypted request, if it is whole."""
        opened = self._opener.open(asked.envelope(), now=self._control.stamps.now())
        _show(opened.request)
        if not opened.is_whole():
            raise errors.AuthRefusedError(errors.BAD_HMAC, early=True)
        return opened.request

    def _check_partner(self, incoming: Incoming, certificate: Certificate | None) -> None:
        """The three parts of the path, and that it is the partner who has signed."""
        if certificate is None:
            raise errors.AuthRefusedError(errors.NO_CERTIFICATE, early=True)
        for name, wanted, error in (
            ("misp_lk", self._settings.misp_licence_key, errors.UNKNOWN_LICENCE_KEY),
            ("partner_id", self._settings.partner_id, errors.UNKNOWN_PARTNER),
            ("api_key", self._settings.api_key, errors.UNKNOWN_API_KEY),
        ):
            if incoming.params.get(name) != wanted:
                raise errors.AuthRefusedError(error, early=True)
        if not self._signatures.is_partners(certificate):
            raise errors.AuthRefusedError(errors.OTHER_CERTIFICATE, early=True)

    def _check_policy(self, said: demographics.Demographics) -> None:
        for factor in said.factors:
            if factor not in self._settings.factors:
                raise errors.AuthRefusedError(errors.error("IDA-MPA-006", factor=factor), early=True)

    def _known(self, whom: request.Identifier) -> Known:
        known = self._replica.find(whom.kind, whom.number)
        if known is None:
            raise errors.AuthRefusedError(errors.error("IDA-MLC-018", type=whom.kind))
        if whom.kind == "VID" and not (known.active and known.vid_active):
            raise errors.AuthRefusedError(errors.VID_DEACTIVATED)
        if not known.active:
            raise errors.AuthRefusedError(errors.UIN_DEACTIVATED)
        return known

    def render(self, outcome: Outcome) -> dict[str, JSON]:
        """The answer to an outcome."""
        response: JSON = {"authStatus": outcome.token is not None, "authToken": outcome.token}
        return {**self.envelope(outcome), "response": response}

    def render_sign_in(self, outcome: Outcome) -> dict[str, JSON]:
        """The answer to what E-Signet asks."""
        signed_in = outcome.token is not None
        response: JSON = {"kycStatus": True, "authToken": outcome.token} if signed_in else None
        return {**self.envelope(outcome), "id": request.KYC_ID, "response": response}

    def envelope(self, outcome: Outcome) -> dict[str, JSON]:
        """The answer without its ``response``."""
        return {
            "transactionID": outcome.transaction,
            "version": VERSION,
            "id": request.REQUEST_ID,
            "errors": [each.render() for each in outcome.errors] or None,
            "responseTime": self._control.stamps.iso(),
        }


def _show(content: bytes) -> None:
    """Lets the journal show what was encrypted, as far as it is JSON."""
    try:
        view = mapper.plain(mapper.read(content))
    except mapper.MapperError:
        return
    current_exchange().view(view)
