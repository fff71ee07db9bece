"""The sandbox in which a bridge is judged: ours, one that a command starts, or one that runs somewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

from sandbox.addresses import parse_advertised
from sandbox.box import Sandbox
from sandbox.country import DEFAULT_COUNTRY
from sandbox.errors import SandboxError
from sandbox.health import accepts
from sandbox.layout import StateDir
from sandbox.modes import NAMES, THEIRS, up_command
from sandbox.record import SandboxRecord, running_record
from sandbox.routes import DEFAULT_ROUTES, BridgeRoutes
from sandbox.running import Parties, RunningSandbox
from sandbox.settings_files import CREDENTIAL_TOPIC

SUBSCRIBED_WITHIN_S: Final = 15.0
POLL_S: Final = 0.1
Entered = TypeVar("Entered")
_CA_HINT: Final = ". Name its authority: --bridge-ca FILE, or ca_file in the target file"
NO_SETTINGS: Final[Mapping[str, Mapping[str, object]]] = {}


@contextmanager
def judged_sandbox(
    *,
    state_dir: Path | None,
    default_dir: Path,
    bridge_url: str | None,
    bridge_command: str | None,
    seed: int,
    say: Callable[[str], None],
    country: str | None = None,
    mock_settings: Mapping[str, Mapping[str, object]] = NO_SETTINGS,
    hurried: bool = True,
    routes: BridgeRoutes | None = None,
    instances: int = 1,
    advertise: str | None = None,
    bridge_ca: Path | None = None,
    mode: str = "full",
) -> Iterator[Parties]:
    """The parties for one run of the suite.

    bridge_url: uses the sandbox that runs in the state directory, if it expects its bridge there; starts one
    on the default ports if none runs. Else one is started on free ports, in a temporary folder unless
    `state_dir` is given, with ours or with `bridge_command` as the bridge. say: told what may be of interest
    to a person. country: the pack that the parties are set up by, None for whatever runs, or the usual one.
    mock_settings: on top of the usual ones, by party, of mocks that are started here. hurried, advertise,
    bridge_ca: as in Sandbox; one that runs already keeps what it advertises, and `say` is told.
    routes: where the bridge has its doors, None for wherever a running sandbox looks for them.
    instances: so many of the bridge are started, as `instance_count` of Sandbox.
    mode: says which mocks must not be there, for the bridge at `bridge_url` speaks with real ones instead.
    Raises SandboxError.
    """
    if bridge_url is not None:
        wanted = _Wanted(
            bridge_url=bridge_url.rstrip("/"),
            mode=mode,
            country=country,
            routes=routes,
            advertise=advertise,
            bridge_ca=bridge_ca,
        )
        around = _sandbox_around(wanted, state_dir or default_dir, seed, say, mock_settings)
        with around as parties:
            _await_bridge(parties, say, seen="mosip" not in THEIRS[mode])
            yield parties
        return
    with Sandbox(
        state_dir=state_dir,
        bridge_command=bridge_command,
        instance_count=instances,
        hurried=hurried,
        bridge_may_die=True,
        seed=seed,
        country=country or DEFAULT_COUNTRY,
        bridge_routes=routes or DEFAULT_ROUTES,
        advertise=advertise,
        bridge_ca=bridge_ca,
        mosip_settings=mock_settings.get("mosip", {}),
        esignet_settings=mock_settings.get("esignet", {}),
        opencrvs_settings=mock_settings.get("opencrvs", {}),
    ) as sandbox:
        _tell(sandbox, say)
        if bridge_command is not None:
            _await_bridge(sandbox, say)
        yield sandbox
        sandbox.check()


@contextmanager
def at_once(sandboxes: Sequence[AbstractContextManager[Entered]]) -> Iterator[list[Entered]]:
    """Enters all at the same time and leaves them all. Raises what the first of them raises that fails."""
    with ExitStack() as stack:
        pool = ThreadPoolExecutor(max_workers=len(sandboxes), thread_name_prefix="sandbox")
        entering = [pool.submit(each.__enter__) for each in sandboxes]
        try:
            wait(entering)
        finally:
            # Interrupted or not: what was begun is waited for, so that it is ended as well.
            pool.shutdown(wait=True)
            for sandbox, entered in zip(sandboxes, entering, strict=True):
                if entered.exception() is None:
                    stack.push(sandbox)
        yield [each.result() for each in entering]


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What the sandbox around a bridge must be; None for whatever runs, or the usual."""

    bridge_url: str
    mode: str
    country: str | None
    routes: BridgeRoutes | None
    advertise: str | None
    bridge_ca: Path | None

    @property
    def start(self) -> str:
        """The commands that start one like that in place of what runs."""
        options = [
            *(("--country", self.country) if self.country else ()),
            *(("--advertise", self.advertise) if self.advertise else ()),
            *(("--bridge-ca", str(self.bridge_ca)) if self.bridge_ca else ()),
            *("--bridge-url", self.bridge_url),
        ]
        return f"mosip-harness down; {up_command(self.mode, *options)}"

    def agrees(self, record: SandboxRecord, state: StateDir, say: Callable[[str], None]) -> None:
        """Raises SandboxError when a sandbox that runs won't do; says where it is otherwise than asked."""
        if "bridge" in record.parties or record.urls["bridge"] != self.bridge_url:
            raise SandboxError(
                f"the sandbox in {state.root} talks to the bridge at {record.urls['bridge']}. "
                f"Start one for yours: {self.start}"
            )
        theirs = [NAMES[party] for party in THEIRS[self.mode] if party in record.parties]
        if theirs:
            raise SandboxError(
                f"the sandbox in {state.root} plays {' and '.join(theirs)}, theirs by the target's "
                f"{self.mode}. Start one without: {self.start}"
            )
        if self.country not in (None, record.country):
            raise SandboxError(
                f"the sandbox in {state.root} plays {record.country}. "
                f"Start one that plays {self.country}: {self.start}"
            )
        if self.routes not in (None, record.routes):
            raise SandboxError(
                f"the sandbox in {state.root} calls the bridge at other paths. Start one that knows yours: "
                "mosip-harness down; mosip-harness up --detach --target FILE"
            )
        if self.bridge_ca is not None and str(self.bridge_ca.resolve()) != record.bridge_ca:
            raise SandboxError(
                f"the mocks in {state.root} were not told to believe {self.bridge_ca}. "
                f"Start some that are: {self.start}"
            )
        if self.advertise is not None and parse_advertised(self.advertise).url != record.advertise:
            runs = record.advertise or "nothing but local addresses"
            say(
                f"The sandbox in {state.root} runs already and advertises {runs}: that is used, "
                f"not {self.advertise}. To change it: {self.start}"
            )


