"""The scenarios that ship: YAML only, a folder per area, and `given/` for reusable beginnings.

This file makes them package data, so that an installed harness finds its own and no other.
"""
