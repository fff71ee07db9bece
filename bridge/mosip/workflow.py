"""workflowinstance of MOSIP's workflow manager (mosip/registration: workflow-manager-service)."""

from __future__ import annotations

from bridge.http import Reply, Upstream
from bridge.mosip.auth import Guarded, MosipTokens
from bridge.settings import Settings


class WorkflowManager:
    """Starts the processing of a stored packet: done only when ``response.workflowInstanceId`` came back."""

    def __init__(self, guarded: Guarded) -> None:
        self._guarded = guarded

    @classmethod
    def of(cls, settings: Settings, tokens: MosipTokens) -> WorkflowManager:
        """As the settings say."""
        upstream = Upstream.of(settings, party="workflow", url=settings.mosip_process_packet_url)
        return cls(Guarded(tokens=tokens, upstream=upstream))

    def create_instance(self, body: bytes) -> Reply:
        """POST what bridge.packets.workflow_body made; without a token the Reply is auth_manager's."""
        return self._guarded.call("POST", body)
