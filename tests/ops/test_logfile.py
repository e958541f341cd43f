"""Where lines of the log go."""

import errno
import os
import shutil
from collections import deque
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops import logfile
from rtgplayout.ops.logfile import LogFile, Spare, Stream


def lines(*words: str) -> deque[bytes]:
    return deque(f"{word}\n".encode() for word in words)


class LogFileTests(SynchronousTestCase):
    """A file that is closed when it is long."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.path = self.folder / "x.log"
        self.file = self.made()
        self.addCleanup(self.close)

    def close(self) -> None:
        self.file.close()

    def made(self, longest: int = 20, files: int = 3) -> LogFile:
        return LogFile(self.path, longest, files)

    def kept(self) -> dict[str, str]:
        return {each.name: each.read_text() for each in self.folder.iterdir()}

    def test_written(self) -> None:
        """The folder is made; what is written is taken out; a file that is there goes on."""
        given = lines("a", "b")
        self.file.write(given)
        self.assertFalse(given)
        self.assertEqual(self.kept(), {"x.log": "a\nb\n"})
        again = self.made()
        again.write(lines("c"))
        again.close()
        self.assertEqual(self.kept(), {"x.log": "a\nb\nc\n"})
        self.assertEqual(self.path.stat().st_mode & 0o777 & ~0o640, 0)

    def test_nothing(self) -> None:
        self.file.write(deque())
        self.assertFalse(self.folder.exists())

    def test_rotated(self) -> None:
        """No file gets longer than that, lines stay whole, and only so many files are kept."""
        self.file.write(lines(*(f"{n:04}" for n in range(4))))
        self.assertEqual(sorted(self.kept()), ["x.log"])
        self.file.write(lines(*(f"{n:04}" for n in range(4, 18))))
        kept = self.kept()
        self.assertEqual(
            kept,
            {
                "x.log.2": "0008\n0009\n0010\n0011\n",
                "x.log.1": "0012\n0013\n0014\n0015\n",
                "x.log": "0016\n0017\n",
            },
        )

    def test_a_long_line(self) -> None:
        """It has a file of its own."""
        self.file.write(lines("a", "b" * 50, "c"))
        self.assertEqual(
            self.kept(), {"x.log.2": "a\n", "x.log.1": "b" * 50 + "\n", "x.log": "c\n"}
        )

    def test_one_file(self) -> None:
        self.file = self.made(files=1)
        self.file.write(lines("a" * 18, "b"))
        self.assertEqual(self.kept(), {"x.log": "b\n"})

    def test_a_gap(self) -> None:
        """As after an end between two renamings: nothing is lost that need not be."""
        self.folder.mkdir()
        (self.folder / "x.log.1").write_text("one")
        (self.folder / "x.log.3").write_text("three")
        self.file = self.made(files=5)
        self.file.write(lines("a" * 18, "b"))
        self.assertEqual(
            self.kept(),
            {"x.log.3": "three", "x.log.2": "one", "x.log.1": "a" * 18 + "\n", "x.log": "b\n"},
        )

    def test_fewer_are_kept_than_before(self) -> None:
        """Those of the time before go; others' files stay."""
        self.folder.mkdir()
        for name in ("x.log.1", "x.log.2", "x.log.6", "x.log.old", "x.log.1.gz", "y.log.9"):
            (self.folder / name).write_text(name)
        self.file.write(lines("a" * 18, "b"))
        self.assertEqual(
            sorted(self.kept()),
            ["x.log", "x.log.1", "x.log.1.gz", "x.log.2", "x.log.old", "y.log.9"],
        )

    def test_the_folder_is_deleted(self) -> None:
        self.file.write(lines("a"))
        shutil.rmtree(self.folder)
        self.file.write(lines("b"))
        self.assertEqual(self.kept(), {"x.log": "b\n"})

    def test_a_file_instead_of_the_folder(self) -> None:
        self.file.write(lines("a"))
        shutil.rmtree(self.folder)
        self.folder.write_text("")
        given = lines("b")
        self.assertRaises(OSError, self.file.write, given)
        self.assertEqual(given, lines("b"))
        self.folder.unlink()
        self.file.write(given)
        self.assertEqual(self.kept(), {"x.log": "b\n"})

    def test_moved_away(self) -> None:
        """As logrotate does, without telling anybody."""
        self.file.write(lines("a"))
        self.path.rename(self.folder / "x.log-2026")
        self.file.write(lines("b"))
        self.assertEqual(self.kept(), {"x.log-2026": "a\n", "x.log": "b\n"})

    def test_emptied(self) -> None:
        """As logrotate's copytruncate does."""
        self.file.write(lines("a" * 18))
        os.truncate(self.path, 0)
        self.file.write(lines("b"))
        self.assertEqual(self.kept(), {"x.log": "b\n"})

    def test_a_full_disk(self) -> None:
        """What is written is written, what is not is left, and of no line there is half."""
        real = os.write

        def full(number: int, content: bytes) -> int:
            if len(content) > 3:
                return real(number, content[:3])
            raise OSError(errno.ENOSPC, "No space left on device")

        self.file.write(lines("a"))
        given = lines("bbbb", "c")
        patched = self.patch(os, "write", full)
        self.assertRaises(OSError, self.file.write, given)
        self.assertEqual(given, lines("bbbb", "c"))
        self.assertEqual(self.kept(), {"x.log": "a\n"})
        patched.restore()
        self.file.write(given)
        self.assertEqual(self.kept(), {"x.log": "a\nbbbb\nc\n"})

    def test_no_regular_file(self) -> None:
        """A pipe that nobody reads does not hold up anything; a device takes nothing back."""
        self.folder.mkdir()
        os.mkfifo(self.path)
        self.assertRaises(OSError, self.file.write, lines("a"))
        self.path.unlink()
        self.path.symlink_to("/dev/full")
        given = lines("a")
        self.assertRaises(OSError, self.file.write, given)
        self.assertEqual(given, lines("a"))


