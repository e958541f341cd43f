# -*- test-case-name: tests.rundown.test_schedule -*-
"""
What of an earlier schedule still holds after an edit, or when the next item is on air.
"""

from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import pairwise

from attrs import frozen

from .planned import Planned, Problem, Schedule
from .playlist import BaseStartSet, Changes, Deleted, Inserted, Moved, Playlist, Updated
from .stretch import Head, untouched

__all__ = ["Earlier", "Window", "window"]


@frozen
class Window:
    """
    What part of a playlist changed.

    Items before C{first} stand where they stood; those from C{stop} on stood C{growth} places
    further ahead, and are the same.
    """

    first: int = 0
    stop: int = 0
    growth: int = 0


def window(changes: Changes) -> Window:
    """The smallest window that holds all of C{changes}."""
    first: int | None = None
    stop = growth = 0
    for operation in changes.operations:
        match operation:
            case Inserted(index, items):
                start, end, grown = index, index, len(items)
            case Deleted(index, items):
                start, end, grown = index, index + len(items), -len(items)
            case Moved(from_index, to_index):
                start, end, grown = min(from_index, to_index), max(from_index, to_index) + 1, 0
            case Updated(index):
                start, end, grown = index, index + 1, 0
            case BaseStartSet():
                continue
        first = start if first is None else min(first, start)
        stop = max(stop, end) + grown
        growth += grown
    return Window(first or 0, stop, growth)


@frozen
class Earlier:
    """
    The schedule as it was before.

    @ivar playlist: as it is now.
    @ivar window: what changed in it since; nothing else did.
    """

    schedule: Schedule
    playlist: Playlist
    window: Window

    def _place(self, index: int) -> int:
        """Where the item at C{index}, outside the window, stood before."""
        return index if index < self.window.first else index - self.window.growth

    @cached_property
    def _anchor(self) -> int:
        """Where now the items end that had aired before; at the window when that was inside it."""
        was, first, stop = self.schedule.anchor, self.window.first, self.window.stop
        if was <= first:
            return was
        return max(was + self.window.growth, stop)

    def entries(self, first: int, stop: int) -> tuple[Planned, ...]:
        """The entries from C{first} up to C{stop}, all on one side of the window, as they were."""
        place = self._place(first)
        return self.schedule.entries[place : place + stop - first]

    @cached_property
    def _problems(self) -> list[tuple[int, Problem]]:
        """All problems, with where their items stand now."""
        positions = self.playlist.positions
        return [
            (positions[problem.item_id], problem)
            for problem in self.schedule.problems
            if problem.item_id in positions
        ]

    def problems(self, after: int, last: int) -> list[Problem]:
        """The problems of the items after C{after} up to and including C{last}."""
        return [problem for index, problem in self._problems if after < index <= last]

    def lay(self, first: int, stop: int, shift: int) -> list[Planned]:
        """
        Like L{untouched <rtgplayout.rundown.stretch.untouched>}, with the entries that were just
        so already.
        """
        marks = (self.window.first, self.window.stop, self._anchor)
        cuts = sorted({first, stop, *(mark for mark in marks if first < mark < stop)})
        entries: list[Planned] = []
        for start, end in pairwise(cuts):
            if self._were_untouched(start, end, shift):
                entries += self.entries(start, end)
            else:
                entries += untouched(self.playlist, start, end, shift)
        return entries

    def _were_untouched(self, first: int, stop: int, shift: int) -> bool:
        """
        Whether the items from C{first} up to C{stop}, which no mark of L{lay} divides, were laid
        end to end and whole, with the same C{shift}.

        Without a hard start among them they were in one stretch. If the last was whole with no gap
        behind it, nothing but trims can have brought it nearer to the first; so if both stand
        where they are to stand, so do all between.
        """
        if self.window.first <= first < self.window.stop:
            return False
        hard = self.playlist.hard_starts
        aired = stop <= self._anchor
        if not aired and bisect_left(hard, first) < bisect_left(hard, stop):
            return False
        old = self.schedule.entries
        head, last = old[self._place(first)], old[self._place(stop - 1)]
        offsets = self.playlist.offsets
        starts = (shift + offsets[first], shift + offsets[stop - 1])
        return (head.start, last.start) == starts and not last.trim and not last.gap

    def holds_to(self, head: Head) -> int:
        """
        The index up to which all stands as it stood, from C{head} on, which has a hard start.

        When C{head} is what it was, so is all behind it, up to the stretch with the first change:
        then this is where that stretch begins. Otherwise it is the index of C{head} itself.
        """
        first, stop = self.window.first, self.window.stop
        if first <= head.index < stop:
            return head.index
        old = self.schedule.entries
        place = self._place(head.index)
        was = old[place]
        # What was on air kept more than others have to, so its stretch does not count.
        if place <= self.schedule.anchor or (was.start, was.target) != (head.start, head.target):
            return head.index
        if head.index >= stop:
            return len(self.playlist.items)
        hard = self.playlist.hard_starts
        inside = hard[bisect_right(hard, head.index) : bisect_left(hard, first)]
        return next((n for n in reversed(inside) if old[n].target is not None), head.index)
