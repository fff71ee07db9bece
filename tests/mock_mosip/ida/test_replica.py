"""Whom IDA knows: people by state, and what the workflow's identities bring to its replica."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_control.client import AdminError

STAGE = "mosip.ida.replica"
RID, DEATH_RID = "10001100040000120261123100000", "10001100040000220261123100000"
OWNED_RID = "10001100040000320261123100000"
CHILD = {"name": [{"language": "eng", "value": "Amara Okello"}]}


def codes(answer: dict[str, Any]) -> list[str]:
    return [each["errorCode"] for each in answer["errors"] or []]


@pytest.mark.parametrize(
    ("at", "by_uin", "by_vid"),
    [
        (None, [], []),
        ({"id_repository": "active"}, [], []),
        ({"id_repository": "active", "ida": "absent"}, ["IDA-MLC-018"], ["IDA-MLC-018"]),
        ({"id_repository": "active", "ida": "deactivated"}, ["IDA-MLC-022"], ["IDA-MLC-023"]),
        ({"id_repository": "deactivated"}, ["IDA-MLC-022"], ["IDA-MLC-023"]),
        ({"id_repository": "deactivated", "ida": "active"}, [], []),
        ({"id_repository": "absent"}, ["IDA-MLC-018"], ["IDA-MLC-018"]),
        ({"id_repository": "absent", "ida": "active"}, [], []),
    ],
    ids=str,
)
def test_people_by_state(relying: Any, at: Any, by_uin: list[str], by_vid: list[str]) -> None:
    person = relying.person(**({} if at is None else {"at": at}))
    assert codes(relying.ask(person["uin"])) == by_uin
    assert codes(relying.ask(person["vid"])) == by_vid


@pytest.mark.parametrize(
    "members", [{"at": {"ida": "dead"}}, {"uin": "12"}, {"vid": "abcdefghijklmnop"}, {"language": 1}], ids=str
)
def test_people_that_can_not_be(relying: Any, members: dict[str, Any]) -> None:
    with pytest.raises(AdminError) as refused:
        relying.person(**members)
    assert refused.value.status == 400


def test_a_reset_forgets_people(relying: Any) -> None:
    uin = relying.person()["uin"]
    assert relying.mosip.admin.state("ida")[0]["uin"] == uin
    relying.mosip.admin.reset()
    assert codes(relying.ask(uin)) == ["IDA-MLC-018"]
    assert relying.mosip.admin.state("ida") == []


def born(mosip: Any, rid: str = RID) -> dict[str, Any]:
    """The identity of a birth that has gone through."""
    mosip.register(rid)
    minted = mosip.effect("identity-minted", rid=rid)["effects"]
    return next(each for each in minted if each["name"] == "identity-minted")


def test_a_child_becomes_known_by_the_stage(relying: Any) -> None:
    child = born(relying.mosip)
    entry = relying.mosip.effect("identity-replicated", rid=RID, uin=child["uin"])
    assert (entry["operation"], entry["kind"], entry["keys"]["strong"]) == (STAGE, "stage", {"rid": RID})
    birthday = f"{datetime.now(UTC).year - 1}/04/28"
    assert codes(relying.ask(child["uin"], demographics={**CHILD, "dob": birthday})) == []
    assert codes(relying.ask(child["vid"], demographics=CHILD)) == []
    wrong = relying.ask(child["vid"], demographics={"name": [{"language": "eng", "value": "Amara Okelo"}]})
    assert codes(wrong) == ["IDA-DEA-001"]


def test_a_child_is_known_by_a_handle(relying: Any) -> None:
    relying.mosip.register(RID, fields={"selectedHandles": '["birthCertificateNumber"]'})
    relying.mosip.effect("identity-replicated", rid=RID)
    (known,) = relying.mosip.admin.state("ida")
    (handle,) = known["handles"]
    spelt = handle.partition("@")[0].upper() + "@birthCertificateNumber"
    outer = {"individualIdType": "HANDLE", "individualId": spelt}
    assert codes(relying.ask(handle, outer=outer, demographics=CHILD)) == []
    assert codes(relying.ask(handle, outer={**outer, "individualIdType": None}, demographics=CHILD)) == []


def test_the_stage_can_be_held(relying: Any) -> None:
    gate = relying.mosip.admin.hold(STAGE, scope="everyone")
    child = born(relying.mosip)
    relying.mosip.admin.wait_for(STAGE, state="open")
    assert codes(relying.ask(child["uin"], demographics=CHILD)) == ["IDA-MLC-018"]
    relying.mosip.admin.release(gate)
    relying.mosip.effect("identity-replicated", rid=RID)
    assert codes(relying.ask(child["uin"], demographics=CHILD)) == []


def test_the_stage_can_be_lost(relying: Any) -> None:
    relying.mosip.admin.lose(STAGE, scope="everyone")
    child = born(relying.mosip)
    relying.mosip.admin.wait_for(STAGE, where=lambda entry: entry["error"] == "lost")
    assert codes(relying.ask(child["uin"], demographics=CHILD)) == ["IDA-MLC-018"]
    assert relying.mosip.identities()[0]["uin"] == child["uin"]


def test_the_stage_belongs_to_its_registration(relying: Any) -> None:
    owner = "known#1/birth.registration"
    relying.mosip.admin.reserve(
        scenario="known#1",
        actions=[{"owner": owner, "process": "CRVS_NEW", "certificate_number": f"B{OWNED_RID[-9:]}"}],
    )
    gate = relying.mosip.admin.lose(STAGE, scenario="known#1")
    relying.mosip.register(OWNED_RID)
    (entry,) = relying.mosip.admin.wait_for(STAGE, owner=owner)
    assert (entry["error"], entry["gate"]["id"]) == ("lost", gate)


def test_the_replica_may_be_late(run_relying: Callable[..., Any]) -> None:
    late = run_relying(replica_delay_s=30.0)
    child = born(late.mosip)
    late.mosip.effect("workflow-ended", rid=RID)
    late.mosip.admin.wait_for("mosip.credential.issue")
    assert codes(late.ask(child["uin"], demographics=CHILD)) == ["IDA-MLC-018"]
    late.mosip.admin.advance("31s")
    late.mosip.effect("identity-replicated", rid=RID)
    assert codes(late.ask(child["uin"], demographics=CHILD)) == []


@pytest.mark.parametrize(
    ("policy", "by_uin", "by_vid"), [("deactivate", ["IDA-MLC-022"], ["IDA-MLC-023"]), ("flag", [], [])]
)
def test_the_dead(relying: Any, policy: str, by_uin: list[str], by_vid: list[str]) -> None:
    relying.mosip.admin.settings({"mosip.death_policy": policy})
    person = relying.person()
    assert codes(relying.ask(person["uin"])) == []
    facts = {
        "UIN": person["uin"],
        "fullName": '[{"language": "eng", "value": "Ana Doe"}]',
        "dateOfBirth": "1990/01/31",
        "deathDeclared": "yes",
        "birthCertificateNumber": None,
    }
    relying.mosip.register(DEATH_RID, "CRVS_DEATH", fields=facts)
    relying.mosip.effect("identity-replicated", rid=DEATH_RID)
    assert codes(relying.ask(person["uin"])) == by_uin
    assert codes(relying.ask(person["vid"])) == by_vid


def test_a_change_of_name_reaches_ida(relying: Any) -> None:
    person = relying.person()
    name = '[{"language": "eng", "value": "Ana Roe"}]'
    fields = {"UIN": person["uin"], "fullName": name, "dateOfBirth": None, "gender": None}
    relying.mosip.register(RID, "CRVS_UPDATE", fields=fields)
    relying.mosip.effect("identity-replicated", rid=RID)
    assert codes(relying.ask(person["uin"])) == ["IDA-DEA-001"]
    assert (
        codes(relying.ask(person["uin"], demographics={"name": [{"language": "eng", "value": "Ana Roe"}]}))
        == []
    )


def test_a_failed_birth_is_not_known(relying: Any) -> None:
    relying.mosip.admin.fault(at="mosip.workflow.finalization", scope="everyone", do={"answer": "failed"})
    relying.mosip.register(RID)
    relying.mosip.ended(RID)
    assert relying.mosip.admin.state("ida") == []


@pytest.mark.parametrize(
    ("at", "by_uin", "by_vid"),
    [
        ({"id_repository": "active"}, [], []),
        ({"ida": "absent"}, ["IDA-MLC-018"], ["IDA-MLC-018"]),
        ({"ida": "deactivated"}, ["IDA-MLC-022"], ["IDA-MLC-023"]),
    ],
    ids=str,
)
def test_what_esignet_is_told_of_people(relying: Any, at: Any, by_uin: list[str], by_vid: list[str]) -> None:
    person = relying.person(at=at)
    for number, wanted in ((person["uin"], by_uin), (person["vid"], by_vid)):
        answer = relying.sign_in(number)
        assert codes(answer) == wanted
        assert (answer["response"] or {}).get("kycStatus") == (None if wanted else True)
        assert answer["transactionID"] == "1234567890"


def test_only_who_has_a_licence_asks_for_esignet(relying: Any) -> None:
    assert codes(relying.sign_in(relying.person()["uin"], licence="stolen")) == ["IDA-MPA-007"]
