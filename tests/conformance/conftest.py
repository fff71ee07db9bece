"""A sandbox of fakes: mocks that journal what they are told, a registrar, a bridge that behaves as wanted."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition

import pytest

from conformance.grammar.model import Item
from conformance.grammar.reader import ScenarioReader
from conformance.journal_view import JournalView
from conformance.library import shipped_fragments
from conformance.logs import LogFile
from conformance.operator_view import OUR_VIEW, Row
from conformance.pack import country_pack
from conformance.play import Desk, World
from conformance.registrar import Answer, Session
from conformance.run import Runner
from conformance.standing import Standing
from conformance.targets import FULL_CONTROL, Patience, Target
from mock_control.client import AdminError, JournalPage

VID, UIN = "7058649208312401", "5260181591"
FORM = "http://forms.example/events/declare/1/pages/mother"


@pytest.fixture
def found_by_programs(monkeypatch) -> None:
    """What the program of a bridge must find of ours."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(each for each in sys.path if each))


COUNTRY_PACK = {
    "birth": {
        "process": "CRVS_NEW",
        "names": {
            "identifier": "child.nid",
            "name": "child.name",
            "born": "child.dob",
            "sex": "child.gender",
            "mother.name": "mother.name",
            "mother.born": "mother.dob",
            "mother.identifier": "mother.nid",
            "informant.relation": "informant.relation",
            "informant.email": "informant.email",
            "informant.phone": "informant.phoneNo",
        },
    },
    "death": {
        "process": "CRVS_DEATH",
        "names": {
            "identifier": "deceased.nid",
            "name": "deceased.name",
            "born": "deceased.dob",
            "sex": "deceased.gender",
            "died": "eventDetails.date",
            "manner": "eventDetails.mannerOfDeath",
            "informant.relation": "informant.relation",
            "informant.email": "informant.email",
            "informant.phone": "informant.phoneNo",
        },
    },
}

CHOICES = {
    "relation": {"mother": "MOTHER", "father": "FATHER", "spouse": "SPOUSE"},
    "manner": {"natural": "MANNER_NATURAL"},
}


