"""Where things are: folders of a state directory and the addresses of the parties."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.country import DEFAULT_COUNTRY
from sandbox.files import make_private_folder
from sandbox.keys import Keys, Secrets, ensure_keys
from sandbox.routes import DEFAULT_ROUTES, BridgeRoutes
from sandbox.trust import USUAL, Trust

DEFAULT_STATE_DIR: Final = Path(".harness")


@dataclass(frozen=True, kw_only=True)
class StateDir:
    """A state directory: keys and secrets stay, what the parties remember begins anew at each start."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> StateDir:
        return cls(root=path.resolve())

    @property
    def record(self) -> Path:
        return self.root / "sandbox.json"

    @property
    def lock(self) -> Path:
        return self.root / "sandbox.lock"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def bundle(self) -> Path:
        """Beside the keys, so that it is still there for a bridge that outlives a sandbox."""
        return self.keys / "trust.pem"

    def log(self, party: str) -> Path:
        return self.root / "logs" / f"{party}.log"

    def settings(self, party: str) -> Path:
        return self.root / "settings" / f"{party}.json"

    def memory(self, party: str) -> Path:
        """The folder for what a party has to remember, as it is from start to stop."""
        return self.root / "state" / party

    def make(self) -> None:
        """Makes the folders; git is told to leave them alone."""
        make_private_folder(self.root)
        (self.root / ".gitignore").write_text("*\n")

    def begin(self, parties: tuple[str, ...]) -> None:
        """Empties logs and memories of an earlier run and makes the folders of this one."""
        for name in ("logs", "state", "settings"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            make_private_folder(self.root / name)
        for party in parties:
            make_private_folder(self.memory(party))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """All that the settings of the parties are made from.

    urls: by party, how this machine itself reaches it: engine, health checks, admin clients, mocks among each
        other, and the mocks the bridge; without a slash at the end
    advertised: by party, what the bridge is told and what stands in messages; the same unless `--advertise`
    trust: whom clients must believe; country: the name of a pack; routes: of the bridge
    """

    state: StateDir
    urls: Mapping[str, str]
    advertised: Mapping[str, str]
    keys: Keys
    secrets: Secrets
    seed: int = 0
    country: str = DEFAULT_COUNTRY
    routes: BridgeRoutes = DEFAULT_ROUTES
    trust: Trust = USUAL

    @classmethod
    def of(
        cls,
        state: StateDir,
        urls: Mapping[str, str],
        *,
        advertised: Mapping[str, str] | None = None,
        trust: Trust = USUAL,
        seed: int = 0,
        country: str = DEFAULT_COUNTRY,
        routes: BridgeRoutes = DEFAULT_ROUTES,
    ) -> Layout:
        keys = ensure_keys(state.root)
        return cls(
            state=state,
            urls=dict(urls),
            advertised={**urls, **(advertised or {})},
            keys=keys,
            secrets=keys.secrets(),
            seed=seed,
            country=country,
            routes=routes,
            trust=trust,
        )
