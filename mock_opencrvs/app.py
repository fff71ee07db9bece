"""Puts the services together: one control, one key, one store, and the routes of all three."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from mock_control import Control, ControlSettings, Keys, Refusal, Reset
from mock_opencrvs.auth import routes as auth_routes
from mock_opencrvs.auth.commands import AuthCommands
from mock_opencrvs.auth.service import AuthService
from mock_opencrvs.auth.tokens import Tokens
from mock_opencrvs.country_config import routes as country_routes
from mock_opencrvs.country_config import service as country_service
from mock_opencrvs.country_config import verification
from mock_opencrvs.country_config.correction import SEND_UPDATE
from mock_opencrvs.country_config.pack import CountryPack, EventPack
from mock_opencrvs.desk.commands import FormCommands
from mock_opencrvs.desk.desk import Desk
from mock_opencrvs.desk.page import HTTP_FETCH
from mock_opencrvs.events import aggregate, hook, operations
from mock_opencrvs.events import routes as events_routes
from mock_opencrvs.events.actions import ActionsService
from mock_opencrvs.events.answers import Answers
from mock_opencrvs.events.dispatcher import ERROR_DETAIL, Dispatcher, procedures
from mock_opencrvs.events.model import Event
from mock_opencrvs.events.service import Country, EventsService
from mock_opencrvs.events.state import EventStore
from mock_opencrvs.handover import Handover
from mock_opencrvs.opening import Opening, Unobserved
from mock_opencrvs.settings import OpencrvsSettings
from mock_opencrvs.values import JSON, JSONObject, drawn_uuid
from mock_opencrvs.world import World

MAX_BODY_BYTES = 5 * 1024 * 1024
DEFAULT_ROLE = "REGISTRAR"
DATES: Mapping[str, str] = {"birth": "born", "death": "died"}
"""By which name of the pack the day is called on which it happened."""


def create_app(settings: OpencrvsSettings) -> Flask:
    """A mock OpenCRVS 2.0. Raises PackError for a country pack that cannot be used."""
    pack = CountryPack.load(settings.country_pack)
    admin_token = settings.admin_token if settings.control else None
    control = Control(
        party="opencrvs",
        settings=ControlSettings(
            admin_token=admin_token, seed=settings.seed, journal=settings.control and settings.journal
        ),
    )
    tokens = Tokens(
        settings.token_key_pem,
        written_at=control.stamps.now,
        judged_at=control.timers.now,
        action_ttl_s=settings.action_token_ttl_s,
    )
    auth = AuthService(tokens=tokens, clients=settings.clients)
    world, store = World(control), EventStore()
    calls = hook.Hook(
        control=control, tokens=tokens, url=settings.country_config_url, timeout_s=settings.hook_timeout_s
    )
    country = Country(
        forms={kind: each.form for kind, each in pack.events.items()},
        dates={kind: each.names[DATES[kind]] for kind, each in pack.events.items() if kind in DATES},
        office=pack.office,
        locations=frozenset(pack.locations),
    )
    config = country_service.CountryConfig(
        pack=pack,
        control=control,
        world=world,
        bridge_url=settings.bridge_url,
        routes=settings.bridge_routes,
        bridge_timeout_s=settings.bridge_timeout_s,
        now=control.stamps.now,
    )
    table = procedures(
        EventsService(store=store, world=world, country=country),
        ActionsService(store=store, world=world, country=country, hook=calls.call),
    )
    control.register(
        *operations.SPECS, hook.OPERATION, country_service.SEND, SEND_UPDATE, verification.VERIFY
    )
    _declare(control, store, auth, pack)
    control.setting(
        verification.SETTING,
        default="yes" if pack.verify and settings.bridge_verifies else "no",
        choices=["yes", "no"],
        help="whether the country configuration has the bridge verify the people of a declaration",
    )
    opening = Opening(
        store=store,
        world=Unobserved(control),
        country=country,
        tokens=tokens,
        writer=config,
        role=DEFAULT_ROLE,
        scopes=pack.roles[DEFAULT_ROLE],
    )
    control.command(
        "opencrvs.registration",
        Handover(store=store, tokens=tokens, writer=config).run,
        help="what the bridge would be sent {event_id, action_id, certificate_number, token?}"
        " → {token, request}",
    )
    answers = Answers()
    _declare_load(control, opening, answers)
    form_commands(control, settings, store, pack).declare()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.register_blueprint(auth_routes.blueprint(auth))
    app.register_blueprint(
        events_routes.blueprint(Dispatcher(control=control, auth=auth, table=answers.watching(table)))
    )
    app.register_blueprint(country_routes.blueprint(config, auth))
    app.add_url_rule("/health", "health", lambda: {"status": "ok"})
    control.init_app(app)
    return app


def _declare(control: Control, store: EventStore, auth: AuthService, pack: CountryPack) -> None:
    """Settings, commands, state and reset of this mock, as the admin API offers them."""
    control.setting(
        country_service.DIALECT,
        default="language-arrays",
        choices=["plain", "language-arrays"],
        help="how the country configuration writes requestFields to the bridge",
    )
    control.setting(
        ERROR_DETAIL,
        default="development",
        choices=["development", "production"],
        help="whether a 500 of the events service says what went wrong, or only 'Internal server error'",
    )

    def user_token(arguments: Mapping[str, JSON]) -> JSON:
        role, scopes = arguments.get("role", DEFAULT_ROLE), arguments.get("scopes")
        if not isinstance(role, str) or (scopes is None and role not in pack.roles):
            raise Refusal(f"no role {role!r} in pack {pack.id}", near=sorted(pack.roles))
        if scopes is not None and not (
            isinstance(scopes, list) and all(isinstance(each, str) for each in scopes)
        ):
            raise Refusal("scopes must be a list of texts")
        held = [str(each) for each in scopes] if isinstance(scopes, list) else list(pack.roles[role])
        subject = drawn_uuid(control.draw("user", None))
        return {
            "token": auth.tokens.user(subject=subject, role=role, scopes=held),
            "sub": subject,
            "office": pack.office,
        }

    def record(arguments: Mapping[str, JSON]) -> JSON:
        event = store.get(str(arguments.get("event_id")))
        if event is None:
            raise Refusal("no such record", status=404)
        return record_view(event)

    def forget(reset: Reset) -> None:
        store.forget(lambda owner: not reset.covers(owner))

    control.command(
        "opencrvs.user_token",
        user_token,
        help="a token of a new user {role?, scopes?} → {token, sub, office}",
    )
    AuthCommands(auth).declare(control)
    control.command("opencrvs.record", record, help="one record {event_id}, as state/records shows it")
    control.on_state("records", lambda: {event.id: record_view(event) for event in store.all()})
    control.on_state("country_pack", lambda: pack_view(pack))
    control.on_reset(forget)


def _declare_load(control: Control, opening: Opening, answers: Answers) -> None:
    """What a load test needs: registrations made beforehand, and news of those that were answered."""
    control.command(
        "opencrvs.open_registrations",
        opening.run,
        help="registrations that wait for the bridge, without a hook {kind, declarations} → {registrations}",
    )
    control.command(
        "opencrvs.answers",
        answers.feed,
        help="accepts and rejects of registrations that were taken {after?, wait?} → {answers, last}",
    )
    control.on_reset(lambda reset: answers.forget() if reset.scenario is None else None)


def form_commands(
    control: Control, settings: OpencrvsSettings, store: EventStore, pack: CountryPack
) -> FormCommands:
    """The desk with the pages of the pack; what it sends belongs to the record's declaration."""

    def keys(event_id: str) -> Keys:
        event, reserved = store.get(event_id), control.reservation(kind="event", value=event_id)
        tracking = event.tracking_id if event else reserved.tracking_id if reserved else None
        known = {"event": event_id, "action_type": "DECLARE"}
        return Keys(weak={**known, "tracking": tracking} if tracking else known)

    desk = Desk(
        public_url=settings.public_url,
        bridge_url=settings.bridge_url,
        routes=settings.bridge_routes,
        esignet=settings.esignet,
        send=control.send,
        keys=keys,
        now=control.stamps.iso,
        page_fields=pack.page_fields,
    )
    fields = [name.partition(".") for each in pack.events.values() for name in each.form]
    pages = {page for page, _, name in fields if name == HTTP_FETCH}
    return FormCommands(desk=desk, control=control, pages=pages)