class FakeMock:
    """The admin door of a mock: a journal written by hand, everything else remembered in `asked`."""

    def __init__(self, party: str) -> None:
        self.party = party
        self.asked: list[tuple[str, object]] = []
        self.entries: dict[int, dict] = {}
        self.seq = self.epoch = self.dropped = 0
        self.failures: list[str] = []
        self.states: dict[str, object] = {
            "identities": [],
            "subscriptions": [{"topic": "partner/CREDENTIAL_ISSUED"}],
            "country_pack": {"events": COUNTRY_PACK, "choices": CHOICES},
        }
        self.answers: dict[str, object] = {
            "mosip.deliver": {"status": 401, "body": {"error": "bad signature"}},
            "opencrvs.registration": {
                "token": "a.b.c",
                "request": {"requestFields": {"birthCertificateNumber": "K3V9Q0ZT7M2A"}},
            },
        }
        self.refuses: str | None = None
        self.next_due: str | None = None
        self._changed = Condition()

    def say(self, operation: str, owner: str | None = None, effects: tuple = (), **more) -> int:
        with self._changed:
            entry_id = len(self.entries) + 1 + 1000 * self.epoch
            self.entries[entry_id] = {
                "id": entry_id,
                "epoch": self.epoch,
                "time": f"2026-05-04T08:11:02.{time.monotonic_ns() % 10**9:09d}",
                "party": self.party,
                "operation": operation,
                "direction": "in",
                "status": 200,
                "state": "closed",
                "owner": owner,
                "scenario": owner.partition("/")[0] if owner else None,
                "keys": {"strong": {"rid": "10001100040000120260504081102"}, "weak": {}},
                "effects": [{"name": each} if isinstance(each, str) else each for each in effects],
                "violations": [],
                **more,
            }
            self._publish(entry_id)
            return entry_id

    def change(self, entry_id: int, **changes) -> None:
        with self._changed:
            self.entries[entry_id].update(changes)
            self._publish(entry_id)

    def _publish(self, entry_id: int) -> None:
        self.seq += 1
        self.entries[entry_id]["seq"] = self.seq
        self._changed.notify_all()

    def journal(self, *, after: int = 0, wait: float = 0) -> JournalPage:
        with self._changed:
            self._changed.wait_for(lambda: self.refuses or self.seq > after, timeout=wait)
            if self.refuses:
                raise AdminError(status=0, message=self.refuses)
            found = sorted(
                (dict(each) for each in self.entries.values() if each["seq"] > after),
                key=lambda each: each["seq"],
            )
            return JournalPage(entries=found, last=self.seq, dropped=self.dropped, epoch=self.epoch)

    def break_off(self, reason: str) -> None:
        with self._changed:
            self.refuses = reason
            self._changed.notify_all()

    def health(self) -> dict:
        return {"party": self.party, "failures": self.failures}

    def operations(self) -> list[dict]:
        return [{"name": f"{self.party}.fake.operation", "grade": "read"}]

    def reset(self, *, scenario: str | None = None) -> int:
        with self._changed:
            self.epoch += 1
            for entry_id in list(self.entries):
                if scenario in (None, self.entries[entry_id]["scenario"]):
                    del self.entries[entry_id]
        return self.epoch

    def _set(self, kind: str, what: object) -> int:
        self.asked.append((kind, what))
        return len(self.asked)

    def fault(self, **what) -> int:
        return self._set("fault", what)

    def clear(self, fault_id: int | None = None, *, scenario: str | None = None) -> None:
        self._set("clear", fault_id or scenario)

    def hold(self, at: str, **what) -> int:
        return self._set("hold", {"at": at, **what})

    def lose(self, at: str, **what) -> int:
        return self._set("lose", {"at": at, **what})

    def repeat(self, at: str, **what) -> int:
        return self._set("repeat", {"at": at, **what})

    def release(self, gate_id: int, **how) -> dict:
        self._set("release", {"gate": gate_id, **how})
        return {}

    def remove_gate(self, gate_id: int) -> None:
        self._set("remove_gate", gate_id)

    def reserve(self, *, scenario: str, actions: list) -> list[str]:
        self._set("reserve", {"scenario": scenario, "actions": actions})
        return [action["owner"] for action in actions]

    def state(self, name: str | None = None) -> object:
        if name not in self.states:
            raise AdminError(status=404, message=f"no state {name}")
        return self.states[name]

    def settings(self, values: dict | None = None) -> dict:
        self._set("settings", values)
        return {}

    def people(self, *, scenario: str, people: list) -> list:
        self._set("people", (scenario, people))
        known = [{**each, "uin": UIN, "vid": VID} for each in people]
        self.states["identities"] = [
            {"uin": UIN, "status": "ACTIVATED", "death_declared": False} for _ in known
        ]
        return known

    def clock(self) -> dict:
        return {"now": "2026-05-04T08:00:00.000Z", "next_due": self.next_due}

    def advance(self, duration: str) -> dict:
        self._set("advance", duration)
        self.next_due = None
        return {"ran": 0, "unfinished": []}

    def skew(self, duration: str) -> dict:
        self._set("skew", duration)
        return {}

    def command(self, name: str, **arguments) -> object:
        self._set(name, arguments)
        return self.answers.get(name, {"token": "a.user.token"})


