"""Sends registrations as fast as they are taken, at the least cost: plain connections, kept open."""

from __future__ import annotations

import http.client
import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from load.prepare import Prepared

CONNECTIONS: Final = 16
TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Posted:
    """Statuses with their numbers; when the first was sent (seconds since 1970)."""

    statuses: Counter[int]
    began: float


def post_all(url: str, prepared: Sequence[Prepared], *, connections: int = CONNECTIONS) -> Posted:
    """Sends each once. Raises what http.client raises when the bridge doesn't answer."""
    waiting: queue.SimpleQueue[Prepared] = queue.SimpleQueue()
    for each in prepared:
        waiting.put(each)
    statuses: Counter[int] = Counter()
    failures: list[Exception] = []
    lock = threading.Lock()

    def work() -> None:
        try:
            mine = _send(url, waiting)
        except (OSError, http.client.HTTPException) as error:
            failures.append(error)
            return
        with lock:
            statuses.update(mine)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(connections)]
    began = time.time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Posted(statuses=statuses, began=began)


def _send(url: str, waiting: queue.SimpleQueue[Prepared]) -> Counter[int]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
    seen: Counter[int] = Counter()
    try:
        while True:
            try:
                each = waiting.get_nowait()
            except queue.Empty:
                return seen
            headers = {"Authorization": f"Bearer {each.token}", "Content-Type": "application/json"}
            connection.request("POST", "/events/registration", body=each.body.encode(), headers=headers)
            answer = connection.getresponse()
            answer.read()
            seen[answer.status] += 1
    finally:
        connection.close()
