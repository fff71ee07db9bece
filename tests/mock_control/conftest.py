"""A toy party, steered by a control and served on a real port, and a receiver of its messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from werkzeug.serving import make_server

from mock_control import (
    Answer,
    Claim,
    Control,
    ControlSettings,
    Delivery,
    Incoming,
    Keys,
    OperationSpec,
    Outgoing,
    current_exchange,
    operation,
)
from mock_control.client import AdminClient

TOKEN = "admin-token-of-the-tests"
DEADLINE = 10.0


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _keys(incoming: Incoming) -> Keys:
    told: dict[str, Any] = incoming.json if isinstance(incoming.json, dict) else {}
    strong = {kind: told[kind] for kind in ("rid", "hub_event", "action", "transaction") if kind in told}
    weak = {
        kind: told[kind]
        for kind in ("event", "action_type", "tracking", "certificate", "identifier")
        if kind in told
    }
    claim = Claim(
        process=told.get("process"),
        certificate_number=told.get("certificate"),
        identifiers=tuple(told.get("identifiers", ())),
        name=told.get("name"),
        born=told.get("born"),
    )
    return Keys(strong={**incoming.params, **strong}, weak=weak, claim=claim)


@dataclass(kw_only=True)
class Toy:
    """The toy party: its address, its control, and how often its work was really done."""

    control: Control
    url: str = ""
    served: list[str] = field(default_factory=list)
    resets: list[Any] = field(default_factory=list)

    @property
    def admin(self) -> AdminClient:
        return AdminClient(self.url, TOKEN)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        return requests.request(method, self.url + path, timeout=DEADLINE, **more)

    def ask(self, method: str, path: str, wish: Any = None) -> requests.Response:
        """Asks the admin API by hand, for what the client would not send."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return self.call(method, f"/__admin/{path}", json=wish, headers=headers)

    def create(self, **told: Any) -> requests.Response:
        return self.call("POST", "/packets", json=told)

    def send(self, url: str, keys: Keys | None = None, **more: Any) -> list[Delivery]:
        """Sends one message from this thread."""
        message = Outgoing(operation="toy.hub.deliver", method="POST", url=url, keys=keys or Keys(), **more)
        return self.control.send(replace(message, change=partial(changed, message)))

    def in_background(self, work: Callable[[], object]) -> SimpleQueue[object]:
        """Runs work on the timers' pool; its result, or the exception's class, comes out of the queue."""
        result: SimpleQueue[object] = SimpleQueue()

        def run() -> None:
            try:
                result.put(work())
            except Exception as error:
                result.put(type(error))
                raise

        self.control.timers.soon(run, what="background of a test")
        return result


def changed(outgoing: Outgoing, changes: Mapping[str, str]) -> Outgoing:
    """What the toy makes of a message that a fault changes."""
    body = outgoing.body.upper() if changes.get("mutate") == "shouted" else outgoing.body
    headers = dict(outgoing.headers)
    if changes.get("sign") == "not":
        headers.pop("Signature", None)
    return replace(outgoing, body=body, headers=headers)


def _null_response(_: Incoming) -> Answer:
    return Answer(body={"response": None})


def _envelope(_: Incoming, codes: Any) -> Answer:
    return Answer(body={"response": None, "errors": [{"errorCode": code} for code in codes]})


