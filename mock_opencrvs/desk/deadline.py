"""A limit on the whole of a piece of work, however little by little it goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from multiprocessing import TimeoutError as NotInTimeError
from multiprocessing.pool import AsyncResult, ThreadPool
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns or raises; raises TimeoutError when it takes longer.

    Late work is left to end by itself, in a thread that keeps no process alive, and what it returns is
    dropped: so a browser aborts a request that it has sent.
    """
    context, pool = copy_context(), ThreadPool(1)
    begun: AsyncResult[T] = pool.apply_async(lambda: context.run(work))
    pool.close()
    try:
        return begun.get(seconds)
    except NotInTimeError:
        raise TimeoutError from None
