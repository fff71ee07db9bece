"""What the hub delivers to us: who sent it, and what it says.

Sources: mosip/websub: hub_service.bal; mosip/commons: kernel-websubclient-api (signature);
mosip/id-repository: credential-service (credential event);
mosip/registration: workflow-manager-service (workflow event).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, cast

from bridge.errors import Problem
from bridge.keys import KeyUnavailableError
from bridge.mosip.claims import Claims
from bridge.mosip.credentials import Credentials, Doubt, DoubtfulCredentialError
from bridge.reading import JSON, MAX_BYTES, read_json
from bridge.settings import Settings

Result = Literal["PROCESSED", "FAILED", "REJECTED"]
Trouble = Doubt | Literal["subject-mismatch", "claim-unsigned", "claim-malformed", "data-share"]
IgnoredBecause = Literal[
    "not-json", "unknown-event", "other-topic", "other-credential-type", "unsigned-event"
]

_DIGESTS = {"sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
_RESULTS = ("PROCESSED", "FAILED", "REJECTED")
_CREDENTIAL_TYPES = frozenset({"vercred"})
_IDENTIFIER = re.compile(r"[A-Za-z0-9@._-]{1,128}")
_SELF = re.compile(r'<?([^<>,;\s]+)>?\s*;\s*rel="?self')
_RID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class CallbackRefused(Exception):  # noqa: N818 - a refusal, as Problem
    """Nothing of this delivery may be stored as a delivery.

    ``status`` is the answer; ``well_formed`` says that only the secret was another, so that it may be kept in
    quarantine until a secret is added.
    """

    def __init__(self, status: int, reason: str, *, well_formed: bool = False) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.well_formed = well_formed


@dataclass(frozen=True, kw_only=True)
class CredentialIssued:
    """A credential for a registration.

    With a ``problem`` it is to be stored with that verdict and never believed: identifier and certificate
    number are None then. Without, an identifier of None means that the policy shares none.
    """

    hub_event_id: str
    rid: str
    identifier: str | None = field(repr=False)
    certificate_number: str | None
    request_id: str
    topic: str
    problem: Trouble | None


@dataclass(frozen=True, kw_only=True)
class WorkflowEnded:
    """The end of a registration's workflow. The event has no id: the hash of its bytes stands for one."""

    hub_event_id: str
    rid: str
    result: Result
    error_code: str | None
    workflow_type: str
    topic: str


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """Authentic, but nothing that the bridge acts on; to be acknowledged, or the hub repeats it."""

    hub_event_id: str
    request_id: str
    topic: str
    reason: IgnoredBecause