class FakeEsignet(BaseHTTPRequestHandler):
    """An E-Signet at which everybody is logged in already: it sends the browser back at once."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"{FORM}?code=c0de&state=noop")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture(scope="session")
def esignet_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeEsignet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def form_answers(esignet_url: str) -> dict[str, object]:
    """What the desk says when all goes well."""
    name = {"firstname": "Amina", "surname": "Diallo"}
    person = {"verificationStatus": "authenticated", "name": name, "sub": "psut"}
    shown = {"verified": "authenticated", "banner": "authenticated", "locked": True}
    http = {"loading": False, "error": None, "data": person}
    fields = {"mother.name": name, "mother.verify-nid-http-fetch": http}
    return {
        "opencrvs.form.link": {"url": f"{esignet_url}/authorize?state=noop", "redirect_uri": FORM},
        "opencrvs.form.return": {**shown, "http": http, "status": 200, "fields": fields},
        "opencrvs.form.verify": {
            **shown,
            "http": {"loading": False, "error": None, "data": "verified"},
            "status": 200,
            "fields": {},
        },
        "opencrvs.form.scan": {**shown, "value": {"data": person}, "error": None, "fields": {}},
    }


class FakeBridge:
    """A process that is only said to run."""

    def __init__(self) -> None:
        self.up = True
        self.ends = 0

    def running(self) -> bool:
        return self.up

    def kill(self) -> None:
        self.up = False
        self.ends += 1

    def stop(self) -> None:
        self.kill()

    def start(self, wait_ready: bool = True) -> None:
        self.up = wait_ready

    def restart(self) -> None:
        self.stop()
        self.start()


class FakeRegistrar:
    """Declares at once; what a registration sets off is up to `bridge`."""

    def __init__(self, opencrvs: FakeMock, mosip: FakeMock) -> None:
        self.opencrvs, self.mosip = opencrvs, mosip
        self.bridge: Callable[[FakeRegistrar, str], None] = confirms
        self.declarations: dict[str, dict] = {}
        self.actions: dict[str, list[dict]] = {}
        self.sessions = [Session(token="a.user.token", user="registrar")]
        self.log_outs = 0
        self.done: list[tuple[str, str, object]] = []

    def create(self, record) -> None:
        self.actions[record.event_id] = [{"id": "1", "type": "CREATE", "status": "Accepted"}]

    def declare(self, record, declaration: dict) -> Answer:
        self.declarations[record.name] = declaration
        self.actions[record.event_id].append(
            {"id": "2", "type": "DECLARE", "status": "Accepted", "declaration": declaration}
        )
        owner = record.actions["declaration"].owner
        self.opencrvs.say("opencrvs.events.declare", owner, request={"json": {"transactionId": "t-decl"}})
        return Answer(kind="http", status=200)

    def token(self) -> str:
        return self.session().token

    def session(self) -> Session:
        return self.sessions[-1]

    def log_in(self, *, role: str | None = None, scopes: tuple[str, ...] | None = None) -> Session:
        self.sessions.append(Session(token=f"of.{role}.{scopes}", user="somebody-else"))
        return self.sessions[-1]

    def log_out(self) -> None:
        self.sessions = self.sessions[:1]
        self.log_outs += 1

    def register(self, record) -> Answer:
        owner = record.registration.owner
        self.opencrvs.say("opencrvs.events.register", owner)
        self.bridge(self, owner)
        if any("accept-took-effect" in str(each["effects"]) for each in self.opencrvs.entries.values()):
            number = {"child.nid": VID} if record.event == "birth" else {}
            self.actions[record.event_id].append(
                {"id": "3", "type": "REGISTER", "status": "Accepted", "declaration": number}
            )
        return Answer(kind="http", status=200)

    def declared(self, record) -> dict:
        return self.declarations[record.name]

    def correct(self, record, changes: dict) -> Answer:
        return self._done("correct", record, changes)

    def revoke(self, record, *, reason: str, back: bool) -> Answer:
        return self._done("revoke", record, (reason, back))

    def archive(self, record, *, reason: str) -> Answer:
        return self._done("archive", record, reason)

    def _done(self, what: str, record, how: object) -> Answer:
        self.done.append((what, record.name, how))
        return Answer(kind="http", status=200)

    def document(self, record) -> dict:
        return {"actions": self.actions[record.event_id]}


def acknowledges(registrar: FakeRegistrar, owner: str) -> None:
    """The bridge says 202 to the registration."""
    registrar.opencrvs.say("opencrvs.country_config.send_registration", owner, status=202, direction="out")


def mints(registrar: FakeRegistrar, owner: str) -> None:
    """MOSIP gets the packet and makes an identity of it."""
    registrar.mosip.say("mosip.packet_manager.create_packet", owner, ("packet-stored",))
    registrar.mosip.say("mosip.workflow.create_instance", owner, ("packet-accepted",))
    minted = {"name": "identity-minted", "rid": "1", "uin": UIN, "vid": VID}
    registrar.mosip.say("mosip.workflow.uin_generator", owner, (minted,), direction="inner", status=None)
    registrar.mosip.say("mosip.websub.deliver", owner, direction="out")


def confirms(registrar: FakeRegistrar, owner: str) -> None:
    """A correct bridge."""
    acknowledges(registrar, owner)
    mints(registrar, owner)
    registrar.opencrvs.say("opencrvs.events.register_accept", owner, ("accept-took-effect",))


class FakeRows:
    """The operator's view, by owner."""

    def __init__(self) -> None:
        self.states: dict[str, Row] = {}

    def row(self, action) -> Row | None:
        return self.states.get(action.owner)


