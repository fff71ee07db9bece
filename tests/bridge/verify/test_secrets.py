"""Who asks is told to nobody else: no name, number, code, assertion or token in the log or in an error."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from bridge import logs

Start = Callable[..., Any]
NAME, SURNAME, NID, BORN = "Zzplanted", "Zzfamily", "7058649208312401", "1901-02-03"
CODE, STATE = "zz-planted-code", "zz-planted-state"
PERSON = {"nid": NID, "name": {"firstname": NAME, "surname": SURNAME}, "dob": BORN, "gender": "female"}
MISMATCH = f"Demographic data fullName {NAME} {SURNAME} {NID} did not match"


@dataclass(frozen=True)
class Road:
    """What a bridge wrote and answered while people were asked about, and what must not be in it."""

    log: str
    answers: tuple[str, ...]
    planted: dict[str, str]

    def leaks(self) -> set[str]:
        """What was planted and is found, by its name."""
        everything = "\n".join((self.log, *self.answers))
        return {what for what, value in self.planted.items() if value in everything}


def plain(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Callable[[], str]]]:
    """Configures the log of the bridge, and gives what was written; without redaction if told so."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def configure(*, redacting: bool) -> Callable[[], str]:
        stream = io.StringIO()
        if not redacting:
            monkeypatch.setattr(logs, "redact", plain)
            monkeypatch.setattr(logs, "_told", lambda error: {"exception": repr(error)})
            monkeypatch.setattr(logs._Foreign, "format", logging.Formatter.format)
        logs.configure("debug", stream=stream)
        root.setLevel(logging.DEBUG)
        return stream.getvalue

    yield configure
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def travel(
    start_door: Start,
    ida_settings: dict[str, Any],
    esignet_settings: dict[str, Any],
    ida: Any,
    esignet: Any,
    say: Any,
    told: Any,
    written: Callable[..., Callable[[], str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Road]:
    """Asks about people on every road: believed, refused, failing, and with a defect of the bridge itself."""

    def go(*, redacting: bool) -> Road:
        log = written(redacting=redacting)
        door = start_door({**ida_settings, **esignet_settings})
        esignet.person = {"name": f"{NAME} {SURNAME}", "birthdate": BORN, "individual_id": NID}
        answers = [door.verify(PERSON, accept="application/json")]
        for errors in ([("IDA-DEA-001", MISMATCH)], [("IDA-MPA-001", MISMATCH)], [(NAME, MISMATCH)]):
            ida.say = say(*errors)
            answers.append(door.verify(PERSON, accept="application/json"))
        ida.say = lambda _: told(status=500, body=f"<p>{NAME} {NID}</p>".encode())
        answers += [
            door.verify(PERSON),
            door.verify({**PERSON, "dob": f"{BORN} {NAME}"}),
            door.verify([NAME]),
        ]
        for refused in (
            {"error": "invalid_grant", "error_description": CODE},
            {"error": CODE},
            {"access_token": CODE},
        ):
            status = 200 if "access_token" in refused else 400
            esignet.at["token"] = lambda status=status, refused=refused: told(status=status, body=refused)
            answers.append(door.login(f"code={CODE}&state={STATE}"))
        esignet.at["token"] = None
        answers.append(door.login(f"code={CODE}&state={STATE}&code={CODE}"))
        answers.append(door.login(f"error={CODE}&state={STATE}"))
        esignet.codes[CODE] = "http://localhost:3000/drafts/1"
        esignet.userinfo_claims = {"iss": f"https://{NAME}.example"}
        answers.append(door.login(f"code={CODE}&state={STATE}"))
        token = door.token()
        secret = {
            "name": NAME,
            "number": NID,
            "code": CODE,
            "assertion": esignet.forms[-1]["client_assertion"],
            "user's token": token,
            "access token": _access_of(esignet),
            "licence key": "aaaaaBBBBBcccccDDDDD",
        }

        def broken(*_: object) -> None:
            raise RuntimeError(" ".join(secret.values()))

        monkeypatch.setattr(door.bridge.logins.esignet, "claims", broken)
        answers.append(door.login(f"code={CODE}&state={STATE}", Authorization=f"Bearer {token}"))
        assert answers[-1].status == 500
        return Road(log(), tuple(f"{each.text} {each.headers}" for each in answers), secret)

    return go


def _access_of(esignet: Any) -> str:
    asked = [each for each in esignet.asked if each.path.endswith("/userinfo")]
    return str(asked[-1].headers["authorization"].removeprefix("Bearer "))


def test_nobody_is_in_the_log_or_in_an_error(travel: Callable[..., Road]) -> None:
    road = travel(redacting=True)
    assert road.leaks() == set()
    assert BORN not in road.log
    assert STATE not in road.log
    for event in ("verify.judged", "verify.no-word", "login.refused", "request.fault", "library.record"):
        assert event in road.log


def test_the_test_above_would_find_them(travel: Callable[..., Road]) -> None:
    road = travel(redacting=False)
    assert road.leaks() == set(road.planted)
