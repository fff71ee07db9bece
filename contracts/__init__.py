"""JSON Schema of every message on every hop, with its examples, source and grade of truth.

One loader serves every room: ``contracts.validator("mosip/create-packet.request")``. Imports nothing of ours.
"""

from contracts.loader import (
    Contract,
    UnknownContractError,
    Violation,
    contract,
    names,
    validator,
    violations,
)

__all__ = [
    "Contract",
    "UnknownContractError",
    "Violation",
    "contract",
    "names",
    "validator",
    "violations",
]
