"""What is looked for in a log, and what is no leak."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from conformance.leaks import Planted, found_in, of_person
from conformance.people import Person

AMA = Person(
    key="mother",
    first_name="Ama",
    middle_name="Efua",
    last_name="Mensah",
    sex="female",
    born=date(1990, 1, 31),
    phone="0712345678",
    email="ama.mensah@example.org",
    identifiers={"uin": "5260181591", "vid": "7058649208312401"},
)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"name": "Ama"}', "mother's first name"),
        ("verified AMA today", "mother's first name"),
        ("Efua", "mother's middle name"),
        ("[Mensah]", "mother's last name"),
        ("dob=1990-01-31&x", "mother's day of birth"),
        ("dob 1990/01/31", "mother's day of birth"),
        ("dob 31/01/1990", "mother's day of birth"),
        ("dob 31.01.1990", "mother's day of birth"),
        ("dob 19900131", "mother's day of birth"),
        ("born 31 jan 1990", "mother's day of birth"),
        ("born January 31, 1990", "mother's day of birth"),
        ("dob=datetime.date(1990, 1, 31)", "mother's day of birth"),
        ("dob 1990-01-31T00:00:00.000Z", "mother's day of birth"),
        ("verified mensah", "mother's last name"),
        ("mailto:AMA.MENSAH@EXAMPLE.ORG", "mother's email"),
        ("GET /x?q=Ama%20Mensah", "mother's first name"),
        ("GET /x?d=1990%2F01%2F31", "mother's day of birth"),
        # {"n": "Mensah", "x": 1}, as base64 and as a part of an address
        ("body eyJuIjogIk1lbnNhaCIsICJ4IjogMX0= sent", "mother's last name"),
        ("body eyJuIjogIk1lbnNhaCIsICJ4IjogMX0 sent", "mother's last name"),
        ("GET /tel/0712345678", "mother's phone"),
        ("mailto:ama.mensah@example.org", "mother's email"),
        ("nid:5260181591;", "mother's uin"),
        ("x7058649208312401x", "mother's vid"),
        ("Authorization: Bearer abcdef123456", "a bearer's token"),
        ("token eyJhbGciOi.eyJpc3MiOi.c2ln", "a signed token"),
    ],
)
def test_what_is_somebodys_own_is_found_with_its_line(line: str, what: str) -> None:
    assert f"{what} in line 2" in found_in(f"first\n{line}\n", of_person(AMA))


@pytest.mark.parametrize(
    "line",
    [
        "Amazon is slow",
        "at 1990-01-31T10:00:00.000Z nothing happened",
        "ama_mensah_x",
        '{"scheme": "Bearer"}',
        "eyJ",
        "",
        "rid 10004199001310000120260504081102",
        "key 19900131100000",
        # sha256 of Mensah, and base64 of something else
        "person 5bbd4ba3aa3a7d8b2f1d4b3a9f1ce8c7e1b0a4f2d3c49d3c2f3f1e0d9c8b7a65",
        "sent bm90aGluZyBhdCBhbGwgd2FzIHNhaWQ=",
    ],
)
def test_a_part_of_another_word_is_no_leak(line: str) -> None:
    assert found_in(line, of_person(AMA)) == []


def test_a_secret_is_found_wherever_it_stands() -> None:
    secret = Planted(what="code", text="kQ3vT1-secret-of-a-login")
    assert found_in(f"redirected to ?code={secret.text}&state=x", [secret]) == ["code in line 1"]


def test_the_check_names_what_it_finds(stage, story) -> None:
    text = story("  - check: {must: [{log: {lacks: [$birth.mother]}}]}\n")
    assert stage.play(text).verdict == "pass"
    (item,) = stage.items(text)
    stage.target.logs[0].path.write_text("mother is " + stage.registrar.declarations["birth"]["mother.dob"])
    finding = stage.runner().play(item).findings[0]
    assert (finding.verdict, finding.by) == ("fail", "must log")
    assert finding.words == "in the log: birth_mother's day of birth in line 1"


def test_a_target_without_a_log_is_inconclusive(stage, story) -> None:
    hidden = dataclasses.replace(stage.target, logs=())
    result = stage.play(story("  - check: {must: [{log: {lacks: [$birth.mother]}}]}\n"), target=hidden)
    assert (result.verdict, result.findings[0].words) == ("inconclusive", "this target shows no log")
