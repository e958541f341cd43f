# -*- test-case-name: tests.store.test_asrun -*-
"""
The as-run log: every entry once, in order, whole, on the station's day.
"""

import errno
import gzip
import json
import os
import re
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from zoneinfo import ZoneInfo

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from typing_extensions import Buffer

from rtgplayout.store import asrun
from rtgplayout.store.asrun import AsRunLog, EntryLost
from rtgplayout.store.asrun_chain import hash_of, link_of
from rtgplayout.store.asrun_days import AsRunDays
from rtgplayout.store.asrun_files import HEAD
from rtgplayout.store.documents import InThread

from .threads import Held, at_once

NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z

NAME = "as-run-2026-03-01.log"


def entry(n: int, timestamp: str = "2026-03-01T18:00:00.021Z") -> dict[str, object]:
    return {"timestamp": timestamp, "eventType": "PLAY_START", "itemId": f"item-{n}"}


def line(n: int) -> bytes:
    return (
        b'{"timestamp":"2026-03-01T18:00:00.021Z","eventType":"PLAY_START","itemId":"item-%d"}\n'
        % n
    )


class AsRunCase(SynchronousTestCase):
    """A folder for the log."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()) / "as-run"

    def log(self, in_thread: InThread = at_once, zone: str = "Europe/Bucharest") -> AsRunLog:
        return AsRunLog(self.folder, ZoneInfo(zone), lambda: NOON, in_thread)

    def raw(self, name: str = NAME) -> bytes:
        return (self.folder / name).read_bytes()

    def content(self, name: str = NAME) -> bytes:
        """What stands in a file, without the chain."""
        return re.sub(rb',("previousFile":"[^"]*",)?"number":.*?}', b"}", self.raw(name))

    def numbers(self, name: str = NAME) -> list[str]:
        """Which entries stand in a file."""
        return [json.loads(each)["itemId"][5:] for each in self.content(name).splitlines()]

    def verify(self) -> str:
        """What is first not as it was written."""
        days = AsRunDays(self.folder, ZoneInfo("UTC"), lambda: NOON, at_once)
        return self.successResultOf(days.verify())

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*.log*"))

    def fail_on(self, name: str) -> Callable[[], None]:
        """Let C{os.<name>} fail until the result is called."""

        def refuse(*args: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        works_again: Callable[[], None] = self.patch(os, name, refuse).restore
        return works_again


class AppendTests(AsRunCase):
    """Entries on a disk that works."""

    def test_lines(self) -> None:
        """Each entry is one line of JSON, its fields in their order, behind those before it."""
        log = self.log()
        for n in (1, 2):
            self.successResultOf(log.append(entry(n)))
        self.assertEqual(self.content(), line(1) + line(2))

    def test_newlines_inside(self) -> None:
        """A line break in a name stays inside its line."""
        self.successResultOf(self.log().append({**entry(1), "fileName": "a\nb"}))
        self.assertEqual(self.content().count(b"\n"), 1)

    def test_continued(self) -> None:
        """A restarted daemon goes on behind what is there."""
        self.successResultOf(self.log().append(entry(1)))
        self.successResultOf(self.log().append(entry(2)))
        self.assertEqual(self.numbers(), ["1", "2"])

    def test_station_day(self) -> None:
        """An entry stands in the file of its own day, in the station's zone."""
        log = self.log()
        for n, timestamp in enumerate(("2026-03-01T21:59:59.999Z", "2026-03-01T22:00:00.000Z")):
            self.successResultOf(log.append(entry(n, timestamp)))
        self.assertEqual(self.numbers(), ["0"])
        self.assertEqual(self.numbers("as-run-2026-03-02.log"), ["1"])

    def test_without_time(self) -> None:
        """An entry that does not say when it was made belongs to the day on which it is written."""
        log = self.log()
        self.successResultOf(log.append({"itemId": "item-1"}))
        self.successResultOf(log.append(entry(2, "soon")))
        self.successResultOf(log.append(entry(3, "2026-03-01T12:00:00")))
        self.assertEqual(self.numbers(), ["1", "2", "3"])

    def test_not_json(self) -> None:
        """What JSON cannot say is refused, and nothing is written of it."""
        log = self.log()
        self.failureResultOf(log.append({"itemId": object()}), TypeError)
        self.successResultOf(log.append(entry(1)))
        self.assertEqual(self.content(), line(1))

    def test_together(self) -> None:
        """One write at a time; what came meanwhile is written together, in order, file by file."""
        thread = Held()
        log = self.log(thread)
        days = ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-01T12:00:00Z")
        appended = [log.append(entry(0))]
        appended += [log.append(entry(n, day)) for n, day in enumerate(days * 2, 1)]
        self.assertEqual(len(thread.waiting), 1)
        while thread.waiting:
            self.assertEqual(len(thread.waiting), 1)
            thread.work()
        for each in appended:
            self.successResultOf(each)
        self.assertEqual(self.numbers(), ["0", "1"])
        self.assertEqual(self.numbers("as-run-2026-03-02.log"), ["2", "3", "4", "5", "6"])
        self.assertEqual(thread.begun, 6)

    def test_append_when_appended(self) -> None:
        """Who writes again on hearing of an entry comes after it."""
        log = self.log()
        again: list[Deferred[None]] = []
        log.append(entry(1)).addCallback(lambda _: again.append(log.append(entry(2))))
        self.successResultOf(again[0])
        self.assertEqual(self.numbers(), ["1", "2"])

    def test_flush(self) -> None:
        """A flush is done when everything is written; at once when there is nothing."""
        thread = Held()
        log = self.log(thread)
        self.successResultOf(log.flush())
        log.append(entry(1))
        log.append(entry(2))
        flushed = log.flush()
        thread.work()
        self.assertNoResult(flushed)
        thread.work()
        self.successResultOf(flushed)


