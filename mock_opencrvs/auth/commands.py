"""What may befall the auth service while it runs: tokens refused, a new key, secrets refreshed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_control import Control, Refusal, Reset
from mock_opencrvs.auth.service import AuthService
from mock_opencrvs.values import JSON


@dataclass(frozen=True)
class AuthCommands:
    """The commands of one auth service; a full reset undoes what they did, but for refused tokens."""

    auth: AuthService

    def declare(self, control: Control) -> None:
        """Offers them."""
        control.command(
            "opencrvs.invalidate_token", self.invalidate, help="the gateway refuses this token from now on"
        )
        control.command(
            "opencrvs.rotate_key",
            self.rotate_key,
            help="tokens are signed with a new key, and those of the old one refused {back?: true undoes it}",
        )
        control.command(
            "opencrvs.refresh_secret",
            self.refresh_secret,
            help="system clients get a secret that nobody knows {back?: true undoes it} → {clients}",
        )
        control.on_reset(self.forget)

    def invalidate(self, arguments: Mapping[str, JSON]) -> JSON:
        """Refuses one token; raises Refusal."""
        token = arguments.get("token")
        if not isinstance(token, str):
            raise Refusal("token must be a text")
        self.auth.invalidate(token)
        return {}

    def rotate_key(self, arguments: Mapping[str, JSON]) -> JSON:
        """Signs with a new key, or with the configured one again; raises Refusal."""
        self.auth.tokens.rotate(back=_back(arguments))
        return {}

    def refresh_secret(self, arguments: Mapping[str, JSON]) -> JSON:
        """Gives system clients another secret, or their own again; raises Refusal."""
        return {"clients": [*self.auth.refresh_secrets(back=_back(arguments))]}

    def forget(self, reset: Reset) -> None:
        """Sets right what was changed for everybody, when everything is forgotten."""
        if reset.scenario is None:
            self.auth.tokens.rotate(back=True)
            self.auth.refresh_secrets(back=True)


def _back(arguments: Mapping[str, JSON]) -> bool:
    if set(arguments) - {"back"}:
        raise Refusal("only back may be said", near=["back"])
    return arguments.get("back") is True
