"""Error codes of the ID repository. (mosip/id-repository: IdRepoErrorConstants.java)"""

from __future__ import annotations

from mock_mosip.wrappers import Fault

NO_RECORD = Fault(code="IDR-IDC-007", message="No Record(s) found")


def handle_exists(handles: frozenset[str]) -> Fault:
    """A handle (``value@type``) that another identity has; only its type is told."""
    kinds = ", ".join(sorted(each.rpartition("@")[2] for each in handles))
    return Fault(code="IDR-IDC-014", message=f"{kinds} : Handle record already exists in DB")


class IdRepositoryError(Exception):
    """The repository refuses; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault
