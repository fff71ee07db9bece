"""An authority of our own and the certificate of the mocks: made once for a state directory, kept, renewed.

Written with `cryptography`, which is here for MOSIP's certificates anyway. trustme makes certificates for the
length of a test; these are kept, must be renewed by rules, and never lie about with an open mode.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.errors import SandboxError
from sandbox.files import write_private

AUTHORITY_LIFE: Final = timedelta(days=3650)
# Some clients refuse certificates of servers that are good for longer (Apple: 825 days).
SERVER_LIFE: Final = timedelta(days=397)
RENEWED_BEFORE: Final = timedelta(days=30)
CLOCK_LEEWAY: Final = timedelta(days=1)
THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class TlsFiles:
    """Files in the keys folder, all mode 0600, each whole by itself.

    authority: the CA's key and certificate. certificate: its certificate alone, for those who shall trust it.
    server: the mocks' key and certificate.
    """

    authority: Path
    certificate: Path
    server: Path

    @classmethod
    def within(cls, folder: Path) -> TlsFiles:
        return cls(
            authority=folder / "authority.pem",
            certificate=folder / "ca.crt.pem",
            server=folder / "server.pem",
        )


@dataclass(frozen=True, kw_only=True)
class _Pair:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def pem(self) -> bytes:
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key + self.certificate.public_bytes(Encoding.PEM)

    @property
    def lasts(self) -> bool:
        """Whether it is good now and for a while."""
        now = datetime.now(UTC)
        valid = self.certificate.not_valid_before_utc <= now
        return valid and now + RENEWED_BEFORE < self.certificate.not_valid_after_utc


def ensure_certificate(folder: Path, host: str) -> TlsFiles:
    """The files of a keys folder, with a certificate for `host` and for this machine itself.

    The authority is made when there is none or it runs out, the certificate also when the host is another.
    Raises SandboxError when the authority's file is not what we wrote.
    """
    files = TlsFiles.within(folder)
    authority = _authority(files.authority)
    write_private(files.certificate, authority.certificate.public_bytes(Encoding.PEM))
    names = tuple(dict.fromkeys((host, *THIS_MACHINE)))
    if not _fits(files.server, authority, names):
        write_private(files.server, _issued(authority, names).pem())
    return files


def _authority(path: Path) -> _Pair:
    if path.exists():
        try:
            kept = _read(path)
        except (OSError, ValueError) as error:
            raise SandboxError(
                f"{path} can't be read ({type(error).__name__}). Remove it: a new authority is made at the "
                "next start, which everybody who trusts the old one must be told of."
            ) from error
        if kept.lasts:
            return kept
    made = _self_signed()
    write_private(path, made.pem())
    return made


def _fits(path: Path, authority: _Pair, names: tuple[str, ...]) -> bool:
    try:
        kept = _read(path)
        kept.certificate.verify_directly_issued_by(authority.certificate)
        held = kept.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return kept.lasts and held == _alternative_names(names)


def _read(path: Path) -> _Pair:
    """Raises OSError, or ValueError for what is no key with its certificate."""
    content = path.read_bytes()
    key, certificate = load_pem_private_key(content, None), x509.load_pem_x509_certificate(content)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("the key is not the certificate's")
    return _Pair(key=key, certificate=certificate)


def _self_signed() -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own: two authorities of one name confuse those who trust both.
    subject = _name(f"MOSIP harness authority {secrets.token_hex(4)}")
    certificate = (
        _begun(subject, subject, key, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, SHA256())
    )
    return _Pair(key=key, certificate=certificate)


def _issued(authority: _Pair, names: tuple[str, ...]) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _begun(_name("MOSIP harness mocks"), authority.certificate.subject, key, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
        .add_extension(_alternative_names(names), critical=False)
        .sign(authority.key, SHA256())
    )
    return _Pair(key=key, certificate=certificate)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_LEEWAY)
        .not_valid_after(now - CLOCK_LEEWAY + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general(name) for name in names])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "opencrvs-mosip-harness"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
