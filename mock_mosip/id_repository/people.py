"""People whom a scenario wants MOSIP to know, or not to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mock_control import JSON, Refusal
from mock_mosip.id_repository.numbers import UIN_LENGTH, VID_LENGTH
from mock_mosip.id_repository.service import IdRepository
from mock_mosip.id_repository.state import ACTIVATED, DEACTIVATED, Identity

STATES = ("active", "deactivated", "absent")
LANGUAGE = "eng"

Introduce = Callable[[Identity, Mapping[str, JSON]], None]


class People:
    """Takes the people of the admin API in, each completed with ``uin`` and ``vid`` unless they have them.

    A person ``at`` ``id_repository`` ``absent`` gets numbers that obey the rules and that MOSIP doesn't know.
    ``name`` and ``gender`` are said in ``language``, English if it is not given. ``introduce`` hears of each.
    """

    def __init__(self, repository: IdRepository, introduce: Introduce | None = None) -> None:
        self._repository = repository
        self._introduce = introduce

    def add(self, people: list[JSON]) -> list[JSON]:
        """Adds people; raises Refusal for one that it can't read."""
        return [self._added(each) for each in people]

    def _added(self, person: JSON) -> JSON:
        if not isinstance(person, dict):
            raise Refusal("a person is an object")
        name, born, gender = _name(person.get("name")), _text(person, "born"), _text(person, "gender")
        at = person.get("at")
        state = at.get("id_repository", "active") if isinstance(at, dict) else "active"
        if state not in STATES:
            raise Refusal("at.id_repository is none of the states", near=STATES)
        drawn = self._repository.draw_numbers(f"of {person.get('id')} {name} {born}", None)
        active = state != "deactivated"
        identity = Identity(
            uin=_number(person, "uin", UIN_LENGTH) or drawn[0],
            vid=_number(person, "vid", VID_LENGTH) or drawn[1],
            rid=None,
            status=ACTIVATED if active else DEACTIVATED,
            vid_status="ACTIVE" if active else DEACTIVATED,
            name=name,
            born=born,
            gender=gender,
            attributes=_attributes(person, name, gender),
        )
        if self._introduce is not None:
            self._introduce(identity, person)
        if state != "absent":
            self._repository.identities.put(identity)
        return {**person, "uin": identity.uin, "vid": identity.vid}


def _attributes(person: dict[str, JSON], name: str | None, gender: str | None) -> dict[str, JSON]:
    """What a packet would have told of the person, by the names of the id schema."""
    language = _text(person, "language") or LANGUAGE
    in_language = {"fullName": name, "gender": gender}
    plain = {each: _text(person, each) for each in ("phone", "email")}
    return {
        **{key: [{"language": language, "value": text}] for key, text in in_language.items() if text},
        **{key: text for key, text in plain.items() if text},
    }


def _number(person: dict[str, JSON], member: str, length: int) -> str | None:
    text = _text(person, member)
    if text is not None and not (len(text) == length and text.isascii() and text.isdigit()):
        raise Refusal(f"{member} of a person must have {length} digits")
    return text


def _text(person: dict[str, JSON], member: str) -> str | None:
    value = person.get(member)
    if value is not None and not isinstance(value, str):
        raise Refusal(f"{member} of a person must be text")
    return value


def _name(name: JSON) -> str | None:
    if isinstance(name, dict):
        parts = (name.get(each) for each in ("first", "middle", "last"))
        return " ".join(str(each) for each in parts if each) or None
    if name is None or isinstance(name, str):
        return name
    raise Refusal("name of a person must be text, or first, middle and last")
