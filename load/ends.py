"""What became of the registrations in the end, as OpenCRVS, the bridge and MOSIP tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from load.plan import Heard, Page, Seen
from load.prepare import Prepared
from load.reconcile import Ends

if TYPE_CHECKING:
    from sandbox.running import Parties

PARKED: Final = "parked"
OPEN: Final = ("queued", "packet_sent", "awaiting", "answered", "refused")
"""States of a delivery that the bridge still works on, or waits for MOSIP in."""
ROWS: Final = 1000


def ends(parties: Parties, prepared: Sequence[Prepared], seen: Seen) -> tuple[Seen, Ends]:
    """What was seen, with the news that came after it, and how each registration ended. Raises AdminError."""
    # In this order: what is confirmed between the two calls is news then, and not lost.
    owed = deliveries(parties)
    seen = with_news(parties, seen)
    accepts: dict[str, list[str]] = {}
    rejects: dict[str, list[str]] = {}
    for each in seen.heard:
        (accepts if each.answer == "accept" else rejects).setdefault(each.action, []).append(each.transaction)
    return seen, Ends(
        accepts=accepts,
        rejects=rejects,
        parked=None if owed is None else {action for action, state in owed.items() if state == PARKED},
        open=None if owed is None else {action for action, state in owed.items() if state != PARKED},
        workflows=workflows(parties, prepared),
    )


def with_news(parties: Parties, seen: Seen) -> Seen:
    """Adds the answers that OpenCRVS took after the generator had stopped to listen."""
    sent = {each.action for each in seen.posted}
    page = cast("Page", parties.opencrvs.command("opencrvs.answers", after=seen.last))
    news = (Heard.of(each) for each in page["answers"])
    return replace(
        seen, heard=(*seen.heard, *(each for each in news if each.action in sent)), last=page["last"]
    )


def workflows(parties: Parties, prepared: Sequence[Prepared]) -> Mapping[str, int]:
    """How many registrations MOSIP took in for each subject that was sent."""
    state = cast("Sequence[Mapping[str, object]]", parties.mosip.state("workflows"))
    taken_in = {(each["rid"], each["process"]) for each in state}
    subjects, counted = {each.subject for each in prepared}, Counter[str]()
    for packet in cast("Sequence[Mapping[str, object]]", parties.mosip.state("packets")):
        identity = cast("Mapping[str, object]", packet["identity"])
        subject = str(identity.get("birthCertificateNumber") or identity.get("UIN"))
        if subject in subjects and (packet["rid"], packet["process"]) in taken_in:
            counted[subject] += 1
    return counted


def deliveries(parties: Parties) -> Mapping[str, str] | None:
    """States of the deliveries that are not closed, by action.

    None when the bridge doesn't tell (another's, or without our token).
    """
    import requests

    found: dict[str, str] = {}
    after = "0"
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {parties.layout.secrets.operator_token}"
        while True:
            try:
                answer = session.get(
                    f"{parties.urls['bridge']}/deliveries",
                    params={"state": ",".join((PARKED, *OPEN)), "after": after, "limit": str(ROWS)},
                    timeout=(2, 10),
                    allow_redirects=False,
                )
                page = answer.json() if answer.status_code == 200 else None
            except requests.RequestException:
                return None
            if not isinstance(page, dict) or not isinstance(page.get("deliveries"), list):
                return None
            found.update((str(each["action_id"]), str(each["state"])) for each in page["deliveries"])
            if page.get("next") is None:
                return found
            after = str(page["next"])
