"""Makes the vector beside this file: a request to IDA as another implementation writes it.

Keys, certificates, OAEP, the signature and each AES block come from the openssl command line; only the modes
that it has no command for (GCM with a nonce of 16 bytes: NIST SP 800-38D) are written out here. Run it by
hand (``python make.py``) and it makes everything anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
REDUCTION = 0xE1 << 120
TIME = "2030-01-01T10:00:00.000Z"  # later than the certificates, which begin when they are made
NONCES = (
    bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
    bytes.fromhex("00112233445566778899aabbccddeeff"),
)
SESSION_KEY = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
CONTENT = (
    '{"biometrics":[],"demographics":{"dob":"1990/01/31","name":[{"language":"eng","value":"Ana Doe"}],'
    f'"gender":[{{"language":"eng","value":"Female"}}]}},"otp":"","timestamp":"{TIME}"}}'
).encode()


def openssl(*arguments: str, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def blocks(plain: bytes) -> bytes:
    """AES-256 of whole blocks, each by itself."""
    return openssl("enc", "-aes-256-ecb", "-nopad", "-K", SESSION_KEY.hex(), data=plain)


def times(x: int, y: int) -> int:
    """Multiplication in GF(2^128), bits in the order of GCM."""
    product = 0
    for place in range(127, -1, -1):
        if x >> place & 1:
            product ^= y
        y = y >> 1 ^ (REDUCTION if y & 1 else 0)
    return product


def ghash(subkey: int, data: bytes) -> bytes:
    total = 0
    for place in range(0, len(data), 16):
        total = times(total ^ int.from_bytes(data[place : place + 16], "big"), subkey)
    return total.to_bytes(16, "big")


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def seal(plain: bytes, nonce: bytes) -> bytes:
    """Ciphertext, tag, nonce."""
    subkey = int.from_bytes(blocks(bytes(16)), "big")
    first = ghash(subkey, padded(nonce) + bytes(8) + (8 * len(nonce)).to_bytes(8, "big"))
    head, counter = first[:12], int.from_bytes(first[12:], "big")
    count = len(padded(plain)) // 16
    counters = [head + ((counter + n) % 2**32).to_bytes(4, "big") for n in range(count + 1)]
    stream = blocks(b"".join(counters))
    cipher = bytes(a ^ b for a, b in zip(plain, stream[16:], strict=False))
    digest = ghash(subkey, padded(cipher) + bytes(8) + (8 * len(cipher)).to_bytes(8, "big"))
    return cipher + bytes(a ^ b for a, b in zip(digest, stream[:16], strict=True)) + nonce


def b64url(data: bytes, *, pad: bool) -> str:
    text = base64.urlsafe_b64encode(data).decode()
    return text if pad else text.rstrip("=")


def certificate(name: str) -> str:
    key, path = str(HERE / f"{name}.key.pem"), str(HERE / f"{name}.crt.pem")
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    openssl("req", "-x509", "-new", "-key", key, "-subj", f"/CN={name}", "-days", "18000", "-out", path)
    return path


def main() -> None:
    ida, partner = certificate("ida"), certificate("partner")
    wrapped = openssl(
        "pkeyutl",
        "-encrypt",
        "-certin",
        "-inkey",
        ida,
        "-pkeyopt",
        "rsa_padding_mode:oaep",
        "-pkeyopt",
        "rsa_oaep_md:sha256",
        "-pkeyopt",
        "rsa_mgf1_md:sha256",
        data=SESSION_KEY,
    )
    digest = hashlib.sha256(CONTENT).hexdigest().upper().encode()
    ida_der = openssl("x509", "-in", ida, "-outform", "DER")
    body = {
        "id": "mosip.identity.auth",
        "version": "1.0",
        "individualId": "5260181591",
        "individualIdType": "UIN",
        "transactionID": "9756447699",
        "requestTime": TIME,
        "specVersion": "1.0",
        "thumbprint": b64url(hashlib.sha256(ida_der).digest(), pad=True),
        "domainUri": "https://api-internal.mosip.example",
        "env": "Staging",
        "requestedAuth": {"demo": False, "pin": False, "otp": False, "bio": False},
        "consentObtained": True,
        "request": b64url(seal(CONTENT, NONCES[0]), pad=True),
        "requestSessionKey": b64url(wrapped, pad=False),
        "requestHMAC": b64url(seal(digest, NONCES[1]), pad=True),
    }
    text = json.dumps(body, separators=(",", ":"))
    pem = Path(partner).read_text().replace("\n", "\r\n").encode()
    header = b64url(json.dumps({"alg": "RS256", "x5c": [b64url(pem, pad=False)]}).encode(), pad=False)
    signed = f"{header}.{b64url(text.encode(), pad=False)}".encode()
    raw = openssl("dgst", "-sha256", "-sign", str(HERE / "partner.key.pem"), data=signed)
    vector = {
        "time": TIME,
        "content": CONTENT.decode(),
        "body": text,
        "signature": f"{header}..{b64url(raw, pad=False)}",
    }
    (HERE / "request.json").write_text(json.dumps(vector, indent=1) + "\n")
    (HERE / "partner.key.pem").unlink()


if __name__ == "__main__":
    main()
