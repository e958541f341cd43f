# -*- test-case-name: tests.ops.test_logfile -*-
"""
Where lines of the log go: a file that is closed when it is long, or a stream.

Both take the lines that they have written out of what they were given, so that after an error those
that are left are those that are not written.
"""

import os
import re
import select
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from attrs import define, field

__all__ = ["Destination", "LogFile", "Spare", "Stream"]

_AT_A_TIME = 64 * 1024
_PATIENCE = 1_000
"""Milliseconds for which a stream may take nothing before that is an error."""


class Destination(Protocol):
    """Where lines go."""

    def write(self, lines: deque[bytes]) -> None:
        """
        Write lines, each with its line feed, and take those that are written out of C{lines}.

        @raise OSError: the rest cannot be written.
        """


@define(eq=False)
class LogFile:
    """
    A file that becomes C{.1} when it is long, as C{.1} becomes C{.2}, and so on; the last goes.

    It is opened when there is something to write, with its folder made. When it was moved away or
    deleted meanwhile, which is looked at before each writing, it is begun anew: so whoever rotates
    logs need tell nobody.

    @ivar path: the file being written.
    @ivar longest: bytes.
    @ivar files: how many are kept, this one included.
    """

    path: Path
    longest: int
    files: int
    _open: int | None = field(init=False, default=None)

    def write(self, lines: deque[bytes]) -> None:
        """See L{Destination.write}."""
        try:
            while lines:
                written = self._size()
                if written and written + len(lines[0]) > self.longest:
                    self._rotate()
                    continue
                room = min(max(self.longest - written, 0), _AT_A_TIME)
                count, size = 1, len(lines[0])
                while count < len(lines) and size + len(lines[count]) <= room:
                    size += len(lines[count])
                    count += 1
                self._put(b"".join(lines[n] for n in range(count)), written)
                for _ in range(count):
                    lines.popleft()
        except OSError:
            self.close()  # with the next try everything is looked at anew
            raise

    def close(self) -> None:
        """Let the file go."""
        opened, self._open = self._open, None
        if opened is not None:
            os.close(opened)

    def _size(self) -> int:
        """How long the file is; it is open then."""
        if self._open is not None and not self._is_there(self._open):
            self.close()
        if self._open is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
            self._open = os.open(self.path, flags, 0o640)
        return os.fstat(self._open).st_size

    def _is_there(self, opened: int) -> bool:
        """Whether the open file is still the one of that name."""
        try:
            there = os.stat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return os.path.samestat(there, os.fstat(opened))

    def _put(self, content: bytes, written: int) -> None:
        assert self._open is not None
        try:
            _write_all(self._open, content)
        except OSError:
            # No half lines: they are all written again.
            try:
                os.ftruncate(self._open, written)
            except OSError:
                pass
            raise

    def _rotate(self) -> None:
        """Each step is one renaming: whenever it ends, no file is lost but the last."""
        self.close()
        numbers = self._numbers()
        free = next(n for n in range(1, self.files + 1) if n not in numbers or n >= self.files - 1)
        for n in range(free, 1, -1):
            os.replace(self._called(n - 1), self._called(n))
        if self.files == 1:
            self.path.unlink()
        else:
            os.replace(self.path, self._called(1))
        for n in numbers:
            if n >= self.files:  # of a time when more were kept
                self._called(n).unlink(missing_ok=True)

    def _called(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _numbers(self) -> set[int]:
        """Those that closed files have."""
        pattern = re.compile(re.escape(self.path.name) + r"\.([1-9][0-9]{0,5})")
        found = map(pattern.fullmatch, os.listdir(self.path.parent))
        return {int(match[1]) for match in found if match is not None}


@define(eq=False)
class Stream:
    """
    Standard output, or standard error.

    @ivar number: the file descriptor.
    """

    number: int
    _torn: bool = field(init=False, default=False)

    def write(self, lines: deque[bytes]) -> None:
        """See L{Destination.write}."""
        while lines:
            _write_all(self.number, b"\n" * self._torn + lines[0], self._tear)
            self._torn = False
            lines.popleft()

    def _tear(self) -> None:
        self._torn = True


@define(eq=False)
class Spare:
    """
    Where lines go that could not go where they should: as many as somebody can read, of the others
    how many there were.

    @ivar stream: of which nothing is known to fail; if it does, nobody is told.
    @ivar seconds: of a clock that does not jump.
    @ivar burst: lines at once; C{every} seconds there may be one more.
    """

    stream: Destination
    seconds: Callable[[], float]
    burst: int = 100
    every: float = 0.5
    _left: float = field(init=False, default=0.0)
    _at: float = field(init=False, default=float("-inf"))
    _passed_over: int = field(init=False, default=0)

    def write(self, lines: deque[bytes]) -> None:
        """Write some of them; all are taken."""
        now = self.seconds()
        self._left = min(self.burst, self._left + (now - self._at) / self.every)
        self._at = now
        told: deque[bytes] = deque()
        if lines and self._passed_over and self._left >= 1:
            told.append(b"(%d more lines)\n" % self._passed_over)
            self._passed_over = 0
        while lines and self._left >= 1:
            self._left -= 1
            told.append(lines.popleft())
        self._passed_over += len(lines)
        lines.clear()
        try:
            self.stream.write(told)
        except OSError:
            pass


def _write_all(number: int, content: bytes, begun: Callable[[], None] = lambda: None) -> None:
    """
    @param begun: called when a part is written, and not all.
    @raise OSError: something of it is not written.
    """
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(number, rest) :]
        except BlockingIOError:
            # Somebody else made it one that does not wait, as terminals are shared.
            waiting = select.poll()
            waiting.register(number, select.POLLOUT)
            if not waiting.poll(_PATIENCE):
                raise
        if len(rest) < len(content):
            begun()
