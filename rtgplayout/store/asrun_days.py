# -*- test-case-name: tests.store.test_asrun_days -*-
"""
The as-run files read again: by time, and as a report of a day. A line that cannot be read costs
nothing but itself.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, tzinfo
from itertools import islice
from pathlib import Path

import orjson
from attrs import frozen
from twisted.internet.defer import Deferred

from ..rundown.timing import iso
from .asrun_report import Entry, report, stats, when
from .documents import InThread

__all__ = ["AsRunDays"]

_MOST_DAYS = 400
"""Files that one question looks into."""


@frozen
class AsRunDays:
    """
    @ivar folder: where the files are.
    @ivar zone: where a day of the station begins and ends.
    @ivar now: the wall clock.
    @ivar in_thread: where files are read.
    """

    folder: Path
    zone: tzinfo
    now: Callable[[], float]
    in_thread: InThread

    def entries(
        self, start: float, end: float, offset: int, limit: int
    ) -> Deferred[tuple[Entry, ...]]:
        """
        What was written from C{start} to C{end}, seconds since the epoch, both included.

        @param offset: how many of these entries are passed over.
        @param limit: how many there are at most.
        """
        return self.in_thread(self._between, start, end, offset, limit)

    def report(self, day: date | None) -> Deferred[tuple[str, dict[str, int]]]:
        """
        Write the report of a day, today's by default, beside the files.

        @return: fires with its name and the counts; fails with L{FileNotFoundError} when nothing
            was written on that day, with another L{OSError} when it cannot be written.
        """
        return self.in_thread(self._report, day)

    # What follows blocks.

    def _between(self, start: float, end: float, offset: int, limit: int) -> tuple[Entry, ...]:
        return tuple(islice(self._found(start, end), offset, offset + limit))

    def _found(self, start: float, end: float) -> Iterator[Entry]:
        first, last = (self._day(at) for at in (start, end))
        # An entry that waited for the disk keeps its own day, and so stands in that day's file.
        names = sorted(path.name for path in self.folder.glob("as-run-????-??-??.log"))
        wanted = [name for name in names if first <= name[7:17] <= last]
        for name in wanted[:_MOST_DAYS]:
            for entry in self._read(self.folder / name):
                moment = when(entry)
                if moment is not None and start <= moment.timestamp() <= end:
                    yield entry

    def _read(self, path: Path) -> Iterator[Entry]:
        with path.open("rb") as file:
            for line in file:
                try:
                    entry = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(entry, dict):
                    yield entry

    def _day(self, at: float) -> str:
        moment = datetime.fromtimestamp(at, UTC)
        return moment.astimezone(self.zone).date().isoformat()

    def _report(self, day: date | None) -> tuple[str, dict[str, int]]:
        wanted = date.fromisoformat(self._day(self.now())) if day is None else day
        entries = list(self._read(self.folder / f"as-run-{wanted.isoformat()}.log"))
        lines = report(wanted, entries, self.zone, iso(self.now()))
        path = self.folder / f"report-{wanted.isoformat()}.txt"
        beside = path.with_name(path.name + ".tmp")
        beside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        beside.replace(path)
        return path.name, stats(entries)
