# -*- test-case-name: tests.rundown.test_schedule -*-
"""
One stretch of the schedule: from the item on air, or one with a hard start, up to the next hard
start.

It begins at a frame that does not depend on what follows, and the hard start that ends it makes
its items fit (L{rtgplayout.rundown.fit}). So a change in one stretch is felt in those behind it
only when a hard start can not be kept.
"""

from bisect import bisect_right
from collections.abc import Callable
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from .fit import Fit, fit
from .item import Item
from .planned import Anchor, Planned, Problem, Schedule, Trouble, starting
from .playlist import Playlist
from .timing import TOLERANCE, Resolved, resolve, to_frames

__all__ = ["GUARD", "Head", "Lay", "Plan", "Stretch", "laid", "untouched"]

GUARD = 10
"""Frames that the item on air still gets at least: telling CasparCG to end it takes time."""

_SHORTEST_SECONDS = 5
_HALF_A_DAY = 43_200.0

Lay = Callable[[int, int, int], list[Planned]]


@frozen
class Head:
    """
    Where a stretch begins.

    @ivar start: the frame at which its first item, at C{index}, starts.
    @ivar keeps: frames that this item keeps at least.
    @ivar target: seconds since the epoch at which it must start, when it has a hard start.
    @ivar floor: the frame that later hard starts must be after; L{None} when there is none.
    """

    index: int
    start: int
    keeps: int
    target: float | None = None
    floor: int | None = None


@frozen
class Stretch:
    """
    Items from a head up to the next hard start, or to the end of the list.

    @ivar fit: what becomes of its items.
    @ivar problems: those of the hard start that ends it, and of those passed over.
    @ivar after: where the next stretch begins; L{None} when this is the last.
    """

    head: Head
    fit: Fit
    problems: tuple[Problem, ...]
    after: Head | None


@frozen
class Plan:
    """
    What all stretches have in common.

    @ivar anchor: with an index from 0 to the length of the list.
    @ivar minimum: frames that an item keeps at least when it is trimmed; at least 1.
    @ivar now: seconds since the epoch, before which the item on air is not cut.
    @ivar grid: an empty schedule, which says when its frames are.
    @ivar start: the frame at which the item on air starts.
    """

    playlist: Playlist
    anchor: Anchor
    zone: ZoneInfo
    minimum: int
    now: float | None
    grid: Schedule
    start: int

    @classmethod
    def of(
        cls,
        playlist: Playlist,
        anchor: Anchor,
        zone: ZoneInfo,
        minimum: int | None,
        now: float | None,
    ) -> "Plan":
        """The plan for what the functions of L{rtgplayout.rundown.schedule} are given."""
        if minimum is None:
            minimum = to_frames(_SHORTEST_SECONDS, playlist.rate)
        grid, start = starting(playlist.rate, anchor.at)
        index = min(max(anchor.index, 0), len(playlist.items))
        return cls(playlist, evolve(anchor, index=index), zone, max(minimum, 1), now, grid, start)

    def first(self) -> Head | None:
        """Where the first stretch begins: at the item on air. L{None} when the list ends there."""
        anchor = self.anchor
        if anchor.index == len(self.playlist.items):
            return None
        played = anchor.played
        if self.now is not None:
            played = max(played, self.grid.frame(self.now) - self.start)
        keeps = max(played + GUARD, self.minimum)
        at = self.playlist.items[anchor.index].hard_start
        if at is None:
            return Head(anchor.index, self.start, keeps)
        target = resolve(at, self.zone, anchor.at).instant
        # One that was put on air before its time was meant to: what follows counts from there.
        floor = min(self.grid.frame(target), self.start)
        return Head(anchor.index, self.start, keeps, target, floor)

    def at_hard_start(self, index: int, start: int, target: float) -> Head:
        """Where the stretch begins whose first item, at C{index}, has a hard start."""
        return Head(index, start, self.minimum, target, self.grid.frame(target))

    def stretch(self, head: Head) -> Stretch:
        """From C{head} up to the next hard start that can be observed."""
        items, offsets, hard = self.playlist.items, self.playlist.offsets, self.playlist.hard_starts
        head_at = self.grid.instant(head.start)
        problems: list[Problem] = []
        for n in range(bisect_right(hard, head.index), len(hard)):
            stop = hard[n]
            natural = head.start + offsets[stop] - offsets[head.index]
            natural_at = self.grid.instant(natural)
            resolved = self._resolve(items[stop], natural_at, natural_at - head_at)
            target = self.grid.frame(resolved.instant)
            if head.floor is not None and target <= head.floor:
                problem = _problem(items[stop], Trouble.ORDER, natural_at, resolved)
                before = items[head.index]
                problems.append(
                    evolve(
                        problem,
                        conflicting_item=before.id,
                        conflicting_time=before.hard_start,
                    )
                )
                continue
            if resolved.skipped:
                problem = _problem(items[stop], Trouble.NO_SUCH_TIME, natural_at, resolved)
                problems.append(evolve(problem, blocks=False))
            surplus = natural - target
            fitted = fit(items, head.index, stop, surplus, head.keeps, self.minimum)
            if fitted.missed or surplus > fitted.room:
                trouble = Trouble.LATE if fitted.missed else Trouble.TRIM_TOO_LARGE
                problem = _problem(items[stop], trouble, natural_at, resolved)
                problems.append(evolve(problem, trim_needed=surplus, max_trim=fitted.room))
            start = target + fitted.missed
            after = Head(stop, start, self.minimum, resolved.instant, floor=target)
            return Stretch(head, fitted, tuple(problems), after)
        nothing = fit(items, head.index, len(items), 0, head.keeps, self.minimum)
        return Stretch(head, nothing, tuple(problems), None)

    def _resolve(self, item: Item, natural: float, since_head: float) -> Resolved:
        """
        When an item is to start that would start at C{natural} without its hard start, so many
        seconds after its stretch begins.

        The stretch it is in says more than its natural start alone: a time of day that comes round
        within it is meant for then, though so much stands before it that it would be hours late.
        Waiting for the next day would be worse, unless that is nearer.
        """
        assert item.hard_start is not None  # that is what C{hard_starts} lists
        tolerance = max(TOLERANCE, min(since_head, _HALF_A_DAY))
        return resolve(item.hard_start, self.zone, natural, tolerance)


