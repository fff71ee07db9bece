"""A scenario in plain words: Given, When, Then, the page on which somebody signs a test off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from conformance.checks.records import AS_POLICY
from conformance.grammar.model import CheckItem, Item, Scenario, Step
from conformance.grammar.parse import parse_branch, parse_check, parse_checks
from conformance.jsontypes import JSON, items, mapping
from conformance.requirements import requirements
from conformance.values import reference

Said = Mapping[str, JSON]
_WATCHING: Final = ("wait", "always", "check")
_LEVELS: Final[Mapping[str, str]] = {"must": "", "must_not": "it is not so that ", "should": "ideally, "}


def story_of(scenario: Scenario, rows: Sequence[Item]) -> str:
    """The story of a scenario, told by its first row; other rows are listed."""
    first = rows[0]
    lines = [scenario.story, "", *_told(first)]
    if len(rows) > 1:
        lines += ["", "The same for:", *(f"  - {_row(each.row)}" for each in rows)]
    lines += ["", "Because:"]
    for identifier in scenario.requirements:
        found = requirements()[identifier]
        lines.append(f"  - {found.words} Otherwise harmed: {found.harm}. ({found.id})")
    return "\n".join(lines)


def told(item: Item) -> list[str]:
    """The steps of one item in plain words, a line each, beginning with Given, When, Then or And."""
    return [*_told(item)]


def _told(item: Item) -> Iterator[str]:
    """One line a step, in order; the word before it changes when the kind of step does."""
    before = ""
    steps = [*(("Given", step) for step in item.given), *((_word(step), step) for step in item.steps)]
    for word, step in [*steps, *(("Then", step) for step in item.last)]:
        for line in _step(step):
            yield f"{'And' if word == before else word:<6}{line}"
            before = word


def _word(step: Step) -> str:
    return "Then" if step.verb in _WATCHING else "When"


def _row(row: Said) -> str:
    return ", ".join(f"{name} {_words(value)}" for name, value in row.items())


def _step(step: Step) -> Iterator[str]:
    said = mapping(step.arguments)
    if step.verb == "check":
        for level, words in _LEVELS.items():
            path = (*step.path, "check", level)
            for each in parse_checks(items(said.get(level)), step.document, path):
                yield words + _check(each)
    elif step.verb == "parallel":
        branches = [
            parse_branch(branch, step.document, (*step.path, step.verb, index))
            for index, branch in enumerate(items(step.arguments))
        ]
        told = (", then ".join(line for each in branch for line in _step(each)) for branch in branches)
        yield "at the same time: " + "; and: ".join(told)
    elif step.verb == "advance":
        yield f"{step.arguments} pass"
    elif step.verb in ("wait", "always"):
        name, words = ("until", "in the end") if step.verb == "wait" else ("that", "all the while")
        check = parse_check(said[name], step.document, (*step.path, step.verb, name))
        yield f"{words}, {_check(check)}" + (" (or not yet)" if said.get("or_go_on") else "")
    else:
        yield _VERBS.get(step.verb, _plainly(step.verb))(said)


def _check(check: CheckItem) -> str:
    return _CHECKS.get(check.name, _plainly(check.name))(check.arguments)


def _plainly(name: str) -> Callable[[Said], str]:
    def tell(said: Said) -> str:
        of = f" of {_words(said['of'])}" if "of" in said else ""
        rest = ", ".join(f"{key} {_words(value)}".strip() for key, value in said.items() if key != "of")
        return f"{name}{of}: {rest}" if rest else f"{name}{of}"

    return tell


def _words(value: JSON) -> str:
    if (found := reference(value)) is not None:
        return "the " + "'s ".join((found.name, *found.path))
    if isinstance(value, dict):
        words = ((_FORMS.get(key, key), _words(inner)) for key, inner in value.items())
        return " and ".join(f"{form} {inner}".strip() for form, inner in words)
    if isinstance(value, list):
        return " or ".join(_words(inner) for inner in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _form(said: Said, *besides: str) -> str:
    """The value form that stands among a check's arguments, in words."""
    return _words({name: value for name, value in said.items() if name not in besides})


def _counts(said: Said) -> str:
    parts = (f"{name} {_words(value)}" for name, value in said.items() if name != "of")
    return f"{_words(said['of'])} has led to: {', '.join(parts)}"


