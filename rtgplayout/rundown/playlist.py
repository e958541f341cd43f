# -*- test-case-name: tests.rundown.test_playlist -*-
"""
The playlist and its edits: each edit a value, applied by a pure function that gives the new
playlist and what changed.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from math import isfinite
from types import MappingProxyType

from attrs import evolve, frozen

from .item import Item
from .timing import ClockTime

__all__ = [
    "MOST_ITEMS",
    "Add",
    "BaseStartSet",
    "Change",
    "Changes",
    "Clear",
    "Deleted",
    "Edit",
    "EditRefused",
    "Inserted",
    "Move",
    "Moved",
    "Operation",
    "Playlist",
    "Remove",
    "Replace",
    "SetBaseStart",
    "SetHardStart",
    "Updated",
    "apply",
    "examined",
    "follow",
    "undo",
]


MOST_ITEMS = 20_000
"""A playlist does not get longer than that; one that was read longer stays as it is."""


class EditRefused(Exception):
    """
    The edit makes no sense on this playlist; nothing changed.

    @ivar path: the name of the field at fault, as in C{"toIndex"} or C{"items[3].id"}.
    @ivar reason: a sentence for the operator who asked for it.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@frozen
class Playlist:
    """
    The ordered items of one channel.

    @ivar rate: ticks a second of the channel; every frame count in the items is in these.
    @ivar base_start: seconds since the epoch at which the first item is to start; L{None} when it
        starts as soon as somebody starts it.
    """

    rate: Fraction
    items: tuple[Item, ...] = ()
    base_start: float | None = None

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each item stands, by its id."""
        return MappingProxyType({item.id: n for n, item in enumerate(self.items)})

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """The frames of all items before each, untrimmed; and, last, of all."""
        return tuple(accumulate((item.duration for item in self.items), initial=0))

    @cached_property
    def hard_starts(self) -> tuple[int, ...]:
        """Where the items with a hard start stand, in order."""
        return tuple(n for n, item in enumerate(self.items) if item.hard_start is not None)

    def index_of(self, item_id: str) -> int | None:
        """Where the item with that id stands; L{None} when it is not there."""
        return self.positions.get(item_id)


# What an operator can ask.


@frozen
class Add:
    """Put new items in, before position C{at} (0 to the length; L{None} is the end)."""

    items: tuple[Item, ...]
    at: int | None = None


@frozen
class Remove:
    """Take items out."""

    ids: tuple[str, ...]


@frozen
class Move:
    """Take the item at C{from_index} out and put it in at C{to_index} of what is left."""

    from_index: int
    to_index: int


@frozen
class Change:
    """Put C{item} in the place of the item with the same id."""

    item: Item


@frozen
class Clear:
    """Take all items out; the base start stays."""


@frozen
class Replace:
    """Another list altogether."""

    items: tuple[Item, ...]
    base_start: float | None = None


@frozen
class SetBaseStart:
    """When the first item is to start; L{None} for "when somebody starts it"."""

    at: float | None


@frozen
class SetHardStart:
    """At which time of day an item must start; L{None} takes that away."""

    id: str
    at: ClockTime | None


Edit = Add | Remove | Move | Change | Clear | Replace | SetBaseStart | SetHardStart


# What an edit did, in terms that a client can repeat on its own copy.


@frozen
class Inserted:
    """C{items} were put in before C{index}."""

    index: int
    items: tuple[Item, ...]


@frozen
class Deleted:
    """C{items}, which stood from C{index} on, were taken out."""

    index: int
    items: tuple[Item, ...]


@frozen
class Moved:
    """The item at C{from_index} was taken out and put in at C{to_index} of what was left."""

    from_index: int
    to_index: int


@frozen
class Updated:
    """The item at C{index} was C{before} and is C{after}; both have the same id."""

    index: int
    before: Item
    after: Item


@frozen
class BaseStartSet:
    """The base start was C{before} and is C{after}."""

    before: float | None
    after: float | None


Operation = Inserted | Deleted | Moved | Updated | BaseStartSet


@frozen
class Changes:
    """
    All that one edit did, in the order in which it was done.

    Undone by applying the opposite of each operation in reverse order.
    """

    operations: tuple[Operation, ...]

    def __bool__(self) -> bool:
        return bool(self.operations)


def examined(items: Iterable[Item]) -> tuple[Item, ...]:
    """
    The items, with what is wrong with each worked out: to put ten thousand in takes two
    milliseconds then, and not seven. For a thread.
    """
    found = tuple(items)
    for item in found:
        _ = item.fault
    return found


def apply(playlist: Playlist, edit: Edit) -> tuple[Playlist, Changes]:
    """
    Do C{edit}.

    @return: the new playlist and what changed, which is nothing when it was so already.
    @raise EditRefused: it makes no sense on this playlist.
    """
    operations = _operations(playlist, edit)
    return _perform(playlist, operations), Changes(operations)


def _operations(playlist: Playlist, edit: Edit) -> tuple[Operation, ...]:
    """What has to be done to C{playlist} for C{edit}."""
    match edit:
        case Add(items, at):
            index = len(playlist.items) if at is None else at
            if not 0 <= index <= len(playlist.items):
                raise EditRefused("at", f"it must be 0 to {len(playlist.items)}")
            _check_room(items, playlist.items)
            _check_new(items, playlist.positions)
            return (Inserted(index, items),) if items else ()
        case Remove(ids):
            return tuple(_deletions(playlist, ids))
        case Move(from_index, to_index):
            for path, index in (("fromIndex", from_index), ("toIndex", to_index)):
                if not 0 <= index < len(playlist.items):
                    raise EditRefused(path, f"there is no item {index}")
            return (Moved(from_index, to_index),) if from_index != to_index else ()
        case Change(item):
            index = _find(playlist, "item.id", item.id)
            if wrong := item.fault:
                raise EditRefused(f"item.{wrong[0]}", wrong[1])
            return _update(playlist, index, item)
        case Clear():
            return _exchange(playlist.items, ())
        case Replace(items, base_start):
            _check_room(items, ())
            _check_new(items, {})
            return _exchange(playlist.items, items) + _set_base(playlist, "baseStart", base_start)
        case SetBaseStart(at):
            return _set_base(playlist, "at", at)
        case SetHardStart(item_id, at):
            index = _find(playlist, "id", item_id)
            return _update(playlist, index, evolve(playlist.items[index], hard_start=at))


def _find(playlist: Playlist, path: str, item_id: str) -> int:
    """Where the item with that id stands."""
    index = playlist.index_of(item_id)
    if index is None:
        raise EditRefused(path, "there is no such item")
    return index


def _check_room(items: tuple[Item, ...], there: tuple[Item, ...]) -> None:
    """Refuse items that are too many."""
    if items and len(items) + len(there) > MOST_ITEMS:
        raise EditRefused("", f"a playlist has at most {MOST_ITEMS} items")


def _check_new(items: Iterable[Item], taken: Mapping[str, int]) -> None:
    """Refuse items that can not stand in a playlist, or whose ids are in it or come twice."""
    seen: set[str] = set()
    for n, item in enumerate(items):
        if wrong := item.fault:
            raise EditRefused(f"items[{n}].{wrong[0]}", wrong[1])
        if item.id in taken:
            raise EditRefused(f"items[{n}].id", "an item of the playlist has it already")
        if item.id in seen:
            raise EditRefused(f"items[{n}].id", "another of the new items has it already")
        seen.add(item.id)


def _deletions(playlist: Playlist, ids: tuple[str, ...]) -> Iterable[Operation]:
    """One deletion for each run of neighbours, from the end on, so that indexes stay right."""
    places: set[int] = set()
    for n, item_id in enumerate(ids):
        index = _find(playlist, f"ids[{n}]", item_id)
        if index in places:
            raise EditRefused(f"ids[{n}]", "it is there twice")
        places.add(index)
    for end in sorted((n + 1 for n in places if n + 1 not in places), reverse=True):
        start = end - 1
        while start - 1 in places:
            start -= 1
        yield Deleted(start, playlist.items[start:end])


def _update(playlist: Playlist, index: int, item: Item) -> tuple[Operation, ...]:
    """Put C{item} at C{index}."""
    before = playlist.items[index]
    return (Updated(index, before, item),) if before != item else ()


def _exchange(before: tuple[Item, ...], after: tuple[Item, ...]) -> tuple[Operation, ...]:
    """Put other items in the place of all."""
    if before == after:
        return ()
    deleted = (Deleted(0, before),) if before else ()
    return deleted + ((Inserted(0, after),) if after else ())


def _set_base(playlist: Playlist, path: str, at: float | None) -> tuple[Operation, ...]:
    """Set the base start."""
    if at is not None and not isfinite(at):
        raise EditRefused(path, "it must be a time")
    return (BaseStartSet(playlist.base_start, at),) if at != playlist.base_start else ()


def _perform(playlist: Playlist, operations: Iterable[Operation]) -> Playlist:
    """
    C{playlist} after C{operations}.

    @raise EditRefused: an operation does not fit what it finds.
    """
    items = list(playlist.items)
    base_start = playlist.base_start
    for operation in operations:
        match operation:
            case Inserted(index, new):
                fits = index <= len(items)
                items[index:index] = new
            case Deleted(index, old):
                fits = tuple(items[index : index + len(old)]) == old
                del items[index : index + len(old)]
            case Moved(from_index, to_index):
                fits = max(from_index, to_index) < len(items)
                if fits:
                    items.insert(to_index, items.pop(from_index))
            case Updated(index, before, after):
                fits = items[index : index + 1] == [before]
                items[index : index + 1] = [after]
            case BaseStartSet(earlier, later):
                fits = base_start == earlier
                base_start = later
        if not fits:
            raise EditRefused("", "the playlist has changed since")
    return evolve(playlist, items=tuple(items), base_start=base_start)


def undo(playlist: Playlist, changes: Changes) -> tuple[Playlist, Changes]:
    """
    Take C{changes} back, by the opposite of each operation in reverse order.

    @return: the playlist as it was before, and what changed now.
    @raise EditRefused: C{playlist} is not what C{changes} led to.
    """
    operations = tuple(_opposite(operation) for operation in reversed(changes.operations))
    before = _perform(playlist, operations)
    if len(before.positions) != len(before.items):
        raise EditRefused("", "the playlist has an item with the same id again")
    return before, Changes(operations)


def _opposite(operation: Operation) -> Operation:
    """What takes C{operation} back."""
    match operation:
        case Inserted(index, items):
            return Deleted(index, items)
        case Deleted(index, items):
            return Inserted(index, items)
        case Moved(from_index, to_index):
            return Moved(to_index, from_index)
        case Updated(index, before, after):
            return Updated(index, after, before)
        case BaseStartSet(earlier, later):
            return BaseStartSet(later, earlier)


def follow(index: int, changes: Changes) -> int:
    """
    Where the position before item C{index}, which is to come next, is after C{changes}.

    It is a place between two items, not an item: what is put in there comes next; when the next
    item is taken out or moved away, the one after it comes next.

    @param index: 0 to the length of the playlist.
    """
    for operation in changes.operations:
        match operation:
            case Inserted(at, items) if at < index:
                index += len(items)
            case Deleted(at, items) if at < index:
                index = max(at, index - len(items))
            case Moved(from_index, to_index):
                index -= from_index < index
                index += to_index < index
    return index
