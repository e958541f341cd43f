# -*- test-case-name: tests.store.test_decoded -*-
"""
What reading a stored document comes to: a value with what had to be repaired, or nothing at all.
"""

import json
from typing import Generic, TypeVar

import orjson
from attrs import frozen

__all__ = ["Decoded", "Unreadable", "integer", "parsed"]

T = TypeVar("T")


class Unreadable(Exception):
    """The bytes are not such a document, and no part of them can be used; says why."""


@frozen
class Decoded(Generic[T]):
    """
    A document that could be read.

    @ivar repairs: sentences for the operator, one for each thing that was not as it should be and
        was repaired or left out; empty when the bytes say exactly C{value}.
    """

    value: T
    repairs: tuple[str, ...] = ()


def parsed(content: bytes) -> object:
    """
    What a JSON document says, read as tolerantly as the system that wrote the old ones.

    What orjson refuses and JavaScript or a hand with an editor writes is taken too: a byte order
    mark, halves of surrogate pairs (which become question marks), C{NaN} and C{Infinity}.

    @raise Unreadable: it is not JSON.
    """
    try:
        document: object = orjson.loads(content)
        return document
    except orjson.JSONDecodeError as error:
        strict = error
    try:
        loose = json.loads(content.decode("utf-8-sig"))
        whole = json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace")
        document = json.loads(whole, parse_int=integer)
        return document
    except (ValueError, RecursionError):
        raise Unreadable(f"it is not JSON ({strict})") from None


def integer(digits: str) -> int | float:
    """An integer, or the nearest float when it is too large to be written again."""
    value = int(digits)
    return value if -(2**63) <= value < 2**64 else float(digits)
