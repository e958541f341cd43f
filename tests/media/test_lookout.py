# -*- test-case-name: tests.media.test_lookout -*-
"""Tests for L{rtgplayout.media.lookout}: of real folders, in threads that wait to be told."""

import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from inotify_simple import flags
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, eventAsText
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.library import Entry, Library, State, changed
from rtgplayout.media.lookout import Lookout
from rtgplayout.media.shelving import Found, Gone, Sighting, Unreadable
from rtgplayout.media.watch import How, Watch


class Reading:
    """What of a reactor is for descriptors."""

    def __init__(self) -> None:
        self.readers: set[Any] = set()

    def addReader(self, reader: Any) -> None:
        self.readers.add(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.discard(reader)


class LookoutTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Path(self.mktemp()).absolute()
        self.root.mkdir()
        self.clock = Clock()
        self.reactor = Reading()
        self.library = Library()
        self.seen: list[Sighting] = []
        self.ends = 0
        self.held: list[Callable[[], object]] = []
        self.make()

    def make(self, how: How = "inotify") -> None:
        self.watch = Watch(self.root, self.reactor, self.clock, how)  # type: ignore[arg-type]
        self.lookout = Lookout(
            self.root, self.watch, self.in_thread, self.clock, lambda: self.library, self.saw
        )
        self.addCleanup(self.watch.close)
        self.watch.open()

    def in_thread(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.held.append(lambda: maybeDeferred(work, *args).chainDeferred(done))
        return done

    def saw(self, piece: tuple[Sighting, ...]) -> None:
        self.ends += not piece
        self.seen += piece

    def work(self, pieces: int = 1000) -> None:
        """Do so many pieces of work, if there are."""
        for _ in range(pieces):
            if not self.held:
                return
            self.assertEqual(len(self.held), 1, "one at a time")
            self.held.pop()()

    def put(self, *files: str) -> None:
        for file in files:
            path = self.root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")

    def listen(self) -> None:
        """What the kernel has to tell is read."""
        self.clock.advance(0.3)
        for reader in tuple(self.reactor.readers):
            reader.doRead()

    def overflow(self) -> None:
        """The kernel could not tell all."""
        event = struct.pack("iIII", -1, flags.Q_OVERFLOW, 0, 0)
        with patch.object(os, "read", lambda fd, size: event):
            self.listen()

    def found(self) -> set[str]:
        """The files that were found since this was asked last."""
        found = {each.file for each in self.seen if isinstance(each, Found)}
        self.seen.clear()
        return found

    def know(self, *files: str) -> None:
        self.library = changed(Library(), [Entry(file, 1, 1, State.READY) for file in files])

    def start(self) -> None:
        self.lookout.start()
        self.work()

    def test_it_begins_with_a_walk(self) -> None:
        self.put("a.mp4", "x/b.mp4")
        self.lookout.start()
        self.assertFalse(self.lookout.idle)
        self.work()
        self.assertEqual(self.found(), {"a.mp4", "x/b.mp4"})
        self.assertTrue(self.lookout.idle)
        self.assertEqual(self.ends, 1)

    def test_what_changes_is_looked_at(self) -> None:
        self.put("a.mp4", "x/b.mp4")
        self.start()
        self.found()
        self.put("x/c.mp4")
        self.listen()
        self.assertFalse(self.lookout.idle)
        self.work()
        self.assertEqual(self.found(), {"x/c.mp4"})

    def test_what_should_have_been_found_is_looked_for(self) -> None:
        self.put("a.mp4")
        self.know("a.mp4", "x/b.mp4")
        self.start()
        self.assertIn(Gone("x/b.mp4"), self.seen)

    def test_what_came_after_a_walk_passed_by_is_not_lost(self) -> None:
        """It is known, the walk did not find it, and yet it is there."""
        self.put("a.mp4")
        self.lookout.start()
        self.work(2)
        self.put("new.mp4")
        self.know("a.mp4", "new.mp4")
        self.listen()
        self.work()
        self.assertIn("new.mp4", self.found())
        self.assertNotIn(Gone("new.mp4"), self.seen)

    def test_what_changes_is_seen_during_a_long_walk(self) -> None:
        """A walk through a slow share keeps nothing waiting for longer than a piece of it."""
        self.put(*(f"{n}.mp4" for n in range(1200)))
        self.lookout.start()
        self.work(1)
        before = self.found()
        self.put("x/new.mp4")
        self.lookout.look_at(["x/new.mp4"])
        self.work(2)
        self.assertIn("x/new.mp4", self.found())
        self.assertLess(len(before), 501)
        self.work()
        self.assertTrue(self.lookout.idle)

    def test_a_walk_is_the_net_below_what_the_kernel_tells(self) -> None:
        self.put("a.mp4")
        self.start()
        self.put("b.mp4")
        self.clock.advance(599)
        self.assertEqual(self.held, [])
        self.clock.advance(2)
        self.work()
        self.assertIn("b.mp4", self.found())
        self.clock.advance(601)
        self.assertEqual(len(self.held), 1)

    def test_polling(self) -> None:
        self.make("poll")
        self.put("a.mp4")
        self.start()
        for _ in range(3):
            self.clock.advance(5.1)
            self.assertEqual(len(self.held), 1)
            self.work()

    def test_when_the_kernel_could_not_tell_all_is_walked_through(self) -> None:
        self.put("a.mp4")
        self.start()
        self.found()
        self.overflow()
        self.work()
        self.assertEqual(self.found(), {"a.mp4"})

    def test_when_it_could_not_tell_during_a_walk_there_is_another(self) -> None:
        self.put("a.mp4")
        self.lookout.start()
        self.work(2)
        self.overflow()
        self.work()
        self.found()
        self.clock.advance(0)
        self.work()
        self.assertEqual(self.found(), {"a.mp4"})

    def test_a_walk_gives_way_to_another(self) -> None:
        self.put(*(f"{n}.mp4" for n in range(1200)))
        self.lookout.start()
        self.work(2)
        self.lookout.walk()
        self.work(1)
        self.found()
        self.work()
        self.assertEqual(len(self.found()), 1200)

    def test_a_walk_that_compares_gives_way_too(self) -> None:
        self.put("a.mp4")
        self.lookout.start()
        self.work(2)
        self.lookout.walk()
        self.found()
        self.work()
        self.assertEqual(self.found(), {"a.mp4"})
        self.assertTrue(self.lookout.idle)

    def test_only_walks_that_somebody_waits_for_are_logged(self) -> None:
        self.put("a.mp4")
        with capturedLogs() as events:
            self.start()
            self.clock.advance(601)
            self.work()
        said = [eventAsText(event, includeTimestamp=False) for event in events]
        self.assertEqual(sum("1 files seen" in each for each in said), 1)

    def test_what_cannot_be_looked_at_is_logged_once(self) -> None:
        self.put("a.mp4", "x/b.mp4")
        self.know("x/b.mp4")
        real = os.scandir

        def denied(path: Any) -> Any:
            if str(path).endswith("/x"):
                raise PermissionError(errno.EACCES, "denied")
            return real(path)

        with capturedLogs() as events:
            with patch.object(os, "scandir", denied):
                self.start()
                self.lookout.walk()
                self.work()
            self.assertEqual(self.seen.count(Unreadable("x", "denied")), 2)
            self.assertNotIn(Gone("x/b.mp4"), self.seen)
            self.lookout.walk()
            self.work()
        said = [text for text in map(eventAsText, events) if "looked at" in text]
        self.assertEqual(len(said), 2)
        self.assertIn("x cannot be looked at: denied; what is known of it stays", said[0])
        self.assertIn("x can be looked at again", said[1])

    def test_an_error_of_ours_stops_nothing(self) -> None:
        self.put("a.mp4")
        with patch("rtgplayout.media.lookout.missing", side_effect=ZeroDivisionError):
            self.start()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        with patch("rtgplayout.media.walk.kind_of", side_effect=ZeroDivisionError):
            self.lookout.walk()
            self.work()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertTrue(self.lookout.idle)
        self.found()
        self.lookout.walk()
        self.work()
        self.assertEqual(self.found(), {"a.mp4"})

    def assert_nothing_left(self) -> None:
        self.assertEqual((self.clock.getDelayedCalls(), self.reactor.readers), ([], set()))

    def test_stopped(self) -> None:
        self.put("a.mp4")
        self.start()
        self.lookout.stop()
        self.assert_nothing_left()

    def test_stopped_in_the_middle(self) -> None:
        """A thread may still wait for a share; nobody hears of that."""
        self.put("a.mp4")
        for pieces in range(3):
            with self.subTest(pieces=pieces):
                self.make()
                self.lookout.start()
                self.work(pieces)
                self.lookout.stop()
                self.seen.clear()
                self.work()
                self.lookout.look_at(["a.mp4"])
                self.assertEqual((self.seen, self.held), ([], []))
                self.assert_nothing_left()