class Callbacks:
    """Opens deliveries: signature over the raw bytes first, then everything else."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        secrets: tuple[str, ...],
        policy: frozenset[str],
        bad_signature_status: int,
        credential_topic: str,
        workflow_topic: str,
        identifier_claim: str,
    ) -> None:
        self._credentials = credentials
        self._secrets = tuple(secret.encode("utf-8") for secret in secrets)
        self._signed = "hmac" in policy
        self._guarded = bool(policy - {"none"})
        # While a secret is being rotated the hub must repeat: the right one may be added in a moment.
        self._bad_signature_status = 401 if len(secrets) > 1 else bad_signature_status
        self._credential_topic = credential_topic
        self._workflow_topic = workflow_topic
        self._identifier_claim = identifier_claim

    @classmethod
    def of(cls, settings: Settings, credentials: Credentials | None = None) -> Callbacks:
        """As the settings say. Raises SettingsError."""
        return cls(
            credentials=credentials or Credentials.of(settings),
            secrets=settings.websub_secrets,
            policy=frozenset(settings.bridge_callback_policy),
            bad_signature_status=settings.bridge_bad_signature_status,
            credential_topic=settings.mosip_websub_topic,
            workflow_topic=settings.bridge_workflow_event_topic,
            identifier_claim=settings.mosip_verifiable_credential_national_id_key,
        )

    def open(self, raw: bytes, headers: Mapping[str, str]) -> CredentialIssued | WorkflowEnded | Ignored:
        """What was delivered. ``headers`` of any case; several of one name joined by commas, as WSGI does.

        Raises CallbackRefused: 413 too large, 401 not signed as it must be (or the status set for a wrong
        signature), 503 when the issuer's key can't be fetched and the hub should repeat.
        """
        if len(raw) > MAX_BYTES:
            raise CallbackRefused(413, "too-large")
        if self._signed:
            self._check_signature(raw, _header(headers, "x-hub-signature"))
        digest = sha256(raw).hexdigest()
        try:
            body = read_json(raw)
        except Problem:
            body = None
        if not isinstance(body, dict):
            return self._ignored(digest, {}, "not-json")
        if "instanceId" in body:
            return self._workflow_event(digest, body, _header(headers, "link"))
        return self._credential_event(digest, body)

    def _check_signature(self, raw: bytes, header: str | None) -> None:
        if header is None:
            raise CallbackRefused(401, "unsigned")
        if "," in header:
            raise CallbackRefused(401, "several-signatures")
        method, _, signature = header.strip().partition("=")
        digest = _DIGESTS.get(method.lower())
        if digest is None or not signature:
            raise CallbackRefused(401, "unknown-algorithm")
        given = signature.strip().lower().encode("utf-8")
        # Every secret is tried, so that the time says nothing of which one it was.
        matches = [
            hmac.compare_digest(hmac.new(secret, raw, digest).hexdigest().encode("ascii"), given)
            for secret in self._secrets
        ]
        if not any(matches):
            raise CallbackRefused(self._bad_signature_status, "bad-signature", well_formed=True)

    def _workflow_event(
        self, digest: str, body: Mapping[str, JSON], link: str | None
    ) -> WorkflowEnded | Ignored:
        topic = _self_link(link) or self._workflow_topic
        rid, result, kind = (body.get(name) for name in ("instanceId", "resultCode", "workflowType"))
        if topic != self._workflow_topic:
            return self._ignored(digest, body, "other-topic", topic=topic)
        if not isinstance(rid, str) or not _RID.fullmatch(rid) or result not in _RESULTS:
            return self._ignored(digest, body, "unknown-event", topic=topic)
        if self._guarded and not self._signed:
            # It carries no proof of its own, so without the hub's signature anybody may have sent it.
            return self._ignored(digest, body, "unsigned-event", topic=topic)
        code = body.get("errorCode")
        return WorkflowEnded(
            hub_event_id=digest,
            rid=rid,
            result=cast(Result, result),
            error_code=code if isinstance(code, str) and _CODE.fullmatch(code) else None,
            workflow_type=kind if isinstance(kind, str) and _CODE.fullmatch(kind) else "",
            topic=topic,
        )

    def _credential_event(self, digest: str, body: Mapping[str, JSON]) -> CredentialIssued | Ignored:
        event = _object(body.get("event"))
        data = _object(event.get("data"))
        topic = _text(body.get("topic"))
        if not event or not data:
            return self._ignored(digest, body, "unknown-event", topic=topic)
        if topic != self._credential_topic:
            return self._ignored(digest, body, "other-topic", topic=topic)
        if data.get("credentialType") not in _CREDENTIAL_TYPES:
            return self._ignored(digest, body, "other-credential-type", topic=topic)
        told_rid = _text(data.get("registrationId"))
        rid, claims, problem = told_rid, None, None
        try:
            claims = self._claims(event, data)
            rid = _judged_rid(claims, told_rid)
        except _TroubleError as error:
            problem = error.trouble
        if not _RID.fullmatch(rid):
            return self._ignored(digest, body, "unknown-event", topic=topic)
        values: Mapping[str, str] = claims.values if claims is not None and problem is None else {}
        return CredentialIssued(
            hub_event_id=_text(event.get("id")) or digest,
            rid=rid,
            identifier=values.get(self._identifier_claim),
            certificate_number=values.get("birthCertificateNumber"),
            request_id=_text(event.get("transactionId")),
            topic=topic,
            problem=problem,
        )

    def _claims(self, event: Mapping[str, JSON], data: Mapping[str, JSON]) -> Claims:
        envelope = data.get("credential")
        if not isinstance(envelope, str):
            # Left at a URL for us to fetch; no URL out of a message is.
            raise _TroubleError("data-share" if event.get("dataShareUri") else "undecryptable")
        try:
            claims = self._credentials.claims(envelope)
        except DoubtfulCredentialError as error:
            raise _TroubleError(error.doubt) from None
        except KeyUnavailableError:
            raise CallbackRefused(503, "key-unavailable") from None
        if self._identifier_claim in claims.unsigned:
            raise _TroubleError("claim-unsigned")
        if not _IDENTIFIER.fullmatch(claims.values.get(self._identifier_claim, "-")):
            raise _TroubleError("claim-malformed")
        return claims

    def _ignored(
        self, digest: str, body: Mapping[str, JSON], reason: IgnoredBecause, *, topic: str = ""
    ) -> Ignored:
        event = _object(body.get("event"))
        return Ignored(
            hub_event_id=_text(event.get("id")) or digest,
            request_id=_text(event.get("transactionId")),
            topic=topic,
            reason=reason,
        )


class _TroubleError(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble: Trouble = trouble


def _judged_rid(claims: Claims, told: str) -> str:
    """The RID that the credential is about: the subject's last path segment, which the event must match."""
    signed = (claims.subject or "").rstrip("/").rpartition("/")[2]
    if not signed or told not in ("", signed):
        raise _TroubleError("subject-mismatch")
    return signed


def _header(headers: Mapping[str, str], name: str) -> str | None:
    found = [value for each, value in headers.items() if each.lower() == name]
    return ",".join(found) if found else None


def _self_link(link: str | None) -> str | None:
    """The topic in ``Link: …; rel="self"``; MOSIP's hub writes its URLs without angle brackets."""
    match = _SELF.search(link or "")
    return match[1] if match else None


def _object(value: JSON | None) -> Mapping[str, JSON]:
    return value if isinstance(value, dict) else {}


def _text(value: JSON | None) -> str:
    return value[:128] if isinstance(value, str) and value.isprintable() else ""
