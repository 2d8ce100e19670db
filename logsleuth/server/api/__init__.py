"""The HTTP API, version 1: what was found is read here, and people's decisions are written."""
