"""The command line: help everywhere, exit statuses, JSON that parses, errors that say what to do."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from sandbox.cli import main

HEAVY = ("requests", "flask", "rich", "cryptography", "yaml", "jsonschema")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_every_command_has_help(path):
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0
    assert re.search(r"\n  [A-Z]", shown.output), "a sentence that says what it does"


def test_every_option_has_help():
    def silent(command: click.Command) -> list[str]:
        below = command.commands.values() if isinstance(command, click.Group) else ()
        own = [
            f"{command.name} {each.name}"
            for each in command.params
            if isinstance(each, click.Option) and not each.help
        ]
        return [*own, *(name for each in below for name in silent(each))]

    assert silent(main) == []


def test_help_imports_nothing_heavy(harness):
    shown = harness("--help")
    assert shown.status == 0
    code = f"import sys, sandbox.cli; print([name for name in {HEAVY} if name in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=harness.environment(), capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_version(harness):
    assert harness("--version").out.startswith("mosip-harness ")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nonsense"], 2, "No such command"),
        (["up", "--without", "nobody"], 2, "nobody"),
        (["up", "--bridge-url", "not a url"], 2, "--bridge-url"),
        (["env"], 2, "--for"),
        (["conform", "--bridge-url", "http://127.0.0.1:1", "--bridge-command", "x"], 2, "exclude each other"),
        (["conform", "no-such-scenario"], 2, "no-such-scenario"),
        (
            ["conform", "--workers", "2", "--bridge-url", "http://127.0.0.1:1"],
            2,
            "can't be shared by 2 workers",
        ),
        (["conform", "--instances", "27"], 2, "is not in the range"),
        (["conform", "--instances", "2", "--bridge-url", "http://127.0.0.1:1"], 2, "is not started here"),
        (["conform", "--workers", "0"], 2, "not in the range x>=1"),
        (["conform", "--random-order", "birth-happy"], 2, "'birth-happy' is no seed"),
        (["scenarios", "show", "birth-hapy"], 2, "birth-happy"),
        (["scenarios", "lint", "no-such-file.yaml"], 2, "no-such-file.yaml"),
        (["status"], 3, "no sandbox runs"),
        (["env", "--for", "bridge"], 3, "no sandbox runs"),
        (["down"], 0, "No sandbox runs"),
        (["scenarios", "lint"], 0, ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_exit_status_and_words(harness, arguments, status, words):
    result = harness(*arguments)
    assert (result.status, words in result.out + result.err) == (status, True), result.out + result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "arguments",
    [["scenarios", "list", "--json"], ["scenarios", "schema"], ["faults", "--json"]],
    ids=" ".join,
)
def test_json_parses(harness, arguments):
    result = harness(*arguments)
    assert result.status == 0, result.err
    assert result.json()


def test_lint_names_file_and_line(harness):
    bad = harness.folder / "bad.yaml"
    bad.write_text(
        "id: bad\nstory: A\ntags: [a]\nrequirements: [REQ-NOTHING-LOST]\nsteps:\n  - opencrvs.registr: {}\n"
    )
    result = harness("scenarios", "lint", "bad.yaml")
    assert result.status == 1
    assert re.search(r"bad\.yaml:6:\d+: .*opencrvs\.register", result.out)


def test_a_first_scenario_is_written_once(harness):
    result = harness("scenarios", "new", "mosip-away", "--event", "death")
    assert result.status == 0, result.err
    assert "mosip-harness conform my-scenarios/mosip-away.yaml" in result.out
    assert harness("scenarios", "lint", "my-scenarios").status == 0
    again = harness("scenarios", "new", "mosip-away")
    assert (again.status, "is there already" in again.err) == (3, True)


def test_show_as_a_story(harness):
    result = harness("scenarios", "show", "birth-happy", "--story")
    assert result.status == 0
    assert re.search(r"(?m)^\W*Given\b", result.out)


def test_faults_name_what_they_fit(harness):
    faults = {entry["fault"]: entry for entry in harness("faults", "--json").json()}
    assert {"status", "errors", "answer", "delay", "reset", "commit_then"} <= set(faults)
    assert "mosip.packet_manager.create_packet" in faults["errors"]["operations"]
    assert "null-response" in faults["answer"]["operations"]["mosip.packet_manager.create_packet"]
    assert "opencrvs.events.register_accept" in faults["commit_then"]["operations"]


def test_a_bridge_that_is_not_there(harness):
    result = harness("conform", "birth-happy", "--bridge-url", "http://127.0.0.1:9")
    assert (result.status, "no bridge answers at http://127.0.0.1:9" in result.err) == (3, True)


def test_a_bridge_command_that_ends(harness):
    command = shlex.join([sys.executable, "-c", "print('I am off')"])
    result = harness("conform", "birth-happy", "--bridge-command", command)
    assert result.status == 3
    assert "the bridge ended before it was ready" in result.err
    assert "I am off" in result.err


@pytest.mark.slow
def test_a_running_sandbox_tells_about_itself(harness):
    up = harness("up", "--detach", "--without", "bridge", "--json")
    try:
        assert set(up.json()["urls"]) == {"mosip", "esignet", "opencrvs", "bridge"}
        status = harness("status", "--json")
        parties = status.json()["parties"]
        assert status.status == 0
        assert {name: each["ready"] for name, each in parties.items()} == {
            "mosip": True,
            "esignet": True,
            "opencrvs": True,
            "bridge": False,
        }
        assert parties["bridge"]["pid"] is None
        assert harness("faults", "--json").json()
        elsewhere = harness("conform", "birth-happy", "--bridge-url", "http://127.0.0.1:9")
        assert (elsewhere.status, "up --detach --bridge-url http://127.0.0.1:9" in elsewhere.err) == (3, True)
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (harness.folder / ".harness").rglob("*")
            if path.is_file() and path.name != ".gitignore"
        }
        assert {name for name, mode in modes.items() if mode & 0o077} == set()
    finally:
        harness("down")


@pytest.mark.slow
def test_env_has_the_reference_implementations_names(harness):
    """The names of opencrvs/mosip: packages/mosip-api/src/constants.ts."""
    harness("up", "--detach", "--without", "bridge")
    try:
        text = harness("env", "--for", "bridge").out
        variables = harness("env", "--for", "bridge", "--json").json()
    finally:
        harness("down")
    assert set(variables) >= REFERENCE_NAMES
    assert {name for name in variables if name not in REFERENCE_NAMES} == {
        name for name in variables if name.startswith("BRIDGE_")
    }
    assert dict(line.split("=", 1) for line in text.splitlines() if "=" in line) == variables
    assert variables["DECRYPT_P12_FILE_PATH"].startswith("/")


REFERENCE_NAMES = {
    "ESIGNET_TOKEN_URL",
    "ESIGNET_USERINFO_URL",
    "OIDP_CLIENT_PRIVATE_KEY_PATH",
    "IDA_AUTH_URL",
    "IDA_AUTH_DOMAIN_URI",
    "PARTNER_ID",
    "PARTNER_APIKEY",
    "PARTNER_MISP_LK",
    "ENCRYPT_CERT_PATH",
    "SIGN_P12_FILE_PATH",
    "SIGN_P12_FILE_PASSWORD",
    "PORT",
    "LOCALE",
    "CLIENT_APP_URL",
    "SQLITE_DATABASE_PATH",
    "OPENCRVS_GATEWAY_URL",
    "OPENCRVS_AUTH_URL",
    "OPENCRVS_PUBLIC_KEY_URL",
    "OPENCRVS_CLIENT_ID",
    "OPENCRVS_CLIENT_SECRET",
    "MOSIP_AUTH_URL",
    "MOSIP_AUTH_CLIENT_APP_ID",
    "MOSIP_PACKET_AUTH_CLIENT_ID",
    "MOSIP_PACKET_AUTH_CLIENT_SECRET",
    "MOSIP_WEBSUB_HUB_URL",
    "MOSIP_WEBSUB_SECRET",
    "MOSIP_WEBSUB_TOPIC",
    "MOSIP_WEBSUB_CALLBACK_URL",
    "MOSIP_WEBSUB_AUTH_CLIENT_ID",
    "MOSIP_WEBSUB_AUTH_CLIENT_SECRET",
    "MOSIP_CREATE_PACKET_URL",
    "MOSIP_PROCESS_PACKET_URL",
    "MOSIP_CENTER_ID",
    "MOSIP_MACHINE_ID",
    "MOSIP_VERIFIABLE_CREDENTIAL_ALLOWLIST",
    "MOSIP_VERIFIABLE_CREDENTIAL_NATIONAL_ID_KEY",
    "DECRYPT_P12_FILE_PATH",
    "DECRYPT_P12_FILE_PASSWORD",
}