def pack_view(pack: CountryPack) -> JSONObject:
    """What a scenario needs of the pack: the names it may use for fields, process names and policies."""
    events: JSONObject = {
        kind: {
            "names": dict[str, JSON](each.names),
            "process": each.registration.process,
            "waits_for": each.registration.waits_for,
            "told": _told_by(each),
            "certificate_field": each.registration.certificate_field,
            "informant_token": each.registration.informant_token.request_field
            if each.registration.informant_token
            else None,
        }
        for kind, each in pack.events.items()
    }
    return {
        "id": pack.id,
        "title": pack.title,
        "identifier": pack.identifier,
        "credential": pack.credential,
        "languages": list[JSON](pack.languages),
        "sexes": {
            word: {"form": each.form, "words": dict[str, JSON](each.words)}
            for word, each in pack.sexes.items()
        },
        "choices": {name: dict[str, JSON](each) for name, each in pack.choices.items()},
        "page_fields": dict[str, JSON](pack.page_fields),
        "events": events,
    }


def _told_by(event: EventPack) -> JSONObject:
    """By which fields MOSIP is told what the pack has a name for, by that name."""
    fields = event.registration.request_fields
    return {
        name: [
            each
            for field, rule in fields.items()
            if rule.sources[:1] == (source,)
            for each in (field, rule.plain_name)
            if each is not None
        ]
        for name, source in event.names.items()
        if any(rule.sources[:1] == (source,) for rule in fields.values())
    }


def record_view(event: Event) -> JSONObject:
    """A record as the admin API shows it: the event document and what it amounts to."""
    return {
        **event.to_json(),
        "status": aggregate.status(event),
        "flags": list[JSON](aggregate.flags(event)),
        "declaration": aggregate.declaration(event),
        "registrationNumber": aggregate.registration_number(event),
        "assignedTo": aggregate.assigned_to(event),
    }
