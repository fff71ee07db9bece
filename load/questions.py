"""Makes what is asked at the bridge's two other doors: is this the person, and who has logged in at E-Signet.

All of it is made before the load begins: people, tokens of users, and the code of each login.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, Final, Literal, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from load.drive import Request, drive
from load.prepare import AT_ONCE, Names, batches
from sandbox.errors import SandboxError
from sandbox.keys import ESIGNET_CLIENT_ID

if TYPE_CHECKING:
    from mock_control.client import JSON
    from sandbox.running import Parties

VERIFY_PATH: Final = "/verify"
LOGIN_PATH: Final = "/esignet/get-oidp-user-info"
CODE_LIFE_S: Final = 300.0
"""So long is a code of E-Signet good. (mosip/esignet: application-default.properties)"""
BORN: Final = "1990-01-31"
PEOPLE: Final = 200
USERS: Final = 8
BROWSERS: Final = 8
Kind = Literal["verify", "login"]
Form = Literal["application/json", "text/plain"]


class QuestionsError(SandboxError):
    """What was to be asked could not be made; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question about a person, ready to be asked; ``proof`` is in the answer if it is the right one."""

    kind: Kind
    path: str
    token: str
    accept: str
    body: str
    proof: str

    @property
    def headers(self) -> dict[str, str]:
        """As a form sends them."""
        return {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Accept": self.accept,
        }

    def request(self) -> Request:
        """The question as a request."""
        return Request(method="POST", path=self.path, headers=self.headers, body=self.body.encode())

    def answered(self, status: int, body: bytes) -> bool:
        """Whether this is the right answer."""
        return status == 200 and self.proof.encode() in body


@dataclass(frozen=True, kw_only=True)
class Known:
    """A person whom IDA and E-Signet know, women all."""

    first: str
    last: str
    uin: str


class Asking:
    """People of a sandbox and the questions about them; the same seed makes the same people."""

    def __init__(self, parties: Parties, *, seed: int) -> None:
        self._parties = parties
        self._people: Sequence[Known] = tuple(self._introduced(Names(seed)))
        self._tokens = [self._user() for _ in range(USERS)]
        self._asked = 0

    def verifications(self, count: int, *, form: Form = "text/plain") -> list[Question]:
        """About one person after another, each of whom is who the question says."""
        accept = form if form == "application/json" else "*/*"
        return [self._verification(*each, accept) for each in self._turns(count)]

    def logins(self, count: int) -> list[Question]:
        """Each person has just logged in and consented; the codes are good for five minutes.

        Raises QuestionsError when E-Signet gives none.
        """
        turns = list(self._turns(count))
        redirects = [self._redirect(number) for number in range(count)]
        browsers = [
            Request(method="GET", path=f"/authorize?{urlencode(_authorize(person, redirect))}")
            for (person, _), redirect in zip(turns, redirects, strict=True)
        ]
        sent_back = drive(self._parties.urls["esignet"], browsers, connections=BROWSERS).answers
        codes = [parse_qs(urlsplit(each.location).query).get("code", [""])[0] for each in sent_back]
        if not all(codes):
            raise QuestionsError(f"E-Signet gave {sum(map(bool, codes))} codes for {count} logins")
        return [
            _login(person, token, redirect, code)
            for (person, token), redirect, code in zip(turns, redirects, codes, strict=True)
        ]

    def _turns(self, count: int) -> Iterator[tuple[Known, str]]:
        begin, self._asked = self._asked, self._asked + count
        everybody = zip(cycle(self._people), cycle(self._tokens), strict=False)
        return islice(everybody, begin % len(self._people), begin % len(self._people) + count)

    def _introduced(self, names: Names) -> Iterator[Known]:
        made = [names.next() for _ in range(PEOPLE)]
        for some in batches(made, AT_ONCE):
            people: list[JSON] = [_person(first, last) for first, last in some]
            known = self._parties.mosip.people(scenario="load", people=people)
            self._parties.esignet.people(scenario="load", people=known)
            numbers = (str(each["uin"]) for each in cast("list[Mapping[str, str]]", known))
            for (first, last), uin in zip(some, numbers, strict=True):
                yield Known(first=first, last=last, uin=uin)

    def _user(self) -> str:
        answer = self._parties.opencrvs.command("opencrvs.user_token")
        return cast("Mapping[str, str]", answer)["token"]

    def _redirect(self, number: int) -> str:
        event = f"{number:08x}-0000-4000-8000-000000000000"
        return f"{self._parties.urls['opencrvs']}/events/declare/{event}/pages/mother"

    def _verification(self, person: Known, token: str, accept: str) -> Question:
        body = {
            "nid": person.uin,
            "name": {"firstname": person.first, "surname": person.last},
            "dob": BORN,
            "gender": "female",
        }
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return Question(
            kind="verify", path=VERIFY_PATH, token=token, accept=accept, body=text, proof="verified"
        )


def _login(person: Known, token: str, redirect: str, code: str) -> Question:
    body = json.dumps({"clientId": ESIGNET_CLIENT_ID, "redirectUri": redirect}, separators=(",", ":"))
    query = urlencode({"code": code, "state": "fetch-on-mount"})
    return Question(
        kind="login",
        path=f"{LOGIN_PATH}?{query}",
        token=token,
        accept="application/json",
        body=body,
        proof=person.uin,
    )


def _authorize(person: Known, redirect: str) -> dict[str, str]:
    """What a form's button asks, and ``auto`` for the page of the mock, which then needs nobody before it."""
    wanted = {claim: {"essential": True} for claim in ("name", "birthdate", "gender", "individual_id")}
    return {
        "client_id": ESIGNET_CLIENT_ID,
        "response_type": "code",
        "scope": "openid profile",
        "acr_values": "mosip:idp:acr:generated-code",
        "claims": json.dumps({"userinfo": wanted}, separators=(",", ":")),
        "state": "fetch-on-mount",
        "redirect_uri": redirect,
        "auto": person.uin,
    }


def _person(first: str, last: str) -> JSON:
    return {
        "id": first,
        "name": {"first": first, "last": last},
        "born": BORN,
        "gender": "Female",
        "email": "person@example.org",
        "phone": "0712345678",
        "at": {"id_repository": "active", "ida": "active", "esignet": "active"},
    }
