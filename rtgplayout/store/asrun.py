# -*- test-case-name: tests.store.test_asrun -*-
"""
The record of what was really on air: JSON lines in C{as-run-YYYY-MM-DD.log}, a file for each day of
the station's own calendar (L{asrun_names <rtgplayout.store.asrun_names>} tells of clocks that were
wrong), each line on disk before it is reported as written, and chained to the one before it
(L{asrun_chain <rtgplayout.store.asrun_chain>}).

A crash can leave the beginning of a line at a file's end. It is moved to C{<name>.torn} before
anything is written behind it.

The chain goes on from what was last written, as the head beside the files remembers it, not from
what stands there now: a line that was changed or cut off meanwhile would be made good by that. The
head is written without waiting for the disk. After a power cut it may be older than the last line,
and then the last line counts.
"""

import os
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, tzinfo
from io import FileIO
from pathlib import Path

import orjson
from attrs import define, field, frozen
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from .asrun_chain import RESERVED, ZEROS, Point, hash_of, link_of, seal
from .asrun_files import HEAD, AsRunFolder, as_bytes, read_point
from .asrun_names import Key, name_of, next_key
from .documents import InThread, sync_folder

__all__ = ["MOST_KEPT", "AsRunLog", "EntryLost"]

MOST_KEPT = 10_000
"""Entries kept for a disk that does not work; some days of broadcasting."""


class EntryLost(Exception):
    """The disk did not work for so long that this entry had to make room for later ones."""


@frozen(eq=False)
class _Line:
    """
    An entry that is not on disk yet.

    @ivar day: that it belongs to.
    @ivar content: without its link and its newline.
    """

    day: date
    content: bytes
    waiter: Deferred[None] = field(factory=Deferred)


