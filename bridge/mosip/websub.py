"""Our subscriptions at MOSIP's hub (mosip/websub: hub_service.bal; W3C WebSub).

The hub takes a form, answers 202, and asks the callback afterwards whether it meant it. It denies a second
subscription of a callback it knows and leaves the first in force, so that denial means subscribed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, Protocol
from urllib.parse import parse_qsl, urlencode

from bridge.errors import Problem
from bridge.http import RawReply, Reply, Upstream
from bridge.mosip.auth import Guarded, MosipTokens
from bridge.settings import Settings

State = Literal["unknown", "asked", "verified", "denied"]

_FORM = "application/x-www-form-urlencoded"
_ALREADY = re.compile(r"already (been )?registered", re.IGNORECASE)
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,256}")


class SubscriptionStore(Protocol):
    """Where the state of each topic is kept, shared by all processes of the bridge."""

    def get(self, topic: str) -> State:
        """State of a topic; ``unknown`` when nothing was kept."""
        ...

    def set(self, topic: str, state: State) -> None:
        """Keep the state of a topic."""
        ...


class Subscription:
    """Both topics of the bridge: credentials, and the end of workflows."""

    def __init__(
        self,
        *,
        topics: tuple[str, ...],
        callback: str,
        secret: str,
        lease_s: int,
        hub: Guarded,
        store: SubscriptionStore,
    ) -> None:
        self.topics = topics
        self._callback = callback
        self._secret = secret
        self._lease_s = lease_s
        self._hub = hub
        self._store = store

    @classmethod
    def of(cls, settings: Settings, *, tokens: MosipTokens, store: SubscriptionStore) -> Subscription:
        """As the settings say."""
        url = settings.mosip_websub_hub_url
        return cls(
            topics=(settings.mosip_websub_topic, settings.bridge_workflow_event_topic),
            callback=settings.mosip_websub_callback_url,
            secret=(settings.websub_secrets or ("unused-secret",))[0],
            lease_s=settings.bridge_websub_lease_s,
            hub=Guarded(tokens=tokens, upstream=Upstream.of(settings, party="hub", url=url, connections=1)),
            store=store,
        )

    def state(self, topic: str) -> State:
        """``asked`` once the hub was asked, ``verified`` after its question, ``denied`` after its refusal."""
        return self._store.get(topic)

    def subscribe(self, topic: str) -> Reply:
        """Ask the hub, or ask it again before a lease ends; a topic that is verified stays so meanwhile.

        The Reply's ``json`` is the hub's form as an object. 2xx means asked, not yet subscribed.
        """
        # Kept before the call: the hub may ask back before its 202 has reached us.
        if self._store.get(topic) != "verified":
            self._store.set(topic, "asked")
        form = {
            "hub.mode": "subscribe",
            "hub.topic": topic,
            "hub.callback": self._callback,
            "hub.secret": self._secret,
            "hub.lease_seconds": str(self._lease_s),
        }
        body = urlencode(form).encode("ascii")
        answer = self._hub.exchange("POST", body, content_type=_FORM)
        reply = answer if isinstance(answer, Reply) else self._read(answer)
        if _denial(reply) is not None and self._store.get(topic) == "asked":
            self._store.set(topic, "denied")
        return reply

    def verify(self, query: Mapping[str, str]) -> str:
        """The challenge to echo, as bare text, when the hub asks about a subscription that we asked for.

        Raises Problem 404 for any other mode, topic or challenge: nobody else may make us confirm anything.
        """
        topic, challenge = query.get("hub.topic", ""), query.get("hub.challenge", "")
        expected = topic in self.topics and self._store.get(topic) in ("asked", "verified")
        if query.get("hub.mode") != "subscribe" or not expected or not _CHALLENGE.fullmatch(challenge):
            raise Problem(
                status=404, code="bridge.websub.not-asked", detail="No such subscription was asked for."
            )
        self._store.set(topic, "verified")
        return challenge

    def denied(self, query: Mapping[str, str]) -> State:
        """Take note of the hub's denial of a topic that we asked for, and say the topic's state.

        Anybody can send such a GET, so it changes nothing about a topic that is verified.
        """
        topic = query.get("hub.topic", "")
        if topic not in self.topics:
            return "unknown"
        if self._store.get(topic) == "asked":
            already = _ALREADY.search(query.get("hub.reason", ""))
            self._store.set(topic, "verified" if already else "denied")
        return self._store.get(topic)

    def _read(self, raw: RawReply) -> Reply:
        reply = Reply(party="hub", status=raw.status, error=raw.error)
        if raw.error is not None:
            return reply
        pairs = parse_qsl(raw.body[:4096].decode("utf-8", errors="replace"), keep_blank_values=True)
        return replace(reply, json=dict(pairs))


def _denial(reply: Reply) -> str | None:
    """The hub's reason when it denies in its answer to us."""
    form = reply.json if isinstance(reply.json, dict) else {}
    return str(form.get("hub.reason", "")) if form.get("hub.mode") == "denied" else None
