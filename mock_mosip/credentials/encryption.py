"""Encrypts a credential to the partner. (mosip/keymanager: CryptomanagerServiceImpl.java)"""

from __future__ import annotations

import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mock_mosip.crypto import b64url

VERSION = b"VER_R2"
SPLITTER = b"#KEY_SPLITTER#"
AAD_LENGTH = 32
NONCE_LENGTH = 12  # the first bytes of the AAD
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


class Encryptor:
    """Encrypts to the certificate of one partner (RSA)."""

    def __init__(self, certificate_pem: str) -> None:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise TypeError("the partner's certificate must hold an RSA key")
        self._key = key
        self._thumbprint = certificate.fingerprint(hashes.SHA256())

    def encrypt(self, plain: bytes, *, to_a_stranger: bool = False) -> str:
        """Base64url of version, thumbprint, wrapped key, splitter, AAD, ciphertext and tag.

        ``to_a_stranger``: the thumbprint is that of no certificate.
        """
        thumbprint = os.urandom(len(self._thumbprint)) if to_a_stranger else self._thumbprint
        session_key, aad = AESGCM.generate_key(256), os.urandom(AAD_LENGTH)
        wrapped = self._key.encrypt(session_key, _OAEP)
        sealed = AESGCM(session_key).encrypt(aad[:NONCE_LENGTH], plain, aad)
        return b64url(VERSION + thumbprint + wrapped + SPLITTER + aad + sealed)
