# -*- test-case-name: tests.media.test_hostile -*-
"""
What keeps a process that reads files of unknown origin from harm: how it opens them, and what it
may do at all.
"""

import ctypes
import errno
import io
import os
import resource
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Fault", "Source", "confine", "faults_told", "words"]

_UNKNOWN_SIZE = 0xFFFF_F000  # bytes, and more: who wrote it did not know
_MXF = bytes.fromhex("060e2b34020501010d0102010102")
"""How an MXF file begins: the key of its first partition."""
_PASSING = {
    errno.EIO,
    errno.ESTALE,
    errno.ENODEV,
    errno.ENXIO,
    errno.ENOTCONN,
    errno.ETIMEDOUT,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.EMFILE,
    errno.ENFILE,
}
"""What comes of a disk or a network, not of the file."""
_MEMORY = 2**31  # bytes, of the process
_LARGEST_WRITTEN = 2**24  # bytes, of a file
_NICE = 10
_PR_SET_PDEATHSIG = 1


class Fault(Exception):
    """
    What is wrong with a file, as the end of a sentence for operators.

    @ivar settled: it stays so until the file changes.
    """

    def __init__(self, reason: str, settled: bool = True) -> None:
        super().__init__(reason)
        self.settled = settled


class Source(io.FileIO):
    """
    An open file, as FFmpeg reads it.

    @ivar left: bytes that may still be read before it seems to end; L{None} for all.
    """

    left: int | None = None

    def __init__(self, path: str) -> None:
        """@raise Fault: it is no file, is empty, or cannot be read."""
        with faults_told():
            _check(os.stat(path))  # a device may act on being opened
            super().__init__(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
            _check(os.fstat(self.fileno()))
        # All that FFmpeg learns of the name; it tells some formats by that.
        self.name = f"media{os.path.splitext(path)[1].lower()}"

    def read(self, size: int | None = -1, /) -> bytes:
        """Some of it."""
        if self.left is not None:
            self.left -= size or 0
            if self.left < 0:
                return b""
        return super().read(size) or b""

    def cut(self) -> bool:
        """
        A WAV or AVI file says how long it is, an MXF file where its last part begins; FFmpeg takes
        what there is instead.
        """
        head, size = os.pread(self.fileno(), 64, 0), os.fstat(self.fileno()).st_size
        if head.startswith(_MXF) and len(head) == 64:
            begin = 17 + (head[16] & 0x7F if head[16] & 0x80 else 0)
            return size <= int.from_bytes(head[begin + 24 : begin + 32])  # 0 while it is written
        said = int.from_bytes(head[4:8], "little")
        return head[:4] == b"RIFF" and size < said + 8 < _UNKNOWN_SIZE

    def exhausted(self) -> bool:
        """More was wanted than was allowed."""
        return self.left is not None and self.left < 0


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Fault("it is no file")
    if not status.st_size:
        raise Fault("it is empty")


@contextmanager
def faults_told() -> Iterator[None]:
    """
    Whatever goes wrong within, it is the file's: hostile ones find ways that nobody thought of.

    @raise Fault: it went wrong.
    """
    try:
        yield
    except Fault:
        raise
    except Exception as error:
        passes = isinstance(error, OSError) and error.errno in _PASSING
        raise Fault(f"it cannot be read: {words(error)}", settled=not passes) from error


def words(error: Exception) -> str:
    """What went wrong, without what it went wrong with."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def confine(parent: int) -> None:
    """
    Let this process harm nobody: little memory, no large files, no core, after everybody else,
    and gone when its parent is.

    @param parent: the process that started it.
    @raise SystemExit: the parent is gone.
    """
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _LARGEST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from the terminal; the parent will see to it
    os.nice(_NICE)
    os.chdir("/")
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
