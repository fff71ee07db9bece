"""The target: who is judged, how patient we are with it, and which policy it follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final

from conformance.calls import Instance
from conformance.logs import Log
from conformance.operator_view import ViewForm
from conformance.problems import did_you_mean
from conformance.readiness import Readiness
from conformance.values import UnknownNameError
from conformance.verdicts import KnownIssue
from sandbox.modes import THEIRS
from sandbox.routes import DEFAULT_ROUTES, BridgeRoutes


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long, in seconds, a scenario waits.

    ``ack`` for an answer, ``retry`` for a confirmation with retries in it, ``stale_after`` until silence is
    noticed, ``quiet`` without news before the oracles look.
    """

    ack: float = 2.0
    retry: float = 20.0
    stale_after: float = 10.0
    quiet: float = 0.6


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the country and its MOSIP agreed on.

    ``identifier`` goes into a birth record (vid, uin, psut or none); ``bad_signature`` are the statuses with
    which a callback that MOSIP did not sign may be answered; ``without_credential`` is what may become of a
    birth for which MOSIP issues no credential.
    """

    identifier: str = "vid"
    bad_signature: tuple[int, ...] = (401,)
    without_credential: tuple[str, ...] = ("parked", "rejected")


def country_policy(*, identifier: str, birth_waits_for: str) -> Policy:
    """What follows from a country pack: where births wait for the event, they need no credential."""
    if birth_waits_for == "event":
        return Policy(identifier=identifier, without_credential=("confirmed",))
    return Policy(identifier=identifier)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What must not be exceeded at a target; ``rate`` in items a minute, ``marker`` a family name."""

    max_births: int | None = None
    rate: float | None = None
    marker: str | None = None


DOORS: Final[Mapping[str, str]] = {
    "bridge.websub": "callback",
    "bridge.logins": "userinfo",
    "bridge.verification": "verify",
}
"""Capabilities of a bridge that are a door of it, and the route that leads there."""


FULL_CONTROL: Final = frozenset({"start", "stop", "kill", "restart"})
"""All that can be done to a process, as a target file calls it."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A bridge that is judged.

    ``instances``: the address of each by its name, where a target file names them; ``view`` and
    ``operator_token``: how its operator's rows are read, None where it shows none;
    ``doors``: what it offers of DOORS, for a bridge may be right without any of them; ``routes``: where its
    doors are; ``verify``: whose certificate is believed there, as requests takes it; ``stale_after``: whether
    it notices silence by itself; ``waivers``: failures that are accepted, by scenario; ``control``: what of
    FULL_CONTROL can be done to its processes; ``ready``: how it says that it can work; ``logs``: what its
    instances write, as far as anybody can read that; ``verified_only``: whether its country sends
    nobody to MOSIP who was not verified there.
    """

    name: str
    bridge_url: str
    instances: Mapping[str, str] = field(default_factory=dict)
    mode: str = "full"
    patience: Patience = field(default_factory=Patience)
    policy: Policy = field(default_factory=Policy)
    view: ViewForm | None = None
    operator_token: str | None = field(default=None, repr=False)
    control: frozenset[str] = frozenset()
    doors: frozenset[str] = frozenset(DOORS)
    routes: BridgeRoutes = DEFAULT_ROUTES
    verify: str | bool = True
    stale_after: bool = False
    logs: tuple[Log, ...] = ()
    ready: Readiness | None = None
    limits: Limits = field(default_factory=Limits)
    waivers: Mapping[str, KnownIssue] = field(default_factory=dict)
    profiles: tuple[str, ...] = ("opencrvs-2.0", "mosip-1.3", "esignet-1.8")
    verified_only: bool = False

    @property
    def theirs(self) -> frozenset[str]:
        """The parties that are no mocks of ours: nothing of them can be struck, seen or played."""
        return frozenset(THEIRS[self.mode])

    def door(self, route: str, instance: str | None = None) -> str:
        """The address of a door of an instance, of the first if none is named; KeyError for no route."""
        root = self.bridge_url if instance is None else self.instances[instance]
        return root.rstrip("/") + self.routes.as_json()[route]

    @property
    def every_instance(self) -> tuple[Instance, ...]:
        """Its instances; the first is the one that is asked."""
        named = self.instances or {"": self.bridge_url}
        return tuple(
            Instance(name=name, url=url.rstrip("/"), verify=self.verify) for name, url in named.items()
        )

    @property
    def can(self) -> frozenset[str]:
        """Capabilities that a scenario's ``needs`` may name."""
        able = {
            "bridge.start": "start" in self.control,
            "bridge.process": {"start", "kill"} <= self.control,
            "bridge.stop": {"start", "stop"} <= self.control,
            "bridge.restart": "restart" in self.control or {"start", "stop"} <= self.control,
            "bridge.ready": self.ready is not None,
            "bridge.operator-view": self.view is not None,
            "bridge.stale-after": self.stale_after,
            "bridge.log": bool(self.logs),
            "bridge.instances": len(self.instances) > 1,
        }
        return self.doors | {name for name, has in able.items() if has}

    def member(self, name: str) -> object:
        """A patience in seconds, ``policy``, or ``instances``; raises UnknownNameError."""
        if name == INSTANCES:
            return dict(zip(NAMED_INSTANCES, self.instances, strict=False))
        if name == "policy":
            return {each.name: _listed(getattr(self.policy, each.name)) for each in fields(Policy)}
        if name in PATIENCE:
            return getattr(self.patience, name)
        raise UnknownNameError(
            f"a target has no '{name}'.{did_you_mean(name, (*PATIENCE, 'policy', INSTANCES))}"
        )


PATIENCE = tuple(each.name for each in fields(Patience))
INSTANCES: Final = "instances"
NAMED_INSTANCES: Final = ("first", "other")
"""Which instances a scenario may name at any target that has several."""
ROUTES = tuple(DEFAULT_ROUTES.as_json())
POLICY = tuple(each.name for each in fields(Policy))


def patience_from(given: Mapping[str, float]) -> Patience:
    """A Patience with some values replaced; names it does not have are refused with ValueError."""
    unknown = sorted(set(given) - set(PATIENCE))
    if unknown:
        raise ValueError(f"no patience is called '{unknown[0]}'.{did_you_mean(unknown[0], PATIENCE)}")
    return Patience(**{name: float(value) for name, value in given.items()})


def _listed(value: object) -> object:
    return {"any_of": list(value)} if isinstance(value, tuple) else value
