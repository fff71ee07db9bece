"""People and ids are drawn, not invented: the same seed gives the same ones."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from conformance.people import complaint, make_people
from conformance.records import draw_record

DAY = date(2026, 5, 4)
SPECS = {"child": "newborn", "mother": {"adult": {"sex": "female"}, "at": {"id_repository": "active"}}}


def test_same_seed_same_people() -> None:
    assert make_people(SPECS, seed="0/x", today=DAY) == make_people(SPECS, seed="0/x", today=DAY)
    assert make_people(SPECS, seed="0/x", today=DAY) != make_people(SPECS, seed="1/x", today=DAY)


def test_one_more_person_changes_no_other() -> None:
    more = make_people({"father": "adult", **SPECS}, seed="0/x", today=DAY)
    assert make_people(SPECS, seed="0/x", today=DAY) == {name: more[name] for name in SPECS}


def test_people_fit_the_forms() -> None:
    # fullName 3 to 50 characters, phone ^0(7|9)[0-9]{8}$ (opencrvs-farajaland), plain letters.
    for seed in range(40):
        for person in make_people(SPECS, seed=str(seed), today=DAY).values():
            assert 3 <= len(person.full_name) <= 50
            assert len(person.phone) == 10
            assert person.phone.startswith("07")
            assert person.email.endswith("@example.org")


def test_ages_and_family() -> None:
    people = make_people(SPECS, seed="0/x", today=DAY)
    assert 2 <= (DAY - people["child"].born).days <= 60
    assert people["mother"].sex == "female"
    assert people["mother"].at == {"id_repository": "active"}
    assert people["child"].last_name == people["mother"].last_name


def test_nobody_is_called_as_something_else_in_a_log() -> None:
    # Names of the list of en_GB that are months, units, or what programs say of themselves.
    words = {"June", "May", "Mark", "Grant", "Page", "Field", "Max", "Long", "Day", "Grace", "Read", "Walker"}
    for seed in range(300):
        people = make_people({"a": "adult", "b": {"adult": {"names": "three"}}}, seed=str(seed), today=DAY)
        assert not words & {name for person in people.values() for name in person.names.values()}


@pytest.mark.parametrize(
    ("names", "parts"),
    [("one", ["first"]), ("two", ["first", "last"]), ("three", ["first", "middle", "last"])],
)
def test_a_person_has_as_many_names_as_wanted(names: str, parts: list[str]) -> None:
    for seed in range(20):
        people = make_people({"mother": {"adult": {"names": names}}}, seed=str(seed), today=DAY)
        mother = people["mother"]
        assert [*mother.names] == parts
        assert mother.full_name.split() == [*mother.names.values()]
        assert 3 <= len(mother.full_name) <= 50
        assert mother.member("name") == {**mother.names, "full": mother.full_name}


def test_who_is_known_to_the_repository_is_known_everywhere_unless_said() -> None:
    at = {"id_repository": "active", "ida": "absent"}
    people = make_people({"a": {"adult": {}, "at": at}, "b": "adult"}, seed="0", today=DAY)
    services = ("id_repository", "ida", "esignet")
    assert [people["a"].state_at(each) for each in services] == ["active", "absent", "active"]
    assert [people["b"].state_at(each) for each in services] == ["absent"] * 3


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("newborm", "unknown kind of person 'newborm'. Did you mean 'newborn'?"),
        ({"adlut": {}}, "one kind of person is needed, not 'adlut'. Did you mean 'adult'?"),
        ({"adult": {}, "elder": {}}, "one kind of person is needed"),
        ({"adult": {"sx": "male"}}, "unknown option 'sx'. Did you mean 'sex'?"),
        ({"adult": {"sex": "x"}}, "sex is one of female, male, not 'x'"),
        ({"adult": {"names": "four"}}, "names is one of one, two, three, not 'four'"),
        ({"adult": {}, "at": {"idaa": "active"}}, "unknown service 'idaa'. Did you mean 'ida'?"),
        ({"adult": {}, "at": {"id_repository": "dead"}}, "id_repository is one of active"),
        (7, "a person is newborn"),
    ],
)
def test_what_is_no_person(spec: object, words: str) -> None:
    assert (complaint(spec) or "").startswith(words)


def test_ids_are_new_for_every_token_and_the_same_for_one() -> None:
    people = make_people(SPECS, seed="0/x", today=DAY)

    def draw(token: str):
        drawn = Random(token)  # noqa: S311
        return draw_record(
            run=f"x#{token}", name="birth", event="birth", people=people, random=drawn, today=DAY
        )

    first, again, other = draw("a"), draw("a"), draw("b")
    assert first == again
    assert first.event_id != other.event_id
    assert first.registration.owner == "x#a/birth.registration"
    assert len(first.tracking_id) == 6
    assert len(first.certificate_number) == 12


def test_a_reservation_tells_all_that_a_mock_needs() -> None:
    people = make_people(SPECS, seed="0/x", today=DAY)
    people["child"] = people["child"].with_identifiers({"uin": "5260181591", "vid": "7058649208312401"})
    drawn = Random(1)  # noqa: S311
    record = draw_record(run="x#a", name="birth", event="birth", people=people, random=drawn, today=DAY)
    creation, _, registration, *later = record.reservation()
    assert [each["action_type"] for each in record.reservation()] == [
        "CREATE",
        "DECLARE",
        "REGISTER",
        "REQUEST_CORRECTION",
        "APPROVE_CORRECTION",
        "CUSTOM",
        "ARCHIVE",
    ]
    assert len({each["action_id"] for each in (creation, registration, *later)}) == 6
    assert registration["process"] == "CRVS_NEW"
    assert registration["certificate_number"] == record.certificate_number
    assert registration["subject"] == {
        "name": people["child"].full_name,
        "born": people["child"].born.isoformat(),
        "identifiers": ["5260181591", "7058649208312401"],
    }
    assert "subject" not in creation
