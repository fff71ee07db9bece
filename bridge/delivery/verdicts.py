"""What an answer of an upstream means for a delivery: one table, the first line that fits wins.

Sources: mosip/registration ``WorkflowInstanceService.java``, ``WorkflowInstanceApi.java``;
mosip/packet-manager ``PacketWriter.java``, ``PacketHelper.java``;
mosip/mosip-openid-bridge ``AuthManagerExceptionHandler.java``;
opencrvs/opencrvs-core ``packages/events/src/router/event/actions/index.ts``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bridge.delivery.steps import Step
from bridge.http import Reply
from bridge.model import Reason

_WHOEVER = "whoever answered"


class Ruling(StrEnum):
    """What to do next."""

    DONE = "done"
    AGAIN = "again"
    PARK = "park"
    PRESENT_BEFORE = "present-before"
    ACCEPTED_BEFORE = "accepted-before"
    REJECTED_BEFORE = "rejected-before"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``alarm``: no record is at fault, a person must mend the set-up. ``slowly``: wait the longest delay.

    ``blocks``: open the breaker of this step and process at once. ``reached`` is false when the upstream
    can't have acted on what was sent. ``transient``: it tells of the upstream's health, not of the record.
    """

    ruling: Ruling
    reason: Reason | None = None
    alarm: bool = False
    slowly: bool = False
    blocks: bool = False
    reached: bool = True
    transient: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """``steps`` and ``parties`` empty mean any."""

    steps: frozenset[Step] = frozenset()
    parties: frozenset[str] = frozenset()
    when: Callable[[Reply], bool]
    verdict: Verdict

    def fits(self, step: Step, reply: Reply) -> bool:
        """Whether this line speaks of that answer."""
        return (
            (not self.steps or step in self.steps)
            and (not self.parties or reply.party in self.parties)
            and self.when(reply)
        )


def rule(step: Step, reply: Reply) -> Verdict:
    """The verdict on what an upstream answered to a step, its reason naming the party that answered."""
    verdict = next(line.verdict for line in TABLE if line.fits(step, reply))
    if verdict.reason is None or verdict.reason.party != _WHOEVER:
        return verdict
    return replace(verdict, reason=replace(verdict.reason, party=reply.party))


def _any(_: Reply) -> bool:
    return True


def _status(*wanted: int) -> Callable[[Reply], bool]:
    return lambda reply: reply.status in wanted


def _code(*wanted: str) -> Callable[[Reply], bool]:
    return lambda reply: any(code in wanted for code in reply.codes)


def _says(status: int, text: str) -> Callable[[Reply], bool]:
    return lambda reply: reply.status == status and text in (reply.message or "").lower()


def _unconnected(reply: Reply) -> bool:
    return reply.error == "connect"


def _broken(reply: Reply) -> bool:
    """No answer, half an answer, or one that is not JSON; what became of the request is unknown."""
    return reply.error is not None


def _unavailable(reply: Reply) -> bool:
    return reply.status is not None and (reply.status in {402, 408, 425, 429} or reply.status >= 500)


def _bad_client(reply: Reply) -> bool:
    """The auth manager doesn't take our client, secret or app; Keycloak's 401 comes as code 500."""
    return any(code in {"500", "KER-ATH-019", "KER-ATH-026"} for code in reply.codes)


def _response(reply: Reply) -> object:
    return reply.json.get("response") if isinstance(reply.json, dict) else None


def _packet_stored(reply: Reply) -> bool:
    stored = _response(reply)
    return reply.status == 200 and not reply.codes and isinstance(stored, list) and bool(stored)


def _instance_made(reply: Reply) -> bool:
    made = _response(reply)
    return (
        reply.status == 200
        and not reply.codes
        and isinstance(made, dict)
        and isinstance(made.get("workflowInstanceId"), str)
    )


