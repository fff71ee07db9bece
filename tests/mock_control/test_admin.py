"""The admin API: who may use it, that it describes itself, and that the client speaks all of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from flask import Flask

import contracts
from mock_control import Answer, Control, ControlSettings, Incoming, OperationSpec, Refusal, operation
from mock_control.client import AdminError

TOKEN = "admin-token-of-the-tests"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": "Bearer \xe9"}],
    ids=["none", "wrong", "no scheme", "not ASCII"],
)
@pytest.mark.parametrize("path", ["health", "journal", "journal/stream", "openapi.json"])
def test_nobody_without_the_token_gets_in(toy: Any, path: str, headers: dict[str, str]) -> None:
    answer = toy.call("GET", f"/__admin/{path}", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"]


def test_without_a_token_there_is_no_admin_api(make_toy: Any) -> None:
    toy = make_toy(admin_token=None)

    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        assert toy.call("GET", "/__admin/health", headers=headers).status_code == 404
    assert toy.create().status_code == 200


def test_the_description_lists_every_route(toy: Any) -> None:
    described = toy.ask("GET", "openapi.json").json()

    documented = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert documented == {
        ("GET", "/__admin/health"),
        ("GET", "/__admin/operations"),
        ("GET", "/__admin/journal"),
        ("GET", "/__admin/journal/stream"),
        ("POST", "/__admin/faults"),
        ("GET", "/__admin/faults"),
        ("DELETE", "/__admin/faults"),
        ("DELETE", "/__admin/faults/{fault_id}"),
        ("POST", "/__admin/gates"),
        ("GET", "/__admin/gates"),
        ("POST", "/__admin/gates/{gate_id}/release"),
        ("DELETE", "/__admin/gates/{gate_id}"),
        ("GET", "/__admin/clock"),
        ("POST", "/__admin/clock"),
        ("GET", "/__admin/reserve"),
        ("POST", "/__admin/reserve"),
        ("DELETE", "/__admin/reserve/{scenario}"),
        ("POST", "/__admin/reset"),
        ("GET", "/__admin/state"),
        ("GET", "/__admin/state/{name}"),
        ("GET", "/__admin/settings"),
        ("PUT", "/__admin/settings"),
        ("POST", "/__admin/people"),
        ("GET", "/__admin/commands"),
        ("POST", "/__admin/commands/{name}"),
        ("GET", "/__admin/openapi.json"),
    }


def test_what_is_described_is_what_is_mounted() -> None:
    app = Flask("described")
    control = Control(party="toy", settings=ControlSettings(admin_token=TOKEN))
    control.init_app(app)

    described = (
        app.test_client().get("/__admin/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"}).json
    )
    assert described is not None

    mounted = {
        (method, rule.rule.replace("<int:", "<").replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/__admin")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert documented == mounted


def test_operations_tell_what_fits_them(toy: Any) -> None:
    listed = {each["name"]: each for each in toy.admin.operations()}

    assert set(listed) == {
        "toy.packets.create",
        "toy.packets.read",
        "toy.auth.login",
        "toy.auth.authenticate",
        "toy.auth.check",
        "toy.auth.failing",
        "toy.hub.deliver",
        "toy.workflow.mint",
    }
    create, deliver, mint = (
        listed[name] for name in ("toy.packets.create", "toy.hub.deliver", "toy.workflow.mint")
    )
    on_the_wire = {"status", "delay", "reset", "commit_then", "hang", "trickle", "truncate", "garbage"}
    assert set(create["faults"]) == {*on_the_wire, "errors", "answer"}
    assert (create["kind"], create["answers"], create["outcomes"]) == ("route", ["null-response"], [])
    assert set(deliver["faults"]) == {*on_the_wire, "to", "mutate", "sign"}
    assert deliver["changes"] == {"mutate": {"shouted": "In capitals"}, "sign": {"not": "No signature"}}
    assert (mint["faults"], mint["outcomes"]) == (["delay", "answer"], ["duplicate"])
    assert listed["toy.auth.authenticate"]["request"] == "mosip/authenticate.request"


def test_state_people_commands_and_settings_go_through_the_client(toy: Any) -> None:
    toy.create()

    assert toy.admin.state() == {"served": ["create"]}
    assert toy.admin.state("served") == ["create"]
    assert toy.admin.people(scenario="one#1", people=[{"name": "Ada"}]) == [{"name": "Ada", "uin": "1"}]
    assert toy.admin.command("toy.echo", a=1, b=[None]) == {"a": 1, "b": [None]}
    assert toy.admin.settings()["toy.policy"]["value"] == "strict"
    assert toy.admin.settings({"toy.policy": "lenient"})["toy.policy"]["value"] == "lenient"
    assert toy.control.settings_value("toy.policy") == "lenient"
    assert toy.admin.health()["party"] == "toy"
    assert toy.admin.reserve(scenario="a/b c#1", actions=[{"owner": "a/b c#1/x.y"}]) == ["a/b c#1/x.y"]


REFUSED = {
    "unknown state": ("GET", "state/serve", None, 404, ["served"]),
    "unknown command": ("POST", "commands/toy.ech", {}, 404, ["toy.echo"]),
    "unknown setting": ("PUT", "settings", {"toy.polic": "strict"}, 400, ["toy.policy"]),
    "value that can't be": ("PUT", "settings", {"toy.policy": "lenien"}, 400, ["lenient"]),
    "value that is no text": ("PUT", "settings", {"toy.policy": 1}, 400, []),
    "no object": ("POST", "faults", [], 400, []),
    "no people": ("POST", "people", {"scenario": "x"}, 400, []),
    "unknown fault": ("DELETE", "faults/9", None, 404, []),
    "unknown gate": ("DELETE", "gates/9", None, 404, []),
    "scenario no text": ("POST", "reset", {"scenario": 3}, 400, []),
    "after no number": ("GET", "journal?after=x", None, 400, []),
    "after below nothing": ("GET", "journal?after=-1", None, 400, []),
    "wait not finite": ("GET", "journal?wait=inf", None, 400, []),
}


@pytest.mark.parametrize(("method", "path", "body", "status", "near"), REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_is_refused_with_the_nearest(
    toy: Any, method: str, path: str, body: Any, status: int, near: list[str]
) -> None:
    answer = toy.ask(method, path, body)

    assert (answer.status_code, answer.json()["near"]) == (status, near)


def test_broken_json_is_refused(toy: Any) -> None:
    answer = toy.call("POST", "/__admin/reset", data="{", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 400
    assert toy.control.epoch == 1


def test_a_command_may_refuse(toy: Any) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal("no such registration", near=["R1"], status=422)

    toy.control.command("toy.refuse", refuse, help="Refuses")

    with pytest.raises(AdminError) as refused:
        toy.admin.command("toy.refuse")

    assert (refused.value.status, refused.value.message, refused.value.near) == (
        422,
        "no such registration",
        ("R1",),
    )


def test_an_unknown_contract_is_an_error_when_it_is_declared() -> None:
    app = Flask("wrong")

    @app.get("/")
    @operation("toy.wrong.get", help="Wrong", request="mosip/authenticat.request")
    def get(_: Incoming) -> Answer:
        return Answer()

    control = Control(party="toy", settings=ControlSettings(admin_token=None))
    with pytest.raises(contracts.UnknownContractError):
        control.init_app(app)
    with pytest.raises(contracts.UnknownContractError):
        control.register(OperationSpec(name="toy.x", kind="stage", help="x", response="toy/none"))


def test_an_operation_is_declared_once() -> None:
    control = Control(party="toy", settings=ControlSettings(admin_token=None))
    spec = OperationSpec(name="toy.x", kind="stage", help="x")
    control.register(spec, spec)

    with pytest.raises(ValueError, match="declared twice"):
        control.register(OperationSpec(name="toy.x", kind="message", help="x"))


def test_the_client_needs_no_flask() -> None:
    wanted = "sorted(name for name in sys.modules if 'flask' in name or 'gunicorn' in name)"
    code = f"import sys, mock_control.client; print({wanted})"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stdout.strip() == "[]"