def _problem(item: Item, trouble: Trouble, natural: float, resolved: Resolved) -> Problem:
    """What is the matter with the hard start of C{item}."""
    assert item.hard_start is not None  # that is what C{hard_starts} lists
    return Problem(
        item.id,
        item.name,
        trouble,
        item.hard_start,
        scheduled_start=natural,
        target_start=resolved.instant,
    )


def untouched(playlist: Playlist, first: int, stop: int, shift: int) -> list[Planned]:
    """
    The entries of the items from C{first} up to C{stop}, laid end to end with nothing cut.

    @param shift: the frame at which the first item of the playlist would start, so laid.
    """
    items, offsets = playlist.items[first:stop], playlist.offsets[first:stop]
    return [
        Planned(item, shift + offset, item.duration)
        for item, offset in zip(items, offsets, strict=True)
    ]


def laid(playlist: Playlist, stretch: Stretch, stop: int, lay: Lay) -> list[Planned]:
    """
    The entries of a stretch, from its head up to C{stop}, which is at most its end.

    @param lay: as L{untouched}, for those that are not cut.
    """
    head, fitted = stretch.head, stretch.fit
    shift = head.start - playlist.offsets[head.index]
    whole = min(fitted.first, stop)
    if head.target is None or whole == head.index:
        entries = lay(head.index, whole, shift)
    else:
        item = playlist.items[head.index]
        entries = [Planned(item, head.start, item.duration, target=head.target)]
        entries += lay(head.index + 1, whole, shift)
    start = shift + playlist.offsets[whole]
    for index in range(whole, stop):
        item = playlist.items[index]
        if index < fitted.kept:
            duration = fitted.lengths[index - fitted.first]
            gap = fitted.gap if index + 1 == fitted.kept else 0
        else:
            duration = gap = 0
        entries.append(
            Planned(
                item,
                start,
                duration,
                trim=item.duration - duration,
                gap=gap,
                dropped=index >= fitted.kept,
                target=head.target if index == head.index else None,
            )
        )
        start += duration + gap
    return entries
