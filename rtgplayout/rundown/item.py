# -*- test-case-name: tests.rundown.test_item -*-
"""
What can stand in a playlist: a clip, a live input, with its in and out points and its graphics.
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from types import MappingProxyType

from attrs import field, frozen

from .timing import ClockTime

__all__ = ["MOST_FRAMES", "Item", "Kind", "SecondaryEvent", "SecondaryType", "Trigger"]

MOST_FRAMES = 2**31 - 1
"""The most frames that an in point or a duration can have: 414 days at 60 a second."""


class Kind(Enum):
    """What an item is played from."""

    CLIP = "clip"
    """A media file, addressed relative to the media folder; a still when it is an image."""
    LIVE = "live"
    """A DeckLink input; the item's C{file} is the device number."""


class SecondaryType(Enum):
    """What a secondary event does to a graphics layer."""

    CG_ADD = "CG_ADD"
    CG_STOP = "CG_STOP"
    CG_CLEAR = "CG_CLEAR"


class Trigger(Enum):
    """From which end of the item a secondary event is counted."""

    START = "START"
    END = "END"


@frozen
class SecondaryEvent:
    """
    Graphics tied to an item.

    @ivar offset_ms: milliseconds after the item's start, or before its end; at least 0.
    @ivar layer: the graphics layer on the item's channel.
    @ivar template: the template's name; only for C{CG_ADD}.
    @ivar data: what the template is given, a JSON object; only for C{CG_ADD}.
    """

    id: str
    type: SecondaryType
    trigger: Trigger
    offset_ms: int = 0
    layer: int = 20
    template: str | None = None
    data: Mapping[str, object] = field(factory=lambda: MappingProxyType({}), hash=False)


_ID = re.compile("[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@frozen
class Item:
    """
    One entry of a playlist. Never changed by scheduling: what a hard start trims is computed
    (L{rtgplayout.rundown.schedule}) and not stored here.

    @ivar id: unique in its playlist; matches C{[A-Za-z0-9_-]+}.
    @ivar file: a clip's path relative to the media folder, with C{/} and extension; for a live
        item the DeckLink device number.
    @ivar duration: how long it is to be on air from its in point, in frames of the channel; at
        least 1. The out point is C{in_point + duration}.
    @ivar in_point: the first frame to be shown, counted from the start of the file.
    @ivar hard_start: the wall-clock time, in the channel's zone, at which it must start.
    @ivar stop_after: assisted mode stops after it.
    """

    id: str
    name: str
    file: str
    duration: int
    in_point: int = 0
    kind: Kind = Kind.CLIP
    thumbnail: str | None = None
    hard_start: ClockTime | None = None
    secondary_events: tuple[SecondaryEvent, ...] = ()
    stop_after: bool = False

    @property
    def out_point(self) -> int:
        """The frame after the last one to be shown, counted from the start of the file."""
        return self.in_point + self.duration

    @cached_property
    def fault(self) -> tuple[str, str] | None:
        """
        Why it can not stand in a playlist; worked out once.

        @return: the path of the field at fault and a sentence; L{None} when it can.
        """
        if not _ID.fullmatch(self.id):
            return "id", "it must be letters, digits, - and _"
        if not self.name.strip():
            return "name", "it must not be empty"
        if not self.file.strip():
            return "file", "it must not be empty"
        if _CONTROL.search(self.file):
            return "file", "it must have no control characters"
        if not 1 <= self.duration <= MOST_FRAMES:
            return "duration", f"it must be 1 to {MOST_FRAMES} frames"
        if not 0 <= self.in_point <= MOST_FRAMES:
            return "inPoint", f"it must be 0 to {MOST_FRAMES} frames"
        ids: set[str] = set()
        for n, event in enumerate(self.secondary_events):
            path = f"secondaryEvents[{n}]"
            if event.id in ids:
                return f"{path}.id", "another event of the item has it already"
            ids.add(event.id)
            if event.offset_ms < 0:
                return f"{path}.offsetMs", "it must be at least 0"
            if event.type is SecondaryType.CG_ADD and not event.template:
                return f"{path}.template", "CG_ADD needs the name of a template"
        return None
