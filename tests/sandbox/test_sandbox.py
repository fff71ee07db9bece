"""The sandbox as Python sees it: a context manager, admin clients, a bridge to be killed and started."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from sandbox import Sandbox
from sandbox.errors import PartyDiedError, SandboxError
from sandbox.health import party_health
from sandbox.processes import group_is_alive

pytestmark = pytest.mark.slow


def listens(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((parts.hostname, parts.port)) == 0


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(bridge_env={"BRIDGE_LOG_LEVEL": "debug"}, seed=7) as running:
        yield running


def test_two_instances_share_a_store_and_only_the_first_is_known_to_others():
    with Sandbox(instance_count=2) as two:
        first, other = two.bridges.values()
        assert two.instances == {"a": two.urls["bridge"], "b": other.url}
        assert [listens(each) for each in two.instances.values()] == [True, True]
        token = {"Authorization": f"Bearer {first.operator_token}"}
        settings = [each.log_path.name for each in (first, other)]
        assert settings == ["bridge.log", "bridge-b.log"]
        first.kill()
        assert (first.running(), other.running(), listens(other.url)) == (False, True, True)
        shown = requests.get(f"{other.url}/deliveries", headers=token, timeout=5)
        assert (shown.status_code, shown.json()["deliveries"]) == (200, [])
        other.kill()
        other.start()
        first.start()
        groups = [each.process.group for each in two.bridges.values()]
    assert not any(map(group_is_alive, groups))


@pytest.mark.parametrize("count", [0, 27])
def test_no_sandbox_of_none_or_too_many_instances(count: int):
    with pytest.raises(SandboxError, match="1 to 26 instances"):
        Sandbox(instance_count=count)


def test_admin_clients_speak_to_the_right_mock(sandbox):
    assert sandbox.mosip.health()["party"] == "mosip"
    assert sandbox.esignet.health()["party"] == "esignet"
    assert sandbox.opencrvs.health()["party"] == "opencrvs"


@pytest.fixture
def mother(sandbox):
    """Somebody whom MOSIP and E-Signet know by the same numbers."""
    told = {"id": "mother", "name": "Amina Diallo", "gender": "female", "born": "1991-04-09"}
    [known] = sandbox.mosip.people(scenario="doors#1", people=[told])
    person = {**told, "name": {"first": "Amina", "last": "Diallo"}, "uin": known["uin"], "vid": known["vid"]}
    sandbox.esignet.people(scenario="doors#1", people=[person])
    yield person
    sandbox.mosip.reset(scenario="doors#1")
    sandbox.esignet.reset(scenario="doors#1")


def ask_bridge(sandbox, path, body):
    token = sandbox.opencrvs.command("opencrvs.user_token")["token"]
    return requests.post(
        sandbox.urls["bridge"] + path, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=15
    )


@pytest.mark.parametrize(("born", "said"), [("1991-04-09", "verified"), ("1991-04-10", "failed")])
def test_the_bridge_verifies_people_at_ida(sandbox, mother, born, said):
    name = {"firstname": "Amina", "surname": "Diallo"}
    answer = ask_bridge(sandbox, "/verify", {"nid": mother["uin"], "name": name, "dob": born})
    assert (answer.status_code, answer.text) == (200, said)


def test_the_bridge_learns_from_esignet_who_has_logged_in(sandbox, mother):
    page = f"{sandbox.urls['opencrvs']}/events/declare/42/pages/mother"
    asked = {
        "client_id": "opencrvs-client",
        "response_type": "code",
        "scope": "openid profile",
        "redirect_uri": page,
        "state": "s1",
        "auto": mother["vid"],
        "claims": '{"userinfo": {"name": {"essential": true}, "birthdate": {"essential": true}}}',
    }
    back = requests.get(
        f"{sandbox.urls['esignet']}/authorize", params=asked, allow_redirects=False, timeout=15
    )
    query = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    answer = ask_bridge(
        sandbox,
        f"/esignet/get-oidp-user-info?code={query['code']}&state={query['state']}",
        {"clientId": "opencrvs-client", "redirectUri": page},
    )
    told = answer.json()
    assert (answer.status_code, told["verificationStatus"]) == (200, "authenticated")
    assert (told["name"]["firstname"], told["name"]["surname"]) == ("Amina", "Diallo")
    assert told["birthDate"] == "1991-04-09"


def test_the_hub_has_both_subscriptions_of_the_bridge(sandbox):
    """Ready means: a credential, or the end of a workflow, would be delivered."""
    topics = {each["topic"] for each in sandbox.mosip.state("subscriptions")}
    assert topics == {
        "opencrvs-partner/CREDENTIAL_ISSUED",
        "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT",
    }


def test_the_operator_token_opens_the_operators_door(sandbox):
    url = f"{sandbox.bridge.url}/deliveries"
    bearer = {"Authorization": f"Bearer {sandbox.bridge.operator_token}"}
    assert requests.get(url, headers=bearer, timeout=5).status_code == 200
    assert requests.get(url, timeout=5).status_code == 401


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_the_bridge_ends_and_starts_at_the_same_address(sandbox, how):
    group = sandbox.bridge.process.group
    getattr(sandbox.bridge, how)()
    assert not sandbox.bridge.running()
    assert not group_is_alive(group)
    assert not listens(sandbox.bridge.url)
    assert sandbox.failure is None, "an end that was asked for is no failure"
    sandbox.bridge.start()
    assert sandbox.bridge.running()
    assert sandbox.bridge.process.group != group
    assert party_health("bridge", sandbox.bridge.url).ready


def test_its_log_grows_over_a_restart(sandbox):
    before = sandbox.bridge.log_path.stat().st_size
    sandbox.bridge.restart()
    assert sandbox.bridge.log_path.stat().st_size > before


def test_it_is_not_started_twice(sandbox):
    with pytest.raises(SandboxError, match="runs already"):
        sandbox.bridge.start()


def test_settings_and_environment_arrive(sandbox):
    settings = sandbox.layout.state.settings("mosip").read_text()
    assert '"seed": 7' in settings
    assert "BRIDGE_LOG_LEVEL" not in sandbox.env_for_bridge(), (
        "an override is this bridge's, not every bridge's"
    )


def test_a_temporary_folder_goes_with_the_sandbox():
    with Sandbox(without={"bridge", "mosip"}) as running:
        folder = running.layout.state.root
        url = running.urls["opencrvs"]
        assert running.bridge is None
        assert folder.is_dir()
    assert not folder.exists()
    assert not listens(url)


def test_a_dead_party_ends_it_and_leaves_the_logs(tmp_path, monkeypatch, eventually):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(PartyDiedError, match="opencrvs was killed by SIGKILL"):  # noqa: PT012, SIM117
        with Sandbox(without={"bridge"}) as running:
            folder = running.layout.state.root
            os.kill(running.processes["opencrvs"].group, signal.SIGKILL)
            assert running.wait() is not None
            eventually(lambda: not listens(running.urls["mosip"]), what="the other mock has gone too")
            running.check()
    assert (folder / "logs" / "opencrvs.log").exists()


def test_the_death_of_a_judged_bridge_ends_nothing_else(eventually):
    with Sandbox(bridge_may_die=True) as running:
        os.killpg(running.bridge.process.group, signal.SIGKILL)
        eventually(lambda: not running.bridge.running(), what="the bridge is dead")
        running.check()
        assert running.mosip.health()["party"] == "mosip"
        running.bridge.start()
        assert party_health("bridge", running.urls["bridge"]).ready


def test_a_party_that_can_not_start_is_named_with_its_last_words(tmp_path: Path):
    starting = Sandbox(state_dir=tmp_path, without={"bridge"}, opencrvs_settings={"country_pack": "atlantis"})
    with pytest.raises(SandboxError, match=r"(?s)opencrvs ended with status 3.*opencrvs\.log.*atlantis"):
        starting.start()
    assert not (tmp_path / "sandbox.json").exists()
    assert not listens(starting.urls["mosip"])


def test_a_mock_may_be_run_by_another_program(tmp_path: Path):
    told = tmp_path / "told.py"
    told.write_text("import sys; print('run with', sys.argv[1]); sys.exit(7)\n")
    programs = {"opencrvs": (sys.executable, str(told))}
    starting = Sandbox(state_dir=tmp_path / "state", without={"bridge"}, mock_programs=programs)
    with pytest.raises(SandboxError, match=r"(?s)opencrvs ended with status 7.*run with opencrvs"):
        starting.start()
    with pytest.raises(SandboxError, match="no such mock: bridge"):
        Sandbox(mock_programs={"bridge": programs["opencrvs"]})


def test_the_callers_environment_does_not_reach_the_parties(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BRIDGE_CALLBACK_POLICY", "none")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with Sandbox() as running:
        # With the stray policy the bridge would not have started; with the proxy it would reach nobody.
        assert party_health("bridge", running.urls["bridge"]).ready


def test_a_sandbox_that_stops_starts_no_bridge_any_more():
    with Sandbox(bridge_may_die=True) as running:
        running.bridge.kill()
        running.stop()
        with pytest.raises(SandboxError, match="bridge is not started: the sandbox stops"):
            running.bridge.start()
        assert not running.bridge.running()
