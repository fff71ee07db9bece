"""The judge: scenario engine, verbs, checks, oracles, targets, verdicts and reports.

Judges effects, never the inside of a bridge. Each scenario is a pytest item.
"""
