# -*- test-case-name: tests.media.test_watch -*-
"""Tests for L{rtgplayout.media.watch}: with a real inotify descriptor, read by hand."""

import errno
import os
import shutil
import struct
from pathlib import Path
from typing import Any
from unittest.mock import patch

from inotify_simple import INotify, flags
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, eventAsText
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.watch import EVERYTHING, How, Watch, pause_after


class Reading:
    """What of a reactor is for descriptors."""

    def __init__(self) -> None:
        self.readers: set[Any] = set()

    def addReader(self, reader: Any) -> None:
        self.readers.add(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.discard(reader)


class PauseAfterTests(SynchronousTestCase):
    def test_walking_takes_a_tenth_of_the_time_when_it_has_to(self) -> None:
        for cost, pause in ((0.01, 5.0), (2.0, 18.0), (100.0, 60.0)):
            self.assertEqual(pause_after(cost, polling=True), pause)

    def test_otherwise_it_is_a_net(self) -> None:
        self.assertEqual(pause_after(2.0, polling=False), 600.0)


class WatchTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Path(self.mktemp()).absolute()
        (self.root / "x/y").mkdir(parents=True)
        self.reactor = Reading()
        self.clock = Clock()
        self.told: list[frozenset[str]] = []
        self.mountinfo = Path(self.mktemp())
        self.mountinfo.write_text("")

    def watch(self, how: How = "auto", *folders: str) -> Watch:
        """One that walked through all folders."""
        watch = Watch(self.root, self.reactor, self.clock, how, self.mountinfo)  # type: ignore[arg-type]
        self.addCleanup(watch.close)
        watch.open()
        watch.listen(self.told.append)
        self.walk(watch, *(folders or ("", "x", "x/y")))
        return watch

    def walk(self, watch: Watch, *folders: str) -> None:
        watch.begin()
        for folder in folders:
            watch.enter(folder, os.stat(self.root / folder).st_dev)
        watch.end()

    def read(self, watch: Watch) -> set[str]:
        """What is told now, however often it has to read."""
        self.told.clear()
        self.clock.advance(1.0)
        for _ in range(100):
            if watch not in self.reactor.readers:
                break
            watch.doRead()
        self.assertNotIn(watch, self.reactor.readers)
        return set().union(*self.told)

    def test_new_files(self) -> None:
        watch = self.watch()
        (self.root / "a.mp4").write_bytes(b"1")
        (self.root / "x/b.mp4").write_bytes(b"1")
        self.assertEqual(self.read(watch), {"a.mp4", "x/b.mp4"})

    def test_whatever_happens_to_a_file(self) -> None:
        file = self.root / "a.mp4"
        file.write_bytes(b"1")
        watch = self.watch()
        for happen in (
            lambda: file.write_bytes(b"12"),
            lambda: os.utime(file, (1, 1)),
            lambda: file.chmod(0),
            lambda: file.rename(self.root / "b.mp4"),
            lambda: (self.root / "b.mp4").rename(file),
            file.unlink,
        ):
            happen()
            self.assertIn("a.mp4", self.read(watch))

    def test_nothing_happens(self) -> None:
        watch = self.watch()
        self.assertEqual((self.read(watch), self.told), (set(), []))

    def test_what_is_no_media_is_not_told(self) -> None:
        watch = self.watch()
        (self.root / "t.txt").write_bytes(b"1")
        (self.root / ".h.mp4").write_bytes(b"1")
        self.read(watch)
        (self.root / "t.txt").write_bytes(b"12")
        (self.root / "t.txt").unlink()
        self.assertEqual(self.read(watch), set())

    def test_folders(self) -> None:
        watch = self.watch()
        (self.root / "new").mkdir()
        self.assertEqual(self.read(watch), {"new"})
        shutil.rmtree(self.root / "x")
        self.assertLessEqual({"x"}, self.read(watch))

    def test_links_to_folders(self) -> None:
        """They go like files do."""
        watch = self.watch()
        (self.root / "l").symlink_to("x/y")
        self.assertEqual(self.read(watch), {"l"})
        watch.enter("l", os.stat(self.root / "l").st_dev)
        (self.root / "x/y/a.mp4").write_bytes(b"1")
        self.assertEqual(self.read(watch), {"x/y/a.mp4", "l/a.mp4"})
        (self.root / "l").unlink()
        self.assertEqual(self.read(watch), {"l"})
        self.walk(watch, "", "x", "x/y")
        (self.root / "x/y/a.mp4").unlink()
        self.assertEqual(self.read(watch), {"x/y/a.mp4"})

    def test_the_media_folder_goes(self) -> None:
        watch = self.watch()
        self.root.rename(self.root.with_name("elsewhere"))
        self.assertEqual(self.read(watch), {EVERYTHING})
        shutil.rmtree(self.root.with_name("elsewhere"))

    def test_one_folder_that_goes_does_not_end_the_watching(self) -> None:
        watch = self.watch()
        shutil.rmtree(self.root / "x")
        self.read(watch)
        (self.root / "a.mp4").write_bytes(b"1")
        self.assertEqual(self.read(watch), {"a.mp4"})
        (self.root / "x").mkdir()
        self.assertEqual(self.read(watch), {"x"})
        watch.enter("x", os.stat(self.root / "x").st_dev)
        (self.root / "x/b.mp4").write_bytes(b"1")
        self.assertEqual(self.read(watch), {"x/b.mp4"})

    def test_a_folder_that_is_moved_is_told_by_its_new_name(self) -> None:
        watch = self.watch()
        (self.root / "x").rename(self.root / "z")
        self.assertLessEqual({"x", "z"}, self.read(watch))
        self.walk(watch, "", "z", "z/y")
        (self.root / "z/y/a.mp4").write_bytes(b"1")
        self.assertEqual(self.read(watch), {"z/y/a.mp4"})

    def test_another_folder_in_its_place(self) -> None:
        watch = self.watch()
        (self.root / "x").rename(self.root / "z")
        (self.root / "x").mkdir()
        self.walk(watch, "", "x", "z", "z/y")
        self.read(watch)
        (self.root / "x/a.mp4").write_bytes(b"1")
        (self.root / "z/b.mp4").write_bytes(b"1")
        self.assertEqual(self.read(watch), {"x/a.mp4", "z/b.mp4"})

    def test_a_folder_that_cannot_be_watched_is_left(self) -> None:
        watch = self.watch()
        watch.enter("never", os.stat(self.root).st_dev)
        self.assertEqual(watch.pause(1.0), 600.0)

    def test_names_that_are_no_utf8(self) -> None:
        watch = self.watch()
        with open(os.fsencode(self.root) + b"/\xff.mp4", "wb"):
            pass
        self.assertEqual(self.read(watch), {os.fsdecode(b"\xff.mp4")})

    def test_after_each_reading_there_is_a_rest(self) -> None:
        """A file that grows for hours costs four readings a second."""
        watch = self.watch()
        (self.root / "a.mp4").write_bytes(b"1")
        self.read(watch)
        self.clock.advance(0.2)
        self.assertEqual(self.reactor.readers, set())
        self.clock.advance(0.1)
        self.assertEqual(self.reactor.readers, {watch})

    def test_many_events_are_read_in_pieces_and_told_together(self) -> None:
        watch = self.watch()
        for n in range(2000):
            (self.root / f"{n}.mp4").write_bytes(b"1")
        watch.doRead()
        self.assertEqual(self.told, [])
        self.assertIn(watch, self.reactor.readers)
        self.assertEqual(len(self.read(watch)), 2000)
        self.assertEqual(len(self.told), 1)

    def test_too_many_are_everything(self) -> None:
        for n in range(2600):
            (self.root / f"{n}.mp4").write_bytes(b"1")
        watch = self.watch()
        for n in range(2600):
            (self.root / f"{n}.mp4").rename(self.root / f"{n}.mov")
        self.assertEqual(self.read(watch), {EVERYTHING})

    def test_an_overflow_is_everything(self) -> None:
        watch = self.watch()
        overflow = struct.pack("iIII", -1, flags.Q_OVERFLOW, 0, 0)
        with capturedLogs() as events, patch.object(os, "read", lambda fd, size: overflow):
            watch.doRead()
        self.assertEqual(self.told, [frozenset([EVERYTHING])])
        self.assertIn("more changed", eventAsText(events[0]))

    def test_network_shares_are_polled(self) -> None:
        """And said to be, once."""
        device = os.stat(self.root).st_dev
        where = f"{os.major(device)}:{os.minor(device)}"
        self.mountinfo.write_text(f"1 1 {where} / / rw - nfs4 server:/ rw\n")
        watch = self.watch()
        with capturedLogs() as events:
            self.assertEqual([watch.pause(1.0), watch.pause(1.0)], [9.0, 9.0])
            self.assertTrue(watch.polling)
            self.assertEqual([eventAsText(event).count("is on nfs4") for event in events], [1])
            self.mountinfo.write_text("")
            self.walk(watch, "", "x", "x/y")
            self.assertEqual(watch.pause(1.0), 600.0)
        self.assertIn("told by the system now", eventAsText(events[-1]))
        (self.root / "a.mp4").write_bytes(b"1")
        self.assertEqual(self.read(watch), {"a.mp4"})

    def test_network_shares_are_not_polled_where_inotify_is_wanted(self) -> None:
        device = os.stat(self.root).st_dev
        where = f"{os.major(device)}:{os.minor(device)}"
        self.mountinfo.write_text(f"1 1 {where} / / rw - nfs4 server:/ rw\n")
        self.assertEqual(self.watch("inotify").pause(1.0), 600.0)

    def test_a_media_folder_that_is_not_there_yet(self) -> None:
        """Nobody tells when it is mounted; from then on all is told."""
        watch = self.watch()
        self.walk(watch)
        with capturedLogs() as events:
            self.assertEqual(watch.pause(0.0), 5.0)
        self.assertIn("it is not there, or empty", eventAsText(events[0]))
        self.walk(watch, "", "x", "x/y")
        self.assertEqual(watch.pause(0.0), 600.0)

    def test_where_nobody_says_what_is_mounted(self) -> None:
        self.mountinfo.unlink()
        self.assertEqual(self.watch().pause(1.0), 600.0)

    def test_polling_is_wanted(self) -> None:
        with patch.object(INotify, "__init__", side_effect=AssertionError):
            watch = self.watch("poll")
        self.assertTrue(watch.polling)
        self.assertEqual((self.reactor.readers, watch.pause(1.0)), (set(), 9.0))

    def test_too_few_watches(self) -> None:
        """What can be watched is; the rest is polled, and that is said."""
        watch = self.watch("auto", "")
        no = OSError(errno.ENOSPC, "No space left on device")
        with patch.object(INotify, "add_watch", side_effect=no):
            self.walk(watch, "", "x")
        with capturedLogs() as events:
            self.assertEqual(watch.pause(1.0), 9.0)
        self.assertIn("max_user_watches", eventAsText(events[0]))

    def test_no_inotify_at_all(self) -> None:
        with patch.object(INotify, "__init__", side_effect=OSError(errno.EMFILE, "too many")):
            watch = self.watch()
        with capturedLogs() as events:
            self.assertEqual(watch.pause(1.0), 9.0)
        self.assertIn("too many", eventAsText(events[0]))
        self.assertEqual(self.reactor.readers, set())

    def test_closed(self) -> None:
        """Nothing is left, whenever it is."""
        watch = self.watch()
        self.read(watch)
        watch.close()
        watch.close()
        self.assertEqual((self.reactor.readers, self.clock.getDelayedCalls()), (set(), []))
        watch.enter("x", 1)
        self.walk(watch, "")
        self.assertEqual(watch.fileno(), -1)

    def test_closed_before_it_was_open(self) -> None:
        watch = Watch(self.root, self.reactor, self.clock)  # type: ignore[arg-type]
        watch.close()
        watch.open()
        watch.listen(self.told.append)
        self.assertEqual(self.reactor.readers, set())

    def test_closed_while_a_folder_is_entered(self) -> None:
        watch = self.watch()
        with patch.object(INotify, "add_watch", side_effect=ValueError("closed")):
            watch.enter("x", os.stat(self.root).st_dev)

    def test_the_reactor_gives_up(self) -> None:
        watch = self.watch()
        self.assertEqual(watch.logPrefix(), "media watch")
        watch.connectionLost(Failure(ConnectionDone()))
        self.walk(watch, "")
        self.assertEqual(watch.pause(1.0), 9.0)
