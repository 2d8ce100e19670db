"""Probes of installed software: versions, imports, UCM's patches, the hub. In: a subject. Out: results."""
