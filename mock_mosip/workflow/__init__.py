"""The workflow manager and the stages of the registration processor."""
