"""MOSIP as the bridge meets it: tokens, packets, workflow, hub and credentials."""