def _park(code: str, party: str, words: str, *, alarm: bool = False, blocks: bool = False) -> Verdict:
    reason = Reason(code=code, party=party, words=words)
    return Verdict(ruling=Ruling.PARK, reason=reason, alarm=alarm, blocks=blocks)


def _again(
    code: str,
    party: str,
    words: str,
    *,
    alarm: bool = False,
    slowly: bool = False,
    reached: bool = True,
    transient: bool = True,
) -> Verdict:
    return Verdict(
        ruling=Ruling.AGAIN,
        reason=Reason(code=code, party=party, words=words),
        alarm=alarm,
        slowly=slowly,
        reached=reached,
        transient=transient,
    )


_DONE = Verdict(ruling=Ruling.DONE)
_PACKET = frozenset({Step.CREATE_PACKET})
_INSTANCE = frozenset({Step.CREATE_INSTANCE})
_MOSIP = _PACKET | _INSTANCE
_ACCEPT = frozenset({Step.ACCEPT})
_REJECT = frozenset({Step.REJECT})
_OPENCRVS = _ACCEPT | _REJECT
_AUTH_MANAGER = frozenset({"auth_manager"})
_OPENCRVS_AUTH = frozenset({"opencrvs_auth"})

_TOKENS = (
    Line(
        parties=_AUTH_MANAGER,
        when=_bad_client,
        verdict=_again(
            "mosip.auth.client-refused",
            "auth_manager",
            "MOSIP doesn't accept the client id, the secret or the app id of this bridge",
            alarm=True,
            slowly=True,
            reached=False,
        ),
    ),
    Line(
        parties=_AUTH_MANAGER,
        when=_any,
        verdict=_again(
            "mosip.auth.no-token", "auth_manager", "the auth manager gave no token", reached=False
        ),
    ),
    Line(
        parties=_OPENCRVS_AUTH,
        when=_status(400, 401, 403),
        verdict=_again(
            "opencrvs.auth.client-refused",
            "opencrvs_auth",
            "OpenCRVS doesn't accept the client id or the secret of this bridge",
            alarm=True,
            slowly=True,
            reached=False,
        ),
    ),
    Line(
        parties=_OPENCRVS_AUTH,
        when=_any,
        verdict=_again(
            "opencrvs.auth.no-token",
            "opencrvs_auth",
            "the OpenCRVS auth service gave no token",
            reached=False,
        ),
    ),
)

_ROLES = (
    Line(
        steps=_MOSIP,
        when=_status(401),
        verdict=_again(
            "mosip.auth.token-refused",
            "auth_manager",
            "MOSIP refuses the tokens that its auth manager gives",
            alarm=True,
            slowly=True,
            reached=False,
        ),
    ),
    Line(
        steps=_MOSIP,
        when=_status(403),
        verdict=_park(
            "mosip.auth.role-missing", "auth_manager", "the bridge's MOSIP client lacks a role", alarm=True
        ),
    ),
)

_PACKET_MANAGER = (
    Line(
        steps=_PACKET,
        when=_code("KER-PUT-006"),
        verdict=_park(
            "mosip.packet-manager.no-provider",
            "packet_manager",
            "MOSIP has no packet provider for this source and process (KER-PUT-006); no record is at fault",
            alarm=True,
            blocks=True,
        ),
    ),
    Line(steps=_PACKET, when=_packet_stored, verdict=_DONE),
    Line(
        steps=_PACKET,
        when=_status(400),
        verdict=_park(
            "mosip.packet-manager.bad-request", "packet_manager", "MOSIP can't read the packet that was built"
        ),
    ),
    Line(
        steps=_PACKET,
        when=_status(200),
        verdict=_again(
            "mosip.packet-manager.not-stored",
            "packet_manager",
            "MOSIP answered without storing the packet, and said no reason",
            transient=False,
        ),
    ),
)

