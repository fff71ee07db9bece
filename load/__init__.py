"""Load tests of the registration hot path on Locust, which is only ever imported in a process of its own.

``generator`` is that process; nothing else here imports it. The rest makes what it sends, reads what it saw,
reconciles every registration, and judges by the thresholds of ``profiles.yaml``.
"""
