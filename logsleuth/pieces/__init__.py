"""Sources in pieces that any process or machine can read, and their parts put together to one answer.

`processes` has several processes read, and `state` keeps parts in files.
"""

from logsleuth.pieces.codec import decode, encode
from logsleuth.pieces.fold import Fold
from logsleuth.pieces.listing import Listing, Unit, list_units, read_unit
from logsleuth.pieces.reading import read_sources
from logsleuth.pieces.shards import Shard, shard_of, share
from logsleuth.pieces.work import Work, read_units

__all__ = [
    "Fold",
    "Listing",
    "Shard",
    "Unit",
    "Work",
    "decode",
    "encode",
    "list_units",
    "read_sources",
    "read_unit",
    "read_units",
    "shard_of",
    "share",
]
