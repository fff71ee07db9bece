"""Mistakes at the login."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace

from bridge import client_key, keyset, login, person
from bridge.api import login as route
from bridge.api import registration as intake
from bridge.errors import Problem
from bridge.esignet import Esignet, LoginRefused
from bridge.person import Mapper, Name


def _changed_assertion(change: Callable[[dict[str, object]], None]) -> None:
    part = client_key._part

    def changed(value: object) -> str:
        if isinstance(value, dict) and "jti" in value:
            change(value)
        return part(value)

    client_key._part = changed


def sends_no_jti() -> None:
    """The assertion as before E-Signet 1.7: opencrvs/mosip packages/mosip-api/src/esignet-api.ts."""
    _changed_assertion(lambda claims: claims.pop("jti"))


def sends_one_jti_for_all() -> None:
    """Draws it once, at start."""
    _changed_assertion(lambda claims: claims.update(jti="drawn-once"))


def _unverified(raw: str) -> Mapping[str, object]:
    text = raw.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def believes_unsigned_userinfo() -> None:
    """Reads userinfo without its signature: opencrvs/mosip packages/mosip-api/src/esignet-api.ts."""
    Esignet._told = lambda _, raw, *__, **___: _unverified(raw)


class _Anybody(str):
    """A name that is like every other."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def compares_no_subject() -> None:
    """Takes what is told of anybody, or of nobody, for what is told of the one who logged in."""
    subject, claims_of = Esignet._subject, Esignet._claims
    Esignet._subject = lambda self, *told, **limits: _Anybody(subject(self, *told, **limits))
    Esignet._claims = lambda self, asked, **limits: {"sub": "", **claims_of(self, asked, **limits)}


def reads_no_whole_name() -> None:
    """Knows given and family name only: opencrvs/mosip packages/mosip-api/src/esignet-api.ts."""

    def by_parts(_, claims):
        first, last = (str(claims.get(each, "")) for each in ("given_name", "family_name"))
        return Name(first=first, last=last)

    Mapper.name = by_parts


def keeps_first_and_last_word_only() -> None:
    """What lies between is dropped, and one word fills both: opencrvs/mosip, later versions."""

    def ends(words, _):
        return Name(first=words[0], last=words[-1])

    person._split = ends


def keeps_the_query_of_the_redirect() -> None:
    """Sends the page's address on as it is, though the link left the query out."""
    login.normal_redirect = lambda uri: uri


def cuts_a_letter_where_no_query_is() -> None:
    """Cuts where a search ends that has found nothing."""
    login.normal_redirect = lambda uri: uri[: uri.find("?")]


def hides_that_a_login_was_refused() -> None:
    """Makes an answer of its own for a login that E-Signet refuses, so that the form is quiet."""
    claims_of = Esignet.claims

    def hushed(self, asked):
        try:
            return claims_of(self, asked)
        except LoginRefused as refused:
            if refused.reason != "redirect-mismatch":
                raise
            return {"sub": "unknown"}

    Esignet.claims = hushed


def invents_what_was_not_told() -> None:
    """Fills the gaps that a person's consent has left."""
    told = Mapper.user_info

    def filled(self, claims):
        return {"gender": "unknown", "birthDate": "1900-01-01", **told(self, claims)}

    Mapper.user_info = filled


def breaks_down_when_a_login_fails() -> None:
    """Answers 500 to all that goes wrong: opencrvs/mosip packages/mosip-api/src/routes/oidp-user-info.ts."""

    def broken(*_: object, **__: object) -> Problem:
        return Problem(status=500, code="bridge.login.unavailable", detail="An unexpected error occurred.")

    route.problem_of = broken
    login._bad_request = broken


def waits_for_esignet_for_ever() -> None:
    """Has no time-out that a form would live to see."""
    os.environ["BRIDGE_LOGIN_TIMEOUT_S"] = "10"


def keeps_the_first_keys_for_ever() -> None:
    """Keys are read once, as if nobody changed them."""

    class First(keyset.KeptKey):
        def newer_than(self, refused):
            return refused

    keyset.KeptKey = First


def forgets_the_subject() -> None:
    """Answers as the forms of 1.9 know it, without a name for the person."""
    os.environ["BRIDGE_USER_INFO_SHAPE"] = "1.9"


def forgets_the_introducer() -> None:
    """Takes from a registration what it knows of, and an introducer is not among it."""
    parse = intake.parse_registration

    def without(*message: object, **more: object):
        found = parse(*message, **more)
        kept = {name: each for name, each in found.fields.items() if name not in introducers}
        told = {name: each for name, each in found.meta_info.items() if name not in introducers}
        return replace(found, fields=kept, meta_info=told)

    introducers = ("introducerInfoToken", "deceasedInformer", "informantPsut")
    intake.parse_registration = without


MUTATIONS = (
    sends_no_jti,
    sends_one_jti_for_all,
    believes_unsigned_userinfo,
    compares_no_subject,
    reads_no_whole_name,
    keeps_first_and_last_word_only,
    keeps_the_query_of_the_redirect,
    cuts_a_letter_where_no_query_is,
    hides_that_a_login_was_refused,
    invents_what_was_not_told,
    breaks_down_when_a_login_fails,
    waits_for_esignet_for_ever,
    keeps_the_first_keys_for_ever,
    forgets_the_subject,
    forgets_the_introducer,
)
