"""ID_READER: a QR code, held before the camera, as data of the form; its other method is the LINK_BUTTON.

Source: opencrvs-core packages/components/src/IdReader/readers/QrReader/Scanner.tsx. Whatever JSON a code
holds is taken as it is from 1.9 on; forms of 1.8 want five texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mock_opencrvs.desk.reading import UnreadableError, member, read_json
from mock_opencrvs.desk.version import FormVersion
from mock_opencrvs.values import JSON, JSONObject

METHODS = ("QR_READER", "LINK_BUTTON")
MOST_BYTES = 2953  # of a QR code of version 40, ISO/IEC 18004
TEXTS_1_8 = ("firstName", "familyName", "gender", "birthDate", "nid")
ScanError = Literal["parse", "invalid"]


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """The reader's value ``{"data": …}``, or None with the error that is shown instead."""

    value: JSONObject | None = None
    error: ScanError | None = None

    @property
    def data(self) -> JSON:
        """What was read, None when nothing was."""
        return None if self.value is None else self.value["data"]


def scan(text: str, version: FormVersion) -> Scanned:
    """What comes of a code that holds ``text``; an empty one is not noticed at all."""
    if not text:
        return Scanned()
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return Scanned(error="parse")
    try:
        data = read_json(text.encode("utf-8", "surrogatepass"))
    except UnreadableError:
        return Scanned(error="parse")
    if version == "1.8" and not all(isinstance(member(data, name), str) for name in TEXTS_1_8):
        return Scanned(error="invalid")
    return Scanned(value={"data": data})