class TornTests(AsRunCase):
    """What a crash in the middle of a line leaves."""

    def setUp(self) -> None:
        super().setUp()
        self.folder.mkdir(parents=True)
        self.path = self.folder / NAME

    def test_torn(self) -> None:
        """The beginning of a line is set aside: nothing is glued to it, nothing else lost."""
        self.path.write_bytes(line(1) + b'{"timest')
        self.successResultOf(self.log().append(entry(2)))
        self.assertEqual(self.content(), line(1) + line(2))
        self.assertEqual(self.raw(NAME + ".torn"), b'{"timest\n')

    def test_only_torn(self) -> None:
        """The same when there is nothing else."""
        self.path.write_bytes(b'{"timest')
        self.successResultOf(self.log().append(entry(2)))
        self.assertEqual(self.content(), line(2))

    def test_torn_again(self) -> None:
        """What was set aside before stays."""
        for torn in (b"one", b"two"):
            with self.path.open("ab") as file:
                file.write(torn)
            self.successResultOf(self.log().append(entry(1)))
        self.assertEqual(self.raw(NAME + ".torn"), b"one\ntwo\n")

    def test_empty(self) -> None:
        """An empty file is whole."""
        self.path.touch()
        self.successResultOf(self.log().append(entry(1)))
        self.assertEqual(self.numbers(), ["1"])
        self.assertEqual({path.name for path in self.folder.iterdir()}, {NAME, "as-run.head"})


