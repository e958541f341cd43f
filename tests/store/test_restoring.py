# -*- test-case-name: tests.store.test_restoring -*-
"""A backup in the place of what is there."""

import ctypes
import gzip
import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store import restoring
from rtgplayout.store.restoring import UNFINISHED, exchange, give, merge_as_run, replace_file


class ExchangeTests(SynchronousTestCase):
    """Two folders."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.live, self.new, self.aside = (self.folder / each for each in ("live", "new", "old"))
        self.new.mkdir(parents=True)
        (self.new / "what").write_text("new")
        (self.new / UNFINISHED).touch()

    def keep(self) -> None:
        self.live.mkdir()
        (self.live / "what").write_text("old")

    def assert_done(self) -> None:
        self.assertEqual((self.live / "what").read_text(), "new")
        self.assertFalse((self.live / UNFINISHED).exists())
        self.assertFalse(self.new.exists())

    def test_nothing_there(self) -> None:
        exchange(self.new, self.live, self.aside)
        self.assert_done()
        self.assertFalse(self.aside.exists())

    def test_set_aside(self) -> None:
        self.keep()
        exchange(self.new, self.live, self.aside)
        self.assert_done()
        self.assertEqual((self.aside / "what").read_text(), "old")

    def test_where_that_cannot_be_done_at_once(self) -> None:
        self.keep()
        self.patch(restoring, "_swap", lambda one, other: False)
        exchange(self.new, self.live, self.aside)
        self.assert_done()
        self.assertEqual((self.aside / "what").read_text(), "old")

    def test_an_end_in_the_middle(self) -> None:
        """The new one is in use, and what was there is known by having no mark."""
        self.keep()
        (self.live / UNFINISHED).touch()  # left by an earlier end
        self.patch(restoring, "sync_folder", lambda path: None)
        before = Path.rename

        def end(path: Path, target: Path) -> None:
            raise KeyboardInterrupt

        self.patch(Path, "rename", end)
        self.assertRaises(KeyboardInterrupt, exchange, self.new, self.live, self.aside)
        self.patch(Path, "rename", before)
        self.assertEqual((self.live / "what").read_text(), "new")
        self.assertEqual((self.new / "what").read_text(), "old")
        self.assertFalse((self.new / UNFINISHED).exists())

    def test_file_systems_that_cannot(self) -> None:
        """Whatever else goes wrong is told."""
        self.assertRaises(OSError, restoring._swap, self.folder / "none", self.live)
        number = 22

        class Libc:
            @staticmethod
            def renameat2(*arguments: object) -> int:
                ctypes.set_errno(number)
                return -1

        self.patch(ctypes, "CDLL", lambda name, use_errno: Libc)
        self.assertFalse(restoring._swap(self.new, self.live))
        number = 1
        self.assertRaises(PermissionError, restoring._swap, self.new, self.live)


class MergeTests(SynchronousTestCase):
    """A record is not replaced by less."""

    def setUp(self) -> None:
        self.staged, self.present = Path(self.mktemp()), Path(self.mktemp())
        self.staged.mkdir()
        self.present.mkdir()

    def put(self, folder: Path, **days: bytes) -> None:
        for day, content in days.items():
            name = f"as-run-2026-03-{day[1:]}.log"
            (folder / name).write_bytes(content)

    def merged(self) -> dict[str, bytes]:
        merge_as_run(self.staged, self.present)
        return {path.name: path.read_bytes() for path in self.staged.iterdir()}

    def test_nothing_there(self) -> None:
        self.put(self.staged, d01=b"a\n")
        self.assertEqual(merge_as_run(self.staged, self.present / "none"), 0)
        self.assertEqual(self.merged(), {"as-run-2026-03-01.log": b"a\n"})

    def test_what_goes_further_stays(self) -> None:
        """With the last line as it was remembered there."""
        self.put(self.staged, d01=b"a\n", d02=b"b\n")
        (self.staged / "as-run.head").write_bytes(b"2")
        self.put(self.present, d01=b"a\n", d02=b"b\nc\n", d03=b"d\n")
        (self.present / "as-run.head").write_bytes(b"4")
        (self.present / "as-run.lock").write_bytes(b"")
        (self.present / "report-2026-03-01.txt").write_bytes(b"r")
        (self.present / "as-run-2026-03-09.log").symlink_to("/etc/passwd")
        self.assertEqual(
            self.merged(),
            {
                "as-run-2026-03-01.log": b"a\n",
                "as-run-2026-03-02.log": b"b\nc\n",
                "as-run-2026-03-03.log": b"d\n",
                "as-run.head": b"4",
                "report-2026-03-01.txt": b"r",
            },
        )

    def test_what_is_damaged_gives_way(self) -> None:
        self.put(self.staged, d01=b"a\n", d02=b"b\n")
        (self.staged / "as-run.head").write_bytes(b"2")
        self.put(self.present, d01=b"A\n", d02=b"")
        (self.present / "as-run.head").write_bytes(b"9")
        self.assertEqual(
            self.merged(),
            {
                "as-run-2026-03-01.log": b"a\n",
                "as-run-2026-03-02.log": b"b\n",
                "as-run.head": b"2",
            },
        )

    def test_compressed_meanwhile(self) -> None:
        """The same file, compressed since, is the same file; one that is broken is not."""
        whole = gzip.compress(b"a\n")
        self.put(self.staged, d01=b"a\n", d02=b"b\n")
        (self.present / "as-run-2026-03-01.log.gz").write_bytes(whole)
        (self.present / "as-run-2026-03-02.log.gz").write_bytes(whole[:-9])
        self.assertEqual(
            self.merged(), {"as-run-2026-03-01.log.gz": whole, "as-run-2026-03-02.log": b"b\n"}
        )

    def test_deleted_in_time(self) -> None:
        """What the keeping deleted does not come back: the chain begins behind it."""
        self.put(self.staged, d01=b"a\n", d02=b"b\n")
        self.put(self.present, d02=b"b\nc\n")
        (self.present / "as-run.anchor").write_bytes(b"1")
        (self.present / "as-run.head").write_bytes(b"3")
        self.assertEqual(
            self.merged(),
            {
                "as-run-2026-03-02.log": b"b\nc\n",
                "as-run.anchor": b"1",
                "as-run.head": b"3",
            },
        )


class ReplaceTests(SynchronousTestCase):
    """A file of settings."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.aside = self.path.with_name(self.path.name + ".old")

    def test_new(self) -> None:
        """Nobody else reads it."""
        replace_file(self.path, b"new", self.aside)
        self.assertEqual(self.path.read_bytes(), b"new")
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)

    def test_mode_and_owner_stay(self) -> None:
        self.path.write_bytes(b"old")
        self.path.chmod(0o640)
        if os.getuid() == 0:
            os.chown(self.path, 4242, 4243)
        replace_file(self.path, b"new", self.aside)
        status = self.path.stat()
        self.assertEqual(status.st_mode & 0o777, 0o640)
        self.assertEqual(self.aside.read_bytes(), b"old")
        if os.getuid() == 0:
            self.assertEqual((status.st_uid, status.st_gid), (4242, 4243))

    def test_refused(self) -> None:
        """It stays what it was."""
        self.path.write_bytes(b"old")
        self.aside.write_bytes(b"older")
        self.assertRaises(OSError, replace_file, self.path, b"new", self.aside)
        self.assertEqual(self.path.read_bytes(), b"old")
        self.assertEqual(list(self.path.parent.glob(".*.tmp")), [])


class GiveTests(SynchronousTestCase):
    """To the daemon's user."""

    def test_all_of_it(self) -> None:
        folder = Path(self.mktemp())
        (folder / "in").mkdir(parents=True)
        (folder / "in" / "file").touch()
        given: list[str] = []
        self.patch(os, "chown", lambda path, *_, follow_symlinks: given.append(Path(path).name))
        self.patch(os, "geteuid", lambda: 1000)
        give(folder, (1, 2))
        self.assertEqual(given, [])
        self.patch(os, "geteuid", lambda: 0)
        give(folder, (1, 2))
        self.assertEqual(set(given), {folder.name, "in", "file"})
