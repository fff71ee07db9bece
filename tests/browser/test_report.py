"""The HTML report as a person has it: opened from the disk, filtered, walked through by keyboard."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.reporters import Html

pytestmark = pytest.mark.browser

PLAYED = Path(__file__).parents[1] / "conformance" / "reporters" / "played.py"
PATIENCE_MS = 10_000


@dataclass(kw_only=True)
class Reader:
    """A page of the browser, what it complained of and what it asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def shown(self) -> list[str]:
        """The scenarios that are to be seen, in order."""
        found: list[str] = self.page.eval_on_selector_all(
            "details.item",
            "all => all.filter(each => each.offsetParent !== null).map(each => each.dataset.id)",
        )
        return found

    def hash(self) -> str:
        found: str = self.page.evaluate("location.hash")
        return found

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, selector: str) -> None:
        """Presses Tab until that element has the focus, and asks that one can see so."""
        for _ in range(60):
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                outline = self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"nobody sees that {selector} has the focus"
                return
            self.press("Tab")
        raise AssertionError(f"{selector} can't be reached by keyboard")


@pytest.fixture(scope="module")
def played() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(PLAYED)))


@pytest.fixture(scope="module")
def report(played: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The report of a run, by the name of the run."""

    def write(name: str) -> Path:
        path: Path = tmp_path_factory.mktemp(name) / "report.html"
        listener = Html(path)
        for event in played.events(getattr(played, name)()):
            listener.hear(event)
        return path

    return write


@pytest.fixture
def reading(browser: Any) -> Iterator[Callable[..., Reader]]:
    """Opens a report; at the end nothing may have been complained of or asked for."""
    contexts, readers = [], []

    def read(path: Path, where: str = "", scheme: str = "light", **how: Any) -> Reader:
        context = browser.new_context(color_scheme=scheme, offline=True, **how)
        context.set_default_timeout(PATIENCE_MS)
        reader = Reader(page=context.new_page())
        reader.page.on("console", lambda message: reader.complaints.append(message.text))
        reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
        reader.page.on("dialog", lambda dialog: reader.complaints.append(dialog.message))
        reader.page.on("request", lambda request: reader.asked.append(request.url.partition("#")[0]))
        contexts.append(context)
        readers.append((reader, path))
        reader.page.goto(path.as_uri() + where)
        return reader

    yield read
    for context in contexts:
        context.close()
    for reader, path in readers:
        assert reader.complaints == []
        assert set(reader.asked) == {path.as_uri()}


@pytest.fixture(scope="module")
def failing(report: Callable[[str], Path]) -> Path:
    return report("failing")


ALL = ["story[b]", "ourfault", "unseen", "warned", "wellknown", "powerless", "elsewhere", "well"]


def test_failures_are_first_and_open_and_their_diagram_is_seen(failing: Path, reading: Any) -> None:
    reader = reading(failing)
    assert reader.shown() == ALL
    diagram = reader.page.locator("#item-1 svg.sequence")
    assert diagram.is_visible()
    box = diagram.bounding_box()
    assert box["width"] > 700
    assert box["height"] > 11 * 30
    assert diagram.locator("g.hop").count() == 11
    assert reader.page.locator("#item-1 .words").first.is_visible()
    assert not reader.page.locator("#item-8 svg.sequence").is_visible()


def test_the_report_of_a_pass(report: Any, reading: Any) -> None:
    reader = reading(report("passing"))
    assert reader.shown() == ["well"]
    reader.page.click("#item-1 > summary")
    assert reader.page.locator("#item-1 svg.sequence").is_visible()


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("#verdict=skipped,known", ["wellknown", "powerless", "elsewhere"]),
        ("#tag=smoke", ["well"]),
        ("#requirement=REQ-DEATH-TOLD", ["unseen"]),
        ("#requirement=REQ-CONTRACTS-KEPT", ["story[b]"]),
        ("#text=CREATE_PACKET+2+wanted", ["story[b]"]),
        ("#verdict=pass,fail&tag=birth&text=story", ["story[b]", "well"]),
        ("#verdict=warning&tag=death", []),
    ],
)
def test_an_address_opens_what_it_asks_for(where: str, shown: list[str], failing: Path, reading: Any) -> None:
    reader = reading(failing, where)
    assert reader.shown() == shown
    assert reader.page.inner_text("#shown") == f"{len(shown)} of 8 shown"
    assert reader.page.is_visible("#none") is (not shown)


def test_the_filters_by_keyboard_alone(failing: Path, reading: Any) -> None:
    reader = reading(failing)
    reader.tab_to("[name=verdict][value=skipped]")
    reader.press("Space")
    assert reader.shown() == ["powerless", "elsewhere"]
    assert reader.hash() == "#verdict=skipped"
    reader.tab_to("[name=requirement]")
    reader.page.keyboard.type("REQ-ORDER")
    assert reader.shown() == ["elsewhere"]
    assert reader.hash() == "#verdict=skipped&requirement=REQ-ORDER-FREE"
    reader.tab_to("[name=text]")
    reader.page.keyboard.type("nowhere")
    assert reader.shown() == []
    reader.tab_to("#all")
    reader.press("Enter")
    assert reader.shown() == ALL
    assert reader.hash() == ""
    reader.tab_to("#item-8 > summary")
    reader.press("Enter")
    assert reader.page.locator("#item-8 svg.sequence").is_visible()


def test_an_address_survives_a_reload(failing: Path, reading: Any) -> None:
    reader = reading(failing)
    reader.page.fill("[name=text]", "death")
    reader.page.reload()
    assert reader.shown() == ["unseen"]
    assert reader.page.input_value("[name=text]") == "death"


def test_ways_to_an_exchange(failing: Path, reading: Any) -> None:
    reader = reading(failing, "#tag=core")
    reader.page.click("#item-1 .finding a[href='#exchange-1-7']")
    assert reader.page.locator("#exchange-1-7").get_attribute("open") is not None
    reader.page.locator("#item-1 g.hop[data-to='8'] .band").click()
    held = reader.page.locator("#exchange-1-8")
    assert held.locator("pre", has_text='"fullName": "Ada"').is_visible()
    assert held.locator("pre.command").is_visible()
    assert reader.page.evaluate("document.activeElement.closest('details').id") == "exchange-1-8"
    assert reader.hash() == "#tag=core"


def test_the_skip_link_and_a_requirement_lead_to_the_scenarios(failing: Path, reading: Any) -> None:
    reader = reading(failing)
    reader.press("Tab")
    assert reader.page.evaluate("document.activeElement.className") == "skip"
    reader.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "scenarios"
    reader.page.evaluate(
        "document.querySelectorAll('section details').forEach(each => { each.open = true; })"
    )
    reader.page.click("a[href='#requirement=REQ-STAYS-UP'] >> nth=0")
    assert reader.shown() == ["powerless"]


def test_it_fits_a_narrow_screen(failing: Path, reading: Any) -> None:
    reader = reading(failing, viewport={"width": 390, "height": 800})
    assert not reader.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_requirements_can_be_read_on_a_narrow_screen(report: Any, reading: Any) -> None:
    reader = reading(report("passing"), viewport={"width": 390, "height": 800})
    words = reader.page.locator("table.requirements tbody tr").first.locator("td").nth(1)
    assert words.is_visible()
    assert words.bounding_box()["width"] > 300
    assert not reader.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_the_first_screen_says_how_it_went_and_for_whom(failing: Path, reading: Any) -> None:
    reader = reading(failing, viewport={"width": 1280, "height": 800})
    for selector in ("p.lead", "ul.broken li >> nth=0"):
        box = reader.page.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= 800
    reader.page.click("ul.broken a >> nth=0")
    assert reader.shown()[0] == "story[b]"
    assert len(reader.shown()) < len(ALL)


def test_without_scripts_everything_can_still_be_read(failing: Path, reading: Any) -> None:
    reader = reading(failing, java_script_enabled=False)
    assert reader.page.locator("#item-1 svg.sequence").is_visible()
    assert not reader.page.locator("#filters").is_visible()


@pytest.mark.node
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 400)])
def test_axe_finds_nothing(scheme: str, width: int, failing: Path, reading: Any, axe: str) -> None:
    reader = reading(failing, scheme=scheme, viewport={"width": width, "height": 800})
    reader.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    reader.page.evaluate(axe)
    found = reader.page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
    assert len(found["passes"]) > 20
    told = [
        f"{each['impact']}: {each['id']}: {each['help']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]
    assert told == []
