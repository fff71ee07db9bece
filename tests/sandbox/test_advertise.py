"""Mocks that others know by another address than this machine does."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from conformance.browser import Browser, Page
from conformance.esignet_client import EsignetClient
from conformance.ida_client import IdaClient
from conformance.people import Person
from mock_control.client import AdminClient, AdminError
from sandbox import RunningSandbox, Sandbox
from sandbox.box import MOCKS
from sandbox.door import admin_for_this_machine
from sandbox.health import party_health
from sandbox.layout import Layout, StateDir
from sandbox.ports import PARTIES
from sandbox.settings_files import (
    own_environment,
    reference_environment,
    trust_environment,
    write_mock_settings,
)
from sandbox.trust import Trust

LOCAL = re.compile(r"127\.0\.0\.1:2000[0-2]|localhost")
NOWHERE = "harness.invalid"
"""A name that nobody resolves (RFC 2606): what gets there all the same has gone by the local address."""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> StateDir:
    """Keys are made once."""
    found = StateDir.at(tmp_path_factory.mktemp("state"))
    found.begin(PARTIES)
    return found


def laid_out(state: StateDir, scheme: str) -> Layout:
    """mosip, esignet, opencrvs on ports 20000 to 20002, the bridge on 20003."""
    ports = {party: 20000 + number for number, party in enumerate(PARTIES)}
    local = {
        party: f"{scheme if party in MOCKS else 'http'}://127.0.0.1:{port}" for party, port in ports.items()
    }
    told = {party: f"{scheme}://harness.example:{ports[party]}" for party in MOCKS}
    trust = Trust() if scheme == "http" else Trust(authority=state.keys / "ca", bundle=state.keys / "bundle")
    return Layout.of(state, local, advertised=told, trust=trust)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_bridge_is_told_nothing_local_but_its_own_address(state: StateDir, scheme: str) -> None:
    layout = laid_out(state, scheme)
    variables = {**reference_environment(layout), **own_environment(layout)}
    assert [name for name, value in variables.items() if LOCAL.search(value)] == []
    at = {name for name, value in variables.items() if f"{scheme}://harness.example:" in value}
    assert at == {
        "CLIENT_APP_URL",
        "OPENCRVS_GATEWAY_URL",
        "OPENCRVS_AUTH_URL",
        "OPENCRVS_PUBLIC_KEY_URL",
        "MOSIP_AUTH_URL",
        "MOSIP_CREATE_PACKET_URL",
        "MOSIP_PROCESS_PACKET_URL",
        "MOSIP_WEBSUB_HUB_URL",
        "MOSIP_VERIFIABLE_CREDENTIAL_ALLOWLIST",
        "IDA_AUTH_URL",
        "IDA_AUTH_DOMAIN_URI",
        "ESIGNET_TOKEN_URL",
        "ESIGNET_USERINFO_URL",
        "BRIDGE_STATUS_URL",
        "BRIDGE_COUNTRY_CONFIG_URL",
    }
    assert variables["MOSIP_WEBSUB_CALLBACK_URL"] == "http://127.0.0.1:20003/websub/callback"
    assert variables["PORT"] == "20003"


def test_what_makes_a_bridge_believe_the_mocks(state: StateDir) -> None:
    assert trust_environment(laid_out(state, "http")) == {}
    adds, replaces = str(state.keys / "ca"), str(state.keys / "bundle")
    assert trust_environment(laid_out(state, "https")) == {
        "NODE_EXTRA_CA_CERTS": adds,
        "BRIDGE_CA_FILE": adds,
        "SSL_CERT_FILE": replaces,
        "REQUESTS_CA_BUNDLE": replaces,
    }


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_mocks_show_what_is_advertised_and_use_what_is_near(state: StateDir, scheme: str) -> None:
    layout = laid_out(state, scheme)
    written: dict[str, Any] = {
        party: json.loads(write_mock_settings(party, layout, {}).read_text()) for party in MOCKS
    }
    told = f"{scheme}://harness.example"
    assert {party: written[party]["public_url"] for party in MOCKS} == {
        "mosip": f"{told}:20000",
        "esignet": f"{told}:20001",
        "opencrvs": f"{told}:20002",
    }
    assert written["esignet"]["clients"][0]["redirect_uris"] == [f"{told}:20002/**"]
    assert written["opencrvs"]["esignet"]["authorize_url"] == f"{told}:20001/authorize"
    assert written["esignet"]["ida"]["url"] == f"{scheme}://127.0.0.1:20000/idauthentication/v1"
    assert written["opencrvs"]["country_config_url"] == f"{scheme}://127.0.0.1:20002"
    assert written["opencrvs"]["bridge_url"] == "http://127.0.0.1:20003"


@pytest.mark.parametrize(
    ("peer", "path", "status"),
    [
        ("127.0.0.1", "/__admin/state", 200),
        ("127.9.9.9", "/__admin/state", 200),
        ("::1", "/__admin/state", 200),
        ("192.0.2.7", "/__admin/state", 403),
        ("192.0.2.7", "/__admin", 403),
        ("::ffff:192.0.2.7", "/__admin/state", 403),
        ("", "/__admin/state", 403),
        ("192.0.2.7", "/health", 200),
    ],
)
def test_the_admin_door_opens_to_this_machine_only(peer: str, path: str, status: int) -> None:
    app = Flask(__name__)
    for known in ("/__admin/state", "/__admin", "/health"):
        app.add_url_rule(known, known, lambda: "here")
    app.wsgi_app = admin_for_this_machine(app.wsgi_app)
    answer = app.test_client().get(path, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == status
    if status == 403:
        assert answer.get_json() == {"error": "the admin API answers this machine only"}


def reached(host: str, url: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(url.rpartition(":")[2]))) == 0


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")


@linux
@pytest.mark.slow
@pytest.mark.parametrize(
    ("advertise", "open_to_others"),
    [(None, False), ("http://localhost", False), ("https://localhost", False), ("http://127.0.0.2", True)],
)
def test_only_what_is_advertised_to_others_listens_for_them(
    tmp_path: Path, advertise: str | None, open_to_others: bool
) -> None:
    """127.0.0.2 is this machine too, but nothing on 127.0.0.1 alone is reached by it."""
    with Sandbox(state_dir=tmp_path, advertise=advertise) as sandbox:
        assert {party: reached("127.0.0.2", sandbox.urls[party]) for party in PARTIES} == {
            **dict.fromkeys(MOCKS, open_to_others),
            "bridge": False,
        }
        assert all(reached("127.0.0.1", url) for url in sandbox.urls.values())


@pytest.mark.slow
def test_a_mock_that_listens_for_others_keeps_its_admin_door_shut_to_them(tmp_path: Path) -> None:
    own = address_of_this_machine()
    alone = [party for party in PARTIES if party != "mosip"]
    with Sandbox(state_dir=tmp_path, without=alone, advertise=f"http://{own}") as sandbox:
        told, key = sandbox.layout.advertised["mosip"], sandbox.layout.secrets.admin_token
        headers = {"Authorization": f"Bearer {key}"}
        assert requests.get(f"{told}/health", timeout=5).status_code == 200
        assert requests.get(f"{told}/__admin/state", headers=headers, timeout=5).status_code == 403
        assert sandbox.mosip.state()


def address_of_this_machine() -> str:
    """One of another interface than loopback; skips where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no interface but loopback")
        return str(probe.getsockname()[0])


