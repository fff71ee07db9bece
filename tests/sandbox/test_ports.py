"""Default ports: when one is taken all move together, or, with --strict-ports, the command says so."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from sandbox.errors import PortTakenError
from sandbox.ports import DEFAULT_PORTS, bind, listen

PARTIES = ("mosip", "esignet", "opencrvs", "bridge")


def somebody_listens_at(port: int, staying: ExitStack) -> None:
    """Takes the port unless somebody has it already."""
    try:
        staying.enter_context(listen(port))
    except PortTakenError:
        return


@pytest.mark.parametrize("party", PARTIES)
def test_all_move_by_the_same_offset(party):
    with ExitStack() as staying:
        somebody_listens_at(DEFAULT_PORTS[party], staying)
        bound = bind(PARTIES, choice="default")
        staying.callback(bound.close)
        moved = {name: bound.ports[name] - DEFAULT_PORTS[name] for name in PARTIES}
        assert bound.offset > 0
        assert set(moved.values()) == {bound.offset}
        assert {name: sock.getsockname()[1] for name, sock in bound.sockets.items()} == bound.ports


def test_the_port_of_an_expected_party_must_be_free_and_is_left_free():
    with ExitStack() as staying:
        somebody_listens_at(DEFAULT_PORTS["bridge"], staying)
        bound = bind((), expected=("bridge",), choice="default")
        assert bound.offset > 0
        assert bound.sockets == {}
        listen(bound.ports["bridge"]).close()


def test_free_ports_differ_and_are_open():
    with ExitStack() as staying:
        bound = bind(("mosip", "opencrvs"), expected=("bridge",), choice="free")
        staying.callback(bound.close)
        assert len({*bound.ports.values()}) == 3
        assert set(bound.sockets) == {"mosip", "opencrvs"}
        with socket.create_connection(("127.0.0.1", bound.ports["mosip"]), timeout=2):
            pass


def test_strict_ports_name_the_one_that_is_taken(harness):
    with ExitStack() as staying:
        for port in DEFAULT_PORTS.values():
            somebody_listens_at(port, staying)
        refused = harness("up", "--strict-ports")
    assert refused.status == 3
    assert any(f"port {DEFAULT_PORTS[party]} is taken" in refused.err for party in PARTIES)
    assert not (harness.folder / ".harness" / "sandbox.json").exists()


@pytest.mark.slow
def test_up_says_that_it_moved(start_up, eventually):
    with ExitStack() as staying:
        somebody_listens_at(DEFAULT_PORTS["opencrvs"], staying)
        up = start_up("--without", "bridge")
    offset = up.record["offset"]
    assert {party: urlsplit(url).port for party, url in up.urls.items()} == {
        party: DEFAULT_PORTS[party] + offset for party in PARTIES
    }
    eventually(lambda: f"all parties moved together by {offset}" in up.said, what="up says that it moved")
    # Another port may be somebody else's too, and is met first.
    assert up.record["taken"]
    assert all(str(port) in up.said for port in up.record["taken"])
