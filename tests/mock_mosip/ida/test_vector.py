"""A request that the openssl command line has made (vector/make.py), byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

import contracts

VECTOR = Path(__file__).parent / "vector"


@pytest.fixture
def vector() -> dict[str, str]:
    found: dict[str, str] = json.loads((VECTOR / "request.json").read_text())
    return found


@pytest.fixture
def vector_ida(run_relying: Callable[..., Any], vector: dict[str, str]) -> Any:
    """A mock with the keys of the vector, whose stamps begin at its time."""
    party = run_relying(
        certificate_pem=(VECTOR / "ida.crt.pem").read_text(),
        key_pem=(VECTOR / "ida.key.pem").read_text(),
        partner_certificate_pem=(VECTOR / "partner.crt.pem").read_text(),
    )
    ahead = datetime.fromisoformat(vector["time"]) - datetime.now(UTC)
    party.mosip.admin.skew(f"{int(ahead.total_seconds())}s")
    party.person(uin="5260181591")
    return party


def send(party: Any, path: tuple[str, ...], body: str, signature: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": "Authorization", "Signature": signature}
    address = f"{party.mosip.url}/idauthentication/v1/auth/{'/'.join(path)}"
    answer: dict[str, Any] = requests.post(address, data=body.encode(), headers=headers, timeout=20).json()
    return answer


def test_a_request_made_by_openssl_is_opened_and_believed(vector_ida: Any, vector: dict[str, str]) -> None:
    path = (vector_ida.settings.misp_licence_key, "crvs-partner", vector_ida.settings.api_key)
    answer = send(vector_ida, path, vector["body"], vector["signature"])
    assert answer["errors"] is None
    assert answer["response"]["authStatus"] is True
    assert answer["transactionID"] == "9756447699"
    (entry,) = vector_ida.mosip.admin.wait_for("mosip.ida.authenticate")
    assert entry["view"] == json.loads(vector["content"])
    assert entry["violations"] == []


def test_one_bit_of_it_is_enough(vector_ida: Any, vector: dict[str, str]) -> None:
    path = (vector_ida.settings.misp_licence_key, "crvs-partner", vector_ida.settings.api_key)
    other = vector["body"].replace('"5260181591"', '"5260181590"')
    assert send(vector_ida, path, other, vector["signature"])["errors"][0]["errorCode"] == "IDA-MPA-001"


def test_the_vector_keeps_the_contract(vector: dict[str, str]) -> None:
    assert contracts.violations("mosip/ida-auth.request", json.loads(vector["body"])) == []
    assert contracts.violations("mosip/ida-auth.demographics", json.loads(vector["content"])) == []
