"""The scenarios that ship, played against our own bridge, as a user would."""

from __future__ import annotations

import io
import json
import socket
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from conformance.conform import conform
from conformance.grammar.vocabulary import vocabulary
from conformance.library import chosen
from conformance.operator_view import OUR_VIEW
from conformance.reporters.results import results_schema
from conformance.run import Runner
from conformance.session import opened, target_for
from sandbox import Sandbox
from sandbox.instances import OUR_INSTANCES

pytestmark = pytest.mark.slow

LONGEST_S_EACH = 3.0
# What a country must know, and no bridge can help: a MOSIP that only flags a death goes on serving the dead.
WARNED_OF = {"death-flag-only-still-authenticates"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(state_dir=tmp_path_factory.mktemp("state"), instance_count=OUR_INSTANCES) as running:
        yield running


def test_all_pass_in_time_but_for_what_a_country_must_know(sandbox, tmp_path: Path, capsys) -> None:
    with Sandbox(instance_count=OUR_INSTANCES) as other:
        out = tmp_path / "out"
        assert conform([], sandbox=sandbox, others=[other], report=out, strict=True) == 0, (
            capsys.readouterr().out
        )
    document = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [each.message for each in Draft202012Validator(results_schema()).iter_errors(document)] == []
    assert {item["id"]: item["verdict"] for item in document["items"]} == {
        item.id: "warning" if item.id in WARNED_OF else "pass" for item in chosen([])
    }
    assert document["seconds"] < LONGEST_S_EACH * len(document["items"])


def test_the_vocabulary_is_what_the_mocks_publish(sandbox) -> None:
    published: dict[str, set[str]] = {"route": set(), "message": set(), "stage": set()}
    faults: set[str] = set()
    mocks = (sandbox.mosip, sandbox.esignet, sandbox.opencrvs)
    for mock in mocks:
        for each in mock.operations():
            published[each["kind"]].add(each["name"])
            faults |= set(each["faults"])
    known = vocabulary()
    assert set(known.routes) == published["route"]
    assert set(known.messages) == published["message"]
    assert set(known.stages) == published["stage"]
    assert set(known.faults) == faults | {"headers", "body"}
    settings = {name for mock in mocks for name in mock.settings()}
    assert set(known.settings) == settings


def test_two_scenarios_at_once_never_strike_each_other(sandbox) -> None:
    """Each loses its own accept once; neither feels the other's loss, and both are confirmed."""
    from concurrent.futures import ThreadPoolExecutor

    items = [*chosen(["opencrvs-down-at-confirm"]), *chosen(["birth-happy"]), *chosen(["death-happy"])]
    with opened(sandbox) as world:
        for mock in (sandbox.mosip, sandbox.opencrvs):
            mock.reset()
        runner = Runner(world, seed=0, token="together", alone=False)
        with ThreadPoolExecutor(len(items)) as pool:
            results = list(pool.map(runner.play, items))
        struck = [each for each in world.view.exchanges() if each.fault]
    assert [(result.verdict, result.findings) for result in results] == [("pass", [])] * 3
    assert struck
    assert {each.scenario for each in struck} == {"opencrvs-down-at-confirm#together"}


def test_a_view_that_is_promised_and_not_shown_ends_the_run(sandbox) -> None:
    """Else whoever mistypes its address is told that most of the suite does not concern them."""
    target = target_for(sandbox)
    elsewhere = replace(OUR_VIEW, call=replace(OUR_VIEW.call, url="/queue"))
    out = io.StringIO()
    assert conform(["birth-happy"], sandbox=sandbox, target=replace(target, view=elsewhere), out=out) == 3
    assert "the operator's view can't be read: the target's operator_view answered 404" in out.getvalue()


def test_a_request_that_never_came_whole_is_held_against_nobody(sandbox) -> None:
    """As a bridge leaves it that is killed while it writes; of three, nothing or a part of the body came."""
    whole, at = b'{"0": {"json": {"eventId": "a"}}}', urlsplit(sandbox.urls["opencrvs"])
    head = (
        f"POST /events/event.actions.register.accept?batch=1 HTTP/1.1\r\nHost: {at.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(whole)}\r\n\r\n"
    ).encode()
    operation = "opencrvs.events.register_accept"
    with opened(sandbox) as world:
        world.view.begin()
        for sent in (0, 1, len(whole) - 1):
            with socket.create_connection((at.hostname, at.port), timeout=5) as sender:
                sender.sendall(head + whole[:sent])
        assert world.view.wait(
            lambda: len([each for each in world.view.exchanges(operation=operation) if each.closed]) == 3,
            within=10,
        )
        assert all(each.cut_off and each.breaches for each in world.view.exchanges(operation=operation))


def test_whose_processes_nobody_controls_runs_as_long_as_its_port_answers(sandbox) -> None:
    with opened(sandbox) as world, socket.create_server(("127.0.0.1", 0)) as silent:
        by_address = replace(world, bridge=None)
        assert by_address.bridge_runs()
        nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
        silent.close()
        gone = replace(world.target, bridge_url=nowhere, instances={"a": nowhere})
        assert not replace(by_address, target=gone).bridge_runs()
