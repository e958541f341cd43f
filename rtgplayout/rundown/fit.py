# -*- test-case-name: tests.rundown.test_fit -*-
"""
How the items before a hard start give way to it.

Items that are too long together are trimmed, the last of them first, each down to a minimum. When
that is not enough, whole items are dropped, again the last first. When they are too short
together, there is a gap: a clip is never extended.
"""

from collections.abc import Sequence

from attrs import frozen

from .item import Item

__all__ = ["Fit", "fit"]


@frozen
class Fit:
    """
    What becomes of the items before a hard start.

    @ivar first: the index of the first item that may be on air for less than its duration.
    @ivar lengths: the frames on air of that one and of those behind it that are not dropped.
    @ivar gap: frames of nothing after the last of them.
    @ivar missed: frames by which the hard start comes too late all the same.
    @ivar room: frames that trimming alone can give, as far as they had to be looked for.
    """

    first: int
    lengths: tuple[int, ...]
    gap: int
    missed: int
    room: int

    @property
    def kept(self) -> int:
        """The index after the last item that is not dropped."""
        return self.first + len(self.lengths)


def fit(
    items: Sequence[Item], head: int, stop: int, surplus: int, head_keeps: int, minimum: int
) -> Fit:
    """
    Make the items from C{head} up to C{stop}, which has the hard start, fit.

    @param head: the item on air, or the one with the hard start before: it can be trimmed, but
        neither dropped nor moved.
    @param surplus: frames by which they are too long together; negative when too short.
    @param head_keeps: frames that C{head} keeps at least.
    @param minimum: frames that each other item keeps at least when it is trimmed.
    """

    def least(index: int) -> int:
        return min(items[index].duration, head_keeps if index == head else minimum)

    room, index = 0, stop
    while room < surplus and index > head:
        index -= 1
        room += items[index].duration - least(index)
    freed, kept = room, stop
    while freed < surplus and kept > head + 1:
        kept -= 1
        freed += least(kept)
    surplus -= sum(item.duration for item in items[kept:stop])
    lengths, index = [], kept
    if surplus < 0:
        index -= 1
        lengths.append(items[index].duration)
    while surplus > 0 and index > head:
        index -= 1
        cut = min(surplus, items[index].duration - least(index))
        lengths.append(items[index].duration - cut)
        surplus -= cut
    return Fit(index, tuple(reversed(lengths)), max(0, -surplus), max(0, surplus), room)
