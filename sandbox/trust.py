"""Whom to trust over TLS: the sandbox's own authority, and a bundle of all that count beside it."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.files import write_private

DEBIAN_BUNDLE: Final = "ca-certificates.crt"


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What a client of this sandbox must believe; both None where nothing but the usual is needed.

    authority: the certificate of the sandbox's own CA, where its mocks speak TLS
    bundle: that, the CA of a bridge, and the system's authorities, for programs that read one file only
    """

    authority: Path | None = None
    bundle: Path | None = None


USUAL: Final = Trust()


def write_bundle(path: Path, extra: Iterable[Path]) -> None:
    """Writes `extra` (files in PEM) and the system's authorities. Raises SandboxError for a file without."""
    parts = [*(_certificates(each) for each in extra), _system_roots(besides=path).read_bytes()]
    write_private(path, b"\n".join(parts))


def require_certificates(path: Path) -> None:
    """Raises SandboxError when the file holds no certificate in PEM."""
    _certificates(path)


def _certificates(path: Path) -> bytes:
    try:
        ssl.create_default_context(cafile=path)
        return path.read_bytes()
    except ssl.SSLError as error:
        raise SandboxError(f"{path} holds no certificate in PEM") from error
    except OSError as error:
        raise SandboxError(f"{path} can't be read: {error.strerror}") from error


def _system_roots(*, besides: Path) -> Path:
    """Where the system keeps its authorities in one file; else those that come with requests.

    besides: the bundle itself is none, though a shell that has read `env` names it as SSL_CERT_FILE.
    """
    known = ssl.get_default_verify_paths()
    candidates = [known.cafile, known.openssl_cafile, f"{known.openssl_capath}/{DEBIAN_BUNDLE}"]
    for each in map(Path, filter(None, candidates)):
        if each.is_file() and each.resolve() != besides.resolve():
            return each
    import certifi

    return Path(certifi.where())
