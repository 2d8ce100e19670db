"""One native pass over each block. In: model.Text. Out: marks, the places where an expression was seen."""

from logsleuth.scan.scanner import Expression, Scan, Scanner

__all__ = ["Expression", "Scan", "Scanner"]
