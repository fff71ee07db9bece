"""What a country configuration may send, and what is refused before anything is stored."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contracts
from bridge.errors import Problem, problem_body
from bridge.registration import Registration, parse_registration

JSON_TYPE = "application/json; charset=utf-8"
PLANTED = "Zzplanted 7058649208312401"


def parse(body: object, content_type: str | None = JSON_TYPE) -> Registration:
    return parse_registration(json.dumps(body).encode("utf-8"), content_type)


def refusal(raw: bytes, content_type: str | None = JSON_TYPE) -> Problem:
    with pytest.raises(Problem) as refused:
        parse_registration(raw, content_type)
    return refused.value


def test_birth_keeps_its_number_in_the_packet(birth: dict[str, object]) -> None:
    read = parse(birth)
    assert (read.kind, read.certificate_number, read.tracking_id) == ("birth", "K3V9Q0ZT7M2A", "7QX2MB")
    assert read.fields["birthCertificateNumber"] == "K3V9Q0ZT7M2A"
    assert read.fields["fullName"] == '[{"language":"eng","value":"Amara J Okello"}]'
    assert read.notification.email == "nadia@example.org"
    assert not any(name in repr([read, read.notification]) for name in ("Amara", "nadia", "K3V9Q0ZT7M2A"))


def test_death_names_the_deceased_and_drops_its_number(death: dict[str, object]) -> None:
    read = parse(death)
    assert (read.kind, read.certificate_number) == ("death", "D8R1X5C0W2LE")
    assert read.fields["UIN"] == "6082941573"
    assert not {"deathCertificateNumber", "nationalIdNumber"} & read.fields.keys()
    assert read.fields["dateOfBirth"] == "1951/04/22"


@pytest.mark.parametrize(
    ("given_fields", "wanted"),
    [
        ({"UIN": "6082941573"}, {"UIN": "6082941573"}),
        ({"nationalIdNumber": "6082941573"}, {"UIN": "6082941573"}),
        ({"nationalIdNumber": "7058649208312401"}, {"UIN": "7058649208312401", "vid": "7058649208312401"}),
        ({"UIN": "7058649208312401"}, {"UIN": "7058649208312401", "vid": "7058649208312401"}),
        ({"VID": "7058649208312401"}, {"UIN": "7058649208312401", "vid": "7058649208312401"}),
        ({"UIN": "", "nationalIdNumber": "6082941573"}, {"UIN": "6082941573"}),
    ],
)
def test_number_of_the_deceased(
    death: dict[str, object], given_fields: dict[str, str], wanted: dict[str, str]
) -> None:
    fields = {"deathCertificateNumber": "D8R1X5C0W2LE", **given_fields}
    read = parse({**death, "requestFields": fields})
    assert read.fields == wanted


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"deceasedStatus": False}, {"deceasedStatus": "false"}),
        ({"deceasedStatus": True, "children": 2}, {"deceasedStatus": "true", "children": "2"}),
        ({"zone": [{"language": "eng", "value": "North"}]}, {"zone": '[{"language":"eng","value":"North"}]'}),
        ({"zone": ' [{"value": "N", "language": "eng"}]'}, {"zone": '[{"value":"N","language":"eng"}]'}),
        (
            {"selectedHandles": '["birthCertificateNumber"]'},
            {"selectedHandles": '["birthCertificateNumber"]'},
        ),
        ({"passportNumber": "", "city": "  ", "phone": None}, {}),
        ({"addressLine2": '[{"language":"eng","value":""}]'}, {}),
        ({"deathCertificateNumber": ""}, {}),
        ({"dateOfBirth": "2026-04-28"}, {"dateOfBirth": "2026/04/28"}),
        ({"dateOfBirth": ""}, {}),
        ({"fullName": "عمارة 👶 \u0301"}, {"fullName": "عمارة 👶 \u0301"}),
    ],
)
def test_values_become_text(birth: dict[str, object], sent: dict[str, object], kept: dict[str, str]) -> None:
    read = parse({**birth, "requestFields": {"birthCertificateNumber": "K3V9", **sent}})
    assert read.fields == {"birthCertificateNumber": "K3V9", **kept}


def test_what_is_stored_is_what_is_read_back(birth: dict[str, object]) -> None:
    read = parse({**birth, "schemaJson": '{"type":"object"}', "metaInfo": {"informantPsut": "p"}})
    assert Registration.from_bytes(read.to_bytes()) == read


def changed(*path: str, value: object) -> object:
    def change(body: dict[str, object]) -> object:
        at: object = body
        for step in path[:-1]:
            assert isinstance(at, dict)
            at = at[step]
        assert isinstance(at, dict)
        if value is ...:
            del at[path[-1]]
        else:
            at[path[-1]] = value
        return body

    return change


FIELD = "requestFields"
BIRTHS_REFUSED = [
    ("no-tracking-id", ("trackingId",), ..., 400, "/trackingId"),
    ("tracking-id-is-a-number", ("trackingId",), 7, 400, "/trackingId"),
    ("empty-tracking-id", ("trackingId",), "", 400, "/trackingId"),
    ("no-fields", (FIELD,), ..., 400, "/requestFields"),
    ("fields-are-a-list", (FIELD,), [], 400, "/requestFields"),
    ("no-notification", ("notification",), ..., 400, "/notification"),
    ("no-e-mail", ("notification", "recipientEmail"), ..., 400, "/notification/recipientEmail"),
    ("no-audit", ("audit",), ..., 400, "/audit"),
    ("nested-meta-info", ("metaInfo", "metaData"), [{"label": "x"}], 400, "/metaInfo/metaData"),
    ("unreadable-meta-info", ("metaInfo", "metaData"), PLANTED, 422, "/metaInfo/metaData"),
    ("labels-of-numbers", ("metaInfo", "operationsData"), '[{"label":1}]', 422, "/metaInfo/operationsData"),
    ("schema-is-no-text", ("schemaJson",), {"type": "object"}, 400, "/schemaJson"),
    ("schema-is-no-json", ("schemaJson",), PLANTED, 422, "/schemaJson"),
    ("schema-is-no-object", ("schemaJson",), "[1]", 422, "/schemaJson"),
    ("no-number", (FIELD, "birthCertificateNumber"), ..., 422, "/requestFields/birthCertificateNumber"),
    ("empty-number", (FIELD, "birthCertificateNumber"), "", 422, "/requestFields/birthCertificateNumber"),
    ("null-number", (FIELD, "birthCertificateNumber"), None, 422, "/requestFields/birthCertificateNumber"),
    (
        "number-is-a-number",
        (FIELD, "birthCertificateNumber"),
        5,
        400,
        "/requestFields/birthCertificateNumber",
    ),
    ("both-numbers", (FIELD, "deathCertificateNumber"), "D8", 400, "/requestFields/deathCertificateNumber"),
    ("name-is-an-object", (FIELD, "fullName"), {"first": PLANTED}, 400, "/requestFields/fullName"),
    ("name-is-a-number", (FIELD, "fullName"), 5, 400, "/requestFields/fullName"),
    ("name-with-bracket", (FIELD, "fullName"), f"[{PLANTED}", 422, "/requestFields/fullName"),
    ("name-with-space-and-brace", (FIELD, "fullName"), f"  {{{PLANTED}", 422, "/requestFields/fullName"),
    ("name-is-other-json", (FIELD, "fullName"), f'["{PLANTED}"]', 422, "/requestFields/fullName"),
    ("name-in-no-language", (FIELD, "fullName"), '[{"value":"x"}]', 422, "/requestFields/fullName"),
    ("unlisted-with-bracket", (FIELD, "nickname"), "[x", 422, "/requestFields/nickname"),
    ("no-such-day", (FIELD, "dateOfBirth"), "2026-02-30", 422, "/requestFields/dateOfBirth"),
    ("date-of-words", (FIELD, "dateOfBirth"), PLANTED, 400, "/requestFields/dateOfBirth"),
    ("a-list-of-anything", (FIELD, "zone"), ["x"], 400, "/requestFields/zone"),
    ("personal-member-name", (FIELD, PLANTED), ["x"], 400, "/requestFields/*"),
]


@pytest.mark.parametrize(
    ("path", "value", "status", "field"),
    [row[1:] for row in BIRTHS_REFUSED],
    ids=[row[0] for row in BIRTHS_REFUSED],
)
def test_refused_with_the_field_named(
    birth: dict[str, object], path: tuple[str, ...], value: object, status: int, field: str
) -> None:
    change = changed(*path, value=value)
    assert callable(change)
    problem = refusal(json.dumps(change(deepcopy(birth))).encode("utf-8"))
    assert (problem.status, problem.field) == (status, field)
    shown = problem_body(problem, correlation_id="c0ffee")
    assert b"Zzplanted" not in shown
    assert b"7058649208312401" not in shown
    assert "Zzplanted" not in repr(problem)
    assert contracts.violations("bridge/problem", json.loads(shown)) == []


@pytest.mark.parametrize(
    ("number", "field"),
    [
        (None, "/requestFields/UIN"),
        ("", "/requestFields/UIN"),
        ("608294157", "/requestFields/nationalIdNumber"),
        ("60829415734", "/requestFields/nationalIdNumber"),
        ("A082941573", "/requestFields/nationalIdNumber"),
        ("٦٠٨٢٩٤١٥٧٣", "/requestFields/nationalIdNumber"),
    ],
)
def test_a_death_without_a_usable_number_goes_nowhere(
    death: dict[str, object], number: str | None, field: str
) -> None:
    fields = {"deathCertificateNumber": "D8R1X5C0W2LE", "nationalIdNumber": number}
    problem = refusal(json.dumps({**death, "requestFields": fields}).encode())
    assert (problem.status, problem.field) == (422, field)


@pytest.mark.parametrize(
    ("raw", "content_type", "status", "code"),
    [
        (b"{bad", JSON_TYPE, 400, "bridge.body.malformed"),
        (b'{"trackingId":"a","trackingId":"b"}', JSON_TYPE, 400, "bridge.body.duplicate-key"),
        (b"[]", JSON_TYPE, 400, "bridge.registration.contract"),
        (b"{}", JSON_TYPE, 400, "bridge.registration.contract"),
        (b"{}", "text/plain", 415, "bridge.body.media-type"),
        (b"{}", "application/json; charset=utf-16", 415, "bridge.body.media-type"),
        (b'"' + b"x" * (1024 * 1024) + b'"', JSON_TYPE, 413, "bridge.body.too-large"),
    ],
)
def test_bodies_that_are_no_registration(raw: bytes, content_type: str, status: int, code: str) -> None:
    problem = refusal(raw, content_type)
    assert (problem.status, problem.code) == (status, code)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["[", "{", "[]", "2026-02-31"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    [
        "fullName",
        "dateOfBirth",
        "gender",
        "UIN",
        "vid",
        "nationalIdNumber",
        "birthCertificateNumber",
        "deathCertificateNumber",
        "zone",
        "selectedHandles",
        "anything",
    ]
)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    fields=st.dictionaries(names, json_values, max_size=6) | json_values,
    top=st.dictionaries(
        st.sampled_from(["metaInfo", "audit", "schemaJson", "trackingId"]), json_values, max_size=2
    ),
)
def test_nothing_but_a_problem_or_plain_text_comes_out(
    birth: dict[str, object], fields: object, top: dict[str, object]
) -> None:
    body = {**birth, "requestFields": fields, **top}
    with suppress(Problem):
        read = parse(body)
        assert all(isinstance(text, str) and text.strip() for text in read.fields.values())
