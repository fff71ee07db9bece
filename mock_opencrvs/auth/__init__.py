"""The auth service: the public key, the two grants of ``POST /token``, and what a gateway says to a bad
bearer.
"""
