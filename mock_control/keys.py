"""The keys by which an exchange is known to be part of a reserved action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a message tells of a registration, by which a new strong key finds the reserved action it belongs
    to.

    ``identifiers`` are the subject's only, never the mother's or the informant's. ``name`` is plain text,
    compared casefolded with white space folded; ``born`` is an ISO date.
    """

    process: str | None = None
    certificate_number: str | None = None
    identifiers: tuple[str, ...] = ()
    name: str | None = None
    born: str | None = None


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Strong keys (kinds ``action``, ``rid``, ``hub_event``, ``transaction``) make an exchange part of one
    action.

    Weak keys (kinds ``event``, ``tracking``, ``action_type``, ``certificate``) only link it to a record; an
    event together with an action type names an action when just one such action is reserved. The weak kind
    ``identifier`` (of whoever it is, or with a role: ``identifier.mother``) links it to a person.
    """

    strong: Mapping[str, str] = field(default_factory=dict)
    weak: Mapping[str, str] = field(default_factory=dict)
    claim: Claim | None = None

    @property
    def identifiers(self) -> frozenset[str]:
        """The identifiers of people among the weak keys, in whatever role."""
        return frozenset(value for kind, value in self.weak.items() if kind.partition(".")[0] == "identifier")


NO_KEYS = Keys()
LONGEST_KEY = 200


def tidy(keys: Keys) -> Keys:
    """Keys without what can be none: a mock reads them from hostile bodies, where an id may be a list or a
    novel.
    """
    claim = keys.claim
    if claim is not None:
        claim = Claim(
            process=_text(claim.process),
            certificate_number=_text(claim.certificate_number),
            identifiers=tuple(each for each in claim.identifiers if _text(each)),
            name=_text(claim.name),
            born=_text(claim.born),
        )
    return Keys(strong=_texts(keys.strong), weak=_texts(keys.weak), claim=claim)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_KEY else None


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {kind: text for kind, value in values.items() if (text := _text(value)) is not None}
