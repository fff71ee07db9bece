"""The report of a birth that was really played: who spoke to whom, and no secret of anybody's."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from conformance.conform import conform
from sandbox import Sandbox

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"
FILES = {"report.html", "summary.md", "results.json", "junit.xml"}
A_TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+")
"""Header and claims of a JWT. A signature of a message, whose payload is left out, lets nobody in."""
PLAIN = 16
"""Shorter values of the bridge's settings are names and switches, no secrets."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(state_dir=tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.fixture(scope="module")
def report(sandbox, tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("report")
    assert conform(["birth-happy"], sandbox=sandbox, report=folder, strict=True) == 0
    return folder


def diagram(report: Path) -> ET.Element:
    text = (report / "report.html").read_text(encoding="utf-8")
    return ET.fromstring(text[text.index("<svg") : text.index("</svg>") + len("</svg>")])  # noqa: S314


def test_all_files_are_there(report: Path) -> None:
    assert {each.name for each in report.iterdir()} == FILES
    document = json.loads((report / "results.json").read_text())
    told = {each["id"]: each["standing"] for each in document["requirements"]}
    assert told["REQ-BIRTH-IDENTIFIED"] == told["REQ-CONTRACTS-KEPT"] == "proven"
    assert "**1 pass**" in (report / "summary.md").read_text()


def test_the_diagram_is_how_a_birth_flows(report: Path) -> None:
    told = [
        (each.find(f"{SVG}title").text or "").split(" · ")
        for each in diagram(report).iter(f"{SVG}g")
        if each.get("data-to")
    ]
    road = [(words[0].split("ms ")[-1], words[1]) for words in told]
    wanted = [
        ("Registrar to OpenCRVS", "opencrvs.events.declare"),
        ("Registrar to OpenCRVS", "opencrvs.events.register"),
        ("OpenCRVS", "opencrvs.country_config.trigger"),
        ("OpenCRVS to Bridge", "opencrvs.country_config.send_registration"),
        ("Bridge to MOSIP", "mosip.packet_manager.create_packet"),
        ("Bridge to MOSIP", "mosip.workflow.create_instance"),
        ("MOSIP", "mosip.workflow.finalization"),
        ("MOSIP to Bridge", "mosip.websub.deliver"),
        ("Bridge to OpenCRVS", "opencrvs.events.register_accept"),
    ]
    along = iter(road)
    assert [each for each in wanted if each not in along] == []


def test_the_credential_is_shown_decrypted(report: Path) -> None:
    text = (report / "report.html").read_text(encoding="utf-8")
    assert "<h5>Decrypted</h5>" in text
    assert "credentialSubject" in text


def test_no_secret_is_in_any_file(report: Path, sandbox) -> None:
    named = {
        name: value
        for name, value in sandbox.env_for_bridge().items()
        if any(word in name for word in ("SECRET", "PASSWORD", "KEY", "TOKEN", "_LK")) and len(value) >= PLAIN
    }
    secrets = {name: value for name, value in named.items() if not value.startswith(("http://", "/"))}
    secrets["operator's token"] = sandbox.bridge.operator_token
    assert len(secrets) > 5
    for file in report.iterdir():
        text = file.read_text(encoding="utf-8")
        assert [name for name, value in secrets.items() if value in text] == []
        assert A_TOKEN.findall(text) == []
        assert "BEGIN PRIVATE" not in text
