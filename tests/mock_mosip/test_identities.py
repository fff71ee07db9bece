"""What the ID repository finds by name, handle and number, also after a change and a reset."""

from __future__ import annotations

from typing import Any

import pytest

from mock_control import Reset
from mock_mosip.id_repository.state import DEACTIVATED, Identities, Identity, demographics

ANA = demographics("Ana Doe", "2026-04-28", "Female")


def identity(uin: str, **more: Any) -> Identity:
    told = {"name": "Ana Doe", "born": "2026-04-28", "gender": "female", **more}
    return Identity(uin=uin, vid=f"{uin}000000", rid=f"R{uin}", **told)


@pytest.fixture
def identities() -> Identities:
    return Identities()


def test_a_double_is_found_by_folded_name_date_and_gender(identities: Identities) -> None:
    identities.put(identity("1", name="  ANA\tdoe "))

    assert identities.active_with(ANA)
    assert not identities.active_with(demographics("Ana Roe", "2026-04-28", "Female"))
    assert not identities.active_with(demographics("Ana Doe", "2026-04-29", "Female"))
    assert not identities.active_with(demographics("Ana Doe", "2026-04-28", None))


def test_who_has_changed_is_found_as_they_are_now(identities: Identities) -> None:
    ana = identity("1")
    identities.put(ana)
    ana.name = "Anna Doe"
    identities.put(ana)

    assert not identities.active_with(ANA)
    assert identities.active_with(demographics("Anna Doe", "2026-04-28", "Female"))


def test_of_two_alike_the_active_one_counts(identities: Identities) -> None:
    first, second = identity("1"), identity("2")
    identities.put(first)
    identities.put(second)
    first.status = DEACTIVATED
    assert identities.active_with(ANA)
    second.status = DEACTIVATED
    assert not identities.active_with(ANA)


def test_a_handle_is_somebodys_from_the_draft_on(identities: Identities) -> None:
    handles = frozenset({"c-1@birthCertificateNumber"})
    identities.draft("R1", identity("1", handles=handles))

    assert identities.with_handle(handles, but="R2")
    assert not identities.with_handle(handles, but="R1"), "a draft is not in its own way"
    assert identities.is_taken("1")
    assert identities.is_taken("1000000")

    identities.draft("R1", identity("5"))
    assert not identities.with_handle(handles, but="R2"), "another draft took its place"
    assert not identities.is_taken("1")

    identities.put(identity("1", handles=handles))
    assert identities.with_handle(handles, but="R1")


def test_a_reset_leaves_nothing_that_could_be_found(identities: Identities) -> None:
    handles = frozenset({"c-1@birthCertificateNumber"})
    identities.put(identity("1", handles=handles, owner="a#1/birth.registration"))
    identities.draft("R3", identity("3", handles=handles, owner="a#1/birth.registration"))
    identities.put(identity("2", owner="b#1/birth.registration", name="Ben Doe"))

    identities.forget(Reset(scenario="a#1", owners=(), epoch=1))

    assert not identities.active_with(ANA)
    assert not identities.with_handle(handles, but="")
    assert not any(map(identities.is_taken, ("1", "1000000", "3", "3000000")))
    assert [each.uin for each in identities.all()] == ["2"]
    assert identities.take_draft("R3") is None
