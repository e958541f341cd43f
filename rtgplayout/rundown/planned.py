# -*- test-case-name: tests.rundown.test_planned -*-
"""
The schedule as a value: what hangs on what is on air, where each item stands, what is wrong.
"""

from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from functools import cached_property

from attrs import frozen

from .item import Item
from .timing import ClockTime, to_frames, to_seconds

__all__ = ["Adjustment", "Anchor", "Planned", "Problem", "Schedule", "Trouble", "starting"]

_MICROSECONDS = 1_000_000


@frozen
class Anchor:
    """
    What the schedule hangs on: item C{index} starts (or started) at C{at}.

    Items before it have been on air or were passed over; their hard starts mean nothing any more.

    @ivar at: seconds since the epoch.
    @ivar played: frames of that item already shown; it can not be cut shorter than this.
    """

    index: int
    at: float
    played: int = 0


class Trouble(Enum):
    """Why a hard start will not be kept, or at what price."""

    LATE = "late"
    """Its time has passed, or cannot be reached: it starts as soon as possible after it."""
    TRIM_TOO_LARGE = "trim_too_large"
    """Trimming to the shortest allowed was not enough: items before it are dropped."""
    ORDER = "order"
    """It is not after the hard start before it: it follows without waiting."""
    NO_SUCH_TIME = "no_such_time"
    """The clock skips that time on that day; it is taken as if the clock had not jumped."""


@frozen
class Problem:
    """
    One line of C{HARD_START_ERROR}; frames and instants, for the door to put into words.

    @ivar trim_needed: frames that had to go before it.
    @ivar max_trim: frames that could go.
    @ivar scheduled_start: seconds since the epoch at which it would start untrimmed.
    @ivar target_start: seconds since the epoch of the hard start.
    @ivar conflicting_item: the id of the item with the hard start before it, for L{Trouble.ORDER}.
    @ivar conflicting_time: that hard start.
    @ivar blocks: whether an edit that sets this hard start must be refused.
    """

    item_id: str
    item_name: str
    trouble: Trouble
    hard_start: ClockTime
    trim_needed: int = 0
    max_trim: int = 0
    scheduled_start: float | None = None
    target_start: float | None = None
    conflicting_item: str | None = None
    conflicting_time: ClockTime | None = None
    blocks: bool = True


@frozen
class Planned:
    """
    One item's place in the schedule.

    @ivar start: frames after the schedule's origin.
    @ivar duration: frames on air; the item's own, less C{trim}.
    @ivar trim: frames cut from its end by a hard start after it.
    @ivar gap: frames of nothing between its end and the next start, to be covered by filler.
    @ivar dropped: it gets no time at all, because a hard start leaves none; it stands where that
        starts.
    @ivar target: seconds since the epoch at which it must start; L{None} when it has no hard start
        or one that means nothing, because it has aired or is out of order.
    """

    item: Item
    start: int
    duration: int
    trim: int = 0
    gap: int = 0
    dropped: bool = False
    target: float | None = None

    @property
    def end(self) -> int:
        """The frame after its last, counted from the schedule's origin; the gap is not in it."""
        return self.start + self.duration


@frozen
class Adjustment:
    """
    How an entry does not stand right after the whole of the one before it.

    @ivar start: frames after the schedule's origin; L{None} when it is where the one before ends,
        or its gap.
    @ivar trim: and the others, as in L{Planned}.
    """

    start: int | None
    trim: int
    gap: int
    dropped: bool
    target: float | None


@frozen
class Schedule:
    """
    The whole list in time.

    Each entry starts where the one before it ends, or C{gap} frames later.

    Frames are counted from the epoch, in phase with the item that all hangs on: C{origin} is less
    than a frame away from 0. So they stay comparable when the schedule is computed again: an item
    that starts at the same time as before has the same number of frames, whatever is on air.

    @ivar origin: seconds since the epoch of frame 0, in whole microseconds.
    @ivar entries: one an item, in the playlist's order.
    @ivar problems: in the order of their items.
    @ivar anchor: the index of the item that all hangs on; those before it have aired.
    """

    rate: Fraction
    origin: float
    entries: tuple[Planned, ...] = ()
    problems: tuple[Problem, ...] = ()
    anchor: int = 0

    @cached_property
    def adjusted(self) -> Mapping[str, Adjustment]:
        """The adjustments, by item id; whoever has these and the items can compute all starts."""
        found = {}
        expected = 0
        for entry in self.entries:
            start, trim, gap = entry.start, entry.trim, entry.gap
            moved = start != expected
            if moved or trim or gap or entry.dropped or entry.target is not None:
                found[entry.item.id] = Adjustment(
                    start if moved else None, trim, gap, entry.dropped, entry.target
                )
            expected = start + entry.duration + gap
        return found

    def instant(self, frame: int) -> float:
        """Seconds since the epoch at which frame C{frame} of the schedule starts."""
        return self.origin + frame * self.rate.denominator / self.rate.numerator

    def frame(self, instant: float) -> int:
        """The frame of the schedule that starts nearest to C{instant}; of two, the later."""
        per_frame = self.rate.denominator * _MICROSECONDS
        elapsed = round(instant * _MICROSECONDS) - round(self.origin * _MICROSECONDS)
        return (2 * elapsed * self.rate.numerator + per_frame) // (2 * per_frame)


def starting(rate: Fraction, at: float) -> tuple[Schedule, int]:
    """
    A schedule with nothing in it, and its frame that starts at C{at}, within a microsecond.

    @param at: seconds since the epoch.
    """
    frame = to_frames(at, rate)
    phase = Fraction(at) - to_seconds(frame, rate)
    return Schedule(rate, round(phase * _MICROSECONDS) / _MICROSECONDS), frame
