# -*- test-case-name: tests.store.test_locks -*-
"""What one process holds for itself."""

import errno
import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.locks import hold, lock_folder


class LockFolderTests(SynchronousTestCase):
    """One daemon a folder."""

    def test_held_once(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        lock_folder(folder)
        # Another opening of the file is as good as another process.
        self.assertRaises(BlockingIOError, lock_folder, folder)

    def test_no_folder(self) -> None:
        self.assertRaises(FileNotFoundError, lock_folder, Path(self.mktemp()))

    def test_read_only(self) -> None:
        """On a disk that became read-only the folder is held all the same, once."""
        folder = Path(self.mktemp())
        folder.mkdir()
        opened = os.open

        def refuse(path: str, flags: int, *more: int) -> int:
            if flags & os.O_RDWR:
                raise OSError(errno.EROFS, "Read-only file system")
            return opened(path, flags, *more)

        self.patch(os, "open", refuse)
        for there in (folder, folder / ".lock"):
            held = lock_folder(folder)
            self.assertTrue(os.path.sameopenfile(held, opened(there, os.O_RDONLY)))
            self.assertRaises(BlockingIOError, lock_folder, folder)
            os.close(held)
            (folder / ".lock").touch()

    def test_made_by_somebody_else(self) -> None:
        """A file that is not ours is held without writing; where none can be made, none is held."""
        folder = Path(self.mktemp())
        folder.mkdir()
        opened = os.open

        def refuse(path: str, flags: int, *more: int) -> int:
            if flags & os.O_RDWR:
                raise PermissionError(errno.EACCES, "Permission denied")
            return opened(path, flags, *more)

        self.patch(os, "open", refuse)
        self.assertRaises(FileNotFoundError, hold, folder / "lock")
        (folder / "lock").touch()
        held = hold(folder / "lock")
        self.assertRaises(BlockingIOError, hold, folder / "lock")
        os.close(held)
