"""Joins lines into events and reads them. In: text, marks and records. Out: model.Event."""

from logsleuth.events.assemble import Assembled, Assembler
from logsleuth.events.environment import ANCHORS as ENVIRONMENT_ANCHORS
from logsleuth.events.environment import read_facts
from logsleuth.events.fingerprint import fingerprint, raising_frame, telling_frame

__all__ = [
    "ENVIRONMENT_ANCHORS",
    "Assembled",
    "Assembler",
    "fingerprint",
    "raising_frame",
    "read_facts",
    "telling_frame",
]
