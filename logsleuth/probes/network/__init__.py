"""Probes of interfaces, names, addresses, ports and adapters. In: a subject. Out: results."""