class FailingDiskTests(AsRunCase):
    """Entries on a disk that does not work."""

    def test_kept(self) -> None:
        """Entries are kept and written, once each and in order, when the disk works again."""
        log = self.log()
        first = log.append(entry(1))
        self.successResultOf(first)
        works_again = self.fail_on("fsync")
        kept = [log.append(entry(n)) for n in (2, 3)]
        for each in kept:
            self.assertNoResult(each)
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        works_again()
        self.successResultOf(log.append(entry(4)))
        for each in kept:
            self.successResultOf(each)
        self.assertEqual(self.content(), line(1) + line(2) + line(3) + line(4))
        self.assertFalse((self.folder / (NAME + ".torn")).exists())

    def test_flush(self) -> None:
        """A flush fails while the disk does not work, and writes what is kept when it does."""
        log = self.log()
        works_again = self.fail_on("fsync")
        kept = log.append(entry(1))
        self.failureResultOf(log.flush(), OSError)
        works_again()
        self.successResultOf(log.flush())
        self.successResultOf(kept)
        self.assertEqual(self.numbers(), ["1"])
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)

    def test_each_outage_logged(self) -> None:
        """Each time the disk ceases to work is logged once."""
        log = self.log()
        for n in (1, 2):
            works_again = self.fail_on("fsync")
            log.append(entry(n))
            log.append(entry(n))
            works_again()
            self.successResultOf(log.flush())
            self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)

    def test_folder_is_a_file(self) -> None:
        """A folder that cannot be made keeps the entries until it can."""
        self.folder.parent.mkdir()
        self.folder.touch()
        log = self.log()
        kept = log.append(entry(1))
        self.assertNoResult(kept)
        self.folder.unlink()
        self.successResultOf(log.flush())
        self.successResultOf(kept)
        self.flushLoggedErrors(OSError)

    def test_bounded(self) -> None:
        """When too many are kept the oldest give way, each of them told and counted."""
        self.patch(asrun, "MOST_KEPT", 3)
        log = self.log()
        works_again = self.fail_on("fsync")
        kept = [log.append(entry(n)) for n in range(5)]
        for each in kept[:2]:
            self.failureResultOf(each, EntryLost)
        works_again()
        self.successResultOf(log.flush())
        for each in kept[2:]:
            self.successResultOf(each)
        self.assertEqual(self.numbers(), ["2", "3", "4"])
        self.flushLoggedErrors(OSError)

    def test_failed_while_others_came(self) -> None:
        """Entries that came during a write that failed stand behind those of that write."""
        thread = Held()
        log = self.log(thread)
        works_again = self.fail_on("fsync")
        for n in (1, 2, 3):
            log.append(entry(n))
        thread.work()
        self.assertEqual(thread.waiting, [])
        works_again()
        log.append(entry(4))
        while thread.waiting:
            thread.work()
        self.assertEqual(self.numbers(), ["1", "2", "3", "4"])
        self.flushLoggedErrors(OSError)

    def test_file_gone(self) -> None:
        """A file that was taken away after a failed write is begun anew, and not padded."""
        log = self.log()
        self.successResultOf(log.append(entry(1)))
        works_again = self.fail_on("fsync")
        log.append(entry(2))
        works_again()
        (self.folder / NAME).unlink()
        self.successResultOf(log.flush())
        self.assertEqual(self.content(), line(2))
        self.flushLoggedErrors(OSError)

    def test_short_writes(self) -> None:
        """A disk that takes a few bytes at a time, then none, leaves no trace of what failed."""
        log = self.log()
        self.successResultOf(log.append(entry(1)))
        room = [10]

        class Full(FileIO):
            def write(self, content: Buffer, /) -> int:
                if not room[0]:
                    raise OSError(errno.ENOSPC, "No space left on device")
                taken = super().write(memoryview(content)[:5])
                room[0] -= taken
                return taken

        patch = self.patch(Path, "open", lambda path, mode, buffering=-1: Full(path, mode))
        kept = log.append(entry(2))
        self.assertNoResult(kept)
        self.assertEqual(self.raw()[-10:], line(2)[:10])
        room[0] = 1_000
        self.successResultOf(log.flush())
        patch.restore()
        self.assertEqual(self.content(), line(1) + line(2))
        self.flushLoggedErrors(OSError)

    def test_entries_lost_after_a_failed_write(self) -> None:
        """What a failed write left of entries that had to go is taken back, on another day too."""
        self.patch(asrun, "MOST_KEPT", 1)
        log = self.log()
        self.successResultOf(log.append(entry(1)))
        works_again = self.fail_on("fsync")
        lost = log.append(entry(2))
        kept = log.append(entry(3, "2026-03-02T12:00:00Z"))
        self.failureResultOf(lost, EntryLost)
        works_again()
        self.successResultOf(log.flush())
        self.successResultOf(kept)
        self.assertEqual(self.numbers(), ["1"])
        self.assertEqual(self.numbers("as-run-2026-03-02.log"), ["3"])
        self.assertEqual(self.verify(), "")
        self.flushLoggedErrors(OSError)


class ChainTests(AsRunCase):
    """Each line knows the one before it, whatever happens between them."""

    def write(self, *stamps: str, zone: str = "Europe/Bucharest") -> None:
        """Each entry by a daemon of its own."""
        for n, stamp in enumerate(stamps):
            self.successResultOf(self.log(zone=zone).append(entry(n, stamp)))

    def test_linked(self) -> None:
        """Within a write, from one to the next, and over a restart."""
        thread = Held()
        log = self.log(thread)
        for n in (1, 2, 3):
            log.append(entry(n))
        while thread.waiting:
            thread.work()
        self.successResultOf(self.log().append(entry(4)))
        lines = self.raw().splitlines(True)
        links = [link_of(line) for line in lines]
        self.assertEqual(links[0], (1, "0" * 64))
        for n in (1, 2, 3):
            self.assertEqual(links[n], (n + 1, hash_of(lines[n - 1])))
        self.assertEqual(self.verify(), "")

    def test_reserved_fields(self) -> None:
        """An entry cannot say what only the chain may."""
        self.successResultOf(self.log().append({**entry(1), "number": 9, "previous": "x"}))
        self.assertEqual(self.content(), line(1))
        self.assertEqual(self.verify(), "")

    def test_midnight(self) -> None:
        """The first line of a day knows the last of the day before, and its file."""
        self.write("2026-03-01T21:59:59.999Z", "2026-03-01T22:00:00.000Z")
        first = json.loads(self.raw("as-run-2026-03-02.log"))
        self.assertEqual(first["previousFile"], NAME)
        self.assertEqual(first["previous"], hash_of(self.raw()))
        self.assertEqual(self.verify(), "")

    def test_nights_of_the_clock(self) -> None:
        """Days have 23 and 25 hours; nothing is written twice, nor into another day."""
        for stamps, names in (
            (("2026-03-28T21:59Z", "2026-03-28T22:00Z", "2026-03-29T20:59Z", "2026-03-29T21:00Z"),
             ["as-run-2026-03-28.log", "as-run-2026-03-29.log", "as-run-2026-03-30.log"]),
            (("2026-10-24T20:59Z", "2026-10-24T21:00Z", "2026-10-25T21:59Z", "2026-10-25T22:00Z"),
             ["as-run-2026-10-24.log", "as-run-2026-10-25.log", "as-run-2026-10-26.log"]),
        ):  # fmt: skip
            self.folder = Path(self.mktemp())
            self.write(*stamps)
            self.assertEqual(self.names(), names)
            self.assertEqual([len(self.raw(name).splitlines()) for name in names], [1, 2, 1])
            self.assertEqual(self.verify(), "")

    def test_clock_set_back(self) -> None:
        """However far: the chain holds, and files sort as they were written."""
        self.write(
            "2026-03-01T12:00Z", "2026-03-02T12:00Z", "2026-03-01T21:00Z", "2026-03-02T12:30Z",
            "2031-01-01T12:00Z", "2026-03-03T12:00Z", "2026-03-04T12:00Z",
            "1970-01-01T12:00Z", "2026-03-04T13:00Z", "2031-01-02T12:00Z",
        )  # fmt: skip
        self.assertEqual(self.verify(), "")
        self.assertEqual(
            self.names(),
            [
                "as-run-2026-03-01.log",
                "as-run-2026-03-02.log",
                "as-run-2031-01-01.2026-03-03.log",
                "as-run-2031-01-01.2026-03-04.1970-01-01.log",
                "as-run-2031-01-01.2026-03-04.2026-03-04.log",
                "as-run-2031-01-01.2026-03-04.log",
                "as-run-2031-01-01.log",
                "as-run-2031-01-02.log",
            ],
        )

    def test_killed_at_any_byte(self) -> None:
        """
        C{kill -9} in the middle of the last line or of the one before it: the daemon goes on, and
        nothing that was reported as written is lost or there twice.
        """
        for n in (1, 2, 3):
            self.successResultOf(self.log().append(entry(n)))
            if n == 1:
                heads = [(self.folder / HEAD).read_bytes()]
        whole = self.raw()
        first = whole.index(b"\n") + 1
        for size in range(first, len(whole) + 1):
            # The head is written behind the line, so that it is never ahead of it.
            (self.folder / NAME).write_bytes(whole[:size])
            (self.folder / HEAD).write_bytes(heads[0])
            self.successResultOf(self.log().append(entry(4)))
            kept = ["1", "2", "3"][: whole[:size].count(b"\n")]
            self.assertEqual(self.numbers(), [*kept, "4"])
            self.assertEqual(self.verify(), "")

    def test_cut_off_at_any_byte(self) -> None:
        """What was reported as written and is not there any more stays missed for ever."""
        for n in (1, 2, 3):
            self.successResultOf(self.log().append(entry(n)))
        whole, head = self.raw(), (self.folder / HEAD).read_bytes()
        for size in range(len(whole)):
            (self.folder / NAME).write_bytes(whole[:size])
            (self.folder / HEAD).write_bytes(head)
            self.assertIn("missing", self.verify())
            self.successResultOf(self.log().append(entry(4)))
            self.assertIn("missing", self.verify())
            (self.folder / HEAD).unlink()
            self.assertIn("missing", self.verify())

    def test_failed_and_retried(self) -> None:
        """Lines of a write that failed come again with the same links."""
        log = self.log()
        self.successResultOf(log.append(entry(1)))
        works_again = self.fail_on("fsync")
        for n in (2, 3):
            log.append(entry(n))
        works_again()
        self.successResultOf(log.flush())
        self.assertEqual(self.numbers(), ["1", "2", "3"])
        self.assertEqual(self.verify(), "")
        self.flushLoggedErrors(OSError)

    def test_killed_after_a_failed_write(self) -> None:
        """Lines that may be on disk or not: whole ones count."""
        log = self.log()
        self.successResultOf(log.append(entry(1)))
        works_again = self.fail_on("fsync")
        log.append(entry(2))
        works_again()
        self.successResultOf(self.log().append(entry(3)))
        self.assertEqual(self.numbers(), ["1", "2", "3"])
        self.assertEqual(self.verify(), "")
        self.flushLoggedErrors(OSError)

    def test_older_files(self) -> None:
        """A chain begins behind what an older version wrote, and proves the last line of it."""
        self.folder.mkdir(parents=True)
        (self.folder / "as-run-2026-02-28.log").write_bytes(line(0))
        (self.folder / NAME).write_bytes(line(1))
        self.successResultOf(self.log().append(entry(2)))
        self.assertEqual(link_of(self.raw().splitlines(True)[1]), (1, hash_of(line(1))))
        self.assertEqual(self.verify(), "")

    def test_edited_by_hand(self) -> None:
        """The daemon goes on all the same, and the line that was edited is named."""
        for deed, fault in (
            (lambda raw: raw.replace(b"item-2", b"item-9"), f"{NAME}, line 2: was changed"),
            (lambda raw: raw + b"hello\n", f"{NAME}, line 3: was inserted"),
            (lambda raw: b"\xff\x00", f"{NAME}, line 1: before it 2 lines are missing"),
            (lambda raw: b"", f"{NAME}, line 1: before it 2 lines are missing"),
            (lambda raw: raw[::-1], f"{NAME}, line 3: before it 2 lines are missing"),
        ):
            self.folder = Path(self.mktemp())
            for n in (1, 2):
                self.successResultOf(self.log().append(entry(n)))
            (self.folder / NAME).write_bytes(deed(self.raw()))
            self.successResultOf(self.log().append(entry(3)))
            self.assertEqual(self.verify(), fault)

    def test_edited_while_it_runs(self) -> None:
        log = self.log()
        for n in (1, 2):
            self.successResultOf(log.append(entry(n)))
        (self.folder / NAME).write_bytes(self.raw().replace(b"item-2", b"item-9"))
        self.successResultOf(log.append(entry(3)))
        self.assertEqual(self.verify(), f"{NAME}, line 2: was changed")

    def test_folder_deleted_while_it_runs(self) -> None:
        """It is made anew; that lines are missing is seen."""
        log = self.log()
        self.successResultOf(log.append(entry(1)))
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()
        self.successResultOf(log.append(entry(2)))
        self.assertEqual(self.numbers(), ["2"])
        self.assertEqual(self.verify(), f"{NAME}, line 1: before it a line is missing")

    def test_last_file_compressed_by_hand(self) -> None:
        """Another one is begun, and the chain holds."""
        self.successResultOf(self.log().append(entry(1)))
        (self.folder / f"{NAME}.gz").write_bytes(gzip.compress(self.raw()))
        (self.folder / NAME).unlink()
        self.successResultOf(self.log().append(entry(2)))
        self.assertEqual(self.names(), ["as-run-2026-03-01.2026-03-01.log", f"{NAME}.gz"])
        self.assertEqual(self.verify(), "")

    def test_last_file_unreadable(self) -> None:
        """What is no gzip file does not stop the daemon."""
        self.folder.mkdir(parents=True)
        (self.folder / f"{NAME}.gz").write_bytes(b"no")
        self.successResultOf(self.log().append(entry(1)))
        self.assertIn("cannot be read", self.verify())


class HeadTests(AsRunCase):
    """What is remembered beside the files."""

    def test_lost(self) -> None:
        """Without it the last line counts."""
        for n in (1, 2):
            self.successResultOf(self.log().append(entry(n)))
            (self.folder / HEAD).write_bytes(b"nonsense")
        self.assertEqual(self.verify(), "")
        (self.folder / HEAD).unlink()
        self.successResultOf(self.log().append(entry(3)))
        self.assertEqual(self.verify(), "")

    def test_older(self) -> None:
        """After a power cut it may be: the last line counts."""
        self.successResultOf(self.log().append(entry(1)))
        head = (self.folder / HEAD).read_bytes()
        self.successResultOf(self.log().append(entry(2)))
        (self.folder / HEAD).write_bytes(head)
        self.assertEqual(self.verify(), "")
        self.successResultOf(self.log().append(entry(3)))
        self.assertEqual(self.verify(), "")

    def test_cannot_be_written(self) -> None:
        """The entry is on disk all the same, once, and that is what counts."""
        log = self.log()
        works_again = self.fail_on("pwrite")
        for n in (1, 2):
            self.successResultOf(log.append(entry(n)))
        works_again()
        self.successResultOf(log.append(entry(3)))
        self.assertEqual(self.numbers(), ["1", "2", "3"])
        self.assertEqual(self.verify(), "")
