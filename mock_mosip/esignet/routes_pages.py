"""The authorize page over HTTP: ``/authorize``, and where its forms go."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint

from mock_control import Answer, Incoming, operation
from mock_mosip.esignet import pages
from mock_mosip.esignet.errors import PageError, bad_gateway
from mock_mosip.esignet.keys import AUTO, AUTO_CONSENT, LoginKeys, of_query
from mock_mosip.esignet.sign_in import DENIALS, Redirect, SigningIn


def make_blueprint(signing_in: SigningIn, keys: LoginKeys) -> Blueprint:
    """Routes of the page."""
    blueprint = Blueprint("esignet_pages", __name__, template_folder="templates")

    @blueprint.get("/authorize")
    @operation(
        "esignet.oauth.authorize",
        help="A browser comes to sign in; with ?auto= it goes back at once",
        keys=of_query,
        answers={"html-502": bad_gateway},
    )
    def authorize(incoming: Incoming) -> Answer:
        query = incoming.query
        try:
            if query.get(AUTO):
                done = signing_in.auto(query, query[AUTO], query.get(AUTO_CONSENT, "all"))
                return pages.back_to(done.url)
            return pages.identify(signing_in.begin(query))
        except PageError as error:
            return pages.failure(error)

    @blueprint.post("/login")
    @operation(
        "esignet.oauth.login",
        help="A person says who they are, and gives the one-time code",
        keys=keys.of_form,
        answers={"html-502": bad_gateway},
    )
    def login(incoming: Incoming) -> Answer:
        try:
            return _STEPS.get(incoming.form.get("step", ""), _back)(signing_in, incoming.form)
        except PageError as error:
            return pages.failure(error)

    @blueprint.post("/consent")
    @operation(
        "esignet.oauth.consent",
        help="A person allows, or leaves",
        keys=keys.of_form,
        answers={"html-502": bad_gateway},
    )
    def consent(incoming: Incoming) -> Answer:
        key, decision = incoming.form.get("transaction", ""), incoming.form.get("decision", "")
        try:
            if decision == "allow":
                claims, scopes = (_ticked(incoming.form, prefix) for prefix in ("claim.", "scope."))
                return pages.back_to(signing_in.allow(key, claims, scopes).url)
            if decision in DENIALS:
                return pages.back_to(signing_in.deny(key, decision).url)
            undecided = signing_in.undecided(key)
            return pages.leave(undecided) if decision == "ask" else pages.consent(undecided)
        except PageError as error:
            return pages.failure(error)

    return blueprint


def _ticked(form: Mapping[str, str], prefix: str) -> list[str]:
    return [name.removeprefix(prefix) for name in form if name.startswith(prefix)]


def _send_code(signing_in: SigningIn, form: Mapping[str, str]) -> Answer:
    key, kind = form.get("transaction", ""), form.get("id_type", "")
    who = form.get("individual_id", "").strip()
    sign_in = signing_in.under_way(key)
    try:
        return pages.one_time_code(signing_in.send_code(key, "VID" if kind == "VID" else "UIN", who))
    except PageError as error:
        return pages.identify(sign_in, error=error, typed=who, kind=kind)


def _verify(signing_in: SigningIn, form: Mapping[str, str]) -> Answer:
    key = form.get("transaction", "")
    sign_in = signing_in.under_way(key)
    try:
        found = signing_in.verify(key, form.get("otp", "").strip())
    except PageError as error:
        if sign_in.person is None:
            return pages.identify(sign_in, error=error)
        return pages.one_time_code_again(sign_in, error)
    return pages.back_to(found.url) if isinstance(found, Redirect) else pages.consent(found)


def _back(signing_in: SigningIn, form: Mapping[str, str]) -> Answer:
    return pages.identify(signing_in.under_way(form.get("transaction", "")))


_STEPS = {"send-code": _send_code, "verify": _verify, "back": _back}
