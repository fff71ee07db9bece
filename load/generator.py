"""The load generator: `python -m load.generator PLAN`. The only module that imports Locust.

An open model: users send at fixed times whether or not the bridge keeps up, so that a slow bridge can't hide
its slowness. From the POST to the accept that took effect is a request type of its own, CONFIRM.
"""

from __future__ import annotations

# First of all: Locust replaces the blocking parts of the standard library by gevent's.
from locust import FastHttpUser, constant_throughput, task  # isort: skip
from locust.contrib.fasthttp import ResponseContextManager  # isort: skip
from locust.env import Environment  # isort: skip
from locust.exception import StopUser  # isort: skip
from locust.html import get_html_report  # isort: skip
from locust.stats import stats_history  # isort: skip

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from load.measures import percentile
from load.plan import PACE_S, Asked, Busyness, Heard, Page, Plan, Posted, Seen
from load.prepare import REGISTRATION_PATH, Prepared, mixed
from load.questions import Question
from mock_control.client import AdminClient, AdminError

TICK_S: Final = 0.05
WINDOW_S: Final = 2.0
LISTEN_S: Final = 0.25
PATIENCE_S: Final = 10.0
ACCEPTED: Final = 202
TELL_S: Final = 10.0


class Watch:
    """Measures how busy this process is: CPU in windows of two seconds, and how late its timers run."""

    def __init__(self) -> None:
        self._lags: list[float] = []
        self._shares: list[float] = []
        threading.Thread(target=self._tick, daemon=True).start()

    def result(self, *, users: int) -> Busyness:
        """So far."""
        return Busyness(
            cpu_share=round(max(self._shares, default=0.0), 3),
            lag_p99_ms=round(percentile(self._lags, 0.99) * 1000, 1),
            users=users,
        )

    def _tick(self) -> None:
        began, used = time.monotonic(), time.process_time()
        while True:
            asked = time.monotonic()
            time.sleep(TICK_S)
            now = time.monotonic()
            self._lags.append(max(0.0, now - asked - TICK_S))
            if now - began >= WINDOW_S:
                self._shares.append((time.process_time() - used) / (now - began))
                began, used = now, time.process_time()


