"""Nothing gets into the log that was not allowed beforehand."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from bridge import logs

RID = "10001100040000720261123100001"
NAME, VID, UIN = "Zzplanted Okello", "7058649208312401", "5260181591"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ6enBsYW50ZWQifQ.c2lnbmF0dXJl"
PLANTED = (NAME, "Zzplanted", VID, UIN, TOKEN, "zz@example.org", "1990-01-31", "s3cr3t value")


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """Configures the log and gives what was written."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", stream=stream)
    yield stream.getvalue
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def test_allowed_fields_come_through(log: Callable[[], str]) -> None:
    fields = {
        "rid": RID,
        "attempt": 3,
        "duration_ms": 12.5,
        "status": 503,
        "party": "packet_manager",
        "code": "KER-PUT-006",
        "field": "/requestFields/UIN",
        "correlation_id": "0d7a6d0f-52fb-4b6e-9c0f-0a7fd2c7a002",
        "reason": None,
    }
    logs.get_logger().info("delivery.retry", **fields)
    line = json.loads(log())
    assert {name: line[name] for name in fields} == fields
    assert (line["event"], line["level"]) == ("delivery.retry", "info")
    assert line["time"].endswith("Z")


def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("planted", PLANTED)
def test_planted_values_stay_out_everywhere(log: Callable[[], str], planted: str) -> None:
    logger = logs.get_logger()
    allowed = ("rid", "code", "reason", "field", "status", "attempt", "event_id", "at", "exception", "logger")
    for name in allowed:
        logger.info("delivery.failed", **{name: planted})
    logger.warning(planted)
    logger.info("delivery.failed", name=planted, payload={"fullName": planted}, token=[planted])
    logger.bind(recipient=planted).error("delivery.failed")
    try:
        fail(ValueError(planted))
    except ValueError:
        logger.exception("delivery.failed")
        logging.getLogger("urllib3.connectionpool").exception("GET /%s failed", planted)
    logging.getLogger("gunicorn.error").warning(planted)
    written = log()
    assert planted not in written
    assert written.count("\n") == len(allowed) + 6
    assert all(json.loads(line) for line in written.splitlines())


def test_an_exception_is_told_by_type_and_place(log: Callable[[], str]) -> None:
    try:
        fail(KeyError(NAME))
    except KeyError:
        logs.get_logger().exception("worker.failed")
    line = json.loads(log())
    assert line["exception"] == "KeyError"
    assert line["at"].startswith("doors/test_logs.py:")


def test_below_the_level_nothing_is_written(log: Callable[[], str]) -> None:
    logs.get_logger().debug("delivery.step")
    logging.getLogger("urllib3").debug("x")
    assert log() == ""
