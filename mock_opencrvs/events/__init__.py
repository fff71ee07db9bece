"""The events service: event documents with their action log, over tRPC (superjson) and a little REST."""
