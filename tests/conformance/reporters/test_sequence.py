"""The diagram by itself: who stands where, what is drawn between them, and that nothing said can break it."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET

import pytest

from conformance.reporters.hops import hops
from conformance.reporters.sequence import sequence

SVG = "{http://www.w3.org/2000/svg}"
ROW, HEAD = 32, 44


def drawn(exchanges) -> ET.Element:
    return ET.fromstring(sequence(hops(exchanges), title='Who said "what" & <to> whom'))  # noqa: S314


def rows(svg: ET.Element) -> list[ET.Element]:
    return [each for each in svg.iter(f"{SVG}g") if "hop" in each.get("class", "").split()]


def texts(row: ET.Element, name: str) -> list[str]:
    return ["".join(each.itertext()) for each in row.iter(f"{SVG}text") if each.get("class") == name]


def party(svg: ET.Element, x: str) -> str:
    (name,) = {
        each.text for each in svg.iter(f"{SVG}text") if each.get("class") == "party" and each.get("x") == x
    }
    return name


def test_from_whom_to_whom(played) -> None:
    ends = [(hop.source, hop.target) for hop in hops(played.journal())]
    assert ends == [
        ("registrar", "opencrvs"),
        ("opencrvs", "opencrvs"),
        ("opencrvs", "opencrvs"),
        ("opencrvs", "bridge"),
        ("bridge", "mosip"),
        ("bridge", "mosip"),
        ("mosip", "mosip"),
        ("mosip", "bridge"),
        ("bridge", "opencrvs"),
        ("bridge", "mosip"),
        ("registrar", "opencrvs"),
    ]


def test_a_person_signs_in_and_a_bridge_asks_for_them(played) -> None:
    names = ("oauth.authorize", "oauth.login", "oauth.consent", "oauth.token", "oidc.userinfo")
    found = hops([played.exchange(number, f"esignet.{name}") for number, name in enumerate(names)])
    assert [hop.source for hop in found] == ["person"] * 3 + ["bridge"] * 2
    assert {hop.target for hop in found} == {"esignet"}


def test_an_arrow_runs_between_the_lanes_of_its_parties(played) -> None:
    svg = drawn(played.journal())
    for row, hop in zip(rows(svg), hops(played.journal()), strict=True):
        arrows = [each for each in row.iter(f"{SVG}line") if each.get("class") == "arrow"]
        if hop.source == hop.target:
            assert arrows == []
            continue
        (arrow,) = arrows
        ends = party(svg, arrow.get("x1")).lower(), party(svg, arrow.get("x2")).lower()
        assert ends == (hop.source, hop.target)
        assert arrow.get("y1") == arrow.get("y2")


def test_order_time_status_and_number(played) -> None:
    found = rows(drawn(played.journal()))
    assert [each.get("data-to") for each in found] == [str(number) for number in range(1, 12)]
    heights = [float(each.find(f"{SVG}rect").get("y")) for each in found]
    assert heights == sorted(heights)
    assert [texts(each, "since")[0] for each in found][:5] == ["+0 ms", "+2 ms", "+3 ms", "+9 ms", "+20 ms"]
    assert texts(found[10], "since") == ["+12.30 s"]
    assert texts(found[4], "label") == ["create_packet 503"]
    assert texts(found[10], "label") == ["events.get open"]
    assert texts(found[6], "label") == ["uin_generator"]
    kinds = [each.get("class").split()[1] for each in found]
    assert kinds == ["ok", "ok", "ok", "ok", "bad", "ok", "inner", "ok", "bad", "bad", "open"]


def test_faults_gates_breaches_and_effects_are_marked(played) -> None:
    found = rows(drawn(played.journal()))
    assert [texts(each, "notes") for each in found] == [
        *[[]] * 4,
        ["fault: status 503"],
        ["packet-stored"],
        ["identity-minted"],
        ["gate: hold before"],
        ["breaks its contract"],
        ["no such path"],
        [],
    ]
    shapes = {
        name: [
            index
            for index, row in enumerate(found)
            for each in row.iter(f"{SVG}path")
            if each.get("class") == name
        ]
        for name in ("fault", "gate")
    }
    assert shapes == {"fault": [4], "gate": [7]}
    assert "struck" in found[4].get("class")


def test_its_name_says_what_it_is(played) -> None:
    svg = drawn(played.journal())
    assert (svg.get("role"), svg.get("aria-label")) == ("img", 'Who said "what" & <to> whom')


def test_nothing_that_was_said_is_anything_but_text(played) -> None:
    text = sequence(hops(played.journal()), title=played.HOSTILE)
    assert "<script" not in text
    assert "<img" not in text
    assert "style=" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "\\u202e" in text
    strange = played.exchange(1, "mosip.x.y", path="/\x00\ud800\ufffe\x0b")
    assert rows(drawn([strange]))


@pytest.mark.parametrize("many", [0, 1, 5, 60])
def test_it_holds_from_none_to_sixty(many: int, played) -> None:
    names = ("mosip.workflow.create_instance", "opencrvs.country_config.send_registration", "mosip.a.b")
    exchanges = [
        played.exchange(number, names[number % 3], at_ms=number, direction=("in", "out", "inner")[number % 3])
        for number in range(many)
    ]
    svg = drawn(exchanges)
    assert len(rows(svg)) == many
    width, height = float(svg.get("width")), float(svg.get("height"))
    assert width <= 1200
    assert HEAD + many * ROW < height < HEAD * 2 + many * ROW + 40
    for each in svg.iter():
        assert 0 <= float(each.get("x", 0)) <= width
        assert 0 <= float(each.get("y", 0)) <= height


def test_a_label_never_leaves_its_arrow(played) -> None:
    long = played.exchange(1, "mosip.service_with_a_long_name.operation_with_a_very_long_name_indeed")
    (row,) = rows(drawn([long]))
    (arrow,) = (each for each in row.iter(f"{SVG}line") if each.get("class") == "arrow")
    room = abs(float(arrow.get("x2")) - float(arrow.get("x1")))
    (label,) = texts(row, "label")
    assert label.endswith("… 200")
    assert len(label) * 6.4 <= room


def test_it_is_drawn_in_no_time(played) -> None:
    many = [played.exchange(number, "mosip.a.b", at_ms=number) for number in range(500)]
    began = time.perf_counter()
    drawn(many)
    assert time.perf_counter() - began < 2
