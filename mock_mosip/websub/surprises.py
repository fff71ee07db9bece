"""Events that are well signed and not as they were described: what another version of MOSIP may send."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from typing import Final

from mock_control import JSON

SURPRISES: Final[Mapping[str, str]] = {
    "unknown-type": "its credential is of a type that nobody spoke of (`euin`)",
    "odd-id": "its id is no UUID",
    "more-members": "it has members that nobody knows, and some that are null",
    "no-protection-key": "it has no protectionKey",
}

Members = dict[str, JSON]


def surprising(content: bytes, changes: Set[str]) -> bytes:
    """The content as ``changes`` want it; what holds no credential event stays as it is."""
    wanted = [name for name in SURPRISES if name in changes]
    event = _event(content) if wanted else None
    if event is None:
        return content
    for name in wanted:
        event = _CHANGES[name](event)
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def _event(content: bytes) -> Members | None:
    try:
        body: JSON = json.loads(content)
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(_members(body.get("event")).get("data"), dict):
        return None
    return body


def _members(value: JSON) -> Members:
    return value if isinstance(value, dict) else {}


def _with_event(body: Members, **changed: JSON) -> Members:
    return {**body, "event": {**_members(body.get("event")), **changed}}


def _with_data(body: Members, **changed: JSON) -> Members:
    data = _members(_members(body.get("event")).get("data"))
    return _with_event(body, data={**data, **changed})


def _unknown_type(body: Members) -> Members:
    return _with_data(body, credentialType="euin")


def _odd_id(body: Members) -> Members:
    return _with_event(body, id=f"no. {_members(body.get('event')).get('id')}")


def _more_members(body: Members) -> Members:
    # Two of them are what a live MOSIP was seen to send. (opencrvs/mosip: packages/mosip-mock)
    more = _with_data(
        body,
        ExpiryTimestamp="9999-12-31T23:59:59.999",
        TransactionLimit=None,
        templateTypeCode=None,
        issuedBy={"office": None, "desks": [1, 2.5, True]},
    )
    return {**_with_event(more, type=None, trace=None), "version": 2, "metadata": None}


def _no_protection_key(body: Members) -> Members:
    data = _members(_members(body.get("event")).get("data"))
    return _with_event(body, data={name: each for name, each in data.items() if name != "protectionKey"})


_CHANGES: Final[Mapping[str, Callable[[Members], Members]]] = {
    "unknown-type": _unknown_type,
    "odd-id": _odd_id,
    "more-members": _more_members,
    "no-protection-key": _no_protection_key,
}
