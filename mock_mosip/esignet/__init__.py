"""E-Signet 1.8 as a relying party meets it: an app and a port of its own beside the mock MOSIP.

Authorize page, token endpoint and userinfo; a second profile answers as the reference implementation's mock.
"""
