"""Watches the MOSIP mock while a person registers a birth in their OpenCRVS, and tells each hop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from conformance.exchanges import Exchange
from conformance.oracles.case import by_the_bridge, of_the_bridge
from conformance.play import World
from conformance.target_step import Step

TOKEN: Final = "mosip.auth_manager.authenticate"  # noqa: S105 - the name of an operation
PACKET: Final = "mosip.packet_manager.create_packet"
WORKFLOW: Final = "mosip.workflow.create_instance"
DELIVER: Final = "mosip.websub.deliver"
POLLED: Final = "mosip.registration_status.external_search"
SHOWN: Final = 5
DONE: Final = "PROCESSED"


@dataclass(frozen=True, kw_only=True)
class _Watch:
    """What has come since a person was asked; ``before`` are the exchanges that were there then, ``known``
    their RIDs.
    """

    world: World
    before: frozenset[tuple[str, str]]
    known: frozenset[str]

    def packets(self) -> list[Exchange]:
        """Those of registrations that are new: what a bridge owes from before it may send at any time."""
        return [each for each in self.seen(PACKET) if each.strong.get("rid") not in self.known]

    def seen(self, operation: str = "*", rid: str | None = None) -> list[Exchange]:
        return [
            each
            for each in self.world.view.exchanges(operation=operation)
            if each.key not in self.before and (rid is None or each.strong.get("rid") == rid)
        ]

    def fact(self, rid: str, effect: str, name: str) -> str | None:
        """A fact of an effect that the packet had, None before it had that."""
        effects = [one for each in self.seen(rid=rid) for one in each.effects if one.name == effect]
        return effects[-1].facts.get(name) if effects else None

    def has(self, rid: str, effect: str) -> bool:
        return self.fact(rid, effect, "rid") is not None

    def until(self, seen: Callable[[], bool], *, within: float | None = None) -> bool:
        patience = self.world.target.patience.retry if within is None else within
        return self.world.view.wait(seen, within=patience)


def watched_birth(world: World, *, wait_s: float) -> Iterator[Step]:
    """Asks a person to register a birth, waits so many seconds for its packet, then tells what came of it."""
    world.view.catch_up()
    there = world.view.exchanges()
    watch = _Watch(
        world=world,
        before=frozenset(each.key for each in there),
        known=frozenset(each.strong["rid"] for each in there if "rid" in each.strong),
    )
    yield Step(
        name="now register a birth in your OpenCRVS",
        state="asked",
        words=f"its packet is waited for, at most {wait_s:g} s (--wait)",
    )
    tried = watch.until(lambda: any(each.closed for each in watch.packets()), within=wait_s)
    yield _token(watch)
    if not tried:
        yield _no_packet(watch)
        return
    rid = _rid(watch)
    yield (packet := _packet(watch, rid))
    if packet.state == "good" and rid is not None:
        yield from _through_mosip(watch, rid)
    yield _forms(watch)


def _token(watch: _Watch) -> Step:
    name = "it gets a token of MOSIP"
    found = watch.seen(TOKEN)
    if not found:
        fix = "MOSIP_AUTH_URL; fine for a bridge that had one already"
        return Step(name=name, state="absent", words="not seen since", fix=fix)
    return _judged(name, found, "MOSIP_PACKET_AUTH_CLIENT_ID and its secret")


def _no_packet(watch: _Watch) -> Step:
    name = "it hands over the packet"
    lost = [each for each in watch.seen() if each.near]
    if lost:
        words = f"none came, but {lost[-1].method} {lost[-1].path}, which MOSIP does not have"
        return Step(
            name=name, state="bad", words=words, fix=f"MOSIP_CREATE_PACKET_URL; near {lost[-1].near[0]}"
        )
    fix = (
        "was one registered, did OpenCRVS call its country configuration, that the bridge, and what did the "
        "bridge answer? 401 means the token: OPENCRVS_PUBLIC_KEY_URL, audience. Else see "
        "MOSIP_CREATE_PACKET_URL"
    )
    return Step(name=name, state="bad", words="none came in time", fix=fix)


def _rid(watch: _Watch) -> str | None:
    """The RID of the first packet that came: who registers two at once is told of the first."""
    return next((each.strong["rid"] for each in watch.packets() if "rid" in each.strong), None)


def _packet(watch: _Watch, rid: str | None) -> Step:
    watch.until(lambda: any(_stored(each) for each in watch.seen(PACKET, rid)))
    found = watch.seen(PACKET, rid)
    name = "it hands over the packet"
    if any(map(_stored, found)):
        return Step(name=name, state="good", words=f"MOSIP has stored it under RID {rid}")
    words = f"{found[-1].status or found[-1].error}, and MOSIP did not store it"
    return Step(name=name, state="bad", words=words, fix="what its answer says, and the contracts below")


def _through_mosip(watch: _Watch, rid: str) -> Iterator[Step]:
    """The workflow, what MOSIP made of it, and the credential's way back."""
    yield (begun := _begun(watch, rid))
    if begun.state != "good":
        return
    watch.until(lambda: watch.has(rid, "credential-issued") or _ended(watch, rid) not in (None, DONE))
    yield (made := _made(watch, rid))
    if made.state == "bad":
        return
    yield _delivered(watch, rid)
    yield Step(
        name="now look at the record in your OpenCRVS",
        state="asked",
        words=_to_be_seen(watch, rid),
        fix="else see what the bridge was answered at OPENCRVS_GATEWAY_URL",
    )


