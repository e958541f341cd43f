# -*- test-case-name: tests.media.test_settling -*-
"""
When a file that may still be written counts as finished.
"""

from enum import Enum

from attrs import frozen

__all__ = ["Growth", "Verdict", "settle"]

_QUIET = 2.0
"""Seconds for which a file stays as it is when it is finished."""
_OLD = 10.0
"""Seconds since the last change after which nobody is thought to write it any more."""
_EMPTY = 10.0
"""Seconds that one may take to write the first byte."""


class Verdict(Enum):
    """What a look at a file says."""

    GROWING = "growing"
    FINISHED = "finished"
    EMPTY = "empty"


@frozen
class Growth:
    """
    How a file is that is looked at again and again.

    @ivar size: bytes.
    @ivar modified_ns: nanoseconds since the epoch.
    @ivar since: when it was first seen like that; seconds, monotonic.
    """

    size: int
    modified_ns: int
    since: float


def settle(
    before: Growth | None, size: int, modified_ns: int, now: float, wall: float
) -> tuple[Verdict, Growth]:
    """
    What one more look at a file says.

    @param before: what the last look led to; L{None} at the first.
    @param now: seconds, monotonic.
    @param wall: seconds since the epoch: at the first look a file may be finished for long. A time
        of change in the future says nothing.
    @return: and what the next look is to be compared with.
    """
    if before is not None and (before.size, before.modified_ns) == (size, modified_ns):
        growth = before
    else:
        growth = Growth(size, modified_ns, now)
    quiet = now - growth.since
    old = before is None and wall - modified_ns / 1e9 > _OLD
    if size == 0:
        return (Verdict.EMPTY if old or quiet >= _EMPTY else Verdict.GROWING), growth
    return (Verdict.FINISHED if old or quiet >= _QUIET else Verdict.GROWING), growth
