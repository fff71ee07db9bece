"""Is the suite any good? Our bridge or a mock, each time with one promise broken, and what must catch it.

`python -m conformance.mutants` plays them all. A mutant is our own bridge or mock, changed by a function of
`broken/` in a process of its own and judged as any other, so the judge sees no more of it.
"""
