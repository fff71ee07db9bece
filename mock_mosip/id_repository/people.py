"""People whom a scenario wants MOSIP to know, or not to know."""

from __future__ import annotations

from mock_control import JSON, Refusal
from mock_mosip.id_repository.service import IdRepository
from mock_mosip.id_repository.state import ACTIVATED, DEACTIVATED, Identity

STATES = ("active", "deactivated", "absent")


class People:
    """Takes the people of the admin API in, each completed with ``uin`` and ``vid``.

    A person ``at`` ``id_repository`` ``absent`` gets numbers that obey the rules and that MOSIP doesn't know.
    """

    def __init__(self, repository: IdRepository) -> None:
        self._repository = repository

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
        uin, vid = self._repository.draw_numbers(f"of {person.get('id')} {name} {born}", None)
        if state != "absent":
            active = state == "active"
            self._repository.identities.put(
                Identity(
                    uin=uin,
                    vid=vid,
                    rid=None,
                    status=ACTIVATED if active else DEACTIVATED,
                    vid_status="ACTIVE" if active else DEACTIVATED,
                    name=name,
                    born=born,
                    gender=gender,
                )
            )
        return {**person, "uin": uin, "vid": vid}


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