def _exchange(said: Said) -> str:
    count = said.get("count", {"gte": 1})
    of = f" for {_words(said['of'])}" if "of" in said else ""
    status = f" answered {_words(said['status'])}" if "status" in said else ""
    same = f", all with the same {_words(said['same'])}" if "same" in said else ""
    ended = " that has ended" if said.get("answered") else ""
    return f"{said['at']}{of} is seen {_words(count)} times{status}{ended}{same}"


def _record(said: Said) -> str:
    state = f" is {_words(said['state'])}" if "state" in said else ""
    flags = f" with flags: {_words(said['flags'])}" if "flags" in said else ""
    return f"{_words(said['of'])}{state}{flags}"


def _login(said: Said) -> str:
    """How a login goes that is not broken off."""
    if said.get("cancel"):
        return "goes to E-Signet and leaves without consenting"
    if said.get("wrong_otp"):
        return "goes to E-Signet and gives a wrong one-time code"
    consent = said.get("consent", "all")
    allows = consent if isinstance(consent, str) else _words(consent)
    return f"logs in at E-Signet and allows it to tell {allows} of what is up to them"


def _otherwise(said: Said) -> str:
    """What is typed in that is not so."""
    return f", with {_row(mapping(said['but']))}" if "but" in said else ""


def _and(value: JSON) -> str:
    *others, last = map(_words, items(value))
    return f"{', '.join(others)} and {last}" if others else last


def _with_identifier(said: Said) -> str:
    return f" with {said['identifier']}" if "identifier" in said else ""


def _how_wrong(said: Said) -> str:
    """What is wrong with a credential that is delivered."""
    signed = [f"signed otherwise ({said['sign']})"] if "sign" in said else []
    return " and ".join([str(said[name]) for name in ("forgery", "mutate") if name in said] + signed)


def _row_but(said: Said, name: str) -> str:
    return _row({each: value for each, value in said.items() if each != name})


def _bridge(said: Said) -> Iterator[str]:
    """How the bridge is."""
    if "running" in said:
        yield "runs" if said["running"] else "does not run"
    if "ready" in said:
        yield "says that it is ready" if said["ready"] else "says that it is not ready"


def _door(said: Mapping[str, JSON]) -> str:
    return f"the {said['route']} door" if "route" in said else str(said["path"])


def _instance(said: Mapping[str, JSON]) -> str:
    return f"'s {_which(said['instance'])}" if "instance" in said else ""


def _which(instance: JSON) -> str:
    """An instance by its name, or as the first or the other."""
    found = reference(instance)
    return f"{found.path[-1]} instance" if found is not None else f"instance {instance}"


def _by(said: Said) -> str:
    return f" by {said['by']}" if "by" in said else ""


