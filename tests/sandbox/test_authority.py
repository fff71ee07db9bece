"""The sandbox's own authority: its certificates are believed by whoever trusts it, and by nobody else."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from sandbox.authority import TlsFiles, ensure_certificate
from sandbox.errors import SandboxError
from sandbox.trust import write_bundle

HOST = "harness.example"


def believed(server: Path, *, trusts: Path, host: str) -> bool:
    """Whether a client that trusts these authorities completes a handshake with a server of that name."""
    client_context = ssl.create_default_context(cafile=trusts)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT  # what Python 3.13 does by itself
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.load_cert_chain(server)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=host)
    answering = server_context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, answering):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return client.version() is not None and client.getpeercert() is not None


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return ensure_certificate(tmp_path, HOST)


@pytest.mark.parametrize("host", [HOST, "localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_authority_believes_the_mocks(files: TlsFiles, host: str) -> None:
    assert believed(files.server, trusts=files.certificate, host=host)


def test_an_address_is_believed_as_one(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path, "192.0.2.7")
    assert believed(files.server, trusts=files.certificate, host="192.0.2.7")
    assert not believed(files.server, trusts=files.certificate, host="192.0.2.8")


def test_under_another_name_nobody_believes_them(files: TlsFiles) -> None:
    assert not believed(files.server, trusts=files.certificate, host="elsewhere.example")


def test_who_trusts_another_authority_does_not(files: TlsFiles, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = ensure_certificate(tmp_path / "other", HOST)
    assert not believed(files.server, trusts=other.certificate, host=HOST)


def test_the_bundle_has_ours_and_the_systems(files: TlsFiles, tmp_path: Path) -> None:
    bundle = tmp_path / "trust.pem"
    write_bundle(bundle, [files.certificate])
    assert believed(files.server, trusts=bundle, host=HOST)
    held = ssl.create_default_context(cafile=bundle)
    system = ssl.create_default_context()
    system.load_verify_locations(cafile=ssl.get_default_verify_paths().cafile or certifi.where())
    assert held.cert_store_stats()["x509_ca"] == system.cert_store_stats()["x509_ca"] + 1


def test_a_bundle_that_the_shell_names_is_not_put_into_itself(
    files: TlsFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "trust.pem"
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    write_bundle(bundle, [files.certificate])
    before = bundle.read_bytes()
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    write_bundle(bundle, [files.certificate])
    assert bundle.read_bytes().count(files.certificate.read_bytes()) == 1
    assert len(bundle.read_bytes()) <= 2 * len(before)


@pytest.mark.parametrize("content", [b"", b"no certificate"])
def test_a_bundle_of_nothing_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(SandboxError, match=r"ca\.pem holds no certificate in PEM"):
        write_bundle(tmp_path / "trust.pem", [tmp_path / "ca.pem"])


def test_what_the_keys_may_be_used_for(files: TlsFiles) -> None:
    ca, server = certificate(files.certificate), certificate(files.server)
    usage = ca.extensions.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.digital_signature) == (True, True, False)
    limits = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (limits.critical, limits.value.ca, limits.value.path_length) == (True, True, 0)
    usage = server.extensions.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.digital_signature) == (True, False, True)
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = server.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=398)


def test_they_are_private_and_the_authoritys_key_is_not_given_away(files: TlsFiles) -> None:
    for path in (files.authority, files.certificate, files.server):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" not in files.certificate.read_bytes()
    key = load_pem_private_key(files.authority.read_bytes(), None)
    assert key.public_key() == certificate(files.certificate).public_key()
    assert key.public_key() != certificate(files.server).public_key()


def test_they_are_made_once(files: TlsFiles, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert ensure_certificate(tmp_path, HOST) == files
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_another_host_gets_another_certificate_of_the_same_authority(files: TlsFiles, tmp_path: Path) -> None:
    trusted = files.certificate.read_bytes()
    ensure_certificate(tmp_path, "other.example")
    assert files.certificate.read_bytes() == trusted
    assert believed(files.server, trusts=files.certificate, host="other.example")
    assert not believed(files.server, trusts=files.certificate, host=HOST)


@pytest.mark.parametrize(("days", "server_stays", "authority_stays"), [
    (300, True, True),
    (370, False, True),
    (3600, False, True),
    (3625, False, False),
])  # fmt: skip
def test_what_runs_out_is_made_anew(
    files: TlsFiles, tmp_path: Path, days: int, server_stays: bool, authority_stays: bool
) -> None:
    server, authority = files.server.read_bytes(), files.authority.read_bytes()
    later = datetime.now(UTC) + timedelta(days=days)
    with time_machine.travel(later):
        ensure_certificate(tmp_path, HOST)
    assert (files.server.read_bytes() == server, files.authority.read_bytes() == authority) == (
        server_stays,
        authority_stays,
    )
    assert certificate(files.server).not_valid_after_utc > later + timedelta(days=30)
    issuer = certificate(files.certificate)
    certificate(files.server).verify_directly_issued_by(issuer)
    assert issuer.public_key() == certificate(files.authority).public_key()


def test_a_broken_certificate_is_made_anew(files: TlsFiles, tmp_path: Path) -> None:
    files.server.write_bytes(b"half of")
    ensure_certificate(tmp_path, HOST)
    assert believed(files.server, trusts=files.certificate, host=HOST)


@pytest.mark.parametrize("broken", ["half", "other-key"])
def test_a_broken_authority_is_not_replaced_in_silence(files: TlsFiles, tmp_path: Path, broken: str) -> None:
    if broken == "half":
        files.authority.write_bytes(files.authority.read_bytes()[:100])
    else:
        key, begin, _ = files.server.read_text().partition("-----BEGIN CERTIFICATE-----")
        assert begin
        files.authority.write_text(key + files.certificate.read_text())
    with pytest.raises(SandboxError, match=r"authority\.pem can't be read .* Remove it"):
        ensure_certificate(tmp_path, HOST)
