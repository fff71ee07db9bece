"""What the command line asks of this room, and the promises of what ships."""

from __future__ import annotations

import io
import json

import pytest

from conformance import cli_support
from conformance.library import UnknownScenarioError, chosen
from conformance.requirements import requirements
from sandbox.reach import FROM_HERE
from sandbox.routes import BridgeRoutes

NINE = {
    "birth-happy",
    "death-happy",
    "death-mints-no-identity",
    "birth-packet-manager-200-errors",
    "birth-duplicate-submission",
    "birth-credential-before-202",
    "opencrvs-down-at-confirm",
    "sec-forged-webhook",
    "res-crash-between-webhook-and-confirm",
}


def test_what_ships(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    found = cli_support.list_scenarios()
    assert {each.id for each in found} >= NINE
    assert all(each.tags and each.requirements and each.story for each in found)
    forged = next(each for each in found if each.id == "sec-forged-webhook")
    assert forged.rows == (
        "sec-forged-webhook[unsigned]",
        "sec-forged-webhook[wrong-secret]",
        "sec-forged-webhook[two-signature-headers]",
        "sec-forged-webhook[altered-body]",
    )


def test_no_requirement_is_an_orphan() -> None:
    used = {each for scenario in cli_support.list_scenarios() for each in scenario.requirements}
    assert used == set(requirements())
    assert {each.level for each in requirements().values()} <= {"must", "should"}
    assert all(each.harm and each.words and each.sources for each in requirements().values())


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["birth-happy"], ["birth-happy"]),
        (["sec-forged-webhook[unsigned]"], ["sec-forged-webhook[unsigned]"]),
        (["birth-happy", "birth-happy"], ["birth-happy"]),
        (["tag:smoke"], None),
    ],
)
def test_choosing(names: list[str], ids: list[str] | None) -> None:
    found = chosen(names)
    assert ids is None or [item.id for item in found] == ids
    assert ids or all("smoke" in item.scenario.tags for item in found)


def test_choosing_a_file_or_folder(tmp_path) -> None:
    text = cli_support.show("birth-happy")
    (tmp_path / "birth-happy.yaml").write_text(text)
    assert [item.id for item in chosen([str(tmp_path)])] == ["birth-happy"]
    assert [item.id for item in chosen([str(tmp_path / "birth-happy.yaml")])] == ["birth-happy"]


def test_a_folder_may_have_fragments_of_its_own(tmp_path) -> None:
    (tmp_path / "scenarios.ini").touch()
    (tmp_path / "given").mkdir()
    fragment = (
        "fragment: twins-declared\nstory: Twins\n"
        "arguments:\n  mother: {type: person, default: adult}\nsteps:\n"
        "  - {opencrvs.declare: {event: birth, child: $mother, mother: $mother}, as: first}\n"
    )
    (tmp_path / "given" / "twins-declared.yaml").write_text(fragment)
    (tmp_path / "x.yaml").write_text(
        "id: x\nstory: s\ntags: [t]\nrequirements: [REQ-NOTHING-LOST]\ngiven: {twins-declared: {}}\n"
        "steps:\n  - opencrvs.register: {record: $first}\n"
    )
    assert [item.id for item in chosen([str(tmp_path)])] == ["x"]
    assert cli_support.lint([tmp_path]) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("birth-hapy", "no scenario 'birth-hapy'. Did you mean 'birth-happy'?"),
        ("sec-forged-webhook[unsignd]", "no row 'sec-forged-webhook[unsignd]'. Did you mean"),
        ("nowhere.yaml", "no such file: nowhere.yaml"),
        ("tag:smok", "no scenario has the tag 'smok'"),
    ],
)
def test_what_is_not_there(name: str, words: str) -> None:
    with pytest.raises(UnknownScenarioError) as caught:
        chosen([name])
    assert str(caught.value).startswith(words)


def test_stories_keep_the_order_of_the_file() -> None:
    story = cli_support.show("sec-forged-webhook", story=True)
    lines = story.splitlines()
    assert lines[0] == "A credential that MOSIP did not send changes nothing"
    order = [
        "is held back",
        "a credential with 9999999999 arrives",
        "all the while",
        "is let go",
        "in the end",
    ]
    places = [next(index for index, line in enumerate(lines) if words in line) for words in order]
    assert places == sorted(places)
    assert any("Otherwise harmed: the child" in line for line in lines)


def test_every_story_can_be_told() -> None:
    for each in cli_support.list_scenarios():
        told = cli_support.show(each.id, story=True)
        assert "Given" in told
        assert "Then" in told
        assert "$" not in told


class Sandbox:
    """The fakes as a sandbox."""

    def __init__(self, stage) -> None:
        self.mosip, self.esignet, self.opencrvs = stage.mosip, stage.esignet, stage.opencrvs
        self.bridge = None
        self.routes = BridgeRoutes()
        self.bridges = {}
        self.instances = {"a": "http://127.0.0.1:9"}
        self.reach = FROM_HERE
        self.urls = {
            "opencrvs": "http://127.0.0.1:9",
            "mosip": "http://127.0.0.1:9",
            "esignet": "http://127.0.0.1:9",
            "bridge": "http://127.0.0.1:9",
        }

    def env_for_bridge(self) -> dict[str, str]:
        return {}


@pytest.mark.parametrize(
    ("names", "break_off", "code", "words"),
    [
        (["birth-hapy"], False, 2, "Did you mean 'birth-happy'?"),
        (["nowhere.yaml"], False, 2, "no such file"),
        (["birth-happy"], True, 3, "the sandbox does not answer"),
        (["res-crash-between-webhook-and-confirm"], False, 0, "the target lacks bridge.process"),
        # No OpenCRVS listens there: the harness failed, so nothing is proved.
        (["birth-happy"], False, 1, "harness-error"),
    ],
)
def test_exit_codes(names: list[str], break_off: bool, code: int, words: str, stage) -> None:
    if break_off:
        stage.mosip.break_off("connection refused")
    out = io.StringIO()
    assert cli_support.conform(names, sandbox=Sandbox(stage), out=out) == code
    assert words in out.getvalue()


def test_a_bad_file_is_usage(tmp_path, stage) -> None:
    bad = tmp_path / "x.yaml"
    bad.write_text("id: x\nid: y\n")
    out = io.StringIO()
    assert cli_support.conform([str(bad)], sandbox=Sandbox(stage), out=out) == 2
    assert "x.yaml:2:1: duplicate key 'id'" in out.getvalue()


def test_results_as_json(tmp_path, stage) -> None:
    out = io.StringIO()
    name = "res-crash-between-webhook-and-confirm"
    assert (
        cli_support.conform([name], sandbox=Sandbox(stage), json=True, report=tmp_path / "out", out=out) == 0
    )
    document = json.loads(out.getvalue())
    assert document == json.loads((tmp_path / "out" / "results.json").read_text())
    assert [item["verdict"] for item in document["items"]] == ["skipped"]
    assert (tmp_path / "out" / "junit.xml").is_file()
