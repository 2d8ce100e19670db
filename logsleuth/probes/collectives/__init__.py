"""Probes of collectives: gloo, NCCL, peer access, several nodes. In: a subject. Out: results."""
