"""Is the suite any good? Our bridge, each time with one promise broken, and what must catch it.

`python -m conformance.mutants` plays them all. A mutant is our own bridge, changed by a function of `broken/`
in a process of its own and judged by its command, so the judge sees no more of it than of any other.
"""
