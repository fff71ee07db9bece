"""A login is its person's scenario's, from the number on and behind every transaction, code and token."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

MINE, OTHERS = "a#1", "b#1"
UIN, VID = "8267411571", "4062351704591873"
OTHER_UIN, OTHER_VID = "5260181591", "9812630547120364"


@pytest.fixture
def two_families(esignet: Any) -> Any:
    """E-Signet knows a mother of each of two scenarios."""
    esignet.admin.reset()
    mother = {"id": "mother", "name": "Amina Diallo", "email": "amina@example.org"}
    esignet.admin.people(scenario=MINE, people=[{**mother, "uin": UIN, "vid": VID}])
    esignet.admin.people(scenario=OTHERS, people=[{**mother, "uin": OTHER_UIN, "vid": OTHER_VID}])
    return esignet


def login(esignet: Any, number: str) -> dict[str, int]:
    """A whole login by the pages: the status at each operation, up to the first that is no success."""
    kind = "UIN" if len(number) == 10 else "VID"
    key = esignet.transaction(esignet.authorize(claims=esignet.asking(voluntary=("name",))))
    answers = {"login": esignet.send_code(key, number, kind)}
    if answers["login"].status_code == 200:
        answers["login"] = esignet.verify(key)
    if answers["login"].status_code == 200:
        answers["consent"] = esignet.post("/consent", data={"transaction": key, "decision": "allow"})
    if "consent" in answers and answers["consent"].status_code == 302:
        answers["token"] = esignet.redeem(esignet.sent_back(answers["consent"])["code"])
    if "token" in answers and answers["token"].status_code == 200:
        answers["userinfo"] = esignet.userinfo(answers["token"].json()["access_token"])
    return {name: answer.status_code for name, answer in answers.items()}


@pytest.mark.parametrize(
    ("operation", "struck"),
    [
        ("esignet.oauth.login", {"login": 503}),
        ("esignet.oauth.consent", {"login": 200, "consent": 503}),
        ("esignet.oauth.token", {"login": 200, "consent": 302, "token": 503}),
        ("esignet.oidc.userinfo", {"login": 200, "consent": 302, "token": 200, "userinfo": 503}),
    ],
)
@pytest.mark.parametrize(("mine", "others"), [(UIN, OTHER_UIN), (VID, OTHER_VID)], ids=["UIN", "VID"])
def test_a_fault_strikes_the_scenarios_mother_and_not_anothers(
    two_families: Any, operation: str, struck: dict[str, int], mine: str, others: str
) -> None:
    two_families.admin.fault(at=operation, scenario=MINE, do={"status": 503})

    assert login(two_families, others) == {"login": 200, "consent": 302, "token": 200, "userinfo": 200}
    assert login(two_families, mine) == struck


def test_each_exchange_from_the_number_on_is_the_scenarios(two_families: Any) -> None:
    login(two_families, VID)

    entries = two_families.admin.journal().entries

    assert [(each["operation"].split(".")[-1], each["scenario"], each["owner"]) for each in entries] == [
        ("authorize", None, None),
        ("login", MINE, None),
        ("login", MINE, None),
        ("consent", MINE, None),
        ("token", MINE, None),
        ("userinfo", MINE, None),
    ]
    assert {each["keys"]["weak"].get("identifier") for each in entries[1:]} == {VID}


def test_who_signs_in_at_once_is_known_at_once(two_families: Any) -> None:
    two_families.admin.fault(at="esignet.oauth.authorize", scenario=MINE, do={"status": 503})

    assert two_families.authorize(auto=OTHER_UIN).status_code == 302
    assert two_families.authorize(auto=UIN).status_code == 503


def test_a_code_that_is_used_up_is_still_its_persons(two_families: Any) -> None:
    code = two_families.code()
    assert two_families.redeem(code).status_code == 200
    two_families.admin.fault(at="esignet.oauth.token", scenario=MINE, do={"status": 503})

    assert two_families.redeem(code).status_code == 503


def test_who_turns_back_and_gives_another_number_is_the_other(two_families: Any) -> None:
    key = two_families.transaction(two_families.authorize())
    two_families.send_code(key, UIN)
    two_families.send_code(key, OTHER_UIN)
    two_families.verify(key)

    entries = two_families.admin.journal(operation="esignet.oauth.login").entries

    assert [each["scenario"] for each in entries] == [MINE, OTHERS, OTHERS]


def test_what_nobody_is_behind_is_nobodys(two_families: Any) -> None:
    two_families.admin.fault(at="esignet.*", scenario=MINE, do={"status": 503})

    assert two_families.redeem("no-such-code").status_code == 400
    assert two_families.userinfo("no-such-token").status_code == 401
    assert two_families.error(two_families.verify("no-such-transaction")) == "invalid_transaction"


def test_a_scenarios_reset_forgets_its_people_and_no_others(two_families: Any) -> None:
    two_families.admin.reset(scenario=MINE)

    assert [each["uin"] for each in two_families.admin.state("people")] == [OTHER_UIN]
    assert two_families.error(two_families.authorize(auto=UIN)) == "invalid_individual_id"


def test_the_reference_profile_knows_its_people_too(run_esignet: Callable[..., Any]) -> None:
    mock = run_esignet(profile="reference-mock")
    mock.person()
    form = {"client_id": "anybody", "claims": "name", "acr_values": "mosip:idp:acr:static-code"}
    mock.authorize(**form, auto=UIN)
    back = {"redirect_uri": mock.query()["redirect_uri"], "state": "s1"}
    mock.post("/login", data={"individual_id": UIN, **back})
    for code in (base64.b64encode(UIN.encode()).decode(), "\N{SNOWMAN}"):
        sent = {"code": code, "client_id": "a", "grant_type": "x", "redirect_uri": back["redirect_uri"]}
        token = mock.post("/oauth/token", json=sent).json()["access_token"]
        mock.get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})
    mock.get("/oidc/userinfo", headers={"Authorization": "Bearer no-token"})

    scenarios = [each["scenario"] for each in mock.admin.journal().entries]
    assert scenarios == ["test"] * 4 + [None] * 3
    assert mock.admin.health()["failures"] == []
