"""Sends many requests as fast as they are taken, at the least cost: plain connections, kept open."""

from __future__ import annotations

import http.client
import queue
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

CONNECTIONS: Final = 16
TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request, to be sent once."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What came back: ``location`` is where it redirects to, empty if nowhere."""

    status: int
    location: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Driven:
    """Answers in the order of the requests; when the first was sent (seconds since 1970)."""

    answers: Sequence[Answered]
    began: float

    @property
    def statuses(self) -> Counter[int]:
        """How often each status came."""
        return Counter(each.status for each in self.answers)


def drive(url: str, requests: Sequence[Request], *, connections: int = CONNECTIONS) -> Driven:
    """Sends each once. Raises OSError or HTTPException when there is no answer."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(requests)):
        waiting.put(number)
    answers: dict[int, Answered] = {}
    failures: list[Exception] = []

    def work() -> None:
        try:
            _send(url, requests, waiting, answers)
        except (OSError, http.client.HTTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(connections)]
    began = time.time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Driven(answers=[answers[number] for number in range(len(requests))], began=began)


def _send(
    url: str,
    requests: Sequence[Request],
    waiting: queue.SimpleQueue[int],
    answers: dict[int, Answered],
) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
    try:
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            each = requests[number]
            connection.request(each.method, each.path, body=each.body, headers=dict(each.headers))
            answer = connection.getresponse()
            location = answer.headers.get("Location", "")
            answers[number] = Answered(status=answer.status, location=location, body=answer.read())
    finally:
        connection.close()
