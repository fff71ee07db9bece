"""What can go wrong while a packet is made. (mosip/packet-manager: commons-packet-manager/exception)"""

from __future__ import annotations

from mock_mosip.wrappers import fault

NO_PROVIDER = fault("KER-PUT-006")


class NoProviderError(LookupError):
    """No packet writer is configured for this source and process: the one failure that the service tells."""


class PacketCreationError(ValueError):
    """Anything else that goes wrong while a packet is made; the service logs it and answers null."""
