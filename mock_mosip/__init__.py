"""A MOSIP that behaves like the real one, oddities and errors included, as one Flask app.

One package per service (auth manager, packet manager, workflow, WebSub, credentials, ID repository).
"""
