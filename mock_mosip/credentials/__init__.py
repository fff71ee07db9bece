"""The credential service.

The verifiable credential, its proof, its encryption, and the documents that verify it.
"""
