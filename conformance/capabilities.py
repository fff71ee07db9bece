"""What a target file names as seen and done at a target: process control, log, operator's view, readiness.

Each is a command or an address. The docstring of ``conformance.calls.Call`` says how these are called.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from conformance.calls import INSTANCE, Call, Instance
from conformance.json_paths import complaint
from conformance.jsontypes import JSON, items, mapping, text
from conformance.logs import Log, LogFile, ShownLog
from conformance.operator_view import ViewForm
from conformance.readiness import Readiness

PROCESS: Final = ("start", "stop", "kill", "restart")
WITH_URL: Final = ("method", "token_file")
PATHS: Final = {
    "operator_view": ("rows", "rid", "event_id", "action_id", "state", "reason", "next"),
    "log": ("lines",),
    "ready": ("state",),
}
Place = tuple[str | int, ...]


def process_calls(told: Mapping[str, JSON], folder: Path) -> dict[str, Call]:
    """The calls that control the bridge, by what they do."""
    return {
        name: _call(f"process.{name}", _members(told[name]), folder, method="POST")
        for name in PROCESS
        if name in told
    }


def logs_of(told: Mapping[str, JSON], folder: Path, instances: tuple[Instance, ...]) -> tuple[Log, ...]:
    """One log for each instance where the member speaks of ``{instance}``, else one for all."""
    if not told:
        return ()
    path = text(told.get("path"))
    if path is not None:
        each = dict.fromkeys(path.replace(INSTANCE, instance.name) for instance in instances)
        return tuple(LogFile(path=folder / name) for name in each)
    call = _call("log", told, folder)
    asked = instances if call.of_each_instance() else instances[:1]
    return tuple(ShownLog(call=call, instance=each, lines=text(told.get("lines"))) for each in asked)


def view_of(told: Mapping[str, JSON], folder: Path) -> ViewForm | None:
    """How the operator's rows are read; None where the file names none."""
    if not told:
        return None
    words = mapping(told.get("words"))
    return ViewForm(
        call=_call("operator_view", told, folder),
        rows=str(told["rows"]),
        rid=text(told.get("rid")),
        event_id=text(told.get("event_id")),
        action_id=text(told.get("action_id")),
        state=str(told["state"]),
        reason=text(told.get("reason")),
        following=text(told.get("next")),
        following_parameter=text(told.get("next_parameter")),
        parked=each_word(words.get("parked"), ("parked",)),
        waiting=each_word(words.get("waiting"), ("waiting",)),
    )


def readiness_of(told: Mapping[str, JSON], folder: Path) -> Readiness | None:
    """How it says that it can work; None where the file does not say."""
    if not told:
        return None
    return Readiness(
        call=_call("ready", told, folder),
        state=text(told.get("state")),
        words=each_word(told.get("words"), ()),
    )


def each_word(value: JSON, standard: tuple[str, ...]) -> frozenset[str]:
    """One word or several; the standard ones where none is given."""
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(map(str, items(value))) or frozenset(standard)


def mistakes(told: Mapping[str, JSON]) -> Iterator[tuple[Place, str]]:
    """What no schema finds, by place."""
    yield from _process_mistakes(mapping(told.get("process")))
    for name, ways in (("log", ("path", "command", "url")), ("operator_view", ("command", "url"))):
        yield from _way_mistakes(name, mapping(told.get(name)), ways)
    ready = mapping(told.get("ready"))
    yield from _way_mistakes("ready", ready, ("command", "url"))
    if ("state" in ready) != ("words" in ready):
        yield ("ready",), "state and words go together: where the word is, and which words mean ready"
    yield from _command_mistakes(told)
    for name, members in PATHS.items():
        for member in members:
            path = text(mapping(told.get(name)).get(member))
            wrong = complaint(path) if path is not None else None
            if wrong is not None:
                yield (name, member), f"{member} is no JSONPath: {wrong}"


def _command_mistakes(told: Mapping[str, JSON]) -> Iterator[tuple[Place, str]]:
    process: dict[Place, JSON] = {
        ("process", name): value for name, value in mapping(told.get("process")).items()
    }
    others: dict[Place, JSON] = {(name, "command"): mapping(told.get(name)).get("command") for name in PATHS}
    for place, command in {**process, **others}.items():
        try:
            shlex.split(command if isinstance(command, str) else "")
        except ValueError as error:
            yield place, f"no command: {str(error).lower()}"


def _process_mistakes(process: Mapping[str, JSON]) -> Iterator[tuple[Place, str]]:
    ends = {"stop", "kill"} & set(process)
    if ends and "start" not in process:
        yield ("process",), f"what {' and '.join(sorted(ends))} ends must be started again: add start"
    if "start" in process and not ends:
        yield ("process",), "start alone is of no use: add kill, stop or both"


def _way_mistakes(name: str, told: Mapping[str, JSON], ways: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    if not told:
        return
    if len([way for way in ways if way in told]) != 1:
        yield (name,), f"{name}: give one of {', '.join(ways)}"
    elif "url" not in told:
        only = [each for each in (*WITH_URL, "next_parameter") if each in told]
        if "path" in told and "lines" in told:
            only.append("lines")
        for member in only:
            yield (name, member), f"{member} goes with url"


def _call(what: str, members: Mapping[str, JSON], folder: Path, *, method: str = "GET") -> Call:
    token_file = text(members.get("token_file"))
    return Call(
        what=what,
        command=text(members.get("command")),
        url=text(members.get("url")),
        method=text(members.get("method")) or method,
        token_file=folder / token_file if token_file else None,
    )


def _members(told: JSON) -> Mapping[str, JSON]:
    """A command may stand for itself."""
    return {"command": told} if isinstance(told, str) else mapping(told)
