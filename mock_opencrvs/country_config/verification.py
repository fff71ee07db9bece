"""Whether the people of a declaration are who it says: the country configuration asks the bridge, one by one.

Source: opencrvs/opencrvs-farajaland src/api/events/handler.ts (2.0); opencrvs/mosip
packages/country-config/src/api.ts, whose client takes no other word than these two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from mock_control import Control, Delivery, Keys, OperationSpec, Outgoing
from mock_opencrvs.country_config.pack import Gender
from mock_opencrvs.events.model import Action, Event
from mock_opencrvs.values import JSON, JSONObject

VERIFY = OperationSpec(
    name="opencrvs.country_config.verify",
    kind="message",
    help="the country configuration asks the bridge whether a person is who they say (POST /verify)",
    request="bridge/verify.request",
    grade="ran",
)
SETTING = "opencrvs.verify"
WORDS = frozenset({"verified", "failed"})
OWN_ROUTES = frozenset({("birth", "REGISTER"), ("birth", "APPROVE_CORRECTION"), ("death", "REGISTER")})
"""Actions that have a handler of their own, which verifies nobody."""
Declaration = Mapping[str, JSON]


class NoVerdictError(Exception):
    """The bridge said neither verified nor failed."""


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """Asks the bridge at ``url``; ``timeout`` in seconds, to connect and for each read.

    ``page_fields`` are the fields of a page about a person: name, dob and nid, as the country calls them.
    """

    control: Control
    url: str
    timeout: tuple[float, float]
    page_fields: Mapping[str, str]

    def verified(
        self,
        pages: Mapping[str, Gender],
        declaration: Declaration,
        *,
        event: Event,
        action: Action,
        token: str,
    ) -> JSONObject:
        """``{"mother.verified": "verified" | "failed"}`` of those who can be asked about.

        Raises NoVerdictError at the first of whom the bridge says nothing.
        """
        people = {
            page: facts
            for page in pages
            if (facts := facts_of(page, declaration, self.page_fields)) is not None
        }
        return {
            f"{page}.verified": self._asked(
                question(page, facts, pages[page], declaration, event), event, action, token
            )
            for page, facts in people.items()
        }

    def _asked(self, body: JSONObject, event: Event, action: Action, token: str) -> str:
        deliveries = self.control.send(
            Outgoing(
                operation=VERIFY.name,
                method="POST",
                url=self.url,
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {token}",
                    "Accept": "*/*",
                },
                body=orjson.dumps(body),
                view=body,
                keys=Keys(
                    strong={"action": action.id},
                    weak={"event": event.id, "tracking": event.tracking_id, "action_type": action.type},
                ),
                timeout=self.timeout,
            )
        )
        return _word(deliveries[0] if deliveries else None)


def facts_of(page: str, declaration: Declaration, page_fields: Mapping[str, str]) -> JSONObject | None:
    """A person's number, name and date of birth; None where one is absent, or a login has proved them."""
    facts = {fact: declaration.get(f"{page}.{page_fields[fact]}") for fact in ("nid", "name", "dob")}
    proved = declaration.get(f"{page}.verified") == "authenticated"
    return None if proved or not all(facts.values()) else facts


def question(
    page: str, facts: JSONObject, gender: Gender, declaration: Declaration, event: Event
) -> JSONObject:
    """The body of POST /verify; only births have a transaction id."""
    body = dict(facts)
    said = gender.value if gender.field is None else declaration.get(gender.field)
    if said:
        body["gender"] = said
    if event.type == "birth":
        body["transactionId"] = f"{page}-{event.id}"
    return body


def _word(delivery: Delivery | None) -> str:
    word = delivery.body.decode("utf-8", "replace") if delivery is not None and delivery.ok else ""
    if word not in WORDS:
        raise NoVerdictError("the bridge said neither verified nor failed")
    return word
