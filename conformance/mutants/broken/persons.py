"""Mistakes about whose it is, and about who is told."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import json
from datetime import date, timedelta

from bridge import opencrvs, packets
from bridge.delivery import intake

SWAPPED = {"Female": "Male", "Male": "Female"}


def _in_each_packet(change) -> None:
    outward = packets.outward_fields
    packets.outward_fields = lambda registration, **how: change(dict(outward(registration, **how)))


def tells_mosip_another_sex() -> None:
    """A table the wrong way round."""

    def other(fields):
        sexes = [{**each, "value": SWAPPED[each["value"]]} for each in json.loads(fields["gender"])]
        return {**fields, "gender": json.dumps(sexes)}

    _in_each_packet(other)


def tells_mosip_the_day_before() -> None:
    """Midnight in the capital, told in UTC."""

    def earlier(fields):
        day = date.fromisoformat(fields["dateOfBirth"].replace("/", "-")) - timedelta(days=1)
        return {**fields, "dateOfBirth": day.strftime("%Y/%m/%d")}

    _in_each_packet(earlier)


def tells_mosip_the_last_name_only() -> None:
    """Whatever stands behind the last space."""

    def short(fields):
        names = [{**each, "value": each["value"].split()[-1]} for each in json.loads(fields["fullName"])]
        return {**fields, "fullName": json.dumps(names)}

    _in_each_packet(short)


def writes_the_number_into_the_mother_too() -> None:
    """Every field that is called nid."""
    confirm = opencrvs.Events._confirm

    def twice(self, procedure, stored_token, call):
        told = call.get("declaration")
        if told:
            call = {**call, "declaration": {**told, "mother.nid": next(iter(told.values()))}}
        return confirm(self, procedure, stored_token, call)

    opencrvs.Events._confirm = twice


def takes_a_sibling_for_a_resend() -> None:
    """Whoever has the family name and the birthday is the same child."""
    take, seen = intake.Intake.take, {}

    def once(self, token, found):
        name = json.loads(found.fields["fullName"])[0]["value"].split()[-1]
        who = (name, found.fields["dateOfBirth"])
        if who not in seen:
            seen[who] = take(self, token, found)
        return seen[who]

    intake.Intake.take = once


MUTATIONS = (
    tells_mosip_another_sex,
    tells_mosip_the_day_before,
    tells_mosip_the_last_name_only,
    writes_the_number_into_the_mother_too,
    takes_a_sibling_for_a_resend,
)
