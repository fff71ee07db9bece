"""The registration status service: how far registrations are, for who is allowed to ask."""
