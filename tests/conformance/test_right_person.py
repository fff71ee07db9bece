"""O8 on recorded journals: whom MOSIP was told of, and whose number came into whose record."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from random import Random

import pytest

from conformance.exchanges import exchange_from
from conformance.oracles.case import Case
from conformance.oracles.right_person import look
from conformance.outcomes import Outcome
from conformance.pack import CountryPack, EventNames
from conformance.people import Person
from conformance.records import Record, draw_record

UIN, VID, PSUT = "5260181591", "7058649208312401", "657342288269676605589798650847728375"
OTHER_VID = "6156257605402482"
RID = "10001100040000120260504081102"

CHILD = Person(
    key="child",
    first_name="Amara",
    last_name="Okello",
    sex="female",
    born=date(2026, 4, 28),
    phone="0712345678",
    email="amara@example.org",
)
MOTHER = dataclasses.replace(
    CHILD, key="mother", first_name="Nadia", born=date(1990, 1, 31), identifiers={"uin": "2115501302"}
)
ELDER = dataclasses.replace(
    CHILD, key="deceased", born=date(1950, 7, 9), identifiers={"uin": UIN, "vid": VID}, sex="male"
)

PACK = CountryPack(
    id="told",
    identifier="vid",
    language="fra",
    events={
        "birth": EventNames(
            fields={
                "identifier": "enfant.numero",
                "name": "enfant.noms",
                "born": "enfant.naissance",
                "sex": "enfant.sexe",
                "mother.identifier": "mere.numero",
            },
            process="CRVS_NEW",
            told={"name": ("fullName",), "born": ("dateOfBirth",), "sex": ("gender",)},
            certificate_field="birthCertificateNumber",
        ),
        "death": EventNames(
            fields={
                "identifier": "defunt.numero",
                "name": "defunt.noms",
                "born": "defunt.naissance",
                "sex": "defunt.sexe",
                "died": "deces.date",
            },
            process="CRVS_DEATH",
            told={"identifier": ("UIN", "nationalIdNumber"), "died": ("dateOfDeath",)},
            certificate_field="deathCertificateNumber",
        ),
    },
    values={"sex": {"female": "F", "male": "M"}},
    words={"female": "Féminin", "male": "Masculin"},
    sexes={
        "female": frozenset({"F", "Féminin", "أنثى"}),
        "male": frozenset({"M", "Masculin", "ذكر"}),
    },
)
BIRTH = draw_record(
    run="x#t",
    name="birth",
    event="birth",
    people={"child": CHILD, "mother": MOTHER},
    random=Random(1),  # noqa: S311
)
TWIN = draw_record(
    run="x#t",
    name="twin",
    event="birth",
    people={"child": CHILD, "mother": MOTHER},
    random=Random(2),  # noqa: S311
)
DEATH = draw_record(
    run="x#t",
    name="death",
    event="death",
    people={"deceased": ELDER, "spouse": MOTHER},
    random=Random(3),  # noqa: S311
)
BORN = {
    "enfant.noms": {"firstname": "Amara", "surname": "Okello"},
    "enfant.naissance": "2026-04-28",
    "enfant.sexe": "F",
    "mere.numero": "2115501302",
}
DIED = {
    "defunt.noms": {"firstname": "Amara", "surname": "Okello"},
    "defunt.naissance": "1950-07-09",
    "defunt.sexe": "M",
    "defunt.numero": VID,
    "deces.date": "2026-05-03",
}


def languages(**values: str) -> str:
    return json.dumps([{"language": language, "value": value} for language, value in values.items()])


GOOD = {
    "birthCertificateNumber": BIRTH.certificate_number,
    "fullName": languages(fra="Amara Okello", ara="Amara Okello"),
    "dateOfBirth": "2026/04/28",
    "gender": languages(fra="Féminin", ara="أنثى"),
}


def entry(
    number: int, record: Record, operation: str, effects: tuple = (), action: str = "registration", **more
):
    return exchange_from(
        {
            "party": operation.partition(".")[0],
            "id": number,
            "seq": number,
            "time": f"2026-05-04T08:11:02.{number:03d}Z",
            "operation": operation,
            "direction": "in",
            "status": 200,
            "state": "closed",
            "owner": record.actions[action].owner,
            "effects": [*effects],
            **more,
        }
    )


def told(record: Record, fields: dict, *, action: str = "registration") -> list:
    """A packet that the workflow took."""
    return [
        entry(
            1,
            record,
            "mosip.packet_manager.create_packet",
            ({"name": "packet-stored", "rid": RID},),
            action,
            request={"json": {"request": {"id": RID, "fields": fields}}},
        ),
        entry(
            2, record, "mosip.workflow.create_instance", ({"name": "packet-accepted", "rid": RID},), action
        ),
    ]


def minted(record: Record, vid: str = VID) -> list:
    made = {"name": "identity-minted", "rid": RID, "uin": UIN, "vid": vid, "psut": PSUT}
    return [entry(3, record, "mosip.workflow.finalization", (made,), direction="inner", status=None)]


def accepted(record: Record, declaration: dict, number: int = 4, *, took: bool = True, batched: bool = False):
    call = {"actionId": record.registration.action_id, "declaration": declaration}
    effects = ({"name": "accept-took-effect"},) if took else ()
    said = {"0": {"json": call}} if batched else call
    return entry(number, record, "opencrvs.events.register_accept", effects, request={"json": said})


def handed_over(record: Record):
    return entry(0, record, "opencrvs.country_config.send_registration", direction="out", status=202)


def document(record: Record, declaration: dict, *later: dict, number: str | None = None) -> dict:
    """A record as OpenCRVS has it: declared, asked to be registered, and what came later."""
    return {
        "actions": [
            {"id": "d", "type": "DECLARE", "status": "Accepted", "declaration": declaration},
            {
                "id": record.registration.action_id,
                "type": "REGISTER",
                "status": "Requested",
                "declaration": {},
            },
            {
                "id": "a",
                "type": "REGISTER",
                "status": "Accepted",
                "originalActionId": record.registration.action_id,
                "registrationNumber": number or record.certificate_number,
            },
            *later,
        ]
    }


def found(*said, record: Record = BIRTH, written: dict | None = None, others: tuple = ()) -> list[str]:
    otherwise = document(record, BORN if record.event == "birth" else DIED)
    case = Case(
        records={each.name: each for each in (record, *others)},
        exchanges=said,
        outcome=lambda _: Outcome(word="confirmed", source="record"),
        operator_view=True,
        answering=True,
        document=lambda _: written or otherwise,
        pack=PACK,
    )
    findings = look(case)
    assert {(each.verdict, each.by) for each in findings} <= {("fail", "O8 the right person")}
    return [each.words.partition(": ")[2] for each in findings]


# -- what is right, however it is written -------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"fullName": "Amara Okello"},
        {"fullName": "OKELLO, Amara"},
        {"fullName": languages(fra="Amara  Okello", ara="أمارا أوكيلو")},
        {"fullName": languages(ara="أمارا أوكيلو")},
        {"fullName": None, "firstName": languages(fra="Amara"), "lastName": languages(fra="Okello")},
        {"dateOfBirth": "2026-04-28"},
        {"dateOfBirth": "28/04/2026"},
        {"dateOfBirth": "04/28/2026"},
        {"dateOfBirth": "2026-04-28T00:00:00.000Z"},
        {"dateOfBirth": None, "birthdate": "20260428"},
        {"dateOfBirth": None, "age": "0"},
        {"gender": "F"},
        {"gender": "female"},
        {"gender": "FLE"},
        {"gender": languages(ara="أنثى")},
        {"guardianOrParentName": languages(fra="Nadia Okello"), "residenceStatus": "x", "UIN": ""},
    ],
)
def test_the_same_person_may_be_written_otherwise(changed: dict) -> None:
    fields = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    assert found(handed_over(BIRTH), *told(BIRTH, fields), *minted(BIRTH)) == []


def test_a_death_need_not_say_more_than_whose_it_is() -> None:
    assert found(*told(DEATH, {"UIN": UIN}), record=DEATH) == []
    assert found(*told(DEATH, {"nationalIdNumber": VID, "dateOfDeath": "2026/05/03"}), record=DEATH) == []


def test_what_mosip_did_not_take_is_no_word_of_a_person() -> None:
    (packet, _) = told(BIRTH, {**GOOD, "fullName": "Somebody Else"})
    assert found(packet) == []


@pytest.mark.parametrize("batched", [False, True])
def test_the_number_that_was_made_for_the_child_may_come_in_any_call(batched: bool) -> None:
    said = (*told(BIRTH, GOOD), *minted(BIRTH), accepted(BIRTH, {"enfant.numero": VID}, batched=batched))
    assert found(handed_over(BIRTH), *said) == []


def test_what_was_declared_may_be_said_again() -> None:
    said = accepted(BIRTH, {**BORN, "enfant.numero": VID})
    assert found(*told(BIRTH, GOOD), *minted(BIRTH), said) == []


# -- another person ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"fullName": "Amara"}, "MOSIP was told another name, the record has Amara Okello"),
        (
            {"fullName": languages(fra="Nadia Okello")},
            "MOSIP was told another name, the record has Amara Okello",
        ),
        ({"fullName": "-"}, "MOSIP was told another name, the record has Amara Okello"),
        ({"fullName": None}, "MOSIP was told no name, the record has Amara Okello"),
        ({"dateOfBirth": "2026/04/27"}, "MOSIP was told another day of birth, the record has 2026-04-28"),
        (
            {"dateOfBirth": "2026-04-27T22:00:00.000Z"},
            "MOSIP was told another day of birth, the record has 2026-04-28",
        ),
        ({"dateOfBirth": "1990/01/31"}, "MOSIP was told another day of birth, the record has 2026-04-28"),
        ({"dateOfBirth": None}, "MOSIP was told no day of birth, the record has 2026-04-28"),
        ({"gender": languages(fra="Masculin")}, "MOSIP was told another sex, the record has female"),
        ({"gender": "Other"}, "MOSIP was told another sex, the record has female"),
        ({"gender": None}, "MOSIP was told no sex, the record has female"),
        ({"birthCertificateNumber": "K3V9Q0ZT7M2A"}, "MOSIP was told the number of another certificate"),
        (
            {"UIN": "2115501302"},
            "the packet is about birth's mother by its UIN, and the record is not",
        ),
    ],
)
def test_another_person_is_named(changed: dict, words: str) -> None:
    fields = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    assert found(handed_over(BIRTH), *told(BIRTH, fields)) == [words]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"UIN": "2115501302"}, "the packet is about death's spouse by its UIN, and the record is not"),
        ({"UIN": "3920174856"}, "the packet is about somebody unknown by its UIN, and the record is not"),
        ({"UIN": UIN, "fullName": "Nadia"}, "MOSIP was told another name, the record has Amara Okello"),
        (
            {"UIN": UIN, "dateOfDeath": "2026/05/04"},
            "MOSIP was told another day of death, the record has 2026-05-03",
        ),
    ],
)
def test_another_death_is_named(fields: dict, words: str) -> None:
    assert found(*told(DEATH, fields), record=DEATH) == [words]


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ({"name": "identity-deactivated", "uin": UIN}, []),
        (
            {"name": "identity-deactivated", "uin": "2115501302"},
            ["it is death's spouse who was deactivated by it"],
        ),
        (
            {"name": "identity-flagged", "uin": "3920174856"},
            ["it is somebody unknown who was marked as dead by it"],
        ),
        ({"name": "identity-minted", "uin": "3920174856"}, ["an identity was made for a dead person"]),
    ],
)
def test_whose_identity_a_death_ends_is_seen(effect: dict, words: list) -> None:
    ended = entry(3, DEATH, "mosip.workflow.finalization", (effect,), direction="inner", status=None)
    assert found(*told(DEATH, {"UIN": UIN}), ended, record=DEATH) == words


# -- a correction ------------------------------------------------------------------------------------------


def corrected(changes: dict) -> dict:
    asked = {"id": "c", "type": "REQUEST_CORRECTION", "status": "Accepted", "declaration": changes}
    approval = {
        "id": BIRTH.actions["approval"].action_id,
        "type": "APPROVE_CORRECTION",
        "status": "Requested",
        "requestId": "c",
    }
    return document(BIRTH, {**BORN, "enfant.numero": VID}, asked, approval)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"VID": VID, "fullName": "Amina Okello"}, []),
        ({"VID": VID, "fullName": "Amina Okello", "dateOfBirth": "2026/04/28"}, []),
        (
            {"VID": VID, "fullName": "Amara Okello"},
            ["MOSIP was told another name, the record has Amina Okello"],
        ),
        (
            {"VID": VID, "dateOfBirth": "2026/04/28"},
            ["MOSIP was told no name, the record has Amina Okello"],
        ),
        (
            {"VID": OTHER_VID, "fullName": "Amina Okello"},
            ["the packet is about twin's child by its VID, and the record is not"],
        ),
    ],
)
def test_a_correction_is_told_as_it_was_approved(fields: dict, words: list) -> None:
    written = corrected({"enfant.noms": {"firstname": "Amina", "surname": "Okello"}})
    said = (*told(BIRTH, fields, action="approval"), *minted(TWIN, OTHER_VID))
    assert found(*said, written=written, others=(TWIN,)) == words


def test_a_later_correction_is_not_held_against_the_registration() -> None:
    written = corrected({"enfant.noms": {"firstname": "Amina", "surname": "Okello"}})
    assert found(handed_over(BIRTH), *told(BIRTH, GOOD), *minted(BIRTH), written=written) == []


# -- whose number comes into whose record -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            [accepted(BIRTH, {"enfant.numero": OTHER_VID})],
            ["OpenCRVS was told twin's child's number as the child's"],
        ),
        # OpenCRVS may refuse it: that it was tried is enough
        (
            [accepted(BIRTH, {"enfant.numero": OTHER_VID}, took=False)],
            ["OpenCRVS was told twin's child's number as the child's"],
        ),
        (
            [accepted(BIRTH, {"enfant.numero": "9999999999"})],
            ["OpenCRVS was told somebody unknown's number as the child's"],
        ),
        # a late credential that nobody made, for a record that takes none any more
        ([accepted(BIRTH, {"enfant.numero": "9999999999"}, took=False)], []),
        (
            [accepted(BIRTH, {"enfant.numero": VID}), accepted(BIRTH, {"enfant.numero": UIN}, 5, took=False)],
            ["OpenCRVS was told 2 different numbers of one person"],
        ),
        (
            [accepted(BIRTH, {"enfant.numero": VID, "mere.numero": VID})],
            ["the confirmation has changed what was declared: mere.numero"],
        ),
        (
            [accepted(BIRTH, {"enfant.numero": VID, "mere.verified": VID})],
            ["the confirmation has put the person's number into mere.verified too"],
        ),
        (
            [accepted(BIRTH, {"enfant.numero": VID, "enfant.naissance": "2026-04-29"})],
            ["the confirmation has changed what was declared: enfant.naissance"],
        ),
    ],
)
def test_whose_number_it_is_and_where_it_is_put(answers: list, words: list) -> None:
    said = (*told(BIRTH, GOOD), *minted(BIRTH), *minted(TWIN, OTHER_VID), *answers)
    assert found(handed_over(BIRTH), *said, others=(TWIN,)) == words


def test_a_number_that_nobody_gave_the_certificate_is_named() -> None:
    written = document(BIRTH, BORN, number="K3V9Q0ZT7M2A")
    said = (*told(BIRTH, GOOD), *minted(BIRTH), accepted(BIRTH, {"enfant.numero": VID}))
    assert found(handed_over(BIRTH), *said, written=written) == [
        "it is registered under a number that nobody gave it"
    ]
    # country-config never told the bridge a number: it has to find one itself
    assert found(*said, written=written) == []


def test_a_death_takes_no_other_number() -> None:
    said = accepted(DEATH, {"defunt.numero": OTHER_VID})
    assert found(*told(DEATH, {"UIN": UIN}), said, record=DEATH) == [
        "the confirmation has changed what was declared: defunt.numero"
    ]
