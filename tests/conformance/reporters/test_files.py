"""The files of a report, of a run that fails and of one that passes."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console as Terminal

from conformance.reporters import Console, Html, JUnit, Results, Summary
from conformance.reporters.results import results_schema
from conformance.requirements import requirements

VOID = {"meta", "link", "br", "input", "img"}


class Reader(HTMLParser):
    """Elements with their attributes, and whether they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str, name: str = "") -> list[dict[str, str | None]]:
        return [
            each
            for found, each in self.found
            if found == tag and name in [*(each.get("class") or "").split(), ""]
        ]


def write(played, results, folder: Path) -> None:
    listeners = [
        Html(folder / "r.html"),
        Summary(folder / "s.md"),
        Results(folder / "r.json"),
        JUnit(folder / "j.xml"),
    ]
    for event in played.events(results):
        for listener in listeners:
            listener.hear(event)


@pytest.fixture(scope="module", params=["failing", "passing"])
def folder(request, played, tmp_path_factory) -> Path:
    made: Path = tmp_path_factory.mktemp(request.param)
    write(played, getattr(played, request.param)(), made)
    return made


@pytest.fixture(scope="module")
def failed(played, tmp_path_factory) -> Path:
    made: Path = tmp_path_factory.mktemp("failed")
    write(played, played.failing(), made)
    return made


def read(folder: Path) -> Reader:
    reader = Reader()
    reader.feed((folder / "r.html").read_text(encoding="utf-8"))
    reader.close()
    return reader


