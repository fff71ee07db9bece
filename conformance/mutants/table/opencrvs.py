"""What an OpenCRVS may break that the bridge can't mend."""

from __future__ import annotations

from functools import partial
from typing import Final

from conformance.mutants.table.entry import IDENTIFIER, LOST, MOCKS_FORM, OUTCOME, Mutant, mutant

_opencrvs: Final = partial(mutant, party="opencrvs")

MUTANTS: Final[tuple[Mutant, ...]] = (
    _opencrvs(
        "takes_an_accept_and_forgets_it",
        "Says yes to a confirmation, and the record waits for ever",
        ("birth-happy", OUTCOME),
        ("birth-happy", LOST),
        ("death-happy", OUTCOME),
    ),
    _opencrvs(
        "takes_a_reject_and_forgets_it",
        "Says yes to a rejection, and the registrar hears nothing",
        ("birth-packet-permanent-rejection", OUTCOME),
        ("birth-packet-permanent-rejection", LOST),
    ),
    _opencrvs(
        "drops_what_comes_with_an_accept",
        "Registers the child and loses its number",
        ("birth-happy", IDENTIFIER),
    ),
    _opencrvs(
        "tells_of_records_in_a_form_of_its_own",
        "Calls the tracking id by another name",
        ("birth-happy", MOCKS_FORM),
    ),
)
