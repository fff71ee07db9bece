"""HTTP of the hub: ``/hub``, ``/hub/`` and, for the reference implementation, ``/websub/hub``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint

from mock_control import JSON, Answer, Control, Incoming, Keys, current_exchange, operation
from mock_mosip import mapper
from mock_mosip.auth_manager.service import AuthManager, parse_cookies
from mock_mosip.websub import errors
from mock_mosip.websub.message import Message
from mock_mosip.websub.service import DEFAULT_LEASE, Hub, Wish, may_publish, may_subscribe
from mock_mosip.wrappers import media_type

CONTENT_TYPES = ("application/json", "application/xml", "application/octet-stream", "text/plain")
PUBLISHER_HEADER = "x-ballerina-publisher"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of the hub, wherever in the request it stood."""

    mode: str
    parameters: Mapping[str, str]
    content: bytes = b""
    content_type: str = errors.FORM

    @property
    def topic(self) -> str:
        """``hub.topic``."""
        return self.parameters.get("hub.topic", "")

    @property
    def callback(self) -> str:
        """``hub.callback``."""
        return self.parameters.get("hub.callback", "")


def read(incoming: Incoming) -> Asked | Answer:
    """Finds mode and parameters, or refuses the content type."""
    kind = media_type(incoming.headers)
    publisher = incoming.headers.get(PUBLISHER_HEADER)
    if kind == errors.FORM and publisher == "publish":
        return Asked(mode="publish", parameters=incoming.query, content=incoming.body, content_type=kind)
    if kind == errors.FORM:
        mode = "publish" if publisher == "event" else incoming.form.get("hub.mode", "")
        return Asked(mode=mode, parameters=incoming.form)
    if kind in CONTENT_TYPES:
        mode = incoming.query.get("hub.mode", "")
        return Asked(mode=mode, parameters=incoming.query, content=incoming.body, content_type=kind)
    return errors.unsupported_content()


def keys_of(incoming: Incoming) -> Keys:
    """A publish may tell of an event that the hub delivered; nothing else here belongs to a registration."""
    body = incoming.json
    event = body.get("event") if isinstance(body, dict) else None
    number = event.get("id") if isinstance(event, dict) else None
    return Keys(strong={"hub_event": number}) if isinstance(number, str) and number else Keys()


class HubDoor:
    """Answers one request to the hub."""

    def __init__(self, hub: Hub, manager: AuthManager) -> None:
        self._hub = hub
        self._manager = manager

    def answer(self, incoming: Incoming) -> Answer:
        """Does what is asked, if the caller may ask it."""
        asked = read(incoming)
        if isinstance(asked, Answer):
            return asked
        if asked.mode not in ("register", "deregister", "subscribe", "unsubscribe", "publish"):
            return errors.no_mode()
        if not asked.topic:
            return errors.empty_parameter("hub.topic")
        if asked.mode in ("subscribe", "unsubscribe"):
            return self._subscriber(asked, incoming)
        return self._publisher(asked, incoming)

    def _person(self, incoming: Incoming) -> Mapping[str, JSON] | str:
        """Who calls, as validateToken tells it, or the reason for not knowing."""
        person, fault = self._manager.validate(parse_cookies(incoming.headers.get("Cookie", "")))
        if person is not None:
            return person
        missing = fault is None or fault.code in ("KER-ATH-006", "KER-ATH-007")
        return errors.NO_TOKEN if missing else ""

    def _subscriber(self, asked: Asked, incoming: Incoming) -> Answer:
        if not asked.callback:
            return errors.empty_parameter("hub.callback")
        person = self._person(incoming)
        if isinstance(person, str) or not may_subscribe(person, asked.topic):
            reason = person if isinstance(person, str) and person else errors.SUBSCRIBER_REFUSED
            return errors.denied(reason, status=500)
        secret = asked.parameters.get("hub.secret")
        if asked.mode == "unsubscribe":
            self._hub.receive(Wish(mode="unsubscribe", topic=asked.topic, callback=asked.callback))
            return errors.accepted(202)
        if not secret:
            return errors.panicked()
        lease = asked.parameters.get("hub.lease_seconds") or DEFAULT_LEASE
        self._hub.receive(
            Wish(
                mode="subscribe",
                topic=asked.topic,
                callback=asked.callback,
                secret=secret,
                lease_seconds=lease,
            )
        )
        return errors.accepted(202)

    def _publisher(self, asked: Asked, incoming: Incoming) -> Answer:
        person = self._person(incoming)
        if isinstance(person, str) or not may_publish(person, asked.topic):
            return errors.denied(person if isinstance(person, str) and person else errors.PUBLISHER_REFUSED)
        subscriptions = self._hub.subscriptions
        if asked.mode == "register":
            return (
                errors.accepted()
                if subscriptions.add_topic(asked.topic)
                else errors.denied(errors.TOPIC_KNOWN)
            )
        if asked.mode == "deregister":
            removed = subscriptions.remove_topic(asked.topic)
            return errors.accepted() if removed else errors.denied(errors.TOPIC_UNKNOWN)
        try:
            content = _serialised_again(asked)
        except mapper.MapperError:
            return errors.bad_request("Error occurred while parsing the payload")
        self._hub.distribute(
            Message(
                topic=asked.topic,
                content=content,
                content_type=asked.content_type,
                keys=keys_of(incoming),
                cause=current_exchange().id,
            )
        )
        return errors.accepted()


def _serialised_again(asked: Asked) -> bytes:
    """The content as the hub delivers it: JSON is parsed and written anew, and those bytes are signed."""
    if asked.content_type != "application/json":
        return asked.content
    value = mapper.plain(mapper.read(asked.content))
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def make_blueprint(hub: Hub, manager: AuthManager, control: Control) -> Blueprint:
    """Routes of the hub."""
    blueprint = Blueprint("websub", __name__)
    door = HubDoor(hub, manager)

    view = operation(
        "mosip.websub.hub",
        help="Subscribe, unsubscribe, register, deregister or publish",
        request="mosip/websub-hub.request",
        keys=keys_of,
        errors=lambda _, codes: errors.denied(", ".join(codes)),
        answers={"denied": lambda _: errors.denied(errors.SUBSCRIBER_REFUSED, status=500)},
    )(door.answer)
    for path, name in (("/hub", "hub"), ("/hub/", "hub_slash"), ("/websub/hub", "websub_hub")):
        blueprint.add_url_rule(path, endpoint=name, view_func=view, methods=["POST"], strict_slashes=True)

    @blueprint.get("/hub/actuator/health")
    def health() -> dict[str, str]:
        return {"status": "UP", "time": control.stamps.iso()}

    return blueprint
