"""A violation says where and how, in words of the schema, and nothing of the message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import contracts

CANARY = "Adaeze 0711 canary"


def found(name: str, message: object) -> list[tuple[str, str]]:
    return [(violation.pointer, violation.message) for violation in contracts.violations(name, message)]


@pytest.mark.parametrize(
    ("name", "message", "expected"),
    [
        (
            "mosip/workflow-completed.event",
            {"instanceId": 5},
            [("", "lacks resultCode, workflowType"), ("/instanceId", 'must satisfy type: "string"')],
        ),
        (
            "opencrvs/event-register.input",
            {"eventId": "x", "transactionId": "t", "registrationNumber": "K3"},
            [
                ("", "has a member that the contract does not name"),
                ("/eventId", 'must satisfy format: "uuid"'),
            ],
        ),
        (
            "mosip/create-packet.response",
            {"responsetime": "2026-11-23T10:00:00.000Z", "response": "made", "errors": []},
            [("/response", "fits no alternative of anyOf")],
        ),
        (
            "mosip/workflow-instance.response",
            {
                "responsetime": "2026-11-23T10:00:00.000Z",
                "response": {"workflowInstanceId": 1},
                "errors": None,
            },
            [("/response/workflowInstanceId", 'must satisfy type: "string"')],
        ),
        ("opencrvs/event-get.input", None, [("", 'must satisfy type: "object"')]),
    ],
    ids=["missing", "unnamed-member", "no-alternative", "meant-alternative", "not-an-object"],
)
def test_words_are_those_of_the_schema(name: str, message: object, expected: list[tuple[str, str]]) -> None:
    assert found(name, message) == expected


def test_neither_or_both_certificate_numbers_are_told_apart() -> None:
    neither = contracts.example("bridge/registration.request", "valid-plain")
    del neither["requestFields"]["birthCertificateNumber"]
    assert found("bridge/registration.request", neither) == [
        ("/requestFields", "lacks birthCertificateNumber or deathCertificateNumber")
    ]
    both = contracts.example("bridge/registration.request", "valid-plain")
    both["requestFields"]["deathCertificateNumber"] = "D1"
    assert found("bridge/registration.request", both) == [
        ("/requestFields", "fits more than one alternative of oneOf")
    ]


def test_violations_come_in_the_order_of_the_document() -> None:
    message = {
        "query": {"type": "and", "clauses": [{} if index not in (2, 10) else 7 for index in range(12)]}
    }
    assert [pointer for pointer, _ in found("opencrvs/event-search.input", message)] == [
        "/query/clauses/2",
        "/query/clauses/10",
    ]


@pytest.mark.parametrize("name", contracts.names())
def test_no_value_of_the_message_shows(name: str, with_every_leaf: Callable[[Any, Any], list[Any]]) -> None:
    for example in contracts.examples(name):
        for message in with_every_leaf(example.message, {CANARY: [CANARY]}):
            assert CANARY not in repr(contracts.violations(name, message))
        for message in with_every_leaf(example.message, CANARY):
            assert CANARY not in repr(contracts.violations(name, message))


def test_a_member_with_a_telling_name_is_starred() -> None:
    message = contracts.example("mosip/create-packet.request")
    message["request"]["fields"] = {CANARY: [], "full.name": []}
    assert [pointer for pointer, _ in found("mosip/create-packet.request", message)] == [
        "/request/fields/*",
        "/request/fields/full.name",
    ]


def test_text_no_encoder_takes_is_judged_all_the_same() -> None:
    message = contracts.example("opencrvs/register-reject.input")
    assert found("opencrvs/register-reject.input", {**message, "transactionId": "\ud800"}) == []
    assert found("opencrvs/register-reject.input", {**message, "eventId": "\ud800"}) == [
        ("/eventId", 'must satisfy format: "uuid"')
    ]


def test_great_depth_does_not_bring_the_judge_down() -> None:
    deep: Any = 1
    for _ in range(3000):
        deep = [deep]
    message = {**contracts.example("opencrvs/event-declare.input"), "declaration": {"deep": deep}}
    assert found("opencrvs/event-declare.input", message) == []
