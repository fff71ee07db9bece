"""The suite is judged itself: each scenario fails when what it guards is broken, and names what it found.

All mutants are played by `python -m conformance.mutants`; here is one for each kind of finding.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from importlib.resources import files

import pytest
from click.testing import CliRunner

from conformance.library import chosen as chosen_items
from conformance.mutants.__main__ import main
from conformance.mutants.judge import judge
from conformance.mutants.table import MUTANTS, TEN_DEFECTS, UnknownMutantError, chosen
from conformance.oracles import ORACLES

QUICK = (
    "confirms_without_identifier",
    "sends_the_identifier_as_a_number",
    "gives_up_when_mosip_is_away",
    "dies_when_opencrvs_is_down",
    "believes_the_hub_alone",
    "asks_for_no_scope",
    "keeps_a_store_of_its_own",
    "sends_no_jti",
    "puts_the_number_into_the_address",
    "parks_without_a_word",
    "waits_for_ida_for_ever",
    "mints_two_identities_for_one_packet",
    "tells_of_records_in_a_form_of_its_own",
    "lets_the_dead_log_in",
    "ten_defects",
)
NAMES = re.compile(r"O[1-9] [a-z' ]+|contract")
MOCKS = {"mosip", "opencrvs", "esignet"}


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_a_broken_promise_is_caught_by_name(name: str, found_by_programs) -> None:
    judged = judge(chosen([name])[0])
    assert judged.caught, judged.as_json()


@pytest.mark.slow
def test_one_that_is_not_caught_is_told_and_fails(found_by_programs, monkeypatch) -> None:
    """A mutant of which too much is asked, so that it escapes."""
    from dataclasses import replace

    from conformance.mutants import table

    asked = {"birth-happy": frozenset({"fail: must identifier", "fail: O5 no crash"})}
    escaping = replace(chosen(["confirms_without_identifier"])[0], caught=asked)
    monkeypatch.setattr(table, "MUTANTS", (escaping,))
    told = CliRunner().invoke(main, ["--json", "--only", escaping.name])
    assert told.exit_code == 1
    (result,) = json.loads(told.stdout)
    assert (result["caught"], result["missed"]) == (False, {"birth-happy": ["fail: O5 no crash"]})
    assert "fail: must identifier" in result["found"]["birth-happy"]


def test_each_mutant_has_its_function_and_each_function_its_mutant() -> None:
    written = set()
    for file in files("conformance.mutants").joinpath("broken").iterdir():
        if file.name.endswith(".py"):
            party = room if (room := file.name.removesuffix(".py")) in MOCKS else "bridge"
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MUTATIONS":
                    written |= {(party, ast.unparse(each)) for each in node.value.elts}
    assert written == {(mutant.party, mutant.name) for mutant in MUTANTS}


def test_of_ten_defects_each_has_a_scenario_of_its_own() -> None:
    (ten,) = chosen(["ten_defects"])
    assert len(ten.caught) == 10
    assert {item.id for item in chosen_items(ten.caught)} == set(ten.caught)


def test_there_are_enough_and_each_is_asked_for_in_a_scenario_that_ships() -> None:
    assert len(MUTANTS) >= 24
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    for mutant in MUTANTS:
        assert mutant.caught
        assert {item.id for item in chosen_items(mutant.caught)} == set(mutant.caught), mutant.name


def test_no_scenario_ships_that_nothing_breaks() -> None:
    """One that no mutant fails by may be unable to fail."""
    broken = {item for mutant in (*MUTANTS, TEN_DEFECTS) for item in mutant.caught}
    failing = {item.scenario.id for item in chosen_items(broken)}
    assert {item.scenario.id for item in chosen_items([])} - failing == set()


def test_each_mock_is_broken_too_and_each_oracle_names_something() -> None:
    assert len([mutant for mutant in MUTANTS if mutant.party in MOCKS]) >= 8
    assert {mutant.party for mutant in MUTANTS} == {"bridge", *MOCKS}
    named = {finding for mutant in MUTANTS for found in mutant.caught.values() for finding in found}
    oracles = {f"fail: {name}" for name in map(_name_of, ORACLES)}
    assert oracles - named == set()


def _name_of(oracle) -> str:
    """By what name an oracle speaks: it stands in its module, as BY or in its finding."""
    source = ast.parse(inspect.getsource(sys.modules[oracle.__module__]))
    texts = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant)}
    return next(each for each in texts if isinstance(each, str) and NAMES.fullmatch(each))


def test_an_unknown_one_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownMutantError, match="Did you mean 'trusts_a_200'"):
        chosen(["trusts_a_202"])
    told = CliRunner().invoke(main, ["--only", "trusts_a_202"])
    assert told.exit_code == 2


def test_they_can_be_listed_without_being_played() -> None:
    told = CliRunner().invoke(main, ["--list", "--only", "trusts_a_200"])
    assert told.exit_code == 0
    assert "birth-packet-manager-200-errors[swallowed]: fail: always effects" in told.output
