"""`python -m load.bench`: measures, and prints a table."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from load.bench.bench import Amounts, measure
from load.bench.earlier import Earlier, compare
from load.bench.operations import NAMES
from load.bench.table import table
from mock_control.client import AdminError
from sandbox.errors import SandboxError

RESULT: Final = "bench.json"


def main() -> None:
    """Measures and prints. Exit status 3 when a measurement can't be made."""
    chosen = _parser().parse_args()
    try:
        earlier = Earlier.read(chosen.against) if chosen.against is not None else None
        amounts = Amounts(repeats=chosen.repeats, births=chosen.births, questions=chosen.questions)
        bench = measure(chosen.only or NAMES, amounts)
    except (SandboxError, AdminError) as error:
        sys.stderr.write(f"bench: {error}\n")
        sys.exit(3)
    compared = compare(bench, earlier) if earlier is not None else []
    facts = bench.as_json()
    if earlier is not None:
        facts["against"] = {each.name: each.as_json() for each in compared}
    document = json.dumps(facts, indent=1)
    if chosen.report is not None:
        chosen.report.mkdir(parents=True, exist_ok=True)
        (chosen.report / RESULT).write_text(f"{document}\n", encoding="utf-8")
    sys.stdout.write(document if chosen.json else "\n".join(table(bench, compared)))
    sys.stdout.write("\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m load.bench",
        description="CPU per operation of the bridge, beside the floor of this machine and the target.",
    )
    parser.add_argument(
        "--only", action="append", choices=NAMES, help="measure this alone; may be given several times"
    )
    parser.add_argument("--repeats", type=_several, default=3, help="of each measurement (3)")
    parser.add_argument("--births", type=_several, default=200, help="in each repeat (200)")
    parser.add_argument(
        "--questions", type=_several, default=300, help="verifications, logins in each repeat (300)"
    )
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="an earlier bench.json: print ratios to it"
    )
    parser.add_argument("--report", type=Path, metavar="DIR", help=f"write {RESULT} there")
    parser.add_argument("--json", action="store_true", help="facts for programs instead of the table")
    return parser


def _several(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 at least")
    return number


if __name__ == "__main__":
    main()
