"""Each example keeps its contract, or breaks it just where it says; both validators agree on all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import contracts

ALL = [example for name in contracts.names() for example in contracts.examples(name)]
EVERY = pytest.mark.parametrize("example", ALL, ids=lambda example: f"{example.contract}/{example.name}")
ODD_VALUES = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "x\n",
    "2026-11-23T10:00:00.000Z\n",
    "2026-02-30T10:00:00.000Z",
    [],
    {},
    [[]],
]


@pytest.mark.parametrize("name", contracts.names())
def test_a_contract_has_a_valid_and_an_invalid_example(name: str) -> None:
    examples = contracts.examples(name)
    assert [each for each in examples if each.breaks is None]
    assert [each for each in examples if each.breaks is not None]


@EVERY
def test_an_example_breaks_its_contract_where_it_says(example: contracts.Example) -> None:
    pointers = [violation.pointer for violation in contracts.violations(example.contract, example.message)]
    assert pointers == ([] if example.breaks is None else [example.breaks])


@EVERY
def test_both_validators_agree(example: contracts.Example) -> None:
    valid = contracts.validator(example.contract).is_valid(example.message)
    assert contracts.fast_validator(example.contract).is_valid(example.message) == valid
    assert valid == (example.breaks is None)


@pytest.mark.parametrize("name", contracts.names())
def test_both_validators_agree_on_odd_values_in_every_place(
    name: str, with_every_leaf: Callable[[Any, Any], list[Any]]
) -> None:
    slow, fast = contracts.validator(name), contracts.fast_validator(name)
    for odd in ODD_VALUES:
        for message in with_every_leaf(contracts.example(name), odd):
            assert slow.is_valid(message) == fast.is_valid(message), (odd, message)


def test_an_example_is_asked_for_by_name() -> None:
    assert contracts.example("mosip/create-packet.request")["request"]["process"] == "CRVS_NEW"
    assert (
        contracts.example("mosip/create-packet.request", "valid-death")["request"]["process"] == "CRVS_DEATH"
    )
    with pytest.raises(LookupError, match=r"has no example 'valid-marriage', only .*valid-death"):
        contracts.example("mosip/create-packet.request", "valid-marriage")


def test_an_example_may_be_changed_without_changing_the_next() -> None:
    contracts.example("opencrvs/register-accept.input")["declaration"].clear()
    assert contracts.example("opencrvs/register-accept.input")["declaration"]
