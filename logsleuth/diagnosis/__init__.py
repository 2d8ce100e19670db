"""Tells the cause from its consequences. In: findings and facts. Out: model.Diagnosis, in the order of the report."""

from logsleuth.diagnosis.conclude import Answer, diagnose, verdict
from logsleuth.diagnosis.material import Material
from logsleuth.diagnosis.unknown import unexplained, unknown_finding

__all__ = ["Answer", "Material", "diagnose", "unexplained", "unknown_finding", "verdict"]
