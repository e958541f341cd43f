# -*- test-case-name: tests.store.test_playlist_file -*-
"""
Items as they are found in a playlist file, written by the old system, by ours or by hand, made into
items that can be played; and sentences that say what was not as it should be.
"""

import math
import re
from collections.abc import Collection, Mapping
from fractions import Fraction
from reprlib import repr as short
from types import MappingProxyType
from typing import TypeGuard

import orjson
from attrs import define, field

from ..amcp.commands import LAST_LAYER
from ..rundown.item import Item, Kind, SecondaryEvent, SecondaryType, Trigger
from ..rundown.timing import ClockTime, parse_clock_time, to_frames
from .written import few, instant

__all__ = ["LONGEST", "Reader", "Senseless", "number", "usable_id", "usable_ids"]

LONGEST = 31 * 86_400
"""Seconds: a duration or an in point beyond this is a mistake."""

_MOST_UNKNOWN = 1_000
_ID = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEYS = frozenset(
    "id name file type durationSeconds trimInSeconds trimOutSeconds thumbnail hardStartTime"
    " secondaryEvents stopAfter".split()
)


class Senseless(Exception):
    """Why nothing can be made of an item or of a secondary event."""


def usable_id(written: object) -> str | None:
    """The id of an item or of a secondary event when it can stay, else L{None}."""
    found = written.get("id") if isinstance(written, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else None


def usable_ids(written: Collection[object]) -> set[str]:
    """All ids of items, or of secondary events, that can stay."""
    return {id for each in written if (id := usable_id(each)) is not None}


@define
class Reader:
    """
    Reads the items of one document; gathers what had to be repaired.

    @ivar taken: the usable ids in the document, which no item without one gets, and those given.
    @ivar strict: an item of which something would have to be left out is senseless.
    @ivar restored: how many items had been trimmed or extended by hard starts, and are whole again.
    @ivar unknown: keys of items that say nothing known; not all, when there are very many.
    """

    rate: Fraction
    taken: set[str]
    strict: bool = False
    restored: int = field(init=False, default=0)
    unknown: set[str] = field(init=False, factory=set)
    _seen: set[str] = field(init=False, factory=set)
    _sentences: list[str] = field(init=False, factory=list)
    _without_id: int = field(init=False, default=0)
    _where: str = field(init=False, default="")

    def repairs(self) -> tuple[str, ...]:
        """Sentences for the operator; not more than somebody would read."""
        sentences = list(few(self._sentences))
        if self._without_id:
            sentences.append(f"Items that had no id and were given one: {self._without_id}.")
        if self.restored:
            sentences.append(
                f"Items trimmed or extended by hard starts that are whole again: {self.restored}."
            )
        if self.unknown:
            sentences.append(f"Left out, as its meaning is not known: {short(self.unknown)}.")
        return tuple(sentences)

    def noted(self) -> tuple[str, ...]:
        """The sentences since this was last asked."""
        sentences = tuple(self._sentences)
        self._sentences.clear()
        return sentences

    def base_start(self, written: object) -> float | None:
        """Seconds since the epoch; none when what is written is no date with a time zone."""
        if written is None:
            return None
        found = instant(written)
        if found is None:
            self._sentences.append(f"The base start {short(written)} is no date; there is none.")
        return found

    def items(self, written: Collection[object]) -> tuple[Item, ...]:
        """All items that can be played."""
        items = []
        for n, each in enumerate(written, 1):
            try:
                items.append(self.item(each, n))
            except Senseless as error:
                self._note(f"{error}: it was left out")
        return tuple(items)

    def item(self, written: object, position: int) -> Item:
        """
        One item.

        @param position: which it is; the first is 1.
        @raise Senseless: it cannot be played; a phrase that goes on after its name.
        """
        self._where = f"Item {position}"
        if not isinstance(written, dict):
            raise Senseless("is not a JSON object")
        name, file = written.get("name"), written.get("file")
        if isinstance(name, str) and name.strip():
            self._where += f" {short(name)}"
        kind = self._kind(written.get("type"))
        if kind is Kind.LIVE and isinstance(file, int):
            file = str(file)
        if not _is_one_line(file):
            raise Senseless(f"names no file but {short(file)}")
        if kind is Kind.LIVE and not (file.isascii() and file.isdigit() and int(file[:9])):
            raise Senseless(f"is live but {short(file)} is no DeckLink device number")
        duration = self._duration(written)
        if not (isinstance(name, str) and name.strip()):
            self._note("had no name; it is called by its file")
            name = file
        if len(self.unknown) < _MOST_UNKNOWN:
            self.unknown |= written.keys() - _KEYS
        return Item(
            self._id(written, position),
            name,
            file,
            duration,
            self._in_point(written.get("trimInSeconds")),
            kind,
            self._thumbnail(written.get("thumbnail")),
            self._hard_start(written.get("hardStartTime")),
            self._events(written.get("secondaryEvents")),
            self._stop_after(written.get("stopAfter")),
        )

    def _note(self, what: str) -> None:
        self._sentences.append(f"{self._where} {what}.")

    def _id(self, written: Mapping[str, object], position: int) -> str:
        """Its own id, or one that follows from nothing but the document."""
        own = usable_id(written)
        if own is not None and own not in self._seen:
            self._seen.add(own)
            return own
        given = _fresh(f"item-{position}", self.taken)
        self.taken.add(given)
        if own is not None:
            self._note(f"had the id {own} of an item before it; it is now {given}")
        elif written.get("id") is not None:
            self._note(f"had {short(written['id'])} as its id; it is now {given}")
        else:
            self._without_id += 1
        return given

    def _kind(self, written: object) -> Kind:
        try:
            return Kind.CLIP if written is None else Kind(written)
        except ValueError:
            self._note(f"is of the unknown type {short(written)}; it is taken for a clip")
            return Kind.CLIP

    def _duration(self, written: Mapping[str, object]) -> int:
        """
        Frames on air, as they were before any hard start trimmed or extended it.

        @raise Senseless: there is no telling.
        """
        found = written.get("durationSeconds")
        duration = number(found)
        if duration is None:
            raise Senseless(f"has the duration {short(found)}")
        if isinstance(found, str):
            self._note("has a duration in quotes; it is taken as a number")
        trimmed = written.get("trimOutSeconds")
        trim = 0 if trimmed is None else number(trimmed)
        if trim and 0 < duration + trim <= LONGEST:
            duration += trim
            self.restored += 1
        elif trim != 0:
            self._note(f"has {short(trimmed)} seconds trimmed; that cannot be undone")
        if not 0 < duration <= LONGEST:
            raise Senseless(f"has the duration {short(found)}")
        frames = to_frames(duration, self.rate)
        if frames == 0:
            self._note("is shorter than a frame; it lasts one")
        return max(frames, 1)

    def _in_point(self, written: object) -> int:
        seconds = 0 if written is None else number(written)
        if seconds is None or not 0 <= seconds <= LONGEST:
            self._note(f"has the in point {short(written)}; it starts at its beginning")
            return 0
        return to_frames(seconds, self.rate)

    def _thumbnail(self, written: object) -> str | None:
        if written is None or isinstance(written, str):
            return written
        self._note(f"has the thumbnail {short(written)}; it has none")
        return None

    def _hard_start(self, written: object) -> ClockTime | None:
        if written is None or written == "":
            return None
        try:
            return parse_clock_time(str(written))
        except ValueError:
            self._note(f"has the hard start {short(written)}, no time of day; it has none")
            return None

    def _stop_after(self, written: object) -> bool:
        if written is not None and not isinstance(written, bool):
            self._note(f"has {short(written)} as stopAfter; nothing stops after it")
        return written is True

    def _events(self, written: object) -> tuple[SecondaryEvent, ...]:
        if written is None:
            return ()
        if not isinstance(written, list):
            if self.strict:
                raise Senseless("has secondary events that are no list")
            self._note("has secondary events that are no list; it has none")
            return ()
        taken = usable_ids(written)
        events: dict[str, SecondaryEvent] = {}
        for n, each in enumerate(written, 1):
            own = usable_id(each)
            if own is None or own in events:
                own = _fresh(f"evt-{n}", taken)
                taken.add(own)
            try:
                events[own] = _secondary_event(own, each)
            except Senseless as error:
                if self.strict:
                    raise Senseless(f"has a secondary event {n} without sense: {error}") from None
                self._note(f"has a secondary event {n} that was left out: {error}")
        return tuple(events.values())


def _secondary_event(id: str, written: object) -> SecondaryEvent:
    """
    One secondary event.

    @raise Senseless: it says nothing that could be done.
    """
    if not isinstance(written, dict):
        raise Senseless("it is not a JSON object")
    try:
        kind, trigger = SecondaryType(written.get("type")), Trigger(written.get("trigger"))
    except ValueError as error:
        raise Senseless(str(error)) from None
    offset, layer = _whole(written.get("offsetMs"), 0), _whole(written.get("layer"), 20)
    if offset is None or not 0 <= offset <= LONGEST * 1_000:
        raise Senseless(f"its offset is {short(written['offsetMs'])}")
    if layer is None or not 0 <= layer <= LAST_LAYER:
        raise Senseless(f"its layer is {short(written['layer'])}")
    template, data = written.get("template"), written.get("data")
    if not (_is_one_line(template) or (template is None and kind is not SecondaryType.CG_ADD)):
        raise Senseless(f"its template is {short(template)}")
    if data is not None and not (isinstance(data, dict) and _can_be_written(data)):
        raise Senseless(f"its data is {short(data)}")
    return SecondaryEvent(id, kind, trigger, offset, layer, template, MappingProxyType(data or {}))


def _fresh(wanted: str, taken: Collection[str]) -> str:
    """The id that is wanted, with a number behind it when it is taken."""
    given, n = wanted, 1
    while given in taken:
        n += 1
        given = f"{wanted}-{n}"
    return given


def _is_one_line(value: object) -> TypeGuard[str]:
    """Whether it can name a file or a template."""
    return isinstance(value, str) and bool(value.strip()) and not _CONTROL.search(value)


def number(value: object) -> int | float | None:
    """A finite number, also one in quotes."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def _whole(written: object, default: int) -> int | None:
    """The nearest whole number; C{default} when nothing is written, L{None} when it is none."""
    found = default if written is None else number(written)
    return None if found is None else round(found)


def _can_be_written(data: Mapping[str, object]) -> bool:
    """Whether it will not fail every save, as what is nested too deeply would."""
    try:
        orjson.dumps([[[[data]]]])
    except orjson.JSONEncodeError:
        return False
    return True
