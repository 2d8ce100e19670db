"""What a bad run did that a good one did not. In: two reports. Out: a model.Comparison."""

from logsleuth.diagnosis.comparison.compare import compare

__all__ = ["compare"]
