# -*- test-case-name: tests.store.test_archiving -*-
"""Backups on disk."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.archive import Manifest, Unusable
from rtgplayout.store.archiving import Source, examine, sources, unpack, write


def manifest(files: dict[str, object]) -> Manifest:
    return Manifest("now", "Kanal 5", "UTC", "1.0", "/d", "/a", files)  # type: ignore[arg-type]


class Rig(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.data = self.folder / "data"
        self.as_run = self.data / "as-run"
        self.as_run.mkdir(parents=True)
        self.archive = self.folder / "a.tar.gz"
        self.put("data/playlist.json", b"[1]")
        self.put("data/library.sqlite3", b"cache")
        self.put("data/thumbnails/x.jpg", b"picture")
        self.put("data/imports/a.json", b"{}")
        self.put("data/as-run/as-run-2026-03-01.log", b"one\ntwo\n")
        self.put("data/as-run/as-run.head", b"2 abc")
        self.put(".env", b"PASSWORD=hush")

    def put(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def sources(self, *without: Path) -> list[Source]:
        settings = [self.folder / ".env", self.folder / "missing.toml"]
        return list(sources(self.data, self.as_run, settings, without))

    def write(self) -> Manifest:
        return write(self.archive, self.sources(), manifest)


class SourcesTests(Rig):
    """What goes in."""

    def test_all_but_what_can_be_made_again(self) -> None:
        """The as-run's last line is remembered before its lines are read."""
        self.assertEqual(
            [each.name for each in self.sources()],
            [
                "as-run/as-run.head",
                "as-run/as-run-2026-03-01.log",
                "data/playlist.json",
                "data/imports/a.json",
                "settings/.env",
            ],
        )

    def test_no_links_no_devices(self) -> None:
        (self.data / "link.json").symlink_to("/etc/passwd")
        (self.data / "folder").symlink_to("/etc")
        os.mkfifo(self.data / "pipe")
        self.assertEqual(len(self.sources()), 5)

    def test_folders_that_stand_in_it(self) -> None:
        self.put("data/backups/old.tar.gz", b"x")
        names = [each.name for each in self.sources(self.data / "backups")]
        self.assertEqual(len(names), 5)


class WriteTests(Rig):
    """An archive, written."""

    def test_written_and_read(self) -> None:
        made = self.write()
        self.assertEqual(examine(self.archive), made)
        self.assertEqual(len(made.files), 5)
        self.assertEqual(self.archive.stat().st_mode & 0o777, 0o600)
        self.assertEqual([path.name for path in self.folder.glob(".*.tmp")], [])

    def test_whole_lines_only(self) -> None:
        """What the daemon is about to write is not taken, be it a line or a file without any."""
        log = self.put("data/as-run/as-run-2026-03-01.log", b"one\ntwo\nthr")
        self.put("data/as-run/as-run-2026-03-02.log", b"x" * 3_000_000)
        found = self.write().of("as-run")
        self.assertEqual(found["as-run-2026-03-01.log"].size, 8)
        self.assertEqual(found["as-run-2026-03-02.log"].size, 0)
        log.write_bytes(b"y\n" + b"x" * 3_000_000)
        self.archive.unlink()
        self.assertEqual(self.write().of("as-run")["as-run-2026-03-01.log"].size, 2)

    def test_gone_meanwhile(self) -> None:
        found = self.sources()
        (self.data / "playlist.json").unlink()
        self.assertNotIn("data/playlist.json", write(self.archive, found, manifest).files)

    def test_something_else_meanwhile(self) -> None:
        """A file that became a pipe or a link is not waited for, and not followed."""
        found = self.sources()
        (self.data / "playlist.json").unlink()
        os.mkfifo(self.data / "playlist.json")
        self.assertNotIn("data/playlist.json", write(self.archive, found, manifest).files)
        (self.data / "playlist.json").unlink()
        (self.data / "playlist.json").symlink_to("/etc/passwd")
        self.assertRaises(OSError, write, self.archive, found, manifest)

    def test_shorter_meanwhile(self) -> None:
        """Then there is no archive, nor half of one."""

        def cut(files: dict[str, object]) -> Manifest:
            raise OSError("disk full")

        self.assertRaises(OSError, write, self.archive, self.sources(), cut)
        self.assertEqual(list(self.folder.glob("*.tar.gz*")) + list(self.folder.glob(".a*")), [])

    def test_what_cannot_be_read_again(self) -> None:
        """An archive that does not say what was written is none."""
        wrong = Source("data/../x", self.data / "playlist.json")
        self.assertRaises(Unusable, write, self.archive, [wrong], manifest)
        self.assertFalse(self.archive.exists())


