"""A registration handed to the bridge as country-config would, with something wrong about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from json import dumps
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.grammar.arguments import Argument, Kind
from conformance.grammar.base import Arguments, Told, Verb, reference_to
from conformance.grammar.vocabulary import vocabulary
from conformance.jsontypes import JSON, mapping
from conformance.parties import HarnessError
from conformance.registrar import Answer, ask
from conformance.yaml_marks import Path

if TYPE_CHECKING:
    from conformance.play import Play
    from conformance.records import Record

DEPTH: Final = 5000
FIELDS: Final = "requestFields"
BROKEN: Final[Mapping[str, Callable[[dict[str, JSON]], str]]] = {
    "cut-short": lambda body: dumps(body)[: len(dumps(body)) // 2],
    "no-object": lambda body: dumps([body]),
    "wrong-type": lambda body: dumps({**body, FIELDS: [body[FIELDS]]}),
    "list-for-text": lambda body: dumps({**body, FIELDS: {**mapping(body[FIELDS]), "fullName": [{}]}}),
    "doubled-name": lambda body: f'{{"{FIELDS}":{dumps(body[FIELDS])},{dumps(body)[1:]}',
    "too-deep": lambda body: f'{{"metaInfo":{"[" * DEPTH}{"]" * DEPTH},{dumps(body)[1:]}',
}
"""Ways in which a body is not what it should be; each would be a good registration but for that."""


class Register(Verb):
    """Speaks to the bridge in country-config's place, without OpenCRVS having asked."""

    name = "bridge.register"
    party = "bridge"
    help = (
        "Hands a declared record to the bridge as country-config would, with something wrong; `as` names the "
        "answer. OpenCRVS has not asked for it."
    )
    gives = "answer"
    arguments: ClassVar[Arguments] = {
        "record": reference_to("record", help="Which record."),
        "token": Argument(
            kind=Kind.TEXT,
            help="What the caller's token is like; good by default.",
            choices=vocabulary().tokens,
        ),
        "fields": Argument(kind=Kind.OBJECT, help="Members of requestFields to change; null leaves one out."),
        "broken": Argument(kind=Kind.TEXT, help="How the body is broken.", choices=tuple(BROKEN)),
    }
    example = "{bridge.register: {record: $birth, token: without-scope}, as: refused}"

    def complaints(self, arguments: Mapping[str, JSON]) -> Iterator[tuple[Path, str]]:
        if not {"token", "fields", "broken"} & set(arguments):
            yield (), "say what is wrong with it: token, fields or broken"

    def run(self, told: Told, play: Play) -> Answer:
        record = told.record("record")
        token, body = _good(record, told.text("token") if told.has("token") else "good", play)
        changes = told.members("fields") if told.has("fields") else {}
        changed = {**mapping(body.get(FIELDS)), **changes}
        body = {**body, FIELDS: {name: value for name, value in changed.items() if value is not None}}
        text = BROKEN[told.text("broken")](body) if told.has("broken") else dumps(body)
        return ask(
            "POST",
            play.target.door("registration"),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            text=text,
            verify=play.world.reach.verify,
        )


def _good(record: Record, token: str, play: Play) -> tuple[str, dict[str, JSON]]:
    """What country-config would send; raises HarnessError when the mock does not say."""
    reply = mapping(
        play.world.opencrvs.command(
            "opencrvs.registration",
            event_id=record.event_id,
            action_id=record.registration.action_id,
            certificate_number=record.certificate_number,
            token=token,
        )
    )
    body = dict(mapping(reply.get("request")))
    if not isinstance(reply.get("token"), str) or FIELDS not in body:
        raise HarnessError("the OpenCRVS mock did not say what the bridge would be sent")
    return str(reply["token"]), body


VERBS: Final = (Register(),)
