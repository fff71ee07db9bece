"""Subscribing at the hub, and whom we confirm a subscription to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

import contracts
from bridge.errors import Problem
from bridge.mosip.auth import MosipTokens
from bridge.mosip.websub import State, Subscription
from bridge.settings import Settings

TOPIC = "opencrvs-partner/CREDENTIAL_ISSUED"
EVENTS = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
FORM = "application/x-www-form-urlencoded"


class Kept:
    """A store of states in memory."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}

    def get(self, topic: str) -> State:
        return self.states.get(topic, "unknown")

    def set(self, topic: str, state: State) -> None:
        self.states[topic] = state


@pytest.fixture
def kept() -> Kept:
    """What the bridge remembers of its subscriptions."""
    return Kept()


@pytest.fixture
def subscription(
    upstream: Any, told: Any, kept: Kept, make_settings: Callable[..., Settings]
) -> Subscription:
    """At a hub that accepts."""
    hub_says(upstream, told, 202, b"hub.mode=accepted")
    settings = make_settings(
        mosip_auth_url=f"{upstream.url}/auth", mosip_websub_hub_url=f"{upstream.url}/hub/"
    )
    return Subscription.of(settings, tokens=MosipTokens.for_websub(settings), store=kept)


def hub_says(upstream: Any, told: Any, status: int, form: bytes) -> None:
    def answer(seen: Any) -> Any:
        if seen.path == "/auth":
            return told(body={}, headers=[("Authorization", "abc")])
        return told(status=status, body=form, headers=[("Content-Type", FORM)])

    upstream.answer = answer


def question(**changed: str) -> dict[str, str]:
    return {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.challenge": "7b907ebe-d843-4c64-86f4-c90d76bdb1f8",
        "hub.lease_seconds": "86400",
        **{f"hub.{name}": value for name, value in changed.items()},
    }


def test_the_form(subscription: Subscription, upstream: Any) -> None:
    assert subscription.topics == (TOPIC, EVENTS)
    reply = subscription.subscribe(TOPIC)
    assert (reply.party, reply.status, reply.error, reply.json) == (
        "hub",
        202,
        None,
        {"hub.mode": "accepted"},
    )
    seen = upstream.seen[-1]
    form = dict(parse_qsl(seen.body.decode()))
    assert contracts.violations("mosip/websub-hub.request", form) == []
    assert (form["hub.topic"], form["hub.secret"]) == (TOPIC, "hub-secret")
    assert (seen.headers["content-type"], seen.headers["cookie"]) == (FORM, "Authorization=abc")


def test_asked_then_verified(subscription: Subscription) -> None:
    assert subscription.state(TOPIC) == "unknown"
    subscription.subscribe(TOPIC)
    assert subscription.state(TOPIC) == "asked"
    assert subscription.verify(question()) == "7b907ebe-d843-4c64-86f4-c90d76bdb1f8"
    assert subscription.state(TOPIC) == "verified"
    subscription.subscribe(TOPIC)
    assert subscription.state(TOPIC) == "verified", "renewing a lease takes nothing away"
    assert subscription.state(EVENTS) == "unknown"


def test_the_question_may_come_before_the_202(subscription: Subscription, upstream: Any, told: Any) -> None:
    answers: list[str] = []
    accepting = upstream.answer

    def ask_back(seen: Any) -> Any:
        if seen.path != "/auth":
            answers.append(subscription.verify(question()))
        return accepting(seen)

    upstream.answer = ask_back
    subscription.subscribe(TOPIC)
    assert answers == ["7b907ebe-d843-4c64-86f4-c90d76bdb1f8"]
    assert subscription.state(TOPIC) == "verified"


@pytest.mark.parametrize(
    "foreign",
    [
        {"topic": "other/CREDENTIAL_ISSUED"},
        {"topic": EVENTS},
        {"topic": ""},
        {"mode": "unsubscribe"},
        {"mode": ""},
        {"mode": "SUBSCRIBE"},
        {"challenge": ""},
        {"challenge": "<script>\n"},
        {"challenge": "x" * 257},
    ],
)
def test_foreign_questions_get_404(subscription: Subscription, kept: Kept, foreign: dict[str, str]) -> None:
    subscription.subscribe(TOPIC)
    with pytest.raises(Problem) as refused:
        subscription.verify(question(**foreign))
    assert refused.value.status == 404
    assert kept.states == {TOPIC: "asked"}


def test_nobody_is_answered_before_we_asked(subscription: Subscription) -> None:
    for query in (question(), {"hub.challenge": "x"}, {}):
        with pytest.raises(Problem):
            subscription.verify(query)


def denial(reason: str, topic: str = TOPIC) -> dict[str, str]:
    return {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason}


def test_already_registered_means_subscribed(subscription: Subscription) -> None:
    subscription.subscribe(TOPIC)
    assert subscription.denied(denial("Subscriber has already registered with the Hub")) == "verified"


def test_any_other_denial(subscription: Subscription) -> None:
    subscription.subscribe(TOPIC)
    assert subscription.denied(denial("Subscriber is not authorized")) == "denied"
    subscription.subscribe(TOPIC)
    assert subscription.state(TOPIC) == "asked", "a denied topic may be asked for again"


def test_a_forged_denial_changes_nothing(subscription: Subscription) -> None:
    assert subscription.denied(denial("already registered")) == "unknown"
    subscription.subscribe(TOPIC)
    subscription.verify(question())
    assert subscription.denied(denial("go away")) == "verified"
    assert subscription.denied(denial("go away", topic="other")) == "unknown"


@pytest.mark.parametrize(
    ("status", "form", "state"),
    [
        (500, b"hub.mode=denied&hub.reason=Subscriber+is+not+authorized", "denied"),
        (503, b"busy", "asked"),
        (202, b"", "asked"),
    ],
)
def test_answers_of_the_hub(
    subscription: Subscription, upstream: Any, told: Any, status: int, form: bytes, state: State
) -> None:
    hub_says(upstream, told, status, form)
    assert subscription.subscribe(TOPIC).status == status
    assert subscription.state(TOPIC) == state
