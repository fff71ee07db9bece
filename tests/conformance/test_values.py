"""Value forms and references."""

from __future__ import annotations

import pytest

from conformance.values import (
    ABSENT,
    FormError,
    UnknownNameError,
    keeps_verhoeff,
    matcher,
    plain,
    reference,
    resolve,
    substitute,
)

# Numbers that obey the rules of mosip kernel-idvalidator-uin and -vid.
UINS = ("5260181591", "9935181902", "7574911865", "2527601893", "6580954839")
VIDS = ("7058649208312401", "6734207509619235", "3207302319527169", "4962436584109739")


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("confirmed", ["confirmed"], ["rejected", None, ABSENT]),
        (1, [1, 1.0], [2, "1", True]),
        (True, [True], [1, "true", False]),
        ({"is": "confirmed"}, ["confirmed"], ["rejected"]),
        ({"is": "uin"}, UINS, ["1234567890", "526018159", "5260181592", 5260181591]),
        ({"is": "vid"}, VIDS, [*UINS, "7058649208312402"]),
        ({"is": "psut"}, ["294061538857201948563201947562018374"], ["2940"]),
        ({"is": "rid"}, ["10001100040000120260504081102", "100010987654321"], ["1000"]),
        ({"is": "uuid"}, ["0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002"], ["0d7a6d0f"]),
        ({"is": "iso-time"}, ["2026-05-04T08:11:02.101Z"], ["2026-05-04T08:11:02Z", "2026-05-04"]),
        ({"is": "present"}, ["", 0, False, []], [None, ABSENT]),
        ({"is": "absent"}, [None, ABSENT], ["", 0]),
        ({"matches": "^K[0-9]"}, ["K3V9"], ["3K", 3, None]),
        ({"not": "9999999999"}, ["1", None], ["9999999999"]),
        ({"not": {"is": "uin"}}, ["x"], [UINS[0]]),
        ({"any_of": ["a", {"gte": 3}]}, ["a", 3], ["b", 2]),
        ({"gte": 1}, [1, 2.5], [0, "1", True, None]),
        ({"gte": 1, "lte": 3}, [1, 3], [0, 4]),
        ({"status": 1}, [{"status": 1}], [{"status": 2}]),
    ],
)
def test_forms(form: object, good: list, bad: list) -> None:
    accepts = matcher(form).accepts
    assert [each for each in good if not accepts(each)] == []
    assert [each for each in bad if accepts(each)] == []


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"is": "uin"}, "a uin"),
        ({"gte": 1, "lte": 3}, "at least 1 and at most 3"),
        ({"not": "x"}, "not 'x'"),
        ({"any_of": ["a", "b"]}, "'a' or 'b'"),
        ({"matches": "^K"}, "text like /^K/"),
    ],
)
def test_a_form_explains_itself(form: object, words: str) -> None:
    assert matcher(form).words == words


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"is": 1, "greater": 2}, "'greater' is no value form"),
        ({"gte": "1"}, "'gte' takes a number"),
        ({"any_of": []}, "'any_of' takes a list"),
        ({"matches": "["}, "'matches':"),
        ({"matches": 1}, "'matches' takes a regular expression"),
    ],
)
def test_bad_forms_say_why(form: object, words: str) -> None:
    with pytest.raises(FormError, match=words):
        matcher(form)


def test_a_plain_word_is_not_a_kind() -> None:
    words = plain(["absent"])
    assert matcher({"is": "absent"}, words).accepts("absent")
    assert not matcher({"not": "absent"}, words).accepts("absent")


def test_verhoeff_catches_every_single_digit_error() -> None:
    digits = UINS[0]
    wrong = [
        digits[:place] + digit + digits[place + 1 :]
        for place in range(len(digits))
        for digit in "0123456789"
        if digit != digits[place]
    ]
    assert not any(keeps_verhoeff(each) for each in wrong)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("$birth.registration", True),
        ("$target.stale_after", True),
        ("$", False),
        ("birth", False),
        ("$1", False),
    ],
)
def test_references(text: str, is_one: bool) -> None:
    assert (reference(text) is not None) is is_one


def test_resolve_goes_into_mappings_and_lists() -> None:
    names = {"birth": {"registration": {"owner": "o"}}, "n": 3}
    assert resolve({"of": "$birth.registration.owner", "list": ["$n", "x"]}, names) == {
        "of": "o",
        "list": [3, "x"],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$brith", r"nothing is named '\$brith'. Did you mean 'birth'\?"),
        ("$birth.registraton", "no 'registraton'. Did you mean 'registration'"),
        ("$n.deep", "there is nothing inside a int"),
    ],
)
def test_a_reference_to_nothing_says_what_is_near(text: str, words: str) -> None:
    with pytest.raises(UnknownNameError, match=words):
        resolve(text, {"birth": {"registration": 1}, "n": 3})


def test_substitute_only_knows_its_own_names() -> None:
    row = {"forgery": "unsigned", "who": "$birth"}
    assert substitute({"a": "$forgery", "b": "$other", "c": "$who.registration"}, row) == {
        "a": "unsigned",
        "b": "$other",
        "c": "$birth.registration",
    }
