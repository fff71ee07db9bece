"""Mistakes at country-config's door: whose word is taken, and what is read into it."""

# ruff: noqa: SLF001
# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid

from bridge import app, reading, registration, tokens
from bridge.delivery import intake
from bridge.errors import Problem
from bridge.model import State


def takes_the_first_number_it_finds() -> None:
    """A birth number is there, so it is a birth."""
    check = registration._check_one_number

    def first(fields) -> None:
        if registration.BIRTH_NUMBER in fields:
            fields.pop(registration.DEATH_NUMBER, None)
        check(fields)

    registration._check_one_number = first


def fails_at_bad_input() -> None:
    """opencrvs/mosip packages/mosip-api/src/index.ts: one handler for every error."""
    answer = app._problem

    def to_blame(problem: Problem):
        response = answer(problem)
        if response.status_code in (400, 422):
            response.status_code = 500
        return response

    app._problem = to_blame


def reads_json_carelessly() -> None:
    """Any parser will do."""
    reading._DECODER = json.JSONDecoder()


def asks_for_no_scope() -> None:
    """opencrvs/mosip packages/mosip-api/src/index.ts: any valid token."""
    tokens._may_confirm = lambda _: True


def asks_for_no_audience() -> None:
    """Nor for an issuer: the key is the right one."""
    genuine = tokens.ActionTokens._genuine

    def for_anyone(self, authorization):
        claims = tokens._bearer(authorization).claims
        self._issuer, self._audience = claims.get("iss"), tokens._texts(claims.get("aud"))[0]
        return genuine(self, authorization)

    tokens.ActionTokens._genuine = for_anyone


def asks_for_no_signature() -> None:
    """Decoded is not verified."""
    tokens._signed = lambda *_: True


def asks_for_no_date() -> None:
    """Leeway of half a century."""
    tokens.LEEWAY_S = 50 * 365 * 86400


def lets_a_token_choose_its_algorithm() -> None:
    """The header says how to check it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    signed, bearer = tokens._signed, tokens._bearer

    def padded(authorization):
        # A token without signature, read as a library would that knows of such.
        unsigned = authorization is not None and authorization.endswith(".")
        return bearer(f"{authorization}AA" if unsigned else authorization)

    def as_it_says(token, key) -> bool:
        algorithm = token.header.get("alg")
        if algorithm == "none":
            return True
        if algorithm == "HS256":
            secret = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            return hmac.digest(secret, token.signing_input, hashlib.sha256) == token.signature
        return signed(token, key)

    def genuine(self, authorization):
        token = padded(authorization)
        self._check_signature(token)
        return token, self._check_times(token)

    tokens._signed = as_it_says
    tokens.ActionTokens._genuine = genuine


def asks_for_no_action() -> None:
    """Any action will do, be it none."""
    named = tokens._uuid
    tokens._uuid = lambda token, claim: named(token, claim) if claim in token.claims else str(uuid.uuid4())


def answers_when_mosip_has_answered() -> None:
    """Does its work, and then says that it will."""
    take = intake.Intake.take

    def patient(self, token, found):
        row = take(self, token, found)
        while self.store.find(row.rid).state in (State.QUEUED, State.PACKET_SENT):
            time.sleep(0.05)
        return row

    intake.Intake.take = patient


MUTATIONS = (
    takes_the_first_number_it_finds,
    fails_at_bad_input,
    reads_json_carelessly,
    asks_for_no_scope,
    asks_for_no_audience,
    asks_for_no_signature,
    asks_for_no_date,
    lets_a_token_choose_its_algorithm,
    asks_for_no_action,
    answers_when_mosip_has_answered,
)
