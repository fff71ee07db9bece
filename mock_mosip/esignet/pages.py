"""The pages as a browser gets them: HTML that needs no script and nothing from elsewhere."""

from __future__ import annotations

import secrets

from flask import render_template

from mock_control import Answer
from mock_mosip.esignet.errors import PageError
from mock_mosip.esignet.sign_in import CodeSent
from mock_mosip.esignet.state import SignIn, Undecided

LABELS = {
    "name": "Full name",
    "address": "Address",
    "gender": "Gender",
    "birthdate": "Date of birth",
    "picture": "Picture",
    "email": "Email",
    "phone_number": "Phone number",
    "individual_id": "UIN or VID used to sign in",
}


def labelled(name: str) -> str:
    """A claim or scope in words."""
    return LABELS.get(name, name.replace("_", " ").replace("-", " ").capitalize())


def page(template: str, **values: object) -> Answer:
    """One page; a browser may load nothing for it and keep nothing of it."""
    style = secrets.token_urlsafe(12)
    html = render_template(f"esignet/{template}.html", style=style, labelled=labelled, **values)
    policy = f"default-src 'none'; style-src 'nonce-{style}'; img-src data:; base-uri 'none'"
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(body=html, headers=headers, content_type="text/html; charset=utf-8")


def identify(
    sign_in: SignIn, *, error: PageError | None = None, typed: str = "", kind: str = "UIN"
) -> Answer:
    """Asks for the number of the person."""
    return page("identify", sign_in=sign_in, error=error, typed=typed, kind=kind)


def one_time_code(sent: CodeSent) -> Answer:
    """Asks for the one-time code that was just sent."""
    return page("code", sign_in=sent.sign_in, error=None, sent=sent)


def one_time_code_again(sign_in: SignIn, error: PageError) -> Answer:
    """Asks for it once more."""
    return page("code", sign_in=sign_in, error=error, sent=None)


def consent(undecided: Undecided) -> Answer:
    """Asks what may be told."""
    return page("consent", undecided=undecided, error=None)


def leave(undecided: Undecided) -> Answer:
    """Asks whether it is meant."""
    return page("leave", undecided=undecided, error=None)


def failure(error: PageError) -> Answer:
    """The end: 200, as in the real one, and no way back to the relying party."""
    return page("error", error=error)


def back_to(url: str) -> Answer:
    """Sends the browser to the relying party."""
    return Answer(
        status=302,
        headers={"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
        content_type="text/html; charset=utf-8",
    )
