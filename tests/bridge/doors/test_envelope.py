"""Envelopes of MOSIP's key manager, opened; the vector is made by the openssl command and by hand."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.mosip.credentials import DoubtfulCredentialError, PartnerKey
from bridge.settings import Settings, SettingsError

PLAIN = '{"credentialSubject":{"VID":"7058649208312401"},"name":"Amara عمارة"}'.encode()


@pytest.fixture
def key(make_settings: Callable[..., Settings]) -> PartnerKey:
    """Our key, from its PKCS#12 file."""
    return PartnerKey.of(make_settings())


def url_safe(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def ghash(subkey: int, data: bytes) -> int:
    """GHASH of NIST SP 800-38D over whole blocks."""
    digest = 0
    for at in range(0, len(data), 16):
        x, v = digest ^ int.from_bytes(data[at : at + 16], "big"), subkey
        digest = 0
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                digest ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
    return digest


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def test_known_answer_of_openssl(
    key: PartnerKey, partner: Any, openssl: Callable[..., bytes], tmp_path: Path
) -> None:
    public = tmp_path / "partner.pem"
    public.write_text(partner.public_pem)
    session_key, aad = bytes(range(32)), bytes(range(100, 132))
    nonce = aad[:12]

    def aes(mode: str, given: bytes, *iv: str) -> bytes:
        return openssl("enc", f"-aes-256-{mode}", "-K", session_key.hex(), *iv, "-nopad", given=given)

    wrapped = openssl(
        "pkeyutl", "-encrypt", "-pubin", "-inkey", public, "-pkeyopt", "rsa_padding_mode:oaep",
        "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256",
        given=session_key,
    )  # fmt: skip
    cipher = aes("ctr", PLAIN, "-iv", (nonce + b"\0\0\0\2").hex())
    lengths = (len(aad) * 8).to_bytes(8, "big") + (len(cipher) * 8).to_bytes(8, "big")
    subkey = int.from_bytes(aes("ecb", bytes(16)), "big")
    mask = int.from_bytes(aes("ecb", nonce + b"\0\0\0\1"), "big")
    tag = (ghash(subkey, padded(aad) + padded(cipher) + lengths) ^ mask).to_bytes(16, "big")
    der = openssl("x509", "-outform", "DER", given=pem_of(partner))
    thumbprint = bytes.fromhex(openssl("dgst", "-sha256", "-r", given=der).split()[0].decode())

    sealed = b"VER_R2" + thumbprint + wrapped + b"#KEY_SPLITTER#" + aad + cipher + tag
    assert sealed.index(b"#KEY_SPLITTER#") == 294
    assert key.open(url_safe(sealed)) == PLAIN


def pem_of(partner: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    pem: bytes = partner.certificate.public_bytes(Encoding.PEM)
    return pem


def test_both_alphabets_padded_or_not(key: PartnerKey, seal: Callable[..., bytes]) -> None:
    for length in range(3):
        sealed = seal(PLAIN + b" " * length)
        for text in (
            url_safe(sealed),
            base64.b64encode(sealed).decode(),
            base64.urlsafe_b64encode(sealed).decode(),
            base64.b64encode(sealed).rstrip(b"=").decode(),
        ):
            assert key.open(text) == PLAIN + b" " * length


def test_no_thumbprint(key: PartnerKey, seal: Callable[..., bytes]) -> None:
    assert key.open(url_safe(seal(PLAIN, thumbprint=bytes(32)))) == PLAIN


def test_the_splitter_may_occur_in_random_bytes(key: PartnerKey, seal: Callable[..., bytes]) -> None:
    aad = os.urandom(9) + b"#KEY_SPLITTER#" + os.urandom(9)
    assert key.open(url_safe(seal(PLAIN, aad=aad))) == PLAIN


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda sealed: sealed[:40],
        lambda sealed: sealed[:340],
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:-17],
        lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
        lambda sealed: b"VER_R1" + sealed[6:],
        lambda sealed: sealed[6:],
        lambda sealed: sealed.replace(b"#KEY_SPLITTER#", b"#KEY-SPLITTER#"),
        lambda sealed: sealed[:50] + bytes(20) + sealed[70:],
        lambda sealed: sealed[:310] + b"\0" + sealed[311:],
        lambda sealed: sealed[:6] + b"\1" * 32 + sealed[38:],
    ],
)
def test_spoilt_envelopes(
    key: PartnerKey, seal: Callable[..., bytes], spoil: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(DoubtfulCredentialError) as doubted:
        key.open(url_safe(spoil(seal(PLAIN))))
    assert doubted.value.doubt == "undecryptable"


def test_sealed_to_somebody_else(key: PartnerKey, seal: Callable[..., bytes], other_key: Any) -> None:
    for thumbprint in (None, other_key.certificate.fingerprint(SHA256())):
        sealed = seal(PLAIN, thumbprint=thumbprint, key=other_key.private.public_key())
        with pytest.raises(DoubtfulCredentialError):
            key.open(url_safe(sealed))


@pytest.mark.parametrize("text", ["", "!", "a b", "é", "AAAA\n"])
def test_no_base64(key: PartnerKey, text: str) -> None:
    with pytest.raises(DoubtfulCredentialError):
        key.open(text)


def test_a_keystore_that_cannot_be_opened(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    empty = tmp_path / "empty.p12"
    empty.write_bytes(b"")
    for given in (
        {"decrypt_p12_file_path": tmp_path / "absent.p12"},
        {"decrypt_p12_file_path": empty},
        {"decrypt_p12_file_password": "not-this-one"},
    ):
        with pytest.raises(SettingsError, match=r"^DECRYPT_P12_FILE_PATH: ") as refused:
            PartnerKey.of(make_settings(**given))
        assert "not-this-one" not in str(refused.value)
