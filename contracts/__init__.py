"""JSON Schema of every message on every hop, with examples, source and grade of truth, and the error codes.

Data: ``schemas/<party>/<message>.json``, ``examples/<party>/<message>/``, ``errors/<party>.json``. One loader
serves every room: ``contracts.violations("mosip/create-packet.request", body)``. Imports nothing of ours.
"""

from contracts.catalogue import ErrorCode, error_codes
from contracts.loader import GRADES, ID_PREFIX, Contract, UnknownContractError, contract, names
from contracts.samples import Example, example, examples
from contracts.validation import Violation, fast_validator, validator, violations

__all__ = [
    "GRADES",
    "ID_PREFIX",
    "Contract",
    "ErrorCode",
    "Example",
    "UnknownContractError",
    "Violation",
    "contract",
    "error_codes",
    "example",
    "examples",
    "fast_validator",
    "names",
    "validator",
    "violations",
]
