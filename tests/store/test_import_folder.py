"""
Tests of the import folder.
"""

import os
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.status import CannotDo
from rtgplayout.store import import_folder
from rtgplayout.store.import_folder import ImportFolder
from tests.store.threads import Held, at_once

NO_FILE = "there is no such file in the import folder"


class LineTests(SynchronousTestCase):
    """Threads are for others too."""

    def test_one_at_a_time(self) -> None:
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        (folder / "x.csv").write_text("x")
        held = Held()
        imports = ImportFolder(folder, held)
        texts, names = [imports.read("x.csv") for _ in range(3)], imports.names()
        for done in range(1, 5):
            self.assertEqual(held.begun, done)
            held.work()
        self.assertEqual([self.successResultOf(each) for each in texts], ["x"] * 3)
        self.assertEqual(self.successResultOf(names), ("x.csv",))


class FolderCase(SynchronousTestCase):
    """A folder with something beside it that is nobody's business."""

    def setUp(self) -> None:
        self.around = Path(self.mktemp()).absolute()
        self.path = self.around / "imports"
        self.path.mkdir(parents=True)
        (self.around / "secret.xml").write_text("secret")
        self.folder = ImportFolder(self.path, at_once)

    def put(self, name: str, content: str | bytes = "text") -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def read(self, name: str) -> str:
        return self.successResultOf(self.folder.read(name))

    def refused(self, name: str) -> str:
        error: Any = self.failureResultOf(self.folder.read(name), CannotDo).value
        self.assertEqual(error.path, "file")
        return str(error.reason)


class ReadTests(FolderCase):
    """Files of the folder, whole."""

    def test_text(self) -> None:
        self.put("liste d'été.xml", "é€😀\r\n")
        self.put("week/monday.csv", "b")
        self.assertEqual(self.read("liste d'été.xml"), "é€😀\r\n")
        self.assertEqual(self.read("week/monday.csv"), "b")

    def test_encodings(self) -> None:
        """UTF-8 and UTF-16, with their marks or, for UTF-8, without."""
        text = "é€😀" * 30_000
        for n, encoding in enumerate(("utf-8", "utf-8-sig", "utf-16")):
            self.put(f"{n}.csv", text.encode(encoding))
            self.assertEqual(self.read(f"{n}.csv"), text)
        self.put("be.csv", b"\xfe\xff" + text.encode("utf-16-be"))
        self.assertEqual(self.read("be.csv"), text)
        self.put("empty.csv", b"")
        self.assertEqual(self.read("empty.csv"), "")

    def test_no_text(self) -> None:
        """It is refused rather than guessed at, with about the line."""
        for content in ("a\nété".encode("latin-1"), b"a\n\xe2\x82", b"\xff\xfea"):
            self.put("x.csv", content)
            self.assertIn("neither UTF-8 nor UTF-16 (near line", self.refused("x.csv"))

    def test_too_large(self) -> None:
        self.patch(import_folder, "LARGEST", 1 << 20)
        self.put("x.csv", "x" * (1 << 20))
        self.assertEqual(len(self.read("x.csv")), 1 << 20)
        self.put("x.csv", "x" * (1 << 20) + "x")
        self.assertEqual(self.refused("x.csv"), "it is larger than 1 MB")

    def test_in_a_thread(self) -> None:
        """No disk is waited for."""
        held = Held()
        self.put("x.csv")
        reading = ImportFolder(self.path, held).read("x.csv")
        self.assertNoResult(reading)
        held.work()
        self.assertEqual(self.successResultOf(reading), "text")

    def test_a_disk_that_fails(self) -> None:
        """What the system says is told, without any path."""
        self.put("x.csv")

        def fail(*_: object) -> bytes:
            raise OSError(5, "Input/output error", "/srv/x.csv")

        self.patch(os, "read", fail)
        self.assertEqual(self.refused("x.csv"), "it can't be read: Input/output error")

    def test_descriptors_are_given_back(self) -> None:
        """After success and after each refusal."""
        self.put("a/b/x.csv")
        self.put("large.csv", b"\xff")
        os.mkfifo(self.path / "pipe.csv")
        before = os.listdir("/proc/self/fd")
        self.read("a/b/x.csv")
        for name in ("large.csv", "pipe.csv", "a/b", "none.csv", "a/b/x.csv/y"):
            self.refused(name)
        self.assertEqual(len(os.listdir("/proc/self/fd")), len(before))


