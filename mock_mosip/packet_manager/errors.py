"""Error codes of the packet manager. (mosip/packet-manager: commons-packet-manager/exception, constants)"""

from __future__ import annotations

from mock_mosip.wrappers import Fault

NO_PROVIDER = Fault(code="KER-PUT-006", message="No available provider for given source and process")

MESSAGES = {
    "KER-PUT-001": "Unknown resource provided",
    "KER-PUT-002": "Unable to Find File in Destination Folder",
    "KER-PUT-003": "Packet decryption failed",
    "KER-PUT-005": "API not accessible",
    NO_PROVIDER.code: NO_PROVIDER.message,
    "KER-PUT-010": "Failed to generate digital signature",
    "KER-PUT-013": "No Object store adapter found.",
    "KER-PUT-014": "Packet keeper exception occured.",
    "KER-PUT-018": "No available crypto service exception.",
    "KER-PUT-019": "Packet Integrity check failed.",
    "KER-PUT-025": "Invalid source or process.",
    "KER-PUT-027": "Object doesnot exists.",
    "KER-PUT-028": "Unknown Exception.",
}


class NoProviderError(LookupError):
    """No packet writer is configured for this source and process: the one failure that the service tells."""


class PacketCreationError(ValueError):
    """Anything else that goes wrong while a packet is made; the service logs it and answers null."""
