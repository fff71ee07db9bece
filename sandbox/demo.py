"""The demo: a birth and a death, from the registrar to the identity and back, told while they happen."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO, cast

from sandbox.box import Sandbox
from sandbox.registrar import JSON, Document, Registrar, RegistrarError
from sandbox.timeline import Timeline

if TYPE_CHECKING:
    from rich.console import Console

CONFIRMED_WITHIN_S: Final = 15.0
ACCEPT: Final = "opencrvs.events.register_accept"
NEXT: Final = """Next:
  mosip-harness up --detach                 the same sandbox to play with; then: status, down
  mosip-harness conform                     judge the bridge by every scenario
  mosip-harness conform --bridge-url URL    judge another bridge
  mosip-harness env --for bridge            what points another bridge at the running sandbox"""


class DemoError(Exception):
    """The story did not end as it should; the text says how."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody made up. `born` is an ISO date; uin and vid as MOSIP gave them, empty before."""

    first: str
    last: str
    sex: str
    born: str
    uin: str = ""
    vid: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    def as_field(self) -> JSON:
        """The name as OpenCRVS's forms hold it."""
        return {"firstname": self.first, "surname": self.last}


def play(*, state_dir: Path | None, out: TextIO) -> bool:
    """Starts a sandbox, plays, tells, stops. False when something failed; the reason is printed then.

    Raises SandboxError when the sandbox itself does not start.
    """
    from rich.console import Console

    from mock_control.client import AdminError

    console = Console(file=out, highlight=False)
    console.print("Starting OpenCRVS (mock), MOSIP (mock) and the bridge between them …")
    begun = time.monotonic()
    with Sandbox(state_dir=state_dir) as sandbox:
        console.print(f"All are ready after {time.monotonic() - begun:.1f} s.\n")
        begun = time.monotonic()
        try:
            _play_both(sandbox, console)
        except (AdminError, RegistrarError, DemoError) as error:
            reason = sandbox.failure or str(error)
            console.print(f"\nThe demo failed: {reason}", style="bold red", soft_wrap=True)
            sandbox.stop(keep=True)
            console.print(f"Logs: {sandbox.log_path('bridge').parent}", soft_wrap=True)
            return False
        console.print(f"Played in {time.monotonic() - begun:.1f} s.")
    console.print("Everything is stopped.\n")
    console.print(NEXT, soft_wrap=True)
    return True


def _play_both(sandbox: Sandbox, console: Console) -> None:
    token = cast("Mapping[str, str]", sandbox.opencrvs.command("opencrvs.user_token"))["token"]
    registrar = Registrar(sandbox.urls["opencrvs"], token)
    child = Person(first="Amara", last="Okello", sex="female", born=_days_ago(9))
    elder = _known_at_mosip(sandbox, Person(first="Isuru", last="Perera", sex="male", born="1951-04-22"))
    console.print(f"[bold]A birth:[/bold] {child.name}, born {child.born}")
    birth = _play_one(sandbox, registrar, console, "birth", birth_declaration(child))
    console.print(f"[bold]A death:[/bold] {elder.name}, UIN {elder.uin}")
    death = _play_one(sandbox, registrar, console, "death", death_declaration(elder))
    for ending in (_birth_ending(sandbox, child, birth), _death_ending(sandbox, elder, death)):
        console.print(ending, style="bold green", soft_wrap=True)
    console.print()


def _play_one(
    sandbox: Sandbox, registrar: Registrar, console: Console, kind: str, declaration: Mapping[str, JSON]
) -> Document:
    """Declares and registers, waits for the confirmation, and reads the record as it stands then."""
    with Timeline([sandbox.opencrvs, sandbox.mosip], console):
        after = sandbox.opencrvs.journal().last
        event_id = str(registrar.create(kind, transaction_id=str(uuid.uuid4()))["id"])
        registrar.declare(event_id, declaration, transaction_id=str(uuid.uuid4()))
        registrar.register(event_id, transaction_id=str(uuid.uuid4()))
        sandbox.opencrvs.wait_for(
            ACCEPT, after=after, within=CONFIRMED_WITHIN_S, where=lambda entry: _took_effect(entry, event_id)
        )
        registrar.read(event_id)
    console.print()
    records = cast("Mapping[str, Document]", sandbox.opencrvs.state("records"))
    return records[event_id]


