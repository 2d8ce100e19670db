"""Sources in pieces that any process or machine can read, and their parts put together to one answer."""

from logsleuth.pieces.codec import decode, encode
from logsleuth.pieces.fold import Fold
from logsleuth.pieces.listing import Listing, Unit, list_units, read_unit
from logsleuth.pieces.reading import read_sources
from logsleuth.pieces.shards import Shard, share

__all__ = ["Fold", "Listing", "Shard", "Unit", "decode", "encode", "list_units", "read_sources", "read_unit", "share"]
