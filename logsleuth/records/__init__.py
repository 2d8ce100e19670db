"""Text of blocks -> logical lines -> records: containers opened, then the prefixes of each line taken apart."""

from __future__ import annotations

from logsleuth.records.opener import Opener
from logsleuth.records.peel import Peeler

__all__ = ["Opener", "Peeler"]
