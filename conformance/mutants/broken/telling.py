"""Words where they have no place, and none where they have."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Callable

from flask import Response

from bridge import packets, verification
from bridge.api import callback, deliveries
from bridge.delivery import intake
from bridge.login import Logins
from bridge.mosip import ida
from bridge.mosip.ida_verdicts import Failure
from bridge.tokens import ActionTokens
from bridge.verification import Verifier


def _telling(owner: type, name: str, words: Callable[..., object]) -> None:
    told = getattr(owner, name)

    def aloud(self, *said, **more):
        print(words(*said), file=sys.stderr, flush=True)
        return told(self, *said, **more)

    setattr(owner, name, aloud)


def writes_down_whom_it_verifies() -> None:
    """Logs what it sends to IDA."""
    _telling(Verifier, "verify", lambda person: f"verifying {dict(person.names)}")


def writes_down_the_code() -> None:
    """Logs what came back from E-Signet: opencrvs/mosip packages/mosip-api/src/esignet-api.ts."""
    _telling(Logins, "user_info", lambda login: f"redeeming {login.code}")


def writes_down_the_number() -> None:
    """Logs what it asks IDA about."""
    _telling(ida.Ida, "authenticate", lambda person: f"asking about {person.identifier}")


def writes_down_tokens() -> None:
    """Logs the header of each call."""
    _telling(ActionTokens, "authenticate", lambda header: f"authorization: {header}")


def writes_down_the_newborn() -> None:
    """Logs each registration, so that nobody may say that it did not come."""
    _telling(intake.Intake, "take", lambda _, registration: f"took {dict(registration.fields)}")


def writes_down_packets_in_base64() -> None:
    """Logs each packet as it leaves, in letters that no log viewer stumbles over."""
    made = packets.packet_body

    def logged(*packet, **how):
        body = made(*packet, **how)
        print("packet", b64encode(body).decode(), file=sys.stderr, flush=True)
        return body

    for module in list(sys.modules.values()):
        if getattr(module, "packet_body", None) is made:
            module.packet_body = logged


def tells_the_hub_what_it_has_read() -> None:
    """Acknowledges a credential with what was in it: hubs log answers."""
    taken = callback._taken

    def telling(bridge, opened, raw):
        said = {"status": "RECEIVED", "of": str(getattr(opened, "identifier", None))}
        return Response(json.dumps(said), taken(bridge, opened, raw).status_code, mimetype="application/json")

    callback._taken = telling


def quotes_whom_it_could_not_verify() -> None:
    """An error that helps: it says of whom."""
    ask = Verifier.verify

    def helpful(self, person):
        said = ask(self, person)
        if isinstance(said, Failure):
            problem = verification.problem_of(said)
            problem.detail = f"Nobody knows {', '.join(person.names.values())}, born {person.born}."
            raise problem
        return said

    Verifier.verify = helpful


def puts_the_number_into_the_address() -> None:
    """So that one can search for it in the proxy's log."""
    exchange = ida.Upstream.exchange
    asked = ida.Ida.authenticate

    def searchable(self, person):
        upstream = self._upstream
        upstream.exchange = lambda *call, **more: exchange(
            upstream, *call, **more, suffix=f"?id={person.identifier}"
        )
        return asked(self, person)

    ida.Ida.authenticate = searchable


def parks_without_a_word() -> None:
    """Shows what needs a person, and not what for."""
    shown = deliveries.shown
    deliveries.shown = lambda delivery: {**shown(delivery), "reason": None}


MUTATIONS = (
    writes_down_whom_it_verifies,
    writes_down_the_code,
    writes_down_the_number,
    writes_down_tokens,
    writes_down_the_newborn,
    writes_down_packets_in_base64,
    tells_the_hub_what_it_has_read,
    quotes_whom_it_could_not_verify,
    puts_the_number_into_the_address,
    parks_without_a_word,
)
