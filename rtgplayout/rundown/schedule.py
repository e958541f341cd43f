# -*- test-case-name: tests.rundown.test_schedule -*-
"""
When each item will start and end: computed from the playlist, what is on air and the hard starts;
never stored.

 - Items from the anchor on, which is what is on air, are laid end to end. Those before it have
   aired: they are laid backwards from it, whole, and their hard starts mean nothing any more.
 - Each hard start after it is resolved on the schedule as adjusted by those before. What stands
   before it is trimmed or followed by a gap (L{rtgplayout.rundown.stretch}).
 - Nothing of that is written into the items: without the hard start it is gone.
"""

from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from .item import Item
from .planned import Adjustment, Anchor, Planned, Problem, Schedule, Trouble
from .playlist import Changes, Playlist
from .reuse import Earlier, window
from .stretch import GUARD, Plan, laid, untouched
from .timing import resolve
from .wording import describe

__all__ = [
    "GUARD",
    "SEGMENT_ITEMS",
    "Adjustment",
    "Anchor",
    "Backtime",
    "Planned",
    "Problem",
    "Schedule",
    "Trouble",
    "backtime",
    "backtimes",
    "describe",
    "find_problems",
    "first_start",
    "new_problems",
    "reschedule",
    "schedule",
    "segment",
]

SEGMENT_ITEMS = 50
"""The most items that L{segment} gives."""


def first_start(playlist: Playlist, zone: ZoneInfo, now: float) -> float | None:
    """
    When the first item is to start, in seconds since the epoch: at the base start or, without one,
    at its hard start. L{None} when it starts as soon as somebody starts it.
    """
    if playlist.base_start is not None or not playlist.items:
        return playlist.base_start
    at = playlist.items[0].hard_start
    return None if at is None else resolve(at, zone, now).instant


def schedule(
    playlist: Playlist,
    anchor: Anchor,
    zone: ZoneInfo,
    *,
    minimum: int | None = None,
    now: float | None = None,
) -> Schedule:
    """
    Compute the schedule.

    @param anchor: what it hangs on; beyond the end, all items have aired before C{anchor.at}.
    @param zone: in which hard starts are meant.
    @param minimum: frames that an item keeps at least when it is trimmed, shorter ones all that
        they have; L{None} for 5 seconds.
    @param now: seconds since the epoch; the item on air is not cut before it. L{None} when
        C{anchor.played} says it all.
    """
    return _assemble(Plan.of(playlist, anchor, zone, minimum, now), None)


def reschedule(
    before: Schedule,
    playlist: Playlist,
    changes: Changes,
    anchor: Anchor,
    zone: ZoneInfo,
    *,
    minimum: int | None = None,
    now: float | None = None,
) -> Schedule:
    """
    Compute what L{schedule} gives for the same arguments, with work in proportion to what changed:
    entries of C{before} that still hold are used again.

    @param before: the schedule of the playlist before C{changes}, for the same C{zone} and
        C{minimum}; its anchor may have been another.
    """
    plan = Plan.of(playlist, anchor, zone, minimum, now)
    changed = window(changes)
    usable = (
        before.rate == playlist.rate
        and before.origin == plan.grid.origin
        and len(before.entries) + changed.growth == len(playlist.items)
    )
    return _assemble(plan, Earlier(before, playlist, changed) if usable else None)


def _assemble(plan: Plan, earlier: Earlier | None) -> Schedule:
    """Lay one stretch after the other; use what still holds of the C{earlier} schedule."""
    playlist, anchor = plan.playlist, plan.anchor.index
    lay = earlier.lay if earlier else partial(untouched, playlist)
    entries = lay(0, anchor, plan.start - playlist.offsets[anchor])
    problems: list[Problem] = []
    head = plan.first()
    while head is not None:
        stretch = plan.stretch(head)
        head = stretch.after
        entries += laid(playlist, stretch, head.index if head else len(playlist.items), lay)
        problems += stretch.problems
        if head is not None and earlier is not None:
            holds_to = earlier.holds_to(head)
            entries += earlier.entries(head.index, holds_to)
            problems += earlier.problems(head.index, holds_to)
            if holds_to == len(playlist.items):
                break
            if holds_to > head.index:
                was = earlier.schedule.entries[holds_to]
                assert was.target is not None  # a stretch begins there
                head = plan.at_hard_start(holds_to, was.start, was.target)
    return evolve(plan.grid, entries=tuple(entries), problems=tuple(problems), anchor=anchor)


