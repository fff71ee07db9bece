"""What the hub does: asks subscribers whether they meant it, and delivers.

Source: mosip/websub: hub_service.bal, start_hub.bal, modules/{security,util,config};
ballerina-platform/module-ballerina-websubhub: subscription.bal, hub_client.bal
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import partial
from typing import Literal

from mock_control import JSON, Control, Delivery, Outgoing, Refusal, Reset, current_exchange
from mock_mosip.settings import HubRetry
from mock_mosip.websub import errors
from mock_mosip.websub.message import Message, signatures, to_send, to_sign
from mock_mosip.websub.offsets import KEPT, Offsets
from mock_mosip.websub.state import Subscription, Subscriptions, subscriber_id

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 2.0
DEFAULT_LEASE = "86400"
SERVICE_ACCOUNT = "service-account-"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A request to subscribe or unsubscribe."""

    mode: Literal["subscribe", "unsubscribe"]
    topic: str
    callback: str
    secret: str = ""
    lease_seconds: str = DEFAULT_LEASE


def may_subscribe(person: Mapping[str, JSON], topic: str) -> bool:
    """Whether a token's holder may subscribe: to another partner's topic, nobody may."""
    partner, slash, name = topic.rpartition("/")
    if not slash:
        return f"SUBSCRIBE_{name}_GENERAL" in roles_of(person)
    user = str(person.get("userId")).removeprefix(SERVICE_ACCOUNT)
    return f"SUBSCRIBE_{name}_INDIVIDUAL" in roles_of(person) and user == partner


def may_publish(person: Mapping[str, JSON], topic: str) -> bool:
    """Whether a token's holder may publish to a topic or register it."""
    _, slash, name = topic.rpartition("/")
    role = f"PUBLISH_{name}_ALL_INDIVIDUAL" if slash else f"PUBLISH_{name}_GENERAL"
    return role in roles_of(person)


def roles_of(person: Mapping[str, JSON]) -> set[str]:
    """The comma-joined roles that validateToken tells."""
    return set(str(person.get("role") or "").split(","))


