"""``junit.xml``, as CI systems read it: one suite, one case per item."""

from __future__ import annotations

from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from conformance.events import Event, ItemResult, SuiteFinished, SuiteStarted
from conformance.reporters.shown import visible


class JUnit:
    """Writes the file when the suite has finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._target = ""

    def hear(self, event: Event) -> None:
        """Remember the target, write at the end."""
        if isinstance(event, SuiteStarted):
            self._target = event.target
        elif isinstance(event, SuiteFinished):
            suite = TestSuite(visible(f"conformance of {self._target}"))
            for result in event.results:
                suite.add_testcase(_case(result))
            suite.time = round(event.seconds, 3)
            xml = JUnitXml()
            xml.add_testsuite(suite)
            xml.write(str(self._path), pretty=True)


def _case(result: ItemResult) -> TestCase:
    case = TestCase(
        result.item.id, classname=f"scenarios.{result.item.scenario.id}", time=round(result.seconds, 3)
    )
    # What a target has said may hold what XML cannot.
    text = visible("\n".join(line for finding in result.findings for line in finding.lines()))
    words = (finding.words for finding in result.findings if finding.verdict == result.verdict)
    head = visible(next(words, ""))
    if result.verdict == "fail":
        case.result = [_with_text(Failure(head), text)]
    elif result.verdict == "harness-error":
        case.result = [_with_text(Error(head), text)]
    elif result.verdict in ("skipped", "inconclusive", "known"):
        case.result = [Skipped(f"{result.verdict}: {head}")]
    elif text:
        case.system_out = text
    return case


def _with_text(result: Failure | Error, text: str) -> Failure | Error:
    result.text = text
    return result
