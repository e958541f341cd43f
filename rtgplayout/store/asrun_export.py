# -*- test-case-name: tests.store.test_asrun_export -*-
"""
What was on air, as advertisers want it: an airing for each time that a file was, and what they come
to for each file and each folder.

An airing is a C{PLAY_START} and what closes it on the same layer: the C{PLAY_END}, C{PLAY_STOP} or
C{PLAY_ERROR} of the same item. One that goes on after a restart is C{continued}: its time counts,
and it is no other one. Entries of older versions say less: what they do not say is empty, and an
airing whose end nobody wrote down has no length.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from types import MappingProxyType
from typing import TypeVar

from attrs import define, field, fields_dict, frozen

from ..rundown.timing import iso
from .asrun_report import Entry, when

__all__ = [
    "COLUMNS",
    "MOST_DAYS",
    "TOTALS",
    "Airing",
    "Cell",
    "Total",
    "Totals",
    "airings",
    "csv_line",
    "harmless",
]

T = TypeVar("T")

MOST_DAYS = 400
"""Days that one question or export looks into."""

Cell = str | int | float | None
"""What stands in a table; L{None} is what is not known."""

_NOTHING: Mapping[str, object] = {}
_OUTCOMES: Mapping[object, str] = MappingProxyType(
    {"PLAY_END": "completed", "PLAY_STOP": "stopped", "PLAY_ERROR": "error"}
)
_PIECE = 500
_DANGEROUS = re.compile(r"[\t\r\n]|\s*[=+\-@]")
_QUOTED = re.compile(r'[,"\r\n]')
_AS_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


@frozen
class Airing:
    """
    @ivar channel: 1 when nothing is said.
    @ivar folder: of the file; empty for one in no folder.
    @ivar planned: when it should have started; this and other times in ISO 8601, as written.
    @ivar seconds: on air; L{None} when nobody knows.
    @ivar frames: the same, in frames of the channel.
    @ivar delay: milliseconds that it started late.
    @ivar outcome: C{completed}, C{stopped}, C{error}, or C{unknown} when its end was not written.
    @ivar planned_frames: how many the schedule meant.
    @ivar source_in: first frame of the file that was shown; C{source_out} is behind the last.
    @ivar ending: why it was over.
    @ivar cover: C{filler} or C{slate}; empty for what was meant.
    @ivar continued: C{yes} for the rest of an airing that has a row of its own.
    """

    channel: int
    layer: int | None
    item: str
    file: str
    folder: str
    planned: str
    started: str
    ended: str
    seconds: float | None
    frames: int | None
    delay: int | None
    cause: str
    by: str
    confirmation: str
    outcome: str
    planned_frames: int | None = None
    source_in: int | None = None
    source_out: int | None = None
    ending: str = ""
    cover: str = ""
    continued: str = ""

    def cells(self) -> tuple[Cell, ...]:
        """Its row, below L{COLUMNS}."""
        return tuple(getattr(self, name) for name in COLUMNS)


@define
class Total:
    """
    What airings come to.

    @ivar name: of the file or folder.
    @ivar unknown: how many of them have no known length.
    @ivar first: when the first of them started.
    """

    name: str
    count: int = 0
    milliseconds: int = 0
    frames: int = 0
    unknown: int = 0
    first: str = ""
    last: str = ""

    def add(self, airing: Airing) -> None:
        """One more, or the rest of one."""
        self.count += not airing.continued
        self.frames += airing.frames or 0
        self.unknown += airing.seconds is None
        self.milliseconds += round((airing.seconds or 0) * 1000)
        if airing.started and (not self.first or airing.started < self.first):
            self.first = airing.started
        self.last = max(self.last, airing.started)

    def cells(self) -> tuple[Cell, ...]:
        """Its row, below L{TOTALS}."""
        seconds = self.milliseconds / 1000
        return self.name, self.count, seconds, self.frames, self.unknown, self.first, self.last


COLUMNS: tuple[str, ...] = tuple(fields_dict(Airing))
TOTALS = ("name", "count", "seconds", "frames", "unknown", "first", "last")


@define
class Totals:
    """What all airings of an export come to."""

    _files: dict[str, Total] = field(factory=dict)
    _folders: dict[str, Total] = field(factory=dict)

    def add(self, airing: Airing) -> None:
        """One more."""
        for totals, name in ((self._files, airing.file), (self._folders, airing.folder)):
            if name not in totals:
                totals[name] = Total(name)
            totals[name].add(airing)

    def files(self) -> Iterator[Total]:
        """For each file, by name."""
        return _by_name(self._files)

    def folders(self) -> Iterator[Total]:
        """For each folder, by name."""
        return _by_name(self._folders)


def airings(
    entries: Iterable[Entry], wanted: Callable[[datetime], bool]
) -> Iterator[Airing | None]:
    """
    The airings that entries tell of, as they end.

    @param entries: in the order in which they were written.
    @param wanted: by when it started.
    @return: yields L{None} too, for entries that end none, so that whoever reads it can rest.
    """
    on_air: dict[tuple[object, object], tuple[Entry, Entry | None]] = {}
    for entry in entries:
        kind = entry.get("eventType")
        layer = _number(entry, "channel"), _number(entry, "layer")
        start, stop = on_air.get(layer, (None, None))
        if kind == "PLAY_START" and start is not None and _goes_on(start, entry):
            yield None
        elif kind == "PLAY_START":
            on_air[layer] = entry, None
            yield None if start is None else _asked(_airing(start, stop, None), wanted)
        elif kind in ("PLAY_STOP", "PLAY_ERROR"):
            same = start is not None and _same(start, entry)
            if entry.get("startTime") is not None:
                begun = on_air.pop(layer)[0] if same else _NOTHING
                yield _asked(_airing(begun, entry, entry), wanted)
            else:  # an older version wrote an end behind it
                if start is not None and same and kind == "PLAY_STOP":
                    on_air[layer] = start, entry
                yield None
        elif kind == "PLAY_END":
            if start is not None and _same(start, entry):
                del on_air[layer]
                yield _asked(_airing(start, stop, entry), wanted)
            else:
                yield _asked(_airing(_NOTHING, None, entry), wanted)
        else:
            yield None
    for start, stop in on_air.values():
        yield _asked(_airing(start, stop, None), wanted)


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula, and that fits into one."""
    if not isinstance(cell, str):
        return cell
    return ("'" + cell if _DANGEROUS.match(cell) else cell)[:32_000]


