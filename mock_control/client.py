"""The admin API from Python, without Flask: what engine, console, fixtures and load tests speak to a mock
with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import quote

import requests

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
Entry: TypeAlias = dict[str, JSON]
CONNECT, READ = 2.0, 10.0  # seconds; a long poll adds its wait
LONG_POLL = 20.0
COMMAND = 30.0  # what a command sets off may wait itself: a form waits 15 s for a bridge


class AdminError(Exception):
    """The mock refused, or could not be reached (``status`` 0); ``near`` names the nearest things that
    exist.
    """

    def __init__(self, *, status: int, message: str, near: Sequence[str] = ()) -> None:
        hint = f" (near: {', '.join(near)})" if near else ""
        super().__init__(f"{message}{hint}")
        self.status = status
        self.message = message
        self.near = tuple(near)


class WaitError(AdminError):
    """A wait gave up: ``seen`` are the entries that came nearest, each with what differed, ``found`` those
    that fit.
    """

    def __init__(self, *, message: str, found: Sequence[Entry], seen: Sequence[NearMiss]) -> None:
        super().__init__(status=0, message=message, near=[miss.describe() for miss in seen])
        self.found = tuple(found)
        self.seen = tuple(seen)


@dataclass(frozen=True, kw_only=True)
class NearMiss:
    """An entry that was not what a wait wanted, and why."""

    entry: Entry
    differs: str

    def describe(self) -> str:
        """The entry and the difference in one line."""
        entry = self.entry
        name, owner = entry["operation"] or entry["path"], entry["owner"] or "nobody"
        return f"#{entry['id']} {name} of {owner}: {self.differs}"


@dataclass(frozen=True, kw_only=True)
class JournalPage:
    """Entries, the ``after`` of the next query, and how many entries the bound has cost."""

    entries: list[Entry]
    last: int
    dropped: int
    epoch: int


class AdminClient:
    """Speaks to one mock. Safe to use from several threads.

    ``ca_file`` is the authority that a mock's certificate is believed by, where it speaks TLS.
    """

    def __init__(self, base_url: str, token: str, *, ca_file: Path | None = None) -> None:
        self._root = f"{base_url.rstrip('/')}/__admin"
        self._token = token
        self._verify: str | bool = True if ca_file is None else str(ca_file)

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: JSON = None,
        query: Mapping[str, str | int | float | None] | None = None,
        patience: float = READ,
    ) -> JSON:
        try:
            with requests.Session() as session:
                session.trust_env = False
                response = session.request(
                    method,
                    f"{self._root}/{path}",
                    json=body,
                    params={name: value for name, value in (query or {}).items() if value is not None},
                    headers={"Authorization": f"Bearer {self._token}"},
                    timeout=(CONNECT, patience),
                    verify=self._verify,
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            raise AdminError(status=0, message=f"{method} {path}: {type(error).__name__}") from error
        return _answer(response)

    def health(self) -> Entry:
        """Party, boot, epoch, failures, number of late calls."""
        return cast("Entry", self._call("GET", "health"))

    def operations(self) -> list[Entry]:
        """All operations, each with the faults, answers and outcomes that fit it."""
        return cast("list[Entry]", cast("Entry", self._call("GET", "operations"))["operations"])

    def journal(
        self,
        *,
        after: int = 0,
        wait: float = 0,
        operation: str | None = None,
        owner: str | None = None,
        scenario: str | None = None,
        limit: int | None = None,
    ) -> JournalPage:
        """Entries published after ``after``; waits up to ``wait`` seconds (at most 30) for the first."""
        query = {
            "after": after,
            "wait": wait,
            "operation": operation,
            "owner": owner,
            "scenario": scenario,
            "limit": limit,
        }
        page = cast("Entry", self._call("GET", "journal", query=query, patience=READ + wait))
        return JournalPage(
            entries=cast("list[Entry]", page["entries"]),
            last=cast("int", page["last"]),
            dropped=cast("int", page["dropped"]),
            epoch=cast("int", page["epoch"]),
        )

    def wait_for(
        self,
        operation: str,
        *,
        owner: str | None = None,
        count: int = 1,
        within: float = 10.0,
        where: Callable[[Entry], bool] | None = None,
        after: int = 0,
        state: str | None = "closed",
    ) -> list[Entry]:
        """Waits until ``count`` exchanges fit, and returns them in the order in which they came to.

        ``state`` ``"open"`` waits for exchanges that have begun (held ones), None for any. Raises WaitError
        with the nearest misses after ``within`` seconds.
        """
        wanted = _Wanted(operation=operation, owner=owner, where=where, state=state)
        deadline = time.monotonic() + within
        found: dict[JSON, Entry] = {}
        misses: dict[JSON, NearMiss] = {}
        left = within
        while True:
            page = self.journal(after=after, wait=max(0.0, min(left, LONG_POLL)))
            after = page.last
            for entry in page.entries:
                differs = wanted.differs(entry)
                if differs is None:
                    found[entry["id"]] = entry
                    misses.pop(entry["id"], None)
                elif entry["id"] not in found:
                    misses[entry["id"]] = NearMiss(entry=entry, differs=differs)
            if len(found) >= count:
                return list(found.values())
            left = deadline - time.monotonic()
            if left <= 0:
                seen = sorted(misses.values(), key=lambda miss: wanted.distance(miss.entry))[:5]
                message = f"{wanted.describe()}: {len(found)} of {count} within {within:g} s"
                raise WaitError(message=message, found=list(found.values()), seen=seen)

    def fault(
        self,
        *,
        at: str,
        do: Mapping[str, JSON],
        scenario: str | None = None,
        scope: str | None = None,
        of: str | None = None,
        when: Mapping[str, JSON] | None = None,
        times: int | None = None,
        for_: str | None = None,
    ) -> int:
        """Sets a fault and returns its id; ``for_`` is the wish's ``for`` (``"5s"``)."""
        wish = {
            "at": at,
            "do": {**do},
            "scenario": scenario,
            "scope": scope,
            "of": of,
            "times": times,
            "for": for_,
        }
        return self._set("faults", {**wish, "when": None if when is None else {**when}})

    def faults(self) -> list[Entry]:
        """Faults that are set, with ``seen`` and ``struck``."""
        return cast("list[Entry]", cast("Entry", self._call("GET", "faults"))["faults"])

    def clear(self, fault_id: int | None = None, *, scenario: str | None = None) -> None:
        """Clears one fault, those of a scenario, or all."""
        path = "faults" if fault_id is None else f"faults/{fault_id}"
        self._call("DELETE", path, query={"scenario": scenario})

    def hold(
        self,
        at: str,
        *,
        scenario: str | None = None,
        scope: str | None = None,
        of: str | None = None,
        when: str = "before",
        times: int | None = None,
    ) -> int:
        """Holds what comes to an operation; returns the gate's id."""
        return self._gate("hold", at=at, scenario=scenario, scope=scope, of=of, when=when, times=times)

    def lose(
        self,
        at: str,
        *,
        scenario: str | None = None,
        scope: str | None = None,
        of: str | None = None,
        when: str = "before",
        times: int | None = None,
        as_: str = "delivered",
    ) -> int:
        """Loses what comes to an operation; the sender believes it ``delivered`` or ``failed``."""
        aim = {"at": at, "scenario": scenario, "scope": scope, "of": of, "when": when, "times": times}
        return self._gate("lose", **aim, **{"as": as_})

    def repeat(
        self,
        at: str,
        *,
        copies: int = 2,
        in_parallel: bool = False,
        scenario: str | None = None,
        scope: str | None = None,
        of: str | None = None,
        times: int | None = None,
    ) -> int:
        """Sends a message ``copies`` times; returns the gate's id."""
        return self._gate(
            "repeat",
            at=at,
            copies=copies,
            in_parallel=in_parallel,
            scenario=scenario,
            scope=scope,
            of=of,
            times=times,
        )

    def _gate(self, do: str, **wish: JSON) -> int:
        return self._set("gates", {"do": do, **wish})

    def _set(self, path: str, wish: Mapping[str, JSON]) -> int:
        given: JSON = {name: value for name, value in wish.items() if value is not None}
        return cast("int", cast("Entry", self._call("POST", path, body=given))["id"])

    def gates(self) -> list[Entry]:
        """Gates that are set, with ``holding`` and ``struck``."""
        return cast("list[Entry]", cast("Entry", self._call("GET", "gates"))["gates"])

    def release(
        self, gate_id: int, *, copies: int = 1, in_parallel: bool = False, keep: bool = False
    ) -> Entry:
        """Lets go of what a gate holds and opens it (``keep``: it stays shut for what comes later)."""
        body: JSON = {"copies": copies, "in_parallel": in_parallel, "keep": keep}
        return cast("Entry", self._call("POST", f"gates/{gate_id}/release", body=body))

    def remove_gate(self, gate_id: int) -> None:
        """Takes a gate away and lets go of what it holds."""
        self._call("DELETE", f"gates/{gate_id}")

    def clock(self) -> Entry:
        """The timers' time, the skew of stamps, what is due next."""
        return cast("Entry", self._call("GET", "clock"))

    def advance(self, duration: str) -> Entry:
        """Moves the timers' clock, running all that falls due: ``"7d"``."""
        return cast("Entry", self._call("POST", "clock", body={"advance": duration}, patience=60.0))

    def skew(self, duration: str) -> Entry:
        """Makes stamps differ from real time: ``"-10m"``; ``"0s"`` sets them right."""
        return cast("Entry", self._call("POST", "clock", body={"skew": duration}))

    def reserve(self, *, scenario: str, actions: Sequence[Mapping[str, JSON]]) -> list[str]:
        """Reserves actions and returns their owners."""
        body: JSON = {"scenario": scenario, "actions": [{**action} for action in actions]}
        return cast("list[str]", cast("Entry", self._call("POST", "reserve", body=body))["owners"])

    def unreserve(self, scenario: str) -> None:
        """Ends the reservations of a scenario run."""
        self._call("DELETE", f"reserve/{quote(scenario, safe='')}")

    def reset(self, *, scenario: str | None = None) -> int:
        """Forgets everything, or one scenario run; returns the epoch."""
        return cast("int", cast("Entry", self._call("POST", "reset", body={"scenario": scenario}))["epoch"])

    def state(self, name: str | None = None) -> JSON:
        """What the mock remembers, all or one part."""
        return self._call("GET", "state" if name is None else f"state/{quote(name, safe='')}")

    def settings(self, values: Mapping[str, str] | None = None) -> Entry:
        """The settings, after changing those that are given."""
        changes: JSON = None if values is None else {**values}
        return cast("Entry", self._call("GET" if values is None else "PUT", "settings", body=changes))

    def people(self, *, scenario: str, people: Sequence[JSON]) -> list[JSON]:
        """Tells the mock of people, and returns them as it knows them."""
        body: JSON = {"scenario": scenario, "people": [*people]}
        return cast("list[JSON]", cast("Entry", self._call("POST", "people", body=body))["people"])

    def command(self, name: str, **arguments: JSON) -> JSON:
        """Runs a command of the mock."""
        return self._call("POST", f"commands/{quote(name, safe='')}", body=arguments, patience=COMMAND)


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    operation: str
    owner: str | None
    where: Callable[[Entry], bool] | None
    state: str | None

    def describe(self) -> str:
        return f"{self.operation} of {self.owner}" if self.owner else self.operation

    def differs(self, entry: Entry) -> str | None:
        """What makes the entry another one than wanted; None when it fits."""
        if entry["operation"] != self.operation:
            return f"its operation is {entry['operation']}"
        if self.owner is not None and entry["owner"] != self.owner:
            return f"its owner is {entry['owner'] or 'unknown'}"
        if self.state is not None and entry["state"] != self.state:
            return f"it is {entry['state']}"
        if self.where is not None and not self.where(entry):
            return f"it does not fit the condition (status {entry['status']}, error {entry['error']})"
        return None

    def distance(self, entry: Entry) -> tuple[bool, bool]:
        """Same operation first, then same owner."""
        return entry["operation"] != self.operation, self.owner is not None and entry["owner"] != self.owner


def _answer(response: requests.Response) -> JSON:
    try:
        body: JSON = response.json()
    except requests.JSONDecodeError:
        body = None
    if response.ok:
        return body
    told = body if isinstance(body, dict) else {}
    near = told.get("near")
    raise AdminError(
        status=response.status_code,
        message=str(told.get("error", f"answered {response.status_code}")),
        near=[str(each) for each in near] if isinstance(near, list) else (),
    )
