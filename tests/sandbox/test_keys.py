"""Keys and secrets: made once, private, and fitting each other."""

from __future__ import annotations

import base64
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from sandbox.errors import SandboxError
from sandbox.keys import Keys, ensure_keys


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return ensure_keys(tmp_path_factory.mktemp("state"))


def test_certificate_and_pkcs12_belong_to_the_partner_key(keys):
    key = load_pem_private_key(keys.partner_key.read_bytes(), password=None)
    certificate = x509.load_pem_x509_certificate(keys.partner_certificate.read_bytes())
    inside = pkcs12.load_pkcs12(keys.partner_p12.read_bytes(), keys.secrets().p12_password.encode())
    assert key.key_size == 2048
    assert certificate.public_key() == key.public_key()
    assert inside.key.private_numbers() == key.private_numbers()
    assert inside.cert.certificate == certificate
    assert "opencrvs-partner" in certificate.subject.rfc4514_string()


def test_every_key_is_another(keys):
    numbers = {
        load_pem_private_key(path.read_bytes(), password=None).private_numbers().d
        for path in (keys.mosip_token_key, keys.mosip_signing_key, keys.opencrvs_token_key, keys.partner_key)
    }
    assert len(numbers) == 4


def test_store_key_and_operator_token(keys):
    assert len(base64.b64decode(keys.bridge_store_key.read_bytes(), validate=True)) == 32
    assert keys.bridge_operator_token.read_text() == keys.secrets().operator_token


def test_they_are_made_once(keys):
    before = {name: path.read_bytes() for name, path in keys.paths().items()}
    again = ensure_keys(keys.partner_key.parent.parent)
    assert {name: path.read_bytes() for name, path in again.paths().items()} == before


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_nobody_else_may_read_them(tmp_path, umask):
    old = os.umask(umask)
    try:
        keys = ensure_keys(tmp_path)
    finally:
        os.umask(old)
    modes = {name: stat.S_IMODE(path.stat().st_mode) for name, path in keys.paths().items()}
    assert modes == dict.fromkeys(modes, 0o600)
    assert stat.S_IMODE(keys.partner_key.parent.stat().st_mode) == 0o700


def test_starts_at_once_agree(tmp_path):
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(ensure_keys(tmp_path).secrets().admin_token))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 3
    assert len(set(made)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("{}")])
def test_what_is_damaged_is_named(tmp_path, damage):
    keys = ensure_keys(tmp_path)
    damage(keys.secrets_file)
    with pytest.raises(SandboxError, match=r"secrets\.json.*Remove the folder"):
        ensure_keys(tmp_path).secrets()