def _begun(watch: _Watch, rid: str) -> Step:
    name = "it starts the processing"
    watch.until(lambda: watch.has(rid, "packet-accepted"))
    if watch.has(rid, "packet-accepted"):
        return Step(name=name, state="good", words="MOSIP's workflow has begun")
    found = watch.seen(WORKFLOW, rid)
    answer = f"answered {found[-1].status or found[-1].error}" if found else "not seen"
    words = f"{answer}, and MOSIP has not begun"
    return Step(name=name, state="bad", words=words, fix="MOSIP_PROCESS_PACKET_URL, or what the answer says")


def _made(watch: _Watch, rid: str) -> Step:
    name = "MOSIP makes an identity of it"
    if watch.has(rid, "identity-minted"):
        issued = (
            "a credential is issued" if watch.has(rid, "credential-issued") else "no credential is issued"
        )
        return Step(name=name, state="good", words=issued)
    stages = [each for each in watch.seen("mosip.workflow.*", rid) if each.direction == "inner"]
    at = stages[-1].operation.rpartition(".")[2] if stages else "nowhere"
    words = f"{_ended(watch, rid) or 'not in time'}, it came as far as {at}"
    fix = "a birth needs process CRVS_NEW, the mandatory fields of the id schema, and a child of few years"
    return Step(name=name, state="bad", words=words, fix=fix)


def _delivered(watch: _Watch, rid: str) -> Step:
    name = "it takes the credential"
    if not watch.has(rid, "credential-issued"):
        return Step(name=name, state="absent", words="there is none by this policy")

    def deliveries() -> list[Exchange]:
        # Beside it MOSIP tells how the workflow ended, which has no number of the hub's.
        return [each for each in watch.seen(DELIVER, rid) if "hub_event" in each.strong]

    watch.until(lambda: any(each.told for each in deliveries()))
    if not deliveries():
        polled = bool(watch.seen(POLLED))
        words = "nobody has subscribed" + (", but it asks for the state" if polled else "")
        state = "absent" if polled else "bad"
        return Step(
            name=name, state=state, words=words, fix="MOSIP_WEBSUB_HUB_URL and MOSIP_WEBSUB_CALLBACK_URL"
        )
    return _judged(name, deliveries(), "its callback: 401 means MOSIP_WEBSUB_SECRET, no answer its address")


def _to_be_seen(watch: _Watch, rid: str) -> str:
    """What a person can compare, and nobody could use: the last digits of the number."""
    kind = watch.world.target.policy.identifier
    number = watch.fact(rid, "identity-minted", kind)
    if number is None:
        return "it is registered"
    return f"it is registered, with a {kind} that ends in {number[-4:]}"


def _forms(watch: _Watch) -> Step:
    """Whether what the bridge sent and answered meanwhile has the form that its receiver wants."""
    name = "its messages have the form that MOSIP wants"
    broken = [
        f"{each.operation} {breach.side} at {breach.pointer or '/'}: {breach.message}"
        for each in watch.seen()
        for breach in each.breaches
        if (breach.side == "request" and by_the_bridge(each))
        or (breach.side == "response" and of_the_bridge(each))
    ]
    if not broken:
        return Step(name=name, state="good", words=f"{len(watch.seen())} exchanges, no contract broken")
    more = f" and {len(broken) - SHOWN} more" if len(broken) > SHOWN else ""
    fix = "contracts/ has each message with an example"
    return Step(name=name, state="bad", words="; ".join(broken[:SHOWN]) + more, fix=fix)


def _judged(name: str, found: list[Exchange], fix: str) -> Step:
    if any(each.told for each in found):
        return Step(name=name, state="good", words=f"{found[-1].status}")
    if not found:
        return Step(name=name, state="bad", words="not seen", fix=fix)
    return Step(name=name, state="bad", words=f"answered {found[-1].status or found[-1].error}", fix=fix)


def _ended(watch: _Watch, rid: str) -> str | None:
    """How the workflow ended: PROCESSED, FAILED, REJECTED; None while it goes on."""
    return watch.fact(rid, "workflow-ended", "result")


def _stored(exchange: Exchange) -> bool:
    return any(effect.name == "packet-stored" for effect in exchange.effects)
