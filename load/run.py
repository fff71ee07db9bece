"""One run against a sandbox: prepare, generate in a process of its own, reconcile, judge."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from load.asked import answers
from load.ends import ends
from load.measures import Latency
from load.neighbours import Neighbours
from load.plan import Plan, Seen
from load.prepare import mixed, prepare
from load.profiles import Profile
from load.questions import Asking, Question
from load.reconcile import Reconciliation, Sent, reconcile
from load.report import Outcome
from load.verdict import Measured
from sandbox.errors import SandboxError
from sandbox.files import write_private
from sandbox.record import require_running, utc_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.running import Parties

POST_TIMEOUT_S: Final = 15.0
GENERATOR_GRACE_S: Final = 60.0
HTML: Final = "load.html"
UNTOLD: Final = "the bridge doesn't say what it has parked or still owes: such count as lost"
LOCUST_MISSING: Final = (
    "Locust is not installed; it comes with the extra: pip install 'opencrvs-mosip-harness[load]'"
)


class LoadError(SandboxError):
    """The run can't be carried out; the text says why."""


def mock_settings(profile: Profile) -> Mapping[str, Mapping[str, object]]:
    """How the mocks are to be started for a profile: without a journal, with MOSIP's pace."""
    return {
        "mosip": {"journal": False, "stage_delay_s": profile.stage_delay_s},
        "esignet": {"journal": False},
        "opencrvs": {"journal": False},
    }


def require_locust() -> None:
    """Raises LoadError when Locust is missing; does not import it."""
    if find_spec("locust") is None:
        raise LoadError(LOCUST_MISSING)


def run_load(
    profile: Profile,
    parties: Parties,
    *,
    report: Path | None = None,
    bridge_url: str | None = None,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Carries out a profile against the parties of a sandbox, whose bridge must be ready.

    report: folder for Locust's `load.html`. bridge_url: where to send, if not to the sandbox's bridge itself
    (something in between). say: hears every ten seconds how far it is. Raises LoadError, AdminError.
    """
    require_locust()
    started, began = utc_stamp(), time.monotonic()
    births = profile.registrations - profile.deaths
    prepared = prepare(parties.opencrvs, parties.mosip, births=births, deaths=profile.deaths, seed=seed)
    questions = _questions(profile, parties, seed=seed)
    target = (bridge_url or parties.urls["bridge"]).rstrip("/")
    with _folder() as folder:
        plan = Plan(
            bridge_url=target,
            opencrvs_url=parties.urls["opencrvs"],
            admin_token=parties.layout.secrets.admin_token,
            rate=profile.rate,
            drain_s=profile.drain_s,
            post_timeout_s=POST_TIMEOUT_S,
            report_path=str((report or folder).resolve() / HTML),
            seen_path=str(folder / "seen.json"),
            registrations=tuple(prepared),
            questions=tuple(questions),
        )
        if report is not None:
            report.mkdir(parents=True, exist_ok=True)
        groups = _groups(parties)
        before = Neighbours.now(groups)
        seen = _generate(plan, folder, say)
        others = None if before is None else before.cores_until(groups)
    seen, found = ends(parties, prepared, seen)
    notes = [] if found.parked is not None else [UNTOLD]
    counted = reconcile(
        [Sent(action=each.action, subject=each.subject, status=each.status) for each in seen.posted], found
    )
    outcome = _outcome(
        profile, seen, counted, started=started, seconds=time.monotonic() - began, target=target, notes=notes
    )
    return replace(outcome, others=others)


def _groups(parties: Parties) -> list[int]:
    """Process groups of the parties that run here."""
    return [each.group for each in require_running(parties.layout.state).parties.values()]


def _questions(profile: Profile, parties: Parties, *, seed: int) -> list[Question]:
    """Verifications, with the logins evenly among them; those last, for their codes don't keep."""
    if not profile.verifications + profile.logins:
        return []
    asking = Asking(parties, seed=seed)
    return mixed(asking.verifications(profile.verifications), asking.logins(profile.logins))


@contextmanager
def _folder() -> Iterator[Path]:
    """A private folder: what lies in it holds tokens."""
    with tempfile.TemporaryDirectory(prefix="mosip-harness-load-") as name:
        yield Path(name)


def _generate(plan: Plan, folder: Path, say: Callable[[str], None]) -> Seen:
    """Runs the generator in a process of its own, and passes on what it says.

    Raises LoadError when it fails or never ends.
    """
    path, log = folder / "plan.json", folder / "generator.log"
    write_private(path, plan.to_json())
    planned = plan.count / plan.rate
    patience = 2 * planned + 3 * plan.post_timeout_s + plan.drain_s + GENERATOR_GRACE_S
    began = time.monotonic()
    with log.open("wb") as output, _generator(path, output) as process:
        # Reading ends when the generator does, and that it does is the timer's matter.
        ending = threading.Timer(patience, process.kill)
        ending.start()
        try:
            for line in process.stdout or ():
                say(line.rstrip())
            ended = process.wait()
        finally:
            ending.cancel()
            process.kill()
    if ended != 0 and time.monotonic() - began >= patience:
        raise LoadError(f"the generator did not end within {patience:.0f} s{_said(log)}")
    if ended != 0:
        raise LoadError(f"the generator ended with status {ended}{_said(log)}")
    return Seen.read(Path(plan.seen_path))


def _generator(plan: Path, log: IO[bytes]) -> subprocess.Popen[str]:
    source = str(Path(__file__).resolve().parents[1])
    folders = [source, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "load.generator", str(plan)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
    )


def _said(log: Path) -> str:
    from sandbox.parties import last_words

    return last_words(log)


def _outcome(
    profile: Profile,
    seen: Seen,
    counted: Reconciliation,
    *,
    started: str,
    seconds: float,
    target: str,
    notes: Sequence[str],
) -> Outcome:
    sent_at = {each.action: each.sent_at for each in seen.posted}
    kinds = {each.action: each.kind for each in seen.posted}
    confirmed: dict[str, float] = {}
    for heard in seen.heard:
        if heard.answer == "accept" and heard.action in sent_at:
            confirmed.setdefault(heard.action, max(0.0, heard.at - sent_at[heard.action]) * 1000)
    by_kind = {
        kind: Latency.of([took for action, took in confirmed.items() if kinds[action] == kind])
        for kind in sorted(set(kinds.values()))
    }
    return Outcome(
        profile=profile,
        measured=Measured(
            post=Latency.of([each.took_ms for each in seen.posted]),
            confirmed=Latency.of(list(confirmed.values())),
            offered_rate=_rate(sorted([*sent_at.values(), *(each.sent_at for each in seen.asked)])),
            generator=seen.busyness,
            reconciliation=counted,
            answers=answers(seen.asked),
        ),
        confirmed_by_kind=by_kind,
        confirmed_rate=_rate(sorted(heard.at for heard in seen.heard if heard.answer == "accept")),
        started=started,
        seconds=seconds,
        target=target,
        notes=notes,
    )


def _rate(moments: Sequence[float]) -> float:
    """How many a second, from the first of these moments to the last."""
    span = moments[-1] - moments[0] if len(moments) > 1 else 0.0
    return (len(moments) - 1) / span if span > 0 else float(len(moments))
