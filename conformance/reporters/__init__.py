"""Those who listen to the runner: the console, ``results.json`` and ``junit.xml``."""

from conformance.reporters.console import Console
from conformance.reporters.junit import JUnit
from conformance.reporters.results import Results

__all__ = ["Console", "JUnit", "Results"]
