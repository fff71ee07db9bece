"""The app for a WSGI server, configured by the file that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from mock_mosip.esignet.app import create_app
from mock_mosip.esignet.settings import EsignetSettings
from mock_mosip.settings import SettingsError
from mock_mosip.wsgi import SETTINGS_VARIABLE


def app() -> Flask:
    """Reads the settings file named by ``HARNESS_PARTY_SETTINGS`` and makes the app; raises SettingsError."""
    path = os.environ.get(SETTINGS_VARIABLE)
    if not path:
        raise SettingsError(f"{SETTINGS_VARIABLE} must name the settings file")
    return create_app(EsignetSettings.from_file(Path(path)))
