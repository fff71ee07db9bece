"""One exchange as a mock journaled it, and what became true by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.jsontypes import JSON, items, mapping, text


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Something that became true: ``packet-accepted``, ``identity-minted``, ``accept-took-effect``…"""

    name: str
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One way in which a message broke its contract; ``side`` is request or response."""

    side: str
    contract: str
    pointer: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, a message a mock sent, or an inner stage.

    ``direction`` is in, out or inner as the mock sees it; ``scheme`` http or https; ``peer`` who called, or
    host and port of who was called; ``owner`` the action it belongs to, if one is known; ``effects`` in the
    order in which they became true; ``view`` what the mock could read where others see ciphertext.
    """

    party: str
    id: str
    seq: int
    epoch: int
    time: str
    operation: str
    direction: str
    method: str
    path: str
    status: int | None
    closed: bool
    owner: str | None
    scenario: str | None
    strong: Mapping[str, str]
    weak: Mapping[str, str]
    effects: tuple[Effect, ...]
    breaches: tuple[Breach, ...]
    near: tuple[str, ...]
    fault: JSON
    gate: JSON
    error: str | None
    duration_ms: float | None
    given_up_ms: float | None = None
    request: JSON = field(repr=False)
    response: JSON = field(repr=False)
    peer: str = ""
    scheme: str = "http"
    view: JSON = field(default=None, repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """Unique among all mocks."""
        return self.party, self.id

    @property
    def told(self) -> bool:
        """Whether it was answered with a 2xx."""
        return self.closed and self.status is not None and 200 <= self.status < 300

    @property
    def cut_off(self) -> bool:
        """Whether the request never arrived whole, as when its sender was killed while it wrote."""
        request = mapping(self.request)
        headers = {name.lower(): value for name, value in mapping(request.get("headers")).items()}
        announced, body = text(headers.get("content-length")), text(request.get("body")) or ""
        short = announced is not None and announced.isdecimal() and int(announced) > len(body.encode())
        return short and request.get("json") is None and "sha256" not in request

    def line(self) -> str:
        """One line for people, without what was said."""
        answer = "open" if not self.closed else str(self.status or self.error or "done")
        parts = [self.time[11:23], self.operation or f"{self.method} {self.path}", answer]
        parts += [effect.name for effect in self.effects]
        if self.fault:
            parts.append("(fault)")
        if self.gate:
            parts.append("(gate)")
        parts.append(f"[{self.owner.rpartition('/')[2] if self.owner else 'nobody'}]")
        return " ".join(parts)


def exchange_from(entry: Mapping[str, JSON]) -> Exchange:
    """An Exchange from a journal entry; members that are missing are empty."""
    keys = mapping(entry.get("keys"))
    return Exchange(
        party=str(entry.get("party") or ""),
        id=str(entry.get("id")),
        seq=_whole(entry.get("seq")) or 0,
        epoch=_whole(entry.get("epoch")) or 0,
        time=str(entry.get("time") or ""),
        operation=str(entry.get("operation") or ""),
        direction=str(entry.get("direction") or ""),
        method=str(entry.get("method") or ""),
        path=str(entry.get("path") or ""),
        status=_whole(entry.get("status")),
        closed=entry.get("state") == "closed",
        owner=text(entry.get("owner")),
        scenario=text(entry.get("scenario")),
        strong=_texts(keys.get("strong")),
        weak=_texts(keys.get("weak")),
        effects=tuple(_effect(mapping(each)) for each in items(entry.get("effects"))),
        breaches=tuple(_breach(mapping(each)) for each in items(entry.get("violations"))),
        near=tuple(str(each) for each in items(entry.get("near"))),
        fault=entry.get("fault"),
        gate=entry.get("gate"),
        error=text(entry.get("error")),
        duration_ms=_number(entry.get("duration_ms")),
        given_up_ms=_number(entry.get("given_up_ms")),
        request=entry.get("request"),
        response=entry.get("response"),
        peer=str(entry.get("peer") or ""),
        scheme=str(entry.get("scheme") or "http"),
        view=entry.get("view"),
    )


def _effect(entry: Mapping[str, JSON]) -> Effect:
    facts = {name: str(value) for name, value in entry.items() if name != "name" and value is not None}
    return Effect(name=str(entry.get("name")), facts=facts)


def _breach(entry: Mapping[str, JSON]) -> Breach:
    names = ("side", "contract", "pointer", "message")
    side, contract, pointer, message = (str(entry.get(name) or "") for name in names)
    return Breach(side=side, contract=contract, pointer=pointer, message=message)


def _texts(value: object) -> Mapping[str, str]:
    return {name: str(each) for name, each in mapping(value).items() if each is not None}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
