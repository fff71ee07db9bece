"""The core of the suite in a second country, which shares no field, word or process with the first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.conform import conform
from conformance.library import chosen
from conformance.session import target_for
from conformance.targets import Patience, Target, country_policy
from sandbox import Sandbox
from sandbox.instances import OUR_INSTANCES

pytestmark = pytest.mark.slow

SECOND = "savanna-like"
QUIET_S = 0.1
"""How long no news is waited for: the first country is played with the usual patience."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(
        state_dir=tmp_path_factory.mktemp("state"), country=SECOND, instance_count=OUR_INSTANCES
    ) as running:
        yield running


def hasty(sandbox: Sandbox) -> Target:
    return replace(target_for(sandbox), patience=Patience(quiet=QUIET_S))


def soon_told() -> list[str]:
    """The first row of each core scenario that waits for no deadline of a bridge.

    All rows of all of them take minutes: mosip-harness conform --country savanna-like tag:core
    """
    first = {item.scenario.id: item for item in reversed(chosen(["tag:core"]))}
    return [item.id for item in first.values() if "bridge.stale-after" not in item.scenario.needs]


def verdicts(report: Path) -> dict[str, str]:
    document = json.loads((report / "results.json").read_text())
    return {item["id"]: item["verdict"] for item in document["items"]}


def test_the_core_passes_in_another_country(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = country_policy(identifier="psut", birth_waits_for="credential")
    target, wanted = replace(hasty(sandbox), policy=policy), soon_told()
    outcome = conform(wanted, sandbox=sandbox, target=target, report=tmp_path / "out", strict=True)
    assert outcome == 0, capsys.readouterr().out
    assert verdicts(tmp_path / "out") == dict.fromkeys(wanted, "pass")


def test_the_policy_of_a_target_that_says_none_is_the_countrys(sandbox: Sandbox, tmp_path: Path) -> None:
    """A record that has the VID of the first country would fail here."""
    assert conform(["birth-happy"], sandbox=sandbox, report=tmp_path / "out", strict=True) == 0
    document = (tmp_path / "out" / "report.html").read_text()
    assert "enfant.numeroPersonnel" in document
    assert "child.nid" not in document


def test_births_that_no_credential_is_for_are_confirmed_all_the_same(tmp_path: Path) -> None:
    """A policy that no shipped country has: nobody gets a credential, the end of the workflow confirms."""
    never = {"credential_policy": {"CRVS_NEW": "never", "CRVS_DEATH": "never"}}
    told = {"BRIDGE_BIRTH_CONFIRMATION": "event"}
    wanted = ["birth-happy", "birth-no-credential-by-policy", "birth-duplicate-submission", "death-happy"]
    with Sandbox(state_dir=tmp_path / "state", mosip_settings=never, bridge_env=told) as sandbox:
        policy = country_policy(identifier="none", birth_waits_for="event")
        target = replace(hasty(sandbox), policy=policy)
        assert conform(wanted, sandbox=sandbox, target=target, report=tmp_path / "out", strict=True) == 0
    assert set(verdicts(tmp_path / "out").values()) == {"pass"}
