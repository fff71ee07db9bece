"""Is this person who the declaration says? What a country configuration asks, and how IDA is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from bridge.bulkhead import Bulkhead, FullError
from bridge.contract import broken_at
from bridge.errors import Problem
from bridge.mosip.ida import Demographics, Ida
from bridge.mosip.ida_verdicts import Failure, Trouble, Verdict, judge
from bridge.reading import JSON, check_content_type, read_json
from bridge.settings import Settings

CONTRACT = "bridge/verify.request"
_NAME_PARTS = ("firstname", "middlename", "surname")
_NOT_SAID = frozenset({"", "unknown"})
_RETRY_S = 5
_BUSY_RETRY_S = 1


@dataclass(frozen=True, kw_only=True)
class Questions:
    """Reads what is asked, in the words of this country: its language, its names of the sexes."""

    language: str
    genders: Mapping[str, str]

    def parse(self, raw: bytes, content_type: str | None) -> Demographics:
        """The person in a body of POST /verify.

        Raises Problem with the field named: 413, 415, 400 for what breaks the contract, 422 for a name or a
        date of birth that is absent or can't be.
        """
        check_content_type(content_type)
        body = read_json(raw)
        if isinstance(body, dict) and body.get("dob") in (None, ""):
            raise _unprocessable("dob-missing", "Without a date of birth nobody is verified.", "/dob")
        _check_contract(body)
        members = cast("dict[str, JSON]", body)
        gender = str(members.get("gender") or "").strip()
        return Demographics(
            identifier=cast(str, members["nid"]).strip(),
            names=self._names(members["name"]),
            born=_mosip_date(cast(str, members["dob"])),
            genders={} if gender.lower() in _NOT_SAID else {self.language: self._gender(gender)},
        )

    def _names(self, name: JSON) -> Mapping[str, str]:
        if isinstance(name, dict):
            parts = (str(name.get(part) or "").strip() for part in _NAME_PARTS)
            names = {self.language: " ".join(filter(None, parts))}
        else:
            listed = cast("list[dict[str, str]]", name)
            names = {each["language"]: each["value"].strip() for each in listed}
        if not all(names.values()):
            raise _unprocessable("name-missing", "The name must have a word at least.", "/name")
        return names

    def _gender(self, said: str) -> str:
        # Packets write it so too: MOSIP compares with the word of the country's master data.
        return self.genders.get(said.lower()) or (said.capitalize() if said.isascii() else said)


class Verifier:
    """Asks IDA, a few at once, and judges what it says."""

    def __init__(self, *, ida: Ida, questions: Questions, bulkhead: Bulkhead) -> None:
        self.questions = questions
        self._ida = ida
        self._bulkhead = bulkhead

    @classmethod
    def of(cls, settings: Settings) -> Verifier | None:
        """As the settings say; None when they name no IDA. Raises SettingsError."""
        ida = Ida.of(settings)
        if ida is None:
            return None
        genders = {name.lower(): word for name, word in (settings.bridge_genders or {}).items()}
        return cls(
            ida=ida,
            questions=Questions(language=settings.language, genders=genders),
            bulkhead=Bulkhead(settings.bridge_person_calls),
        )

    def verify(self, person: Demographics) -> Verdict | Failure:
        """What IDA says of the person. Raises Problem 503 when too many ask at once."""
        try:
            with self._bulkhead.place():
                return judge(self._ida.authenticate(person))
        except FullError:
            raise _unavailable("busy", "Too many are being verified.", retry_after=_BUSY_RETRY_S) from None


def problem_of(failure: Failure) -> Problem:
    """The problem for the caller: a person about whom nothing is known has not failed."""
    named = f" IDA's code is {failure.code}." if failure.code else ""
    match failure.trouble:
        case Trouble.CLOCK:
            return _unavailable("clock", f"The clocks of the bridge and IDA differ.{named}")
        case Trouble.PARTNER:
            return _unavailable("partner", f"IDA refuses the bridge as a partner.{named}")
        case Trouble.REQUEST:
            return _unavailable("request", f"IDA can't take what the bridge asks.{named}")
        case Trouble.UNAVAILABLE:
            wait = _RETRY_S if failure.retry_after is None else max(1, min(3600, int(failure.retry_after)))
            return _unavailable("unavailable", f"IDA gave no answer; try again.{named}", retry_after=wait)


def not_configured() -> Problem:
    """The answer of a bridge that has no IDA."""
    return _unavailable("not-configured", "This bridge has no IDA: IDA_AUTH_URL is not set.")


def _check_contract(body: JSON) -> None:
    broken = broken_at(CONTRACT, body)
    if broken is not None:
        detail = f"The body breaks {CONTRACT}."
        raise Problem(status=400, code="bridge.verify.contract", detail=detail, field=broken)


def _mosip_date(text: str) -> str:
    try:
        return date.fromisoformat(text.replace("/", "-")).isoformat().replace("-", "/")
    except ValueError:
        raise _unprocessable("dob", "There is no such day.", "/dob") from None


def _unprocessable(code: str, detail: str, field: str) -> Problem:
    return Problem(status=422, code=f"bridge.verify.{code}", detail=detail, field=field)


def _unavailable(code: str, detail: str, *, retry_after: int | None = None) -> Problem:
    return Problem(status=503, code=f"bridge.verify.{code}", detail=detail, retry_after=retry_after)
