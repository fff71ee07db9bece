"""Several instances that share the work badly."""

from __future__ import annotations

from typing import Final

from conformance.mutants.table.entry import OUTCOME, TWICE, Mutant, mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    mutant(
        "keeps_a_store_of_its_own",
        "Has a store for each instance, as a container's own disk would be",
        ("websub-two-instances[the-other-1]", OUTCOME),
        ("birth-duplicate-to-two-instances", TWICE),
        instances=2,
    ),
    mutant(
        "leaves_the_dead_their_work",
        "Waits until the lease of an instance that has died runs out",
        ("res-two-instances[mosip.packet_manager.create_packet]", OUTCOME),
        ("res-two-instances[mosip.workflow.create_instance]", OUTCOME),
        instances=2,
    ),
)
