"""What reading a token, a registration and a question costs, and putting a packet together."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

import jsonschema_rs
import orjson
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

import contracts
from load.bench.floor.timing import each
from load.prepare import Prepared

QUESTION = "bridge/verify.request"


def measure_messages(sample: Prepared) -> Mapping[str, float]:
    """Milliseconds by part; the tokens of the sample are as OpenCRVS makes them, under a key of our own."""
    registration, id_schema = orjson.loads(sample.body), orjson.dumps("x" * 10_000)
    return {
        "RS256 verified": each(_verifying(sample.token)),
        "registration parsed and validated": each(
            _reading("bridge/registration.request", sample.body.encode())
        ),
        "question parsed and validated": each(_reading(QUESTION, orjson.dumps(contracts.example(QUESTION)))),
        "packet spliced": each(lambda: b'%b,"schemaJson":%b}' % (orjson.dumps(registration)[:-1], id_schema)),
    }


def _verifying(token: str) -> Callable[[], None]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public, (head, claims, _) = key.public_key(), token.split(".")
    signed = f"{head}.{claims}".encode()
    signature = key.sign(signed, padding.PKCS1v15(), SHA256())

    def verify() -> None:
        public.verify(signature, signed, padding.PKCS1v15(), SHA256())
        orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))

    return verify


def _reading(contract: str, raw: bytes) -> Callable[[], None]:
    schema = contracts.contract(contract).schema
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    def read() -> None:
        if not validator.is_valid(orjson.loads(raw)):
            raise ValueError(f"the sample breaks {contract}")

    return read
