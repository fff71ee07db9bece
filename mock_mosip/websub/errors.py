"""What the hub answers when it refuses.

(mosip/websub: hub_service.bal; module-ballerina-websubhub: http_service.bal)
"""

from __future__ import annotations

from mock_control import Answer

FORM = "application/x-www-form-urlencoded"
TEXT = "text/plain"
SUPPORTED = f"{FORM}, application/xml, application/json, application/octet-stream, {TEXT}"

ACCEPTED = "hub.mode=accepted"
NO_TOKEN = "Authorization token cannot be found"  # noqa: S105 - a reason, not a token
SUBSCRIBER_REFUSED = "Subscriber is not authorized"
PUBLISHER_REFUSED = "Publisher is not authorized"
TOPIC_KNOWN = "Topic has already registered with the Hub"
TOPIC_UNKNOWN = "Topic has not been registered in the Hub"
SUBSCRIBER_KNOWN = "Subscriber has already registered with the Hub"
SUBSCRIBER_UNKNOWN = "Subscriber has not been registered with the Hub"


def accepted(status: int = 200) -> Answer:
    """The hub took it."""
    return Answer(status=status, body=ACCEPTED, content_type=FORM)


def denied(reason: str, status: int = 200) -> Answer:
    """The hub refuses, in its own form."""
    return Answer(status=status, body=f"hub.mode=denied&hub.reason={reason}", content_type=FORM)


def bad_request(text: str) -> Answer:
    """The library refuses before the hub sees the request."""
    return Answer(status=400, body=text, content_type=TEXT)


def empty_parameter(name: str) -> Answer:
    """A parameter that must not be empty."""
    return bad_request(f"Empty value found for parameter '{name}'")


def no_mode() -> Answer:
    """Neither a known mode nor a way to guess one."""
    return bad_request("The request does not include valid `hub.mode` form param.")


def unsupported_content() -> Answer:
    """A content type that the hub can't publish."""
    return bad_request(
        f"Requested content type is not supported by the service. Supported types: {SUPPORTED}"
    )


def panicked() -> Answer:
    """The hub casts a secret that is not there to text, and panics."""
    return Answer(status=500, body="error: {ballerina}TypeCastError", content_type=TEXT)
