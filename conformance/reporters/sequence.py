"""A sequence diagram as SVG: parties as lanes, exchanges from top to bottom, what happened beside them.

Styled by classes alone, so that a page may forbid inline styles; all text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from conformance.exchanges import Exchange
from conformance.jsontypes import JSON, mapping
from conformance.reporters.hops import LANES, Hop
from conformance.reporters.shown import cut, visible

LEFT, LANE, RIGHT, NOTES = 118, 196, 46, 330
HEAD, ROW, FOOT = 44, 32, 12
LETTER: Final = 6.4
"""Pixels that a letter of a label takes, about."""
HEADS_AGAIN_AFTER: Final = 20
"""Rows after which the names of the lanes also stand below."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a row says at its end: a fault, a gate, a broken contract, an effect."""

    kind: str
    words: str


def notes(exchange: Exchange) -> list[Note]:
    """What happened at an exchange beside the exchange itself."""
    found = [Note(kind="effect", words=effect.name) for effect in exchange.effects]
    if exchange.breaches:
        found.insert(0, Note(kind="breach", words="breaks its contract"))
    if exchange.gate:
        found.insert(0, Note(kind="gate", words=_doing("gate", exchange.gate)))
    if exchange.fault:
        found.insert(0, Note(kind="fault", words=_doing("fault", exchange.fault)))
    if exchange.near:
        found.insert(0, Note(kind="breach", words="no such path"))
    return found


def answer(exchange: Exchange) -> str:
    """How an exchange ended, in a word."""
    if not exchange.closed:
        return "open"
    if exchange.status is not None:
        return str(exchange.status)
    return "done" if exchange.error is None else "broken off"


def kind(exchange: Exchange) -> str:
    """``inner``, ``ok``, ``bad`` or ``open``."""
    if not exchange.closed:
        return "open"
    if exchange.error is not None or (exchange.status is not None and exchange.status >= 400):
        return "bad"
    return "inner" if exchange.direction == "inner" else "ok"


def since(seconds: float) -> str:
    """A point in time for people, from the first exchange on."""
    return f"+{seconds * 1000:.0f} ms" if seconds < 10 else f"+{seconds:.2f} s"


def sequence(hops: Sequence[Hop], *, title: str) -> str:
    """The diagram as an ``svg`` element; ``data-to`` of a row is the number of its exchange."""
    drawing = _Drawing(hops)
    size = f'viewBox="0 0 {drawing.width} {drawing.height}" width="{drawing.width}" height="{drawing.height}"'
    name = f"aria-label={quoteattr(visible(title))}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sequence" role="img" {size} {name}>',
        *drawing.frame(),
        *(line for index, hop in enumerate(hops) for line in drawing.row(index, hop)),
        "</svg>",
    ]
    return "\n".join(parts)


