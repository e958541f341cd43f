# -*- test-case-name: tests.ops.test_backlog -*-
"""
Lines of the log that are not written yet.
"""

from collections import deque

from attrs import define, field

__all__ = ["Backlog"]


@define(eq=False)
class Backlog:
    """
    Lines on their way to a disk, which may be slow, or not answer at all. When there are too many,
    the oldest that matter little go first, then the oldest of all.

    @ivar most: bytes that may wait; more would take long to look through.
    @ivar dropped: lines that went, and were not told of yet.
    """

    most: int = 1 << 19
    dropped: int = field(init=False, default=0)
    _lines: deque[tuple[bytes, bool]] = field(init=False, factory=deque)
    _size: int = field(init=False, default=0)

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, line: bytes, minor: bool) -> None:
        """
        One more.

        @param minor: whether it matters little.
        """
        self._lines.append((line, minor))
        self._size += len(line)
        if self._size > self.most:
            self._make_room()

    def take(self) -> tuple[deque[bytes], int]:
        """All that wait, and how many were dropped since the last time."""
        lines, self._lines = self._lines, deque()
        dropped, self.dropped = self.dropped, 0
        self._size = 0
        return deque(line for line, _ in lines), dropped

    def _make_room(self) -> None:
        """A quarter at a time: looking at all of them at each line would take long."""
        enough = self.most * 3 // 4
        for all_of_them in (False, True):
            kept: deque[tuple[bytes, bool]] = deque()
            for line, minor in self._lines:
                if self._size > enough and (minor or all_of_them):
                    self._size -= len(line)
                    self.dropped += 1
                else:
                    kept.append((line, minor))
            self._lines = kept
            if self._size <= enough:
                return
