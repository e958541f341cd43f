# -*- test-case-name: tests.api.test_codec -*-
"""
What the fields of messages hold: each type with its bounds, in words and as a check. Both come from
the same numbers, so that the reference of the protocol says what the codec does.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Final, TypeVar

import orjson
from attrs import frozen

from ..amcp.commands import LAST_CHANNEL, LAST_LAYER
from ..media import folders
from ..rundown.timing import ClockTime, parse_clock_time
from ..store.exchange.bounds import (
    LONGEST,
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_PATH,
    LONGEST_URL,
    MARKUP,
    MOST_DATA,
)
from .messages import (
    ChannelNumber,
    Color,
    Day,
    FileName,
    FolderId,
    FolderName,
    Index,
    Instant,
    Layer,
    LogSize,
    Milliseconds,
    Name,
    NewId,
    PageSize,
    Point,
    SearchText,
    Seconds,
    TemplateData,
    TemplateName,
    Text,
    Thumbnail,
)

__all__ = ["CONTROL", "FIELDS", "Content", "Fault", "exactly"]

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters and line ends."""
_CLOCK_TIME: Final = r"^([0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]{1,3})?)?)?$"
_NO_MARKUP: Final = "quotes, <, >, & or backslashes"


class Fault(ValueError):
    """A value is not what its field holds."""

    def __init__(self, message: str, code: str = "bad_value") -> None:
        super().__init__(message)
        self.code = code


@frozen
class Content:
    """
    What a field holds.

    @ivar form: what is on the wire, in words: C{"a whole number, 0 to 9999"}.
    @ivar read: makes of JSON's value the one that the message has; raises L{Fault}.
    @ivar schema: what is on the wire as JSON Schema has it, without what that cannot say.
    @ivar meaning: what it is, where the name of the field says no more.
    """

    form: str
    read: Callable[[object], object]
    schema: Mapping[str, object]
    meaning: str = ""


_NAMES = {
    bool: "true or false",
    dict: "an object",
    float: "a number",
    int: "a whole number",
    list: "a list",
    str: "a string",
    type(None): "null",
}


def exactly(kind: type[T], value: object) -> T:
    """
    C{value}, when it is of that JSON type and no other.

    @raise Fault: it is not.
    """
    if type(value) is not kind:
        given = "a fraction" if type(value) is float and kind is int else _NAMES[type(value)]
        raise Fault(f"must be {_NAMES[kind]}, not {given}", "wrong_type")
    return value


def _text(longest: int, meaning: str = "", *, markup: bool = True, down: bool = False) -> Content:
    """
    A string of one to that many characters, without control characters.

    @param markup: what HTML knows may be in it.
    @param down: it is a path, and must not lead out of the folder that it starts from.
    """

    def read(value: object) -> str:
        text = exactly(str, value)
        if not text.strip():
            raise Fault("must not be empty")
        if len(text) > longest:
            raise Fault(f"must not be longer than {longest} characters")
        if CONTROL.search(text):
            raise Fault("must not contain line ends or other control characters")
        if not markup and MARKUP.search(text):
            raise Fault(f"must not contain {_NO_MARKUP}")
        if down and ".." in re.split(r"[/\\]", text):
            raise Fault("must not contain ..")
        return text

    form = f"string, 1 to {longest} characters"
    form += "" if markup else f", no {_NO_MARKUP}"
    schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return Content(f"{form}, no C{{..}}" if down else form, read, schema, meaning)


def _displayable(longest: int, meaning: str) -> Content:
    """
    The same, in the form in which every page can show it: the old system's operators name folders
    with apostrophes, and their page puts names into HTML as they are.
    """
    plain = _text(longest)

    def read(value: object) -> str:
        name = folders.displayable(str(plain.read(value)))
        if not name:
            raise Fault("must not be empty")
        return name

    form = f"{plain.form}; quotes and what HTML knows are exchanged for what looks alike"
    return Content(form, read, plain.schema, meaning)


def _short(longest: int, meaning: str) -> Content:
    """A string that may be empty."""

    def read(value: object) -> str:
        text = exactly(str, value)
        if len(text) > longest:
            raise Fault(f"must not be longer than {longest} characters")
        return text

    schema = {"type": "string", "maxLength": longest}
    return Content(f"string, at most {longest} characters", read, schema, meaning)


def _matching(pattern: str, form: str, sentence: str, meaning: str) -> Content:
    """A string that is C{pattern} from one end to the other."""
    compiled = re.compile(pattern)

    def read(value: object) -> str:
        text = exactly(str, value)
        if not compiled.fullmatch(text):
            raise Fault(f"must be {sentence}")
        return text

    return Content(form, read, {"type": "string", "pattern": f"^{pattern}$"}, meaning)


