# -*- test-case-name: tests.store.test_asrun_keeping -*-
"""
The daily work on the as-run: reports of the days that are over, a look at the chain, and what is
old compressed or deleted. What is not as it was written is neither.
"""

import gzip
import os
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from shutil import rmtree
from typing import BinaryIO

from attrs import field, frozen
from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger

from .asrun_chain import Verification
from .asrun_days import AsRunDays
from .asrun_due import to_compress, to_delete, to_report
from .asrun_files import ANCHOR, AsRunFolder, as_bytes, beside, replace
from .asrun_lock import KEEPING, acquire, release
from .asrun_names import Key, day_of, name_of
from .documents import sync_folder

__all__ = ["AsRunKeeping", "Done"]

_PIECE = 1 << 16
_TIDIED = (
    ("export-*", 7 * 86_400.0),
    ("as-run*.tmp", 86_400.0),
    ("report-*.tmp", 86_400.0),
)
"""What goes when it is so many seconds old: exports, and what was never finished."""


@frozen
class Done:
    """
    What the daily work did.

    @ivar reports: days whose report was written.
    @ivar compressed: files.
    @ivar deleted: files.
    @ivar fault: what is first not as it was written, as a sentence; empty when all is.
    @ivar failed: sentences: what could not be done.
    """

    reports: tuple[date, ...] = ()
    compressed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    fault: str = ""
    failed: tuple[str, ...] = ()


@frozen
class AsRunKeeping:
    """
    Keeps the as-run of a folder. L{daily} is to be called at start and after each midnight of the
    station; what was missed is done then, and what was done is not done again.

    @ivar compress_days: 0 is never.
    @ivar keep_days: 0 is for ever.
    @ivar reports: whether reports are written by themselves.
    """

    days: AsRunDays
    compress_days: int
    keep_days: int
    reports: bool
    _line: DeferredLock = field(factory=DeferredLock, init=False)

    _log = Logger()

    def daily(self) -> Deferred[Done]:
        """
        Do what is due, one piece after the other in the days' thread.

        @return: fails with L{LockTaken <rtgplayout.store.asrun_lock.LockTaken>} when another
            process does the same, and with L{OSError} when the folder cannot be used.
        """
        done: Deferred[Done] = self._line.run(lambda: Deferred.fromCoroutine(self._daily()))
        return done

    async def _daily(self) -> Done:
        in_thread, folder = self.days.in_thread, self.days.folder
        lock = await in_thread(acquire, folder, KEEPING)
        try:
            today, failed = self.days.today(), list[str]()
            reports = await self._write_reports(today, failed)
            found = await self.days.verification()
            compressed, deleted = list[str](), tuple[str, ...]()
            for key in await in_thread(self._to_compress, found, today):
                try:
                    await in_thread(_compress, AsRunFolder(folder), key)
                    compressed.append(name_of(key))
                except OSError as error:
                    failed.append(f"{name_of(key)} cannot be compressed: {error}")
            try:
                deleted = await in_thread(self._delete, found, today)
            except OSError as error:
                failed.append(f"the oldest files cannot be deleted: {error}")
            await in_thread(self._tidy)
        finally:
            release(lock)
        fault = str(found.faults[0]) if found.faults else ""
        for sentence in failed:
            self._log.error("as-run: {sentence}", sentence=sentence)
        if fault:
            self._log.error("the as-run is not as it was written: {fault}", fault=fault)
        return Done(reports, tuple(compressed), deleted, fault, tuple(failed))

    async def _write_reports(self, today: date, failed: list[str]) -> tuple[date, ...]:
        written: list[date] = []
        for day in await self.days.in_thread(self._reports_due, today) if self.reports else ():
            try:
                await self.days.report(day)
                written.append(day)
            except FileNotFoundError:
                continue  # its file has entries of other days
            except OSError as error:
                failed.append(f"the report of {day.isoformat()} cannot be written: {error}")
        return tuple(written)

    # What follows blocks.

    def _reports_due(self, today: date) -> tuple[date, ...]:
        made = {}
        days = [day_of(key) for key in AsRunFolder(self.days.folder).keys()]
        for day in days:
            path = self.days.folder / f"report-{day.isoformat()}.txt"
            if path.exists():
                made[day] = self.days.day_at(path.stat().st_mtime)
        return to_report(days, made, today)

    def _to_compress(self, found: Verification, today: date) -> tuple[Key, ...]:
        folder = AsRunFolder(self.days.folder)
        files = folder.keys()
        plain = [key for key in files if folder.plain(key).exists()]
        return to_compress(plain, files, _unsure(files, found), today, self.compress_days)

    def _delete(self, found: Verification, today: date) -> tuple[str, ...]:
        """Delete the oldest files; the last line of them is remembered before."""
        folder = AsRunFolder(self.days.folder)
        files = folder.keys()
        due = to_delete(files, _unsure(files, found), today, self.keep_days)
        ends = [end for key in due if (end := found.tallies[name_of(key)].end) is not None]
        if ends and (found.anchor is None or ends[-1].number >= found.anchor.number):
            replace(self.days.folder / ANCHOR, as_bytes(ends[-1]))
        for key in due:
            folder.plain(key).unlink(missing_ok=True)
            folder.compressed(key).unlink(missing_ok=True)
        return tuple(map(name_of, due))

    def _tidy(self) -> None:
        """Remove exports that are old, and what a crash left of something unfinished."""
        now = self.days.now()
        for pattern, most in _TIDIED:
            for path in self.days.folder.glob(pattern):
                try:
                    if now - path.stat().st_mtime > most:
                        rmtree(path) if path.is_dir() else path.unlink()
                except OSError as error:
                    self._log.warn("{name} stays: {why}", name=path.name, why=str(error))


def _unsure(files: list[Key], found: Verification) -> set[str]:
    """Files that are not as they were written, or that nobody has looked at."""
    return found.bad | {name_of(key) for key in files if name_of(key) not in found.tallies}


def _compress(folder: AsRunFolder, key: Key) -> None:
    """Put a file's compressed form in its place, when that is on the disk and says the same."""
    plain, compressed = folder.plain(key), folder.compressed(key)
    temporary = beside(compressed)
    try:
        written = sha256()
        with plain.open("rb") as source, temporary.open("wb") as file:
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                for piece in _pieces(source):
                    written.update(piece)
                    packed.write(piece)
            file.flush()
            os.fsync(file.fileno())
        read = sha256()
        with gzip.open(temporary, "rb") as packed:
            for piece in _pieces(packed):
                read.update(piece)
        if read.digest() != written.digest():
            raise OSError("it cannot be read again as it was written")
        temporary.replace(compressed)
        sync_folder(folder.path)
        plain.unlink()
    finally:
        temporary.unlink(missing_ok=True)


def _pieces(file: BinaryIO | gzip.GzipFile) -> Iterator[bytes]:
    """What a file holds, some of it at a time."""
    while piece := file.read(_PIECE):
        yield piece
