"""The bridge's log: one JSON object a line, on stderr, with nothing in it that was not allowed beforehand.

A field that is not on the list, or whose value has not the form it should have, is replaced: what never gets
in can't leak. So it is with exceptions (types and places, no messages) and with the records of libraries.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
import structlog

from bridge.packets import stamp

REDACTED = "[redacted]"

_UUID_FORM = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_WORD = re.compile(r"[a-z][a-z0-9_.:-]{0,63}|[A-Z][A-Z0-9_-]{0,63}")
_EVENT_ID = re.compile(_UUID_FORM + r"|[0-9a-f]{64}")
_UUID = re.compile(_UUID_FORM)
_RID = re.compile(r"[0-9]{11,14}|[0-9]{15}|[0-9]{17,29}")
_NUMBER = re.compile(r"-?[0-9]{1,9}([.][0-9]{1,6})?")
_FIELD = re.compile(
    r"(/[A-Za-z_*@][A-Za-z0-9_*@-]{0,63})+|Authorization|Content-Type|exp|nbf|iat|iss|aud|scope|eventId|actionId"
)
_VARIABLES = re.compile(r"[A-Z][A-Z0-9_]*(, [A-Z][A-Z0-9_]*)*")

_NUMBERS = (
    "attempt", "attempts", "backlog", "count", "duration_ms", "pid", "port", "retry_in_s", "status",
    "worker",
)  # fmt: skip
_WORDS = (
    "action", "code", "error", "instance", "kind", "level", "method", "outcome", "party", "problem",
    "reason", "result", "route", "state", "step", "topic_kind", "verdict",
)  # fmt: skip
_FIELDS = {
    "correlation_id": _UUID,
    "event_id": _UUID,
    "action_id": _UUID,
    "hub_event_id": _EVENT_ID,
    "rid": _RID,
    "field": _FIELD,
    "variables": _VARIABLES,
    **dict.fromkeys(_NUMBERS, _NUMBER),
    **dict.fromkeys(_WORDS, _WORD),
}


def configure(level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's records to ``stream`` (stderr) as redacted JSON lines."""
    out = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            redact,
            _exception,
            _timestamp,
            structlog.processors.JSONRenderer(serializer=_encoded),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Foreign())
    threshold = max(logging.INFO, logging.getLevelNamesMapping()[level.upper()])
    logging.basicConfig(handlers=[handler], level=threshold, force=True)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """A logger; its events are constant dotted words (``delivery.confirmed``), all else are fields."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what is not allowed: fields by name and form, events that are no constant word."""
    return {
        name: value if name == "exc_info" or _allowed(name, value) else REDACTED
        for name, value in event.items()
    }


def _allowed(name: str, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return name in _FIELDS
    form = _WORD if name == "event" else _FIELDS.get(name)
    return form is not None and form.fullmatch(str(value)) is not None


def _exception(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        event.update(_told(error))
    return event


def _told(error: BaseException) -> dict[str, str]:
    """An exception's type and the innermost places it passed. Its message may quote anything."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = [f"{'/'.join(frame.filename.rsplit('/', 2)[-2:])}:{frame.lineno}" for frame in reversed(frames)]
    return {"exception": type(error).__name__, **({"at": " < ".join(places)} if places else {})}


def _timestamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"time": stamp(datetime.now(UTC)), **event}


def _encoded(event: object, **_options: object) -> str:
    return orjson.dumps(event, default=lambda _value: REDACTED).decode("utf-8")


class _Foreign(logging.Formatter):
    """Records of libraries: who and where, not what; their messages hold URLs and bodies."""

    def format(self, record: logging.LogRecord) -> str:
        told = _told(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
        event: MutableMapping[str, Any] = {
            "event": "library.record",
            "level": record.levelname.lower(),
            "logger": record.name,
            "at": f"{'/'.join(record.pathname.rsplit('/', 2)[-2:])}:{record.lineno}",
            **told,
        }
        return _encoded(_timestamp(None, "", event))
