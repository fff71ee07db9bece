"""A sandbox made ready to be judged in: merged journal, registrar, operator's view, target."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import requests

from conformance.esignet_client import EsignetClient
from conformance.ida_client import IdaClient
from conformance.instances import whole
from conformance.journal_view import JournalView
from conformance.logs import LogFile
from conformance.operator_view import OUR_VIEW, OperatorView
from conformance.pack import country_pack
from conformance.parties import BridgeProcess, MockAdmin
from conformance.play import Desk, World
from conformance.readiness import OUR_READINESS
from conformance.records import Action
from conformance.registrar import Registrar
from conformance.standing import Door
from conformance.targets import DOORS, FULL_CONTROL, Target
from sandbox.instances import party_of
from sandbox.reach import Reach
from sandbox.routes import BridgeRoutes

WEBSUB: Final = "bridge.websub"
UNKNOWN_PATH: Final = (404, 405)
TIMEOUT: Final = (1.0, 3.0)
_RUNS_OTHERS: Final = re.compile(r"(?:python|node|java|ruby|sh|bash|env|uv|npx)[0-9.]*$")
"""Programs that run the one that is named after them."""
NO_PROCESSES: Final[Mapping[str, BridgeProcess]] = {}


class Sandbox(Protocol):
    """What is needed of ``sandbox.Sandbox``: admin clients, addresses, and the bridge where it is its own."""

    @property
    def mosip(self) -> MockAdmin: ...

    @property
    def esignet(self) -> MockAdmin: ...

    @property
    def opencrvs(self) -> MockAdmin: ...

    @property
    def urls(self) -> Mapping[str, str]: ...

    @property
    def reach(self) -> Reach: ...

    @property
    def bridge(self) -> BridgeProcess | None: ...

    @property
    def bridges(self) -> Mapping[str, BridgeProcess]: ...

    @property
    def instances(self) -> Mapping[str, str]: ...

    @property
    def routes(self) -> BridgeRoutes: ...

    def env_for_bridge(self) -> dict[str, str]: ...

    def log_path(self, party: str) -> Path: ...


def target_for(sandbox: Sandbox) -> Target:
    """The target that a sandbox has by itself: its own bridge, or one by its address and nothing else."""
    bridge = sandbox.bridge
    token = getattr(bridge if bridge is not None else sandbox, "operator_token", None)
    return Target(
        name=_name_of(sandbox),
        bridge_url=sandbox.urls["bridge"],
        instances=sandbox.instances,
        view=OUR_VIEW if isinstance(token, str) else None,
        operator_token=token if isinstance(token, str) else None,
        control=FULL_CONTROL if bridge is not None else frozenset(),
        ready=OUR_READINESS if is_ours(sandbox) else None,
        stale_after=_notices_silence(sandbox),
        logs=tuple(LogFile(path=sandbox.log_path(party_of(name))) for name in sandbox.bridges),
        routes=sandbox.routes,
    )


def _name_of(sandbox: Sandbox) -> str:
    """How reports call the bridge: one of a command by its program, without what the command tells that."""
    command = getattr(sandbox, "bridge_command", None)
    if sandbox.bridge is None or not command:
        return sandbox.urls["bridge"] if sandbox.bridge is None else "our-bridge"
    program, *told = shlex.split(command)
    what = next((each for each in told if not each.startswith("-")), None)
    return (
        Path(program).name if what is None or not _RUNS_OTHERS.match(Path(program).name) else Path(what).name
    )


def is_ours(sandbox: Sandbox) -> bool:
    """Whether its bridge is our own, of which everything is known."""
    return sandbox.bridge is not None and getattr(sandbox, "bridge_command", None) is None


def _notices_silence(sandbox: Sandbox) -> bool:
    """Whether the bridge is ours, and hurried, so that a scenario can wait for it."""
    return is_ours(sandbox) and bool(getattr(sandbox, "hurried", False))


@contextmanager
def opened(
    sandbox: Sandbox, target: Target | None = None, processes: Mapping[str, BridgeProcess] = NO_PROCESSES
) -> Iterator[World]:
    """The world of a sandbox, for as long as the block lasts.

    ``processes`` control the instances of a bridge of somebody else.

    What the bridge turns out not to have (an operator's view, a subscription) its target can't either. Raises
    AdminError or HarnessError when a mock does not answer.
    """
    judged = target or target_for(sandbox)
    every = {"mosip": sandbox.mosip, "esignet": sandbox.esignet, "opencrvs": sandbox.opencrvs}
    mocks = {party: mock for party, mock in every.items() if party not in judged.theirs}
    desk = _desk(sandbox) if "opencrvs" in mocks else None
    if target is None and desk is not None:
        judged = replace(judged, policy=desk.pack.policy)
    reach = sandbox.reach
    judged = replace(judged, verify=reach.verify)
    judged = replace(judged, doors=judged.doors & _open_doors(judged, mocks.get("mosip")))
    view = JournalView(mocks)
    view.start()
    rows, blind = _rows(judged, view)
    controlled = processes or sandbox.bridges
    try:
        yield World(
            mocks=mocks,
            view=view,
            desk=desk,
            target=judged if rows is not None else replace(judged, view=None),
            doors=_doors(sandbox) if {"mosip", "esignet"} <= set(mocks) else {},
            bridge=whole(controlled),
            processes=controlled,
            rows=rows,
            blind=blind,
            reach=reach,
        )
    finally:
        view.close()


def _desk(sandbox: Sandbox) -> Desk:
    registrar = Registrar(
        base_url=sandbox.urls["opencrvs"], admin=sandbox.opencrvs, verify=sandbox.reach.verify
    )
    return Desk(registrar=registrar, pack=country_pack(sandbox.opencrvs))


def _open_doors(target: Target, mosip: MockAdmin | None) -> frozenset[str]:
    """The doors that the bridge has: it has subscribed, it knows the path; all where it does not answer.

    Only a hub of ours says who has subscribed: at theirs, to know the path is all that can be seen.
    """
    subscribed = bool(mosip.state("subscriptions")) if mosip is not None else None
    return frozenset(
        name
        for name, route in DOORS.items()
        if (
            subscribed
            if name == WEBSUB and subscribed is not None
            else _knows(target.door(route), target.verify)
        )
    )


def _knows(url: str, verify: str | bool) -> bool:
    try:
        return requests.post(url, timeout=TIMEOUT, verify=verify).status_code not in UNKNOWN_PATH
    except requests.RequestException:
        return True


def _doors(sandbox: Sandbox) -> Mapping[str, Door]:
    """MOSIP and E-Signet know one partner and one client: the harness asks as these, beside the bridge."""
    variables = sandbox.env_for_bridge()
    reach = sandbox.reach
    advertised = {party: reach.advertised(url) for party, url in sandbox.urls.items()}
    return {
        "ida": IdaClient(variables, reach),
        "esignet": EsignetClient(variables, advertised, reach),
    }


def _rows(target: Target, journal: JournalView) -> tuple[OperatorView | None, str | None]:
    """The operator's view, or why a bridge that is to have one does not show it to us."""
    if target.view is None:
        return None, None

    def rids(action: Action) -> frozenset[str]:
        mine = journal.exchanges(owner=action.owner)
        return frozenset(each.strong["rid"] for each in mine if "rid" in each.strong)

    rows = OperatorView(
        instances=target.every_instance, form=target.view, token=target.operator_token, rids=rids
    )
    wrong = rows.wrong()
    return (rows, None) if wrong is None else (None, wrong)
