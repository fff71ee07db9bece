"""A new target file: what is known is written out, what may follow stands below it as comments."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Final

from sandbox.addresses import looks_like_production
from sandbox.errors import AskedWronglyError, SandboxError
from sandbox.routes import DEFAULT_ROUTES, BridgeRoutes

NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TEMPLATE: Final = """\
# Who is judged. `mosip-harness target schema` describes every member, `target lint` finds mistakes,
# `target check` tries it out in order. Paths count from this folder.
target: {name}
mode: {mode:<24}  # {parties}
bridge:
  instances: {{a: "{url}"}}
{routes}  speaks: mosip-api-2.0         # or mosip-api-1.9
  # ca_file: ca.pem             # the authority of its https, where the system does not know it
patience:                       # how long a scenario waits for it
  ack: 5s                       # an answer
  retry: {retry:<22} # {retried}
  quiet: 2s                     # no news for so long: all has come to rest
policy:
  identifier: vid               # what a birth record gets: vid, uin, psut or none
  bad_signature: [401]          # how a callback that MOSIP did not sign may be answered

# Each of the following lets more be judged; what is absent is skipped or inconclusive, never failed.
# process:                      # commands, or {{url: ..., token_file: ...}}; {{instance}} is filled in
#   start: docker start bridge-{{instance}}
#   stop: docker stop bridge-{{instance}}
#   kill: docker kill bridge-{{instance}}
# ready: {{url: /health, state: $.status, words: [ready]}}
# log: {{command: docker logs bridge-{{instance}}}}     # or a path, or a url
# operator_view:                # where it shows its operator what it owes; or a command
#   url: /deliveries
#   token_file: operator.token
#   rows: $.deliveries[*]
#   rid: $.rid                  # or event_id and action_id
#   state: $.state
#   words: {{parked: parked, waiting: [queued, awaiting]}}
# country: farajaland-like
# profiles: [opencrvs-2.0, mosip-1.3, esignet-1.8]
# limits: {{max_births: 500, rate: 60, marker: ZZTEST}}
# waive:
#   - {{scenario: sec-forged-webhook, reason: "why", link: "where it is followed", until: "2027-01-31"}}
"""


PARTIES: Final = {
    "full": "full: OpenCRVS, MOSIP and E-Signet are the mocks",
    "mosip-side": "OpenCRVS is theirs; MOSIP and E-Signet are the mocks",
    "opencrvs-side": "MOSIP and E-Signet are theirs; OpenCRVS is the mock",
}
RETRY: Final = {"opencrvs-side": ("10m", "a confirmation: as long as their MOSIP may take for a birth")}
USUAL_RETRY: Final = ("60s", "a confirmation, its retries included")


def target_text(name: str, url: str, *, routes: BridgeRoutes = DEFAULT_ROUTES, mode: str = "full") -> str:
    """A target file for the bridge at ``url`` with its doors at ``routes``.

    Raises SandboxError for a bad name or a host of production.
    """
    if NAME.fullmatch(name) is None:
        raise AskedWronglyError(f"a target's name is lower-case words with hyphens, not '{name}'")
    word = looks_like_production(url)
    if word is not None:
        raise AskedWronglyError(
            f"'{word}' in {url} looks like production: this suite writes people made up. Use a test system."
        )
    retry, retried = RETRY.get(mode, USUAL_RETRY)
    return TEMPLATE.format(
        name=name,
        url=url,
        routes=_routes(routes),
        mode=mode,
        parties=PARTIES[mode],
        retry=retry,
        retried=retried,
    )


def _routes(routes: BridgeRoutes) -> str:
    """The member ``routes``, of what is elsewhere than usual; a comment where nothing is."""
    usual = DEFAULT_ROUTES.as_json()
    other = {name: path for name, path in routes.as_json().items() if path != usual[name]}
    if not other:
        return "  # routes: {callback: /hub}    # paths that are not the reference implementation's\n"
    return f"  routes: {json.dumps(other)}\n"


def write_new(path: Path, text: str, *, private: bool = False) -> None:
    """Writes a file that must not be there yet; raises SandboxError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise SandboxError(f"{path} is there already; remove it or choose another name") from error
    except OSError as error:
        raise SandboxError(f"{path} can't be written: {error.strerror}") from error
