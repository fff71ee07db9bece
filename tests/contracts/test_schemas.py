"""Every schema says what it is, where it is known from, and keeps to what both validators read alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

import contracts

Values = Callable[[Any, str], list[Any]]

EXPECTED = {
    "mosip": "authenticate.request authenticate.response access-token.claims create-packet.request "
    "create-packet.response workflow-instance.request workflow-instance.response registration-status.request "
    "registration-status.response websub-hub.request websub-verification.request credential-issued.event "
    "credential.vc workflow-completed.event identity error ida-auth.request ida-auth.demographics "
    "ida-auth.response",
    "esignet": "discovery.response jwks.response token.request token.response client-assertion.claims "
    "id-token.claims userinfo.claims error",
    "opencrvs": "token.response action-token.claims user-token.claims event-document event-create.input "
    "event-get.input event-search.input event-search.response event-declare.input event-register.input "
    "register-accept.input register-reject.input trpc-error hook.request hook-register.response "
    "hook-action.response",
    "bridge": "registration.request registration.response problem websub-acknowledgement.response "
    "health.response ready.response deliveries.response reconcile.response quarantine.response "
    "verify.request verify.response user-info.request user-info.response",
}
EVERY = pytest.mark.parametrize("name", contracts.names())


def test_the_road_has_all_its_contracts() -> None:
    wanted = {f"{party}/{message}" for party, messages in EXPECTED.items() for message in messages.split()}
    assert wanted <= set(contracts.names())


@EVERY
def test_a_contract_says_what_it_is(name: str) -> None:
    contract = contracts.contract(name)
    assert contract.schema["$id"] == f"https://opencrvs-mosip-harness.example/contracts/{name}"
    assert contract.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert contract.title
    assert contract.schema["description"]
    assert contract.source
    assert contract.grade in {"observed", "ran", "read", "inferred"}


@EVERY
def test_a_contract_is_a_valid_schema_for_both_validators(name: str) -> None:
    Draft202012Validator.check_schema(contracts.contract(name).schema)
    jsonschema_rs.meta.validate(contracts.contract(name).schema)
    contracts.fast_validator(name)


@EVERY
def test_a_contract_keeps_to_the_common_subset(name: str, keyword_values: Values) -> None:
    schema = contracts.contract(name).schema
    for pattern in keyword_values(schema, "pattern"):
        assert isinstance(pattern, str)
        assert "\\" not in pattern, "escapes such as \\d mean different characters to each"
        assert "(?" not in pattern, "groups of this kind are not known to both"
        assert not re.search(r"\$(?![|)]|$)", pattern), "$ stands for the end only"
        re.compile(pattern)
    assert not keyword_values(schema, "patternProperties")
    assert not keyword_values(schema, "multipleOf")
    assert {each for each in keyword_values(schema, "format") if isinstance(each, str)} <= {
        "date-time",
        "uuid",
    }


@EVERY
def test_references_lead_to_something(name: str, keyword_values: Values) -> None:
    schema = contracts.contract(name).schema
    ids = {contracts.contract(each).schema["$id"] for each in contracts.names()}
    for reference in keyword_values(schema, "$ref"):
        if reference.startswith("#/$defs/"):
            assert reference.removeprefix("#/$defs/") in schema["$defs"]
        else:
            assert reference in ids


@EVERY
def test_required_members_are_described(name: str) -> None:
    """A slip of the pen in `required` would make every message invalid, or none."""

    def check(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("required"), list) and isinstance(node.get("properties"), dict):
                missing = set(node["required"]) - set(node["properties"])
                assert not missing
            for inner in node.values():
                check(inner)
        elif isinstance(node, list):
            for inner in node:
                check(inner)

    check(contracts.contract(name).schema)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(contracts.UnknownContractError, match=r"mosip/create-packet\.request"):
        contracts.contract("mosip/create_packet.request")
    for ask in (contracts.validator, contracts.fast_validator, contracts.examples, contracts.example):
        with pytest.raises(contracts.UnknownContractError, match=r"no contract named 'nothing'\.$"):
            ask("nothing")


def test_a_validator_is_made_once() -> None:
    assert contracts.validator("mosip/error") is contracts.validator("mosip/error")
    assert contracts.fast_validator("mosip/error") is contracts.fast_validator("mosip/error")