_DOORS: Final[Mapping[str, str]] = {"ida": "IDA", "esignet": "E-Signet"}
_FORMS: Final[Said] = {"gte": "at least", "lte": "at most", "any_of": "", "is": "", "matches": "like"}
_VERBS: Final[Mapping[str, Callable[[Said], str]]] = {
    "opencrvs.declare": lambda said: f"a {said['event']} is declared",
    "opencrvs.begin": lambda said: f"the form of a {said['event']} is open",
    "opencrvs.submit": lambda said: (
        f"what the form of {_words(said['record'])} holds is declared{_otherwise(said)}"
    ),
    "esignet.login": lambda said: f"{_words(said['who'])} {_login(said)}",
    "esignet.rotate_keys": lambda _: "E-Signet signs with a new key from now on",
    "form.fetch_person": lambda said: (
        f"the form of {_words(said['record'])} asks who logged in for its page {said['page']}"
    ),
    "form.verify": lambda said: (
        f"the form of {_words(said['record'])} asks whether who is typed in on its page {said['page']} "
        f"is who they say{_otherwise(said)}"
    ),
    "person.authenticate": lambda said: (
        f"{_words(said['who'])} is authenticated at {_DOORS[str(said['at'])]}"
    ),
    "mosip.expire_tokens": lambda _: "every token that MOSIP has given ends",
    "mosip.rotate_secret": lambda said: (
        "MOSIP knows the bridge by its old secret again"
        if said.get("back")
        else "MOSIP knows the bridge by another secret from now on"
    ),
    "mosip.forget_subscriptions": lambda _: "MOSIP's hub forgets who has subscribed",
    "mosip.restart_hub": lambda _: "MOSIP's hub is started again",
    "skew": lambda said: f"the clock of {said['of']} is wrong by {said['by']}",
    "mosip.identity": lambda said: f"{_words(said['person'])} is {said['state']} in MOSIP from now on",
    "form.scan": lambda said: f"the form of {_words(said['record'])} reads a QR code",
    "opencrvs.correct": lambda said: (
        f"the registrar corrects {_words(said['record'])}: {_row(mapping(said['to']))}"
    ),
    "opencrvs.revoke": lambda said: (
        f"the registration of {_words(said['record'])} is {'reinstated' if said.get('back') else 'revoked'}"
    ),
    "opencrvs.archive": lambda said: f"{_words(said['record'])} is archived",
    "opencrvs.login": lambda said: f"another user logs in ({_row(said) or 'with the same role'})",
    "opencrvs.rotate_key": lambda _: "OpenCRVS signs with a new key from now on",
    "opencrvs.refresh_secret": lambda said: (
        "OpenCRVS knows its clients by their old secrets again"
        if said.get("back")
        else "OpenCRVS knows its clients by other secrets from now on"
    ),
    "opencrvs.register": lambda said: f"the registrar registers {_words(said['record'])}",
    "mosip.deliver": lambda said: (
        f"a credential{_with_identifier(said)} arrives that is {_how_wrong(said) or 'well made'}"
    ),
    "bridge.call": lambda said: (
        f"somebody sends {said['method']} to {_door(said)} of the bridge{_instance(said)}"
    ),
    "bridge.register": lambda said: (
        f"somebody hands {_words(said['record'])} to the bridge, {_row_but(said, 'record')}"
    ),
    "bridge.kill": lambda said: f"the bridge{_instance(said)} loses power",
    "bridge.stop": lambda said: f"the bridge{_instance(said)} is stopped",
    "bridge.start": lambda said: f"the bridge{_instance(said)} is started again",
    "bridge.restart": lambda said: f"the bridge{_instance(said)} is restarted",
    "route": lambda said: f"what {said['at']} sends goes to the bridge's {_which(said['to'])}",
    "hold": lambda said: f"{said['at']} is held back",
    "release": lambda said: f"{said.get('at', 'what was held')} is let go",
    "lose": lambda said: f"what comes to {said['at']} is lost",
    "clear": lambda said: f"{said.get('at', 'what was broken')} works again",
    "fault": lambda said: f"{said['at']} fails ({_words(said['do'])})",
    "repeat": lambda said: f"{said['at']} happens {said.get('copies', 2)} times",
    "set": lambda said: "the mocks are set to " + _row(said),
}


def _identifier(said: Said) -> str:
    """``as-policy`` is a word of the language's, and no reader's."""
    policy = "the one that MOSIP made and the country's policy names"
    return policy if said.get("is") == AS_POLICY else _form(said, "of")


_CHECKS: Final[Mapping[str, Callable[[Said], str]]] = {
    "answer": lambda said: f"the answer kept as '{str(said['of']).lstrip('$')}' has {_row_but(said, 'of')}",
    "bridge": lambda said: "the bridge " + " and ".join(_bridge(said)),
    "effects": _counts,
    "outcome": lambda said: f"{_words(said['of'])} is {_form(said, 'of')}",
    "identifier": lambda said: f"the identifier in {_words(said['of'])} is {_identifier(said)}",
    "identity": lambda said: f"{_words(said['of'])} is {_form(said, 'of')} in MOSIP",
    "field": lambda said: f"{said['name']} of {_words(said['of'])} is {_form(said, 'of', 'name')}",
    "exchange": _exchange,
    "form": lambda said: f"the form shows that {_row({name: said[name] for name in said if name != 'of'})}",
    "log": lambda said: f"nothing of {_and(said['lacks'])} stands in the bridge's log",
    "person": lambda said: f"{_words(said['of'])} is {said['is']} at {_DOORS[str(said['at'])]}{_by(said)}",
    "record": _record,
    "sequence": lambda said: f"{_words(said['of'])} went: {', then '.join(map(str, items(said['effects'])))}",
}
