"""Who held up a collective. In: findings and flight-recorder reports. Out: suspects, victims, words, a table."""

from logsleuth.diagnosis.collectives.case import Suspicion, Why
from logsleuth.diagnosis.collectives.deaths import deaths_of
from logsleuth.diagnosis.collectives.enrich import enrich, world_size
from logsleuth.diagnosis.collectives.reports import read_reports
from logsleuth.diagnosis.collectives.solver import Collective, Stragglers, solve
from logsleuth.diagnosis.collectives.words import words

__all__ = [
    "Collective",
    "Stragglers",
    "Suspicion",
    "Why",
    "deaths_of",
    "enrich",
    "read_reports",
    "solve",
    "words",
    "world_size",
]