class Run:
    """One load, from the first POST to the last confirmation or the end of patience."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.environment = Environment(user_classes=[self._user_class()])
        self.runner = self.environment.create_local_runner()
        self._waiting: deque[Prepared | Question] = deque(mixed(plan.questions, plan.registrations))
        self._under_way = 0
        self._last = 0
        self._kinds = {each.action: each.kind for each in plan.registrations}
        self._sent_at: dict[str, float] = {}
        self._open: set[str] = set()
        self._offsets = self._spread()
        self._posted: list[Posted] = []
        self._asked: list[Asked] = []
        self._heard: list[Heard] = []
        self._answered: set[str] = set()
        self._admin = AdminClient(plan.opencrvs_url, plan.admin_token)

    def carry_out(self) -> Seen:
        """Send everything, wait for the answers, and write Locust's report."""
        users = self.plan.users
        after = self._news(0, wait=0)
        watch = Watch()
        threading.Thread(target=self._listen, args=(after,), daemon=True).start()
        threading.Thread(target=self._tell, daemon=True).start()
        threading.Thread(target=stats_history, args=(self.runner,), daemon=True).start()
        self.runner.start(users, spawn_rate=users)
        self._wait_until_sent()
        busyness = watch.result(users=users)
        self._wait_for_answers()
        self.runner.quit()
        page = get_html_report(self.environment, show_download_link=False)  # type: ignore[no-untyped-call]
        Path(self.plan.report_path).write_text(page, encoding="utf-8")
        return Seen(
            posted=tuple(self._posted),
            heard=tuple(self._heard),
            busyness=busyness,
            asked=tuple(self._asked),
            last=self._last,
        )

    def _user_class(self) -> type[FastHttpUser]:
        run = self

        class CountryConfiguration(FastHttpUser):
            """Hands registrations to the bridge as a country configuration does, and asks about people."""

            host = run.plan.bridge_url
            wait_time = constant_throughput(1 / PACE_S)
            connection_timeout = run.plan.post_timeout_s
            network_timeout = run.plan.post_timeout_s
            max_redirects = 0

            def on_start(self) -> None:
                time.sleep(next(run._offsets))
                # Locust counts the pace from the user's birth, which would make up for the sleep at once.
                self._cp_last_run = time.perf_counter()

            @task
            def turn(self) -> None:
                run.send(self)

        return CountryConfiguration

    def send(self, user: FastHttpUser) -> None:
        """One request; a user for whom nothing is left ends."""
        try:
            each = self._waiting.popleft()
        except IndexError:
            raise StopUser from None
        self._under_way += 1
        try:
            if isinstance(each, Question):
                self._ask(user, each)
            else:
                self._register(user, each)
        finally:
            self._under_way -= 1

    def _register(self, user: FastHttpUser, each: Prepared) -> None:
        self._open.add(each.action)
        self._sent_at[each.action] = time.time()
        began = time.perf_counter()
        with user.client.post(
            REGISTRATION_PATH,
            data=each.body,
            headers=each.headers,
            name=REGISTRATION_PATH,
            catch_response=True,
        ) as answer:
            took, status = time.perf_counter() - began, answer.status_code or None
            _judge(answer, right=status == ACCEPTED)
        self._posted.append(
            Posted(
                kind=each.kind,
                action=each.action,
                subject=each.subject,
                sent_at=self._sent_at[each.action],
                status=status,
                took_ms=took * 1000,
            )
        )
        if status != ACCEPTED:
            self._open.discard(each.action)

    def _ask(self, user: FastHttpUser, each: Question) -> None:
        sent_at, began = time.time(), time.perf_counter()
        # The name is without the query, in which there may be a code.
        with user.client.post(
            each.path,
            data=each.body,
            headers=each.headers,
            name=each.path.partition("?")[0],
            catch_response=True,
        ) as answer:
            took, status = time.perf_counter() - began, answer.status_code or None
            right = each.answered(answer.status_code, answer.content or b"")
            _judge(answer, right=right)
        self._asked.append(
            Asked(kind=each.kind, sent_at=sent_at, status=status, took_ms=took * 1000, right=right)
        )

    def _tell(self) -> None:
        """How far it is, for whoever waits for the end."""
        while True:
            time.sleep(TELL_S)
            sent = len(self._posted) + len(self._asked)
            late = f", {self._under_way} without an answer yet" if self._under_way else ""
            confirmed = f"{len(self._answered)} of {len(self._sent_at)} registrations confirmed"
            sys.stdout.write(f"sent {sent} of {self.plan.count}{late}; {confirmed}\n")
            sys.stdout.flush()

    def _listen(self, after: int) -> None:
        """Follows the answers that OpenCRVS takes; a failure of the feed is tried again."""
        while True:
            after = self._news(after, wait=LISTEN_S)
            # A moment's rest gathers the answers of that moment into one call.
            time.sleep(TICK_S)

    def _news(self, after: int, *, wait: float) -> int:
        try:
            answer = self._admin.command("opencrvs.answers", after=after, wait=wait)
        except AdminError as error:
            sys.stderr.write(f"the feed of answers: {error}\n")
            return after
        page = cast("Page", answer)
        for each in page["answers"]:
            self._hear(Heard.of(each))
        self._last = page["last"]
        return page["last"]

    def _hear(self, heard: Heard) -> None:
        sent_at = self._sent_at.get(heard.action)
        if sent_at is None:
            return
        self._heard.append(heard)
        self._open.discard(heard.action)
        if heard.action in self._answered:
            return
        self._answered.add(heard.action)
        self.environment.events.request.fire(  # type: ignore[no-untyped-call]
            request_type="CONFIRM",
            name=f"{self._kinds[heard.action]}: POST → {heard.answer}",
            response_time=max(0.0, (heard.at - sent_at) * 1000),
            response_length=0,
            exception=None if heard.answer == "accept" else RuntimeError("rejected"),
            context={},
        )

    def _spread(self) -> Iterator[float]:
        """When each user begins, so that they send one after another and not all at once."""
        users = self.plan.users
        for number in range(users):
            yield number * PACE_S / users

    def _wait_until_sent(self) -> None:
        planned = self.plan.count / self.plan.rate
        deadline = time.monotonic() + 2 * planned + self.plan.post_timeout_s + PATIENCE_S
        while self._waiting and time.monotonic() < deadline:
            time.sleep(TICK_S)
        # Nothing new; what is under way ends by its own time-out, and counts.
        self._waiting.clear()
        deadline = time.monotonic() + 2 * self.plan.post_timeout_s
        while self._under_way and time.monotonic() < deadline:
            time.sleep(TICK_S)

    def _wait_for_answers(self) -> None:
        deadline = time.monotonic() + self.plan.drain_s
        while self._open and time.monotonic() < deadline:
            time.sleep(TICK_S)
        # What is done twice is often done a moment later.
        time.sleep(2 * LISTEN_S)


def _judge(answer: ResponseContextManager, *, right: bool) -> None:
    """Tells Locust, which would take any answer below 400 for a good one."""
    if right:
        answer.success()  # type: ignore[no-untyped-call]
    else:
        answer.failure(f"answered {answer.status_code or 'nothing'}")  # type: ignore[no-untyped-call]


def main(arguments: list[str]) -> None:
    """Carries out the plan in the file named."""
    plan = Plan.read(Path(arguments[0]))
    seen = Run(plan).carry_out()
    target = Path(plan.seen_path)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(seen.to_json())


if __name__ == "__main__":
    main(sys.argv[1:])
