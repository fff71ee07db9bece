"""What the command tells the generator, and what the generator tells back: one private file each way."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypedDict

from load.prepare import Prepared
from load.questions import Question

PACE_S: Final = 2.0
"""A user sends once in so many seconds; a POST that takes longer holds its user back, not the others."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``bridge_url`` gets ``registrations`` and ``questions``, mixed, at ``rate`` a second.

    OpenCRVS's admin API tells what registrations were answered.

    ``drain_s``: how long to wait for answers after the last POST. ``post_timeout_s``: what the country
    configuration allows. The file holds tokens: it is private.
    """

    bridge_url: str
    opencrvs_url: str
    admin_token: str
    rate: float
    drain_s: float
    post_timeout_s: float
    report_path: str
    seen_path: str
    registrations: tuple[Prepared, ...]
    questions: tuple[Question, ...] = ()

    @property
    def count(self) -> int:
        """How many requests there are to send."""
        return len(self.registrations) + len(self.questions)

    @property
    def users(self) -> int:
        """How many users it takes for ``rate`` when each sends once in ``PACE_S``."""
        return max(1, min(self.count, round(self.rate * PACE_S)))

    def to_json(self) -> str:
        """For the file."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, path: Path) -> Plan:
        """What ``to_json`` made."""
        members = json.loads(path.read_text(encoding="utf-8"))
        prepared = tuple(Prepared(**each) for each in members.pop("registrations"))
        asked = tuple(Question(**each) for each in members.pop("questions"))
        return cls(registrations=prepared, questions=asked, **members)


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One POST: when it was sent (seconds since 1970), its answer (None: none) and how long that took."""

    kind: str
    action: str
    subject: str
    sent_at: float
    status: int | None
    took_ms: float


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question: when it was sent, its answer (None: none), how long that took, and if it was right."""

    kind: str
    sent_at: float
    status: int | None
    took_ms: float
    right: bool


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One answer that OpenCRVS took: ``answer`` is accept or reject, ``at`` in seconds since 1970."""

    action: str
    answer: str
    transaction: str
    at: float

    @classmethod
    def of(cls, answer: Answer) -> Heard:
        """As the command tells it."""
        return cls(
            action=answer["action"],
            answer=answer["answer"],
            transaction=answer["transaction"],
            at=answer["at"],
        )


class Answer(TypedDict):
    """One of the answers in a page."""

    action: str
    answer: str
    transaction: str
    at: float


class Page(TypedDict):
    """What the command opencrvs.answers tells; ``last`` is the number of the newest."""

    answers: list[Answer]
    last: int


@dataclass(frozen=True, kw_only=True)
class Busyness:
    """How the generator itself fared: its busiest two seconds as a share of a core, its timers' delay."""

    cpu_share: float
    lag_p99_ms: float
    users: int


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that the generator saw, up to answer number ``last`` of OpenCRVS."""

    posted: tuple[Posted, ...]
    heard: tuple[Heard, ...]
    busyness: Busyness
    asked: tuple[Asked, ...] = ()
    last: int = 0

    def to_json(self) -> str:
        """For the file."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, path: Path) -> Seen:
        """What ``to_json`` made. Raises OSError, ValueError."""
        members = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            posted=tuple(Posted(**each) for each in members["posted"]),
            heard=tuple(Heard(**each) for each in members["heard"]),
            busyness=Busyness(**members["busyness"]),
            asked=tuple(Asked(**each) for each in members["asked"]),
            last=members["last"],
        )
