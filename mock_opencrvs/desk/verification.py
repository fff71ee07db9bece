"""How well a person is known to be who they say, what the form shows of it, and what it locks.

VERIFICATION_STATUS (1.9 on) reads the status from user info or a QR code; before, in 1.8, a hidden field
computed it and an ID_VERIFICATION_BANNER showed it.
Source: opencrvs/opencrvs-farajaland src/events/mosip.ts; opencrvs/mosip packages/country-config/src/forms.ts
and opencrvs-core IDVerificationBanner.tsx (1.8).
"""

from __future__ import annotations

from mock_opencrvs.desk.http_component import HttpValue
from mock_opencrvs.desk.reading import member
from mock_opencrvs.desk.version import FormVersion
from mock_opencrvs.values import JSON

STATUSES = ("verified", "authenticated", "failed", "pending")
FAILED_FETCH = "failedFetchIdDetails"
BANNERS_1_8 = ("verified", "failed", "authenticated", FAILED_FETCH)
LOCKING = frozenset({"pending", "verified", "authenticated"})


def status_of(http: HttpValue | None, read: JSON) -> str | None:
    """The status from 1.9 on: what the call's data says, else what the QR code says; None for neither.

    Data that is a text, as /verify answers, is the status itself.
    """
    called = http.data if http is not None else None
    said = called if isinstance(called, str) else member(called, "verificationStatus")
    for status in (said, member(read, "verificationStatus")):
        if status in STATUSES:
            return str(status)
    return None


def status_of_1_8(http: HttpValue | None, read: JSON) -> str | None:
    """The status as the hidden field of 1.8 computes it: a scan goes before a login."""
    if read is not None:
        return "pending"
    if http is None:
        return None
    if http.error is not None:
        return FAILED_FETCH
    return "authenticated" if http.data else None


def banner_of(status: str | None, version: FormVersion) -> str | None:
    """The banner that is shown for a status; 1.8 has none for ``pending``."""
    known = BANNERS_1_8 if version == "1.8" else STATUSES
    return status if status in known else None


def is_locked(status: str | None) -> bool:
    """Whether the person's fields can't be changed until the verification is taken away."""
    return status in LOCKING
