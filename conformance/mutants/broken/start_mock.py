"""One of our mocks with one promise broken: `python start_mock.py NAME`, then what `sandbox.party` takes.

What is broken here is what another party owes, so that whoever judges a real one by the suite may know that
it would notice.
"""

# mypy: ignore-errors
# A mutant puts something else in the place of what is private: neither tool is meant for that.
from __future__ import annotations

import sys
from collections.abc import Callable

import esignet
import mosip
import opencrvs

from sandbox.party import main

MUTATIONS: dict[str, Callable[[], None]] = {
    each.__name__: each for module in (mosip, opencrvs, esignet) for each in module.MUTATIONS
}

if __name__ == "__main__":
    MUTATIONS[sys.argv[1]]()
    main(sys.argv[2:])
