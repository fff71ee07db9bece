"""The profiles that ship: read from ``profiles.yaml``, checked against its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

import yaml
from jsonschema import Draft202012Validator

PROFILES = "profiles.yaml"
PROFILES_SCHEMA = "profiles.schema.json"


class ProfilesError(ValueError):
    """The profiles can't be used; the message names each place and the rule it breaks."""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What is good enough; milliseconds, shares from 0 to 1, and numbers of registrations or questions.

    Those of questions are None where none are asked.
    """

    post_p95_ms_at_most: float
    confirmed_p95_ms_at_most: float
    offered_share_at_least: float
    failed_at_most: int
    refused_at_most: int
    rejected_at_most: int
    parked_at_most: int
    late_at_most: int
    verify_p95_ms_at_most: float | None = None
    login_p95_ms_at_most: float | None = None
    unanswered_at_most: int | None = None


@dataclass(frozen=True, kw_only=True)
class GeneratorLimits:
    """Beyond these the generator itself was too slow: share of a core, ms its timers were late."""

    cpu_share_at_most: float
    lag_p99_ms_at_most: float


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One load: ``rate`` requests per second for ``duration_s``.

    ``verify_share`` and ``login_share`` of them are questions about people, the others registrations, of
    which ``deaths_share`` are deaths.

    ``drain_s`` is how long the last may take, ``stage_delay_s`` what each stage of MOSIP takes.
    """

    name: str
    title: str
    rate: float
    duration_s: float
    deaths_share: float
    drain_s: float
    stage_delay_s: float
    thresholds: Thresholds
    generator: GeneratorLimits
    verify_share: float = 0.0
    login_share: float = 0.0

    @property
    def count(self) -> int:
        """How many requests are sent."""
        return max(1, round(self.rate * self.duration_s))

    @property
    def verifications(self) -> int:
        """How many of them ask whether a person is who a form says."""
        return round(self.count * self.verify_share)

    @property
    def logins(self) -> int:
        """How many of them ask who has logged in."""
        return round(self.count * self.login_share)

    @property
    def registrations(self) -> int:
        """How many of them are registrations."""
        return max(0, self.count - self.verifications - self.logins)

    @property
    def deaths(self) -> int:
        """How many registrations are deaths."""
        return round(self.registrations * self.deaths_share)


def profiles(text: str | None = None) -> Mapping[str, Profile]:
    """Profiles by name, from the YAML given or the file that ships. Raises ProfilesError."""
    given = read_package_text(PROFILES) if text is None else text
    try:
        document: object = yaml.safe_load(given)
    except yaml.YAMLError as error:
        raise ProfilesError(f"{PROFILES} is no YAML: {error}") from error
    errors = Draft202012Validator(json.loads(read_package_text(PROFILES_SCHEMA))).iter_errors(document)
    problems = [f"{PROFILES}{error.json_path.removeprefix('$')}: {error.message}" for error in errors]
    if problems:
        raise ProfilesError("\n".join(sorted(problems)))
    whole = cast("Mapping[str, Mapping[str, Mapping[str, object]]]", document)
    limits = GeneratorLimits(**cast("dict[str, float]", whole["generator"]))
    found = {name: _profile(name, each, limits) for name, each in whole["profiles"].items()}
    for name, profile in found.items():
        if profile.verify_share + profile.login_share > 1:
            raise ProfilesError(f"{PROFILES}.profiles.{name}: verify_share and login_share are more than all")
    return found


def _profile(name: str, members: Mapping[str, object], limits: GeneratorLimits) -> Profile:
    plain = {key: value for key, value in members.items() if key != "thresholds"}
    thresholds = Thresholds(**cast("dict[str, int]", members["thresholds"]))
    return Profile(name=name, thresholds=thresholds, generator=limits, **plain)  # type: ignore[arg-type]


def read_package_text(name: str) -> str:
    """A text file of this package."""
    return (files("load") / name).read_text(encoding="utf-8")
