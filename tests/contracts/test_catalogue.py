"""The catalogues hold the codes that the sources of MOSIP, E-Signet and OpenCRVS give, with their texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import contracts
import mock_mosip.esignet


@pytest.mark.parametrize("party", ["esignet", "mosip", "opencrvs"])
def test_every_code_is_told_in_full(party: str) -> None:
    for key, row in contracts.error_codes(party).items():
        assert key == (f"{row.code}/{row.case}" if row.case else row.code)
        assert row.service
        assert row.message
        assert row.when
        assert row.source
        assert 200 <= row.http_status < 600
        assert row.grade in contracts.GRADES


@pytest.mark.parametrize(
    ("party", "key", "status", "message"),
    [
        ("mosip", "KER-ATH-019", 200, "{field} {problem}"),
        ("mosip", "KER-ATH-026", 200, "Realm not found:: {app_id}"),
        ("mosip", "500", 500, "401 Unauthorized"),
        ("mosip", "KER-ATH-401", 401, "Authentication Failed"),
        ("mosip", "KER-ATH-403", 403, "Forbidden"),
        ("mosip", "KER-PUT-006", 200, "No available provider for given source and process"),
        ("mosip", "KER-PUT-028", 200, "Unknown Exception."),
        ("mosip", "RPR-WIN-000", 200, "Missing Request Value - {field}"),
        ("mosip", "RPR-WIS-001", 200, "WorkflowInstance already present"),
        ("mosip", "RPR-WAA-003", 200, "Workflow id  {rid}  not found in registration table"),
        ("mosip", "RPR-RGS-031", 200, "RID Not Found"),
        ("mosip", "IDR-IDC-014", 200, "{handle} : Handle record already exists in DB"),
        ("mosip", "IDR-VID-004", 200, "{status} UIN"),
        ("mosip", "KER-IDV-208", 200, "UIN First X digits should be different from the last X digits"),
        ("opencrvs", "BAD_REQUEST/accept-after-reject", 400, "Action has already been rejected."),
        ("opencrvs", "INTERNAL_SERVER_ERROR/reject-after-accept", 500, "Action has already been accepted."),
        ("opencrvs", "NOT_FOUND/accept-unknown-action", 404, "Action not found."),
        ("opencrvs", "NOT_FOUND/event", 404, "Event not found with ID: {event_id}"),
        (
            "opencrvs",
            "FORBIDDEN/confirmation-scopes",
            403,
            "Missing required scopes for action confirmation",
        ),
        ("opencrvs", "CONFLICT/not-assigned", 409, "You are not assigned to this event"),
        ("opencrvs", "unsupported_grant_type", 400, "{error_description}"),
        ("opencrvs", "unauthorized_client", 401, "{error_description}"),
        ("opencrvs", "Unauthorized/expired", 401, "Expired token"),
        ("esignet", "invalid_redirect_uri", 200, "invalid_redirect_uri"),
        ("esignet", "invalid_redirect_uri/token", 400, "invalid_redirect_uri"),
        ("esignet", "invalid_client", 400, "invalid_client"),
        ("esignet", "invalid_grant", 400, "invalid_grant"),
        ("esignet", "Method Not Allowed/token", 405, "Method Not Allowed"),
        ("esignet", "invalid_token/userinfo", 401, 'error="invalid_token"'),
        ("esignet", "invalid_request/userinfo", 400, 'error="invalid_request"'),
        ("esignet", "access_denied", 302, "error=access_denied&state={state}"),
    ],
)
def test_a_code_has_the_text_of_its_source(party: str, key: str, status: int, message: str) -> None:
    row = contracts.error_codes(party)[key]
    assert (row.http_status, row.message) == (status, message)


def test_every_trpc_code_of_the_catalogue_makes_a_valid_error() -> None:
    numbers = {
        400: -32600,
        401: -32001,
        403: -32003,
        404: -32004,
        405: -32005,
        409: -32009,
        415: -32015,
        500: -32603,
    }
    rows = [row for row in contracts.error_codes("opencrvs").values() if row.service == "events"]
    assert len(rows) > 8
    for row in rows:
        data = {"code": row.code, "httpStatus": row.http_status}
        error = {"message": row.message, "code": numbers[row.http_status], "data": data}
        assert contracts.violations("opencrvs/trpc-error", error) == []


def test_every_code_of_the_token_endpoint_makes_a_valid_error() -> None:
    said = ("invalid_client", "unsupported_grant_type", "invalid_scope", "invalid_grant")
    rows = [row for row in contracts.error_codes("esignet").values() if row.service == "token"]
    assert len(rows) == 7
    for row in rows:
        error = row.code if row.code in said else "invalid_request"
        body = {"error": error, "error_description": row.message}
        assert contracts.violations("esignet/error", body) == []
        assert f"error is {error}" in row.when or error == row.code or row.http_status == 405


def test_whatever_the_mock_of_esignet_refuses_with_is_told() -> None:
    """Codes as they stand in its sources: raised, in a table of checks, or with a text for the page."""
    sources = Path(mock_mosip.esignet.__path__[0]).glob("*.py")
    raised = re.compile(
        r'(?:Page|OAuth|Userinfo)Error\("([^"]+)"|^ +\(.*, "([a-z_]+)"\),$|^    "([A-Za-z0-9_-]+)": ".*\.",$',
        re.MULTILINE,
    )
    codes = {next(filter(None, found)) for path in sources for found in raised.findall(path.read_text())}
    assert len(codes) > 30
    assert codes <= {row.code for row in contracts.error_codes("esignet").values()}


def test_a_catalogue_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        contracts.error_codes("mosip")["KER-ATH-401"] = None  # type: ignore[index]


def test_an_unknown_party_is_told_the_known_ones() -> None:
    with pytest.raises(LookupError, match="only of esignet, mosip, opencrvs"):
        contracts.error_codes("nobody")
