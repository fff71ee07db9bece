"""Bridges of other makes, by which the suite itself is judged.

Two that are right and yet unlike ours, and one with everything wrong that was ever seen in the field. Each is
started by `--bridge-command "python -m conformance.bridges.…"` and knows only the reference implementation's
environment variables.
"""
