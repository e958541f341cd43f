# -*- test-case-name: tests.store.test_asrun_days -*-
"""
The as-run files read again: by time, as a report of a day, as a table of what was on air, and to
see whether they are as they were written. A line that cannot be read costs nothing but itself.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, tzinfo
from itertools import islice
from pathlib import Path

import orjson
from attrs import field, frozen
from twisted.internet.defer import Deferred, DeferredLock

from ..playout.status import CannotDo
from ..rundown.timing import iso
from .asrun_chain import Verification
from .asrun_export import MOST_DAYS, Airing, airings
from .asrun_files import ANCHOR, HEAD, AsRunFolder, beside, read_point, replace
from .asrun_names import Key, day_of, name_of
from .asrun_report import Entry, report, stats, when
from .asrun_tables import FORMS, Table, open_table
from .documents import InThread

__all__ = ["LARGEST", "AsRunDays"]

LARGEST = 64 << 20
"""Bytes of a file that is given whole."""

_LINES = 500
"""Lines that are looked at between two looks at what else is to be done: some milliseconds."""

_SAFE = re.compile(
    r"report-\d{4}-\d\d-\d\d\.txt|export-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.(csv|json|xlsx)",
    re.ASCII,
)


@frozen
class AsRunDays:
    """
    @ivar folder: where the files are.
    @ivar zone: where a day of the station begins and ends.
    @ivar now: the wall clock.
    @ivar in_thread: where files are read, a piece at a time: who has one thread for it and others
        waits for none of them.
    """

    folder: Path
    zone: tzinfo
    now: Callable[[], float]
    in_thread: InThread
    _exporting: DeferredLock = field(factory=DeferredLock, init=False)

    def entries(
        self, start: float, end: float, offset: int, limit: int
    ) -> Deferred[tuple[Entry, ...]]:
        """
        What was written from C{start} to C{end}, seconds since the epoch, both included.

        @param offset: how many of these entries are passed over.
        @param limit: how many there are at most.
        """
        return Deferred.fromCoroutine(self._page(start, end, offset, limit))

    def report(self, day: date | None) -> Deferred[tuple[str, dict[str, int]]]:
        """
        Write the report of a day, today's by default, beside the files.

        @return: fires with its name and the counts; fails with L{FileNotFoundError} when nothing
            was written on that day, with another L{OSError} when it cannot be written.
        """
        return self.in_thread(self._report, day)

    def verification(self) -> Deferred[Verification]:
        """
        Look at the chain from its first line to its last.

        @return: fires with what was found; fails with L{OSError} when the folder cannot be read.
        """
        return Deferred.fromCoroutine(self._verified())

    def verify(self) -> Deferred[str]:
        """
        The same.

        @return: fires with C{""} when all is as it was written, else with a sentence that names the
            file and the line of what is first not.
        """
        return self.verification().addCallback(
            lambda found: str(found.faults[0]) if found.faults else ""
        )

    def export(self, first: date, last: date, form: str, path: Path | None = None) -> Deferred[str]:
        """
        Write what was on air from C{first} to C{last}, both included, with totals; one export after
        the other.

        @param form: C{csv}, C{json} or C{xlsx}.
        @param path: where, beside the files by default.
        @return: fires with its name; fails with L{CannotDo <rtgplayout.playout.status.CannotDo>},
            path C{first}, C{last} or C{form}, and with L{OSError} when it cannot be written.
        """
        written: Deferred[str] = self._exporting.run(
            lambda: Deferred.fromCoroutine(self._exported(first, last, form, path))
        )
        return written

    def file(self, name: str) -> Deferred[bytes]:
        """
        A report or an export.

        @return: fails with L{CannotDo <rtgplayout.playout.status.CannotDo>}, path C{file}.
        """
        return self.in_thread(self._file, name)

    def today(self) -> date:
        """The station's present day."""
        return self.day_at(self.now())

    def day_at(self, at: float) -> date:
        """The station's day at some time, seconds since the epoch."""
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone).date()

    async def _verified(self) -> Verification:
        found = await self.in_thread(self._begin_to_verify)
        while await self.in_thread(found.go_on, _LINES):
            pass
        return found  # type: ignore[no-any-return]

    async def _exported(self, first: date, last: date, form: str, path: Path | None) -> str:
        if form not in FORMS:
            raise CannotDo(f"it must be one of {', '.join(FORMS)}", "form")
        if last < first:
            raise CannotDo("it must not be before the first day", "last")
        if (last - first).days >= MOST_DAYS:
            raise CannotDo(f"an export has at most {MOST_DAYS} days", "last")
        name = f"export-{first.isoformat()}-{last.isoformat()}.{form}"
        wanted = self.folder / name if path is None else path
        temporary = beside(wanted)
        try:
            table = await self.in_thread(open_table, form, temporary, first, last)
            try:
                found = self._airings(first, last)
                while await self.in_thread(_add_some, table, found):
                    pass
                await self.in_thread(table.finish)
            finally:
                await self.in_thread(table.close)
            await self.in_thread(temporary.replace, wanted)
        finally:
            await self.in_thread(_forget, temporary)
        return wanted.name

    async def _page(self, start: float, end: float, offset: int, limit: int) -> tuple[Entry, ...]:
        try:
            days = self.day_at(start), self.day_at(end)
        except (ValueError, OverflowError, OSError):
            return ()
        found, page, more = self._found(*days), list[Entry](), True
        while more and len(page) < limit:
            some, more = await self.in_thread(_some_between, found, start, end)
            page += some[offset:]
            offset = max(0, offset - len(some))
        return tuple(page[:limit])

    # What follows blocks.

    def _found(self, first: date, last: date) -> Iterator[tuple[Entry, datetime | None]]:
        """
        All entries of these days, and some of those around them. Entries that came late, or after
        the clock was set back, stand in the file of the day after; the old system's days were those
        of Greenwich.
        """
        folder = AsRunFolder(self.folder)
        near = [key for key in folder.keys() if _is_near(day_of(key), first, last)]
        for key in near[: MOST_DAYS + 2]:
            for entry in self._read(folder, key):
                yield entry, when(entry)

    def _read(self, folder: AsRunFolder, key: Key) -> Iterator[Entry]:
        with suppress(OSError):  # what cannot be read of it is found by the verification
            for line in folder.lines(key):
                try:
                    entry = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(entry, dict):
                    yield entry

    def _of(self, day: date) -> list[Entry]:
        """The entries of a day; one that does not say when it was is of its file's."""
        folder, found = AsRunFolder(self.folder), []
        for key in folder.keys():
            if _is_near(day_of(key), day, day):
                for entry in self._read(folder, key):
                    moment = when(entry)
                    at = day_of(key) if moment is None else moment.astimezone(self.zone).date()
                    if at == day:
                        found.append(entry)
        return found

    def _report(self, day: date | None) -> tuple[str, dict[str, int]]:
        wanted = self.today() if day is None else day
        entries = self._of(wanted)
        if not entries:
            raise FileNotFoundError(f"nothing was written on {wanted.isoformat()}")
        lines = report(wanted, entries, self.zone, iso(self.now()))
        path = self.folder / f"report-{wanted.isoformat()}.txt"
        replace(path, "".join(f"{line}\n" for line in lines).encode())
        return path.name, stats(entries)

    def _begin_to_verify(self) -> Verification:
        folder = AsRunFolder(self.folder)
        # The head first: what is written meanwhile comes behind it.
        head, anchor = read_point(self.folder / HEAD), read_point(self.folder / ANCHOR)
        files = ((name_of(key), folder.lines(key)) for key in folder.keys())
        return Verification(files, anchor, head)

    def _airings(self, first: date, last: date) -> Iterator[Airing | None]:
        return airings(
            (entry for entry, _ in self._found(first, last)),
            lambda at: first <= at.astimezone(self.zone).date() <= last,
        )

    def _file(self, name: str) -> bytes:
        if _SAFE.fullmatch(name) is None:
            raise CannotDo("there is no such report or export", "file")
        try:
            with (self.folder / name).open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError:
            raise CannotDo("there is no such report or export", "file") from None
        if len(content) > LARGEST:
            raise CannotDo(
                f"it has more than {LARGEST >> 20} MB: take it from the as-run folder", "file"
            )
        return content


def _is_near(day: date, first: date, last: date) -> bool:
    """Whether a day is one of these, or beside them."""
    return (first - day).days <= 1 and (day - last).days <= 1


def _some_between(
    found: Iterator[tuple[Entry, datetime | None]], start: float, end: float
) -> tuple[list[Entry], bool]:
    """Of some entries those that were written then; and whether there are more."""
    count, those = 0, list[Entry]()
    for entry, moment in islice(found, _LINES):
        count += 1
        if moment is not None and start <= moment.timestamp() <= end:
            those.append(entry)
    return those, count == _LINES


def _add_some(table: Table, found: Iterator[Airing | None]) -> bool:
    """Put some airings into a table; whether there are more."""
    count = 0
    for airing in islice(found, _LINES):
        count += 1
        if airing is not None:
            table.add(airing)
    return count == _LINES


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
