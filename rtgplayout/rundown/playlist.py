# -*- test-case-name: tests.rundown.test_playlist -*-
"""
The playlist and its edits: each edit a value, applied by a pure function that gives the new
playlist and what changed.
"""

from fractions import Fraction

from attrs import frozen

from .item import Item
from .timing import ClockTime


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

    def index_of(self, item_id: str) -> int | None:
        """Where the item with that id stands; L{None} when it is not there."""
        return next((n for n, item in enumerate(self.items) if item.id == item_id), None)


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
