"""What `mosip-harness load` does once its options are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from load.profiles import Profile, ProfilesError, profiles
from load.report import lines
from load.run import LoadError, mock_settings, require_locust, run_load

RESULT: Final = "load.json"


class UnknownProfileError(LookupError):
    """There is no profile of that name; the text names those that there are."""


def carry_out(
    name: str,
    *,
    bridge_url: str | None,
    state_dir: Path | None,
    report: Path | None,
    as_json: bool,
    seed: int,
    say: Callable[[str], None],
    tell: Callable[[str], None],
) -> int:
    """Plays one profile and returns the exit status.

    say: what may be of interest meanwhile; tell: the result. Raises UnknownProfileError, SandboxError when
    it can't be played.
    """
    from mock_control.client import AdminError
    from sandbox.judged import judged_sandbox
    from sandbox.layout import DEFAULT_STATE_DIR

    profile = find(name)
    require_locust()
    say(f"{profile.count} requests at {profile.rate:g}/s, then up to {profile.drain_s:g} s for the last.")
    with judged_sandbox(
        state_dir=state_dir,
        default_dir=DEFAULT_STATE_DIR,
        bridge_url=bridge_url,
        bridge_command=None,
        seed=seed,
        say=say,
        mock_settings=mock_settings(profile),
        hurried=False,
    ) as parties:
        require_plain(parties.urls)
        try:
            outcome = run_load(profile, parties, report=report, seed=seed, say=say)
        except AdminError as error:
            raise LoadError(f"a mock refused: {error}") from error
    document = json.dumps(outcome.as_json(), indent=1, ensure_ascii=False)
    if report is not None:
        (report / RESULT).write_text(f"{document}\n", encoding="utf-8")
    tell(document if as_json else "\n".join(lines(outcome)))
    return outcome.exit_status


def require_plain(urls: Mapping[str, str]) -> None:
    """Raises LoadError for a party that speaks TLS: what was measured would be the generator's own TLS."""
    encrypted = sorted(party for party, url in urls.items() if url.startswith("https://"))
    if encrypted:
        raise LoadError(
            f"load speaks plain http only, and {', '.join(encrypted)} https. Measure behind the TLS: start "
            "the sandbox with --advertise http://… or without, and give the bridge's plain address."
        )


def find(name: str) -> Profile:
    """The profile of that name. Raises UnknownProfileError, LoadError."""
    try:
        known = profiles()
    except ProfilesError as error:
        raise LoadError(str(error)) from error
    if name not in known:
        raise UnknownProfileError(f"no profile {name!r} (there are: {', '.join(sorted(known))})")
    return known[name]