@define(eq=False)
class AsRunLog:
    """
    The as-run files of one folder, and their only writer; who makes one holds the lock
    L{WRITING <rtgplayout.store.asrun_lock.WRITING>}.

    While the disk does not work entries are kept, the oldest giving way to later ones, and written
    in their order when it works again: with the next entry, or when L{flush} is called.

    @ivar folder: made when it is not there.
    @ivar zone: where a day of the station begins and ends.
    @ivar now: the wall clock, for entries that do not say when they were made.
    @ivar in_thread: where files are written, so that nothing waits for a disk.
    """

    folder: Path
    zone: tzinfo
    now: Callable[[], float]
    in_thread: InThread
    _kept: deque[_Line] = field(init=False, factory=deque)
    _flushing: list[Deferred[None]] = field(init=False, factory=list)
    _writing: bool = field(init=False, default=False)
    _failing: bool = field(init=False, default=False)
    _lost: int = field(init=False, default=0)
    _unsure: tuple[Path, int] | None = field(init=False, default=None)
    _end: Point | None = field(init=False, default=None)
    _key: Key | None = field(init=False, default=None)
    _headless: bool = field(init=False, default=False)

    _log = Logger()

    def append(self, entry: Mapping[str, object]) -> Deferred[None]:
        """
        Write an entry into the file of its day.

        @param entry: what JSON can say; C{timestamp} is when it was made, in ISO 8601. What the
            chain alone says (L{RESERVED <rtgplayout.store.asrun_chain.RESERVED>}) is left out.
        @return: fires when it is on disk, which is late when the disk does not work now; fails with
            L{EntryLost}, or with C{TypeError} when JSON cannot say it.
        """
        try:
            said = {key: value for key, value in entry.items() if key not in RESERVED}
            content = orjson.dumps(said)
        except TypeError:
            return fail()
        line = _Line(self._day(entry.get("timestamp")), content)
        self._kept.append(line)
        self._make_room()
        if not self._writing:
            self._write_kept()
        return line.waiter

    def flush(self) -> Deferred[None]:
        """
        Write what is kept, if the disk works now.

        @return: fires when nothing is kept any more; fails with the reason why something still is.
        """
        done: Deferred[None] = Deferred()
        self._flushing.append(done)
        if not self._writing:
            self._write_kept()
        return done

    def _day(self, timestamp: object) -> date:
        """The day of the station on which that was."""
        try:
            moment = datetime.fromisoformat(str(timestamp))
        except ValueError:
            moment = datetime.fromtimestamp(self.now(), UTC)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(self.zone).date()

    def _make_room(self) -> None:
        """Let the oldest entries go when there are too many."""
        while len(self._kept) > MOST_KEPT:
            self._lost += 1
            self._log.error(
                "as-run entry lost, as the disk does not work ({lost} so far): {entry}",
                lost=self._lost,
                entry=self._kept[0].content.decode(),
            )
            self._kept.popleft().waiter.errback(EntryLost("the disk did not work for too long"))

    def _write_kept(self) -> None:
        """Start to write the oldest entries, as many as are of the same day."""
        if not self._kept:
            self._now_idle(None)
            return
        lines: list[_Line] = []
        while self._kept and self._kept[0].day == (lines or self._kept)[0].day:
            lines.append(self._kept.popleft())
        entries = [line.content for line in lines]
        self._writing = True
        written = maybeDeferred(self.in_thread, self._append, lines[0].day, entries)
        written.addBoth(self._wrote, lines)
        written.addErrback(lambda f: self._log.failure("while writing the as-run", f))

    def _wrote(self, result: object, lines: list[_Line]) -> None:
        """Report the lines as written, or keep them."""
        if isinstance(result, Failure):
            self._kept.extendleft(reversed(lines))
            self._make_room()
            if not self._failing:
                self._failing = True
                self._log.failure("the as-run cannot be written; entries are kept", result)
            self._now_idle(result)
            return
        if self._failing:
            self._log.info("the as-run is written again; {lost} entries are lost", lost=self._lost)
            self._failing, self._lost = False, 0
        if result:
            self._log.warn("the as-run ended within a line: set aside as {name}", name=result)
        for line in lines:
            line.waiter.callback(None)
        self._write_kept()

    def _now_idle(self, failure: Failure | None) -> None:
        """Nothing is being written any more; tell those who wait for that."""
        self._writing = False
        flushing, self._flushing = self._flushing, []
        for done in flushing:
            if failure is None:
                done.callback(None)
            else:
                done.errback(failure)

    # What follows blocks; it runs in a thread, once at a time.

    def _append(self, day: date, entries: list[bytes]) -> str | None:
        """
        Put entries at the end and return when they are on the disk itself.

        @return: the name of the file that the beginning of a line was moved to, if there was one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._end is None:
            self._key, self._end = _end_of(AsRunFolder(self.folder))
        self._take_back()
        key = self._file_for(day)
        path = self.folder / name_of(key)
        with path.open("a+b", buffering=0) as file:
            torn = _set_aside_torn(file, path)
            size = file.seek(0, os.SEEK_END)
            self._unsure = path, size
            lines, end = _chained(entries, self._end, path.name, size == 0)
            rest = memoryview(b"".join(lines))
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        if size == 0:
            sync_folder(self.folder)
        self._unsure, self._key, self._end = None, key, end
        self._remember(end)
        return torn

    def _file_for(self, day: date) -> Key:
        """The file that entries of that day go into."""
        folder = AsRunFolder(self.folder)
        last = self._key
        if last is None or folder.plain(last).exists():
            return next_key(last, day)
        return next_key(last, day, folder.compressed(last).exists())

    def _take_back(self) -> None:
        """Remove what a failed write left: its lines come again, unless they are lost."""
        if self._unsure is not None:
            path, size = self._unsure
            with suppress(FileNotFoundError), path.open("r+b", buffering=0) as file:
                file.truncate(min(size, file.seek(0, os.SEEK_END)))

    def _remember(self, end: Point) -> None:
        """
        Write the head in place. The line is on disk: whatever happens here does not undo it.
        """
        try:
            head = os.open(self.folder / HEAD, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.pwrite(head, as_bytes(end), 0)
            finally:
                os.close(head)
        except OSError as error:
            if not self._headless:
                self._log.warn("{head} cannot be written: {why}", head=HEAD, why=str(error))
            self._headless = True
        else:
            self._headless = False


def _chained(
    entries: list[bytes], before: Point, file: str, first: bool
) -> tuple[list[bytes], Point]:
    """The lines of entries, and the last of them."""
    lines = []
    for entry in entries:
        lines.append(seal(entry, before, first))
        before, first = Point(before.number + 1, hash_of(lines[-1]), file), False
    return lines, before


def _end_of(folder: AsRunFolder) -> tuple[Key | None, Point]:
    """The last file, and what was written last."""
    head, keys = read_point(folder.path / HEAD), folder.keys()
    found = Point(0, ZEROS)
    for key in reversed(keys):
        with suppress(OSError):  # one that cannot be read ends where it cannot
            for line in folder.lines(key):
                if line.endswith(b"\n"):
                    link = link_of(line)
                    number = found.number if link is None else link[0]
                    found = Point(number, hash_of(line), name_of(key))
        if found.file:
            break
    end = head if head is not None and head.number >= found.number else found
    return (keys[-1] if keys else None), end


def _set_aside_torn(file: FileIO, path: Path) -> str | None:
    """Move what stands behind the last newline to another file; that file's name, if it was so."""
    if file.seek(0, os.SEEK_END) == 0:
        return None
    file.seek(-1, os.SEEK_END)
    if file.read(1) == b"\n":
        return None
    file.seek(0)
    content = file.readall()
    whole = content.rfind(b"\n") + 1
    aside = path.with_name(path.name + ".torn")
    with aside.open("ab") as torn:
        torn.write(content[whole:] + b"\n")
        torn.flush()
        os.fsync(torn.fileno())
    file.truncate(whole)
    return aside.name
