"""So many at once and no more: what is slow behind one door must not use up the threads of all the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class FullError(Exception):
    """As many as may be inside are inside."""


class Bulkhead:
    """Lets so many threads in at once; the next is turned away at once, and doesn't wait."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place while the block runs. Raises FullError."""
        if not self._places.acquire(blocking=False):
            raise FullError
        try:
            yield
        finally:
            self._places.release()
