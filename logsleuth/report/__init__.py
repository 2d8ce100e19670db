"""Puts a report into form. In: model.Report. Out: the contract's JSON, or text for people."""

from logsleuth.report.document import document, encode

__all__ = ["document", "encode"]