class Hub:
    """Subscriptions and deliveries. Verification and delivery run on the control's timers."""

    def __init__(
        self, *, subscriptions: Subscriptions, retry: HubRetry, public_url: str, control: Control
    ) -> None:
        self.subscriptions = subscriptions
        self.url = f"{public_url}/hub"
        self.timeout = (CONNECT_TIMEOUT_S, retry.timeout_s)
        self._retry = retry
        self._control = control
        self._offsets: Offsets[Message] = Offsets()
        self._boot = 0

    def restart(self, arguments: Mapping[str, JSON]) -> JSON:
        """Begins anew: subscriptions stay, what was not recorded as delivered is sent again at once.

        ``arrived`` (0 to 100): how many had arrived and were not recorded yet either. Raises Refusal.
        """
        arrived = arguments.get("arrived", 0)
        if set(arguments) - {"arrived"} or not isinstance(arrived, int) or not 0 <= arrived <= KEPT:
            raise Refusal(f"arrived is a number from 0 to {KEPT}", near=["arrived"])
        self._boot += 1
        again = self._offsets.unrecorded(arrived=arrived)
        for subscription_id, message in again:
            self._begin(subscription_id, message)
        return {"again": len(again)}

    def forget(self, reset: Reset) -> None:
        """Forgets how far it has got, when everything is forgotten."""
        if reset.scenario is None:
            self._offsets.clear()

    # -- intent ------------------------------------------------------------------------------------

    def receive(self, wish: Wish) -> None:
        """Takes a wish in; whether it was meant is asked later, after the hub has answered 202."""
        cause = current_exchange().id
        self.subscriptions.add_topic(wish.topic)
        self._control.timers.soon(partial(self._verify, wish, cause), what=f"hub: verify {wish.mode}")

    def _verify(self, wish: Wish, cause: int) -> None:
        known = self.subscriptions.get(subscriber_id(wish.topic, wish.callback)) is not None
        if wish.mode == "subscribe" and known:
            return self._deny(wish, errors.SUBSCRIBER_KNOWN, cause)
        if wish.mode == "unsubscribe" and not known:
            return self._deny(wish, errors.SUBSCRIBER_UNKNOWN, cause)
        return self._challenge(wish, str(uuid.uuid4()), cause, attempt=0)

    def _deny(self, wish: Wish, reason: str, cause: int) -> None:
        self._ask(wish, {"hub.mode": "denied", "hub.topic": wish.topic, "hub.reason": reason}, cause)

    def _challenge(self, wish: Wish, challenge: str, cause: int, *, attempt: int) -> None:
        query = {"hub.mode": wish.mode, "hub.topic": wish.topic, "hub.challenge": challenge}
        if wish.mode == "subscribe":
            query["hub.lease_seconds"] = wish.lease_seconds
        deliveries = self._ask(wish, query, cause)
        # The hub compares the text alone: the status means nothing to it.
        if any(each.body.decode("utf-8", "replace") == challenge for each in deliveries):
            self._conclude(wish)
        elif any(each.status is None and not each.ok for each in deliveries):
            self._again(attempt, partial(self._challenge, wish, challenge, cause, attempt=attempt + 1))

    def _ask(self, wish: Wish, query: Mapping[str, str], cause: int) -> list[Delivery]:
        """Calls the callback; the values are not encoded, as MOSIP's hub doesn't."""
        joint = "&" if "?" in wish.callback else "?"
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return self._control.send(
            Outgoing(
                operation="mosip.websub.verify",
                method="GET",
                url=f"{wish.callback}{joint}{text}",
                view={**query},
                cause=cause,
                timeout=self.timeout,
            )
        )

    def _conclude(self, wish: Wish) -> None:
        if wish.mode == "unsubscribe":
            self.subscriptions.remove(subscriber_id(wish.topic, wish.callback))
            return
        self.subscriptions.add(
            Subscription(
                topic=wish.topic,
                callback=wish.callback,
                secret=wish.secret,
                lease_seconds=wish.lease_seconds,
                since=self._control.stamps.iso(),
            )
        )

    # -- content -----------------------------------------------------------------------------------

    def distribute(self, message: Message) -> None:
        """Delivers to all who are subscribed now; a topic that nobody registered is registered."""
        self.subscriptions.add_topic(message.topic)
        for each in self.subscriptions.of(message.topic):
            self._begin(each.id, message)

    def _begin(self, subscription_id: str, message: Message) -> None:
        self._offsets.begun(subscription_id, message)
        self._control.timers.soon(
            partial(self._deliver, subscription_id, message, attempt=0, boot=self._boot),
            what=f"hub: deliver {message.topic}",
        )

    def _deliver(self, subscription_id: str, message: Message, *, attempt: int, boot: int) -> None:
        subscription = self.subscriptions.get(subscription_id)
        if subscription is None:
            self._offsets.unsubscribed(subscription_id)
        if subscription is None or boot != self._boot:
            return
        deliveries = self._control.send(self.outgoing(subscription, message))
        if boot != self._boot:
            return
        if any(each.status == 410 for each in deliveries):
            self.subscriptions.remove(subscription_id)
            self._offsets.unsubscribed(subscription_id)
        elif any(each.ok for each in deliveries):
            self._offsets.arrived(subscription_id, message)
        elif not self._again(
            attempt, partial(self._deliver, subscription_id, message, attempt=attempt + 1, boot=boot)
        ):
            self._offsets.gave_up(subscription_id, message)

    def outgoing(
        self, subscription: Subscription, message: Message, changes: Set[str] = frozenset()
    ) -> Outgoing:
        """The message as it leaves, signed; wrong as ``changes`` (mutations and signatures) want it."""
        inside = message.spoil(changes) if changes and message.spoil is not None else message
        signed = to_sign(inside, changes)
        return Outgoing(
            operation="mosip.websub.deliver",
            method="POST",
            url=subscription.callback,
            headers={
                "Content-Type": message.content_type,
                # The URLs stand without angle brackets.
                "Link": f'{self.url}; rel="hub", {message.topic}; rel="self"',
                **signatures(subscription.secret, signed, changes),
            },
            body=to_send(signed, changes),
            view=inside.view,
            keys=message.keys,
            cause=message.cause,
            timeout=self.timeout,
            change=lambda wanted: self.outgoing(subscription, message, frozenset(wanted.values())),
        )

    def _again(self, attempt: int, run: partial[None]) -> bool:
        """Tries again later; False after the last try, when the message is given up as in MOSIP's hub."""
        delays = self._retry.delays()
        if attempt < len(delays):
            self._control.timers.after(delays[attempt], run, what="hub: try again")
            return True
        log.warning("the hub gave up after %d attempts", attempt + 1)
        return False
