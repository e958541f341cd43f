# -*- test-case-name: tests.api.test_encodings -*-
"""What clients get whole, encoded once, a piece a turn."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.encodings import SHORT, Encodings, Messages
from rtgplayout.api.views import playlist_pieces, snapshot_pages
from rtgplayout.playout.status import Document

from .memory import START, MemoryDesk, TurnClock, clip, text


def document(count: int) -> Document:
    return MemoryDesk(*(clip(f"i{n}") for n in range(count))).document()


def playlist(document: Document) -> Iterator[bytes]:
    return playlist_pieces(document, "PLAYLIST_FULL", START)


class Things:
    """
    A long list of things, never the same as another.

    @ivar made: how many pieces were made of it.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.made = 0

    def pieces(self) -> Iterator[bytes]:
        """As a JSON list, a hundred things a piece."""
        before, numbers = b"[", iter(range(self.count))
        while some := list(islice(numbers, 100)):
            self.made += 1
            things = [{"name": f"thing {n}", "file": f"FOLDER/thing {n}.mxf"} for n in some]
            yield before + json.dumps(things)[1:-1].encode()
            before = b","
        yield b"]"


class EncodingsTestCase(SynchronousTestCase):
    """
    Tests of when what is encoded.

    @ivar made: what was told, one after the other.
    """

    def setUp(self) -> None:
        self.clock = TurnClock()
        self.made: list[tuple[Any, Any, Messages]] = []
        self.encodings = Encodings(self.clock, lambda *made: self.made.append(made))

    def things(self, key: str, things: Things) -> Messages | None:
        return self.encodings.get(key, things, Things.pieces, things.count)

    def turns(self) -> int:
        """Take turns until nothing is to be done; how many."""
        turns = 0
        while self.clock.turn():
            turns += 1
            self.assertLess(turns, 10_000)
        return turns


class ShortTests(EncodingsTestCase):
    """What is short."""

    def test_at_once(self) -> None:
        """Up to 300 items are there at once, and made once."""
        for count in 0, 1, SHORT:
            short = document(count)
            messages = self.encodings.get("list", short, playlist, count)
            assert messages is not None
            (message,) = messages
            found = json.loads(text(message))
            self.assertEqual(found["type"], "PLAYLIST_FULL")
            self.assertEqual(len(found["data"]["items"]), count)
            self.assertIs(self.encodings.get("list", short, playlist, count), messages)
        self.assertEqual(self.turns(), 0)
        self.assertEqual(self.made, [])

    def test_pages(self) -> None:
        """Each piece of what is paged is a message of its own, with nothing added."""
        short = document(250)
        messages = self.encodings.get("pages", short, snapshot_pages, 250, paged=True)
        assert messages is not None
        self.assertEqual([text(page) for page in messages], list(snapshot_pages(short)))


class LongTests(EncodingsTestCase):
    """What takes turns."""

    def test_turns(self) -> None:
        """Nothing is made in the turn that asks, then a piece a turn; who asks meanwhile waits."""
        long = Things(SHORT + 1)
        self.assertIsNone(self.things("list", long))
        self.assertIsNone(self.things("list", long))
        self.assertEqual(long.made, 0)
        for n in range(1, 5):
            self.assertEqual(self.clock.turn(), 1)
            self.assertEqual(long.made, n)
            self.assertEqual(self.made, [])
        self.turns()
        ((key, source, messages),) = self.made
        self.assertEqual((key, source), ("list", long))
        self.assertEqual(len(json.loads(text(messages[0]))), SHORT + 1)
        self.assertIs(self.things("list", long), messages)
        self.assertEqual(long.made, 4)

    def test_pages(self) -> None:
        """Each page is a message of its own here, too."""
        long = document(1000)
        self.assertIsNone(self.encodings.get("pages", long, snapshot_pages, 1000, paged=True))
        self.turns()
        self.assertEqual([text(page) for page in self.made[0][2]], list(snapshot_pages(long)))

    def test_never_joined(self) -> None:
        """What was made is what is sent: a long list is in memory once."""
        pieces = [b"%d" % n * 1000 for n in range(10)]
        self.encodings.get("list", self, lambda _: iter(pieces), 1000)
        self.turns()
        (message,) = self.made[0][2]
        for (_, payload), piece in zip(message.frames, pieces, strict=True):
            self.assertIs(payload, piece)

    def test_one_piece_a_turn(self) -> None:
        """However many lists are to be made, they take turns: none waits for the end of another."""
        lists = [Things(100 * n) for n in (50, 20, 4)]
        for n, each in enumerate(lists):
            self.things(str(n), each)
        for turn in range(1, 10):
            self.assertEqual(self.clock.turn(), 1)
            self.assertEqual(sum(each.made for each in lists), turn)
        self.turns()
        self.assertEqual([key for key, *_ in self.made], ["2", "1", "0"])

    def test_newer(self) -> None:
        """What is newer than what is being made is made after it, when asked for again."""
        old, new = Things(1500), Things(1501)
        self.things("list", old)
        self.assertIsNone(self.things("list", new))
        self.turns()
        self.assertIs(self.made.pop()[1], old)
        self.assertEqual(new.made, 0)
        self.assertIsNone(self.things("list", new))
        self.turns()
        self.assertIs(self.made.pop()[1], new)

    def test_forgotten(self) -> None:
        """What is made of the same source may be another: it is made again, when asked for."""
        short = Things(100)
        before = self.things("list", short)
        self.assertIs(self.things("list", short), before)
        self.encodings.forget("list")
        self.assertIsNot(self.things("list", short), before)
        self.encodings.forget("nothing")

    def test_asked_again_when_told(self) -> None:
        """Who is told of the old one may ask for the new one at once."""
        old, new = Things(1500), Things(1500)

        def told(*made: Any) -> None:
            self.made.append(made)
            self.things("list", new)

        self.encodings = Encodings(self.clock, told)
        self.things("list", old)
        self.turns()
        self.assertEqual([source for _, source, _ in self.made], [old, new])

    def test_a_library(self) -> None:
        """A hundred thousand entries: a thousand short turns, one message of many frames."""
        library = Things(100_000)
        self.assertIsNone(self.things("library", library))
        self.assertGreaterEqual(self.turns(), 1000)
        (message,) = self.made[0][2]
        self.assertEqual(len(message.frames), 1001)
        self.assertEqual(len(json.loads(text(message))), 100_000)

    def test_a_bug(self) -> None:
        """What fails on the way is logged, and does not stand in the way of the others."""

        def broken(_: object) -> Iterator[bytes]:
            yield b"x"
            raise ZeroDivisionError

        self.assertIsNone(self.encodings.get("list", self, broken, 1000))
        other = Things(1000)
        self.things("other", other)
        self.turns()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual([source for _, source, _ in self.made], [other])
        self.assertIsNone(self.things("list", other))
        self.turns()
        self.assertEqual(self.made[1][:2], ("list", other))