class StreamTests(SynchronousTestCase):
    """Standard output, as a pipe."""

    def setUp(self) -> None:
        self.reading, self.writing = os.pipe()
        self.addCleanup(os.close, self.reading)
        self.stream = Stream(self.writing)

    def test_written(self) -> None:
        self.addCleanup(os.close, self.writing)
        self.stream.write(lines("a", "b"))
        self.assertEqual(os.read(self.reading, 100), b"a\nb\n")

    def test_nobody_reads_any_more(self) -> None:
        os.close(self.writing)
        given = lines("a")
        self.assertRaises(OSError, self.stream.write, given)
        self.assertEqual(given, lines("a"))

    def test_a_part(self) -> None:
        """A line of which a part is written is written again, on a line of its own."""
        self.addCleanup(os.close, self.writing)
        real, left = os.write, [2]

        def torn(number: int, content: bytes) -> int:
            if not left[0]:
                raise OSError(errno.EIO, "no")
            left[0] -= 1
            return real(number, content[:1])

        patched = self.patch(os, "write", torn)
        given = lines("abc")
        self.assertRaises(OSError, self.stream.write, given)
        patched.restore()
        self.stream.write(given)
        self.assertEqual(os.read(self.reading, 100), b"ab\nabc\n")

    def test_one_that_does_not_wait(self) -> None:
        """It is waited for a moment; then that is an error like others."""
        self.addCleanup(os.close, self.writing)
        self.patch(logfile, "_PATIENCE", 1)
        os.set_blocking(self.writing, False)
        given = deque([b"x" * 1_000_000 + b"\n"])
        self.assertRaises(BlockingIOError, self.stream.write, given)
        self.assertEqual(len(given), 1)
        os.read(self.reading, 1 << 20)
        self.stream.write(lines("a"))
        self.assertEqual(os.read(self.reading, 1 << 20), b"\na\n")


class SpareTests(SynchronousTestCase):
    """Where lines go that cannot go where they should."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.wrote: list[bytes] = []
        self.failing = False
        self.spare = Spare(self, self.clock.seconds, burst=3, every=1.0)

    def write(self, given: deque[bytes]) -> None:
        if self.failing:
            raise OSError
        self.wrote += given
        given.clear()

    def test_few_at_a_time(self) -> None:
        given = lines("1", "2", "3", "4", "5")
        self.spare.write(given)
        self.assertFalse(given)
        self.assertEqual(self.wrote, list(lines("1", "2", "3")))
        self.spare.write(lines("6"))
        self.clock.advance(1)
        self.spare.write(lines("7", "8"))
        self.assertEqual(self.wrote[3:], list(lines("(3 more lines)", "7")))
        self.clock.advance(1000)
        self.spare.write(lines("9", "10", "11", "12"))
        self.assertEqual(self.wrote[5:], list(lines("(1 more lines)", "9", "10", "11")))

    def test_nobody_is_told_when_it_fails(self) -> None:
        self.failing = True
        given = lines("1")
        self.spare.write(given)
        self.assertFalse(given)
