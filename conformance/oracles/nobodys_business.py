"""O4: nothing about the scenario's people, and no token, in what the bridge logs, answers or calls."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps
from typing import Final

from conformance.exchanges import Exchange
from conformance.jsontypes import mapping, text
from conformance.leaks import Planted, found_in, of_person
from conformance.oracles.case import Case, by_the_bridge, of_the_bridge
from conformance.oracles.truthful_ack import DELIVER
from conformance.verdicts import Finding

BY: Final = "O4 nobody's business"
MINTED: Final = ("uin", "vid", "psut")


def look(case: Case) -> list[Finding]:
    """A finding for the log, and one for each error or address that tells too much.

    Where a target shows no log, only what is on the wire is judged: else nothing at all could be concluded of
    such a target. `--plan` tells of it beforehand, and scenarios about the log are inconclusive there.
    """
    planted = list(_planted(case))
    found = [*_in_log(case, planted)]
    for each in case.exchanges:
        if of_the_bridge(each):
            found += _in_answer(each, planted)
        elif by_the_bridge(each):
            found += _in_message(each, "an address that it called", each.path, planted)
    return found


def _in_log(case: Case, planted: list[Planted]) -> Iterator[Finding]:
    told = found_in(case.written, planted) if case.written is not None else []
    if told:
        yield Finding(verdict="fail", by=BY, words=f"in what the bridge has logged since: {', '.join(told)}")


def _in_answer(exchange: Exchange, planted: list[Planted]) -> Iterator[Finding]:
    """An answer's headers are read on the way, an error's words by whoever looks for its cause; the hub asked
    nothing.
    """
    response = mapping(exchange.response)
    body, headers = text(response.get("body")) or "", dumps(response.get("headers"), ensure_ascii=False)
    yield from _in_message(exchange, "a header that it answered with", headers, planted)
    if exchange.status is not None and exchange.status >= 400:
        yield from _in_message(exchange, "an error that it answered with", body, planted)
    elif exchange.operation == DELIVER:
        yield from _in_message(exchange, "what it answered to the hub", body, planted)


def _in_message(exchange: Exchange, where: str, said: str, planted: list[Planted]) -> Iterator[Finding]:
    told = found_in(said, planted)
    if told:
        words = f"in {where}: {', '.join(each.rpartition(' in line')[0] for each in told)}"
        yield Finding(verdict="fail", by=BY, words=words, near=(exchange.line(),))


def _planted(case: Case) -> Iterator[Planted]:
    """What is known of the people of all records, and the numbers that MOSIP has made meanwhile."""
    for record in case.records.values():
        for person in record.people.values():
            yield from of_person(person)
    for number in case.identifiers:
        yield Planted(what="an identifier that came into a record", text=number)
    for each in case.exchanges:
        for effect in each.effects:
            for kind in MINTED:
                if each.owner is not None and kind in effect.facts:
                    yield Planted(what=f"a {kind} that MOSIP made", text=effect.facts[kind])
