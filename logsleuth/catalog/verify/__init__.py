"""Upstream wheels and sources in; out: which signatures still match what they print, and what no signature covers."""
