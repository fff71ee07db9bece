"""Whose people are whose: the identifiers that belong to a scenario run, by which its exchanges are known."""

from __future__ import annotations

from collections.abc import Iterable

from mock_control.messages import JSON


class People:
    """Scenario runs by the identifiers of their people. Not safe to use from several threads by itself."""

    def __init__(self) -> None:
        self._runs: dict[str, set[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._runs)

    def add(self, scenario: str, identifiers: Iterable[str]) -> None:
        """These identifiers are a scenario's from now on, maybe of another one too."""
        for each in identifiers:
            self._runs.setdefault(each, set()).add(scenario)

    def runs(self, identifiers: Iterable[str]) -> set[str]:
        """The scenario runs to which one of the identifiers belongs."""
        return {run for each in identifiers for run in self._runs.get(each, ())}

    def only_of(self, scenario: str) -> frozenset[str]:
        """The identifiers that are this scenario's and no other's."""
        return frozenset(each for each, runs in self._runs.items() if runs == {scenario})

    def forget(self, scenario: str | None) -> None:
        """Drops the people of a scenario (of all: None)."""
        kept = {} if scenario is None else {each: runs - {scenario} for each, runs in self._runs.items()}
        self._runs = {each: runs for each, runs in kept.items() if runs}


def identifiers_of(people: Iterable[JSON], members: Iterable[str]) -> list[str]:
    """The texts that people have under these members; ``people`` as a mock answers them."""
    wanted = tuple(members)
    told = [person for person in people if isinstance(person, dict)]
    values = (person.get(member) for person in told for member in wanted)
    return [value for value in values if isinstance(value, str) and value]
