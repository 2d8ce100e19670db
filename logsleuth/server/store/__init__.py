"""The database of the service: one SQLite file, written by the worker and read by the API.

The worker alone writes what the analysis finds (`writing.py`); people's decisions are short writes (`decisions.py`).
"""