class OutsideTests(FolderCase):
    """Nothing else can be read, or guessed at: it is the same answer whether it is there or not."""

    def test_paths(self) -> None:
        self.put("sub/x.csv")
        for name in (
            "", ".", "..", "../secret.xml", "../none.xml", "sub/../../secret.xml",
            "sub/../sub/x.csv", "/etc/passwd", "/none", str(self.around / "secret.xml"),
            str(self.path / "sub/x.csv"), "C:\\secret.xml", "c:/secret.xml",
            "\\\\server\\share\\x", "sub\\x.csv", "..\\secret.xml", "~/x", "x\0y", "sub",
            "none.csv", "sub/x.csv/y", "\ud800", "x" * 5_000,
        ):  # fmt: skip
            self.assertEqual(self.refused(name), NO_FILE, name)

    def test_links(self) -> None:
        """Those that stay inside are followed, no others."""
        self.put("sub/x.csv", "inside")
        (self.path / "in.csv").symlink_to("sub/x.csv")
        (self.path / "up").symlink_to(self.around)
        (self.path / "out.xml").symlink_to(self.around / "secret.xml")
        (self.path / "gone.xml").symlink_to(self.around / "none.xml")
        (self.path / "loop.xml").symlink_to("loop.xml")
        self.assertEqual(self.read("in.csv"), "inside")
        for name in ("out.xml", "gone.xml", "loop.xml", "up/secret.xml", "up/none.xml"):
            self.assertEqual(self.refused(name), NO_FILE, name)

    def test_links_put_there_meanwhile(self) -> None:
        """Between the look at a name and its opening nothing can be slipped in."""
        self.put("sub/x.csv", "inside")
        look = ImportFolder._inside

        def look_and_swap(folder: ImportFolder, name: str) -> object:
            found = look(folder, name)
            (self.path / "sub").rename(self.path / "was")
            (self.path / "sub").symlink_to(self.around)
            (self.around / "x.csv").write_text("secret")
            return found

        self.patch(ImportFolder, "_inside", look_and_swap)
        self.assertEqual(self.refused("sub/x.csv"), NO_FILE)

    def test_only_regular_files(self) -> None:
        """A pipe would keep the thread for ever."""
        os.mkfifo(self.path / "pipe.csv")
        (self.path / "null.csv").symlink_to("/dev/null")
        for name in ("pipe.csv", "null.csv"):
            self.assertEqual(self.refused(name), NO_FILE)

    def test_not_allowed(self) -> None:
        """A file inside that the daemon may not read says so."""
        self.put("x.csv")

        def fail(*_: object, **__: object) -> int:
            raise PermissionError(13, "Permission denied")

        self.patch(os, "open", fail)
        self.assertEqual(self.refused("x.csv"), "it can't be read: permission denied")

    def test_folder_that_is_a_link(self) -> None:
        """The folder itself may be wherever it likes."""
        self.put("x.csv")
        (self.around / "link").symlink_to(self.path)
        folder = ImportFolder(self.around / "link", at_once)
        self.assertEqual(self.successResultOf(folder.read("x.csv")), "text")
        self.assertEqual(self.successResultOf(folder.names()), ("x.csv",))

    def test_no_folder(self) -> None:
        self.folder = ImportFolder(self.around / "none", at_once)
        self.assertEqual(self.refused("x.csv"), NO_FILE)
        self.assertEqual(self.successResultOf(self.folder.names()), ())


class NamesTests(FolderCase):
    """What could be imported."""

    def names(self) -> tuple[str, ...]:
        return self.successResultOf(self.folder.names())

    def test_by_extension(self) -> None:
        """In order, sub-folders too; what is hidden, or nothing of ours, is not told."""
        for name in ("b.xml", "A.CSV", "c.m3u8", "d.m3u", "e.json", "sub/f.json", "x.mov", "json"):
            self.put(name)
        for hidden in (".x.xml", ".git/x.xml"):
            self.put(hidden)
        (self.path / "folder.xml").mkdir()
        self.assertEqual(
            self.names(), ("A.CSV", "b.xml", "c.m3u8", "d.m3u", "e.json", "sub/f.json")
        )
        for name in self.names():
            self.assertEqual(self.read(name), "text")

    def test_only_what_can_be_read(self) -> None:
        """No links to elsewhere, no pipes, no names that cannot be sent."""
        self.put("a.csv")
        os.mkfifo(self.path / "pipe.csv")
        (self.path / "out.xml").symlink_to(self.around / "secret.xml")
        (self.path / "in.xml").symlink_to("a.csv")
        self.put(os.fsdecode(b"caf\xe9.csv"))
        self.put("back\\slash.csv")
        self.assertEqual(self.names(), ("a.csv", "in.xml"))

    def test_many(self) -> None:
        """A folder with very much in it is not gone through for ever."""
        self.patch(import_folder, "MOST_NAMES", 3)
        for n in range(5):
            self.put(f"{n}.csv")
        self.assertEqual(self.names(), ("0.csv", "1.csv", "2.csv"))
        self.patch(import_folder, "_MOST_LOOKED_AT", 2)
        self.assertEqual(len(self.names()), 2)
