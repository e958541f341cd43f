# -*- test-case-name: tests.rundown.test_schedule -*-
"""
When each item will start and end: computed from the playlist, what is on air and the hard starts;
never stored.
"""

from enum import Enum
from fractions import Fraction

from attrs import frozen

from .item import Item
from .timing import ClockTime


@frozen
class Anchor:
    """
    What the schedule hangs on: item C{index} starts (or started) at C{at}.

    Items before it have been on air or were passed over; their hard starts mean nothing any more.

    @ivar at: seconds since the epoch.
    @ivar played: frames of that item already shown; it cannot be cut shorter than this.
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
    """It is not after the hard start before it."""
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
    blocks: bool = True


@frozen
class Planned:
    """
    One item's place in the schedule.

    @ivar start: frames after the schedule's origin.
    @ivar duration: frames on air; the item's own, less C{trim}.
    @ivar trim: frames cut from its end by a hard start after it.
    @ivar gap: frames of nothing between its end and the next start, to be covered by filler.
    @ivar dropped: it gets no time at all, because a hard start leaves none.
    @ivar target: seconds since the epoch at which it must start, when it has a hard start.
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
class Schedule:
    """
    The whole list in time.

    @ivar origin: seconds since the epoch of frame 0.
    @ivar entries: one an item, in the playlist's order.
    """

    rate: Fraction
    origin: float
    entries: tuple[Planned, ...] = ()
    problems: tuple[Problem, ...] = ()

    def instant(self, frame: int) -> float:
        """Seconds since the epoch at which frame C{frame} of the schedule starts."""
        return self.origin + frame * self.rate.denominator / self.rate.numerator
