"""The credential service: the verifiable credential, its proof, its encryption, and the documents that verify it."""
