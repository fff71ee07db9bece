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
    event together with an action type names an action when just one such action is reserved.
    """

    strong: Mapping[str, str] = field(default_factory=dict)
    weak: Mapping[str, str] = field(default_factory=dict)
    claim: Claim | None = None


NO_KEYS = Keys()