class _Drawing:
    def __init__(self, hops: Sequence[Hop]) -> None:
        taking_part = {end for hop in hops for end in (hop.source, hop.target)}
        self._lanes = [name for name in LANES if name in taking_part] + sorted(taking_part - set(LANES))
        self._x = {name: LEFT + LANE // 2 + index * LANE for index, name in enumerate(self._lanes)}
        self._again = len(hops) > HEADS_AGAIN_AFTER
        self._bottom = HEAD + len(hops) * ROW + FOOT
        self._notes = max(self._x.values(), default=LEFT) + RIGHT
        self.width = self._notes + NOTES
        self.height = self._bottom + (HEAD if self._again else 0)

    def frame(self) -> Iterator[str]:
        """Lanes and their names."""
        for name in self._lanes:
            x = self._x[name]
            yield f'<line class="lane" x1="{x}" y1="{HEAD - 8}" x2="{x}" y2="{self._bottom}"/>'
            for top in (8, self._bottom) if self._again else (8,):
                label = _clean(LANES.get(name, name))
                yield f'<rect class="party" x="{x - 60}" y="{top}" width="120" height="28" rx="4"/>'
                yield f'<text class="party" x="{x}" y="{top + 19}" text-anchor="middle">{label}</text>'

    def row(self, index: int, hop: Hop) -> Iterator[str]:
        """One exchange."""
        top = HEAD + index * ROW
        line = top + ROW - 9
        struck = " struck" if hop.exchange.fault else ""
        yield f'<g class="hop {kind(hop.exchange)}{struck}" data-to="{hop.number}">'
        yield f"<title>{_clean(_told(hop))}</title>"
        yield f'<rect class="band" x="0" y="{top}" width="{self.width}" height="{ROW}"/>'
        yield f'<text class="number" x="26" y="{line}" text-anchor="end">{hop.number}</text>'
        yield f'<text class="since" x="{LEFT - 8}" y="{line}" text-anchor="end">{since(hop.since)}</text>'
        yield from self._within(hop, line) if hop.source == hop.target else self._between(hop, line)
        yield from self._notes_of(hop.exchange, line)
        yield "</g>"

    def _between(self, hop: Hop, y: int) -> Iterator[str]:
        start, end = self._x[hop.source], self._x[hop.target]
        back = 8 if end > start else -8
        middle = (start + end) // 2
        words = _label(hop.exchange, int(abs(end - start) / LETTER) - 3)
        yield f'<line class="arrow" x1="{start}" y1="{y}" x2="{end}" y2="{y}"/>'
        yield f'<path class="head" d="M{end},{y} l{-back},-4 v8 z"/>'
        yield f'<text class="label" x="{middle}" y="{y - 5}" text-anchor="middle">{words}</text>'
        yield from _marks(hop.exchange, middle, y, end - back * 2)

    def _within(self, hop: Hop, y: int) -> Iterator[str]:
        x = self._x[hop.source]
        first = self._lanes[0] == hop.source
        words = _label(hop.exchange, int(LANE / LETTER) - 4)
        if hop.exchange.direction == "inner":
            yield f'<circle class="stage" cx="{x}" cy="{y - 4}" r="4"/>'
        else:
            yield f'<path class="loop" d="M{x},{y - 9} h20 v9 h-14"/>'
            yield f'<path class="head" d="M{x},{y} l8,-4 v8 z"/>'
        place = f'x="{x + 26}" text-anchor="start"' if first else f'x="{x - 10}" text-anchor="end"'
        yield f'<text class="label" {place} y="{y}">{words}</text>'
        yield from _marks(hop.exchange, x, y - 4, x)

    def _notes_of(self, exchange: Exchange, y: int) -> Iterator[str]:
        room = int(NOTES / LETTER)
        parts = []
        for note in notes(exchange):
            words = cut_to(note.words, room)
            room -= len(words) + 3
            parts.append(f'<tspan class="{note.kind}">{_clean(words)}</tspan>')
            if room <= 0:
                break
        if parts:
            yield f'<text class="notes" x="{self._notes}" y="{y}">{" · ".join(parts)}</text>'


def cut_to(words: str, longest: int) -> str:
    """``words`` in at most that many letters."""
    return words if len(words) <= longest else f"{words[: max(longest - 1, 1)]}…"


def _marks(exchange: Exchange, middle: int, y: int, end: int) -> Iterator[str]:
    """A gate as two bars in the way, a fault as a cross where it strikes."""
    if exchange.gate:
        yield f'<path class="gate" d="M{middle - 3},{y - 5} v10 M{middle + 3},{y - 5} v10"/>'
    if exchange.fault:
        yield f'<path class="fault" d="M{end - 5},{y - 5} l10,10 M{end - 5},{y + 5} l10,-10"/>'


def _label(exchange: Exchange, letters: int) -> str:
    """The operation and its answer, as much as there is room for."""
    ended = "" if exchange.direction == "inner" and kind(exchange) == "inner" else f" {answer(exchange)}"
    _, _, operation = exchange.operation.partition(".")
    name = operation or f"{exchange.method} {exchange.path}"
    room = letters - len(ended)
    if operation and (len(name) > room or exchange.direction == "inner"):
        name = operation.rpartition(".")[2]
    return _clean(cut_to(name, room) + ended)


def _told(hop: Hop) -> str:
    each = hop.exchange
    ends = f"{LANES.get(hop.source, hop.source)} to {LANES.get(hop.target, hop.target)}"
    where = LANES.get(hop.source, hop.source) if hop.source == hop.target else ends
    said = f"{each.method} {each.path}".strip()
    happened = "; ".join(note.words for note in notes(each))
    parts = (f"{hop.number}. {since(hop.since)} {where}", each.operation, said, answer(each), happened)
    return cut(" · ".join(part for part in parts if part), 600)


def _doing(what: str, switch: JSON) -> str:
    known = mapping(switch)
    done = known.get("do")
    if isinstance(done, dict):
        words = ", ".join(f"{name} {_short(value)}" for name, value in done.items())
    else:
        words = " ".join(str(each) for each in (done, known.get("when")) if each is not None)
    return f"{what}: {words}" if words else what


def _short(value: JSON) -> str:
    return value if isinstance(value, str) else str(value)


def _clean(words: str) -> str:
    """Text that may stand in XML."""
    return escape(visible(" ".join(words.split())))
