# -*- test-case-name: tests.api.test_encodings -*-
"""
Playlists as clients get them, each encoded once, a piece a turn of the reactor: a list of ten
thousand items delays nothing else.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from itertools import islice

from attrs import frozen
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from ..playout.status import Document
from .frames import Long
from .views import playlist_pieces, snapshot_pages

__all__ = ["Encodings", "Messages", "Whole"]

Messages = tuple[bytes | Long, ...]
"""What tells one thing, one message after the other."""

_PIECES_AT_ONCE = 4
"""More than a list of 300 items has: those are made at once."""
_PIECES_A_TURN = 2
"""Of longer ones: about 2 ms a turn."""


class Whole(Enum):
    """The messages that hold a whole playlist."""

    FULL = "PLAYLIST_FULL"
    UPDATED = "PLAYLIST_UPDATED"
    SNAPSHOT = "SNAPSHOT"


@frozen
class _Made:
    document: Document
    messages: Messages


class Encodings:
    """The newest encoding of each channel's playlist, as each of the messages."""

    _log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        now: Callable[[], float],
        made: Callable[[Whole, Document, Messages], None],
    ) -> None:
        """
        @param clock: gives turns of the reactor.
        @param now: seconds since the epoch.
        @param made: told of what L{get} could not give at once.
        """
        self._clock = clock
        self._now = now
        self._tell = made
        self._made: dict[tuple[Whole, int], _Made] = {}
        self._making: set[tuple[Whole, int]] = set()

    def get(self, whole: Whole, document: Document) -> Messages | None:
        """
        The messages that tell C{document}; L{None} when C{made} will be told them, or those of the
        document before, later.
        """
        key = whole, document.channel
        made = self._made.get(key)
        if made is not None and made.document is document:
            return made.messages
        if key in self._making:
            return None
        if whole is Whole.SNAPSHOT:
            pieces = snapshot_pages(document)
        else:
            pieces = playlist_pieces(document, whole.value, self._now())
        return self._go_on(whole, document, pieces, [], _PIECES_AT_ONCE)

    def _go_on(
        self,
        whole: Whole,
        document: Document,
        pieces: Iterator[bytes],
        done: list[bytes],
        most: int,
    ) -> Messages | None:
        """Make some more pieces; all of them, once that was all."""
        key = whole, document.channel
        self._making.discard(key)
        some = list(islice(pieces, most))
        done += some
        if len(some) == most:
            self._making.add(key)
            self._clock.callLater(0, self._later, whole, document, pieces, done)
            return None
        messages: Messages = tuple(done)
        if whole is not Whole.SNAPSHOT and len(done) > 1:
            messages = (Long(done),)
        self._made[key] = _Made(document, messages)
        return messages

    def _later(
        self, whole: Whole, document: Document, pieces: Iterator[bytes], done: list[bytes]
    ) -> None:
        """The next turn."""
        with self._log.failuresHandled("while encoding a playlist"):
            messages = self._go_on(whole, document, pieces, done, _PIECES_A_TURN)
            if messages is not None:
                self._tell(whole, document, messages)
