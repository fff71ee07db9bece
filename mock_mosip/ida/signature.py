"""Detached signatures: the one that a request must have, and the one of IDA's answer.

``base64url(header)..base64url(signature)``, RS256 over ``base64url(header).base64url(body)``.
(mosip/keymanager: SignatureServiceImpl.java)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from mock_mosip import mapper
from mock_mosip.crypto import Signer, b64url
from mock_mosip.ida import base64url, errors

_PEM_BEGINNING = b"-----BEGIN"


def detached(signer: Signer, body: bytes) -> str:
    """The signature of an answer; its certificate is in the header."""
    certificate = base64.b64encode(signer.certificate_der).decode()
    header = b64url(json.dumps({"alg": "RS256", "x5c": [certificate]}, separators=(",", ":")).encode())
    return f"{header}..{b64url(signer.sign(f'{header}.{b64url(body)}'.encode()))}"


class SignatureCheck:
    """Knows whose signatures count: the partner's, and of whom an authority has certified.

    A certificate of an authority is trusted, and still not the partner's.
    """

    def __init__(self, *, partner_certificate_pem: str, authority_certificates_pem: Sequence[str]) -> None:
        self._partner = x509.load_pem_x509_certificate(partner_certificate_pem.encode())
        self._authorities = [
            x509.load_pem_x509_certificate(each.encode()) for each in authority_certificates_pem
        ]

    def signed_under(self, signature: str, body: bytes, *, now: datetime) -> x509.Certificate | None:
        """The certificate in the header, None when it has none and the partner's key has signed.

        Raises AuthRefusedError (IDA-MPA-001).
        """
        try:
            header, raw = _parts(signature)
            certificate = _certificate(header)
            self._verify(certificate or self._partner, f"{header}.{b64url(body)}", base64url.decode(raw), now)
        except (ValueError, InvalidSignature, UnsupportedAlgorithm) as error:
            raise errors.AuthRefusedError(errors.BAD_SIGNATURE, early=True) from error
        return certificate

    def _verify(self, certificate: x509.Certificate, text: str, raw: bytes, now: datetime) -> None:
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or not self._is_trusted(certificate, now):
            raise ValueError("the certificate is not trusted")
        key.verify(raw, text.encode(), padding.PKCS1v15(), hashes.SHA256())

    def _is_trusted(self, certificate: x509.Certificate, now: datetime) -> bool:
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return False
        return self.is_partners(certificate) or any(
            _is_issued_by(certificate, each) for each in self._authorities
        )

    def is_partners(self, certificate: x509.Certificate) -> bool:
        """Whether it is the certificate that the partner has registered."""
        return certificate == self._partner


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _parts(signature: str) -> tuple[str, str]:
    """Header and signature of a detached JWS; raises ValueError for anything else."""
    header, between, raw = signature.partition("..")
    if not between or "." in raw:
        raise ValueError("not a detached JWS in compact form")
    return header, raw


def _certificate(header: str) -> x509.Certificate | None:
    """The first certificate of ``x5c``: DER or PEM, in standard or URL-safe base64; both are in use.

    Raises ValueError for a header that is none of RS256.
    """
    members = mapper.read_object(base64url.decode(header))
    if members.get("alg") != "RS256":
        raise ValueError("the algorithm must be RS256")
    chain = members.get("x5c")
    if chain is None or chain == []:
        return None
    first = mapper.as_text((mapper.as_list(chain, "x5c") or [None])[0], "x5c") or ""
    raw = base64url.decode(first.replace("+", "-").replace("/", "_"))
    if raw.lstrip().startswith(_PEM_BEGINNING):
        return x509.load_pem_x509_certificate(raw)
    return x509.load_der_x509_certificate(raw)
