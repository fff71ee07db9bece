"""Every mistake that lint knows: its place, its words, and what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.grammar.reader import ScenarioReader, read_fragment
from conformance.library import lint_paths, shipped_fragments
from conformance.problems import ScenarioFileError

HEAD = (
    "id: x\nstory: A story\ntags: [birth]\nrequirements: [REQ-NOTHING-LOST]\n"
    "given: {birth-declared: {as: birth}}\n"
)


def problems(text: str, file: str = "x.yaml") -> list[str]:
    try:
        ScenarioReader(shipped_fragments()).read(text, file)
    except ScenarioFileError as error:
        return [str(each) for each in error.problems]
    return []


REGISTER = "  - opencrvs.register: {record: $birth}\n"


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        # verbs
        (
            "opencrvs.registr: {record: $birth}",
            "7:5: unknown verb 'opencrvs.registr'. Did you mean 'opencrvs.register'?",
        ),
        (
            "{clear: {}, hold: {at: mosip.websub.deliver}}",
            "7:17: a step has one verb: 'hold' stands beside 'clear'",
        ),
        ("{as: x}", "7:5: a step has one verb: none stands here"),
        ("clear", "7:5: a step is one verb with its arguments"),
        ("opencrvs.register:", "7:23: opencrvs.register: its arguments are needed"),
        ("opencrvs.register: {}", "7:24: 'opencrvs.register' needs 'record': Which record."),
        (
            "opencrvs.register: {recrod: $birth}",
            "7:25: 'opencrvs.register' has no 'recrod'. Did you mean 'record'?",
        ),
        # naming
        ("{clear: {}, as: done}", "7:21: 'clear' gives nothing that could be named"),
        ("{opencrvs.register: {record: $birth}, as: a.b}", "7:47: a name is a word of letters, digits and _"),
        (
            "opencrvs.declare: {event: birth, child: $birth.child}",
            "7:5: 'opencrvs.declare' needs 'as': what is its record called?",
        ),
        (
            "{opencrvs.declare: {event: birth, mother: $birth.mother}, as: second}",
            "7:6: opencrvs.declare: a birth is about a child: say who",
        ),
        # when
        (
            "check: {when: {forgery: unsigned}, must: [{bridge: {running: true}}]}",
            "7:20: no row has a 'forgery', and it is no profile.",
        ),
        (
            "check: {when: {profile: mosip-1.4}, must: [{bridge: {running: true}}]}",
            "7:29: unknown profile 'mosip-1.4'. Did you mean 'mosip-1.",
        ),
        # forgeries
        (
            "mosip.deliver: {credential_for: $birth.registration, forgery: unsigned, sign: not}",
            "7:58: mosip.deliver: say what is wrong by forgery, or by mutate and sign",
        ),
        (
            "fault: {at: mosip.websub.deliver, do: {mutate: tampered}}",
            "7:44: fault: unknown change 'tampered'. Did you mean 'tampered-claim'?",
        ),
        (
            "fault: {at: mosip.websub.deliver, do: {sign: upper}}",
            "7:44: fault: unknown change 'upper'. Did you mean 'upper-case'?",
        ),
        # time
        ("advance: soon", "7:14: advance: a duration is needed, as 5s, 200ms or 7d"),
        (
            "skew: {of: mosip, by: 10 minutes}",
            "7:27: skew: by: a duration is needed, as 10m or -10m",
        ),
        ("skew: {of: bridge, by: 5s}", "7:16: skew: of: 'bridge' is none of mosip, esignet, opencrvs"),
        # references
        (
            "opencrvs.register: {record: $brith}",
            "7:33: nothing is named '$brith' here. Did you mean 'birth'?",
        ),
        (
            "hold: {at: mosip.websub.deliver, of: $birth.registraton}",
            "7:42: $birth.registraton: a record has no 'registraton'. Did you mean 'registration'?",
        ),
        (
            "mosip.deliver: {credential_for: $birth}",
            "7:37: '$birth' is a record, action is needed: $birth.registration?",
        ),
        ("opencrvs.register: {record: birth}", "7:33: opencrvs.register: record: a reference is needed"),
        (
            "check: {must: [{answer: {of: $birth, status: 200}}]}",
            "7:34: '$birth' is a record, answer or form is needed",
        ),
        (
            "check: {must: [{form: {of: $birth, locked: true}}]}",
            "7:32: '$birth' is a record, form is needed",
        ),
        (
            "esignet.login: {who: $birth.mother, record: $birth, page: mother, consent: some}",
            "7:71: esignet.login: consent is all, none, or a list of claims",
        ),
        # operations, faults, settings
        (
            "hold: {at: mosip.websub.delivr}",
            "7:16: unknown operation 'mosip.websub.delivr'. Did you mean 'mosip.websub.deliver'?",
        ),
        ("hold: {at: mosipp.*}", "7:16: no operation is like 'mosipp.*'"),
        (
            "fault: {at: mosip.*, do: {statsu: 503}}",
            "7:31: fault: unknown fault 'statsu'. Did you mean 'status'?",
        ),
        (
            "set: {mosip.death_polcy: flag}",
            "7:11: set: unknown setting 'mosip.death_polcy'. Did you mean 'mosip.death_policy'?",
        ),
        ("set: {mosip.death_policy: 3}", "7:11: set: a setting is text"),
        ("set: {}", "7:10: set: an object is needed"),
        ("release: {}", "7:5: release: say which gate: by its name, or by its operation"),
        ("hold: {at: mosip.websub.deliver, when: late}", "7:44: hold: when: 'late' is none of before, after"),
        # kinds of values
        (
            "mosip.deliver: {credential_for: $birth.registration, identifier: 9999999999}",
            "7:70: mosip.deliver: identifier: an identifier is text, not a number",
        ),
        (
            "check: {must: [{identifier: {of: $birth, not: 9999999999}}]}",
            '7:46: identifier: an identifier is text, not a number: write "9999999999" in quotes',
        ),
        ("fault: {at: mosip.*, do: {status: 503}, for: 5}", "7:50: fault: for: a duration is needed"),
        (
            "fault: {at: mosip.*, do: {status: 503}, times: two}",
            "7:52: fault: times: a whole number is needed",
        ),
        ("release: {at: mosip.websub.deliver, in_parallel: no}", "7:54: release: in_parallel: true or false"),
        ("fault: {at: mosip.*, do: 503}", "7:30: fault: do: an object is needed"),
        ("bridge.call: {method: FETCH, path: /}", "7:27: bridge.call: method: 'FETCH' is none of GET"),
        ("bridge.call: {method: GET, path: 1}", "7:38: bridge.call: path: text is needed"),
        ("bridge.call: {method: GET}", "7:5: bridge.call: say which door: route, or path"),
        (
            "bridge.call: {method: GET, path: /verify}",
            "7:32: bridge.call: a bridge may have this door elsewhere: say route: verify",
        ),
        ("bridge.call: {method: GET, route: hub}", "7:39: bridge.call: route: 'hub' is none of registration"),
        ("parallel: []", "7:15: parallel: a list is needed"),
        # waiting
        (
            "wait: {within: 5s, until: {outcome: {of: $birth.registration, is: confirmed}}}",
            "7:20: wait: within: patience is named, never written in seconds",
        ),
        (
            "wait: {within: $target.rety, until: {outcome: {of: $birth.registration, is: confirmed}}}",
            "7:20: $target.rety: a target has no 'rety'. Did you mean 'retry'?",
        ),
        (
            "bridge.kill: {instance: $target.instances.third}",
            "7:29: $target.instances.third: a list of instances has no 'third'",
        ),
        (
            "always: {for: $birth.registration, that: {bridge: {running: true}}}",
            "7:19: '$birth.registration' is an action, patience is needed",
        ),
        # checks
        ("check: {}", "7:5: check: say what must, must_not or should be"),
        ("check: {must: [{outcom: {}}]}", "7:21: unknown check 'outcom'. Did you mean 'outcome'?"),
        ("check: {must: [{}]}", "7:20: one check is needed"),
        ("check: {must: [{bridge: {}}]}", "7:21: bridge: say running or ready"),
        (
            "check: {must: [{effects: {of: $birth.registration, packet: 1}}]}",
            "7:56: 'effects' has no 'packet'. Did you mean 'packets'?",
        ),
        ("check: {must: [{effects: {of: $birth.registration}}]}", "7:21: effects: say which effects"),
        (
            "check: {must: [{effects: {of: $birth.registration, packets: {gt: 1, lte: 2}}}]}",
            "7:65: effects: packets: 'gt' is no value form. Did you mean 'gte'?",
        ),
        (
            "check: {must: [{outcome: {of: $birth.registration, is: confirmd}}]}",
            "7:60: outcome: is: 'confirmd' is none of confirmed",
        ),
        (
            "check: {must: [{outcome: {of: $birth.registration, any_of: [parkt]}}]}",
            "7:65: outcome: unknown outcome 'parkt'. Did you mean 'parked'?",
        ),
        ("check: {must: [{outcome: {of: $birth.registration}}]}", "7:21: outcome: say which outcome"),
        ("check: {must: [{record: {of: $birth}}]}", "7:21: record: say state, flags or number"),
        ("check: {must: [{record: {of: $birth, flags: x}}]}", "7:42: record: a list is needed"),
        ("check: {must: [{identifier: {of: $birth}}]}", "7:21: identifier: say what is wanted: is, matches"),
        (
            "check: {must: [{field: {of: $birth, name: born, matches: '['}}]}",
            "7:21: field: 'matches': unterminated character set",
        ),
        (
            "check: {must: [{identity: {of: $birth.mother, any_of: [dead]}}]}",
            "7:60: identity: unknown state 'dead'.",
        ),
        (
            (
                "{esignet.login: {who: $birth.mother, record: $birth, page: mother}, as: l}\n"
                "  - {form.fetch_person: {record: $birth, page: mother, login: $l}, as: f}\n"
                "  - check: {must: [{form: {of: $f}}]}"
            ),
            "9:21: form: say what the form shows: verified, banner, locked, error",
        ),
        (
            "check: {must: [{log: {lacks: [Amina]}}]}",
            "7:27: log: a list of references is needed, as [$birth.mother, $login.code]",
        ),
        (
            "check: {must: [{identifier: {of: $birth, any_of: uin}}]}",
            "7:21: identifier: 'any_of' takes a list",
        ),
        (
            (
                "{opencrvs.register: {record: $birth}, as: got}\n"
                "  - check: {must: [{answer: {of: $got, body: {matches: 1}}}]}"
            ),
            "8:46: answer: body: 'matches' takes a regular expression",
        ),
        (
            "check: {must: [{effects: {of: $birth.registration, packets: {gte: two}}}]}",
            "7:65: effects: packets: 'gte' takes a number",
        ),
        (
            "mosip.deliver: {credential_for: $birth.registration, identifier: true}",
            "7:70: mosip.deliver: identifier: an identifier is needed",
        ),
        (
            "bridge.register: {record: $birth}",
            "7:5: bridge.register: say what is wrong with it: token, fields or broken",
        ),
        (
            "check: {must: [{sequence: {of: $birth.registration, effects: x}}]}",
            "7:66: sequence: effects: a list of texts is needed",
        ),
    ],
)
def test_mistakes_in_a_step(step: str, complaint: str) -> None:
    found = problems(f"{HEAD}steps:\n  - {step}\n")
    assert len(found) == 1
    assert found[0].startswith(f"x.yaml:{complaint}")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- 1\n", "1:1: a scenario is an object with id, story and steps"),
        (
            HEAD.replace("id: x", "id: X") + f"steps:\n{REGISTER}",
            "1:5: a scenario needs an id: small letters",
        ),
        (HEAD.replace("id: x", "id: y") + f"steps:\n{REGISTER}", "1:5: its file must be called y.yaml"),
        (HEAD.replace("story: A story\n", "") + f"steps:\n{REGISTER}", "1:1: a story is needed"),
        (HEAD + f"stesp: []\nsteps:\n{REGISTER}", "6:1: unknown member 'stesp'. Did you mean 'steps'?"),
        (HEAD.replace("[birth]", "birth") + f"steps:\n{REGISTER}", "3:7: tags are a list of texts"),
        (
            HEAD.replace("[birth]", "[Birth]") + f"steps:\n{REGISTER}",
            "3:8: a tag is small letters, digits and -",
        ),
        (HEAD.replace("tags: [birth]\n", "") + f"steps:\n{REGISTER}", "1:1: a scenario needs tags"),
        (
            HEAD.replace("NOTHING-LOST", "NOTHING-LOTS") + f"steps:\n{REGISTER}",
            "4:16: unknown requirement 'REQ-NOTHING-LOTS'. Did you mean 'REQ-NOTHING-LOST'?",
        ),
        (
            HEAD + f"profiles: [opencrvs-2.1]\nsteps:\n{REGISTER}",
            "6:12: unknown profile 'opencrvs-2.1'. Did you mean 'opencrvs-2.0'?",
        ),
        (
            HEAD + f"needs: [bridge.proces]\nsteps:\n{REGISTER}",
            "6:9: unknown need 'bridge.proces'. Did you mean 'bridge.process'?",
        ),
        (HEAD, "1:1: a scenario needs steps"),
        (HEAD + "steps: {}\n", "6:8: a scenario needs steps"),
        (HEAD + f"people: [x]\nsteps:\n{REGISTER}", "6:9: people are an object of name and person"),
        (
            HEAD + f"people: {{baby: newborm}}\nsteps:\n{REGISTER}",
            "6:10: unknown kind of person 'newborm'. Did you mean 'newborn'?",
        ),
        (
            HEAD + f"people: {{baby: 1}}\nsteps:\n{REGISTER}",
            "6:10: a person is newborn, child, adult, elder or {adult: {sex: female}, at: {id_repository: ac",
        ),
        (
            HEAD + f"people: {{baby: {{newborn: {{}}, adult: {{}}}}}}\nsteps:\n{REGISTER}",
            "6:10: one kind of person is needed, not 'newborn, adult'.",
        ),
        (
            HEAD + f"people: {{mother: {{adult: {{sexx: female}}}}}}\nsteps:\n{REGISTER}",
            "6:10: unknown option 'sexx'. Did you mean 'sex'?",
        ),
        (
            HEAD + f"people: {{mother: {{adult: {{}}, at: {{ida: gone}}}}}}\nsteps:\n{REGISTER}",
            "6:10: ida is one of active, deactivated, absent, not 'gone'",
        ),
        (
            HEAD + f"steps:\n{REGISTER}finally: {{}}\n",
            "8:10: a list of steps is needed",
        ),
        (
            HEAD.replace("birth-declared", "birth-decalred") + f"steps:\n{REGISTER}",
            "5:9: unknown fragment 'birth-decalred'. Did you mean 'birth-declared'?",
        ),
        (
            HEAD.replace("{as: birth}", "{as: birth, mothr: newborn}") + f"steps:\n{REGISTER}",
            "5:37: 'birth-declared' has no 'mothr'. Did you mean 'mother'?",
        ),
        (
            HEAD.replace("{as: birth}", "{as: 'a b'}") + f"steps:\n{REGISTER}",
            "5:26: as is a name: a word of letters, digits and _",
        ),
        (
            HEAD.replace("birth-declared: {as: birth}", "death-declared: {as: birth, known_by: nin}")
            + f"steps:\n{REGISTER}",
            "5:37: known_by is one of uin, vid, not 'nin'",
        ),
        (HEAD + f"examples: x\nsteps:\n{REGISTER}", "6:11: examples are a list of rows"),
        (
            HEAD + f"examples: [{{a: 1}}, {{b: 1}}]\nsteps:\n{REGISTER}",
            "6:20: every row names the same values: a",
        ),
        (
            HEAD + f"examples: [{{a: 1}}, {{a: 1}}]\nsteps:\n{REGISTER}",
            "6:20: two rows are called x[1]: tell them apart by a value",
        ),
    ],
)
def test_mistakes_in_the_head(text: str, complaint: str) -> None:
    found = problems(text)
    assert found
    assert found[0].startswith(f"x.yaml:{complaint}"), found


def test_a_row_is_judged_with_its_values() -> None:
    rows = "examples: [{do: {status: 503}}, {do: {stats: 1}}]\n"
    text = f"{HEAD}{rows}steps:\n  - fault: {{at: mosip.*, do: $do}}\n"
    assert problems(text.replace("{do: {stats: 1}}", "{do: {errors: [X]}}")) == [
        "x.yaml:6:33: two rows are called x: tell them apart by a value"
    ]
    assert any("unknown fault 'stats'" in each for each in problems(text))


def test_mistakes_inside_parallel_and_wait_have_their_own_place() -> None:
    found = problems(
        f"{HEAD}steps:\n"
        "  - parallel:\n"
        "      - opencrvs.register: {record: $birth}\n"
        "      - - wait: {within: $target.ack, until: {outcom: {}}}\n"
        "        - hold: {at: nowhere}\n"
    )
    assert [each.split(" ", 1)[0] for each in found] == ["x.yaml:9:47:", "x.yaml:10:22:"]


def test_a_name_is_known_only_after_its_step() -> None:
    early = problems(
        f"{HEAD}steps:\n"
        "  - clear: {fault: $down}\n"
        "  - {fault: {at: mosip.*, do: {status: 503}}, as: down}\n"
    )
    assert early == ["x.yaml:7:20: nothing is named '$down' here."]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fragment: y\nstory: s\nsteps: []\n", "1:11: its file must be called y.yaml"),
        ("fragment: X\nstory: s\nsteps: []\n", "1:11: a fragment needs a name"),
        ("fragment: x\nsteps: []\n", "1:1: a story is needed"),
        ("fragment: x\nstory: s\n", "1:1: a fragment needs steps"),
        ("fragment: x\nstory: s\ngiven: {}\nsteps: []\n", "3:1: unknown member 'given'."),
        (
            "fragment: x\nstory: s\narguments: {as: {}}\nsteps: []\n",
            "3:13: argument 'as' needs a type: name, person",
        ),
    ],
)
def test_mistakes_in_a_fragment(text: str, complaint: str) -> None:
    with pytest.raises(ScenarioFileError) as caught:
        read_fragment(text, "x.yaml")
    assert str(caught.value).startswith(f"x.yaml:{complaint}")


def test_a_mistake_inside_a_fragment_names_both_files() -> None:
    bad = read_fragment("fragment: bad\nstory: s\nsteps:\n  - opencrvs.registr: {}\n", "bad.yaml")
    text = HEAD.replace("birth-declared: {as: birth}", "bad: {}") + "steps:\n  - clear: {}\n"
    with pytest.raises(ScenarioFileError) as caught:
        ScenarioReader({"bad": bad}).read(text, "x.yaml")
    assert str(caught.value) == (
        "x.yaml:5:9: unknown verb 'opencrvs.registr'. Did you mean 'opencrvs.register'? (in bad.yaml:4)"
    )


def test_one_fragment_used_twice_makes_different_people() -> None:
    text = HEAD.replace(
        "{birth-declared: {as: birth}}",
        "[{birth-declared: {as: one}}, {birth-declared: {as: two, mother: $one_mother}}]",
    )
    (item,) = ScenarioReader(shipped_fragments()).read(f"{text}steps:\n  - clear: {{}}\n", "x.yaml")
    assert set(item.people) == {"one_child", "one_mother", "two_child"}


GOOD = f"{HEAD}steps:\n{REGISTER}"


def linted(folder: Path, files: dict[str, str]) -> list[str]:
    """What lint says of files that are written below a folder, which it does not say."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [str(each).replace(f"{folder}/", "") for each in lint_paths([folder])]


@pytest.mark.parametrize(
    ("files", "complaints"),
    [
        (
            {"a/x.yaml": GOOD, "b/x.yaml": GOOD.replace("$birth}", "$brith}")},
            [
                "b/x.yaml:1:1: 'x' is also the id of a/x.yaml",
                "b/x.yaml:7:33: nothing is named '$brith' here. Did you mean 'birth'?",
            ],
        ),
    ],
)
def test_mistakes_between_files(tmp_path: Path, files: dict[str, str], complaints: list[str]) -> None:
    assert linted(tmp_path, files) == complaints


def test_the_scenarios_that_ship_have_no_mistakes() -> None:
    assert lint_paths([]) == []
