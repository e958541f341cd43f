# -*- test-case-name: tests.store.test_locks -*-
"""
What one process holds for itself: a lock on a file, which is gone when the process is.
"""

import errno
import fcntl
import os
from pathlib import Path

__all__ = ["hold", "lock_folder"]


def hold(path: Path) -> int:
    """
    Hold a file for this process, until it ends or closes what it gets. The file is made when it is
    not there. One that somebody else made, as root with a backup by hand, is held without writing.
    A disk that became read-only in the night is to keep nobody off the air: where no file can be
    made for that reason, the folder is held.

    @return: the file descriptor that holds it.
    @raise BlockingIOError: another process has it.
    @raise OSError: it cannot be held.
    """
    lock = _open(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except PermissionError:
        there = path
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        there = path if path.exists() else path.parent
    return os.open(there, os.O_RDONLY | os.O_CLOEXEC)


def lock_folder(folder: Path) -> int:
    """
    Keep a data folder for this process; see L{hold}.

    @return: the file descriptor that holds it.
    @raise BlockingIOError: another process has it.
    @raise OSError: it cannot be held.
    """
    return hold(folder / ".lock")
