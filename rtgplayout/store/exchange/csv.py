# -*- test-case-name: tests.store.exchange.test_csv -*-
"""
Imports and exports of tables, as spreadsheets know them:

    name,file,type,start,duration,in,hard start,stop after,id
    News,NEWS/news.mxf,clip,2026-03-01T20:00:00.000+01:00,1800,12.48,20:00:00,yes,item-1

RFC 4180, with a comma, a semicolon or a tab between the cells. The first line names the columns, in
any order; only C{file} is needed. C{start} is what the schedule says and is not read back.
Graphics, thumbnails and the base start are not in it.

A cell that a spreadsheet would take for a formula is written with an apostrophe before it, and read
without.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta, tzinfo
from fractions import Fraction
from functools import partial
from itertools import chain, islice, repeat
from reprlib import repr as short
from types import MappingProxyType

from ...rundown.item import Item
from ...rundown.planned import Planned, Schedule
from ...rundown.playlist import Playlist
from ...rundown.timing import parse_clock_time
from ..written import EPOCH
from .bounds import NO_TEXT
from .fields import decimal, kind_of, seconds
from .gathering import Found, Gathering
from .lines import LONGEST_LINE, TooLong, lines

__all__ = ["COLUMNS", "read_csv", "write_csv"]

COLUMNS = ("name", "file", "type", "start", "duration", "in", "hard start", "stop after", "id")
"""In the order in which they are written."""

_PIECE = 100
_LONGEST_ROW = 2 * LONGEST_LINE
_DELIMITERS = ",;\t"
_WORDS = re.compile(r"[^a-z0-9]+")
_MEANINGS: Mapping[str, str] = MappingProxyType(
    {_WORDS.sub("", column): column for column in COLUMNS}
    | {
        "title": "name",
        "durationseconds": "duration",
        "inpoint": "in",
        "trimin": "in",
        "triminseconds": "in",
        "hardstarttime": "hard start",
    }
)
_YES = frozenset({"yes", "true", "1", "x", "oui"})
_NO = frozenset({"", "no", "false", "0", "non"})
_END = "\r\n"
_QUOTED = re.compile('[,;\t\r\n"]|^ | $')
_SEPARATOR = re.compile("sep=([,;\t])\r?\n?", re.IGNORECASE)
_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")


def read_csv(text: str, gathering: Gathering) -> None:
    """Put the items into C{gathering}."""
    try:
        _table(_Rows(lines(text)), gathering)
    except TooLong as error:
        gathering.fault(error.line, str(error))


def _table(rows: "_Rows", gathering: Gathering) -> None:
    try:
        columns = _columns(rows.line, next(rows, []), gathering)
        for cells in rows if columns else ():
            if any(map(str.strip, cells)):
                _row(rows.line, columns, cells, gathering)
    except csv.Error as error:
        gathering.fault(rows.line, f"It is no CSV: {error}.")


class _Rows(Iterator[list[str]]):
    """
    The rows of a table.

    @ivar line: where the last one starts.
    """

    def __init__(self, source: Iterator[str]) -> None:
        first = next(source, "")
        said = _SEPARATOR.fullmatch(first)
        self.line = 2 if said else 1
        self._above = self.line - 1
        if said:
            first = next(source, "")
        self._fed = 0
        self._rows = csv.reader(
            self._bounded(chain([first], source)),
            delimiter=said[1] if said else _delimiter(first),
            strict=True,
        )

    def __next__(self) -> list[str]:
        self.line = self._above + self._rows.line_num + 1
        self._fed = 0
        return next(self._rows)

    def _bounded(self, source: Iterator[str]) -> Iterator[str]:
        """What the parser is given; one row must not go on for ever."""
        for each in source:
            self._fed += len(each)
            if self._fed > _LONGEST_ROW:
                raise TooLong(self.line, f"The row is longer than {_LONGEST_ROW} characters.")
            yield each


def _delimiter(header: str) -> str:
    """What stands between the names of columns: what makes the most of them known."""

    def known(delimiter: str) -> int:
        return sum(bool(_meaning(cell)) for cell in header.split(delimiter))

    return max(_DELIMITERS, key=known)


def _meaning(name: str) -> str:
    """Which column it is; C{""} for none."""
    return _MEANINGS.get(_WORDS.sub("", name.lower()), "")


def _columns(line: int, names: Sequence[str], gathering: Gathering) -> tuple[str, ...]:
    """What each column holds, C{""} when that is not known; nothing when it is no table of ours."""
    found = tuple(map(_meaning, names))
    if "file" not in found:
        named = ", ".join(COLUMNS)
        gathering.fault(line, f'There is no column "file". Columns that are known: {named}.')
        return ()
    for column in COLUMNS:
        if found.count(column) > 1:
            gathering.fault(line, f'There are two columns "{column}".')
            return ()
    for name, meaning in zip(names, found, strict=True):
        if not meaning and name.strip():
            gathering.warn(line, f"The column {short(name)} is not known; passed over.")
    return found


def _row(line: int, columns: Sequence[str], cells: Sequence[str], gathering: Gathering) -> None:
    """An item."""
    gathering.begin(line)
    texts = dict.fromkeys(COLUMNS, "")
    texts |= {column: _read(cell) for column, cell in zip(columns, cells, strict=False) if column}
    try:
        if any(map(str.strip, cells[len(columns) :])):
            raise ValueError("it has more cells than there are columns")
        found = _found(line, texts, gathering)
    except ValueError as error:
        gathering.fault(line, f"{gathering.where(texts['name'])}: {error}.")
    else:
        gathering.put(found)


def _found(line: int, texts: Mapping[str, str], gathering: Gathering) -> Found:
    """
    An item of these cells.

    @raise ValueError: it is none; a phrase that says why.
    """
    rate = gathering.rate
    file = texts["file"]
    if gathering.length_of(file) is None:
        file = file.strip()
    if not file:
        raise ValueError("it has no file")
    duration, in_point, hard_start, stop_after = (
        texts[column].strip() for column in ("duration", "in", "hard start", "stop after")
    )
    if stop_after.lower() not in _YES | _NO:
        raise ValueError(f"stop after is {short(stop_after)}, not yes or no")
    return Found(
        line,
        file,
        texts["name"].strip(),
        seconds(duration, rate) if duration else None,
        seconds(in_point or "0", rate),
        kind_of(texts["type"]),
        parse_clock_time(hard_start) if hard_start else None,
        stop_after.lower() in _YES,
        texts["id"].strip(),
    )


def _read(cell: str) -> str:
    """A cell without the apostrophe that keeps it from being a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _written(cell: str) -> str:
    """A cell as it is written: no formula, and in quotes when it needs them."""
    if _FORMULA.match(cell):
        cell = "'" + cell
    if _QUOTED.search(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def write_csv(
    playlist: Playlist, schedule: Schedule | None = None, zone: tzinfo = UTC
) -> Iterator[str]:
    """
    The table, in pieces to be joined.

    @param schedule: that of C{playlist}; without it no starts are told.
    @param zone: in which they are.
    """
    yield ",".join(COLUMNS) + _END
    starts = map(partial(_start, schedule, zone), schedule.entries) if schedule else repeat("")
    rows = zip(playlist.items, starts, strict=False)
    while some := tuple(islice(rows, _PIECE)):
        yield "".join(_line(item, start, playlist.rate) for item, start in some)


def _line(item: Item, start: str, rate: Fraction) -> str:
    cells = (
        NO_TEXT.sub(" ", item.name),
        item.file,
        item.kind.value,
        start,
        decimal(item.duration, rate),
        decimal(item.in_point, rate),
        "" if item.hard_start is None else str(item.hard_start),
        "yes" if item.stop_after else "",
        item.id,
    )
    return ",".join(map(_written, cells)) + _END


def _start(schedule: Schedule, zone: tzinfo, entry: Planned) -> str:
    """When an item is to start, as people and programs read it."""
    milliseconds = round(schedule.instant(entry.start) * 1_000)
    try:
        moment = EPOCH + timedelta(milliseconds=milliseconds)
        return moment.astimezone(zone).isoformat(timespec="milliseconds")
    except OverflowError:
        return ""  # a list that goes on after the year 9999
