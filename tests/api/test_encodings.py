# -*- test-case-name: tests.api.test_encodings -*-
"""Playlists, encoded once, a piece a turn."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api import encodings
from rtgplayout.api.encodings import Encodings, Messages, Whole
from rtgplayout.playout.status import Document

from .memory import START, MemoryDesk, clip, text


def document(count: int) -> Document:
    return MemoryDesk(*(clip(f"i{n}") for n in range(count))).document()


class CountingClock(Clock):
    """
    A clock that counts.

    @ivar turns: how many calls were asked for.
    """

    turns = 0

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kw: object
    ) -> IDelayedCall:
        self.turns += 1
        return super().callLater(delay, callable, *args, **kw)


class EncodingsTests(SynchronousTestCase):
    """When what is encoded."""

    def setUp(self) -> None:
        self.clock = CountingClock()
        self.made: list[tuple[Whole, Document, Messages]] = []
        self.encodings = Encodings(self.clock, lambda: START, lambda *made: self.made.append(made))

    def test_short(self) -> None:
        """Up to 300 items are there at once, and made once."""
        for whole in Whole:
            for count in 0, 1, 300:
                short = document(count)
                payloads = self.encodings.get(whole, short)
                assert payloads is not None
                found: Any = json.loads(text(payloads[0]))
                self.assertEqual(found["type"], whole.value)
                self.assertIs(self.encodings.get(whole, short), payloads)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_long(self) -> None:
        """Longer ones take turns; whoever asks meanwhile asks for the same."""
        long = document(1500)
        for whole in Whole:
            self.assertIsNone(self.encodings.get(whole, long))
            self.assertIsNone(self.encodings.get(whole, long))
            self.assertEqual(len(self.clock.getDelayedCalls()), 1)
            before = self.clock.turns
            self.clock.advance(0)
            self.assertGreater(self.clock.turns - before, 3)
            kind, told, payloads = self.made.pop()
            self.assertEqual((kind, self.made), (whole, []))
            self.assertIs(told, long)
            self.assertIs(self.encodings.get(whole, long), payloads)

    def test_newer(self) -> None:
        """What is newer than what is being made is made after it, when asked for again."""
        old = document(1500)
        new = evolve(old, revision=2)
        self.encodings.get(Whole.FULL, old)
        self.assertIsNone(self.encodings.get(Whole.FULL, new))
        self.clock.advance(0)
        self.assertIs(self.made.pop()[1], old)
        self.assertIsNone(self.encodings.get(Whole.FULL, new))
        self.clock.advance(0)
        self.assertIs(self.made.pop()[1], new)

    def test_a_bug(self) -> None:
        """What fails on the way is logged, and does not stand in the way of the next."""

        def broken(*_: object) -> Iterator[bytes]:
            yield from [b"x"] * 4
            raise ZeroDivisionError

        with_bug = document(1)
        self.patch(encodings, "playlist_pieces", broken)
        self.assertIsNone(self.encodings.get(Whole.FULL, with_bug))
        self.clock.advance(0)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.patch(encodings, "playlist_pieces", lambda *_: iter([b"{}"]))
        self.assertEqual(self.encodings.get(Whole.FULL, with_bug), (b"{}",))
