"""HTTP of the status service: base path ``/registrationprocessor/v1/registrationstatus`` (Spring)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint

from mock_control import Answer, Control, Incoming, Keys, operation
from mock_mosip.auth_manager.guard import Guard
from mock_mosip.registration_status.service import WRAPPER_VERSION, StatusService, parse_ids
from mock_mosip.wrappers import Fault, fault, wrapper

PATH = "/registrationprocessor/v1/registrationstatus"
ROLES = frozenset({"REGISTRATION_ADMIN", "REGISTRATION_OFFICER", "REGISTRATION_SUPERVISOR", "RESIDENT"})
# What a deployment adds that lets its CRVS client poll.
EXTENDED_ROLES = ROLES | {"ONLINE_REGISTRATION_CLIENT"}
INTERNAL_ID = "mosip.registration.status"
EXTERNAL_ID = "mosip.registration.external.status"


def keys_of(wrapper_id: str) -> Callable[[Incoming], Keys]:
    """Keys of a search: it belongs to an action only if it asks for one registration."""

    def keys(incoming: Incoming) -> Keys:
        rids = parse_ids(incoming.body, wrapper_id)
        return Keys(strong={"rid": rids[0]}) if isinstance(rids, list) and len(rids) == 1 else Keys()

    return keys


def make_blueprint(service: StatusService, guard: Guard, control: Control) -> Blueprint:
    """Routes of the status service."""
    blueprint = Blueprint("registration_status", __name__, url_prefix=PATH)

    def forced(wrapper_id: str) -> Callable[[Incoming, Sequence[str]], Answer]:
        def answer(_: Incoming, codes: Sequence[str]) -> Answer:
            faults = [*map(fault, codes)]
            return Answer(
                body=wrapper(now=control.stamps.iso(), errors=faults, id=wrapper_id, version=WRAPPER_VERSION)
            )

        return answer

    def searching(wrapper_id: str, *, collapse: bool) -> Callable[[Incoming], Answer]:
        def search(incoming: Incoming) -> Answer:
            extended = control.settings_value("mosip.status_roles") == "extended"
            refusal = guard.spring(incoming.headers, EXTENDED_ROLES if extended else ROLES)
            if refusal is not None:
                return refusal
            rids = parse_ids(incoming.body, wrapper_id)
            now = control.stamps.iso()
            if isinstance(rids, Fault):
                return Answer(body=wrapper(now=now, errors=[rids], id=wrapper_id, version=WRAPPER_VERSION))
            found = service.search(rids, collapse=collapse)
            return Answer(
                body=wrapper(
                    now=now,
                    response=[*found.items],
                    errors=found.faults,
                    id=wrapper_id,
                    version=WRAPPER_VERSION,
                )
            )

        return search

    for path, name, wrapper_id, collapse in (
        ("/search", "search", INTERNAL_ID, True),
        ("/externalstatus/search", "external_search", EXTERNAL_ID, False),
    ):
        view = operation(
            f"mosip.registration_status.{name}",
            help="How far registrations are"
            + (", success and failure alike" if collapse else ", success and failure apart"),
            request="mosip/registration-status.request",
            response="mosip/registration-status.response",
            keys=keys_of(wrapper_id),
            errors=forced(wrapper_id),
        )(searching(wrapper_id, collapse=collapse))
        blueprint.add_url_rule(path, endpoint=name, view_func=view, methods=["POST"])
    return blueprint
