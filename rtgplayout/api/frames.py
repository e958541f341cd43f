# -*- test-case-name: tests.api.test_frames -*-
"""
Messages as a server's WebSocket frames (RFC 6455, 5.2 and 5.4): a long one as many, so that it can
be sent as the client takes it. The bytes are those it was made of, shared by all who get it.
"""

import struct
from collections.abc import Iterable

from attrs import field, frozen

__all__ = ["Frame", "Long", "frame"]

Frame = tuple[bytes, bytes]
"""A header, and what follows it."""

_LONGEST = 1 << 16
_TEXT, _CONTINUED, _FINAL = 0x01, 0x00, 0x80


def frame(payload: bytes, *, first: bool = True, last: bool = True) -> Frame:
    """
    A text message as a frame, or a part of one; not masked, as a server sends it.

    @param first: it begins the message.
    @param last: it ends it.
    """
    kind = (_TEXT if first else _CONTINUED) | (_FINAL if last else 0)
    length = len(payload)
    if length < 126:
        return struct.pack("!BB", kind, length), payload
    if length < 1 << 16:
        return struct.pack("!BBH", kind, 126, length), payload
    return struct.pack("!BBQ", kind, 127, length), payload


def _cut(pieces: Iterable[bytes]) -> tuple[bytes, ...]:
    """None longer than a frame should be; those that were not are the same objects."""
    return tuple(
        piece[at : at + _LONGEST] for piece in pieces for at in range(0, len(piece), _LONGEST)
    )


@frozen(eq=False)
class Long:
    """
    A long text message. It is never joined: everybody who gets it shares its pieces.

    @ivar pieces: UTF-8, of 64 kB at most each.
    @ivar frames: those, as they travel.
    @ivar size: bytes of all pieces.
    """

    pieces: tuple[bytes, ...] = field(converter=_cut)
    frames: tuple[Frame, ...] = field(init=False, repr=False)
    size: int = field(init=False, repr=False)

    @frames.default
    def _framed(self) -> tuple[Frame, ...]:
        last = len(self.pieces) - 1
        return tuple(
            frame(piece, first=n == 0, last=n == last) for n, piece in enumerate(self.pieces)
        )

    @size.default
    def _sized(self) -> int:
        return sum(map(len, self.pieces))
