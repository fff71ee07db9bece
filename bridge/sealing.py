"""Encryption at rest: AES-256-GCM each value bound to its row and column."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """A sealed value doesn't open: another key, another row, or altered bytes."""


class Sealer:
    """Seals and opens values under one key of 32 bytes.

    ``place`` says where the value lies (for instance ``"payload/<action id>"``); a value moved elsewhere
    in the store doesn't open.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, value: bytes, *, place: str) -> bytes:
        """Version byte, nonce, ciphertext with tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, value, place.encode())

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Raises :class:`SealBrokenError`."""
        head = len(_VERSION) + _NONCE_BYTES
        if not sealed.startswith(_VERSION) or len(sealed) <= head:
            raise SealBrokenError(f"what lies in {place.partition('/')[0]} was not sealed by this version")
        try:
            return self._cipher.decrypt(sealed[len(_VERSION) : head], sealed[head:], place.encode())
        except InvalidTag as error:
            raise SealBrokenError(
                f"what lies in {place.partition('/')[0]} doesn't open with this key"
            ) from error
