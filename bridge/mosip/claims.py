"""What a credential says, as far as it may be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.reading import JSON


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Issuer and subject (URLs, None where none or several are named), and the subject's text attributes.

    ``unsigned`` are attributes that stand in the JSON but not in what was signed: they count for nothing.
    """

    issuer: str | None
    subject: str | None
    values: Mapping[str, str] = field(repr=False)
    unsigned: frozenset[str] = frozenset()


def claims_of(document: Mapping[str, JSON]) -> Claims:
    """Claims as the JSON has them: for a document whose whole text was signed, or that nobody had to sign."""
    subject = document.get("credentialSubject")
    members = subject if isinstance(subject, dict) else {}
    return Claims(
        issuer=_url(document.get("issuer")),
        subject=_url(members),
        values={name: value for name, value in members.items() if isinstance(value, str) and name != "id"},
    )


def _url(value: JSON | None) -> str | None:
    named = value.get("id") if isinstance(value, dict) else value
    return named if isinstance(named, str) and named else None
