"""What a MOSIP may break that the bridge can't mend."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from conformance.mutants.table.entry import (
    BLAMED,
    EFFECTS,
    IDENTIFIER,
    IDENTITY,
    MOCKS_FORM,
    OUTCOME,
    SERVED,
    SHOWN,
    TWICE,
    Mutant,
    each_row,
    mutant,
)

_DOUBTED: Final = "fail: must_not answer"
"""A bridge that does not believe a genuine hub, or a hub that gives it no reason to."""
_mosip: Final = partial(mutant, party="mosip")


def _both(scenario: str, *findings: str) -> Iterable[tuple[str, str]]:
    return each_row(scenario, ("vid", "uin"), findings)


MUTANTS: Final[tuple[Mutant, ...]] = (
    _mosip(
        "mints_two_identities_for_one_packet",
        "Gives one child two numbers",
        ("birth-happy", EFFECTS),
        ("birth-happy", TWICE),
    ),
    _mosip(
        "begins_again_under_a_rid_it_has",
        "Takes a registration that it has for a new one",
        ("birth-workflow-already-present[504]", EFFECTS),
        ("birth-workflow-already-present[504]", TWICE),
    ),
    _mosip(
        "delivers_without_a_signature",
        "Sends credentials that anybody may have written",
        *each_row("websub-schema-surprise", ("unknown-type",), (_DOUBTED, OUTCOME)),
    ),
    _mosip(
        "signs_other_bytes_than_it_sends",
        "Signs what it would have written, so that no signature fits",
        *each_row("websub-schema-surprise", ("unknown-type",), (_DOUBTED, OUTCOME)),
    ),
    _mosip(
        "issues_somebody_elses_credential",
        "Tells the bridge the number of another person",
        ("birth-happy", IDENTIFIER),
    ),
    _mosip(
        "makes_a_person_of_each_death",
        "Makes an identity for the dead, whatever number the packet names",
        ("death-happy", EFFECTS),
        *each_row("death-mints-no-identity", ("strict", "lenient"), (EFFECTS,)),
    ),
    _mosip(
        "flags_whatever_is_agreed",
        "Leaves the identity of the dead as it was, in a country that wants it ended",
        *_both("death-then-auth-refused", IDENTITY),
    ),
    _mosip(
        "knows_no_child_again",
        "Gives the child of two districts two numbers",
        ("same-child-two-certificates", OUTCOME),
    ),
    _mosip(
        "takes_every_child_for_an_infant",
        "Mints for a child of school age, whom it should have seen",
        ("child-eligible-here-not-an-infant-there[mosip.credential.issue]", EFFECTS),
    ),
    _mosip(
        "says_yes_to_everybody",
        "IDA compares nothing of what it is asked",
        *each_row("verify-name-mismatch", ("name", "born"), (SHOWN, *BLAMED)),
    ),
    _mosip(
        "serves_the_dead",
        "IDA stands for who is dead",
        *_both("death-then-auth-refused", SERVED),
    ),
    _mosip(
        "answers_packets_in_a_form_of_its_own",
        "Tells of a packet as no version of packet manager does",
        ("birth-happy", MOCKS_FORM),
    ),
)
