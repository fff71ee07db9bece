"""Puts the services together as one Flask app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask

from mock_control import JSON, Control, ControlSettings, OperationSpec, Refusal
from mock_mosip import settings as choices
from mock_mosip.auth_manager.guard import Guard
from mock_mosip.auth_manager.routes import make_blueprint as auth_manager_routes
from mock_mosip.auth_manager.service import AuthManager
from mock_mosip.auth_manager.tokens import REALM, Tokens
from mock_mosip.credentials.encryption import Encryptor
from mock_mosip.credentials.forgery import MUTATIONS, SIGNATURES, Forger
from mock_mosip.credentials.making import Maker
from mock_mosip.credentials.proof import Prover
from mock_mosip.credentials.routes import make_blueprint as credentials_routes
from mock_mosip.credentials.service import Credentials
from mock_mosip.crypto import Signer
from mock_mosip.id_repository.people import Introduce, People
from mock_mosip.id_repository.service import IdRepository
from mock_mosip.id_repository.state import Identities
from mock_mosip.ida import settings as ida_choices
from mock_mosip.ida.replica import SPEC as IDA_REPLICA
from mock_mosip.ida.replica import Feed
from mock_mosip.ida.routes import make_blueprint as ida_routes
from mock_mosip.ida.service import Authentication
from mock_mosip.ida.state import Replica
from mock_mosip.packet_manager.routes import make_blueprint as packet_manager_routes
from mock_mosip.packet_manager.service import PacketManager
from mock_mosip.packet_manager.state import Packets
from mock_mosip.registration_status.routes import make_blueprint as registration_status_routes
from mock_mosip.registration_status.service import StatusService
from mock_mosip.settings import MosipSettings
from mock_mosip.websub.routes import make_blueprint as websub_routes
from mock_mosip.websub.service import Hub
from mock_mosip.websub.state import Subscriptions
from mock_mosip.workflow import engine
from mock_mosip.workflow.routes import make_blueprint as workflow_routes
from mock_mosip.workflow.service import WorkflowManager
from mock_mosip.workflow.stages import MasterData, Stages
from mock_mosip.workflow.state import Registrations

MESSAGES = (
    OperationSpec(
        name="mosip.websub.verify",
        kind="message",
        help="The hub asks a callback whether it meant to subscribe, or tells it no",
        request="mosip/websub-verification.request",
    ),
    OperationSpec(
        name="mosip.websub.deliver",
        kind="message",
        help="The hub delivers a credential or the end of a workflow",
        changes={"mutate": MUTATIONS, "sign": SIGNATURES},
    ),
)


@dataclass(frozen=True, kw_only=True)
class Memory:
    """All that this MOSIP remembers."""

    packets: Packets
    registrations: Registrations
    identities: Identities
    subscriptions: Subscriptions

    def attach(self, control: Control) -> None:
        """Shows it, and forgets what a reset covers; subscriptions stay."""
        for name, part in (
            ("packets", self.packets),
            ("workflows", self.registrations),
            ("identities", self.identities),
        ):
            control.on_state(name, part.render)
            control.on_reset(part.forget)
        control.on_state("sub_packets", self.packets.render_zips)
        control.on_state("subscriptions", self.subscriptions.render)


def create_app(settings: MosipSettings) -> Flask:
    """The whole mock.

    Raises ValueError or TypeError for keys that can't be read, OSError for the state directory.
    """
    app = Flask("mock_mosip", static_folder=None)
    control = _control(settings)
    memory = Memory(
        packets=Packets(),
        registrations=Registrations(),
        identities=Identities(),
        subscriptions=Subscriptions(settings.state_dir / "hub.sqlite"),
    )
    memory.attach(control)
    signer = Signer(settings.signing_key_pem)
    tokens = Tokens(
        key_pem=settings.token_key_pem,
        issuer=f"{settings.public_url}/auth/realms/{REALM}",
        ttl_s=settings.token_ttl_s,
        control=control,
    )
    control.on_reset(lambda reset: tokens.forget() if reset.scenario is None else None)
    manager = AuthManager(clients=settings.clients, tokens=tokens)
    inner = frozenset(each.client_id for each in settings.clients if not each.partner)
    guard = Guard(tokens=tokens, audience=inner, control=control)
    hub = Hub(
        subscriptions=memory.subscriptions,
        retry=settings.hub_retry,
        public_url=settings.public_url,
        control=control,
    )
    credentials = _credentials(settings, signer, hub, control)
    repository = IdRepository(identities=memory.identities, partner_id=settings.partner_id, control=control)
    feed, ida = _ida(settings, memory, signer, control)
    workflows = _workflows(settings, memory, repository, credentials, hub, feed, control)
    forger = Forger(
        packets=memory.packets,
        registrations=memory.registrations,
        credentials=credentials,
        hub=hub,
        control=control,
    )
    introduce: Introduce | None = None if feed is None else feed.introduce
    control.on_people(People(repository, introduce).add, identifiers=("uin", "vid"))
    control.command(
        "mosip.deliver",
        forger.deliver,
        help="Sends a credential event that MOSIP did not issue to the subscriber",
    )
    control.on_reset(manager.forget)
    control.on_reset(hub.forget)
    _commands(control, manager=manager, hub=hub)
    for blueprint in (
        auth_manager_routes(manager, control),
        packet_manager_routes(
            PacketManager(
                packets=memory.packets, signer=signer, processes=settings.processes, control=control
            ),
            guard,
            control,
        ),
        workflow_routes(workflows, guard, control),
        registration_status_routes(StatusService(memory.registrations), guard, control),
        websub_routes(hub, manager, control),
        credentials_routes(public_url=settings.public_url, signer=signer),
        *ida,
    ):
        app.register_blueprint(blueprint)
    app.add_url_rule("/health", "health", lambda: {"status": "ok"})
    control.init_app(app)
    return app


def _commands(control: Control, *, manager: AuthManager, hub: Hub) -> None:
    """What may befall this MOSIP while it runs."""

    def forget_subscriptions(arguments: Mapping[str, JSON]) -> JSON:
        if set(arguments) - {"back"}:
            raise Refusal("mosip.forget_subscriptions takes back", near=["back"])
        if arguments.get("back") is True:
            return {"recovered": hub.subscriptions.recover()}
        return {"forgotten": hub.subscriptions.clear()}

    control.command(
        "mosip.forget_subscriptions",
        forget_subscriptions,
        help="The hub loses its subscriptions, and tells nobody {back?: true recovers them}",
    )
    control.command(
        "mosip.restart_hub",
        hub.restart,
        help="The hub begins anew and sends again what it had not recorded as delivered "
        "{arrived?: how many that had arrived} → {again}",
    )
    control.command(
        "mosip.expire_tokens",
        lambda _: {"ended": manager.tokens.end_all()},
        help="Every token that was given so far is refused from now on → {ended}",
    )
    control.command(
        "mosip.rotate_secret",
        manager.rotate_secrets,
        help="Clients get a secret that nobody knows {of?: packets or websub, back?: true undoes it} "
        "→ {clients}",
    )


def _control(settings: MosipSettings) -> Control:
    admin_token = settings.admin_token if settings.control else None
    control = Control(
        party="mosip",
        settings=ControlSettings(
            admin_token=admin_token, seed=settings.seed, journal=settings.control and settings.journal
        ),
    )
    control.register(*MESSAGES, *engine.specs())
    declared = (
        (
            "mosip.death_policy",
            settings.death_policy,
            choices.DEATH_POLICIES,
            "What a death does to an identity",
        ),
        (
            "mosip.mandatory_attributes",
            settings.mandatory_attributes,
            choices.MANDATORY_ATTRIBUTES,
            "strict: the list of MOSIP 1.3; lenient: of its development branch",
        ),
        (
            "mosip.credential_policy",
            "stock",
            choices.CREDENTIAL_POLICIES,
            "Who gets a credential: by process as configured, all, or nobody",
        ),
        (
            "mosip.identifier_claim",
            settings.identifier_claim,
            choices.IDENTIFIER_CLAIMS,
            "Which identifier a credential shares",
        ),
        ("mosip.proof", settings.proof, choices.PROOFS, "What a credential's proof signs"),
        ("mosip.providers", settings.providers, choices.PROVIDERS, "Which packet writers are configured"),
        (
            "mosip.status_roles",
            settings.status_roles,
            choices.STATUS_ROLES,
            "Who may ask how far registrations are: extended, also who brings packets",
        ),
    )
    for name, default, words, text in declared:
        control.setting(name, default=default, choices=words, help=text)
    return control


def _ida(
    settings: MosipSettings, memory: Memory, signer: Signer, control: Control
) -> tuple[Feed | None, tuple[Blueprint, ...]]:
    """ID authentication, if this MOSIP has one: what feeds its replica, and its routes."""
    if settings.ida is None:
        return None, ()
    control.register(IDA_REPLICA)
    control.hide(settings.ida.misp_licence_key, settings.ida.api_key)
    for name, words, text in (
        ("mosip.ida_word_order", ida_choices.WORD_ORDERS, "Whether the order of a name's words counts"),
        (
            "mosip.ida_id_rules",
            ida_choices.ID_RULES,
            "legacy: IDA takes any ten digits for a UIN and any sixteen for a VID",
        ),
        (
            "mosip.ida_errors",
            ida_choices.ERROR_LISTS,
            "with-007: what IDA refuses early is told behind IDA-MLC-007",
        ),
    ):
        control.setting(name, default=words[0], choices=words, help=text)
    replica = Replica()
    control.on_state("ida", replica.render)
    control.on_reset(replica.forget)
    feed = Feed(
        replica=replica,
        identities=memory.identities,
        delay_s=settings.ida.replica_delay_s,
        control=control,
    )
    service = Authentication(
        settings=settings.ida, public_url=settings.public_url, replica=replica, control=control
    )
    return feed, (ida_routes(service, signer),)


def _credentials(settings: MosipSettings, signer: Signer, hub: Hub, control: Control) -> Credentials:
    maker = Maker(
        partner_id=settings.partner_id,
        encryptor=Encryptor(settings.partner_certificate_pem),
        prover=Prover(signer=signer, public_url=settings.public_url),
        signer=signer,
        control=control,
    )
    return Credentials(maker=maker, policy=settings.credential_policy, hub=hub)


def _workflows(
    settings: MosipSettings,
    memory: Memory,
    repository: IdRepository,
    credentials: Credentials,
    hub: Hub,
    feed: Feed | None,
    control: Control,
) -> WorkflowManager:
    master = MasterData(
        centers=frozenset(settings.centers),
        machines=frozenset(settings.machines),
        officers=frozenset(settings.officers),
        processes=settings.processes,
        id_schemas=settings.id_schema_validators(),
    )
    stages = Stages(packets=memory.packets, repository=repository, master=master, control=control)
    running = engine.Engine(
        stages=stages,
        credentials=credentials,
        hub=hub,
        feed=feed,
        stage_delay_s=settings.stage_delay_s,
        control=control,
    )
    return WorkflowManager(registrations=memory.registrations, engine=running, control=control)
