# -*- test-case-name: tests.store.test_asrun_lock -*-
"""
Who writes to the as-run's folder: never two at once.
"""

import os
from contextlib import suppress
from pathlib import Path

from .locks import hold

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
    try:
        lock = hold(folder / name)
    except BlockingIOError:
        what = "writes" if name == WRITING else "keeps"
        who = _holder(folder / name)
        raise LockTaken(f"another process (pid {who}) {what} the as-run in {folder}") from None
    with suppress(OSError):  # a full disk, or not our file: it is held all the same
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _holder(path: Path) -> str:
    """The number of the process that noted itself there."""
    try:
        with path.open("rb") as file:
            return file.read(20).decode("ascii", "replace").strip() or "unknown"
    except OSError:  # it is the folder that is held
        return "unknown"


def release(lock: int) -> None:
    """Give it back."""
    os.close(lock)
