"""The country configuration: hears core's hooks and hands registrations to the bridge, as a pack says."""
