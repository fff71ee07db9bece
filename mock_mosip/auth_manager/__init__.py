"""The auth manager: client logins, tokens, and the check that every protected service makes of them."""
