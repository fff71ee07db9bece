"""HTTP of the workflow manager: base path ``/registrationprocessor/v1/workflowmanager`` (Vert.x)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Blueprint

from mock_control import JSON, Answer, Control, Incoming, Keys, operation
from mock_mosip import mapper
from mock_mosip.auth_manager.guard import Guard
from mock_mosip.workflow.service import WRAPPER_ID, WRAPPER_VERSION, WorkflowManager, parse_request
from mock_mosip.wrappers import Fault, fault

PATH = "/registrationprocessor/v1/workflowmanager"
ROLES = frozenset({"REGISTRATION_PROCESSOR", "ONLINE_REGISTRATION_CLIENT"})


def keys_of(incoming: Incoming) -> Keys:
    """Keys of workflowinstance: by its packet the registration's owner is known already."""
    request = parse_request(incoming.body)
    if isinstance(request, Fault) or not request.rid:
        return Keys()
    return Keys(strong={"rid": request.rid})


def pretty(body: JSON) -> str:
    """JSON as Vert.x writes it."""
    return json.dumps(body, indent=2, separators=(",", " : "), ensure_ascii=False)


def make_blueprint(manager: WorkflowManager, guard: Guard, control: Control) -> Blueprint:
    """Routes of the workflow manager."""
    blueprint = Blueprint("workflow", __name__, url_prefix=PATH)

    def answer(response: JSON, faults: Sequence[Fault] | None, headers: dict[str, str]) -> Answer:
        listed: list[JSON] | None = None if faults is None else [each.render() for each in faults]
        body: JSON = {
            "id": WRAPPER_ID,
            "version": WRAPPER_VERSION,
            "responsetime": control.stamps.iso(),
            "response": response,
            "errors": listed,
        }
        return Answer(body=pretty(body), headers={"Access-Control-Allow-Origin": "*", **headers})

    def forced(_: Incoming, codes: Sequence[str]) -> Answer:
        return answer(None, [*map(fault, codes)], {})

    @blueprint.post("/workflowinstance")
    @operation(
        "mosip.workflow.create_instance",
        help="Begins the workflow of a packet",
        request="mosip/workflow-instance.request",
        response="mosip/workflow-instance.response",
        keys=keys_of,
        errors=forced,
        answers={"bare-string": lambda _: Answer(body='"boom"')},
    )
    def create_instance(incoming: Incoming) -> Answer:
        try:
            envelope: JSON = mapper.plain(mapper.read(incoming.body))
        except mapper.MapperError:
            envelope = None
        token = guard.vertx(incoming.headers, ROLES, envelope)
        if isinstance(token, Answer):
            return token
        cookie = {"Set-Cookie": f"Authorization={token.raw}"}
        result = manager.create_instance(incoming.body)
        if isinstance(result, Fault):
            return answer(None, [result], cookie)
        return answer({"workflowInstanceId": result}, None, cookie)

    return blueprint