@linux
@pytest.mark.slow
def test_our_bridge_passes_by_the_advertised_address(harness: Any) -> None:
    scenarios = ("birth-happy", "verify-happy", "esignet-happy")
    judged = harness("conform", *scenarios, "--advertise", "http://127.0.0.2", "--json", timeout=120)
    assert judged.status == 0, judged.out + judged.err
    assert {each["verdict"] for each in judged.json()["items"]} == {"pass"}
    assert "The mocks listen on all interfaces" in judged.err


@linux
@pytest.mark.slow
def test_up_says_who_gets_in_and_by_which_address(harness: Any) -> None:
    up = harness("up", "--detach", "--without", "bridge", "--advertise", "https://127.0.0.2")
    try:
        assert up.status == 0, up.err
        assert "The mocks listen on all interfaces" in up.out
        authority = harness.folder / ".harness" / "keys" / "ca.crt.pem"
        assert f"Certificate of their authority, for whoever shall trust them: {authority}" in up.out
        record = json.loads((harness.folder / ".harness" / "sandbox.json").read_text())
        assert record["advertise"] == "https://127.0.0.2"
        for party in MOCKS:
            told, local = record["advertised"][party], record["urls"][party]
            assert told == local.replace("127.0.0.1", "127.0.0.2")
            assert re.search(rf"{party} +{local} +advertised as {told}\n", up.out)
            assert requests.get(f"{told}/health", timeout=5, verify=str(authority)).ok
        status = harness("status", "--json").json()
        assert status["parties"]["mosip"]["advertised"] == record["advertised"]["mosip"]
        assert status["parties"]["mosip"]["ready"]
        assert harness("faults", "--json").status == 0
    finally:
        harness("down")


