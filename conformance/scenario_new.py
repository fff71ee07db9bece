"""A good first scenario: it lints, it plays, and says beside each part what else could stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conformance.library import GIVEN, MARKER, marked_folder, shipped
from conformance.target_init import write_new
from sandbox.errors import AskedWronglyError

ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EVENTS: Final = ("birth", "death")
_EFFECTS: Final[Mapping[str, str]] = {
    "birth": "packets: 1, identities: 1, accepts: 1",
    "death": "packets: 1, identities: 0, accepts: 1",
}
TEMPLATE: Final = """\
# One story about one person's record. `mosip-harness scenarios lint` finds mistakes with nothing started,
# `mosip-harness conform {path}` plays it.
id: {id}
story: A {event} that MOSIP can't take at first is complete in the end   # one sentence, for everybody
tags: [{event}]
requirements: [REQ-NOTHING-LOST, REQ-NOTHING-TWICE]    # what it speaks for
given: {{{event}-declared: {{as: {event}}}}}               # makes the people, declares the record
steps:
  # What goes wrong. It strikes this record only, and ends with the story at the latest.
  - fault:
      at: mosip.packet_manager.create_packet
      of: ${event}.registration
      do: {{status: 503}}
      times: 1
  # What a person does.
  - opencrvs.register: {{record: ${event}}}
  # Patience is the target's own: $target.ack, retry, stale_after, quiet.
  - wait:
      within: $target.retry
      until: {{outcome: {{of: ${event}.registration, is: confirmed}}}}
  # What must have become true. A broken `should` only warns.
  - check:
      must:
        - effects: {{of: ${event}.registration, {effects}}}
      should:
        - exchange: {{at: mosip.packet_manager.create_packet, of: ${event}.registration, same: [id]}}
"""


def write_scenario(scenario: str, *, folder: Path, event: str = "birth") -> Path:
    """Writes ``<folder>/<id>.yaml``, and marks the folder as one of scenarios where none above it is.

    Raises SandboxError for a bad or taken id, or when the file is there already.
    """
    if ID.fullmatch(scenario) is None:
        raise AskedWronglyError(f"an id is small letters, digits and -, not '{scenario}'")
    if any(source.id == scenario for source in shipped()):
        raise AskedWronglyError(f"'{scenario}' is the id of a scenario that ships: choose another")
    if folder.name == GIVEN:
        raise AskedWronglyError(f"a folder called {GIVEN} holds beginnings, not scenarios")
    path = folder / f"{scenario}.yaml"
    text = TEMPLATE.format(id=scenario, event=event, effects=_EFFECTS[event], path=path)
    write_new(path, text)
    if marked_folder(folder) is None:
        write_new(folder / MARKER, "")
    return path
