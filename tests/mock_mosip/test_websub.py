"""The hub, from the wish to subscribe to the last retry."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from mock_control.client import AdminError
from mock_mosip.settings import HubRetry

SECRET = "websub-secret-of-the-test"
PARTNER = "opencrvs-partner"
TOPIC = f"{PARTNER}/CREDENTIAL_ISSUED"
GENERAL = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
RID = "10001100040000120261123100000"
FORM = "application/x-www-form-urlencoded"


def ask(mosip: Any, path: str = "/hub", client: str | None = PARTNER, **form: str) -> Any:
    fields = {name.replace("_", ".", 1): value for name, value in form.items()}
    return mosip.call("POST", path, data=fields, token=None if client is None else mosip.login(client))


def wish(subscriber: Any, **changes: str) -> dict[str, str]:
    return {
        "hub_mode": "subscribe",
        "hub_topic": TOPIC,
        "hub_callback": subscriber.url,
        "hub_secret": SECRET,
        **changes,
    }


def verified(mosip: Any, count: int = 1) -> None:
    mosip.admin.wait_for("mosip.websub.verify", count=count)


def subscriptions(mosip: Any) -> list[tuple[str, str]]:
    return [(each["topic"], each["lease_seconds"]) for each in mosip.state("subscriptions")]


def publish(mosip: Any, content: bytes = b'{"a":1}', **more: Any) -> Any:
    return mosip.call(
        "POST",
        "/hub?hub.mode=publish&hub.topic=NEWS",
        data=content,
        token=mosip.login("mosip-publisher"),
        headers={"Content-Type": "application/json"},
        **more,
    )


def hears_news(mosip: Any, subscriber: Any) -> Any:
    ask(mosip, client="mosip-publisher", **wish(subscriber, hub_topic="NEWS"))
    verified(mosip)
    return mosip


@pytest.fixture
def news(mosip: Any, subscriber: Any) -> Any:
    """A mock whose topic NEWS the subscriber gets."""
    return hears_news(mosip, subscriber)


# -- asking ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/hub", "/hub/", "/websub/hub"])
def test_a_subscription_is_accepted_then_verified(mosip: Any, subscriber: Any, path: str) -> None:
    answer = ask(mosip, path, **wish(subscriber))
    assert (answer.status_code, answer.text) == (202, "hub.mode=accepted")
    assert answer.headers["Content-Type"] == FORM
    [asked] = subscriber.wait(lambda got: got.method == "GET")
    assert asked.query["hub.mode"] == "subscribe"
    assert asked.query["hub.lease_seconds"] == "86400"
    assert len(asked.query["hub.challenge"]) == 36
    assert f"hub.topic={TOPIC}&" in asked.raw_query  # the slash is not encoded
    verified(mosip)
    assert subscriptions(mosip) == [(TOPIC, "86400")]
    assert SECRET not in json.dumps(mosip.state("subscriptions"))


def test_the_lease_is_echoed_and_a_query_is_kept(mosip: Any, subscriber: Any) -> None:
    ask(mosip, **wish(subscriber, hub_callback=f"{subscriber.url}?a=b", hub_lease_seconds="60"))
    verified(mosip)
    [asked] = subscriber.wait(lambda got: got.method == "GET")
    assert (asked.query["a"], asked.query["hub.lease_seconds"]) == ("b", "60")


@pytest.mark.parametrize("answer", ["", "other", "{}\n", '"{}"'])
def test_a_wrong_echo_is_dropped_in_silence(mosip: Any, subscriber: Any, answer: str) -> None:
    subscriber.challenge_answer = lambda challenge: answer.replace("{}", challenge)
    assert ask(mosip, **wish(subscriber)).status_code == 202
    verified(mosip)
    assert subscriptions(mosip) == []
    mosip.admin.advance("1m")
    assert len(subscriber.got) == 1


def test_the_status_of_the_echo_means_nothing(mosip: Any, subscriber: Any) -> None:
    subscriber.get_status = 500
    ask(mosip, **wish(subscriber))
    verified(mosip)
    assert subscriptions(mosip) == [(TOPIC, "86400")]


def test_a_subscriber_that_is_down_is_asked_again(mosip: Any) -> None:
    fields = {"hub_mode": "subscribe", "hub_topic": TOPIC, "hub_secret": SECRET}
    ask(mosip, **fields, hub_callback="http://127.0.0.1:9/callback")
    verified(mosip)
    mosip.admin.advance("10m")
    entries = mosip.admin.wait_for("mosip.websub.verify", count=4)
    assert [each["error"] for each in entries] == ["connect"] * 4


def test_subscribing_again_is_denied_and_the_old_secret_stays(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    subscribe(mosip, subscriber)
    assert ask(mosip, **wish(subscriber, hub_secret="another-secret")).status_code == 202
    [denial] = subscriber.wait(lambda got: got.query.get("hub.mode") == "denied")
    assert denial.query == {
        "hub.mode": "denied",
        "hub.topic": TOPIC,
        "hub.reason": "Subscriber has already registered with the Hub",
    }
    mosip.register(RID)
    [delivery] = subscriber.credentials()
    expected = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-hub-signature"] == [f"sha256={expected}"]


def test_unsubscribing_is_verified_too(mosip: Any, subscriber: Any, subscribe: Callable[..., Any]) -> None:
    subscribe(mosip, subscriber)
    answer = ask(mosip, hub_mode="unsubscribe", hub_topic=TOPIC, hub_callback=subscriber.url)
    assert (answer.status_code, answer.text) == (202, "hub.mode=accepted")
    [asked] = subscriber.wait(lambda got: got.query.get("hub.mode") == "unsubscribe")
    assert "hub.lease_seconds" not in asked.query
    verified(mosip, count=2)
    assert subscriptions(mosip) == []


NO_MODE = "The request does not include valid `hub.mode` form param."
NO_TOPIC = "Empty value found for parameter 'hub.topic'"
NO_CALLBACK = "Empty value found for parameter 'hub.callback'"
NO_TOKEN = "hub.mode=denied&hub.reason=Authorization token cannot be found"
NOT_SUBSCRIBER = "hub.mode=denied&hub.reason=Subscriber is not authorized"
NOT_PUBLISHER = "hub.mode=denied&hub.reason=Publisher is not authorized"
UNKNOWN_TOPIC = "hub.mode=denied&hub.reason=Topic has not been registered in the Hub"


def told(mode: str | None, topic: str | None = TOPIC, **more: str) -> dict[str, str]:
    given = {"hub_mode": mode, "hub_topic": topic}
    return {name: value for name, value in given.items() if value is not None} | more


def subscribing(topic: str) -> dict[str, str]:
    return told("subscribe", topic, hub_callback="http://x", hub_secret="s")


ANSWERS: list[tuple[str, dict[str, str], str | None, int, str]] = [
    ("no mode", told(None), PARTNER, 400, NO_MODE),
    ("other mode", told("x"), PARTNER, 400, NO_MODE),
    ("no topic", told("subscribe", None), PARTNER, 400, NO_TOPIC),
    ("empty topic", told("register", ""), PARTNER, 400, NO_TOPIC),
    ("no callback", told("subscribe"), PARTNER, 400, NO_CALLBACK),
    ("no callback to leave", told("unsubscribe"), PARTNER, 400, NO_CALLBACK),
    ("no token", subscribing(TOPIC), None, 500, NO_TOKEN),
    ("wrong role", subscribing("OTHER"), PARTNER, 500, NOT_SUBSCRIBER),
    ("topic without partner", subscribing("CREDENTIAL_ISSUED"), PARTNER, 500, NOT_SUBSCRIBER),
    ("topic of another", subscribing("other-partner/CREDENTIAL_ISSUED"), PARTNER, 500, NOT_SUBSCRIBER),
    ("a client that is no partner", subscribing(TOPIC), "mosip-crvs-client", 500, NOT_SUBSCRIBER),
    ("leaving", told("unsubscribe", "OTHER", hub_callback="http://x"), PARTNER, 500, NOT_SUBSCRIBER),
    ("register without token", told("register", "NEWS"), None, 200, NO_TOKEN),
    ("register without role", told("register", "NEWS"), PARTNER, 200, NOT_PUBLISHER),
    ("deregister unknown", told("deregister", "x/CREDENTIAL_ISSUED"), "mosip-publisher", 200, UNKNOWN_TOPIC),
]


@pytest.mark.parametrize(
    ("form", "client", "status", "text"), [each[1:] for each in ANSWERS], ids=[each[0] for each in ANSWERS]
)
def test_what_the_hub_refuses(
    mosip: Any, form: dict[str, str], client: str | None, status: int, text: str
) -> None:
    answer = ask(mosip, client=client, **form)
    assert (answer.status_code, answer.text) == (status, text)
    assert subscriptions(mosip) == []


def test_a_subscription_without_secret_panics(mosip: Any, subscriber: Any) -> None:
    form = wish(subscriber)
    del form["hub_secret"]
    assert ask(mosip, **form).status_code == 500
    assert subscriber.got == []


def test_a_broken_token_is_no_token_of_anybody(mosip: Any, subscriber: Any) -> None:
    form = {name.replace("_", ".", 1): value for name, value in wish(subscriber).items()}
    answer = mosip.call("POST", "/hub", data=form, token="nonsense")
    assert answer.text == "hub.mode=denied&hub.reason=Subscriber is not authorized"


def test_the_authorization_header_is_ignored(mosip: Any, subscriber: Any) -> None:
    form = {name.replace("_", ".", 1): value for name, value in wish(subscriber).items()}
    answer = mosip.call("POST", "/hub", data=form, headers={"Authorization": mosip.login(PARTNER)})
    assert answer.status_code == 500


def test_topics_are_registered_once(mosip: Any) -> None:
    topic = {"hub_topic": "a/CREDENTIAL_ISSUED"}
    texts = [
        ask(mosip, client="mosip-publisher", hub_mode=mode, **topic).text
        for mode in ("register", "register", "deregister", "deregister")
    ]
    assert texts == [
        "hub.mode=accepted",
        "hub.mode=denied&hub.reason=Topic has already registered with the Hub",
        "hub.mode=accepted",
        "hub.mode=denied&hub.reason=Topic has not been registered in the Hub",
    ]


@pytest.mark.parametrize("kind", ["image/png", "application/ld+json"])
def test_unsupported_content(mosip: Any, kind: str) -> None:
    answer = mosip.call("POST", "/hub", data=b"x", headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.text


def test_the_hub_says_it_is_up(mosip: Any) -> None:
    assert mosip.call("GET", "/hub/actuator/health").json()["status"] == "UP"


# -- delivering ------------------------------------------------------------------------------------------


def test_what_is_published_is_written_anew_and_signed(news: Any, subscriber: Any) -> None:
    answer = publish(news, b'{ "b" : "\\u00e9", "a": [1, 2.50] }')
    assert (answer.status_code, answer.text) == (200, "hub.mode=accepted")
    [got] = subscriber.wait(lambda each: each.method == "POST")
    assert got.body == '{"b":"é","a":[1,2.5]}'.encode()
    assert got.headers["content-type"] == ["application/json"]
    assert got.headers["link"] == [f'{news.url}/hub; rel="hub", NEWS; rel="self"']
    expected = hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-hub-signature"] == [f"sha256={expected}"]


def test_publishing_needs_the_role_and_json(news: Any, subscriber: Any) -> None:
    denied = news.call(
        "POST",
        "/hub?hub.mode=publish&hub.topic=NEWS",
        json={},
        token=news.login(PARTNER),
    )
    assert (denied.status_code, denied.text) == (
        200,
        "hub.mode=denied&hub.reason=Publisher is not authorized",
    )
    assert publish(news, b"{").status_code == 400


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_failed_delivery_is_tried_three_more_times(news: Any, subscriber: Any, status: int) -> None:
    subscriber.script = [status] * 9
    publish(news)
    subscriber.wait(lambda got: got.method == "POST", 1)
    for seconds, count in ((3, 2), (6, 3), (12, 4)):
        news.admin.wait_for("mosip.websub.deliver", count=count - 1)
        news.admin.advance(f"{seconds - 1}s")
        assert len([got for got in subscriber.got if got.method == "POST"]) == count - 1
        news.admin.advance("1s")
        news.admin.wait_for("mosip.websub.deliver", count=count)
    news.admin.advance("1h")
    posts = [got for got in subscriber.got if got.method == "POST"]
    assert len(posts) == 4  # the message is lost now
    assert len({got.body for got in posts}) == 1


def test_a_retry_that_succeeds_is_the_last(news: Any, subscriber: Any) -> None:
    subscriber.script = [503, 202]
    publish(news)
    news.admin.wait_for("mosip.websub.deliver")
    news.admin.advance("1h")
    assert len([got for got in subscriber.got if got.method == "POST"]) == 2
    assert len(subscriptions(news)) == 1


def test_gone_ends_the_subscription(news: Any, subscriber: Any) -> None:
    subscriber.script = [410]
    publish(news)
    news.admin.wait_for("mosip.websub.deliver")
    news.admin.advance("1h")
    assert subscriptions(news) == []
    assert len([got for got in subscriber.got if got.method == "POST"]) == 1


def test_retries_are_as_configured() -> None:
    assert HubRetry().delays() == [3.0, 6.0, 12.0]
    assert HubRetry(count=5).delays() == [3.0, 6.0, 12.0, 20.0, 20.0]


def test_the_end_of_a_workflow_is_published(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    subscribe(mosip, subscriber, GENERAL)
    mosip.register(RID, meta={"operationsData": None})
    [got] = subscriber.wait(lambda each: each.method == "POST")
    assert got.json == {
        "instanceId": RID,
        "resultCode": "FAILED",
        "workflowType": "CRVS_NEW",
        "errorCode": None,
    }


# -- remembering -----------------------------------------------------------------------------------------


def test_subscriptions_outlive_a_reset_and_a_restart(
    run_mosip: Callable[..., Any], subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    first = run_mosip()
    subscribe(first, subscriber)
    first.admin.reset()
    second = run_mosip()
    assert subscriptions(first) == subscriptions(second) == [(TOPIC, "86400")]
    second.register(RID)
    [delivery] = subscriber.credentials()
    expected = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-hub-signature"] == [f"sha256={expected}"]


def test_a_hub_may_lose_its_subscriptions(mosip: Any, subscriber: Any, subscribe: Callable[..., Any]) -> None:
    subscribe(mosip, subscriber)
    assert mosip.admin.command("mosip.forget_subscriptions") == {"forgotten": 1}
    mosip.register(RID)
    mosip.ended(RID)
    assert all(got.method == "GET" for got in subscriber.got)


def test_a_hub_may_find_its_subscriptions_again(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    subscribe(mosip, subscriber)
    mosip.admin.command("mosip.forget_subscriptions")
    assert mosip.admin.command("mosip.forget_subscriptions", back=True) == {"recovered": 1}
    assert subscriptions(mosip) == [(TOPIC, "86400")]
    assert mosip.admin.command("mosip.forget_subscriptions", back=True) == {"recovered": 0}


def test_a_subscription_that_was_made_anew_is_not_put_back(
    mosip: Any, subscriber: Any, subscribe: Callable[..., Any]
) -> None:
    subscribe(mosip, subscriber)
    mosip.admin.command("mosip.forget_subscriptions")
    ask(mosip, **wish(subscriber, hub_secret="a-newer-secret"))
    verified(mosip, count=2)
    assert mosip.admin.command("mosip.forget_subscriptions", back=True) == {"recovered": 0}
    mosip.register(RID)
    [delivery] = subscriber.credentials()
    expected = hmac.new(b"a-newer-secret", delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-hub-signature"] == [f"sha256={expected}"]


# -- restarting ------------------------------------------------------------------------------------------


def news_got(subscriber: Any, count: int) -> list[bytes]:
    return [each.body for each in subscriber.wait(lambda got: got.method == "POST", count=count)]


def delivered(mosip: Any, count: int, **where: Any) -> None:
    mosip.admin.wait_for(
        "mosip.websub.deliver",
        count=count,
        where=lambda entry: all(entry[name] == value for name, value in where.items()),
    )


def test_a_hub_that_restarts_sends_what_failed_last(run_mosip: Callable[..., Any], subscriber: Any) -> None:
    mosip = hears_news(run_mosip(hub_retry=HubRetry(count=0)), subscriber)
    mosip.admin.fault(at="mosip.websub.deliver", scope="everyone", do={"status": 503}, times=1)
    publish(mosip, b'{"a":1}')
    delivered(mosip, 1, status=503)
    assert mosip.admin.command("mosip.restart_hub") == {"again": 1}
    assert news_got(subscriber, 1) == [b'{"a":1}']
    delivered(mosip, 1, status=200)
    assert mosip.admin.command("mosip.restart_hub") == {"again": 0}


def test_what_failed_before_a_success_is_lost_for_good(
    run_mosip: Callable[..., Any], subscriber: Any
) -> None:
    mosip = hears_news(run_mosip(hub_retry=HubRetry(count=0)), subscriber)
    mosip.admin.fault(at="mosip.websub.deliver", scope="everyone", do={"status": 503}, times=1)
    publish(mosip, b'{"a":1}')
    delivered(mosip, 1, status=503)
    publish(mosip, b'{"a":2}')
    delivered(mosip, 1, status=200)
    assert mosip.admin.command("mosip.restart_hub") == {"again": 0}


def test_a_hub_that_restarts_does_not_wait_to_try_again(
    run_mosip: Callable[..., Any], subscriber: Any
) -> None:
    mosip = hears_news(run_mosip(hub_retry=HubRetry(first_s=3600.0, max_s=3600.0)), subscriber)
    mosip.admin.fault(at="mosip.websub.deliver", scope="everyone", do={"status": 503}, times=1)
    publish(mosip, b'{"a":1}')
    delivered(mosip, 1, status=503)
    assert mosip.admin.command("mosip.restart_hub") == {"again": 1}
    assert news_got(subscriber, 1) == [b'{"a":1}']
    mosip.admin.advance("2h")
    assert len(news_got(subscriber, 1)) == 1


def test_a_hub_that_restarts_may_send_again_what_arrived(news: Any, subscriber: Any) -> None:
    publish(news, b'{"a":1}')
    publish(news, b'{"a":2}')
    delivered(news, 2, status=200)
    assert news.admin.command("mosip.restart_hub", arrived=1) == {"again": 1}
    assert len(news_got(subscriber, 3)) == 3
    with pytest.raises(AdminError):
        news.admin.command("mosip.restart_hub", arrived=-1)


def test_callbacks_that_differ_in_punctuation_collide(mosip: Any, subscriber: Any) -> None:
    ask(mosip, **wish(subscriber, hub_callback=f"{subscriber.url}/a-b"))
    verified(mosip)
    ask(mosip, **wish(subscriber, hub_callback=f"{subscriber.url}/a_b"))
    [denial] = subscriber.wait(lambda got: got.query.get("hub.mode") == "denied")
    assert denial.path.endswith("/a_b")
    assert len(subscriptions(mosip)) == 1
