"""The door for a WSGI server: ``gunicorn 'mock_opencrvs.wsgi:app()'``."""

from __future__ import annotations

import os

from flask import Flask

from mock_opencrvs.app import create_app
from mock_opencrvs.settings import OpencrvsSettings, SettingsError

SETTINGS_VARIABLE = "HARNESS_PARTY_SETTINGS"


def app() -> Flask:
    """The app of the settings file named in HARNESS_PARTY_SETTINGS. Raises SettingsError."""
    path = os.environ.get(SETTINGS_VARIABLE)
    if not path:
        raise SettingsError(f"{SETTINGS_VARIABLE} must name a settings file")
    return create_app(OpencrvsSettings.from_file(path))
