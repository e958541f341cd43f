# -*- test-case-name: tests.store.test_asrun -*-
"""
The record of what was really on air: JSON lines in C{as-run-YYYY-MM-DD.log}, a file for each day of
the station's own calendar, each line on disk before it is reported as written.

A crash can leave the beginning of a line at a file's end. It is moved to C{<name>.torn} before
anything is written behind it.
"""

import os
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from io import FileIO
from pathlib import Path

import orjson
from attrs import define, field, frozen
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

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

    @ivar name: of the file that it belongs to.
    """

    name: str
    content: bytes
    waiter: Deferred[None] = field(factory=Deferred)


@define(eq=False)
class AsRunLog:
    """
    The as-run files of one folder, and their only writer.

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

    _log = Logger()

    def append(self, entry: Mapping[str, object]) -> Deferred[None]:
        """
        Write an entry into the file of its day.

        @param entry: what JSON can say; C{timestamp} is when it was made, in ISO 8601.
        @return: fires when it is on disk, which is late when the disk does not work now; fails with
            L{EntryLost}, or with C{TypeError} when JSON cannot say it.
        """
        try:
            content = orjson.dumps(dict(entry), option=orjson.OPT_APPEND_NEWLINE)
        except TypeError:
            return fail()
        line = _Line(f"as-run-{self._day(entry.get('timestamp'))}.log", content)
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

    def _day(self, timestamp: object) -> str:
        """The day of the station on which that was."""
        try:
            moment = datetime.fromisoformat(str(timestamp))
        except ValueError:
            moment = datetime.fromtimestamp(self.now(), UTC)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(self.zone).date().isoformat()

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
        """Start to write the oldest entries, as many as belong to the same file."""
        if not self._kept:
            self._now_idle(None)
            return
        lines: list[_Line] = []
        while self._kept and self._kept[0].name == (lines or self._kept)[0].name:
            lines.append(self._kept.popleft())
        content = b"".join(line.content for line in lines)
        self._writing = True
        written = maybeDeferred(self.in_thread, self._append, self.folder / lines[0].name, content)
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

    def _append(self, path: Path, content: bytes) -> str | None:
        """
        Put lines at a file's end and return when they are on the disk itself.

        @return: the name of the file that the beginning of a line was moved to, if there was one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as file:
            if self._unsure is not None and self._unsure[0] == path:
                # What a failed write left goes: its lines come again.
                file.truncate(min(self._unsure[1], file.seek(0, os.SEEK_END)))
            torn = _set_aside_torn(file, path)
            end = file.seek(0, os.SEEK_END)
            self._unsure = path, end
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        if end == 0:
            sync_folder(self.folder)
        self._unsure = None
        return torn


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