def segment(
    playlist: Playlist,
    anchor: Anchor,
    zone: ZoneInfo,
    *,
    minimum: int | None = None,
    now: float | None = None,
) -> tuple[Planned, ...]:
    """
    The entries on which the next junctions depend: from the item on air up to and including the
    next one with a hard start that can be observed, at most L{SEGMENT_ITEMS} of them. They are the
    same as in the whole schedule, for which the other arguments are described: L{schedule}.

    @return: nothing when C{anchor} is beyond the end.
    """
    plan = Plan.of(playlist, anchor, zone, minimum, now)
    lay = partial(untouched, playlist)
    head = plan.first()
    if head is None:
        return ()
    end = min(head.index + SEGMENT_ITEMS, len(playlist.items))
    stretch = plan.stretch(head)
    hard = stretch.after
    if hard is None or hard.index >= end:
        return tuple(laid(playlist, stretch, end, lay))
    entries = laid(playlist, stretch, hard.index, lay)
    return (*entries, *laid(playlist, plan.stretch(hard), hard.index + 1, lay))


def find_problems(
    playlist: Playlist,
    anchor: Anchor,
    zone: ZoneInfo,
    *,
    minimum: int | None = None,
    until: int | None = None,
) -> tuple[Problem, ...]:
    """
    The problems that L{schedule} finds, with work for each hard start and none for other items.

    @param until: look no further than the hard start of the item there; L{None} for all.
    """
    plan = Plan.of(playlist, anchor, zone, minimum, None)
    found: list[Problem] = []
    head = plan.first()
    while head is not None and (until is None or head.index < until):
        stretch = plan.stretch(head)
        found += stretch.problems
        head = stretch.after
    return tuple(found)


def new_problems(before: Schedule, after: Schedule) -> tuple[Problem, ...]:
    """The problems of C{after} that are not old ones: the same trouble of the same item."""
    known = {(problem.item_id, problem.trouble) for problem in before.problems}
    return tuple(
        problem for problem in after.problems if (problem.item_id, problem.trouble) not in known
    )


@frozen
class Backtime:
    """
    What is left to the next hard start, as seen from an item before it.

    @ivar item: the one with the hard start.
    @ivar target: seconds since the epoch at which it must start.
    @ivar left: frames from the end of the item seen from, or from the frame asked about, to that.
    @ivar spare: frames between that and where all items from the one seen from on would end if
        they were not cut: more than 0 to be filled (under), less than 0 to be cut (over).
    """

    item: Item
    target: float
    left: int
    spare: int


def backtime(schedule: Schedule, index: int, frame: int | None = None) -> Backtime | None:
    """
    What is left to the hard start next after the item at C{index}; L{None} when there is none.

    @param frame: count what is left from this frame on instead of from the end of that item.
    """
    entries = schedule.entries
    durations = 0
    for here, following in pairwise(range(index, len(entries))):
        durations += entries[here].item.duration
        if entries[following].target is not None:
            return _backtime(schedule, index, following, durations, frame)
    return None


def backtimes(schedule: Schedule) -> tuple[Backtime | None, ...]:
    """What L{backtime} says for each entry, with work for each only once."""
    found: list[Backtime | None] = []
    hard: int | None = None
    durations = 0
    for index in reversed(range(len(schedule.entries))):
        entry = schedule.entries[index]
        durations += entry.item.duration
        found.append(None if hard is None else _backtime(schedule, index, hard, durations, None))
        if entry.target is not None:
            hard, durations = index, 0
    return tuple(reversed(found))


def _backtime(
    schedule: Schedule, index: int, hard: int, durations: int, frame: int | None
) -> Backtime:
    """As seen from C{index}, where the items up to C{hard} have C{durations} frames together."""
    entry, following = schedule.entries[index], schedule.entries[hard]
    assert following.target is not None  # it was found by that
    target = schedule.frame(following.target)
    return Backtime(
        following.item,
        following.target,
        target - (entry.end if frame is None else frame),
        target - entry.start - durations,
    )
