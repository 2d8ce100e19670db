"""The protocols of log shippers: the body of a request -> entries, and the answer that its client expects."""
