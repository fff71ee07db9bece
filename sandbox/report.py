"""Facts for people and for programs: the state of a sandbox, its faults, an environment as a dotenv file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.catalogue import FaultEntry
from sandbox.health import Health, ask, party_health
from sandbox.layout import StateDir
from sandbox.record import SandboxRecord

PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9_./:,@%+=~-]*")
OURS_PREFIX: Final = "BRIDGE_"


@dataclass(frozen=True, kw_only=True)
class PartyStatus:
    """A party as it answers now; `pid` and `log` are None when somebody else runs it.

    advertised: what others are told in place of `url`.
    """

    party: str
    url: str
    advertised: str
    health: Health
    pid: int | None
    log: str | None


@dataclass(frozen=True, kw_only=True)
class StatusFacts:
    """What `status` prints. `ready`: every party that we started is."""

    started: str
    state_dir: str
    offset: int
    parties: tuple[PartyStatus, ...]

    @property
    def ready(self) -> bool:
        return all(party.health.ready for party in self.parties if party.pid is not None)

    def as_json(self) -> dict[str, object]:
        return {
            "ready": self.ready,
            "started": self.started,
            "state_dir": self.state_dir,
            "offset": self.offset,
            "parties": {
                each.party: {
                    "url": each.url,
                    "advertised": each.advertised,
                    "ready": each.health.ready,
                    "status": each.health.status,
                    "detail": each.health.detail,
                    "pid": each.pid,
                    "log": each.log,
                }
                for each in self.parties
            },
        }


def status_facts(record: SandboxRecord, state: StateDir) -> StatusFacts:
    """Asks every party of a running sandbox."""
    ours = record.parties
    return StatusFacts(
        started=record.started,
        state_dir=str(state.root),
        offset=record.offset,
        parties=tuple(
            PartyStatus(
                party=party,
                url=url,
                advertised=record.advertised.get(party, url),
                health=_health(party, url, record),
                pid=ours[party].pid if party in ours else None,
                log=ours[party].log if party in ours else None,
            )
            for party, url in sorted(record.urls.items())
        ),
    )


def _health(party: str, url: str, record: SandboxRecord) -> Health:
    """How a party is now. A bridge that we did not start may be another's, and have no /ready."""
    trusts = record.trust.bundle
    if party == "bridge" and party not in record.parties:
        return ask(url, record.routes.health, trusts=trusts)
    return party_health(party, url, trusts=trusts)


def status_lines(facts: StatusFacts) -> list[str]:
    lines = [f"Running since {facts.started}, state in {facts.state_dir}"]
    for each in facts.parties:
        word = "ready" if each.health.ready else "NOT READY"
        whose = f"pid {each.pid}" if each.pid is not None else "run by somebody else"
        told = "" if each.advertised == each.url else f", advertised as {each.advertised}"
        lines.append(f"  {each.party:<9} {each.url:<24} {word:<9} {whose}{told}")
        if not each.health.ready:
            lines.append(f"            {each.health.status or 'no answer'} {each.health.detail}")
    return lines


def dotenv(variables: Mapping[str, str]) -> str:
    """The variables as a dotenv file that a shell can source too; ours stand last, under a comment."""
    reference = [_assignment(name, value) for name, value in variables.items() if not _is_ours(name)]
    ours = [_assignment(name, value) for name, value in variables.items() if _is_ours(name)]
    return "\n".join([*reference, "# Only mosip-bridge reads these.", *ours])


def _is_ours(name: str) -> bool:
    return name.startswith(OURS_PREFIX)


def _assignment(name: str, value: str) -> str:
    if PLAIN_VALUE.fullmatch(value):
        return f"{name}={value}"
    return f"{name}='" + value.replace("'", "'\\''") + "'"


def fault_lines(catalogue: Sequence[FaultEntry]) -> list[str]:
    lines = []
    for fault in catalogue:
        lines += [f"{fault.name}: {fault.help}", *(f"    {line}" for line in fault.fits())]
    return lines