@pytest.fixture(scope="module", params=["http", "https"])
def unreachable(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """Mocks that are advertised by a name that this machine can't resolve."""
    with Sandbox(
        state_dir=tmp_path_factory.mktemp("state"),
        without=["bridge"],
        advertise=f"{request.param}://{NOWHERE}",
    ) as running:
        yield running


@pytest.mark.slow
class TestAnAddressThatIsOfNoUseHere:
    def test_who_asks_the_mocks_gets_the_advertised_one(self, unreachable: Sandbox) -> None:
        told = unreachable.layout.advertised
        near, verify = unreachable.urls, unreachable.reach.verify
        provider = requests.get(
            near["esignet"] + "/.well-known/openid-configuration", timeout=5, verify=verify
        ).json()
        assert provider["issuer"] == told["esignet"]
        assert provider["token_endpoint"] == told["esignet"] + "/v1/esignet/oauth/v2/token"
        controller = requests.get(
            near["mosip"] + "/.well-known/controller.json", timeout=5, verify=verify
        ).json()
        assert controller["id"] == told["mosip"] + "/.well-known/controller.json"
        assert "127.0.0.1" not in json.dumps([provider, controller])

    def test_the_engine_gets_there_all_the_same(self, unreachable: Sandbox) -> None:
        page = {"event_id": "0a0b0c0d-0000-4000-8000-000000000001", "page": "mother"}
        link = unreachable.opencrvs.command("opencrvs.form.link", **page)
        assert link["url"].startswith(f"{unreachable.layout.advertised['esignet']}/authorize?")
        assert link["redirect_uri"].startswith(unreachable.layout.advertised["opencrvs"])
        seen = Browser(site=link["url"], reach=unreachable.reach).open(link["url"])
        assert isinstance(seen, Page)
        assert (seen.status, seen.error) == (200, None)

    def test_and_asks_ida_and_esignet_of_a_person(self, unreachable: Sandbox, stranger: Person) -> None:
        variables, reach = unreachable.env_for_bridge(), unreachable.reach
        standing = IdaClient(variables, reach).authenticate(stranger, "uin")
        assert (standing.word, standing.code) == ("refused", "IDA-MLC-018")
        asked = EsignetClient(variables, unreachable.layout.advertised, reach).authenticate(stranger, "uin")
        assert (asked.word, asked.code) == ("refused", "invalid_individual_id")

    def test_another_process_finds_the_same(self, unreachable: Sandbox) -> None:
        found = RunningSandbox(unreachable.layout.state.root)
        assert found.env_for_bridge() == unreachable.env_for_bridge()
        assert found.urls == unreachable.urls
        assert found.mosip.health()["party"] == "mosip"
        assert found.reach == unreachable.reach


@pytest.fixture
def stranger() -> Person:
    """A person whom no mock knows."""
    from conformance.people import make_people

    made = make_people({"one": {"adult": {}}}, seed="stranger")["one"]
    return replace(made, identifiers={"uin": "5260181591"})


@pytest.mark.slow
class TestAStateDirectoryOfBefore:
    """Nothing is made for TLS without need, and a folder without it can be advertised later."""

    def test_nothing_is_made_without_need(self, tmp_path: Path) -> None:
        alone = [party for party in PARTIES if party != "mosip"]
        for advertise, made in ((None, set()), ("http://127.0.0.1", set())):
            with Sandbox(state_dir=tmp_path, without=alone, advertise=advertise) as sandbox:
                assert sandbox.urls["mosip"].startswith("http://127.0.0.1:")
                assert tls_files(tmp_path) == made
        keys = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
        with Sandbox(state_dir=tmp_path, without=alone, advertise="https://localhost") as sandbox:
            assert tls_files(tmp_path) == {"authority.pem", "ca.crt.pem", "server.pem", "trust.pem"}
            authority = sandbox.layout.trust.authority
            assert party_health("mosip", sandbox.urls["mosip"], trusts=authority).ready
            with pytest.raises(AdminError, match="SSLError"):
                AdminClient(sandbox.urls["mosip"], sandbox.layout.secrets.admin_token).health()
        assert {name: (tmp_path / "keys" / name).read_bytes() for name in keys} == keys
        with Sandbox(state_dir=tmp_path, without=alone) as sandbox:
            assert party_health("mosip", sandbox.urls["mosip"]).ready

    def test_a_record_of_before_is_read(self, tmp_path: Path) -> None:
        with Sandbox(state_dir=tmp_path, without=[party for party in PARTIES if party != "mosip"]) as sandbox:
            path = sandbox.layout.state.record
            record = json.loads(path.read_text())
            for name in ("advertise", "advertised", "authority", "bundle", "bridge_ca"):
                del record[name]
            path.write_text(json.dumps(record))
            found = RunningSandbox(tmp_path)
            assert found.env_for_bridge() == sandbox.env_for_bridge()
            assert found.mosip.health()["party"] == "mosip"


def tls_files(folder: Path) -> set[str]:
    return {
        path.name
        for path in (folder / "keys").iterdir()
        if path.name in ("authority.pem", "ca.crt.pem", "server.pem", "trust.pem")
    }
