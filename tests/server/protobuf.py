"""Protobuf as clients write it: what requests of the tests are made of."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """A number, seven bits to a byte."""
    head = b""
    while number > 0x7F:
        head, number = head + bytes((number & 0x7F | 0x80,)), number >> 7
    return head + bytes((number,))


def piece(number: int, data: bytes) -> bytes:
    """A field with a length."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def attribute(name: str, value: str) -> bytes:
    """A pair of OTLP."""
    return piece(1, name.encode()) + piece(2, piece(1, value.encode()))
