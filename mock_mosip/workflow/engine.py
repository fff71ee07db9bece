"""Leads a workflow from stage to stage on the timers, ends it, and tells who listens.

Source: mosip/mosip-config: registration-processor-camel-routes-{infant-
crvs_new,crvs_death,crvs_update}-default.xml; mosip/registration: workflow-engine
"""

from __future__ import annotations

import json
from functools import partial

from mock_control import JSON, Control, Keys, OperationSpec, current_exchange
from mock_mosip.credentials.making import Issue
from mock_mosip.credentials.service import Credentials
from mock_mosip.ida.replica import Feed
from mock_mosip.packet_manager.state import Packet
from mock_mosip.websub.message import Message
from mock_mosip.websub.service import Hub
from mock_mosip.workflow import errors
from mock_mosip.workflow.stages import DEATH, NEW, Stages, Verdict, failed
from mock_mosip.workflow.state import Registration, Result

COMPLETED_TOPIC = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
MOST_RETRIES = 20
REPROCESS_AFTER_S = 900.0

_BEGINNING = ("packet_validator", "packet_classifier", "cmd_validator")
_OPERATORS = ("operator_validator", "supervisor_validator")
_END = ("uin_generator", "finalization")
ROUTES = {
    NEW: (*_BEGINNING, *_OPERATORS, "demo_dedupe", *_END),
    DEATH: (*_BEGINNING, *_OPERATORS, *_END),
    "CRVS_UPDATE": ("packet_validator", *_END),
}

_HELP = {
    "packet_validator": "Checks packet, id schema and mandatory attributes",
    "packet_classifier": "Sorts by age group and the like",
    "cmd_validator": "Checks centre and machine against master data",
    "operator_validator": "Checks the officer",
    "supervisor_validator": "Checks the supervisor",
    "demo_dedupe": "Looks for the same person by name, date of birth and gender",
    "uin_generator": "Drafts a new identity, or a change of one",
    "finalization": "Publishes the draft; from here on the identity is real",
}
_OUTCOMES = {
    "failed": "the workflow ends as FAILED",
    "reprocess": "an internal error: tried again after 15 minutes",
}


def specs() -> list[OperationSpec]:
    """The stages as operations."""
    stages = [
        OperationSpec(
            name=f"mosip.workflow.{name}",
            kind="stage",
            help=text,
            answers={**_OUTCOMES, "rejected": "the workflow ends as REJECTED"}
            if name == "demo_dedupe"
            else _OUTCOMES,
        )
        for name, text in _HELP.items()
    ]
    issue = OperationSpec(
        name="mosip.credential.issue",
        kind="stage",
        help="The credential requestor asks for a credential, and it is issued",
    )
    return [*stages, issue]


