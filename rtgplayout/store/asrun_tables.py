# -*- test-case-name: tests.store.test_asrun_tables -*-
"""
The files that an export of the as-run is written into: CSV and JSON for programs, XLSX for people.

CSV is one table: its first column says whether a row is an airing or the total of a file or a
folder. XLSX has a sheet for each of the three. Neither has cells that a spreadsheet would take for
formulas.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Protocol, TextIO

import orjson
import xlsxwriter
from attrs import define, field

from .asrun_export import COLUMNS, TOTALS, Airing, Cell, Total, Totals, csv_line, harmless

__all__ = ["FORMS", "Table", "open_table"]

_MOST_ROWS = 1_048_576
"""Rows of a sheet, which is the format's own limit."""


class Table(Protocol):
    """A file that is being written. All of this blocks, and may raise L{OSError}."""

    def add(self, airing: Airing) -> None:
        """Write an airing."""

    def finish(self) -> None:
        """Write the totals; the file is whole then."""

    def close(self) -> None:
        """Have nothing open any more, finished or not."""


@define(eq=False)
class _Csv:
    """Comma separated values in UTF-8."""

    file: TextIO
    _totals: Totals = field(init=False, factory=Totals)

    def __attrs_post_init__(self) -> None:
        self.file.write(csv_line(("kind", *COLUMNS, *TOTALS)))

    def add(self, airing: Airing) -> None:
        self._totals.add(airing)
        self.file.write(csv_line(("airing", *airing.cells(), *(None for _ in TOTALS))))

    def finish(self) -> None:
        blank: tuple[Cell, ...] = tuple(None for _ in COLUMNS)
        for kind, totals in (("file", self._totals.files()), ("folder", self._totals.folders())):
            for total in totals:
                self.file.write(csv_line((kind, *blank, *total.cells())))
        self.file.flush()

    def close(self) -> None:
        self.file.close()


@define(eq=False)
class _Json:
    """One object, an airing or a total a line."""

    file: TextIO
    first: date
    last: date
    _totals: Totals = field(init=False, factory=Totals)
    _empty: bool = field(init=False, default=True)

    def __attrs_post_init__(self) -> None:
        self.file.write(f'{{"from":"{self.first}","to":"{self.last}","airings":[')

    def add(self, airing: Airing) -> None:
        self._totals.add(airing)
        self._put(COLUMNS, airing.cells())

    def finish(self) -> None:
        for kind, totals in (("files", self._totals.files()), ("folders", self._totals.folders())):
            self.file.write(f'],\n"{kind}":[')
            self._empty = True
            for total in totals:
                self._put(TOTALS, total.cells())
        self.file.write("]}\n")
        self.file.flush()

    def close(self) -> None:
        self.file.close()

    def _put(self, names: Iterable[str], cells: Iterable[Cell]) -> None:
        said = orjson.dumps(dict(zip(names, cells, strict=True))).decode()
        self.file.write(f"{'' if self._empty else ','}\n{said}")
        self._empty = False


class _Xlsx:
    """
    A workbook. What is written is not kept in memory: each row goes to a temporary file of its
    sheet, and these into the workbook at the end.
    """

    def __init__(self, path: Path, first: date, last: date) -> None:
        self._pieces = TemporaryDirectory(".tmp", path.name, path.parent)
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": self._pieces.name,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.set_properties({"title": f"As-run {first} to {last}"})
        self._bold = self._book.add_format({"bold": True})
        self._totals = Totals()
        self._sheets = 0
        self._begin_airings()

    def _begin_airings(self) -> None:
        """Take another sheet: there is none yet, or it is full."""
        self._sheets += 1
        name = "Airings" if self._sheets == 1 else f"Airings {self._sheets}"
        self._airings = self._begin(name, COLUMNS)
        self._row = 1

    def _begin(self, name: str, columns: Sequence[str]) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, len(columns) - 1, 16)
        self._put(sheet, 0, columns, self._bold)
        sheet.freeze_panes(1, 0)
        return sheet

    def add(self, airing: Airing) -> None:
        self._totals.add(airing)
        if self._row == _MOST_ROWS:
            self._begin_airings()
        self._put(self._airings, self._row, airing.cells())
        self._row += 1

    def finish(self) -> None:
        self._total("Files", self._totals.files())
        self._total("Folders", self._totals.folders())
        try:
            self._book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(str(error)) from error

    def _total(self, name: str, totals: Iterable[Total]) -> None:
        sheet = self._begin(name, TOTALS)
        for row, total in zip(range(1, _MOST_ROWS), totals, strict=False):
            self._put(sheet, row, total.cells())

    def close(self) -> None:
        self._pieces.cleanup()

    def _put(self, sheet: Any, row: int, cells: Sequence[Cell], form: Any = None) -> None:
        for column, cell in enumerate(map(harmless, cells)):
            if isinstance(cell, str):
                sheet.write_string(row, column, cell, form)
            elif cell is not None:
                sheet.write_number(row, column, cell, form)


def _text(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


FORMS: Mapping[str, Callable[[Path, date, date], Table]] = MappingProxyType(
    {
        "csv": lambda path, first, last: _Csv(_text(path)),
        "json": lambda path, first, last: _Json(_text(path), first, last),
        "xlsx": _Xlsx,
    }
)
"""What opens a file of each form, for airings from one day to another."""


def open_table(form: str, path: Path, first: date, last: date) -> Table:
    """
    Begin a file.

    @param form: one of L{FORMS}.
    @raise OSError: it cannot be written.
    """
    return FORMS[form](path, first, last)
