"""Tries what a target file names as seen and done there, as far as that does no harm."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator

import requests

from conformance.calls import Call
from conformance.logs import Mark
from conformance.operator_view import OperatorView
from conformance.parties import HarnessError
from conformance.target_file import TargetFile
from conformance.target_step import Step

TIMEOUT = (2.0, 5.0)
START_WITH = "start it there too, on the same store"


def capability_steps(told: TargetFile) -> Iterator[Step]:
    """Instances, readiness, operator's view, log and process control, each with what to do."""
    yield from _other_instances(told)
    yield _ready(told)
    yield _view(told)
    yield from _logs(told)
    yield from _process(told)


def _other_instances(told: TargetFile) -> Iterator[Step]:
    for each in told.every_instance[1:]:
        step, url = f"instance {each.name} answers", f"{each.url}{told.routes.health}"
        try:
            status = requests.get(url, timeout=TIMEOUT, verify=each.verify).status_code
        except requests.RequestException as error:
            yield Step(name=step, state="bad", words=f"{url}: {type(error).__name__}", fix=START_WITH)
        else:
            yield Step(name=step, state="good", words=f"{url}: {status}")


def _ready(told: TargetFile) -> Step:
    name = "ready"
    if told.ready is None:
        return Step(name=name, state="absent", words="none is named: it counts as up when its port answers")
    try:
        late = [each.name for each in told.target().every_instance if not told.ready.holds(each)]
    except HarnessError as error:
        return Step(name=name, state="bad", words=str(error), fix="look at ready in the target file")
    if late:
        words = f"{told.ready.call.place} does not say so of {', '.join(late)}"
        fix = "wait until it is, or look at ready.state and ready.words in the target file"
        return Step(name=name, state="bad", words=words, fix=fix)
    return Step(name=name, state="good", words=told.ready.call.place)


def _view(told: TargetFile) -> Step:
    name = "operator view"
    if told.view is None:
        return Step(name=name, state="absent", words="none is named: parked rows can't be seen")
    target = told.target()
    wrong = OperatorView(instances=target.every_instance, form=told.view, token=target.operator_token).wrong()
    if wrong is not None:
        fix = "look at operator_view in the target file: url or command, token_file, rows"
        return Step(name=name, state="bad", words=wrong, fix=fix)
    return Step(name=name, state="good", words=told.view.call.place)


def _logs(told: TargetFile) -> Iterator[Step]:
    if not told.logs:
        yield Step(name="log", state="absent", words="none is named: personal data in it can't be found")
    for log in told.logs:
        try:
            shown = len(log.since(Mark()))
        except HarnessError as error:
            yield Step(name="log", state="bad", words=str(error), fix="look at log in the target file")
        else:
            yield Step(name="log", state="good", words=f"{log.place}: {shown} characters")


def _process(told: TargetFile) -> Iterator[Step]:
    name, can = "process control", told.target().can
    if not told.process:
        yield Step(name=name, state="absent", words="none is named: crashes are skipped")
        return
    unknown = [call.what for call in told.process.values() if not _is_there(call)]
    if unknown:
        fix = "name the program as it is on this machine; commands run without a shell"
        yield Step(name=name, state="bad", words=f"no such program: {', '.join(unknown)}", fix=fix)
        return
    gives = [need for need in ("bridge.process", "bridge.stop", "bridge.restart") if need in can]
    words = f"{', '.join(told.process)} named, not tried here; gives {', '.join(gives)}"
    yield Step(name=name, state="good", words=words)


def _is_there(call: Call) -> bool:
    """Whether a command's program can be found; what an address does nobody knows before it is called."""
    words = shlex.split(call.command or "")
    return not words or shutil.which(words[0]) is not None