class FakeDoor:
    """Serves everybody, unless told otherwise."""

    def __init__(self) -> None:
        self.standing = Standing(word="served")
        self.asked: list[tuple[str, str]] = []

    def authenticate(self, person, by: str) -> Standing:
        self.asked.append((person.key, by))
        return self.standing


class Stage:
    """All fakes together, and a way to play the text of a scenario."""

    def __init__(self, *, log: Path, esignet_url: str) -> None:
        self.mosip, self.esignet, self.opencrvs = map(FakeMock, ("mosip", "esignet", "opencrvs"))
        self.view = JournalView({"mosip": self.mosip, "esignet": self.esignet, "opencrvs": self.opencrvs})
        self.opencrvs.answers.update(form_answers(esignet_url))
        self.esignet.states["subjects"] = [{"uin": UIN, "client_id": "opencrvs-client", "sub": "psut"}]
        self.registrar = FakeRegistrar(self.opencrvs, self.mosip)
        self.process, self.other_process, self.rows = FakeBridge(), FakeBridge(), FakeRows()
        self.doors = {"ida": FakeDoor(), "esignet": FakeDoor()}
        self.target = Target(
            name="fake",
            bridge_url="http://127.0.0.1:9",
            patience=Patience(ack=0.2, retry=0.2, stale_after=0.2, quiet=0.01),
            view=OUR_VIEW,
            operator_token="operator",
            control=FULL_CONTROL,
            instances={"a": "http://127.0.0.1:9", "b": "http://127.0.0.1:8"},
            logs=(LogFile(path=log),),
        )

    def world(self, **changes) -> World:
        parts = {
            "mocks": {"mosip": self.mosip, "esignet": self.esignet, "opencrvs": self.opencrvs},
            "view": self.view,
            "desk": Desk(registrar=self.registrar, pack=country_pack(self.opencrvs)),
            "target": self.target,
            "doors": self.doors,
            "bridge": self.process,
            "processes": {"a": self.process, "b": self.other_process},
            "rows": self.rows,
        }
        return World(**{**parts, **changes})

    def runner(self, **changes) -> Runner:
        return Runner(self.world(**changes), seed=0, token="t0")

    def play(self, text: str, **changes):
        (item,) = self.items(text)
        return self.runner(**changes).play(item)

    @staticmethod
    def items(text: str) -> list[Item]:
        return ScenarioReader(shipped_fragments()).read(text, "story.yaml")


@pytest.fixture
def stage(tmp_path: Path, esignet_url: str) -> Iterator[Stage]:
    log = tmp_path / "bridge.log"
    log.write_text('{"event": "delivery.confirmed"}\n')
    made = Stage(log=log, esignet_url=esignet_url)
    made.view.start()
    yield made
    made.view.close()


@pytest.fixture
def bridges() -> dict[str, Callable[[FakeRegistrar, str], None]]:
    """Pieces of bridges, to make wrong ones of."""
    return {"acknowledges": acknowledges, "mints": mints, "confirms": confirms}


@pytest.fixture
def story() -> Callable[..., str]:
    """The text of a scenario about one declared birth."""

    def make(steps: str, *, given: str = "{birth-declared: {as: birth}}", head: str = "") -> str:
        return (
            "id: story\nstory: A story\ntags: [birth]\nrequirements: [REQ-NOTHING-LOST]\n"
            f"given: {given}\n{head}steps:\n{steps}"
        )

    return make
