# -*- test-case-name: tests.store.test_asrun_tables -*-
"""Files that others can read."""

import csv
import json
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store import asrun_tables
from rtgplayout.store.asrun_export import COLUMNS, TOTALS, Airing
from rtgplayout.store.asrun_tables import FORMS, open_table

DAY = date(2026, 3, 1)
NOON = "2026-03-01T12:00:00.000Z"
AIRING = Airing(
    channel=1, layer=None, item="i", file="ADS/é.mov", folder="ADS", planned="", started=NOON,
    ended="", seconds=15.5, frames=388, delay=-20, cause="", by="=1+1", confirmation="osc",
    outcome="completed",
)  # fmt: skip
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class TableTestCase(SynchronousTestCase):
    """A folder to write into."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def made(self, form: str, *airings: Airing) -> Path:
        path = self.folder / f"x.{form}"
        table = open_table(form, path, DAY, DAY)
        for airing in airings:
            table.add(airing)
        table.finish()
        table.close()
        self.assertEqual([each.name for each in self.folder.iterdir()], [path.name])
        return path


class FormTests(TableTestCase):
    """Each form, read by another program."""

    def test_csv(self) -> None:
        with self.made("csv", AIRING).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["kind"] for row in rows], ["airing", "file", "folder"])
        self.assertEqual(rows[0]["file"], "ADS/é.mov")
        self.assertEqual((rows[0]["by"], rows[0]["delay"]), ("'=1+1", "-20"))
        self.assertEqual((rows[1]["name"], rows[1]["count"]), ("ADS/é.mov", "1"))
        self.assertEqual((rows[2]["name"], rows[2]["last"]), ("ADS", NOON))

    def test_json(self) -> None:
        said = json.loads(self.made("json", AIRING, AIRING).read_text(encoding="utf-8"))
        self.assertEqual((said["from"], said["to"]), ("2026-03-01", "2026-03-01"))
        self.assertEqual(len(said["airings"]), 2)
        self.assertEqual(said["airings"][0]["by"], "=1+1")
        self.assertEqual(set(said["airings"][0]), set(COLUMNS))
        self.assertEqual(said["files"][0]["seconds"], 31.0)
        self.assertEqual(said["folders"][0]["name"], "ADS")

    def test_nothing(self) -> None:
        """An export of days without an airing is whole too."""
        said = json.loads(self.made("json").read_text())
        self.assertEqual((said["airings"], said["files"], said["folders"]), ([], [], []))
        (self.folder / "x.json").unlink()
        self.assertEqual(self.made("csv").read_text().count("\n"), 1)


class XlsxTests(TableTestCase):
    """A workbook, read as what it is: XML in a zip."""

    def sheet(self, path: Path, number: int) -> list[list[str]]:
        """The cells of a sheet, as text."""
        with zipfile.ZipFile(path) as book:
            self.assertIsNone(book.testzip())
            root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
        self.assertEqual(list(root.iter(f"{SPACE}f")), [])  # not one formula
        return [
            ["".join(cell.itertext()) for cell in row.iter(f"{SPACE}c")]
            for row in root.iter(f"{SPACE}row")
        ]

    def names(self, path: Path) -> list[str]:
        with zipfile.ZipFile(path) as book:
            root = ElementTree.fromstring(book.read("xl/workbook.xml"))
        return [each.attrib["name"] for each in root.iter(f"{SPACE}sheet")]

    def test_sheets(self) -> None:
        path = self.made("xlsx", AIRING)
        self.assertEqual(self.names(path), ["Airings", "Files", "Folders"])
        rows = self.sheet(path, 1)
        self.assertEqual(rows[0], list(COLUMNS))
        self.assertIn("'=1+1", rows[1])
        self.assertIn("15.5", rows[1])
        self.assertIn("-20", rows[1])
        self.assertEqual(self.sheet(path, 2)[0], list(TOTALS))
        self.assertEqual(self.sheet(path, 2)[1][:4], ["ADS/é.mov", "1", "15.5", "388"])
        self.assertEqual(self.sheet(path, 3)[1][0], "ADS")

    def test_more_than_a_sheet(self) -> None:
        self.patch(asrun_tables, "_MOST_ROWS", 3)
        path = self.made("xlsx", *(evolve(AIRING, item=f"i{n}") for n in range(5)))
        self.assertEqual(
            self.names(path), ["Airings", "Airings 2", "Airings 3", "Files", "Folders"]
        )
        self.assertEqual(len(self.sheet(path, 3)), 2)

    def test_control_characters(self) -> None:
        """A name that XML cannot hold does not spoil the file."""
        path = self.made("xlsx", evolve(AIRING, file="a\x00\x1b<&>b"))
        self.assertEqual(len(self.sheet(path, 1)), 2)

    def test_cannot_be_written(self) -> None:
        """An error, and nothing left but what was asked for."""
        table = open_table("xlsx", self.folder / "x.xlsx", DAY, DAY)
        (self.folder / "x.xlsx").mkdir()
        self.assertRaises(OSError, table.finish)
        table.close()
        self.assertEqual([each.name for each in self.folder.iterdir()], ["x.xlsx"])

    def test_given_up(self) -> None:
        """Of a table that is not finished nothing is left, or as much as was written."""
        for form in FORMS:
            table = open_table(form, self.folder / f"x.{form}", DAY, DAY)
            table.add(AIRING)
            table.close()
        self.assertEqual({each.name for each in self.folder.iterdir()}, {"x.csv", "x.json"})
