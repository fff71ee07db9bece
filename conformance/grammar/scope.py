"""What each name of a scenario stands for, as far as that is known without playing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conformance.forms import FORM_MEMBERS
from conformance.logins import LOGIN_MEMBERS
from conformance.people import MEMBERS
from conformance.problems import did_you_mean
from conformance.records import ACTION_MEMBERS, ACTIONS, RECORD_IDS
from conformance.registrar import SESSION_MEMBERS
from conformance.targets import INSTANCES, NAMED_INSTANCES, PATIENCE, POLICY
from conformance.values import Reference


@dataclass(frozen=True, kw_only=True)
class Known:
    """A kind of thing and what is inside it; ``inside`` None: nobody can say before it is played."""

    kind: str
    inside: Mapping[str, Known] | None


LEAF: Final = Known(kind="value", inside={})
OPEN: Final = Known(kind="value", inside=None)
ACTION: Final = Known(kind="action", inside=dict.fromkeys(ACTION_MEMBERS, LEAF))
PERSON: Final = Known(kind="person", inside=dict.fromkeys(MEMBERS, OPEN))
ANSWER: Final = Known(kind="answer", inside={"kind": LEAF, "status": LEAF, "body": OPEN})
TARGET: Final = Known(
    kind="target",
    inside={
        **dict.fromkeys(PATIENCE, Known(kind="patience", inside={})),
        INSTANCES: Known(kind="list of instances", inside=dict.fromkeys(NAMED_INSTANCES, LEAF)),
        "policy": Known(kind="policy", inside=dict.fromkeys(POLICY, LEAF)),
    },
)
LOGIN: Final = Known(kind="login", inside=dict.fromkeys(LOGIN_MEMBERS, LEAF))
FORM: Final = Known(
    kind="form", inside={**dict.fromkeys(FORM_MEMBERS, OPEN), "kind": LEAF, "status": LEAF, "body": OPEN}
)
SESSION: Final = Known(kind="session", inside=dict.fromkeys(SESSION_MEMBERS, LEAF))
_GIVEN: Final = {"session": SESSION, "person": PERSON, "answer": ANSWER, "login": LOGIN, "form": FORM}


def record_known(roles: list[str]) -> Known:
    """A record with people in these roles."""
    inside: dict[str, Known] = {**dict.fromkeys(RECORD_IDS, LEAF), **dict.fromkeys(ACTIONS, ACTION)}
    inside.update(dict.fromkeys(roles, PERSON))
    return Known(kind="record", inside=inside)


def given_by(kind: str, roles: list[str]) -> Known:
    """What ``as`` names after a verb that gives this kind."""
    if kind == "record":
        return record_known(roles)
    return _GIVEN.get(kind, Known(kind=kind, inside={}))


def lead(reference: Reference, names: Mapping[str, Known]) -> Known | str:
    """What a reference leads to, or the complaint when it leads nowhere."""
    if reference.name not in names:
        return f"nothing is named '${reference.name}' here.{did_you_mean(reference.name, names)}"
    found = names[reference.name]
    for part in reference.path:
        if found.inside is None:
            return OPEN
        if part not in found.inside:
            a = "an" if found.kind[0] in "aeiou" else "a"
            return f"{reference}: {a} {found.kind} has no '{part}'.{did_you_mean(part, found.inside)}"
        found = found.inside[part]
    return found
