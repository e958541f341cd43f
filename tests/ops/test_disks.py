"""How full the disks are."""

import os
from pathlib import Path

from twisted.internet.defer import Deferred, fail, maybeDeferred
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
    """They are looked at now and then."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.answers: list[object] = []
        self.asked = 0

    def in_thread(self, work: object, *args: object) -> Deferred[object]:
        self.asked += 1
        return maybeDeferred(self.answers.pop, 0) if self.answers else Deferred()

    def start(self) -> Disks:
        disks = Disks([], self.in_thread, self.clock)
        disks.startService()
        self.addCleanup(disks.stopService)
        return disks

    def test_at_once_and_every_half_minute(self) -> None:
        one, two = (Disk("one", 1, 2),), (Disk("one", 0, 2),)
        self.answers += [one, two]
        disks = self.start()
        self.assertEqual(disks.known, one)
        self.clock.advance(29)
        self.assertEqual(disks.known, one)
        self.clock.advance(1)
        self.assertEqual(disks.known, two)

    def test_a_disk_that_does_not_answer_is_asked_once(self) -> None:
        disks = self.start()
        self.clock.pump([30] * 10)
        self.assertEqual((self.asked, disks.known), (1, ()))

    def test_a_failure_ends_nothing(self) -> None:
        self.answers += [fail(OSError("no")), (Disk("one", 1, 2),)]
        disks = self.start()
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.clock.advance(30)
        self.assertEqual(len(disks.known), 1)

    def test_stopped(self) -> None:
        self.answers += [()]
        disks = self.start()
        disks.stopService()
        disks.stopService()
        self.clock.pump([30] * 10)
        self.assertEqual(self.asked, 1)
