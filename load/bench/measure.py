"""The measurements, each repeated: operations of the bridge one by one, and births through all parties."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from load.bench.operations import CALLBACK, LOGIN, REGISTRATION, VERIFY, VERIFY_TEXT
from load.bench.stand import BenchError, Loop, Stand, stand
from load.prepare import Prepared
from load.questions import Asking, Question

STAGE_DELAY_S: Final = 1.0
"""Nine of these lie between a POST and its callback: time enough to read the clock in between."""
QUIET_S: Final = 0.2
SEED: Final = 1


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Repeats of one measurement."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def most(self) -> float:
        """The largest."""
        return max(self.values)

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "median": round(self.median, 4),
            "min": round(self.least, 4),
            "max": round(self.most, 4),
            "values": [round(each, 4) for each in self.values],
        }


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Milliseconds of the bridge's CPU per operation, by its name, and its housekeeping each second.

    ``sample`` is a registration as the bridge gets it.
    """

    cost: Mapping[str, Spread]
    idle_ms_per_s: float
    sample: Prepared


def measure_births(*, repeats: int, count: int) -> Operations:
    """Both halves of a birth, apart: MOSIP's stages are so slow that one is over before the other begins.

    The event that a workflow ended is not sent: it is another message, which a birth does not wait for.
    """
    with stand(stage_delay_s=STAGE_DELAY_S) as box:
        box.sandbox.mosip.fault(
            at="mosip.websub.deliver",
            scope="everyone",
            when={"body": {"$.resultCode": "PROCESSED"}},
            do={"status": 200},
        )
        sample = _one_birth(box, max(50, count // 4))[2]
        box.measure_idle()
        rounds = [_one_birth(box, count)[:2] for _ in range(repeats)]
    posts, callbacks = zip(*rounds, strict=True)
    return Operations(
        cost={REGISTRATION: Spread(values=posts), CALLBACK: Spread(values=callbacks)},
        idle_ms_per_s=box.idle * 1000,
        sample=sample,
    )


def _one_birth(box: Stand, count: int) -> tuple[float, float, Prepared]:
    """Milliseconds for each half of so many births."""
    births = box.births(count)
    before, (_, after) = box.workflows(), box.news()

    def first_half() -> None:
        box.post(births)
        box.wait_until_told(births, before=before)

    def second_half() -> None:
        box.wait_until_confirmed(births, after=after)
        time.sleep(QUIET_S)

    told = box.cost(first_half, count)
    if box.news(after)[0]:
        raise BenchError("this machine is too busy: confirmations came before the last registration was told")
    return told, box.cost(second_half, count), births[0]


def measure_questions(wanted: Collection[str], *, repeats: int, count: int) -> Operations:
    """Verifications and logins, those that are wanted, in turns: what slows the machine slows all of them.

    IDA and E-Signet answer from processes of their own; each answer is checked.
    """
    with stand(stage_delay_s=0) as box:
        asking = Asking(box.sandbox, seed=SEED)
        makers: Mapping[str, Callable[[int], list[Question]]] = {
            VERIFY: partial(asking.verifications, form="application/json"),
            VERIFY_TEXT: partial(asking.verifications, form="text/plain"),
            LOGIN: asking.logins,
        }
        chosen = {name: maker for name, maker in makers.items() if name in wanted}
        for maker in chosen.values():
            _cost_of(box, maker(max(50, count // 4)))
        box.measure_idle()
        rounds = [
            {name: _cost_of(box, maker(count)) for name, maker in chosen.items()} for _ in range(repeats)
        ]
        sample = box.births(1)[0]
    return Operations(
        cost={name: Spread(values=tuple(each[name] for each in rounds)) for name in chosen},
        idle_ms_per_s=box.idle * 1000,
        sample=sample,
    )


def _cost_of(box: Stand, questions: Sequence[Question]) -> float:
    def ask() -> None:
        box.ask(questions)
        time.sleep(QUIET_S)

    return box.cost(ask, len(questions))


@dataclass(frozen=True, kw_only=True)
class Loops:
    """Births per second through all parties, and what each party used for one, in ms of CPU."""

    births_per_s: Spread
    cpu_ms: dict[str, Spread]


def measure_loop(*, repeats: int, births: int) -> Loops:
    """Generator → bridge → MOSIP without delays → bridge → OpenCRVS, as fast as it goes."""
    with stand(stage_delay_s=0) as box:
        _one_loop(box, max(50, births // 4))
        found = [_one_loop(box, births) for _ in range(repeats)]
    return Loops(
        births_per_s=Spread(values=tuple(each.births_per_s for each in found)),
        cpu_ms={party: _of(party, found) for party in found[0].cpu_ms},
    )


def _of(party: str, found: Sequence[Loop]) -> Spread:
    return Spread(values=tuple(each.cpu_ms[party] for each in found))


def _one_loop(box: Stand, count: int) -> Loop:
    births = box.births(count)
    after = box.news()[1]
    before, own = {party: box.cpu(party) for party in box.groups}, time.process_time()
    began = box.post(births)
    own = time.process_time() - own
    ended = box.wait_until_confirmed(births, after=after)
    time.sleep(QUIET_S)
    cpu = {party: (box.cpu(party) - used) / count * 1000 for party, used in before.items()}
    return Loop(births_per_s=count / (ended - began), cpu_ms={**cpu, "generator": own / count * 1000})
