# -*- test-case-name: tests.store.test_asrun_keeping -*-
"""The daily work on the as-run."""

import gzip
import os
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.asrun import AsRunLog
from rtgplayout.store.asrun_days import AsRunDays
from rtgplayout.store.asrun_keeping import AsRunKeeping, Done
from rtgplayout.store.asrun_lock import KEEPING, LockTaken, acquire, release

from .threads import Held, at_once

TODAY = date(2026, 3, 31)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def name(days: int) -> str:
    return f"as-run-{ago(days)}.log"


class KeepingTestCase(SynchronousTestCase):
    """Ten days and today."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.now = datetime(2026, 3, 31, 0, 0, 5, tzinfo=UTC).timestamp()
        self.days = AsRunDays(self.folder, UTC, lambda: self.now, at_once)
        self.log = AsRunLog(self.folder, UTC, lambda: self.now, at_once)
        for days in range(10, -1, -1):
            for _ in range(3):
                self.write(days)

    def write(self, days: int) -> None:
        entry = {"timestamp": f"{ago(days)}T12:00:00.000Z", "eventType": "PLAY_START"}
        self.successResultOf(self.log.append(entry))

    def keep(self, compress: int = 0, keep: int = 0, reports: bool = False) -> Done:
        return self.successResultOf(self.keeping(compress, keep, reports).daily())

    def keeping(self, compress: int = 0, keep: int = 0, reports: bool = False) -> AsRunKeeping:
        return AsRunKeeping(self.days, compress, keep, reports)

    def verify(self) -> str:
        return self.successResultOf(self.days.verify())

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("as-run-*.log*"))


class DailyTests(KeepingTestCase):
    """When all is well."""

    def test_nothing_due(self) -> None:
        self.assertEqual(self.keep(), Done())

    def test_compressed(self) -> None:
        """The same bytes, and the chain holds."""
        before = (self.folder / name(10)).read_bytes()
        self.assertEqual(self.keep(compress=8).compressed, (name(10), name(9)))
        self.assertEqual(gzip.decompress((self.folder / f"{name(10)}.gz").read_bytes()), before)
        self.assertNotIn(name(10), self.names())
        self.assertEqual(self.verify(), "")
        self.assertEqual(self.keep(compress=8), Done())

    def test_deleted(self) -> None:
        """The chain holds without the oldest days, day after day, and goes on."""
        self.assertEqual(self.keep(compress=5, keep=8).deleted, (name(10), name(9)))
        self.assertEqual(self.verify(), "")
        self.assertEqual(self.keep(compress=5, keep=7).deleted, (name(8),))
        self.assertEqual(self.verify(), "")
        self.write(0)
        self.assertEqual(self.verify(), "")
        (self.folder / f"{name(7)}.gz").unlink()
        self.assertEqual(self.verify(), f"{name(7)}: it is missing, with 3 lines")

    def test_reports(self) -> None:
        """Those of the days that are over, once; one from noon is made again."""
        for days in range(10, 0, -1):
            self.successResultOf(self.days.report(ago(days)))
            os.utime(self.folder / f"report-{ago(days)}.txt", (self.now, self.now))
        self.assertEqual(self.keep(reports=True), Done())
        noon = self.now - 43_200
        os.utime(self.folder / f"report-{ago(1)}.txt", (noon, noon))
        (self.folder / f"report-{ago(4)}.txt").unlink()
        self.assertEqual(self.keep(reports=True).reports, (ago(4), ago(1)))

    def test_day_of_entries_of_others(self) -> None:
        """A file that has nothing of its own day has no report, and that is no failure."""
        path = self.folder / name(4)
        path.write_bytes(path.read_bytes().replace(str(ago(4)).encode(), b"2020-01-01"))
        done = self.keep(reports=True)
        self.assertNotIn(ago(4), done.reports)
        self.assertEqual(done.failed, ())
        self.flushLoggedErrors()

    def test_tidy(self) -> None:
        """Old exports go, and what a crash left; nothing else."""
        for each in ("export-a.csv", "export-b.csv", "as-run-x.tmp", "notes.txt"):
            (self.folder / each).touch()
            age = 0 if "b" in each else 8 * 86_400
            os.utime(self.folder / each, (self.now - age, self.now - age))
        left = self.folder / "export-c.xlsx.1.tmp"
        left.mkdir()
        os.utime(left, (0, 0))
        self.keep()
        self.assertEqual(
            {path.name for path in self.folder.iterdir() if "2026" not in path.name},
            {"export-b.csv", "notes.txt", "as-run.head", "as-run.keeping.lock"},
        )

    def test_in_the_thread(self) -> None:
        """Nothing is read or written where the channels tick, and it comes in pieces."""
        thread = Held()
        days = AsRunDays(self.folder, UTC, lambda: self.now, thread)
        done = AsRunKeeping(days, 8, 9, True).daily()
        while thread.waiting:
            self.assertNoResult(done)
            thread.work()
        self.assertEqual(self.successResultOf(done).deleted, (name(10),))
        self.assertGreater(thread.begun, 10)


class NotWholeTests(KeepingTestCase):
    """What is not as it was written stays as it is."""

    def test_changed(self) -> None:
        path = self.folder / name(9)
        path.write_bytes(path.read_bytes().replace(b"PLAY", b"play", 1))
        done = self.keep(compress=7, keep=8)
        self.assertEqual(done.fault, f"{name(9)}, line 1: was changed")
        self.assertEqual((done.compressed, done.deleted), ((name(10), name(8)), (name(10),)))
        self.assertIn(name(9), self.names())
        self.assertEqual(self.verify(), f"{name(9)}, line 1: was changed")
        self.flushLoggedErrors()

    def test_day_gone(self) -> None:
        """The days beside a gap are kept as well."""
        (self.folder / name(9)).unlink()
        done = self.keep(compress=6, keep=5)
        self.assertEqual((done.compressed, done.deleted), ((name(7),), ()))
        self.assertEqual(done.fault, f"{name(9)}: it is missing, with 3 lines")
        self.flushLoggedErrors()

    def test_end_cut_off(self) -> None:
        path = self.folder / name(10)
        path.write_bytes(path.read_bytes()[:-5])
        self.assertEqual(self.keep(compress=8, keep=8).deleted, ())
        self.flushLoggedErrors()


class FailingTests(KeepingTestCase):
    """Disks and other processes."""

    def refuse(self, *_: object) -> None:
        raise OSError("No space left on device")

    def test_disk_full(self) -> None:
        """Nothing is lost, and everything is done another day."""
        before = self.names()
        patch = self.patch(os, "fsync", self.refuse)
        done = self.keep(8, 8, True)
        patch.restore()
        self.assertEqual((done.reports, done.compressed, done.deleted), ((), (), ()))
        self.assertEqual(len(done.failed), 10 + 2 + 1)
        self.assertIn("No space left on device", done.failed[0])
        self.assertEqual(self.names(), before)
        self.assertEqual(self.verify(), "")
        self.assertEqual(self.keep(8, 8).deleted, (name(10), name(9)))
        self.flushLoggedErrors()

    def test_killed_before_the_file_went(self) -> None:
        """A file that is there twice is one, and is compressed again."""
        (self.folder / f"{name(10)}.gz").write_bytes(b"half")
        self.assertEqual(self.verify(), "")
        self.assertEqual(self.keep(compress=9).compressed, (name(10),))
        self.assertEqual(self.verify(), "")

    def test_killed_before_the_oldest_went(self) -> None:
        """The anchor is there before anything is deleted."""
        real = Path.unlink

        def refuse(path: Path, missing_ok: bool = False) -> None:
            if path.suffix == ".log":
                raise OSError("Read-only file system")
            real(path, missing_ok)

        unlink = self.patch(Path, "unlink", refuse)
        self.assertEqual(len(self.keep(keep=8).failed), 1)
        unlink.restore()
        self.assertTrue((self.folder / "as-run.anchor").exists())
        self.assertEqual(self.verify(), "")
        self.assertEqual(self.keep(keep=8).deleted, (name(10), name(9)))
        self.assertEqual(self.verify(), "")
        self.flushLoggedErrors()

    def test_bad_memory(self) -> None:
        """What is not read again as it was written does not take its place."""

        def other(*_: object) -> BytesIO:
            return BytesIO(b"other")

        patch = self.patch(gzip, "open", other)
        done = self.keep(compress=9)
        patch.restore()
        self.assertIn("cannot be read again", done.failed[0])
        self.assertIn(name(10), self.names())
        self.flushLoggedErrors()

    def test_another_process(self) -> None:
        lock = acquire(self.folder, KEEPING)
        self.failureResultOf(self.keeping().daily(), LockTaken)
        release(lock)
        self.keep()

    def test_twice_at_once(self) -> None:
        """In one process one waits for the other."""
        thread = Held()
        keeping = AsRunKeeping(AsRunDays(self.folder, UTC, lambda: self.now, thread), 8, 0, False)
        both: list[Deferred[Done]] = [keeping.daily(), keeping.daily()]
        while thread.waiting:
            self.assertEqual(len(thread.waiting), 1)
            thread.work()
        self.assertEqual(
            [self.successResultOf(each).compressed for each in both], [(name(10), name(9)), ()]
        )
