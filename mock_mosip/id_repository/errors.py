"""Error codes of the ID repository. (mosip/id-repository: IdRepoErrorConstants.java)"""

from __future__ import annotations

from mock_mosip.wrappers import Fault, fault

NO_RECORD = fault("IDR-IDC-007")


def handle_exists(handles: frozenset[str]) -> Fault:
    """A handle (``value@type``) that another identity has; only its type is told."""
    kinds = ", ".join(sorted(each.rpartition("@")[2] for each in handles))
    return fault("IDR-IDC-014", handle=kinds)


class IdRepositoryError(Exception):
    """The repository refuses; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault
