"""What the ciphers and signatures of MOSIP cost, with RSA keys of 2048 bits."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import rfc8785
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from load.bench.floor.timing import each

EVENT_BYTES, QUESTION_BYTES = 3000, 300


def measure_crypto() -> Mapping[str, float]:
    """Milliseconds by part."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key()
    oaep = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
    pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
    credential = {"id": "x" * 60, "issuer": "x" * 40, "issuanceDate": "x" * 24}
    subject = {f"claim{number}": "x" * 20 for number in range(8)}

    def canonicalise() -> bytes:
        return rfc8785.dumps({**credential, "credentialSubject": {**subject}})

    canonical = canonicalise()
    signature, wrapped = key.sign(canonical, pss, SHA256()), public.encrypt(bytes(32), oaep)
    cipher, event, question = AESGCM(bytes(32)), b"x" * EVENT_BYTES, b"x" * QUESTION_BYTES
    sealed = cipher.encrypt(bytes(12), event, b"")
    return {
        "HMAC": each(lambda: hmac.new(b"secret", event, hashlib.sha256).hexdigest()),
        "OAEP encrypted": each(lambda: public.encrypt(bytes(32), oaep)),
        "OAEP decrypted": each(lambda: key.decrypt(wrapped, oaep)),
        "AES-GCM encrypted": each(lambda: AESGCM(bytes(32)).encrypt(bytes(16), question, b"")),
        "AES-GCM decrypted": each(lambda: cipher.decrypt(bytes(12), sealed, b"")),
        "canonical form (JCS)": each(canonicalise),
        "RS256 signed": each(lambda: key.sign(canonical, padding.PKCS1v15(), SHA256())),
        "PS256 verified": each(lambda: public.verify(signature, canonical, pss, SHA256())),
    }
