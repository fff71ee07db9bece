"""What makes a mock steerable: operations, journal, ownership, gates, faults, timers, seed and reset.

A Flask extension, an admin blueprint under /__admin/ and its Python client. Knows no mock; imports contracts only.
"""
