"""What figures say: failures that are no errors, and the way to the bottleneck. In: series. Out: findings, walks."""

from logsleuth.diagnosis.performance.assess import assess
from logsleuth.diagnosis.performance.measured import Figures, Measured, Reading, by_source
from logsleuth.diagnosis.performance.rules import performance
from logsleuth.diagnosis.performance.walk import Walk, walk

__all__ = ["Figures", "Measured", "Reading", "Walk", "assess", "by_source", "performance", "walk"]
