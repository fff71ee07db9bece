"""What may be advertised, and what is refused with words."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sandbox.addresses import parse_advertised
from sandbox.box import Sandbox
from sandbox.cli import main
from sandbox.errors import SandboxError

WRONG = {
    "harness.example": "scheme and host are needed",
    "ftp://harness.example": "scheme and host are needed",
    "https://": "scheme and host are needed",
    "http://harness.example:99999": "that is no URL",
    "http://[half": "that is no URL",
    "http://harness.example:8080": "leave the port away: each mock keeps its own",
    "http://harness.example:": "leave the port away",
    "https://harness.example/mocks": "leave out what follows the host",
    "https://harness.example?a=b": "leave out what follows the host",
    "https://harness.example/?": "leave out what follows the host",
    "https://harness.example#": "leave out what follows the host",
    "http://user:word@harness.example": "a user or password has no place in it",
    "http://[::1]": "IPv4 only",
    "http://0.0.0.0": "nobody can be reached at 0.0.0.0",
    "http://224.0.0.1": "nobody can be reached at 224.0.0.1",
    "http://127.1": "neither a host name nor an IPv4 address",
    "http://256.1.1.1": "neither a host name nor an IPv4 address",
    "http://-dash.example": "neither a host name nor an IPv4 address",
    "http://two..dots": "neither a host name nor an IPv4 address",
    "http://with space": "neither a host name nor an IPv4 address",
    f"http://{'a' * 64}.example": "neither a host name nor an IPv4 address",
    "http://bücher.example": "in ASCII",
    "https://mosip.prod.example": "'prod' in mosip.prod.example looks like production",
    "https://live.example": "looks like production",
}


@pytest.mark.parametrize(("text", "url"), [
    ("http://host.docker.internal", "http://host.docker.internal"),
    ("https://Harness.Example/", "https://harness.example"),
    ("https://harness.example.", "https://harness.example"),
    ("http://my_service", "http://my_service"),
    ("https://192.0.2.7", "https://192.0.2.7"),
    ("https://olive.example", "https://olive.example"),
])  # fmt: skip
def test_scheme_and_host_are_enough(text: str, url: str) -> None:
    advertised = parse_advertised(text)
    assert advertised.url == url
    assert advertised.at(20240) == f"{url}:20240"
    assert not advertised.is_this_machine


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "harness.localhost"])
def test_this_machine_itself(host: str) -> None:
    assert parse_advertised(f"https://{host}").is_this_machine


@pytest.mark.parametrize("text", WRONG)
def test_what_it_says_of_another(text: str) -> None:
    with pytest.raises(SandboxError, match=WRONG[text]):
        parse_advertised(text)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(SandboxError) as refused:
        parse_advertised("http://user:hush-hush@harness.example")
    assert "hush-hush" not in str(refused.value)


@pytest.mark.parametrize("command", [["up"], ["conform"], ["target", "check"]])
def test_the_command_line_says_so_before_anything_starts(command: list[str]) -> None:
    answer = CliRunner().invoke(main, [*command, "--advertise", "http://harness.example:8080"])
    assert answer.exit_code == 2
    assert "leave the port away" in answer.output


def test_python_says_so_before_anything_starts(tmp_path) -> None:
    with pytest.raises(SandboxError, match="scheme and host are needed"):
        Sandbox(state_dir=tmp_path, advertise="nonsense")
    assert list(tmp_path.iterdir()) == []
