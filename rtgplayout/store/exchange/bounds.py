# -*- test-case-name: tests.store.exchange.test_bounds -*-
"""
What the fields of an item may hold at most: the same for every import as for what operators ask
one by one.
"""

import re
from collections.abc import Mapping
from fractions import Fraction

import orjson

from ...rundown.item import Item, Kind, SecondaryEvent, fault

__all__ = ["LONGEST", "NO_TEXT", "outside"]

LONGEST = 7 * 86_400
"""Seconds: the longest duration, and the latest in point."""

NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, line ends and what is no character at all."""

_MARKUP = re.compile("[\"'`<>&\\\\]")
_DEVICES = 64
_LONGEST_ID = 100
_LONGEST_NAME = 500
_LONGEST_PATH = 1_000
_MOST_DATA = 64 * 1024
_LAST_LAYER = 9_999


def outside(item: Item, rate: Fraction) -> str | None:
    """
    Why C{item} can not be imported.

    @param rate: frames a second that it counts in.
    @return: a phrase that goes on after the name of the item; L{None} when it can.
    """
    return (
        _text("name", item.name, _LONGEST_NAME)
        or _path("file", item.file, _LONGEST_PATH)
        or _device(item)
        or _time("duration", item.duration, rate)
        or _time("in point", item.in_point, rate)
        or (item.thumbnail and _text("thumbnail", item.thumbnail, _LONGEST_PATH))
        or next(filter(None, map(_event, item.secondary_events)), None)
        or _rest(item)
    )


def _rest(item: Item) -> str | None:
    """What no playlist may hold, imported or not."""
    wrong = fault(item)
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
    number = int(item.file) if re.fullmatch("[0-9]{1,3}", item.file) else 0
    if item.kind is not Kind.LIVE or 1 <= number <= _DEVICES:
        return None
    return f"a live input needs the number of a DeckLink device, 1 to {_DEVICES}, as its file"


def _time(field: str, frames: int, rate: Fraction) -> str | None:
    return f"the {field} is longer than 7 days" if frames > LONGEST * rate else None


def _event(event: SecondaryEvent) -> str | None:
    wrong = (
        len(event.id) > _LONGEST_ID and f"the id is longer than {_LONGEST_ID} characters",
        event.offset_ms > LONGEST * 1_000 and "the offset is longer than 7 days",
        not 0 <= event.layer <= _LAST_LAYER and f"the layer is not one of 0 to {_LAST_LAYER}",
        event.template is not None and _template(event.template),
        _data(event.data),
    )
    found = next(filter(None, wrong), None)
    return f"secondary event {event.id[:_LONGEST_ID]}: {found}" if found else None


def _template(name: str) -> str | None:
    if _MARKUP.search(name):
        return "the template has quotes, <, >, & or backslashes"
    return _path("template", name, _LONGEST_NAME)


def _data(data: Mapping[str, object]) -> str | None:
    try:
        long = len(orjson.dumps(dict(data))) > _MOST_DATA
    except orjson.JSONEncodeError as error:
        return f"the data can not be written: {error}"
    return f"the data is longer than {_MOST_DATA} bytes" if long else None
