"""Load tests of the registration hot path on Locust, which is only ever imported in a process of its own.

Users, shapes, thresholds and the reconciliation that tells whether a registration was lost.
"""
