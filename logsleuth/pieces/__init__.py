"""Sources in pieces that any process or machine can read, and their parts put together to one answer."""

from logsleuth.pieces.codec import decode, encode
from logsleuth.pieces.cores import jobs_for, usable_cores
from logsleuth.pieces.fold import Fold
from logsleuth.pieces.inventory import inventory_of
from logsleuth.pieces.listing import Listing, Unit, list_units, read_unit
from logsleuth.pieces.processes import Work, read_units
from logsleuth.pieces.reading import read_sources
from logsleuth.pieces.shards import Shard, shard_of, share
from logsleuth.pieces.state import StoredState, Union, terms_of, write_state

__all__ = [
    "Fold",
    "Listing",
    "Shard",
    "StoredState",
    "Union",
    "Unit",
    "Work",
    "decode",
    "encode",
    "inventory_of",
    "jobs_for",
    "list_units",
    "read_sources",
    "read_unit",
    "read_units",
    "shard_of",
    "share",
    "terms_of",
    "usable_cores",
    "write_state",
]
