"""The scenarios of E-Signet are judged themselves: each fails when what it guards is broken."""

from __future__ import annotations

import dataclasses
import os
import shlex
import sys
import time
from pathlib import Path

import pytest
import requests

from conformance.library import chosen
from conformance.run import Runner
from conformance.session import opened, target_for
from conformance.targets import Patience
from sandbox import Sandbox

pytestmark = pytest.mark.slow

BROKEN = Path(__file__).with_name("broken_login.py")
READY_WITHIN_S = 20.0
FORGED = "esignet-userinfo-bad-signature"
NOT_AUTHENTICATED = {"fail: must form", "fail: must answer", "fail: must field"}


@pytest.mark.parametrize(
    ("mutation", "caught"),
    [
        ("sends_no_jti", {"esignet-assertion-jti": {"fail: must form"}}),
        ("sends_one_jti_for_all", {"esignet-assertion-jti": {"fail: must form", "fail: must field"}}),
        (
            "believes_unsigned_userinfo",
            {
                f"{FORGED}[{told}]": NOT_AUTHENTICATED - {"fail: must field"}
                for told in ("unsigned-userinfo", "foreign-key", "bad-signature")
            }
            | {f"{FORGED}[altered-claims]": NOT_AUTHENTICATED},
        ),
        (
            "compares_no_subject",
            {f"{FORGED}[{told}]": NOT_AUTHENTICATED for told in ("other-sub", "error-claims")},
        ),
        (
            "reads_no_whole_name",
            {
                "esignet-happy[uin-yyyy_MM_dd]": {"fail: must field"},
                "esignet-name-shapes[parts-three]": {"fail: must field"},
            },
        ),
        (
            "keeps_first_and_last_word_only",
            {
                "esignet-name-shapes[name-three]": {"fail: must field"},
                "esignet-name-shapes[tagged-three]": {"fail: must field"},
                "esignet-name-shapes[mononym-one]": {"fail: must field"},
            },
        ),
        (
            "keeps_the_query_of_the_redirect",
            {
                "esignet-happy[vid-iso]": {"fail: must form", "fail: must answer"},
                "esignet-redirect-mismatch[as-it-came-back]": {"fail: must form", "fail: must answer"},
            },
        ),
        (
            "hides_that_a_login_was_refused",
            {"esignet-redirect-mismatch[of-another-page]": {"fail: must form", "fail: must answer"}},
        ),
        (
            "invents_what_was_not_told",
            {
                "esignet-partial-consent[nothing-more-none]": {"fail: must field"},
                "esignet-partial-consent[her-sex]": {"fail: must field"},
            },
        ),
        (
            "breaks_down_when_a_login_fails",
            {
                "esignet-code-replayed": {"fail: must answer"},
                "esignet-consent-denied": {"fail: must_not exchange"},
            },
        ),
        (
            "waits_for_ever",
            {
                "esignet-down-timeout[esignet.oauth.token]": {"fail: must answer"},
                "esignet-down-timeout[esignet.oidc.userinfo]": {"fail: must answer"},
            },
        ),
        (
            "forgets_the_subject",
            {
                "introducer-token-travels[language-arrays]": {"fail: must exchange"},
                "introducer-token-travels[plain]": {"fail: must exchange"},
            },
        ),
        (
            "forgets_the_introducer",
            {
                "introducer-token-travels[language-arrays]": {"fail: must exchange"},
                "introducer-token-travels[plain]": {"fail: must exchange"},
            },
        ),
    ],
)
def test_a_broken_promise_of_a_login_is_caught_by_name(
    mutation: str, caught: dict[str, set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(each) for each in sys.path if each))
    command = shlex.join([sys.executable, str(BROKEN), mutation])
    found: dict[str, set[str]] = {}
    with Sandbox(state_dir=tmp_path / "state", bridge_command=command, bridge_may_die=True) as sandbox:
        until_ready(sandbox.urls["bridge"])
        # Nothing that is broken here comes right by waiting.
        target = dataclasses.replace(target_for(sandbox), patience=Patience(retry=2.0))
        with opened(sandbox, target) as world:
            runner = Runner(world, seed=0, token="t")
            for result in map(runner.play, chosen(list(caught))):
                found[result.item.id] = {f"{each.verdict}: {each.by}" for each in result.findings}
    assert {name: by & caught[name] for name, by in found.items()} == caught


def until_ready(bridge: str) -> None:
    """A bridge of somebody else's is not asked by the sandbox; this one is ours, so it can be."""
    deadline = time.monotonic() + READY_WITHIN_S
    while requests.get(f"{bridge}/ready", timeout=2).status_code != 200:
        assert time.monotonic() < deadline, "the bridge is not ready"
        time.sleep(0.05)
