"""Identities: who has which UIN and VID, with which status and handles.

Inner to MOSIP, no HTTP of its own yet.
"""
