"""What the engine needs of the parties: the admin doors of the mocks, and the bridge as a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from conformance.jsontypes import JSON
from mock_control.client import JournalPage


class MockAdmin(Protocol):
    """The admin door of one mock: what is used of ``mock_control.client.AdminClient``."""

    def health(self) -> dict[str, JSON]: ...

    def operations(self) -> list[dict[str, JSON]]: ...

    def journal(self, *, after: int = 0, wait: float = 0) -> JournalPage: ...

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
    ) -> int: ...

    def clear(self, fault_id: int | None = None, *, scenario: str | None = None) -> None: ...

    def hold(
        self,
        at: str,
        *,
        scenario: str | None = None,
        scope: str | None = None,
        of: str | None = None,
        when: str = "before",
    ) -> int: ...

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
    ) -> int: ...

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
    ) -> int: ...

    def release(self, gate_id: int, *, copies: int = 1, in_parallel: bool = False) -> dict[str, JSON]: ...

    def remove_gate(self, gate_id: int) -> None: ...

    def reserve(self, *, scenario: str, actions: Sequence[Mapping[str, JSON]]) -> list[str]: ...

    def reset(self, *, scenario: str | None = None) -> int: ...

    def state(self, name: str | None = None) -> JSON: ...

    def settings(self, values: Mapping[str, str] | None = None) -> dict[str, JSON]: ...

    def people(self, *, scenario: str, people: Sequence[JSON]) -> list[JSON]: ...

    def command(self, name: str, **arguments: JSON) -> JSON: ...

    def clock(self) -> dict[str, JSON]: ...

    def advance(self, duration: str) -> dict[str, JSON]: ...

    def skew(self, duration: str) -> dict[str, JSON]: ...


class BridgeProcess(Protocol):
    """A bridge that the sandbox started and can kill."""

    def running(self) -> bool: ...

    def kill(self) -> None: ...

    def stop(self) -> None: ...

    def start(self, wait_ready: bool = True) -> None: ...

    def restart(self) -> None: ...


class HarnessError(Exception):
    """The harness failed, not the target: a mock does not answer, a journal dropped entries."""
