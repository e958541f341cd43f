# -*- test-case-name: tests.media.test_walk -*-
"""Tests for L{rtgplayout.media.walk}: in real folders."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attrs import define
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media import walk
from rtgplayout.media.shelving import Found, Gone, Sighting, Unreadable, Unusable
from rtgplayout.media.walk import Walker, as_text


class AsTextTests(SynchronousTestCase):
    def test_what_is_utf8_stays(self) -> None:
        for path in ("a/b.mp4", "é/😀.mp4", 'x"y\n.mp4'):
            self.assertEqual(as_text(path), path)

    def test_other_bytes_are_written_out(self) -> None:
        self.assertEqual(as_text(os.fsdecode(b"\xc3\xa9/\xe9.mp4")), "é/\\xe9.mp4")


@define
class Stat:
    """Of a file that belongs to somebody else, or of a folder on another disk."""

    real: os.stat_result
    changes: dict[str, int]

    def __getattr__(self, name: str) -> int:
        real: int = getattr(self.real, name)
        return self.changes.get(name, real)


class WalkerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Path(self.mktemp()).absolute()
        self.root.mkdir()
        self.entered: list[str] = []
        self.walker = Walker(str(self.root), lambda path, device: self.entered.append(path))

    def put(self, path: str, content: bytes = b"x") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def see(self, *paths: str) -> list[Sighting]:
        pieces = self.walker.walk(paths or ("",))
        return sorted((each for piece in pieces for each in piece), key=str)

    def found(self, *paths: str) -> list[str]:
        return sorted(each.file for each in self.see(*paths) if isinstance(each, Found))

    @contextmanager
    def failing(self, function: str, path: str, error: int) -> Iterator[None]:
        """The superuser, who may run tests, can read everything."""
        real: Any = getattr(os, function)
        there = os.path.join(self.root, path)

        def fake(name: Any, *args: Any) -> Any:
            if os.fspath(name).rstrip("/") == there.rstrip("/"):
                raise OSError(error, os.strerror(error))
            return real(name, *args)

        with patch.object(os, function, fake):
            yield

    def test_files_with_size_and_time(self) -> None:
        file = self.put("a/b/c.mp4", b"12345")
        os.utime(file, ns=(0, 1_234_567_890_123_456_789))
        self.assertEqual(self.see(), [Found("a/b/c.mp4", 5, 1_234_567_890_123_456_789)])

    def test_more_ways_than_there_is_time_for(self) -> None:
        """Folders that all have links to each other: no loop, and no end."""
        for name in "abcdefghijkl":
            self.put(f"{name}/x.mp4")
            for other in "abcdefghijkl":
                if other != name:
                    os.symlink(f"../{other}", self.root / name / other)
        with patch.object(walk, "MOST_FOLDERS", 30):
            seen = self.see()
            self.assertEqual(len(self.entered), 30)
            self.assertTrue({each for each in seen if isinstance(each, Unreadable)})
            self.assertEqual(self.found("a"), self.found("a"))

    def test_media_only_whatever_the_case(self) -> None:
        for name in ("a.MP4", "b.MoV", "c.png", "d.wav", "e.txt", "mp4", "f.mp4.part", "g"):
            self.put(name)
        self.assertEqual(self.found(), ["a.MP4", "b.MoV", "c.png", "d.wav"])

    def test_hidden_names_are_not_seen(self) -> None:
        for name in (".a.mp4", ".trash/b.mp4", "x/.c.mp4", "x/d.mp4"):
            self.put(name)
        self.assertEqual(self.found(), ["x/d.mp4"])
        self.assertEqual(self.see(".a.mp4", ".trash/b.mp4", "x/.c.mp4"), [])

    def test_strange_names(self) -> None:
        names = ["q\"'.mp4", "n\nl.mp4", "😀 é.mp4", "tab\t.mp4", "back\\slash.mp4", " .mp4"]
        for name in names:
            self.put(name)
        self.assertEqual(self.found(), sorted(names))

    def test_names_that_are_no_utf8(self) -> None:
        os.mkdir(os.fsencode(self.root) + b"/d\xff")
        with open(os.fsencode(self.root) + b"/d\xff/\xe9.mp4", "wb"):
            pass
        self.assertEqual(self.found(), ["d\\xff/\\xe9.mp4"])
        self.assertEqual(self.found(os.fsdecode(b"d\xff")), ["d\\xff/\\xe9.mp4"])
        self.assertIn(os.fsdecode(b"d\xff"), self.entered)

    def test_links_are_followed(self) -> None:
        outside = Path(self.mktemp()).absolute()
        outside.mkdir()
        (outside / "o.mp4").write_bytes(b"123")
        self.put("a.mp4")
        (self.root / "far").symlink_to(outside)
        (self.root / "l.mp4").symlink_to(outside / "o.mp4")
        self.assertEqual(self.found(), ["a.mp4", "far/o.mp4", "l.mp4"])

    def test_loops_are_cut_and_nothing_else(self) -> None:
        """A folder that is there by two ways is seen twice."""
        self.put("a/b/c.mp4")
        (self.root / "a/b/up").symlink_to(self.root)
        (self.root / "a/b/self").symlink_to(".")
        (self.root / "again").symlink_to("a/b")
        self.assertEqual(self.found(), ["a/b/c.mp4", "again/c.mp4"])
        self.assertEqual(self.found("a/b/up", "a/b/self"), [])

    def test_links_that_lead_nowhere(self) -> None:
        self.put("a.mp4")
        (self.root / "l.mp4").symlink_to("nowhere")
        (self.root / "o.mp4").symlink_to("o.mp4")
        (self.root / "folder").symlink_to("nowhere")
        (self.root / "round").symlink_to("round")
        bad = [each for each in self.see() if isinstance(each, Unusable)]
        self.assertEqual([each.file for each in bad], ["l.mp4", "o.mp4"])
        self.assertEqual(bad[0].reason, "its symbolic link leads nowhere")
        self.assertEqual([type(each) for each in self.see("l.mp4")], [Unusable])

    def test_pipes_and_sockets_are_no_files(self) -> None:
        self.put("a.mp4")
        os.mkfifo(self.root / "p.mp4")
        os.mknod(self.root / "s.mp4", stat.S_IFSOCK | 0o600)
        (self.root / "null.mp4").symlink_to("/dev/null")
        self.assertEqual(self.found(), ["a.mp4"])
        self.assertEqual(self.see("p.mp4", "s.mp4", "null.mp4"), [])

    def test_a_folder_may_be_called_like_a_file(self) -> None:
        self.put("Show.ts/a.mp4")
        self.assertEqual(self.found(), ["Show.ts/a.mp4"])

    def test_depth_is_limited(self) -> None:
        self.put("/".join("d" * 63) + "/a.mp4")
        self.put("/".join("e" * 64) + "/a.mp4")
        self.assertEqual(self.found(), ["/".join("d" * 63) + "/a.mp4"])

    def test_an_unreadable_folder_is_told_and_the_rest_is_seen(self) -> None:
        self.put("a.mp4")
        self.put("x/b.mp4")
        for function, error in (("scandir", errno.EACCES), ("stat", errno.EIO)):
            with self.failing(function, "x", error):
                seen = self.see()
            self.assertEqual(len(seen), 2)
            self.assertEqual(seen[1], Unreadable("x", os.strerror(error)))
        with self.failing("stat", "x", errno.EIO):
            self.assertEqual(self.see("x/b.mp4"), [Unreadable("x/b.mp4", os.strerror(errno.EIO))])

    def test_a_folder_that_goes_in_that_moment_is_no_fault(self) -> None:
        self.put("a.mp4")
        self.put("x/b.mp4")
        for function in ("scandir", "stat"):
            with self.failing(function, "x", errno.ENOENT):
                self.assertEqual(self.found(), ["a.mp4"])

    def test_the_root_cannot_be_read(self) -> None:
        self.put("a.mp4")
        with self.failing("scandir", "", errno.EACCES):
            self.assertEqual(self.see(), [Unreadable("", "it cannot be read: Permission denied")])
        walker = Walker(str(self.root / "no"))
        self.assertIsInstance(next(walker.walk())[0], Unreadable)

    def test_an_empty_root_is_taken_for_a_share_that_is_not_mounted(self) -> None:
        self.put(".hidden")
        self.assertEqual(self.see("a.mp4"), [Unreadable("", "it is empty")])

    def test_an_empty_folder_that_was_another_disk_is_taken_for_its_place(self) -> None:
        real: Any = os.stat
        file = self.put("nas/a.mp4")
        self.put("b.mp4")

        def elsewhere(path: Any, *args: Any) -> Any:
            status = real(path, *args)
            changes = {"st_dev": status.st_dev + 1} if str(path).endswith("nas") else {}
            return Stat(status, changes)

        with patch.object(os, "stat", elsewhere):
            self.assertEqual(self.found(), ["b.mp4", "nas/a.mp4"])
        file.unlink()
        self.assertIn(Unreadable("nas", "nothing is mounted there any more"), self.see())
        self.put("nas/c.mp4")
        self.assertEqual(self.found(), ["b.mp4", "nas/c.mp4"])
        (self.root / "nas/c.mp4").unlink()
        self.assertEqual([type(each) for each in self.see()], [Found])

    def test_a_file_that_may_not_be_read(self) -> None:
        self.put("a.mp4").chmod(0o600)
        self.put("b.mp4").chmod(0o644)
        with patch.object(os, "access", lambda path, mode: False):
            seen = self.see()
        self.assertEqual([type(each) for each in seen], [Found, Unusable])

    def test_one_path(self) -> None:
        self.put("x/a.mp4")
        self.put("x/b.mp4")
        self.put("x/c.txt")
        self.assertEqual(self.found("x/a.mp4"), ["x/a.mp4"])
        self.assertEqual(self.found("x"), ["x/a.mp4", "x/b.mp4"])
        self.assertEqual(self.see("x/c.txt"), [])

    def test_what_is_not_there(self) -> None:
        self.put("x/a.mp4")
        for path in ("b.mp4", "x/b.mp4", "y/b.mp4", "x/a.mp4/b.mp4", "y"):
            self.assertEqual(self.see(path), [Gone(path)])

    def test_each_folder_is_entered_before_it_is_read(self) -> None:
        """So that what changes after it was read is told by who watches."""
        self.put("x/y/a.mp4")
        self.walker.entered = lambda path, device: self.put(os.path.join(path, "new.mp4"))
        self.assertEqual(self.found(), ["new.mp4", "x/new.mp4", "x/y/a.mp4", "x/y/new.mp4"])

    def test_in_pieces(self) -> None:
        """Names that are of no interest count, too."""
        for n in range(1200):
            self.put(f"{n}.mp4" if n % 2 else f"{n}.txt")
        pieces = list(self.walker.walk())
        self.assertGreater(len(pieces), 2)
        self.assertLessEqual(max(map(len, pieces)), 500)
        self.assertEqual(sum(map(len, pieces)), 600)
