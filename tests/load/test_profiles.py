"""profiles.yaml: what ships is good, what is wrong is refused by name."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft202012Validator

from load.profiles import ProfilesError, profiles, read_package_text

SHIPPED = read_package_text("profiles.yaml")


def test_the_profiles_that_ship() -> None:
    found = profiles()
    assert set(found) == {"smoke", "steady", "verify-mix"}
    assert [found["smoke"].count, found["smoke"].deaths] == [150, 30]
    mix = found["verify-mix"]
    assert [mix.count, mix.verifications, mix.registrations, mix.logins] == [1800, 1260, 360, 180]


def test_smoke_leaves_time_for_the_rest_of_its_forty_seconds() -> None:
    smoke = profiles()["smoke"]
    assert smoke.duration_s + smoke.drain_s <= 25


@pytest.mark.parametrize("name", ["profiles.schema.json", "load.schema.json"])
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((files("load") / name).read_text()))


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["profiles", "smoke", "rate"], 0, "smoke.rate"),
        (["profiles", "smoke", "rate"], "fast", "smoke.rate"),
        (["profiles", "smoke", "deaths_share"], 1.5, "smoke.deaths_share"),
        (["profiles", "smoke", "speed"], 3, "speed"),
        (["profiles", "smoke", "thresholds", "post_p95"], 3, "post_p95"),
        (["profiles", "smoke", "thresholds", "failed_at_most"], 0.5, "failed_at_most"),
        (["profiles", "Smoke!"], {}, "Smoke!"),
        (["generator", "cpu_share_at_most"], 2, "cpu_share_at_most"),
        (["profiles"], {}, "profiles"),
        (["profiles", "smoke", "verify_share"], 0.1, "verify_p95_ms_at_most"),
        (["profiles", "smoke", "login_share"], 0.1, "unanswered_at_most"),
        (["profiles", "verify-mix", "duration_s"], 201, "duration_s: 201 is greater"),
        (["profiles", "verify-mix", "verify_share"], 0.95, "more than all"),
    ],
)
def test_a_mistake_is_named(path: list[str], value: object, named: str) -> None:
    document = yaml.safe_load(SHIPPED)
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(ProfilesError, match=named):
        profiles(yaml.safe_dump(document))


@pytest.mark.parametrize("member", ["rate", "drain_s", "thresholds"])
def test_what_is_missing_is_named(member: str) -> None:
    document = yaml.safe_load(SHIPPED)
    del document["profiles"]["steady"][member]
    with pytest.raises(ProfilesError, match=member):
        profiles(yaml.safe_dump(document))


@pytest.mark.parametrize("member", ["verify_p95_ms_at_most", "login_p95_ms_at_most", "unanswered_at_most"])
def test_questions_need_thresholds(member: str) -> None:
    document = yaml.safe_load(SHIPPED)
    del document["profiles"]["verify-mix"]["thresholds"][member]
    with pytest.raises(ProfilesError, match=member):
        profiles(yaml.safe_dump(document))


def test_no_yaml_at_all() -> None:
    with pytest.raises(ProfilesError, match="no YAML"):
        profiles("profiles: [")
