"""What becomes of a birth without a credential is a matter of policy, and the suite follows it."""

from __future__ import annotations

import dataclasses

import pytest

from conformance.library import chosen
from conformance.run import Runner
from conformance.session import opened, target_for
from conformance.targets import Policy
from sandbox import Sandbox

pytestmark = pytest.mark.slow


def test_a_bridge_that_confirms_by_event_passes_where_that_was_agreed(tmp_path) -> None:
    environment = {"BRIDGE_BIRTH_CONFIRMATION": "event"}
    with Sandbox(state_dir=tmp_path / "state", bridge_env=environment) as sandbox:
        agreed = Policy(identifier="none", without_credential=("confirmed",))
        verdicts = {}
        for token, policy in (("agreed", agreed), ("other", Policy())):
            with opened(sandbox, dataclasses.replace(target_for(sandbox), policy=policy)) as world:
                (item,) = chosen(["birth-no-credential-by-policy"])
                result = Runner(world, seed=0, token=token).play(item)
                verdicts[policy] = (result.verdict, [finding.by for finding in result.findings])
    assert verdicts == {agreed: ("pass", []), Policy(): ("fail", ["wait outcome"])}
