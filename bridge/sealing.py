"""Encryption at rest: AES-256-GCM with a key from a file, each value bound to its row and column."""

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class SealBrokenError(Exception):
    """A sealed value doesn't open: another key, another row, or altered bytes."""


class KeyFileError(Exception):
    """The key file can't be used; the message names the file and what is wrong with it."""


class Sealer:
    """Seals and opens values under one key.

    ``place`` says where the value lies (for instance ``"payload/<action id>"``); a value moved elsewhere
    in the store doesn't open.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def from_file(cls, path: Path) -> "Sealer":
        """Read 32 bytes in base64. Raises :class:`KeyFileError`."""
        try:
            key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
        except OSError as error:
            raise KeyFileError(f"{path}: {error.strerror}") from error
        except (binascii.Error, UnicodeDecodeError) as error:
            raise KeyFileError(f"{path}: is not base64") from error
        if len(key) != _KEY_BYTES:
            raise KeyFileError(f"{path}: must hold {_KEY_BYTES} bytes in base64, holds {len(key)}")
        return cls(key)

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
