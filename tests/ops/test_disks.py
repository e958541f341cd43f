"""How full the disks are."""

import os
from pathlib import Path

from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.disks import Disks, look
from rtgplayout.ops.vitals import Disk


class LookTests(SynchronousTestCase):
    """What is told of folders."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()

    def test_as_the_system_says(self) -> None:
        (disk,) = look([("the data folder", self.folder)])
        status = os.statvfs(self.folder)
        self.assertEqual(disk.what, "the data folder")
        self.assertEqual(disk.total, status.f_blocks * status.f_frsize)
        self.assertLessEqual(disk.free, disk.total)

    def test_each_disk_once(self) -> None:
        """The first name counts; a folder that is not made yet is where it will be."""
        disks = look([("one", self.folder), ("two", self.folder), ("new", self.folder / "a" / "b")])
        self.assertEqual([disk.what for disk in disks], ["one"])

    def test_what_cannot_be_looked_at(self) -> None:
        """It is left out."""

        def broken(path: object) -> os.statvfs_result:
            raise OSError("stale file handle")

        self.patch(os, "statvfs", broken)
        self.assertEqual(look([("one", self.folder)]), ())

    def test_no_disk(self) -> None:
        """What has no size, as /proc, is none."""
        self.assertEqual(look([("proc", Path("/proc"))]), ())


class DisksTests(SynchronousTestCase):
    """They are looked at now and then, each by itself."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.answers: dict[str, list[object]] = {"one": [], "two": []}
        self.asked: list[str] = []

    def in_thread(self, work: object, what: str, *args: object) -> Deferred[object]:
        self.asked.append(what)
        answers = self.answers[what]
        return maybeDeferred(answers.pop, 0) if answers else Deferred()

    def start(self) -> Disks:
        folders = [(what, Path(what)) for what in self.answers]
        disks = Disks(folders, self.in_thread, self.clock)
        disks.startService()
        self.addCleanup(disks.stopService)
        return disks

    def test_at_once_and_every_half_minute(self) -> None:
        self.answers["one"] += [(7, Disk("one", 1, 2)), (7, Disk("one", 0, 2)), None]
        disks = self.start()
        self.assertEqual(disks.known, (Disk("one", 1, 2),))
        self.clock.advance(29)
        self.assertEqual(disks.known, (Disk("one", 1, 2),))
        self.clock.advance(1)
        self.assertEqual(disks.known, (Disk("one", 0, 2),))
        self.clock.advance(30)
        self.assertEqual(disks.known, ())

    def test_a_disk_that_does_not_answer(self) -> None:
        """It is asked once, and the other is looked at all the same."""
        self.answers["two"] += [(8, Disk("two", left, 9)) for left in range(11, 0, -1)]
        disks = self.start()
        self.clock.pump([30] * 10)
        self.assertEqual(self.asked.count("one"), 1)
        self.assertEqual(disks.known, (Disk("two", 1, 9),))

    def test_two_folders_of_one_disk(self) -> None:
        """It is told once, under the first name, whoever answers first."""
        later: Deferred[object] = Deferred()
        self.patch(
            self,
            "in_thread",
            lambda work, what, path: later if what == "one" else succeed((7, Disk("two", 1, 2))),
        )
        disks = self.start()
        self.assertEqual(disks.known, (Disk("two", 1, 2),))
        later.callback((7, Disk("one", 1, 2)))
        self.assertEqual(disks.known, (Disk("one", 1, 2),))

    def test_a_failure_ends_nothing(self) -> None:
        self.answers["one"] += [fail(OSError("no")), (7, Disk("one", 1, 2))]
        disks = self.start()
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.clock.advance(30)
        self.assertEqual(len(disks.known), 1)

    def test_stopped(self) -> None:
        self.answers["one"] += [None]
        disks = self.start()
        disks.stopService()
        disks.stopService()
        self.clock.pump([30] * 10)
        self.assertEqual(self.asked, ["one", "two"])
