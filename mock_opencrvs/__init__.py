"""An OpenCRVS that behaves like the real one as one Flask app: tokens, events, hooks and country-config.

One package per service; a country pack configures the country-config. Imports contracts and mock_control
only.
"""
