"""The WebSub hub, with the ways in which MOSIP's differs from the W3C recommendation."""
