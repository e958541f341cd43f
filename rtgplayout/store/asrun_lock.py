# -*- test-case-name: tests.store.test_asrun_lock -*-
"""
Who writes to the as-run's folder: never two at once.
"""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["KEEPING", "WRITING", "LockTaken", "acquire", "release"]

WRITING = "as-run.lock"
"""Held by the daemon as long as it runs: it alone appends."""

KEEPING = "as-run.keeping.lock"
"""Held by who compresses and deletes, as long as that takes."""


class LockTaken(Exception):
    """Another process has it; the message is a sentence for people."""


def acquire(folder: Path, name: str = WRITING) -> int:
    """
    Take a lock, until it is released or the process ends.

    @param folder: made when it is not there.
    @return: for L{release}.
    @raise LockTaken: another has it.
    @raise OSError: there can be no such file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = _open(folder / name)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(OSError):  # a full disk, or not our file: it is held all the same
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        who = _holder(lock)
        os.close(lock)
        what = "writes" if name == WRITING else "keeps"
        raise LockTaken(f"another process (pid {who}) {what} the as-run in {folder}") from None
    except OSError:
        os.close(lock)
        raise
    return lock


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        # Somebody else made it, as root with a backup by hand, or the disk became read-only: it can
        # be held without writing.
        if not isinstance(error, PermissionError) and error.errno != errno.EROFS:
            raise
    return os.open(path if path.exists() else path.parent, os.O_RDONLY | os.O_CLOEXEC)


def _holder(lock: int) -> str:
    """The number of the process that noted itself there."""
    try:
        return os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
    except OSError:  # it is the folder that is held
        return "unknown"


def release(lock: int) -> None:
    """Give it back."""
    os.close(lock)
