"""The country configuration: receives the hooks of core and hands registrations to the bridge, as a pack
says.
"""
