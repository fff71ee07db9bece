"""What can be true or not. Each check is a small class; the modules beside this one make the registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.checks import forms, log, people, records, wire
from conformance.grammar.base import Check

CHECKS: Final[Mapping[str, Check]] = {
    check.name: check for check in (*wire.CHECKS, *forms.CHECKS, *records.CHECKS, *people.CHECKS, *log.CHECKS)
}
