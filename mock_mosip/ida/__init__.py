"""ID authentication (IDA): whether a person is who they say, by name, date of birth and gender.

Works on a replica of the identities of its own, which a stage feeds.
"""
