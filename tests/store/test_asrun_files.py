# -*- test-case-name: tests.store.test_asrun_files -*-
"""The as-run's folder, and what is remembered in it."""

import gzip
import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store import asrun_files
from rtgplayout.store.asrun_chain import Point
from rtgplayout.store.asrun_files import AsRunFolder, as_bytes, read_point, replace
from rtgplayout.store.asrun_names import key_of

KEY = key_of("as-run-2026-03-01.log") or ()


class FolderTests(SynchronousTestCase):
    """Its files and their lines."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.folder = AsRunFolder(self.path)

    def test_no_folder(self) -> None:
        self.assertEqual(self.folder.keys(), [])

    def test_lines(self) -> None:
        """The same from a file and from its compressed form, with what stands behind the last."""
        self.path.mkdir()
        self.folder.plain(KEY).write_bytes(b"a\nb\nc")
        self.assertEqual(list(self.folder.lines(KEY)), [b"a\n", b"b\n", b"c"])
        self.folder.plain(KEY).unlink()
        self.folder.compressed(KEY).write_bytes(gzip.compress(b"a\nb\nc"))
        self.assertEqual(list(self.folder.lines(KEY)), [b"a\n", b"b\n", b"c"])
        self.assertEqual(self.folder.keys(), [KEY])

    def test_written_on(self) -> None:
        """A line that is written while it is read is not taken for two."""
        self.path.mkdir()
        self.folder.plain(KEY).write_bytes(b"a\nb")
        lines = self.folder.lines(KEY)
        self.assertEqual([next(lines), next(lines)], [b"a\n", b"b"])
        with self.folder.plain(KEY).open("ab") as file:
            file.write(b"c\n")
        self.assertEqual(list(lines), [])

    def test_endless_line(self) -> None:
        """A line is never more than so many bytes in memory."""
        self.patch(asrun_files, "LONGEST", 4)
        self.path.mkdir()
        self.folder.plain(KEY).write_bytes(b"123456\n")
        self.assertEqual(list(self.folder.lines(KEY)), [b"1234", b"56\n"])

    def test_no_gzip(self) -> None:
        """What is no gzip file, or not a whole one, is a file that cannot be read."""
        self.path.mkdir()
        whole = gzip.compress(b"a\n" * 100)
        for content in (b"a\n", whole[:20], whole[:12] + b"\xff" * 9, whole[:-6] + b"abcdef"):
            self.folder.compressed(KEY).write_bytes(content)
            self.assertRaises(OSError, list, self.folder.lines(KEY))

    def test_gone(self) -> None:
        self.path.mkdir()
        self.assertRaises(FileNotFoundError, list, self.folder.lines(KEY))


class PointTests(SynchronousTestCase):
    """A line that is remembered."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp())

    def test_both_ways(self) -> None:
        point = Point(12, "a" * 64, "as-run-2026-03-01.log")
        self.path.write_bytes(as_bytes(point))
        self.assertEqual(read_point(self.path), point)

    def test_same_length(self) -> None:
        """So that it can be replaced in one write."""
        for point in (Point(1, ""), Point(10**12, "a" * 64, "as-run-2026-03-01.log")):
            self.assertEqual(len(as_bytes(point)), 512)

    def test_nothing(self) -> None:
        """Nothing, nonsense, and half of it."""
        self.assertIsNone(read_point(self.path))
        for content in (b"", b"{}", b"[1]", b'{"number":"x","hash":1,"file":2}', b"\xff", b"null"):
            self.path.write_bytes(content)
            self.assertIsNone(read_point(self.path))


class ReplaceTests(SynchronousTestCase):
    """Files that are whole."""

    def test_replaced(self) -> None:
        path = Path(self.mktemp())
        for content in (b"a", b"b"):
            replace(path, content)
            self.assertEqual(path.read_bytes(), content)

    def test_disk_full(self) -> None:
        """What was there stays, and nothing beside it."""
        folder = Path(self.mktemp())
        folder.mkdir()
        replace(folder / "x", b"a")

        def refuse(*_: object) -> None:
            raise OSError("No space left on device")

        self.patch(os, "fsync", refuse)
        self.assertRaises(OSError, replace, folder / "x", b"b")
        self.assertEqual([each.name for each in folder.iterdir()], ["x"])
        self.assertEqual((folder / "x").read_bytes(), b"a")
