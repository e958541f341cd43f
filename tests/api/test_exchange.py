# -*- test-case-name: tests.api.test_exchange -*-
"""Playlists from elsewhere, and for elsewhere, as clients see it."""

from fractions import Fraction

from rtgplayout.media.facts import Facts, MediaKind
from rtgplayout.media.library import Entry, Library, State

from .rig import DoorTestCase, Json

XML = """<?xml version="1.0" encoding="UTF-8"?>
<playlist>
  <item><name>Opener</name><file>GEN/opener.mov</file><duration>15</duration></item>
  <item><name>News</name><file>news.mxf</file><duration>1800</duration></item>
</playlist>"""
BAD = XML.replace("1800", "0")


class ExchangeTestCase(DoorTestCase):
    """An old client and a new one."""

    def setUp(self) -> None:
        super().setUp()
        facts = Facts(MediaKind.VIDEO, Fraction(15))
        opener = Entry("GEN/opener.mov", 1, 1, State.READY, facts)
        self.shelves.library.now = Library(1, {opener.file: opener})
        self.shelves.imports.texts["monday.xml"] = XML
        self.old, self.new = self.connect(), self.connect(2)
        self.old.take()
        self.new.take()

    def names(self) -> list[str]:
        return [item.name for item in self.desk.document().playlist.items]

    def report(self, **data: object) -> Json:
        """What version 2 is told of an import."""
        answer = self.say(self.new, "IMPORT_PLAYLIST", data, id=1)
        told: Json = next(each for each in answer if each["type"] == "IMPORT_REPORT")["data"]
        return told


class ImportXmlTests(ExchangeTestCase):
    """What version 1 can import."""

    def test_file(self) -> None:
        """A file of the import folder replaces the playlist; the old page gets what it knows."""
        told = self.say(self.old, "IMPORT_XML", {"xmlPath": "monday.xml"})
        self.assertEqual([each["type"] for each in told], ["PLAYLIST_UPDATED", "AUTOPLAY_STATUS"])
        self.assertEqual(self.names(), ["Opener", "News"])
        self.assertTrue(all(item["id"] for item in told[0]["data"]["items"]))

    def test_text(self) -> None:
        self.say(self.old, "IMPORT_XML", {"xml": XML})
        self.assertEqual(self.names(), ["Opener", "News"])

    def test_faults(self) -> None:
        """One fault, and nothing is imported; its line is told to the one who asked."""
        (error,) = self.say(self.old, "IMPORT_XML", {"xml": BAD})
        self.assertEqual(error["type"], "ERROR")
        self.assertIn("XML import failed: line 4", error["data"]["message"])
        self.assertEqual(self.names(), ["A", "B", "C"])
        self.assertEqual(self.new.take(), [])

    def test_neither_and_both(self) -> None:
        for data in {}, {"xml": XML, "xmlPath": "monday.xml"}:
            (error,) = self.say(self.old, "IMPORT_XML", data)
            self.assertEqual((error["type"], error["data"]["path"]), ("ERROR", "xmlPath"))

    def test_path_elsewhere(self) -> None:
        """A path on the server is no file of the import folder, and says no more."""
        errors = [
            self.say(self.old, "IMPORT_XML", {"xmlPath": path})[0]["data"]
            for path in ("/etc/passwd", "nothing.xml")
        ]
        self.assertEqual(errors[0], errors[1])
        self.assertEqual(errors[0]["path"], "xmlPath")


class ImportPlaylistTests(ExchangeTestCase):
    """What version 2 can import."""

    def test_dry_run(self) -> None:
        """It tells what would happen, and nothing does."""
        told = self.report(format="xml", text=XML, dryRun=True)
        self.assertEqual(
            (told["imported"], told["items"], told["durationSeconds"], told["unknownFiles"]),
            (False, 2, 1815.0, ["news.mxf"]),
        )
        self.assertEqual(self.names(), ["A", "B", "C"])

    def test_replace_and_append(self) -> None:
        self.assertIs(self.report(format="xml", file="monday.xml", mode="append")["imported"], True)
        self.assertEqual(self.names(), ["A", "B", "C", "Opener", "News"])
        self.report(format="xml", text=XML)
        self.assertEqual(self.names(), ["Opener", "News"])

    def test_faults(self) -> None:
        """They are told by line, and nothing is imported."""
        told = self.report(format="xml", text=BAD)
        self.assertIs(told["imported"], False)
        self.assertEqual([fault["line"] for fault in told["faults"]], [4])
        self.assertEqual(self.names(), ["A", "B", "C"])

    def test_exact_names(self) -> None:
        """An item gets the name that its file has on disk."""
        self.shelves.library.names["gen/OPENER.mov"] = "GEN/opener.mov"
        self.report(format="xml", text=XML.replace("GEN/opener", "gen/OPENER"))
        self.assertEqual(self.desk.document().playlist.items[0].file, "GEN/opener.mov")

    def test_ids_in_use(self) -> None:
        """What is appended gets ids of its own."""
        text = self.exported("json")
        self.report(format="json", text=text, mode="append")
        items = self.desk.document().playlist.items
        self.assertEqual(len({item.id for item in items}), 6)

    def test_unknown_file(self) -> None:
        answer = self.say(self.new, "IMPORT_PLAYLIST", {"format": "csv", "file": "x.csv"}, id=1)
        self.assertEqual((answer[0]["type"], answer[0]["data"]["path"]), ("ERROR", "file"))

    def test_list(self) -> None:
        listed, _ = self.say(self.new, "LIST_IMPORTS", {}, id=1)
        self.assertEqual(listed["data"], {"files": ["monday.xml"]})

    def exported(self, format: str) -> str:
        told, _ = self.say(self.new, "EXPORT_PLAYLIST", {"format": format}, id=1)
        self.assertEqual((told["type"], told["id"]), ("PLAYLIST_EXPORT", 1))
        self.assertEqual(told["data"]["format"], format)
        self.assertEqual(told["data"]["fileName"], f"playlist-1.{format}")
        text: str = told["data"]["text"]
        return text

    def test_exports(self) -> None:
        """What was exported can be imported, and is the same."""
        for format in "json", "csv", "m3u":
            text = self.exported(format)
            self.report(format=format, text=text)
            self.assertEqual(self.names(), ["A", "B", "C"], format)
        answer = self.say(self.new, "EXPORT_PLAYLIST", {"format": "xml"}, id=1)
        self.assertEqual((answer[0]["type"], answer[0]["data"]["path"]), ("ERROR", "format"))
