"""What the components of an OpenCRVS form come to, once the browser is back from E-Signet or a code was read.

Source: opencrvs/opencrvs-core: packages/client/src/v2-events/features/events/registered-fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.jsontypes import JSON, mapping, text
from conformance.parties import HarnessError
from conformance.problems import did_you_mean
from conformance.registrar import Answer
from conformance.values import UnknownNameError

PAGES: Final = ("mother", "father", "informant", "deceased", "spouse")
FORM_MEMBERS: Final = ("verified", "banner", "locked", "error", "fields")


@dataclass(frozen=True, kw_only=True)
class FormAnswer(Answer):
    """A page of a form after its HTTP component, or its code reader, has run.

    As an answer it is what the component got: ``body`` is the data that it keeps, its error value when the
    call failed. ``verified`` is the page's verification status; while the page is ``locked`` nothing can be
    typed in; ``error`` is what the component says went wrong, ``fields`` are the page's values by form field.
    """

    page: str
    verified: str | None
    banner: str | None
    locked: bool
    error: str | None
    fields: Mapping[str, JSON] = field(repr=False)

    def member(self, name: str) -> object:
        """What an answer has, or one of FORM_MEMBERS; raises UnknownNameError."""
        if name in FORM_MEMBERS:
            return getattr(self, name)
        known = (*FORM_MEMBERS, "kind", "status", "body")
        if name not in known:
            raise UnknownNameError(f"a form has no '{name}'.{did_you_mean(name, known)}")
        return super().member(name)


def form_answer(page: str, reply: JSON) -> FormAnswer:
    """The answer of a form command of the OpenCRVS mock; raises HarnessError for one that is none."""
    said = mapping(reply)
    status, locked, fields = said.get("status"), said.get("locked"), said.get("fields")
    if not isinstance(locked, bool) or not isinstance(fields, dict):
        raise HarnessError("the OpenCRVS mock did not say what its form shows")
    http, scanned = mapping(said.get("http")), mapping(said.get("value"))
    return FormAnswer(
        kind="http" if isinstance(status, int) else "no-answer",
        status=status if isinstance(status, int) else None,
        body=http.get("data", scanned.get("data")),
        page=page,
        verified=text(said.get("verified")),
        banner=text(said.get("banner")),
        locked=locked,
        error=text(mapping(http.get("error")).get("message")) or text(said.get("error")),
        fields=fields,
    )
