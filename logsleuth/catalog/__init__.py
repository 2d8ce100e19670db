"""The signatures: read from YAML, checked against their own samples, and matched against events."""
