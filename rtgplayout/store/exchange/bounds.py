# -*- test-case-name: tests.store.exchange.test_bounds -*-
"""
What the fields of an item may hold at most: the same for every import as for what operators ask
one by one, whose messages (L{rtgplayout.api.values}) take the numbers from here.
"""

import re
from collections.abc import Mapping
from fractions import Fraction

import orjson

from ...amcp.commands import LAST_LAYER
from ...rundown.item import Item, Kind, SecondaryEvent

__all__ = [
    "LONGEST",
    "LONGEST_ID",
    "LONGEST_NAME",
    "LONGEST_PATH",
    "LONGEST_URL",
    "MARKUP",
    "MOST_DATA",
    "NO_TEXT",
    "is_device",
    "outside",
]

LONGEST = 7 * 86_400
"""Seconds: the longest duration, and the latest in point."""

NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, line ends and what is no character at all."""

MARKUP = re.compile("[\"'`<>&\\\\]")
"""What a name that pages put into HTML as it is must not have."""

LONGEST_ID = 100
LONGEST_NAME = 500
LONGEST_PATH = 1_000
LONGEST_URL = 4_000
"""Characters; a thumbnail's URL is a path in which each may have become several."""

MOST_DATA = 64 * 1024
"""Bytes of JSON that a template is given."""

_DEVICE = re.compile("[1-9]|[1-5][0-9]|6[0-4]")


def outside(item: Item, rate: Fraction) -> str | None:
    """
    Why C{item} can not be imported.

    @param rate: frames a second that it counts in.
    @return: a phrase that goes on after the name of the item; L{None} when it can.
    """
    return (
        _text("name", item.name, LONGEST_NAME)
        or _path("file", item.file, LONGEST_PATH)
        or _device(item)
        or _time("duration", item.duration, rate)
        or _time("in point", item.in_point, rate)
        or (item.thumbnail and _text("thumbnail", item.thumbnail, LONGEST_URL))
        or next(filter(None, map(_event, item.secondary_events)), None)
        or _rest(item)
    )


def is_device(file: str) -> bool:
    """Whether it is the number of a DeckLink device, 1 to 64."""
    return _DEVICE.fullmatch(file) is not None


def _rest(item: Item) -> str | None:
    """What no playlist may hold, imported or not."""
    wrong = item.fault
    return wrong and f"{wrong[0]}: {wrong[1]}"


def _text(field: str, text: str, longest: int) -> str | None:
    if not text.strip():
        return f"the {field} is empty"
    if len(text) > longest:
        return f"the {field} is longer than {longest} characters"
    if NO_TEXT.search(text):
        return f"the {field} has line ends or other control characters"
    return None


def _path(field: str, text: str, longest: int) -> str | None:
    if ".." in re.split(r"[/\\]", text):
        return f"the {field} has .. in its path"
    return _text(field, text, longest)


def _device(item: Item) -> str | None:
    if item.kind is not Kind.LIVE or is_device(item.file):
        return None
    return "a live input needs the number of a DeckLink device, 1 to 64, as its file"


def _time(field: str, frames: int, rate: Fraction) -> str | None:
    return f"the {field} is longer than 7 days" if frames > LONGEST * rate else None


def _event(event: SecondaryEvent) -> str | None:
    wrong = (
        len(event.id) > LONGEST_ID and f"the id is longer than {LONGEST_ID} characters",
        event.offset_ms > LONGEST * 1_000 and "the offset is longer than 7 days",
        not 0 <= event.layer <= LAST_LAYER and f"the layer is not one of 0 to {LAST_LAYER}",
        event.template is not None and _template(event.template),
        _data(event.data),
    )
    found = next(filter(None, wrong), None)
    return f"secondary event {event.id[:LONGEST_ID]}: {found}" if found else None


def _template(name: str) -> str | None:
    if MARKUP.search(name):
        return "the template has quotes, <, >, & or backslashes"
    return _path("template", name, LONGEST_NAME)


def _data(data: Mapping[str, object]) -> str | None:
    try:
        long = len(orjson.dumps(dict(data))) > MOST_DATA
    except orjson.JSONEncodeError as error:
        return f"the data can not be written: {error}"
    return f"the data is longer than {MOST_DATA} bytes" if long else None
