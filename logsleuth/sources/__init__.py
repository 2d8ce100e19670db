"""Bytes of any origin in, blocks of whole lines out."""

from logsleuth.sources.files import from_bytes, from_lines, read
from logsleuth.sources.inputs import Input, expand

__all__ = ["Input", "expand", "from_bytes", "from_lines", "read"]