@contextmanager
def _sandbox_around(
    wanted: _Wanted,
    state_dir: Path,
    seed: int,
    say: Callable[[str], None],
    mock_settings: Mapping[str, Mapping[str, object]],
) -> Iterator[Parties]:
    state = StateDir.at(state_dir)
    record = running_record(state)
    if record is not None:
        wanted.agrees(record, state, say)
        yield RunningSandbox(state.root)
        return
    say(f"No sandbox runs in {state.root}: starting one.")
    with Sandbox(
        state_dir=state.root,
        ports="default",
        without=THEIRS[wanted.mode],
        bridge_url=wanted.bridge_url,
        seed=seed,
        country=wanted.country or DEFAULT_COUNTRY,
        bridge_routes=wanted.routes or DEFAULT_ROUTES,
        advertise=wanted.advertise,
        bridge_ca=wanted.bridge_ca,
        mosip_settings=mock_settings.get("mosip", {}),
        esignet_settings=mock_settings.get("esignet", {}),
        opencrvs_settings=mock_settings.get("opencrvs", {}),
    ) as sandbox:
        _tell(sandbox, say)
        if sandbox.bound.offset:
            say(
                f"Default ports were taken: all parties moved by {sandbox.bound.offset}; is your bridge told?"
            )
        yield sandbox
        sandbox.check()


def _tell(sandbox: Sandbox, say: Callable[[str], None]) -> None:
    for words in sandbox.remarks:
        say(words)


def _await_bridge(parties: Parties, say: Callable[[str], None], *, seen: bool = True) -> None:
    """Waits until the bridge listens and has subscribed. If it never subscribes, the suite will tell.

    seen: whether the hub is ours, so that a subscription can be seen.
    """
    url = parties.urls["bridge"]
    health = accepts(url, trusts=parties.layout.trust.bundle)
    if not health.ready:
        hint = _CA_HINT if "certificate" in health.detail else ""
        raise SandboxError(f"no bridge answers at {url}: {health.detail}{hint}")
    if not seen:
        return
    deadline = time.monotonic() + SUBSCRIBED_WITHIN_S
    while not _has_subscribed(parties):
        if time.monotonic() > deadline:
            say(f"The bridge has not subscribed to {CREDENTIAL_TOPIC} within {SUBSCRIBED_WITHIN_S:g} s.")
            return
        time.sleep(POLL_S)


def _has_subscribed(parties: Parties) -> bool:
    subscriptions = cast("list[Mapping[str, object]]", parties.mosip.state("subscriptions"))
    return any(each["topic"] == CREDENTIAL_TOPIC for each in subscriptions)
