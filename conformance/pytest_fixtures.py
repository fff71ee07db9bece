"""Fixtures for tests in Python: the sandbox, its parties, and what goes wrong in it. See docs/pytest.md.

Loaded by the plugin in every run of pytest, so the engine is imported only by a fixture that needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from conformance.by_hand import ByHand, Fault, Held, Journal, OpenCrvs
    from conformance.parties import BridgeProcess, MockAdmin
    from conformance.play import World
    from sandbox.running import Parties

_BRIDGE_URL: Final = "--judge-bridge-url"
_HELD: Final = pytest.StashKey["ByHand"]()


@pytest.fixture(scope="session")
def scenario_sandbox(pytestconfig: pytest.Config) -> Iterator[Parties]:
    """A running sandbox, one for this worker."""
    from sandbox.instances import OUR_INSTANCES
    from sandbox.judged import judged_sandbox
    from sandbox.layout import DEFAULT_STATE_DIR

    url = pytestconfig.getoption(_BRIDGE_URL)
    with judged_sandbox(
        state_dir=None,
        default_dir=DEFAULT_STATE_DIR,
        bridge_url=url,
        instances=OUR_INSTANCES if url is None else 1,
        bridge_command=None,
        seed=0,
        say=print,
    ) as parties:
        yield parties


@pytest.fixture(scope="session")
def scenario_world(scenario_sandbox: Parties) -> Iterator[World]:
    """The sandbox as the engine sees it."""
    from conformance.session import opened

    with opened(scenario_sandbox) as world:
        yield world


@pytest.fixture
def by_hand(request: pytest.FixtureRequest, scenario_world: World) -> Iterator[ByHand]:
    """One test's hold on the sandbox, which is cleared for it; what the test has set is undone at its end."""
    from conformance.by_hand import ByHand
    from conformance.conform import new_token

    token = new_token()
    name = re.sub(r"[^\w.-]+", "-", request.node.name)
    held = ByHand(world=scenario_world, run=f"{name}#{token}", seed=f"{name}/{token}")
    held.begin()
    request.node.stash[_HELD] = held
    yield held
    held.end()
    _complain(held)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What failed in a mock while a test ran fails that test."""
    yield
    held = item.stash.get(_HELD, None)
    if held is not None:
        _complain(held)


def _complain(held: ByHand) -> None:
    failures = held.new_failures()
    if failures:
        pytest.fail("a mock has failed, so this proves nothing:\n" + "\n".join(failures), pytrace=False)


@pytest.fixture
def sandbox(by_hand: ByHand, scenario_sandbox: Parties) -> Parties:  # noqa: ARG001 - it clears
    """All parties, cleared for this test."""
    return scenario_sandbox


@pytest.fixture
def journal(by_hand: ByHand) -> Journal:
    """What the mocks saw since the test began."""
    return by_hand.journal


@pytest.fixture
def fault(by_hand: ByHand) -> Callable[..., Fault]:
    """``fault(at=…, do=…)`` makes an operation fail, until it is cleared or the test ends."""
    return by_hand.fault


@pytest.fixture
def gate(by_hand: ByHand) -> Callable[..., AbstractContextManager[Held]]:
    """``with gate(at) as held:`` holds what comes to an operation, until the block ends."""
    return by_hand.gate


@pytest.fixture
def mosip(by_hand: ByHand) -> MockAdmin:
    """The admin client of the MOSIP mock."""
    return by_hand.world.mosip


@pytest.fixture
def esignet(by_hand: ByHand) -> MockAdmin:
    """The admin client of the E-Signet mock."""
    return by_hand.world.esignet


@pytest.fixture
def opencrvs(by_hand: ByHand) -> OpenCrvs:
    """A registrar at OpenCRVS; ``opencrvs.admin`` is the admin client of the mock."""
    return by_hand.opencrvs


@pytest.fixture
def bridge(by_hand: ByHand) -> BridgeProcess:
    """The bridge, all its instances, as a process: kill, stop, start. Skips where nobody may do that."""
    if by_hand.world.bridge is None:
        pytest.skip("nobody here may kill or start the bridge, for it was given by its address")
    return by_hand.world.bridge
