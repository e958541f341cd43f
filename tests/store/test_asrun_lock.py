# -*- test-case-name: tests.store.test_asrun_lock -*-
"""Never two writers."""

import errno
import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.asrun_lock import KEEPING, WRITING, LockTaken, acquire, release

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from rtgplayout.store.asrun_lock import acquire
acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


class LockTests(SynchronousTestCase):
    """The lock of a folder."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()) / "as-run"

    def test_second_is_refused(self) -> None:
        """In a sentence that says who has it; it can be had when that one is done."""
        lock = acquire(self.folder)
        error = self.assertRaises(LockTaken, acquire, self.folder)
        self.assertEqual(
            str(error),
            f"another process (pid {os.getpid()}) writes the as-run in {self.folder}",
        )
        release(lock)
        release(acquire(self.folder))

    def test_read_only(self) -> None:
        """On a disk that became read-only it is held all the same, once."""
        self.folder.mkdir(parents=True)
        opened = os.open

        def refuse(path: str, flags: int, *more: int) -> int:
            if flags & os.O_RDWR:
                raise OSError(errno.EROFS, "Read-only file system")
            return opened(path, flags, *more)

        self.patch(os, "open", refuse)
        for _ in range(2):
            lock = acquire(self.folder)
            error = self.assertRaises(LockTaken, acquire, self.folder)
            self.assertIn("another process (pid unknown) writes", str(error))
            release(lock)
            (self.folder / WRITING).touch()

    def test_two_kinds(self) -> None:
        """Who keeps the files does not hinder who writes."""
        locks = acquire(self.folder, WRITING), acquire(self.folder, KEEPING)
        error = self.assertRaises(LockTaken, acquire, self.folder, KEEPING)
        self.assertIn("keeps the as-run", str(error))
        for lock in locks:
            release(lock)

    def test_killed(self) -> None:
        """Of a process that is killed nothing is left that would hinder the next."""
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(self.folder.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        ) as other:
            assert other.stdout is not None
            self.assertEqual(other.stdout.readline(), b"held\n")
            self.assertRaises(LockTaken, acquire, self.folder)
            other.kill()
            other.wait()
        release(acquire(self.folder))

    def test_no_folder(self) -> None:
        """Where there can be no folder there is an error, and no open file."""
        self.folder.parent.mkdir()
        self.folder.touch()
        self.assertRaises(OSError, acquire, self.folder)

    def test_full_disk(self) -> None:
        """A daemon has to start there too: it is held, though nobody can be told by whom."""

        def refuse(*_: object) -> None:
            raise OSError("No space left on device")

        patch = self.patch(os, "pwrite", refuse)
        lock = acquire(self.folder)
        patch.restore()
        error = self.assertRaises(LockTaken, acquire, self.folder)
        self.assertIn("pid unknown", str(error))
        release(lock)

    def test_made_by_somebody_else(self) -> None:
        """As by root, with a backup by hand: it can be held all the same."""
        release(acquire(self.folder, KEEPING))
        opened = os.open

        def refuse(path: Path, flags: int, mode: int = 0o777) -> int:
            if flags & os.O_RDWR:
                raise PermissionError("not ours")
            return opened(path, flags, mode)

        self.patch(os, "open", refuse)
        lock = acquire(self.folder, KEEPING)
        self.assertRaises(LockTaken, acquire, self.folder, KEEPING)
        release(lock)
