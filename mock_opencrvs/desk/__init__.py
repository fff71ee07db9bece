"""The form of a declaration as a browser would run it: its components as plain objects, no pages."""
