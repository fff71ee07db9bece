"""The client libraries of OpenCRVS itself, unpatched, against the mock: what they send is
understood, and back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.node


@pytest.fixture
def cases(run_node: Callable[[str, object], str], opencrvs: Any) -> dict[str, dict[str, Any]]:
    said = run_node("node", {"url": opencrvs.url, "token": opencrvs.user()})
    lines = [json.loads(line) for line in said.splitlines()]
    return {line["case"]: line for line in lines}


# case, HTTP statuses, per call: None for success or (code, number, status, message)
BAD_REQUEST = ("BAD_REQUEST", -32600, 400)
INTERNAL = ("INTERNAL_SERVER_ERROR", -32603, 500)
EXPECTED: list[tuple[str, list[int], list[tuple[Any, ...] | None]]] = [
    ("create", [200], [None]),
    ("declare", [200], [None]),
    ("register", [200], [None]),
    ("accept", [200], [None]),
    ("accept-again", [200], [None]),
    ("reject-after-accept", [500], [(*INTERNAL, "Action has already been accepted.")]),
    ("reject", [200], [None]),
    ("reject-again", [200], [None]),
    ("accept-after-reject", [400], [(*BAD_REQUEST, "Action has already been rejected.")]),
    ("accept-undefined", [200], [None]),
    ("batch", [200], [None, None]),
    ("mixed-batch", [207], [None, ("NOT_FOUND", -32004, 404, "Event not found with ID: ")]),
]


def test_every_case(cases: dict[str, dict[str, Any]]) -> None:
    assert set(cases) == {name for name, _, _ in EXPECTED} | {"no-token"}
    for name, http, wanted in EXPECTED:
        case = cases[name]
        assert case["http"] == http, name
        assert len(case["outcomes"]) == len(wanted), name
        for outcome, failure in zip(case["outcomes"], wanted, strict=True):
            assert outcome["ok"] is (failure is None), case
            if failure is not None:
                found = (outcome["code"], outcome["number"], outcome["httpStatus"])
                assert found == failure[:3], name
                assert outcome["message"].startswith(failure[3]), name
    check_what_became_of_the_records(cases)


def check_what_became_of_the_records(cases: dict[str, dict[str, Any]]) -> None:
    def log(name: str) -> list[str]:
        actions: list[str] = cases[name]["outcomes"][0]["actions"]
        return actions

    assert log("create") == ["CREATE:Accepted", "ASSIGN:Accepted"]
    assert log("declare")[2:] == ["DECLARE:Requested", "DECLARE:Accepted"]
    assert log("register")[-1] == "REGISTER:Requested"
    assert log("accept")[-2:] == ["REGISTER:Accepted", "UNASSIGN:Accepted"]
    assert log("accept-again") == log("accept")
    assert log("reject")[-2:] == ["REGISTER:Rejected", "UNASSIGN:Accepted"]
    assert log("reject-again") == log("reject")
    accepted = cases["accept"]["outcomes"][0]["document"]["actions"][-2]
    assert accepted["declaration"] == {"child.nid": "4170936258"}
    assert accepted["registrationNumber"] == "NODE00000001"
    assert len(cases["batch"]["sent"]) == 1


def test_undefined_travels_as_null_with_meta(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["accept-undefined"]
    sent = json.loads(case["sent"][0])["0"]
    assert sent["json"]["declaration"] == {"child.nid": None}
    assert sent["meta"] == {"values": {"declaration.child.nid": ["undefined"]}}
    assert case["outcomes"][0]["actions"][-2] == "REGISTER:Accepted"


def test_gateway_body_is_no_envelope(cases: dict[str, dict[str, Any]]) -> None:
    outcome = cases["no-token"]["outcomes"][0]
    assert cases["no-token"]["http"] == [401]
    assert (outcome["ok"], outcome["trpc"]) == (False, True)
    assert outcome.get("code") is None


@pytest.mark.parametrize(
    ("required", "outcome"), [("", pytest.skip.Exception), ("postgres,node", pytest.fail.Exception)]
)
def test_missing_node_is_a_skip_unless_it_is_required(
    monkeypatch: pytest.MonkeyPatch,
    require_node: Callable[[], None],
    required: str,
    outcome: type[BaseException],
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("HARNESS_REQUIRE", required)
    with pytest.raises(outcome, match="npm"):
        require_node()