def _took_effect(entry: Mapping[str, object], event_id: str) -> bool:
    told = cast("list[Mapping[str, object]]", entry["effects"])
    return any(effect["name"] == "accept-took-effect" and effect["event"] == event_id for effect in told)


def birth_declaration(child: Person) -> dict[str, JSON]:
    """What a registrar fills in for a newborn. Field ids: opencrvs-farajaland birth form."""
    return {
        "child.name": child.as_field(),
        "child.gender": child.sex,
        "child.dob": child.born,
        "informant.relation": "MOTHER",
        "informant.email": "nadia@example.org",
        "informant.phoneNo": "0712345678",
        "mother.name": {"firstname": "Nadia", "surname": child.last},
        "mother.dob": "1996-02-11",
    }


def death_declaration(deceased: Person) -> dict[str, JSON]:
    """What a registrar fills in for a death. Field ids: opencrvs-farajaland death form."""
    return {
        "deceased.name": deceased.as_field(),
        "deceased.gender": deceased.sex,
        "deceased.dob": deceased.born,
        "deceased.idType": "NATIONAL_ID",
        "deceased.nid": deceased.uin,
        "eventDetails.date": _days_ago(2),
        "eventDetails.mannerOfDeath": "MANNER_NATURAL",
        "informant.relation": "SPOUSE",
        "informant.email": "sandun@example.org",
        "informant.phoneNo": "0798765432",
        "spouse.name": {"firstname": "Sandun", "surname": deceased.last},
    }


def _days_ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


def _known_at_mosip(sandbox: Sandbox, person: Person) -> Person:
    """The same person with the identifiers under which MOSIP has known them for years."""
    introduced = sandbox.mosip.people(
        scenario="demo",
        people=[
            {
                "key": "elder",
                "name": person.name,
                "sex": person.sex,
                "born": person.born,
                "at": {"id_repository": "active"},
            }
        ],
    )
    known = cast("Mapping[str, str]", introduced[0])
    return replace(person, uin=known["uin"], vid=known["vid"])


def _identity(sandbox: Sandbox, kind: str, number: str) -> Mapping[str, object]:
    identities = cast("list[Mapping[str, object]]", sandbox.mosip.state("identities"))
    found = [identity for identity in identities if identity[kind] == number]
    if len(found) != 1:
        raise DemoError(f"MOSIP has {len(found)} identities with that {kind.upper()} instead of one")
    return found[0]


def _birth_ending(sandbox: Sandbox, child: Person, record: Document) -> str:
    identifier = str(cast("Mapping[str, JSON]", record["declaration"]).get("child.nid", ""))
    if record["status"] != "REGISTERED" or not identifier:
        raise DemoError(f"the birth record is {record['status']} and its identifier is {identifier!r}")
    _identity(sandbox, "vid", identifier)
    return (
        f"{child.name}'s birth record {record['trackingId']} is registered as {record['registrationNumber']} "
        f"and holds the identifier that MOSIP issued: VID {identifier}"
    )


def _death_ending(sandbox: Sandbox, deceased: Person, record: Document) -> str:
    status = str(_identity(sandbox, "uin", deceased.uin)["status"])
    if record["status"] != "REGISTERED" or status.upper() != "DEACTIVATED":
        raise DemoError(f"the death record is {record['status']} and the identity {status}")
    return (
        f"{deceased.name}'s death record {record['trackingId']} is registered as "
        f"{record['registrationNumber']} and the identity at MOSIP is deactivated: UIN {deceased.uin}"
    )
