"""Mistakes on the way back to OpenCRVS."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import orjson
from verdict_lines import DONE, rule_first

from bridge import opencrvs
from bridge.delivery import inbox, intake, steps, transitions
from bridge.delivery.steps import Step
from bridge.http import Reply
from bridge.model import Kind
from bridge.mosip import credentials


def confirms_without_identifier() -> None:
    """A credential is a credential, whatever it holds."""
    steps.Steps._identifier = lambda *_: None
    inbox.Inbox._sealed = lambda self, row, _: self.sealer.seal(
        b"", place=steps.place("credential", row.action_id)
    )


def takes_any_number_for_the_right_one() -> None:
    """A number of the child's, so it will do."""
    claims = credentials.Credentials.claims

    def something(self, envelope):
        said = claims(self, envelope)
        return replace(said, values={"VID": said.values.get("UIN", ""), **said.values})

    credentials.Credentials.claims = something


def confirms_before_mosip_has_it() -> None:
    """A birth goes to OpenCRVS first and to MOSIP afterwards."""
    run = steps.Steps.run

    def hasty(self, step, held):
        if step is Step.CREATE_PACKET and held.kind is Kind.BIRTH:
            run(self, Step.ACCEPT, held)
        return run(self, step, held)

    steps.Steps.run = hasty


def confirms_under_another_number() -> None:
    """A number of its own making."""
    accept = opencrvs.Events.accept

    def under_another(self, *, registration_number: str, **call: object):
        return accept(self, registration_number=registration_number[::-1], **call)

    opencrvs.Events.accept = under_another


def sends_the_identifier_as_a_number() -> None:
    """Digits, so a number."""
    dumps = orjson.dumps

    class Careless:
        @staticmethod
        def dumps(value):
            return dumps(value).replace(b'"child.nid":"', b'"child.nid":').replace(b'"}}}}', b"}}}}")

    opencrvs.orjson = Careless


def keeps_a_death_to_itself() -> None:
    """Nobody waits for a death, so nobody is told."""
    os.environ["BRIDGE_DEATH_CONFIRMATION"] = "none"
    run = steps.Steps.run
    made_up = {
        Step.CREATE_PACKET: ("packet_manager", [{}]),
        Step.CREATE_INSTANCE: ("workflow", {"workflowInstanceId": "none"}),
    }

    def quietly(self, step, held):
        if step not in made_up or held.kind is not Kind.DEATH:
            return run(self, step, held)
        party, response = made_up[step]
        return Reply(party=party, status=200, json={"response": response}, error=None)

    steps.Steps.run = quietly


def takes_a_death_for_a_birth() -> None:
    """opencrvs/mosip packages/mosip-api/src/routes/websub-credential-issued.ts: the payload decides."""
    with_credential, closed = transitions.with_credential, transitions._closed

    def as_it_looks(current, sealed, now, rules):
        receipt, changed = with_credential(current, sealed, now, rules)
        return receipt, changed and replace(changed, credential=sealed)

    transitions.with_credential = as_it_looks
    transitions._closed = closed


def ignores_a_refusal() -> None:
    """opencrvs/mosip packages/mosip-api/src/websub/subscribe.ts: only credentials are listened to."""
    with_outcome = transitions.with_outcome

    def deaf(current, outcome, *rest):
        if outcome in (transitions.Outcome.FAILED, transitions.Outcome.REJECTED):
            return transitions.Receipt.LATE, None
        return with_outcome(current, outcome, *rest)

    transitions.with_outcome = deaf


def tells_nobody_of_a_refusal() -> None:
    """What is over is closed."""
    run = steps.Steps.run

    def quietly(self, step, held):
        if step is Step.REJECT:
            return Reply(party="opencrvs", status=200, json=[{"result": {"data": {}}}], error=None)
        return run(self, step, held)

    steps.Steps.run = quietly


def forgets_when_opencrvs_is_down() -> None:
    """opencrvs/mosip packages/mosip-api/src/routes/websub-credential-issued.ts: the row is gone first."""
    rule_first(Step.ACCEPT, lambda reply: reply.status == 503, DONE)


def keeps_to_the_token_it_was_given() -> None:
    """There is no other authority, and who is refused is done."""
    opencrvs.authority_of = lambda _: None
    rule_first(Step.ACCEPT, lambda reply: reply.status == 401, DONE)


def remembers_nothing() -> None:
    """A store in a container's own file system; nor is OpenCRVS asked what waits, which would tell."""
    os.environ.update(BRIDGE_RECONCILE_AFTER_S="3600", BRIDGE_RECONCILE_EVERY_S="3600")
    database = Path(os.environ["SQLITE_DATABASE_PATH"])
    for each in database.parent.glob(f"{database.name}*"):
        each.unlink()


def answers_before_it_reads() -> None:
    """opencrvs/mosip packages/mosip-api/src/routes/event-registration.ts: neither number, and 202."""
    from types import SimpleNamespace

    from bridge.api import registration
    from bridge.errors import Problem

    parse, take = registration.parse_registration, intake.Intake.take

    def careless(raw, content_type):
        try:
            return parse(raw, content_type)
        except Problem:
            return None

    def nothing(self, token, found):
        return SimpleNamespace(answered_rid="none") if found is None else take(self, token, found)

    registration.parse_registration, intake.Intake.take = careless, nothing


MUTATIONS = (
    confirms_without_identifier,
    takes_any_number_for_the_right_one,
    confirms_before_mosip_has_it,
    confirms_under_another_number,
    sends_the_identifier_as_a_number,
    keeps_a_death_to_itself,
    takes_a_death_for_a_birth,
    ignores_a_refusal,
    tells_nobody_of_a_refusal,
    forgets_when_opencrvs_is_down,
    keeps_to_the_token_it_was_given,
    remembers_nothing,
    answers_before_it_reads,
)
