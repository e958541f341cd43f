# -*- test-case-name: tests.store.exchange.test_gathering -*-
"""
Where the readers of all formats put what they find: items that keep the bounds, faults, warnings.
"""

from collections.abc import Callable, Collection
from datetime import UTC, tzinfo
from fractions import Fraction
from pathlib import PurePosixPath
from reprlib import repr as short

from attrs import define, evolve, field, frozen

from ...rundown.item import Item, Kind
from ...rundown.playlist import MOST_ITEMS
from ...rundown.timing import ClockTime, to_frames, to_seconds
from ..repair import usable_id
from .bounds import LONGEST, LONGEST_ID, outside
from .values import Fault, Imported, LengthOf

__all__ = ["MOST_FAULTS", "MOST_ITEMS", "Enough", "Found", "Gathering"]

MOST_FAULTS = 100

_LONGEST_MESSAGE = 300


class Enough(Exception):
    """Nothing more of the text is to be looked at."""


@frozen
class Found:
    """
    An item as a text has it.

    @ivar line: where it starts.
    @ivar name: without one it is called by its file.
    @ivar seconds: how long it is to be on air; L{None} for as long as its file lasts.
    @ivar in_point: seconds.
    @ivar id: its own; it is given another when that is not usable.
    """

    line: int
    file: str
    name: str = ""
    seconds: Fraction | None = None
    in_point: Fraction = Fraction(0)
    kind: Kind = Kind.CLIP
    hard_start: ClockTime | None = None
    stop_after: bool = False
    id: str | None = None


@define
class Gathering:
    """
    What was read of one text, and what the readers must know.

    @ivar rate: frames a second of the channel.
    @ivar new_id: makes the id of an C{"item"}.
    @ivar roots: what the media folder is called by whoever wrote the text.
    @ivar zone: that of times of day.
    @ivar taken: ids that are in use elsewhere; who has one gets another.
    @ivar number: how many items were begun; the first is 1.
    """

    rate: Fraction
    new_id: Callable[[str], str]
    length_of: LengthOf
    roots: Collection[str] = ()
    zone: tzinfo = UTC
    taken: Collection[str] = ()
    number: int = field(init=False, default=0)
    _items: list[Item] = field(init=False, factory=list)
    _ids: set[str] = field(init=False, factory=set)
    _faults: list[Fault] = field(init=False, factory=list)
    _warnings: list[Fault] = field(init=False, factory=list)
    _more_warnings: int = field(init=False, default=0)
    _said: set[str] = field(init=False, factory=set)

    def begin(self, line: int) -> None:
        """
        Another item starts.

        @raise Enough: it is one too many.
        """
        if self.number == MOST_ITEMS:
            self.fault(line, f"There are more than {MOST_ITEMS} items.")
            raise Enough
        self.number += 1

    def where(self, name: str = "") -> str:
        """The beginning of a sentence about the item that was begun last."""
        return f"Item {self.number} {short(name)}" if name.strip() else f"Item {self.number}"

    def fault(self, line: int, message: str) -> None:
        """
        Something makes the whole import impossible.

        @raise Enough: it is one of too many.
        """
        if len(self._faults) == MOST_FAULTS:
            self._faults.append(Fault(0, "… and more; the rest was not looked at."))
            raise Enough
        self._faults.append(_told(line, message))

    def warn(self, line: int, message: str) -> None:
        """Something was repaired or passed over."""
        if len(self._warnings) < MOST_FAULTS:
            self._warnings.append(_told(line, message))
        else:
            self._more_warnings += 1

    def warn_once(self, line: int, message: str) -> None:
        """The same, for what one sentence says of a whole text."""
        if message not in self._said:
            self._said.add(message)
            self.warn(line, message)

    def put(self, found: Found) -> None:
        """The item that was begun last, as a text has it."""
        where = self.where(found.name)
        total = found.seconds
        if total is None:
            length = self._length(found.kind, found.file)
            if not length:
                self.fault(found.line, f"{where}: nothing says how long {short(found.file)} lasts.")
                return
            total = Fraction(repr(length)) - found.in_point
            if total <= 0:
                self.fault(found.line, f"{where}: its in point is behind the end of its file.")
                return
        if not (0 < total <= LONGEST and 0 <= found.in_point <= LONGEST):
            field = "in point" if 0 < total <= LONGEST else "duration"
            lowest = "0" if field == "in point" else "more than 0"
            self.fault(found.line, f"{where}: the {field} must be {lowest} to 7 days.")
            return
        frames = to_frames(total, self.rate)
        if frames == 0:
            self.warn(found.line, f"{where} is shorter than a frame; it lasts one.")
        item = Item(
            "",
            found.name.strip() or PurePosixPath(found.file).stem,
            found.file,
            max(frames, 1),
            to_frames(found.in_point, self.rate),
            found.kind,
            hard_start=found.hard_start,
            stop_after=found.stop_after,
        )
        self.add(found.line, item, found.id)

    def add(self, line: int, item: Item, own_id: object) -> None:
        """
        The item that was begun last.

        @param item: its id counts for nothing.
        @param own_id: the one that the text gives it, if any.
        """
        where = self.where(item.name)
        item = evolve(item, id=self._id(line, where, own_id))
        if wrong := outside(item, self.rate):
            self.fault(line, f"{where}: {wrong}.")
            return
        length = self._length(item.kind, item.file)
        if length and item.out_point > to_frames(length, self.rate) + 1:
            until = float(to_seconds(item.out_point, self.rate))
            self.warn(line, f"{where} goes to {until:.2f} s of a file of {length:.2f} s.")
        self._items.append(item)

    def _length(self, kind: Kind, file: str) -> float:
        """How many seconds a file lasts; 0 when that is not known, or without end."""
        return self.length_of(file) or 0.0 if kind is Kind.CLIP else 0.0

    def _id(self, line: int, where: str, own: object) -> str:
        """Its own id, or a new one."""
        usable = usable_id({"id": own})
        if usable is not None and len(usable) <= LONGEST_ID and usable not in self._ids:
            if usable not in self.taken:
                self._ids.add(usable)
                return usable
        elif own not in (None, ""):
            self.warn(line, f"{where} got another id: {short(own)} is no id, or an item has it.")
        given = self.new_id("item")
        while given in self._ids or given in self.taken:
            given = self.new_id("item")
        self._ids.add(given)
        return given

    def imported(self, base_start: float | None) -> Imported:
        """All of it: items, or faults."""
        if not (self._items or self._faults):
            self._faults.append(Fault(0, "There are no items in it."))
        warnings = list(self._warnings)
        if self._more_warnings:
            warnings.append(Fault(0, f"… and {self._more_warnings} more such warnings."))
        if self._faults:
            return Imported(faults=tuple(self._faults), warnings=tuple(warnings))
        return Imported(tuple(self._items), base_start, (), tuple(warnings))


def _told(line: int, message: str) -> Fault:
    """A fault in a sentence that somebody can read, whatever it quotes."""
    short_one = message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + "…"
    return Fault(line, short_one)