def test_the_page_asks_nobody_for_anything(folder: Path) -> None:
    reader = read(folder)
    assert reader.all("html")[0]["lang"] == "en"
    assert [
        each for each in reader.found if set(each[1]) & {"src", "style", "onclick", "srcset", "action"}
    ] == []
    assert reader.all("link") == reader.all("img") == reader.all("iframe") == []
    assert all((each["href"] or "").startswith("#") for each in reader.all("a"))
    (policy,) = (each["content"] or "" for each in reader.all("meta") if each.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_every_link_and_every_name_leads_somewhere(folder: Path) -> None:
    reader = read(folder)
    names = [each["id"] for _, each in reader.found if "id" in each]
    assert len(set(names)) == len(names)
    for each in reader.all("a"):
        target = (each["href"] or "")[1:]
        assert target in names or target.startswith("requirement=REQ-")
    assert {each["aria-labelledby"] for _, each in reader.found if "aria-labelledby" in each} <= set(names)


def test_the_worst_is_first_and_open(failed: Path) -> None:
    shown = read(failed).all("details", "item")
    assert [each["data-verdict"] for each in shown] == [
        "fail",
        "harness-error",
        "inconclusive",
        "warning",
        "known",
        "skipped",
        "skipped",
        "pass",
    ]
    assert ["open" in each for each in shown] == [True, True, *[False] * 6]


SOME = {
    ("fail", "skipped", "pass"): "1 of 2 scenarios played failed; 1 requirement is violated. "
    "1 more asks for what this bridge does not offer.",
    ("harness-error", "pass"): "1 of 2 scenarios played could not be judged: the harness itself failed.",
    ("inconclusive", "warning"): "None failed, and 1 of 2 scenarios played could not be judged.",
    ("known", "pass"): "Nothing new failed: 1 of 2 scenarios played failed as is known.",
    ("warning", "pass", "skipped", "skipped"): "All 2 scenarios that were played passed, 1 with a warning. "
    "2 more ask for what this bridge does not offer.",
    ("pass",): "The one scenario that was played passed.",
    ("skipped",): "Nothing was played. 1 more asks for what this bridge does not offer.",
    (): "Nothing was played.",
}


@pytest.mark.parametrize(("verdicts", "lead"), SOME.items(), ids=lambda value: "-".join(value)[:40])
def test_one_sentence_says_how_it_went(verdicts: tuple, lead: str, played, tmp_path: Path) -> None:
    results = [
        played.result(
            played.item(f"a{number}", requirements="REQ-BOUNDED"),
            verdict,
            *([] if verdict == "pass" else [played.finding(verdict, "must effects", "x wanted, y seen")]),
        )
        for number, verdict in enumerate(verdicts)
    ]
    write(played, results, tmp_path)
    told = re.search(r'<p class="lead">(.*?)</p>', (tmp_path / "r.html").read_text())
    assert told is not None
    assert told[1] == lead
    broken = "What is broken, and for whom" in (tmp_path / "r.html").read_text()
    assert broken is ("fail" in verdicts)


def test_a_failure_is_told_whole(failed: Path, played) -> None:
    reader = read(failed)
    text = " ".join("".join(reader.text).split())
    for words in (
        "A birth is declared".lower(),
        "packets: 1 wanted, 2 seen; accepts: 1 wanted, 0 and 1 of nobody seen",
        "mosip-harness conform 'story[b]' --seed 7",
        "opencrvs-2.0, mosip-1.3",
        "request: opencrvs/register-accept.request at /declaration: is not an object",
        "[secret 1a2b3c4d]",
        "curl --globoff -X PUT http://127.0.0.1:20240/mosip/packet_manager/create_packet",
        "[9000 characters]",
        "Decrypted",
        '"fullName": "Ada"',
        "known: read",
        "near are /commons/v1/packetmanager/createPacket",
    ):
        assert words in text
    assert len([each for each in reader.all("svg") if each["class"] == "sequence"]) == 2
    assert len(reader.all("details", "exchange")) == 11 + 4


def test_what_was_said_stays_text(failed: Path) -> None:
    text = (failed / "r.html").read_text(encoding="utf-8")
    assert text.count("<script>") == 1
    assert "onerror=alert" in text
    assert "<img" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_the_console_shows_what_was_said_and_how_to_send_it_again(played) -> None:
    out = io.StringIO()
    listener = Console(Terminal(file=out, width=400, force_terminal=False))
    for event in played.events(played.failing()):
        listener.hear(event)
    text = out.getvalue()
    assert text.count("send it again: curl --globoff") == 2
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "onerror=alert(2)>\\u202e\\x1b[31m" in text


def test_a_page_of_nothing_is_a_page(played, tmp_path: Path) -> None:
    write(played, [], tmp_path)
    assert "Nothing was played." in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "**nothing played**" in (tmp_path / "s.md").read_text(encoding="utf-8")


def test_a_bridge_that_never_stops_asking_makes_no_endless_page(played, tmp_path: Path) -> None:
    many = [played.exchange(number, "mosip.a.b", at_ms=number) for number in range(1, 5001)]
    write(played, [played.result(played.item("loud"), "pass", exchanges=many)], tmp_path)
    reader = read(tmp_path)
    shown = [(each["id"] or "").rpartition("-")[2] for each in reader.all("details", "exchange")]
    assert shown == [str(number) for number in (*range(1, 151), *range(4851, 5001))]
    assert "4700 exchanges in the middle are left out." in "".join(reader.text)


def test_the_results_keep_their_schema(folder: Path) -> None:
    Draft202012Validator.check_schema(results_schema())
    document = json.loads((folder / "r.json").read_text(encoding="utf-8"))
    assert [each.message for each in Draft202012Validator(results_schema()).iter_errors(document)] == []
    assert document["format"] == 2


def test_the_results_say_what_the_run_says_of_each_requirement(failed: Path) -> None:
    document = json.loads((failed / "r.json").read_text(encoding="utf-8"))
    told = {each["id"]: each["standing"] for each in document["requirements"]}
    assert {name: standing for name, standing in told.items() if standing != "not played"} == {
        "REQ-BIRTH-IDENTIFIED": "inconclusive",
        "REQ-DEATH-TOLD": "inconclusive",
        "REQ-NOTHING-TWICE": "violated",
        "REQ-ORDER-FREE": "out of mode",
        "REQ-STAYS-UP": "not offered",
        "REQ-CONTRACTS-KEPT": "violated",
    }
    item = next(each for each in document["items"] if each["id"] == "story[b]")
    assert item["grade"] == "read"
    assert [each["grade"] for each in item["findings"]] == [None, None, "ran"]
    assert [line.split()[0] for line in item["replay"]] == ["curl", "curl"]


def test_the_summary_is_short_and_says_why(failed: Path) -> None:
    text = (failed / "s.md").read_text(encoding="utf-8")
    assert (
        "**1 pass, 1 fail, 1 warning, 1 inconclusive, 2 skipped, 1 known, 1 harness-error** in 12.5 s" in text
    )
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert heads[0] == "fail: story\\[b\\]"
    assert heads[-1] == "Requirements"
    assert "- fail: must effects: packets: 1 wanted, 2 seen" in text
    assert "| `REQ-NOTHING-TWICE` (must) | violated | 2 violated, 2 proven | read |" in text
    assert "\\<script\\>" in text
    assert len(text.splitlines()) < 70 + len(requirements())


def test_the_summary_of_a_pass_has_nothing_to_explain(played, tmp_path: Path) -> None:
    write(played, played.passing(), tmp_path)
    text = (tmp_path / "s.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Requirements"]
    assert "1 proven, " in text
