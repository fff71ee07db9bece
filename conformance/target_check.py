"""Tries a target out, in the order in which things break: each step that fails comes with what to do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import requests

from conformance.capability_check import capability_steps
from conformance.events import ItemResult
from conformance.exchanges import Exchange
from conformance.jsontypes import items, mapping
from conformance.library import chosen
from conformance.play import World
from conformance.run import Runner
from conformance.target_file import TargetFile
from conformance.target_step import Step
from conformance.target_watch import watched_birth
from sandbox.modes import NAMES
from sandbox.routes import DEFAULT_ROUTES

ASKED_S: Final = 600.0
CANARY: Final = "birth-happy"
SUBSCRIBED_WITHIN_S: Final = 15.0
POLL_S: Final = 0.1


def check_target(world: World, told: TargetFile, *, token: str, wait_s: float = ASKED_S) -> Iterator[Step]:
    """The steps, one by one as they are done; ends after one that is bad and that the next ones need.

    ``wait_s``: how long a person is given to register a birth, where OpenCRVS is theirs.
    """
    yield (answers := _answers(told, world.reach.verify))
    if answers.state == "bad":
        return
    if "mosip" in world.mocks:
        yield _subscribed(world)
    else:
        words = "not to be seen: the hub is theirs"
        yield Step(name="it has subscribed at the hub", state="absent", words=words)
    yield from capability_steps(told)
    if world.desk is None:
        yield from watched_birth(world, wait_s=wait_s)
        return
    result, hops = _canary(world, token)
    yield from _told_of(hops, world.mocks)
    if world.target.theirs:
        yield _identified(result)
    yield _ended(result, world)


def _answers(told: TargetFile, verify: str | bool) -> Step:
    name, url = "the bridge answers", told.bridge_url
    try:
        answer = requests.get(f"{url}{told.routes.health}", timeout=(2.0, 5.0), verify=verify)
    except requests.RequestException as error:
        mode = "" if told.mode == "full" else f" --mode {told.mode}"
        fix = f"start it there, with the environment that `mosip-harness env --for bridge{mode}` prints"
        return Step(name=name, state="bad", words=f"{url}: {type(error).__name__}", fix=fix)
    words = f"{url}{told.routes.health}: {answer.status_code}"
    # Only who says where it is has promised that something is there.
    if told.routes.health != DEFAULT_ROUTES.health and not answer.ok:
        fix = "look at bridge.routes.health in the target file: it must answer 2xx"
        return Step(name=name, state="bad", words=words, fix=fix)
    return Step(name=name, state="good", words=words)


def _subscribed(world: World) -> Step:
    name = "it has subscribed at the hub"
    deadline = time.monotonic() + SUBSCRIBED_WITHIN_S
    while True:
        held = [mapping(each) for each in items(world.mosip.state("subscriptions"))]
        if held:
            topics = ", ".join(sorted(str(each.get("topic")) for each in held))
            return Step(name=name, state="good", words=topics)
        if time.monotonic() > deadline:
            break
        time.sleep(POLL_S)
    asked = [each for each in world.view.exchanges() if each.operation == "mosip.websub.hub"]
    if asked:
        words = f"it asked the hub, which answered {asked[-1].status}; nothing was verified"
        fix = "its callback must be reachable from here: MOSIP_WEBSUB_CALLBACK_URL"
    else:
        words = "it has not asked the hub"
        fix = "a bridge that polls needs none; else see MOSIP_WEBSUB_HUB_URL and the mocks' address"
    return Step(name=name, state="absent", words=words, fix=fix)


def _canary(world: World, token: str) -> tuple[ItemResult, Sequence[Exchange]]:
    """One birth, and what was seen of it on the way."""
    runner = Runner(world, seed=0, token=token)
    result = runner.play(chosen([CANARY])[0])
    return result, world.view.exchanges()


_LATE: Final = (
    "patience.retry is how long their MOSIP may take; else look at its packet by the RID in the bridge's log"
)


_CONFIRMED: Final = "opencrvs.events.register_accept"


@dataclass(frozen=True, kw_only=True)
class _Hop:
    name: str
    at: str
    fix: str


_ROAD: Final = (
    _Hop(
        name="OpenCRVS hands it a registration and it takes it",
        at="opencrvs.country_config.send_registration",
        fix="404: bridge.routes.registration of the target file; 401 or 403: the token, see "
        "OPENCRVS_PUBLIC_KEY_URL and its audience",
    ),
    _Hop(
        name="it gets a token of MOSIP",
        at="mosip.auth_manager.authenticate",
        fix="MOSIP_AUTH_URL, MOSIP_PACKET_AUTH_CLIENT_ID and its secret",
    ),
    _Hop(
        name="it hands over the packet",
        at="mosip.packet_manager.create_packet",
        fix="MOSIP_CREATE_PACKET_URL",
    ),
    _Hop(
        name="it starts the processing", at="mosip.workflow.create_instance", fix="MOSIP_PROCESS_PACKET_URL"
    ),
    _Hop(
        name="it takes the credential",
        at="mosip.websub.deliver",
        fix="its callback: 401 means MOSIP_WEBSUB_SECRET; a bridge that polls takes none",
    ),
    _Hop(
        name="it confirms at OpenCRVS",
        at=_CONFIRMED,
        fix="OPENCRVS_GATEWAY_URL; the action token must be used as it came",
    ),
)
_OPTIONAL: Final = frozenset({"mosip.websub.deliver", "mosip.auth_manager.authenticate"})


def _told_of(hops: Sequence[Exchange], ours: Iterable[str]) -> Iterator[Step]:
    parties = set(ours)
    for hop in (each for each in _ROAD if each.at.partition(".")[0] in parties):
        seen = [each for each in hops if each.operation == hop.at]
        if any(each.told for each in seen):
            yield Step(name=hop.name, state="good", words=f"{seen[-1].status}")
        elif seen:
            words = f"answered {seen[-1].status or seen[-1].error}"
            yield Step(name=hop.name, state="bad", words=words, fix=hop.fix)
        else:
            state = "absent" if hop.at in _OPTIONAL else "bad"
            # Before it confirms, a MOSIP that is theirs has to have its say.
            fix = _LATE if hop.at == _CONFIRMED and "mosip" not in parties else hop.fix
            yield Step(name=hop.name, state=state, words="not seen", fix=fix)


def _identified(result: ItemResult) -> Step:
    """Whether the record has got an identifier as was agreed: its kind is all that can be seen."""
    name = "the record has its identifier"
    failed = [each for each in result.findings if each.verdict == "fail"]
    of_it = next((each.words for each in failed if each.by.endswith(" identifier")), None)
    if of_it is not None:
        fix = "policy.identifier of the target file is what the credential of their MOSIP shares"
        return Step(name=name, state="bad", words=of_it, fix=fix)
    if failed:
        return Step(name=name, state="bad", words="it did not come so far", fix=_LATE)
    return Step(name=name, state="good", words="it is of the kind that policy.identifier says")


def _ended(result: ItemResult, world: World) -> Step:
    name = "one birth goes all the way"
    if result.verdict in ("pass", "warning"):
        return Step(name=name, state="good", words=f"{CANARY}: {result.verdict} in {result.seconds:.1f} s")
    if result.verdict == "inconclusive" and world.target.theirs:
        # Nothing else is inconclusive there: a birth that is not confirmed has failed.
        whose = " and ".join(NAMES[party] for party in sorted(world.target.theirs))
        words = f"{CANARY}: in {result.seconds:.1f} s, as far as is seen without {whose}"
        return Step(name=name, state="good", words=words)
    words = f"{CANARY}: {result.verdict}"
    first = next((finding.words for finding in result.findings if finding.verdict == result.verdict), "")
    return Step(name=name, state="bad", words=f"{words}: {first}", fix="see the steps above")
