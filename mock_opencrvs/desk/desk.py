"""A registrar at an open form: what the page's button opens, and what comes back into the form. No Flask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from mock_control import Keys, OperationSpec
from mock_opencrvs.desk.http_component import HttpComponent, HttpConfiguration, Send, Sending
from mock_opencrvs.desk.id_reader import Scanned, scan
from mock_opencrvs.desk.link_button import Opened, open_esignet
from mock_opencrvs.desk.page import QUERY_PARAMS, Page, PageState
from mock_opencrvs.desk.query_param_reader import Picked, read_query_params
from mock_opencrvs.desk.version import FormVersion
from mock_opencrvs.settings import BridgeRoutes, EsignetLink
from mock_opencrvs.values import JSONObject

# What a form sends is the country's, and may be wrong on purpose here: so no contract holds the requests.
FETCH = OperationSpec(
    name="opencrvs.desk.fetch_user_info",
    kind="message",
    help="the form asks the bridge who has logged in at E-Signet (POST /esignet/get-oidp-user-info)",
    response="bridge/user-info.response",
    grade="ran",
)
VERIFY = OperationSpec(
    name="opencrvs.desk.verify",
    kind="message",
    help="the form asks the bridge whether a person is who they say (POST /verify)",
    grade="ran",
)
FAILED: JSONObject = {"verificationStatus": "failed"}
FETCH_TIMEOUT_MS, VERIFY_TIMEOUT_MS = 5_000, 15_000


@dataclass(frozen=True, kw_only=True)
class Visit:
    """The page that is open, of which record, in whose session (``token``)."""

    event_id: str
    page: str
    token: str = ""


@dataclass(frozen=True, kw_only=True)
class Returned:
    """A browser that is back at its page: what was taken from the address, and the call that followed."""

    picked: Picked
    http: HttpComponent
    state: PageState


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Forms of one version, at ``public_url``, that speak with one bridge. Time-outs in milliseconds.

    ``keys`` finds the keys of what is sent for a record; ``now`` is the time that the form stores;
    ``page_fields`` are the country's names of a page's fields; ``routes`` are the bridge's doors.
    """

    public_url: str
    bridge_url: str
    routes: BridgeRoutes
    esignet: EsignetLink | None
    send: Send
    keys: Callable[[str], Keys]
    now: Callable[[], str]
    page_fields: Mapping[str, str] = field(default_factory=dict)
    fetch_timeout_ms: int = FETCH_TIMEOUT_MS
    verify_timeout_ms: int = VERIFY_TIMEOUT_MS

    def location(self, visit: Visit) -> str:
        """The page's address."""
        return f"{self.public_url}/events/declare/{quote(visit.event_id)}/pages/{quote(visit.page)}"

    def link(self, link: EsignetLink, visit: Visit, version: FormVersion) -> Opened:
        """What the button to E-Signet opens."""
        return open_esignet(link, version=version, location=self.location(visit))

    def scanned(self, visit: Visit, version: FormVersion, text: str) -> tuple[Scanned, PageState]:
        """A QR code is held before the camera."""
        read = scan(text, version)
        return read, self._page(visit, version).filled(reader=read.value)

    def returned(
        self,
        visit: Visit,
        version: FormVersion,
        location: str,
        *,
        client_id: str | None = None,
        redirect_uri: str | None = None,
    ) -> Returned:
        """The browser comes back at ``location``; ``client_id`` and ``redirect_uri`` play mistakes."""
        picked = read_query_params(location)
        body = {
            "clientId": client_id or (self.esignet.client_id if self.esignet else None),
            "redirectUri": redirect_uri or picked.location,
        }
        configuration = HttpConfiguration(
            url=f"{self.bridge_url}{self.routes.userinfo}",
            method="POST",
            trigger=f"{visit.page}.{QUERY_PARAMS}",
            body={name: value for name, value in body.items() if value is not None},
            params={name: picked.params.get(name) for name in ("code", "state")},
            timeout_ms=self.fetch_timeout_ms,
            error_value=None if version == "1.8" else FAILED,
        )
        component = HttpComponent(configuration, sending=self._sending(FETCH, visit), send=self.send)
        value = picked.to_json(updated_at=self.now())
        if version != "1.8" or picked.params.get("state") == "fetch-on-mount":
            component.watch(value)
        state = self._page(visit, version).filled(
            query_params=None if version == "1.8" else value, http=component.value
        )
        return Returned(picked=picked, http=component, state=state)

    def verified(
        self, visit: Visit, version: FormVersion, values: JSONObject
    ) -> tuple[HttpComponent, PageState]:
        """What was typed about a person (``name``, ``dob``, ``gender``, ``nid``) goes to be verified."""
        configuration = HttpConfiguration(
            url=f"{self.bridge_url}{self.routes.verify}",
            method="POST",
            body=values,
            timeout_ms=self.verify_timeout_ms,
            error_value=FAILED,
        )
        component = HttpComponent(configuration, sending=self._sending(VERIFY, visit), send=self.send)
        component.call()
        page = self._page(visit, version)
        return component, page.filled(http=component.value, typed=values)

    def _page(self, visit: Visit, version: FormVersion) -> Page:
        return Page(name=visit.page, version=version, fields=self.page_fields)

    def _sending(self, operation: OperationSpec, visit: Visit) -> Sending:
        return Sending(operation=operation.name, keys=self.keys(visit.event_id), token=visit.token)
