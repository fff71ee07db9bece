"""The bridge between OpenCRVS and MOSIP: a birth becomes an identifier in the record, a death is made known.

Deployable with no other room but contracts. What it answers with 2xx is durable first.
"""
