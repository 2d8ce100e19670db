"""Probes of model files, without loading a weight. In: a subject. Out: results."""
