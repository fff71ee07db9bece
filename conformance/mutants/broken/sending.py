"""Mistakes on the way to MOSIP."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from verdict_lines import DONE, PARKED, rule_first

from bridge import packets, registration
from bridge.delivery import intake, transitions, worker
from bridge.delivery.steps import Step
from bridge.errors import Problem
from bridge.model import State
from bridge.opencrvs import Events

TWO_HOURS_EAST = timezone(timedelta(hours=2))


def forgets_the_number_of_the_dead() -> None:
    """What the stock country configurations lead to."""
    named = registration._name_the_deceased

    def unnamed(fields: dict[str, str], **how: object) -> None:
        named(fields, **how)
        for name in ("UIN", "vid", "VID"):
            fields.pop(name, None)

    registration._name_the_deceased = unnamed


def stamps_in_local_time() -> None:
    """ISO 8601, and still not what MOSIP's parser wants."""

    def local(moment: datetime) -> str:
        return moment.astimezone(TWO_HOURS_EAST).isoformat(timespec="milliseconds")

    packets.stamp = local


def trusts_a_200() -> None:
    """opencrvs/mosip packages/mosip-api/src/mosip-api.ts."""
    rule_first(Step.CREATE_PACKET, lambda reply: reply.status == 200, DONE)


def gives_up_when_mosip_is_away() -> None:
    """No retry, and no row that tells of it."""
    after_step = transitions.after_step

    def forgotten(current, ruled, rules):
        if ruled.step is Step.CREATE_PACKET and ruled.verdict.transient:
            return transitions._closed(current, State.TOLD)
        return after_step(current, ruled, rules)

    transitions.after_step = forgotten


def blocks_what_failed_once() -> None:
    """opencrvs/mosip packages/mosip-api/src/routes/event-registration.ts: the row stays, and is UNIQUE."""
    gives_up_when_mosip_is_away()
    take = intake.Intake.take
    seen: set[str] = set()

    def once(self, token, found):
        if token.action_id in seen:
            raise Problem(status=500, code="bridge.fault", detail="UNIQUE constraint failed")
        seen.add(token.action_id)
        return take(self, token, found)

    intake.Intake.take = once


def draws_a_new_rid_for_each_try() -> None:
    """opencrvs/mosip packages/mosip-api/src/registration-number.ts: drawn per attempt."""
    after_step = transitions.after_step

    def anew(current, ruled, rules):
        after = after_step(current, ruled, rules)
        if ruled.step is not Step.CREATE_INSTANCE or after.failures == 0:
            return after
        rid = packets.draw_rid(
            center="10001",
            machine="10004",
            sequence=uuid.uuid4().int % 10**5,
            now=ruled.now,
            prefix=None,
        )
        return replace(after, rid=rid, state=State.QUEUED, instance_sent=False)

    transitions.after_step = anew


def takes_already_present_for_a_failure() -> None:
    """An error code is an error."""
    rule_first(Step.CREATE_INSTANCE, lambda reply: "RPR-WIS-001" in reply.codes, PARKED)


def never_logs_in_again() -> None:
    """One login, at the start."""
    from bridge.mosip import auth

    def once(self, method, body, *, content_type):
        token = self._tokens.token()
        headers = {"Content-Type": content_type, "Cookie": f"Authorization={token}"}
        return self._upstream.exchange(method, body=body, headers=headers)

    auth.Guarded.exchange = once
    for step in (Step.CREATE_PACKET, Step.CREATE_INSTANCE):
        rule_first(step, lambda reply: reply.status == 401, PARKED)


def takes_a_repeat_for_another() -> None:
    """The row is found by what is drawn for it, and not by its action."""
    take, accept = intake.Intake.take, Events.accept

    def each_anew(self, token, found):
        return take(self, replace(token, action_id=f"{token.action_id}~{uuid.uuid4()}"), found)

    def real(self, *, action_id: str, **call: object):
        return accept(self, action_id=action_id.partition("~")[0], **call)

    intake.Intake.take, Events.accept = each_anew, real


def dies_when_opencrvs_is_down() -> None:
    """A promise that nobody awaits ends the process."""
    import os
    import signal

    rule = worker.rule

    def fatal(step, reply):
        if step is Step.ACCEPT and (reply.error is not None or (reply.status or 0) >= 500):
            os.killpg(os.getpgrp(), signal.SIGKILL)
        return rule(step, reply)

    worker.rule = fatal


MUTATIONS = (
    forgets_the_number_of_the_dead,
    stamps_in_local_time,
    trusts_a_200,
    gives_up_when_mosip_is_away,
    blocks_what_failed_once,
    draws_a_new_rid_for_each_try,
    takes_already_present_for_a_failure,
    never_logs_in_again,
    takes_a_repeat_for_another,
    dies_when_opencrvs_is_down,
)
