"""Checklists over this machine, a log, configuration files. In: what was collected. Out: items with a status."""