def make_app(toy: Toy) -> Flask:
    app = Flask("toy")

    @app.post("/packets")
    @operation(
        "toy.packets.create",
        help="Takes a packet",
        keys=_keys,
        errors=_envelope,
        answers={"null-response": _null_response},
    )
    def create(incoming: Incoming) -> Answer:
        toy.served.append("create")
        return Answer(body={"owner": current_exchange().owner, "told": incoming.json})

    @app.get("/packets/<rid>")
    @operation("toy.packets.read", help="Tells of a packet", keys=_keys)
    def read(incoming: Incoming) -> Answer:
        return Answer(body={"rid": incoming.params["rid"], "owner": current_exchange().owner})

    @app.post("/login")
    @operation("toy.auth.login", help="Gives a token")
    def login(incoming: Incoming) -> Answer:
        return Answer(
            body={"access_token": "secret-issued", "fields": sorted(incoming.form)},
            headers={"Set-Cookie": "Authorization=secret-cookie; Path=/; HttpOnly"},
        )

    @app.post("/auth")
    @operation(
        "toy.auth.authenticate",
        help="Takes what MOSIP's auth manager takes",
        request="mosip/authenticate.request",
        response="mosip/authenticate.response",
    )
    def authenticate(_: Incoming) -> Answer:
        return Answer(body={"neither": "this nor that"})

    @app.post("/auth/<misp_lk>/<partner>/<api_key>")
    @operation("toy.auth.check", help="Is called by a path that has secrets")
    def check(_: Incoming) -> Answer:
        return Answer()

    @app.post("/failing")
    @operation("toy.auth.failing", help="Fails")
    def failing(_: Incoming) -> Answer:
        return Answer(status=503, body={"why": "tired"})

    toy.control.register(
        OperationSpec(
            name="toy.hub.deliver",
            kind="message",
            help="Delivers",
            changes={"mutate": {"shouted": "In capitals"}, "sign": {"not": "No signature"}},
        ),
        OperationSpec(
            name="toy.workflow.mint", kind="stage", help="Mints", answers={"duplicate": "The person is known"}
        ),
    )
    toy.control.on_reset(toy.resets.append)
    toy.control.on_state("served", lambda: list(toy.served))
    toy.control.on_people(
        lambda people: [{"uin": "1", **person} for person in people],  # type: ignore[dict-item]
        identifiers=["uin", "vid"],
    )
    toy.control.command("toy.echo", lambda arguments: {**arguments}, help="Says what it was told")
    toy.control.setting("toy.policy", default="strict", choices=["strict", "lenient"], help="How strict")
    toy.control.init_app(app)
    return app


MakeToy = Callable[..., Toy]


@pytest.fixture
def make_toy() -> Iterator[MakeToy]:
    """Makes toys with settings of their own; they end with the test."""
    with _Closing() as closing:

        def make(**settings: Any) -> Toy:
            control = Control(party="toy", settings=ControlSettings(**{"admin_token": TOKEN, **settings}))
            toy = Toy(control=control)
            toy.url = closing.enter(_served(make_app(toy)))
            return toy

        yield make


class _Closing:
    def __init__(self) -> None:
        from contextlib import ExitStack

        self._stack = ExitStack()

    def __enter__(self) -> _Closing:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def enter(self, context: Any) -> Any:
        return self._stack.enter_context(context)


@pytest.fixture
def toy(make_toy: MakeToy) -> Toy:
    """A toy with control on."""
    return make_toy()


@dataclass
class Receiver:
    """Takes the toy's messages; ``got`` are their bodies in the order of arrival."""

    url: str = ""
    got: SimpleQueue[str] = field(default_factory=SimpleQueue)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def bodies(self) -> list[str]:
        return [self.got.get_nowait() for _ in range(self.got.qsize())]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A party that answers each message with 202."""
    receiver = Receiver()
    app = Flask("receiver")

    @app.post("/callback")
    def callback() -> Response:
        receiver.headers.append(dict(request.headers))
        receiver.got.put(request.get_data(as_text=True))
        return Response(status=202)

    with _served(app) as url:
        receiver.url = f"{url}/callback"
        yield receiver


def action(owner: str, **more: Any) -> dict[str, Any]:
    return {"owner": owner, "record": owner.rpartition(".")[0].partition("/")[2], **more}


@pytest.fixture
def reserve(toy: Toy) -> Callable[..., str]:
    """Reserves one action ``<scenario>/birth.registration`` whose RID is known; returns its owner."""

    def reserve(scenario: str, *, rid: str, **more: Any) -> str:
        owner = f"{scenario}/birth.registration"
        toy.admin.reserve(scenario=scenario, actions=[action(owner, **more)])
        toy.control.own("rid", rid, owner)
        return owner

    return reserve