class Engine:
    """Runs workflows."""

    def __init__(
        self,
        *,
        stages: Stages,
        credentials: Credentials,
        hub: Hub,
        feed: Feed | None,
        stage_delay_s: float,
        control: Control,
    ) -> None:
        self._feed = feed
        self._stages = stages
        self._credentials = credentials
        self._hub = hub
        self._delay = stage_delay_s
        self._control = control

    def begin(self, row: Registration) -> None:
        """Begins a workflow; of a process that no route knows nothing ever comes, its row stays RESUMABLE."""
        route = self._route(row)
        if route:
            self._schedule(row, route[0], self._delay)

    def _route(self, row: Registration) -> tuple[str, ...]:
        return ROUTES.get(self._stages.route(row) or "", ())

    def _schedule(self, row: Registration, name: str, seconds: float) -> None:
        self._control.timers.after(seconds, partial(self._run, row, name), what=f"workflow: {name}")

    def _run(self, row: Registration, name: str) -> None:
        """Runs a stage and, when no time passes between stages, those that follow it."""
        following: str | None = name
        while following is not None:
            following = self._pass(row, following)
            if following is not None and self._delay > 0:
                return self._schedule(row, following, self._delay)
        return None

    def _pass(self, row: Registration, name: str) -> str | None:
        """Runs one stage; the name of the next, None when there is none now."""
        verdict = self._control.stage(
            f"mosip.workflow.{name}",
            keys=Keys(strong={"rid": row.rid}),
            run=partial(self._decide, row, name),
            cause=row.cause,
        )
        if verdict.end == "REPROCESS":
            self._schedule(row, name, REPROCESS_AFTER_S)
        return self._go_on(row, name) if verdict.end is None else None

    def _decide(self, row: Registration, name: str, forced: str | None) -> Verdict:
        """The stage itself; what ends the workflow is told within its exchange."""
        row.stage, row.status = name, "PROCESSING"
        verdict = _forced(forced) or self._stages.run(name, row)
        if verdict.end == "REPROCESS":
            row.retries += 1
            if row.retries > MOST_RETRIES:
                verdict = failed(errors.REPROCESS_EXCEEDED)
        verdict = self._stop_at_route(row, name, verdict)
        row.sub_status = verdict.sub_status
        row.history.append((name, verdict.end or "SUCCESS", verdict.sub_status))
        if verdict.end == "REPROCESS":
            row.status = "REPROCESS"
        elif verdict.end is not None:
            self._end(row, verdict.end)
        elif name == self._route(row)[-1]:
            self._end(row, "PROCESSED")
        return verdict

    def _stop_at_route(self, row: Registration, name: str, verdict: Verdict) -> Verdict:
        """What the route itself decides after centre and machine were checked.

        Age group, then who is responsible.
        """
        packet = self._stages.packet_of(row)
        if verdict.end is not None or name != "cmd_validator" or packet is None:
            return verdict
        if self._stages.route(row) == NEW and not self._stages.is_infant(packet):
            return failed(errors.NOT_AN_INFANT)
        return verdict if _operators(packet) else failed(errors.NO_OFFICER)

    def _go_on(self, row: Registration, name: str) -> str | None:
        """The stage that comes next; after the last, what the new identity brings about."""
        route = self._route(row)
        packet = self._stages.packet_of(row)
        left = list(route[route.index(name) + 1 :])
        responsible = _operators(packet) if packet is not None else ()
        following = next((each for each in left if each not in _OPERATORS or each in responsible), None)
        if following is not None:
            return following
        if self._feed is not None and row.uin is not None:
            self._feed.announce(uin=row.uin, rid=row.rid, cause=row.cause)
        if packet is not None and self._gets_credential(row):
            issue = partial(self._issue, row, packet)
            if self._delay > 0:
                self._control.timers.after(self._delay, issue, what="credential: issue")
            else:
                issue()
        return None

    def _gets_credential(self, row: Registration) -> bool:
        policy = self._control.settings_value("mosip.credential_policy")
        return policy == "always" or (policy == "stock" and self._credentials.is_stock(row.process))

    def _issue(self, row: Registration, packet: Packet) -> None:
        wanted = Issue(
            rid=row.rid,
            owner=row.owner,
            # Of a death the credential only acknowledges: it names nobody.
            identifier=None
            if self._stages.route(row) == DEATH
            else self._credentials.identifier(row.uin, row.vid),
            certificate_number=packet.text("birthCertificateNumber"),
        )
        self._control.stage(
            "mosip.credential.issue",
            keys=Keys(strong={"rid": row.rid}),
            run=lambda _: self._credentials.issue(wanted),
            cause=row.cause,
        )

    def _end(self, row: Registration, result: Result) -> None:
        """Ends a workflow and publishes the only push signal there is of how it went."""
        row.status = row.result = result
        exchange = current_exchange()
        exchange.effect("workflow-ended", rid=row.rid, result=result)
        event: dict[str, JSON] = {
            "instanceId": row.rid,
            "resultCode": result,
            "workflowType": row.process,
            "errorCode": None,
        }
        self._hub.distribute(
            Message(
                topic=COMPLETED_TOPIC,
                content=json.dumps(event, separators=(",", ":")).encode(),
                view=event,
                keys=Keys(strong={"rid": row.rid}),
                cause=exchange.id,
            )
        )


def _operators(packet: Packet) -> tuple[str, ...]:
    """The validators that a packet goes through.

    Officer's and supervisor's, or the supervisor's alone, or none.
    """
    labels = packet.labels("operationsData")
    if labels.get("officerId"):
        return _OPERATORS
    return ("supervisor_validator",) if labels.get("supervisorId") else ()


def _forced(outcome: str | None) -> Verdict | None:
    if outcome is None:
        return None
    if outcome == "reprocess":
        return Verdict(sub_status=errors.REPROCESS, end="REPROCESS")
    return Verdict(sub_status=errors.FORCED, end="REJECTED" if outcome == "rejected" else "FAILED")
