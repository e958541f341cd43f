# -*- test-case-name: tests.api.test_library_feed -*-
"""When clients are told of the library, and as what."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.library_feed import LibraryFeed
from rtgplayout.media.folders import assign, initial
from rtgplayout.media.library import Entry, Progress, changed

from .memory import START, MemoryKept, MemoryShelf


class FeedTests(SynchronousTestCase):
    """
    A library of two files.

    @ivar told: what was to be told, in order.
    @ivar slow: calls into threads are done when C{work} is called.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.shelf = MemoryShelf(Entry("Jingles/a.mp4", 1, 1), Entry("b.mp4", 1, 1))
        self.folders = MemoryKept(initial(START))
        self.told: list[str] = []
        self.slow = False
        self.jobs: list[tuple[Deferred[Any], Any]] = []
        self.feed = LibraryFeed(
            self.shelf,
            self.folders,
            self.clock,
            self.in_thread,
            lambda: self.told.append("state"),
            lambda folders: self.told.append("folders and list" if folders else "list"),
            lambda: self.told.append("started"),
        )
        self.folders.told = self.feed.folders_changed

    def in_thread(self, work: Any, *args: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.jobs.append((done, lambda: work(*args)))
        if not self.slow:
            self.work()
        return done

    def work(self) -> None:
        """The threads do what they have to."""
        jobs, self.jobs = self.jobs, []
        for done, work in jobs:
            done.callback(work())

    def take(self) -> list[str]:
        told, self.told = self.told, []
        return told

    def add(self, *names: str) -> None:
        """More files are there."""
        self.shelf.now = changed(self.shelf.now, [Entry(name, 1, 1) for name in names])
        self.feed.library_changed()

    def scans(self, scanning: bool, done: int = 0) -> None:
        self.shelf.done = Progress(scanning, done, 10)
        self.feed.progress_changed()

    def settle(self) -> None:
        """Let all that is to be told be told."""
        self.clock.pump([1000, 1000])
        self.take()

    def test_begun(self) -> None:
        """Who comes at once is told the folders that were read, not those of a new station."""
        self.folders.value = assign(initial(START + 1), "b.mp4", 3)
        self.feed.begin()
        self.assertIs(self.feed.view.folders, self.folders.value)
        self.assertIs(self.feed.view.library, self.shelf.now)
        self.assertEqual(self.take(), [])

    def test_counted(self) -> None:
        """The folders show how many files are in them; they are told when that changed."""
        self.add()
        self.clock.advance(0)
        self.assertEqual(self.take(), ["state", "folders and list"])
        self.assertEqual(self.feed.view.counts, {1: 1, 2: 0, 3: 1, 4: 0, 5: 0})

    def test_list_alone(self) -> None:
        """A file that is another in the same folder makes no other folders."""
        self.add()
        self.settle()
        self.shelf.now = changed(self.shelf.now, [Entry("b.mp4", 2, 2)])
        self.feed.library_changed()
        self.clock.advance(0)
        self.assertEqual(self.take(), ["state", "list"])

    def test_at_leisure(self) -> None:
        """
        The whole list is told after a pause that grows with it; how the library is, at once.
        """
        self.shelf.now = changed(self.shelf.now, [Entry(f"{n}.mp4", 1, 1) for n in range(2000)])
        self.feed.library_changed()
        self.clock.advance(0)
        self.take()
        self.add("c.mp4")
        self.add("d.mp4")
        self.clock.advance(0.9)
        self.assertEqual(self.take(), ["state", "state"])
        self.clock.advance(0.2)
        self.assertEqual(self.take(), ["folders and list"])
        self.assertIn("d.mp4", self.feed.view.library.entries)
        self.clock.advance(100)
        self.assertEqual(self.take(), [])

    def test_scan(self) -> None:
        """A scan is told when it begins; at its end the list is, at once."""
        self.add()
        self.settle()
        self.scans(True)
        self.assertEqual(self.take(), ["state", "started", "list"])
        self.assertTrue(self.feed.view.scanning)
        self.add("c.mp4")
        self.scans(True, 5)
        self.assertEqual(self.take(), ["state", "state"])
        self.scans(False)
        self.assertEqual(self.take(), ["state", "folders and list"])
        self.assertFalse(self.feed.view.scanning)
        self.clock.advance(100)
        self.assertEqual(self.take(), [], "the pending list was told with it")

    def test_folders(self) -> None:
        """A folder that changed is told at once, with the list after it."""
        self.add()
        self.settle()
        self.folders.change(lambda before: assign(before, "b.mp4", 4))
        self.assertEqual(self.take(), ["folders and list"])
        self.assertEqual(self.feed.view.counts[4], 1)

    def test_changes_while_counting(self) -> None:
        """What changes while files are counted is told after that, once."""
        self.slow = True
        self.folders.change(lambda before: assign(before, "b.mp4", 4))
        self.folders.change(lambda before: assign(before, "b.mp4", 5))
        self.folders.change(lambda before: assign(before, "b.mp4", 2))
        self.assertEqual(len(self.jobs), 1)
        self.work()
        self.assertEqual(len(self.jobs), 1)
        self.work()
        self.assertEqual(self.take(), ["folders and list"] * 2)
        self.assertEqual(self.feed.view.counts[2], 1)
        self.assertEqual(self.jobs, [])

    def test_stopped(self) -> None:
        """Nobody is told any more."""
        self.add()
        self.feed.stop()
        self.clock.advance(100)
        self.assertEqual(self.take(), ["state"])
        self.assertEqual(self.clock.getDelayedCalls(), [])
