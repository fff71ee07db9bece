"""The bridge's resources, one module each: parse, call, answer."""
