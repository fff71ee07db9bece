"""Mistakes at the door of verification."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import (
    ANSWER,
    BLAMED,
    FIELD,
    RECORD,
    SHOWN,
    UNBOUNDED,
    Mutant,
    each_row,
    mutant,
)

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "calls_every_failure_failed",
        "Tells the citizen that they have failed when IDA has said nothing of them",
        *each_row(
            "verify-ida-technical-error", ("technical-error", "refused-partner", "other-clock"), BLAMED
        ),
        *each_row("verify-ida-down", ("server-error", "reset"), BLAMED),
    ),
    mutant(
        "verifies_everybody",
        "Takes an answer of IDA for a yes",
        *each_row("verify-name-mismatch", ("name", "born"), (SHOWN, *BLAMED)),
        *each_row("verify-unknown-nid", ("uin", "vid"), (SHOWN, *BLAMED)),
        ("verify-uin-not-indexed-yet", SHOWN),
    ),
    mutant(
        "verifies_nobody",
        "Takes no answer of IDA for a yes",
        *(("verify-happy", finding) for finding in (SHOWN, *BLAMED)),
    ),
    mutant(
        "breaks_down_at_a_mismatch",
        "Treats who is somebody else as trouble, so that nobody can declare",
        *(("verify-name-mismatch[name]", finding) for finding in (*BLAMED, RECORD)),
    ),
    mutant(
        "says_not_what_differs",
        "Lets the registrar guess which of the answers was wrong",
        *each_row("verify-name-mismatch", ("name", "born"), ("warning: should answer",)),
    ),
    mutant(
        "sends_every_number_as_a_uin",
        "Asks IDA for a VID as if it were a UIN",
        ("verify-vid-instead-of-uin", FIELD),
    ),
    mutant(
        "leaves_middle_names_out",
        "Asks IDA for first and last name only",
        ("verify-middle-name[three]", FIELD),
    ),
    mutant(
        "wants_two_names",
        "Refuses to ask for a person of one name",
        ("verify-middle-name[one]", FIELD),
    ),
    mutant(
        "remembers_what_it_was_told",
        "Asks IDA once about each number, and believes it for ever",
        ("verify-uin-not-indexed-yet", SHOWN),
        ("verify-uin-not-indexed-yet", FIELD),
    ),
    mutant(
        "waits_for_ida_for_ever",
        "Lets form and country configuration give up before it does",
        ("verify-ida-down[hangs]", ANSWER),
        ("verify-ida-down[hangs]", UNBOUNDED),
        patience_s=12,
    ),
)
