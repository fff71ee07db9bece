"""Calls by which a target is controlled and looked into: commands of whoever keeps it, or addresses.

What fails here says nothing of the bridge, so it is an error of the harness, with what to do about it.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote

import requests

from conformance.parties import HarnessError

INSTANCE: Final = "{instance}"
COMMAND_TIMEOUT_S: Final = 60.0
ASK_TIMEOUT: Final = (1.0, 2.0)
URL_TIMEOUT: Final = (2.0, 30.0)
LONGEST: Final = 64 * 1024 * 1024
"""Of an answer, in bytes."""
WORDS_SHOWN: Final = 300
NO_QUERY: Final[Mapping[str, str]] = {}
UNAVAILABLE: Final = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance of a bridge: its name in the target file, its address without a slash at the end.

    ``verify``: whose certificate is believed there, as requests takes it.
    """

    name: str
    url: str
    verify: str | bool = True

    def answers(self) -> bool:
        """Whether anything answers at its address, whatever it says."""
        try:
            requests.get(self.url, timeout=ASK_TIMEOUT, verify=self.verify)
        except requests.RequestException:
            return False
        return True


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a call said: its standard output with what it complained of, or the body; None for a command."""

    content: bytes
    status: int | None = None


class CallFailedError(HarnessError):
    """A call came to nothing; ``status``: what was answered, None where nothing was."""

    def __init__(self, words: str, *, status: int | None = None) -> None:
        self.status = status
        super().__init__(words)

    @property
    def unavailable(self) -> bool:
        """Whether whoever answered said that the bridge is not there now."""
        return self.status in UNAVAILABLE


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call; ``what`` is its place in the target file, as ``process.kill``.

    ``command`` is run without a shell. ``url`` is an address, or a path below that of the instance; the
    bearer token in ``token_file`` goes with it. ``{instance}`` is filled in, in both.
    """

    what: str
    command: str | None = None
    url: str | None = None
    method: str = "GET"
    token_file: Path | None = None

    @property
    def place(self) -> str:
        """What is called, for people: a command may hold a secret, so only its program is named."""
        if self.command is None:
            return f"{self.method} {self.url}"
        return f"command {next(iter(shlex.split(self.command)), '')}"

    def of_each_instance(self) -> bool:
        """Whether it is another call for each instance."""
        return INSTANCE in (self.command or self.url or "")

    def ask(
        self, instance: Instance, *, query: Mapping[str, str] = NO_QUERY, token: str | None = None
    ) -> Answer:
        """What it says; ``token`` goes instead of the file's. Raises CallFailedError unless it succeeds."""
        answer = self.attempt(instance, query=query, token=token)
        status = answer.status
        if status is not None and not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise CallFailedError(
                f"the target's {self.what} answered {status}: {_advice(status, self.what)}",
                status=status,
            )
        return answer

    def attempt(
        self, instance: Instance, *, query: Mapping[str, str] = NO_QUERY, token: str | None = None
    ) -> Answer:
        """What it says, whatever its status. Raises CallFailedError: nothing answers, or a command fails."""
        if self.command is not None:
            return Answer(content=self._output(self.command, instance))
        return self._fetched(instance, query, token)

    def token(self) -> str | None:
        """The bearer token, None where the file names none. Raises CallFailedError when it can't be read."""
        if self.token_file is None:
            return None
        try:
            return self.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CallFailedError(
                f"{self.what}.token_file {self.token_file} can't be read ({type(error).__name__}): "
                "its path counts from the target file's folder"
            ) from error

    def _output(self, command: str, instance: Instance) -> bytes:
        words = [part.replace(INSTANCE, instance.name) for part in shlex.split(command)]
        try:
            # The commands are the user's own, of the user's own target file.
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CallFailedError(
                f"the target's command {self.what} can't be run: {type(error).__name__}; try it by hand, "
                "it is run without a shell, in the folder where you are"
            ) from error
        if done.returncode != 0:
            said = done.stdout.decode("utf-8", errors="replace").strip()[-WORDS_SHOWN:]
            raise CallFailedError(
                f"the target's command {self.what} ended with {done.returncode}, try it by hand: {said}"
            )
        return done.stdout

    def _fetched(self, instance: Instance, query: Mapping[str, str], token: str | None) -> Answer:
        bearer = token if token is not None else self.token()
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        try:
            with requests.request(
                self.method,
                self.address(instance),
                params=dict(query),
                headers=headers,
                timeout=URL_TIMEOUT,
                # What is elsewhere has a certificate that anybody believes.
                verify=instance.verify if self._is_below(instance) else True,
                stream=True,
            ) as answer:
                content = answer.raw.read(LONGEST + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise CallFailedError(
                f"the target's {self.what} does not answer ({type(error).__name__}): "
                f"look at its url in the target file, and whether something listens there"
            ) from error
        if len(content) > LONGEST:
            raise CallFailedError(f"the target's {self.what} says more than {LONGEST} bytes: show less there")
        return Answer(content=content, status=answer.status_code)

    def _is_below(self, instance: Instance) -> bool:
        return self.address(instance).startswith(f"{instance.url}/")

    def address(self, instance: Instance) -> str:
        """Where a call by URL goes; raises ValueError for a command."""
        if self.url is None:
            raise ValueError(f"{self.what} is a command")
        url = self.url.replace(INSTANCE, quote(instance.name, safe=""))
        return url if "://" in url else instance.url + url


def _advice(status: int, what: str) -> str:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"{what} needs a token_file with a token that is good there"
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return f"look at {what}.url and its method in the target file"
    return "look into the log of what answers there"
