# -*- test-case-name: tests.rundown.test_wording -*-
"""
What is the matter with a hard start, in words for operators.
"""

from fractions import Fraction

from .planned import Planned, Problem, Schedule, Trouble
from .timing import format_duration, to_seconds

__all__ = ["describe"]


def describe(problem: Problem, schedule: Schedule) -> str:
    """
    A sentence that says why the hard start can not be kept, or at what price.

    It does not name the item: what shows it has that in a field of its own.

    @param schedule: the one that has the problem.
    """
    match problem.trouble:
        case Trouble.LATE:
            entry = _entry(schedule, problem.item_id)
            late = 0
            if entry is not None and problem.target_start is not None:
                late = entry.start - schedule.frame(problem.target_start)
            return (
                f"It can not start at {problem.hard_start}: "
                f"the earliest is {_duration(late, schedule.rate)} later."
            )
        case Trouble.TRIM_TOO_LARGE:
            return (
                f"What stands before it is {_duration(problem.trim_needed, schedule.rate)} too "
                f"long, and only {_duration(problem.max_trim, schedule.rate)} can be trimmed: "
                "items before it are dropped."
            )
        case Trouble.ORDER:
            before = _entry(schedule, problem.conflicting_item)
            name = "" if before is None else f", {before.item.name} at {before.item.hard_start}"
            return (
                f"{problem.hard_start} is not after the hard start before it{name}: "
                "it follows without waiting."
            )
        case Trouble.NO_SUCH_TIME:
            return (
                f"The clocks skip {problem.hard_start} on that day: "
                "it starts as if they had not changed yet."
            )


def _entry(schedule: Schedule, item_id: str | None) -> Planned | None:
    """The entry of the item with that id."""
    return next((entry for entry in schedule.entries if entry.item.id == item_id), None)


def _duration(frames: int, rate: Fraction) -> str:
    """How long C{frames} last, to the millisecond."""
    return format_duration(round(to_seconds(frames, rate) * 1000))
