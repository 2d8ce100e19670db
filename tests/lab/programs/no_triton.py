"""Imports a kernel language that is not installed."""

import triton.language as tl

print(tl.__name__)
