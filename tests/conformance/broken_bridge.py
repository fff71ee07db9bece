"""Our bridge with one promise broken, so that the suite can be judged: `python broken_bridge.py MUTATION`.

Each mutation is the shortest form of a mistake that a bridge was seen to make, or that is easily made.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace

from bridge import callback, registration, serve
from bridge.cli import main
from bridge.delivery import inbox, intake, steps, transitions, verdicts
from bridge.http import Reply
from bridge.model import Kind, State
from bridge.opencrvs import Events
from bridge.store import Receipt, Received


def confirms_without_identifier() -> None:
    """Confirms a birth as if it were a death."""
    steps.Steps._identifier = lambda *_: None


def forgets_the_number_of_the_dead() -> None:
    """Sends a death without UIN: what the stock country configurations lead to."""
    named = registration._name_the_deceased

    def unnamed(fields: dict[str, str], **how: object) -> None:
        named(fields, **how)
        for name in ("UIN", "vid", "VID"):
            fields.pop(name, None)

    registration._name_the_deceased = unnamed


def keeps_a_death_to_itself() -> None:
    """Closes a death without telling anybody."""
    os.environ["BRIDGE_DEATH_CONFIRMATION"] = "none"
    run = steps.Steps.run
    made_up = {
        steps.Step.CREATE_PACKET: ("packet_manager", [{}]),
        steps.Step.CREATE_INSTANCE: ("workflow", {"workflowInstanceId": "none"}),
    }

    def quietly(self, step, held):
        if step not in made_up or held.kind is not Kind.DEATH:
            return run(self, step, held)
        party, response = made_up[step]
        return Reply(party=party, status=200, json={"response": response}, error=None)

    steps.Steps.run = quietly


def trusts_a_200() -> None:
    """Judges packet manager by its status: opencrvs/mosip packages/mosip-api/src/mosip-api.ts."""
    done = verdicts.Verdict(ruling=verdicts.Ruling.DONE)
    line = verdicts.Line(
        steps=frozenset({steps.Step.CREATE_PACKET}), when=lambda reply: reply.status == 200, verdict=done
    )
    verdicts.TABLE = (line, *verdicts.TABLE)


def takes_a_repeat_for_another() -> None:
    """Draws a new RID for each call, as if each were another action."""
    take, accept = intake.Intake.take, Events.accept

    def each_anew(self, token, found):
        return take(self, replace(token, action_id=f"{token.action_id}~{uuid.uuid4()}"), found)

    def real(self, *, action_id: str, **call: object):
        return accept(self, action_id=action_id.partition("~")[0], **call)

    intake.Intake.take, Events.accept = each_anew, real


def drops_what_comes_too_early() -> None:
    """Knows no registration whose packet it has not finished sending."""
    with_credential, with_outcome = transitions.with_credential, transitions.with_outcome

    def early(current) -> bool:
        return current is not None and current.state in (State.QUEUED, State.PACKET_SENT)

    transitions.with_credential = lambda current, *rest: (
        (Receipt.STORED, None) if early(current) else with_credential(current, *rest)
    )
    transitions.with_outcome = lambda current, *rest: (
        (Receipt.STORED, None) if early(current) else with_outcome(current, *rest)
    )


def forgets_when_opencrvs_is_down() -> None:
    """Closes the row whatever OpenCRVS says: opencrvs/mosip routes/websub-credential-issued.ts."""
    done = verdicts.Verdict(ruling=verdicts.Ruling.DONE)
    line = verdicts.Line(
        steps=frozenset({steps.Step.ACCEPT}), when=lambda reply: reply.status == 503, verdict=done
    )
    verdicts.TABLE = (line, *verdicts.TABLE)


def dies_when_opencrvs_is_down() -> None:
    """A promise that nobody awaits ends the process."""
    rule = verdicts.rule

    def fatal(step, reply):
        if step is steps.Step.ACCEPT and reply.status == 503:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        return rule(step, reply)

    from bridge.delivery import worker

    worker.rule = fatal


def believes_everybody() -> None:
    """Looks at no signature and no proof."""
    made = callback.Callbacks.__init__

    def open_to_all(self, *, credentials, policy, **rest) -> None:
        credentials._proof_needed = False
        made(self, credentials=credentials, policy=frozenset({"none"}), **rest)

    callback.Callbacks.__init__ = open_to_all


def acknowledges_before_it_stores() -> None:
    """Says 2xx to the hub and stores a moment later."""
    receive = inbox.Inbox._receive

    def later(self, *message) -> Received:
        threading.Timer(3.0, receive, (self, *message)).start()
        return Received(receipt=Receipt.STORED, delivery=None)

    inbox.Inbox._receive = later


MUTATIONS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        confirms_without_identifier,
        forgets_the_number_of_the_dead,
        keeps_a_death_to_itself,
        trusts_a_200,
        takes_a_repeat_for_another,
        drops_what_comes_too_early,
        forgets_when_opencrvs_is_down,
        dies_when_opencrvs_is_down,
        believes_everybody,
        acknowledges_before_it_stores,
    )
}

if __name__ == "__main__":
    serve.WORKERS = 1
    MUTATIONS[sys.argv[1]]()
    main(["serve"])
