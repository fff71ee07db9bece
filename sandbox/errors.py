"""What can go wrong with the sandbox itself; the command line answers these with exit status 3."""

from __future__ import annotations


class SandboxError(Exception):
    """The environment does not let the sandbox run. The text is complete: what happened and what to do."""


class AskedWronglyError(SandboxError):
    """What was asked for can't be, whatever the environment: the command line answers with exit status 2."""


class PortTakenError(SandboxError):
    """A port that was asked for belongs to somebody else. `port` says which."""

    def __init__(self, message: str, *, port: int) -> None:
        super().__init__(message)
        self.port = port


class PartyDiedError(SandboxError):
    """A party's main process ended although nobody asked it to."""