def csv_line(cells: Sequence[Cell]) -> str:
    """A row of a CSV file (RFC 4180), with its line end."""
    return ",".join(map(_csv_cell, map(harmless, cells))) + "\r\n"


def _csv_cell(cell: Cell) -> str:
    text = "" if cell is None else str(cell)
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _asked(airing: Airing, wanted: Callable[[datetime], bool]) -> Airing | None:
    started = when({"timestamp": airing.started})
    return airing if started is not None and wanted(started) else None


def _airing(start: Entry, stop: Entry | None, end: Entry | None) -> Airing:
    """What the entries say, of which the start may be missing or the end."""
    begun, over = start or end or _NOTHING, end or _NOTHING
    file = _text(begun, "fileName")
    started = _instant(start, "actualTime", "timestamp") or _instant(over, "startTime", "timestamp")
    ended = _instant(over, "endTime")
    if end is None and stop is not None:
        ended = _instant(stop, "timestamp")
    latest = {**begun, **{name: said for name, said in over.items() if said is not None}}
    closed = stop or end
    outcome = _OUTCOMES.get(closed and closed.get("eventType"), "unknown")
    frames = _number(over, "actualFrames", "frames")
    return Airing(
        channel=_number(begun, "channel") or 1,
        layer=_number(begun, "layer"),
        item=_text(begun, "itemId"),
        file=file,
        folder=file.rpartition("/")[0],
        planned=_instant(begun, "scheduledTime"),
        started=started,
        ended=ended,
        seconds=_clock(_text(over, "actualDuration"), started, ended),
        frames=frames,
        delay=_number(start, "delayMs"),
        cause=_text(start, "cause"),
        by=_text(begun, "by"),
        confirmation=_text(begun, "confirmation"),
        outcome=outcome,
        planned_frames=_number(latest, "plannedFrames"),
        source_in=_number(latest, "sourceIn"),
        source_out=_number(over, "sourceOut"),
        ending=_text(over, "cause"),
        cover=_text(begun, "cover"),
        continued="yes" if begun.get("continued") is True else "",
    )


def _goes_on(start: Entry, entry: Entry) -> bool:
    """Whether C{entry} tells of the same start once more: another daemon found it on air."""
    again = entry.get("continued") is True and _same(start, entry)
    return again and start.get("actualTime") == entry.get("actualTime")


def _same(start: Entry, entry: Entry) -> bool:
    """Whether both are of the same airing; what an entry does not say does not differ."""
    pairs = ((start.get(key), entry.get(key)) for key in ("itemId", "fileName"))
    return all(mine == other or None in (mine, other) for mine, other in pairs)


def _clock(duration: str, started: str, ended: str) -> float | None:
    """Seconds on air: as written, else between two instants."""
    parts = duration.split(":")
    try:
        if len(parts) == 3:
            hours, minutes, seconds = int(parts[0]), int(parts[1]), float(parts[2])
            return round(hours * 3600 + minutes * 60 + seconds, 3)
    except ValueError:
        pass
    first, last = when({"timestamp": started}), when({"timestamp": ended})
    if first is None or last is None or last < first:
        return None
    return round((last - first).total_seconds(), 3)


def _instant(entry: Entry, *names: str) -> str:
    """The first of these that is an instant, in UTC to the millisecond."""
    for name in names:
        said = entry.get(name)
        moment = None if said is None else when({"timestamp": said})
        if moment is not None:
            if isinstance(said, str) and _AS_WRITTEN.fullmatch(said):
                return said
            return iso(moment.astimezone(UTC).timestamp())
    return ""


def _text(entry: Entry, name: str) -> str:
    said = entry.get(name)
    return said if isinstance(said, str) else ""


def _number(entry: Entry, *names: str) -> int | None:
    for name in names:
        said = entry.get(name)
        if isinstance(said, int) and not isinstance(said, bool):
            return said
    return None


def _by_name(totals: dict[str, Total]) -> Iterator[Total]:
    """In order; sorted in pieces, since one long sort would hold up the channels."""
    rest = iter(totals.values())
    pieces = iter(lambda: sorted(islice(rest, _PIECE), key=_name), [])
    return merge(*pieces, key=_name)


def _name(total: Total) -> str:
    return total.name
