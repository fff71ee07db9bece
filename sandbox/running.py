"""The parties of a sandbox as its users see them, whoever keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.bridge_process import BridgeProcess
from sandbox.instances import FIRST
from sandbox.layout import Layout, StateDir
from sandbox.reach import Reach
from sandbox.record import require_running
from sandbox.routes import BridgeRoutes
from sandbox.settings_files import own_environment, reference_environment, trust_environment

if TYPE_CHECKING:
    from mock_control.client import AdminClient


class Parties:
    """The parties as a user of a sandbox sees them; `bridge` is None when the sandbox does not control it."""

    layout: Layout
    bridge: BridgeProcess | None = None

    @property
    def urls(self) -> Mapping[str, str]:
        """The address of each party by its name, as this machine reaches it, without a slash at the end."""
        return self.layout.urls

    @property
    def reach(self) -> Reach:
        """How to get from here to what is advertised."""
        pairs = ((self.layout.advertised[party], url) for party, url in self.urls.items())
        return Reach(
            local={advertised: url for advertised, url in pairs if advertised != url},
            bundle=self.layout.trust.bundle,
        )

    @cached_property
    def mosip(self) -> AdminClient:
        """The admin client of the MOSIP mock."""
        return self._admin("mosip")

    @cached_property
    def esignet(self) -> AdminClient:
        """The admin client of the E-Signet mock."""
        return self._admin("esignet")

    @cached_property
    def opencrvs(self) -> AdminClient:
        """The admin client of the OpenCRVS mock."""
        return self._admin("opencrvs")

    @property
    def instances(self) -> Mapping[str, str]:
        """The address of each instance of the bridge by its name; the first is the one that is asked."""
        return {FIRST: self.urls["bridge"]}

    @property
    def bridges(self) -> Mapping[str, BridgeProcess]:
        """Every instance of the bridge that is controlled here, by its name."""
        return {}

    @property
    def routes(self) -> BridgeRoutes:
        """Where the bridge has its doors, as the parties know it."""
        return self.layout.routes

    def log_path(self, party: str) -> Path:
        """The file with what a party that we started has printed."""
        return self.layout.state.log(party)

    def env_for_bridge(self) -> dict[str, str]:
        """What points a bridge at this sandbox: the reference implementation's variables, then ours."""
        return {
            **reference_environment(self.layout),
            **own_environment(self.layout),
            **trust_environment(self.layout),
        }

    def _admin(self, party: str) -> AdminClient:
        from mock_control.client import AdminClient

        trusted = self.layout.trust.authority
        return AdminClient(self.urls[party], self.layout.secrets.admin_token, ca_file=trusted)


class RunningSandbox(Parties):
    """A sandbox that another process keeps, found by its state directory.

    Raises SandboxError when none runs there.
    """

    def __init__(self, state_dir: Path) -> None:
        state = StateDir.at(state_dir)
        record = require_running(state)
        self.layout = Layout.of(
            state,
            record.urls,
            advertised=record.advertised,
            trust=record.trust,
            seed=record.seed,
            country=record.country,
            routes=record.routes,
        )