def _whole(lowest: int, highest: int, meaning: str) -> Content:
    """A whole number between two others."""

    def read(value: object) -> int:
        number = exactly(int, value)
        if not lowest <= number <= highest:
            raise Fault(f"must be between {lowest} and {highest}")
        return number

    schema = {"type": "integer", "minimum": lowest, "maximum": highest}
    return Content(f"whole number, {lowest} to {highest}", read, schema, meaning)


def _seconds(zero: bool, meaning: str) -> Content:
    """A number of seconds, at most a week."""

    def read(value: object) -> float:
        number = float(value) if type(value) is int else exactly(float, value)
        if not isfinite(number) or number > LONGEST:
            raise Fault("must be at most 7 days")
        if number < 0 or (number == 0 and not zero):
            raise Fault("must be 0 or more" if zero else "must be more than 0")
        return number

    least = "0 or more" if zero else "more than 0"
    schema = {"type": "number", "minimum" if zero else "exclusiveMinimum": 0, "maximum": LONGEST}
    return Content(f"number, {least}, at most {LONGEST} (7 days)", read, schema, meaning)


def _instant(value: object) -> float:
    text = exactly(str, value)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Fault("must be a date and time such as 2026-03-01T18:00:00Z") from None
    if when.tzinfo is None:
        raise Fault("must end with Z or an offset such as +01:00")
    if not 2000 <= when.year < 2100:
        raise Fault("must be in the years 2000 to 2099")
    # What is finer than files and messages have it would be another after the next start.
    return (when - _EPOCH) // timedelta(milliseconds=1) / 1000


def _day(value: object) -> date:
    text = exactly(str, value)
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        raise Fault("must be a day such as 2026-03-01") from None
    if not 2000 <= day.year < 2100:
        raise Fault("must be in the years 2000 to 2099")
    return day


def _clock_time(value: object) -> ClockTime | None:
    if value is None or value == "":
        return None
    text = exactly(str, value)
    try:
        return parse_clock_time(text)
    except ValueError as error:
        raise Fault(str(error)) from None


def _object(most: int, meaning: str) -> Content:
    """Whatever JSON calls an object."""

    def read(value: object) -> Mapping[str, object]:
        data = exactly(dict, value)
        if len(orjson.dumps(data)) > most:
            raise Fault(f"must not be longer than {most} bytes")
        return data

    return Content(f"object, at most {most} bytes of JSON", read, {"type": "object"}, meaning)


FIELDS: Final[Mapping[object, Content]] = {
    bool: Content("true or false", lambda value: exactly(bool, value), {"type": "boolean"}),
    str: _text(1000),
    Name: _text(LONGEST_NAME, "a label"),
    FileName: _text(LONGEST_PATH, "a path relative to the media folder", down=True),
    Thumbnail: _text(LONGEST_URL, "where a picture is found"),
    TemplateName: _text(LONGEST_NAME, "a template's path", markup=False, down=True),
    NewId: _matching(
        f"[A-Za-z0-9_-]{{1,{LONGEST_ID}}}",
        f"string, 1 to {LONGEST_ID} of C{{A-Z a-z 0-9 _ -}}",
        f"1 to {LONGEST_ID} letters, digits, - or _",
        "an id chosen by the client; made by the server when absent",
    ),
    Seconds: _seconds(False, "how long, in seconds"),
    Point: _seconds(True, "in seconds"),
    Index: _whole(0, 1_000_000, "a place in the list, the first is 0"),
    Milliseconds: _whole(0, LONGEST * 1000, "in milliseconds"),
    Layer: _whole(0, LAST_LAYER, "a layer of the channel"),
    ChannelNumber: _whole(1, LAST_CHANNEL, "a channel of CasparCG, one of ours or not"),
    FolderId: _whole(1, 1 << 31, "a folder's number"),
    FolderName: _displayable(folders.LONGEST_NAME, "a folder's name"),
    PageSize: _whole(1, 1000, "how many are told at most"),
    LogSize: _whole(1, 10_000, "how many are told at most"),
    Day: Content(
        "string, C{YYYY-MM-DD}",
        _day,
        {"type": "string", "format": "date"},
        "a day of the station",
    ),
    Color: _matching(
        "#[0-9A-Fa-f]{6}", "string, C{#rrggbb}", "a colour such as #118ab2", "a colour"
    ),
    SearchText: _short(200, "words to look for"),
    Text: Content(
        "string",
        lambda value: exactly(str, value),
        {"type": "string"},
        "a whole text, its line ends included",
    ),
    Instant: Content(
        "string, ISO 8601 with C{Z} or an offset, years 2000 to 2099",
        _instant,
        {"type": "string", "format": "date-time"},
        "an instant",
    ),
    ClockTime | None: Content(
        'string, C{HH:MM}, C{HH:MM:SS} or C{HH:MM:SS.mmm}, or null; C{""} is null',
        _clock_time,
        {"type": ["string", "null"], "pattern": _CLOCK_TIME},
        "a time of day in the station's time zone",
    ),
    TemplateData: _object(MOST_DATA, "what a template is given"),
}
"""By type, also those that are unions with L{None} where null is read in a way of its own."""
