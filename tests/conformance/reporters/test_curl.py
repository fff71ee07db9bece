"""The line that sends an exchange again: as a shell reads it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import replace

import pytest

from conformance.reporters.curl import about, curl, replays


def words(exchange, **more) -> list[str]:
    line = curl(exchange, **more)
    assert line is not None
    return shlex.split(line)


def test_what_a_mock_received_goes_to_the_mock(played) -> None:
    packet = played.journal()[4]
    assert words(packet) == [
        "curl",
        "--globoff",
        "-X",
        "PUT",
        "http://127.0.0.1:20240/mosip/packet_manager/create_packet",
        "-H",
        "Content-Type:",
        "-H",
        "Cookie: Authorization=[secret 1a2b3c4d]",
        "--data-raw",
        '{"request":"it\'s"}',
    ]


def test_what_a_mock_sent_goes_to_who_was_called(played) -> None:
    assert words(played.journal()[7])[4] == "http://127.0.0.1:2024/mosip/websub/deliver"


@pytest.mark.parametrize("number", [4, 7])
def test_over_tls_it_goes_over_tls(played, number: int) -> None:
    over_tls = replace(played.journal()[number], scheme="https")
    assert words(over_tls)[4].startswith("https://127.0.0.1:20")


def test_a_stage_can_not_be_sent(played) -> None:
    assert curl(played.journal()[6]) is None


def test_a_body_that_is_not_whole_is_left_to_a_file(played) -> None:
    whole = played.exchange(3, "mosip.a.b", request={"headers": {}, "body": "x" * 50, "json": None})
    assert words(whole)[-1] == "x" * 50
    assert words(whole, longest=49)[-2:] == ["--data-binary", "@request-mosip-3.json"]
    cut = played.exchange(
        3, "mosip.a.b", request={"headers": {}, "body": "x", "sha256": "0", "length": 40000}
    )
    assert words(cut)[-2:] == ["--data-binary", "@request-mosip-3.json"]


def test_without_an_address_it_says_so(played) -> None:
    lost = played.exchange(3, "mosip.a.b", request={"headers": {}, "body": "", "json": None})
    assert words(lost)[4] == "http://HOST/mosip/a/b"


@pytest.mark.parametrize(
    "said",
    ["$(touch /tmp/owned)", "`id`", "a'b\"c\\d", "line\nbreak", "\x1b[31mred", "\u202eback", "-o/etc/x"],
)
def test_a_shell_reads_it_as_it_was_said(said: str, played) -> None:
    hostile = played.exchange(
        3,
        "mosip.a.b",
        method=said,
        path=f"/{said}",
        request={"headers": {"X-Said": said}, "body": said, "json": None},
    )
    line = curl(hostile)
    assert line is not None
    assert line.isprintable()
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is missing")
    shown = subprocess.run(
        [bash, "-c", f"curl() {{ printf '%s\\0' \"$@\"; }}; {line}"],
        capture_output=True,
        check=True,
        timeout=10,
    )
    told = shown.stdout.decode().split("\0")[:-1]
    assert told[:2] == ["--globoff", "-X"]
    assert told[2] == "GET"
    assert told[3].endswith(f"/{said}")
    assert f"X-Said: {said}" in told
    assert told[-2:] == ["--data-raw", said]


def test_failures_are_shown_with_the_last_exchange_that_they_rest_on(played) -> None:
    failed = played.failing()[2]
    lines = replays(failed)
    assert ["create_packet" in lines[0], "register_accept" in lines[1], len(lines)] == [True, True, 2]
    assert lines[0] == curl(failed.exchanges[5])
    assert [each.id for each in about(failed.findings[1], failed.exchanges)] == ["7"]
    assert replays(played.failing()[3]) == []
