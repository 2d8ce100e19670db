"""Settings that do not do what they seem to do. In: the environment that a log tells of. Out: configuration notices."""

from logsleuth.diagnosis.configuration.check import check

__all__ = ["check"]