_WORKFLOW = (
    Line(steps=_INSTANCE, when=_instance_made, verdict=_DONE),
    Line(
        steps=_INSTANCE,
        when=_code("RPR-WIS-001"),
        verdict=Verdict(
            ruling=Ruling.PRESENT_BEFORE,
            reason=Reason(
                code="mosip.workflow.rid-taken",
                party="workflow",
                words="MOSIP knows this registration id as somebody else's",
            ),
        ),
    ),
    Line(
        steps=_INSTANCE,
        when=_code("RPR-WIN-000", "RPR-WIN-001"),
        verdict=_park(
            "mosip.workflow.bad-request", "workflow", "MOSIP can't read the workflow request that was built"
        ),
    ),
    Line(
        steps=_INSTANCE,
        when=_code("RPR-WIN-002", "RPR-WIS-000"),
        verdict=_again(
            "mosip.workflow.unknown-exception", "workflow", "the workflow manager failed", transient=False
        ),
    ),
    Line(
        steps=_INSTANCE,
        when=_status(200),
        verdict=_again(
            "mosip.workflow.no-instance",
            "workflow",
            "the workflow manager answered without an instance, and said no reason",
            transient=False,
        ),
    ),
)

_EVENTS = (
    Line(steps=_OPENCRVS, when=_status(200), verdict=_DONE),
    Line(
        steps=_ACCEPT,
        when=_says(400, "already been rejected"),
        verdict=Verdict(ruling=Ruling.REJECTED_BEFORE),
    ),
    Line(
        steps=_ACCEPT,
        when=_says(500, "already been accepted"),
        verdict=Verdict(ruling=Ruling.ACCEPTED_BEFORE),
    ),
    Line(
        steps=_REJECT,
        when=_says(500, "already been accepted"),
        verdict=_park(
            "opencrvs.accepted-meanwhile",
            "opencrvs",
            "MOSIP refused this registration, but OpenCRVS has accepted it",
        ),
    ),
    Line(
        steps=_REJECT,
        when=_says(500, "action not found"),
        verdict=_park("opencrvs.not-found", "opencrvs", "OpenCRVS doesn't know this event or action"),
    ),
    Line(
        steps=_OPENCRVS,
        when=_status(401),
        verdict=_again(
            "opencrvs.authority-refused",
            "opencrvs",
            "OpenCRVS refuses the action's token, and no other authority is at hand",
            alarm=True,
            slowly=True,
            reached=False,
        ),
    ),
    Line(
        steps=_OPENCRVS,
        when=_status(403),
        verdict=_park(
            "opencrvs.forbidden",
            "opencrvs",
            "the token doesn't allow this action to be confirmed",
            alarm=True,
        ),
    ),
    Line(
        steps=_OPENCRVS,
        when=_status(404),
        verdict=_park("opencrvs.not-found", "opencrvs", "OpenCRVS doesn't know this event or action"),
    ),
    Line(
        steps=_OPENCRVS,
        when=_status(400),
        verdict=_park("opencrvs.bad-request", "opencrvs", "OpenCRVS doesn't take what the bridge confirmed"),
    ),
    Line(
        steps=_OPENCRVS,
        when=_status(409, 500),
        verdict=_again("opencrvs.failed", "opencrvs", "OpenCRVS failed while it confirmed", transient=False),
    ),
)

_UNKNOWN_OUTCOME = (
    Line(
        when=_unconnected,
        verdict=_again("upstream.unreachable", _WHOEVER, "no connection could be made", reached=False),
    ),
    Line(when=_broken, verdict=_again("upstream.broken-answer", _WHOEVER, "no whole answer came")),
)

_REST = (
    Line(when=_unavailable, verdict=_again("upstream.unavailable", _WHOEVER, "the service is unavailable")),
    Line(
        when=_any,
        verdict=_again(
            "upstream.unexpected-answer", _WHOEVER, "the service answered in no known way", transient=False
        ),
    ),
)

TABLE = (*_TOKENS, *_UNKNOWN_OUTCOME, *_ROLES, *_PACKET_MANAGER, *_WORKFLOW, *_EVENTS, *_REST)
