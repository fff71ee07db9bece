"""The feed of IDA's replica: each change of an identity reaches it by a stage that can be held or lost.

(mosip/id-authentication: CredentialStoreServiceImpl.java; mosip/id-repository: credentials for IDA partners)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from mock_control import JSON, Control, Keys, OperationSpec, Refusal, current_exchange
from mock_mosip.id_repository.state import Identities, Identity
from mock_mosip.ida.state import Replica, known_of

STAGE = "mosip.ida.replica"
STATES = ("active", "absent", "deactivated")
SPEC = OperationSpec(
    name=STAGE,
    kind="stage",
    help="A change of an identity reaches the replica that IDA works on",
)


class Feed:
    """Brings identities to the replica, ``delay_s`` seconds (of the timers) after they have changed."""

    def __init__(self, *, replica: Replica, identities: Identities, delay_s: float, control: Control) -> None:
        self._replica = replica
        self._identities = identities
        self._delay = delay_s
        self._control = control

    def announce(self, *, uin: str, rid: str, cause: int | None) -> None:
        """An identity is new or has changed; the replica gets it as it is when the stage runs."""
        work = partial(self._replicate, uin, rid, cause)
        self._control.timers.after(self._delay, work, what="ida: replica")

    def _replicate(self, uin: str, rid: str, cause: int | None) -> None:
        self._control.stage(
            STAGE, keys=Keys(strong={"rid": rid}), run=lambda _: self._copy(uin, rid), cause=cause
        )

    def _copy(self, uin: str, rid: str) -> None:
        identity = self._identities.find(uin)
        if identity is not None:
            self._replica.put(known_of(identity))
            current_exchange().effect("identity-replicated", rid=rid, uin=uin)

    def introduce(self, identity: Identity, person: Mapping[str, JSON]) -> None:
        """Makes a person of the admin API known at once, or not, as their ``at`` says.

        Without a word of it IDA knows them as the ID repository does. Raises Refusal for another state.
        """
        at = person.get("at")
        places = at if isinstance(at, dict) else {}
        state = places.get("ida", places.get("id_repository", "active"))
        if state not in STATES:
            raise Refusal("at.ida is none of the states", near=STATES)
        if state != "absent":
            self._replica.put(known_of(identity).switched(active=state == "active"))
