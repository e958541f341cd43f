# -*- test-case-name: tests.api.test_piecewise -*-
"""Answers of which the last field is long: made in pieces, sent in pieces."""

from collections.abc import Iterable, Sequence
from itertools import islice

import orjson
from attrs import frozen

from .answers import Answer, data_of
from .codec import encode
from .frames import Long
from .messages import RequestId, wire_type

__all__ = ["Piecewise", "list_pieces", "text_pieces"]

_CLOSING = 3
"""Bytes that close the field, the data and the message."""
_PIECE = 100
"""Entries of a list that are encoded at a time."""


@frozen
class Piecewise:
    """
    An answer with its last field beside it.

    @ivar answer: its last field is an empty text or list.
    @ivar pieces: the inside of that field, as JSON has it.
    """

    answer: Answer
    pieces: tuple[bytes, ...]

    def message(self, id: RequestId | None, channel: int | None) -> Long:
        """It as it travels."""
        whole = encode(wire_type(type(self.answer)), data_of(self.answer), id, channel)
        return Long((whole[:-_CLOSING], *self.pieces, whole[-_CLOSING:]))


def text_pieces(text: Iterable[str]) -> tuple[bytes, ...]:
    """The inside of a JSON text; for a thread."""
    return tuple(orjson.dumps(piece)[1:-1] for piece in text)


def list_pieces(entries: Sequence[object]) -> tuple[bytes, ...]:
    """The inside of a JSON list; for a thread."""
    rest, pieces, before = iter(entries), [], b""
    while some := list(islice(rest, _PIECE)):
        pieces.append(before + orjson.dumps(some)[1:-1])
        before = b","
    return tuple(pieces)
