"""createPacket of MOSIP's packet manager (mosip/packet-manager: commons-packet-service)."""

from __future__ import annotations

from bridge.http import Reply, Upstream
from bridge.mosip.auth import Guarded, MosipTokens
from bridge.settings import Settings


class PacketManager:
    """Stores packets. A 200 says nothing: only a non-empty list as ``response`` is a packet."""

    def __init__(self, guarded: Guarded) -> None:
        self._guarded = guarded

    @classmethod
    def of(cls, settings: Settings, tokens: MosipTokens) -> PacketManager:
        """As the settings say."""
        upstream = Upstream.of(settings, party="packet_manager", url=settings.mosip_create_packet_url)
        return cls(Guarded(tokens=tokens, upstream=upstream))

    def create_packet(self, body: bytes) -> Reply:
        """PUT what bridge.packets.packet_body made; without a token the Reply is auth_manager's."""
        return self._guarded.call("PUT", body)
