# -*- test-case-name: tests.api.test_encodings -*-
"""
What clients get whole, each thing encoded once, a piece a turn of the reactor: a list of a hundred
thousand entries delays nothing else.

It is done in turns and not in a thread, because a thread that works all the time costs the reactor
up to a switch interval at every read and write: with fifty clients 42 ms between two ticks, where
turns cost 3 ms and take no longer.
"""

from collections.abc import Callable, Hashable, Iterator
from itertools import islice
from typing import Any, TypeVar

from attrs import Factory, define, frozen
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from .frames import Long
from .views import PIECE

__all__ = ["SHORT", "Encodings", "Messages"]

T = TypeVar("T")

Messages = tuple[Long, ...]
"""What tells one thing, one message after the other."""

SHORT = 3 * PIECE
"""Entries of what is made at once."""


@define
class _Making:
    """
    @ivar pieces: those to come.
    @ivar paged: each is a message by itself.
    """

    source: object
    pieces: Iterator[bytes]
    paged: bool
    done: list[bytes] = Factory(list)

    def go_on(self, most: int | None = None) -> Messages | None:
        """
        Make some more pieces, or all.

        @return: what they come to, once that was all.
        """
        before = len(self.done)
        self.done += islice(self.pieces, most)
        if most is not None and len(self.done) == before + most:
            return None
        return tuple(Long((page,)) for page in self.done) if self.paged else (Long(self.done),)


@frozen
class _Made:
    source: object
    messages: Messages


class Encodings:
    """The newest encoding of each thing."""

    _log = Logger()

    def __init__(self, clock: IReactorTime, made: Callable[[Any, Any, Messages], None]) -> None:
        """
        @param clock: gives turns of the reactor.
        @param made: told of what L{get} could not give at once: key, source, messages.
        """
        self._clock = clock
        self._tell = made
        self._made: dict[Hashable, _Made] = {}
        self._making: dict[Hashable, _Making] = {}
        self._called = False

    def get(
        self,
        key: Hashable,
        source: T,
        pieces: Callable[[T], Iterator[bytes]],
        size: int,
        *,
        paged: bool = False,
    ) -> Messages | None:
        """
        The messages that tell C{source}; L{None} when C{made} will be told them later, or those of
        the source before, after which this is to be asked again.

        @param key: what it is, whatever its value.
        @param source: a value that never changes; the same only as the very same object.
        @param pieces: makes its encoding in pieces, about a millisecond's work each, that are
            joined by nothing.
        @param size: how many entries it has.
        @param paged: each piece is a message by itself.
        """
        made = self._made.get(key)
        if made is not None and made.source is source:
            return made.messages
        if key in self._making:
            return None
        making = _Making(source, pieces(source), paged)
        if size > SHORT:
            self._making[key] = making
            self._call()
            return None
        messages = making.go_on()
        assert messages is not None
        self._made[key] = _Made(source, messages)
        return messages

    def forget(self, key: Hashable) -> None:
        """What is made of the same source is another now: it is made again when it is asked for."""
        self._made.pop(key, None)

    def _call(self) -> None:
        if self._making and not self._called:
            self._called = True
            self._clock.callLater(0, self._turn)

    def _turn(self) -> None:
        """One piece, of what has waited longest, however much is to be made."""
        self._called = False
        key, making = next(iter(self._making.items()))
        del self._making[key]
        with self._log.failuresHandled("while encoding {key}", key=key):
            messages = making.go_on(1)
            if messages is None:
                self._making[key] = making
            else:
                self._made[key] = _Made(making.source, messages)
                self._tell(key, making.source, messages)
        self._call()