class ExamineTests(Rig):
    """Archives that are not what they should be."""

    def refused(self, words: str) -> None:
        self.assertIn(words, str(self.assertRaises(Unusable, examine, self.archive)))

    def remake(self, change: Callable[[tarfile.TarFile, tarfile.TarInfo, bytes], None]) -> None:
        """Write the archive again, member by member."""
        self.write()
        whole = self.archive.read_bytes()
        with (
            tarfile.open(fileobj=io.BytesIO(whole)) as old,
            tarfile.open(self.archive, "w:gz") as new,
        ):
            for info in old:
                file = old.extractfile(info)
                change(new, info, b"" if file is None else file.read())

    def test_no_archive(self) -> None:
        self.refused("cannot be read: No such file")
        for content in (b"", b"hello", gzip.compress(b"hello"), gzip.compress(b"\0" * 10_240)):
            self.archive.write_bytes(content)
            self.assertRaises(Unusable, examine, self.archive)

    def test_cut_off(self) -> None:
        """Wherever it ends before its end."""
        self.write()
        whole = self.archive.read_bytes()
        for length in range(0, len(whole) - 60, 37):
            self.archive.write_bytes(whole[:length])
            self.assertRaises(Unusable, examine, self.archive)

    def test_damaged_bytes(self) -> None:
        self.write()
        whole = gzip.decompress(self.archive.read_bytes())
        place = whole.index(b"two")
        self.archive.write_bytes(gzip.compress(whole[:place] + b"tow" + whole[place + 3 :]))
        self.refused("as-run/as-run-2026-03-01.log is not what the manifest says")

    def test_member_added_or_missing(self) -> None:
        def without(new: tarfile.TarFile, info: tarfile.TarInfo, content: bytes) -> None:
            if info.name != "data/playlist.json":
                new.addfile(info, io.BytesIO(content))

        self.remake(without)
        self.refused("data/playlist.json is not what")

        def twice(new: tarfile.TarFile, info: tarfile.TarInfo, content: bytes) -> None:
            for _ in range(1 + (info.name == "data/playlist.json")):
                new.addfile(info, io.BytesIO(content))

        self.archive.unlink()
        self.remake(twice)
        self.refused("in it twice")

    def test_behind_the_manifest(self) -> None:
        def more(new: tarfile.TarFile, info: tarfile.TarInfo, content: bytes) -> None:
            new.addfile(info, io.BytesIO(content))
            if info.name == "manifest.json":
                new.addfile(tarfile.TarInfo("data/more"), io.BytesIO())

        self.remake(more)
        self.refused("behind its manifest")

    def test_members_that_are_no_plain_files(self) -> None:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE):

            def other(
                new: tarfile.TarFile, info: tarfile.TarInfo, content: bytes, kind: bytes = kind
            ) -> None:
                if info.name == "data/playlist.json":
                    info.type, info.size, info.linkname = kind, 0, "/etc/passwd"
                    content = b""
                new.addfile(info, io.BytesIO(content))

            self.archive.unlink(missing_ok=True)
            self.remake(other)
            self.refused("is no plain file")

    def test_members_that_lead_out(self) -> None:
        for name in ("/etc/passwd", "data/../../x", "x"):

            def other(
                new: tarfile.TarFile, info: tarfile.TarInfo, content: bytes, name: str = name
            ) -> None:
                if info.name == "data/playlist.json":
                    info.name = name
                new.addfile(info, io.BytesIO(content))

            self.archive.unlink(missing_ok=True)
            self.remake(other)
            self.refused("leads out")

    def test_huge_manifest(self) -> None:
        with tarfile.open(self.archive, "w:gz") as archive:
            info = tarfile.TarInfo("manifest.json")
            info.size = 65 << 20
            archive.addfile(info, io.BytesIO(bytes(info.size)))
        self.refused("too large")


class UnpackTests(Rig):
    """Out of an archive again."""

    def test_there_and_back(self) -> None:
        made = self.write()
        there = self.folder / "there"
        unpack(self.archive, "data", there, made)
        found = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
        self.assertEqual(found, {"playlist.json", "imports/a.json"})
        self.assertEqual((there / "playlist.json").read_bytes(), b"[1]")

    def test_another_archive_than_was_examined(self) -> None:
        made = self.write()
        self.put("data/playlist.json", b"[2]")
        self.archive.unlink()
        self.write()
        error = self.assertRaises(Unusable, unpack, self.archive, "data", self.folder / "x", made)
        self.assertIn("not what", str(error))
        (self.data / "playlist.json").unlink()
        self.archive.unlink()
        self.write()
        error = self.assertRaises(Unusable, unpack, self.archive, "data", self.folder / "y", made)
        self.assertIn("missing", str(error))

    def test_nothing_is_written_over(self) -> None:
        made = self.write()
        there = self.folder / "there"
        there.mkdir()
        (there / "playlist.json").symlink_to(self.folder / "elsewhere")
        self.assertRaises(FileExistsError, unpack, self.archive, "data", there, made)
        self.assertFalse((self.folder / "elsewhere").exists())
