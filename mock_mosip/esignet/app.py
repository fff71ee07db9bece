"""Puts E-Signet together as a Flask app of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Flask

from mock_control import JSON, Control, ControlSettings, Reset
from mock_mosip.esignet import routes_pages, routes_protocol
from mock_mosip.esignet import settings as choices
from mock_mosip.esignet.identity_system import ASK, IdentitySystem
from mock_mosip.esignet.keys import LoginKeys
from mock_mosip.esignet.people import Directory
from mock_mosip.esignet.reference import ReferenceMock
from mock_mosip.esignet.reference import make_blueprint as reference_routes
from mock_mosip.esignet.settings import EsignetSettings, RelyingParty
from mock_mosip.esignet.sign_in import SigningIn, pairwise_subject
from mock_mosip.esignet.signing import Keyring
from mock_mosip.esignet.state import Memory
from mock_mosip.esignet.tokens import Tokens

SETTINGS = (
    (
        "esignet.userinfo_iss",
        choices.USERINFO_ISSUERS,
        "Who userinfo is from: as discovery says, or with a path",
    ),
    ("esignet.birthdate", choices.BIRTHDATES, "How a date of birth is written"),
    ("esignet.name_shape", choices.NAME_SHAPES, "What the claim name becomes"),
    ("esignet.jti_required", choices.YES_NO, "Whether an assertion needs a jti that was never used (1.7 on)"),
    ("esignet.assertion_audience", choices.ASSERTION_AUDIENCES, "Which audience an assertion may have"),
    ("esignet.signing_alg", choices.SIGNING_ALGORITHMS, "By which algorithm tokens and userinfo are signed"),
)


def create_app(settings: EsignetSettings) -> Flask:
    """The whole E-Signet. Raises ValueError or TypeError for a key that can't be read."""
    app = Flask("mock_mosip.esignet", static_folder=None)
    control = _control(settings)
    memory, keyring = Memory(control.timers.now), Keyring(settings.signing_key_pem)
    control.on_people(memory.people.add, identifiers=("uin", "vid"))
    control.on_state("people", memory.people.render)
    control.on_state("logins", memory.render)
    control.on_reset(memory.forget)
    control.on_reset(lambda reset: _restore(keyring, reset))
    control.command(
        "esignet.rotate_key",
        lambda arguments: _rotate(keyring, arguments),
        help="Signs with a new key from now on {withdraw?: true drops the old ones from the JWKS, "
        "back?: true undoes it} → {kid}",
    )
    if settings.profile == "reference-mock":
        mock = ReferenceMock(people=memory.people, keyring=keyring, control=control)
        control.on_reset(mock.forget)
        app.register_blueprint(reference_routes(mock, keyring))
    else:
        _add_esignet(app, settings, memory, keyring, control)
    app.add_url_rule("/health", "health", lambda: {"status": "ok"})
    control.init_app(app)
    return app


def _add_esignet(
    app: Flask, settings: EsignetSettings, memory: Memory, keyring: Keyring, control: Control
) -> None:
    issuer = settings.public_url
    identity_system = None
    if settings.ida is not None:
        control.register(ASK)
        identity_system = IdentitySystem(link=settings.ida, control=control)
    control.on_state("subjects", lambda: _subjects(memory.people, settings.clients))
    signing_in = SigningIn(
        clients={each.client_id: each for each in settings.clients},
        issuer=issuer,
        otp=settings.otp,
        memory=memory,
        control=control,
        identity_system=identity_system,
    )
    tokens = Tokens(issuer=issuer, keyring=keyring, memory=memory, control=control)
    keys = LoginKeys(memory=memory)
    app.register_blueprint(routes_pages.make_blueprint(signing_in, keys))
    app.register_blueprint(
        routes_protocol.make_blueprint(
            issuer=issuer, keyring=keyring, tokens=tokens, keys=keys, control=control
        )
    )


def _subjects(people: Directory, clients: Sequence[RelyingParty]) -> JSON:
    """By which name each client is told of each person."""
    return [
        {"uin": person.uin, "client_id": client.client_id, "sub": pairwise_subject(person, client)}
        for person in people.everybody()
        for client in clients
    ]


def _control(settings: EsignetSettings) -> Control:
    control = Control(
        party="esignet",
        settings=ControlSettings(
            admin_token=settings.admin_token if settings.control else None,
            seed=settings.seed,
            journal=settings.journal and settings.control,
        ),
    )
    for name, words, text in SETTINGS:
        control.setting(name, default=words[0], choices=words, help=text)
    return control


def _restore(keyring: Keyring, reset: Reset) -> None:
    if reset.scenario is None:
        keyring.restore()


def _rotate(keyring: Keyring, arguments: Mapping[str, JSON]) -> JSON:
    if arguments.get("back") is True:
        return {"kid": keyring.restore()}
    return {"kid": keyring.rotate(withdraw=arguments.get("withdraw") is True)}
