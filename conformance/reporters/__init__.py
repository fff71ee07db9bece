"""Those who listen to the runner: the console, and the files of a report."""

from conformance.reporters.console import Console
from conformance.reporters.html import Html
from conformance.reporters.junit import JUnit
from conformance.reporters.results import Results
from conformance.reporters.summary import Summary

__all__ = ["Console", "Html", "JUnit", "Results", "Summary"]
