# -*- test-case-name: tests.api.test_codec -*-
"""
From bytes to messages, strictly, and back to bytes.

Nothing is coerced, everything is bounded, and whatever bytes come the only exception is
L{BadMessage}, which names the field at fault.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial, reduce
from math import isfinite
from operator import eq, or_
from types import UnionType
from typing import Any, Final, NoReturn, TypeVar, Union, get_args, get_origin

import orjson
from attrs import fields, frozen, has
from cattrs import BaseValidationError, ClassValidationError, Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from ..rundown.timing import ClockTime, parse_clock_time
from .messages import (
    MESSAGES,
    AddItem,
    BadMessage,
    ChannelNumber,
    Color,
    Day,
    FileName,
    FolderId,
    FolderName,
    Index,
    Instant,
    ItemSpec,
    Layer,
    LogSize,
    Message,
    Milliseconds,
    Name,
    NewId,
    PageSize,
    Point,
    PresetSpec,
    Request,
    RequestId,
    SearchText,
    Seconds,
    TemplateData,
    TemplateName,
    Text,
    Thumbnail,
    Unchanged,
    Version,
    wire_name,
)

__all__ = ["MAX_MESSAGE", "decode", "encode"]

T = TypeVar("T")
Hook = Callable[[object, object], Any]

MAX_MESSAGE: Final = 1 << 20
"""The longest message that is looked at, in bytes."""
_MAX_DEPTH = 32
_MAX_DATA = 64 * 1024
_MAX_ENTRIES = 20_000
_LONGEST_SEARCH = 200
_WEEK = 7 * 24 * 3600
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MARKUP = re.compile("[\"'`<>&\\\\]")


class _Fault(ValueError):
    """A value is not what its field holds."""

    def __init__(self, message: str, code: str = "bad_value") -> None:
        super().__init__(message)
        self.code = code


class _FaultyEntry(ValueError):
    """
    An entry of a list is not what it should be. Those after it are not looked at: a long list in
    which every one is wrong would take a second.
    """

    def __init__(self, index: int, fault: Exception) -> None:
        super().__init__(index)
        self.index = index
        self.fault = fault


_NAMES = {
    bool: "true or false",
    dict: "an object",
    float: "a number",
    int: "a whole number",
    list: "a list",
    str: "a string",
    type(None): "null",
}


def _exactly(kind: type[T], value: object) -> T:
    """C{value}, when it is of that JSON type and no other."""
    if type(value) is not kind:
        given = "a fraction" if type(value) is float and kind is int else _NAMES[type(value)]
        raise _Fault(f"must be {_NAMES[kind]}, not {given}", "wrong_type")
    return value


def _text(longest: int, *, refuse: re.Pattern[str] = _CONTROL) -> Hook:
    """A string of one to that many characters, without control characters."""

    def hook(value: object, _: object) -> str:
        text = _exactly(str, value)
        if not text.strip():
            raise _Fault("must not be empty")
        if len(text) > longest:
            raise _Fault(f"must not be longer than {longest} characters")
        if _CONTROL.search(text):
            raise _Fault("must not contain line ends or other control characters")
        if refuse.search(text):
            raise _Fault("must not contain quotes, <, >, & or backslashes")
        return text

    return hook


def _path(inner: Hook) -> Hook:
    """The same, but it must not lead out of the folder it starts from."""

    def hook(value: object, kind: object) -> str:
        text: str = inner(value, kind)
        if ".." in re.split(r"[/\\]", text):
            raise _Fault("must not contain ..")
        return text

    return hook


def _whole(lowest: int, highest: int) -> Hook:
    """A whole number between two others."""

    def hook(value: object, _: object) -> int:
        number = _exactly(int, value)
        if not lowest <= number <= highest:
            raise _Fault(f"must be between {lowest} and {highest}")
        return number

    return hook


def _seconds(zero: bool) -> Hook:
    """A number of seconds, at most a week."""

    def hook(value: object, _: object) -> float:
        number = float(value) if type(value) is int else _exactly(float, value)
        if not isfinite(number) or number > _WEEK:
            raise _Fault("must be at most 7 days")
        if number < 0 or (number == 0 and not zero):
            raise _Fault("must be 0 or more" if zero else "must be more than 0")
        return number

    return hook


def _new_id(value: object, _: object) -> str:
    text = _exactly(str, value)
    if not re.fullmatch("[A-Za-z0-9_-]{1,100}", text):
        raise _Fault("must be 1 to 100 letters, digits, - or _")
    return text


def _instant(value: object, _: object) -> float:
    text = _exactly(str, value)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise _Fault("must be a date and time such as 2026-03-01T18:00:00Z") from None
    if when.tzinfo is None:
        raise _Fault("must end with Z or an offset such as +01:00")
    if not 2000 <= when.year < 2100:
        raise _Fault("must be in the years 2000 to 2099")
    return when.astimezone(UTC).timestamp()


def _day(value: object, _: object) -> date:
    text = _exactly(str, value)
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        raise _Fault("must be a day such as 2026-03-01") from None
    if not 2000 <= day.year < 2100:
        raise _Fault("must be in the years 2000 to 2099")
    return day


def _clock_time(value: object, _: object) -> ClockTime | None:
    if value is None or value == "":
        return None
    text = _exactly(str, value)
    try:
        return parse_clock_time(text)
    except ValueError as error:
        raise _Fault(str(error)) from None


def _color(value: object, _: object) -> str:
    text = _exactly(str, value)
    if not re.fullmatch("#[0-9A-Fa-f]{6}", text):
        raise _Fault("must be a colour such as #118ab2")
    return text


def _search_text(value: object, _: object) -> str:
    text = _exactly(str, value)
    if len(text) > _LONGEST_SEARCH:
        raise _Fault(f"must not be longer than {_LONGEST_SEARCH} characters")
    return text


def _template_data(value: object, _: object) -> Mapping[str, object]:
    data = _exactly(dict, value)
    if len(orjson.dumps(data)) > _MAX_DATA:
        raise _Fault(f"must not be longer than {_MAX_DATA} bytes")
    return data


_HOOKS: Mapping[object, Hook] = {
    bool: lambda value, _: _exactly(bool, value),
    str: _text(1000),
    Name: _text(500),
    FileName: _path(_text(1000)),
    Thumbnail: _text(4000),
    TemplateName: _path(_text(500, refuse=_MARKUP)),
    NewId: _new_id,
    Seconds: _seconds(zero=False),
    Point: _seconds(zero=True),
    Index: _whole(0, 1_000_000),
    Milliseconds: _whole(0, _WEEK * 1000),
    Layer: _whole(0, 9999),
    ChannelNumber: _whole(1, 99),
    FolderId: _whole(1, 1 << 31),
    FolderName: _text(100, refuse=_MARKUP),
    PageSize: _whole(1, 1000),
    LogSize: _whole(1, 10_000),
    Day: _day,
    Color: _color,
    SearchText: _search_text,
    Text: lambda value, _: _exactly(str, value),
    Instant: _instant,
    ClockTime | None: _clock_time,
    TemplateData: _template_data,
}


def _enum(kind: type[Enum]) -> Hook:
    """One of the values of an enum."""
    values = {member.value: member for member in kind}

    def hook(value: object, _: object) -> Enum:
        found = values.get(_exactly(str, value))
        if found is None:
            raise _Fault(f"must be one of {', '.join(values)}")
        return found

    return hook


def _is_tuple(kind: object) -> bool:
    origin: object = get_origin(kind)
    return origin is tuple


def _is_union_with(kind: object, member: object) -> bool:
    return get_origin(kind) in {Union, UnionType} and member in get_args(kind)


def _converter(version: Version) -> Converter:
    """
    What turns JSON values into messages; version 1 passes over fields that it doesn't know, as
    the old system did.
    """
    converter = Converter()
    strict = version >= Version.TWO

    def changeable(kind: object) -> Hook:
        """For a field that keeps its value when it is not named: when named, the other types."""
        rest = [member for member in get_args(kind) if member is not Unchanged]
        inner: Any = reduce(or_, rest)
        return lambda value, _: converter.structure(value, inner)

    def entries(kind: object) -> Hook:
        """For a tuple: a JSON list, up to its first fault."""
        inner = get_args(kind)[0]

        def hook(value: object, _: object) -> tuple[object, ...]:
            given = _exactly(list, value)
            if len(given) > _MAX_ENTRIES:
                raise _Fault(f"must not have more than {_MAX_ENTRIES} entries")
            found = []
            for index, entry in enumerate(given):
                try:
                    found.append(converter.structure(entry, inner))
                except (_Fault, BaseValidationError) as error:
                    raise _FaultyEntry(index, error) from None
            return tuple(found)

        return hook

    def record(kind: Any) -> Hook:
        """For a message or a part of one: a JSON object."""
        names: dict[str, Any] = {
            attribute.name: override(rename=wire_name(attribute.name)) for attribute in fields(kind)
        }
        inner: Any = make_dict_structure_fn(
            kind, converter, _cattrs_forbid_extra_keys=strict, **names
        )
        return lambda value, wanted: inner(_exactly(dict, value), wanted)

    def add_item(value: object, _: object) -> AddItem:
        data = dict(_exactly(dict, value))
        at = converter.structure({"at": data.pop("at", None)}, _At).at
        return AddItem(converter.structure(data, ItemSpec), at)

    def preset(value: object, wanted: object) -> PresetSpec:
        rest = dict(_exactly(dict, value))
        known = {name: rest.pop(name) for name in preset_names & set(rest)}
        for name in ("name", "templateName"):
            known[name] = known.get(name) or None
        spec: PresetSpec = preset_fields({**known, "extra": rest}, wanted)
        return spec

    converter.register_structure_hook_factory(has, record)
    converter.register_structure_hook_factory(
        lambda kind: isinstance(kind, type) and issubclass(kind, Enum), _enum
    )
    converter.register_structure_hook_factory(_is_tuple, entries)
    for kind, hook in _HOOKS.items():
        if isinstance(kind, type):
            converter.register_structure_hook(kind, hook)
        else:
            converter.register_structure_hook_func(partial(eq, kind), hook)
    converter.register_structure_hook_factory(
        lambda kind: _is_union_with(kind, Unchanged), changeable
    )
    converter.register_structure_hook_func(partial(eq, AddItem), add_item)
    preset_fields: Any = record(PresetSpec)
    preset_names = {wire_name(attribute.name) for attribute in fields(PresetSpec)} - {"extra"}
    converter.register_structure_hook_func(partial(eq, PresetSpec), preset)
    return converter


@frozen
class _At:
    at: Index | None


_CONVERTERS = {version: _converter(version) for version in Version}


def _faults(error: Exception, path: str = "") -> Iterator[tuple[str, Exception]]:
    """Every fault that cattrs found, with where."""
    if isinstance(error, ClassValidationError):
        named, unnamed = error.group_exceptions()
        for inner, note in named:
            name = wire_name(note.name)
            yield from _faults(inner, f"{path}.{name}" if path else name)
        for inner in unnamed:
            yield from _faults(inner, path)
    elif isinstance(error, _FaultyEntry):
        yield from _faults(error.fault, f"{path}[{error.index}]")
    else:
        yield path, error


def _refuse(error: Exception, id: RequestId | None) -> NoReturn:
    """Say the first fault in words."""
    path, fault = next(_faults(error))
    if isinstance(fault, _Fault):
        raise BadMessage(fault.code, str(fault), path or "data", id)
    if isinstance(fault, KeyError):
        raise BadMessage("missing", "is missing", path, id)
    if isinstance(fault, ForbiddenExtraKeysError):
        name = _CONTROL.sub("?", min(fault.extra_fields)[:60])
        where = f"{path}.{name}" if path else name
        raise BadMessage("unknown_field", "is not known here", where, id)
    raise fault


def _depth_within(value: object, most: int) -> bool:
    """Whether lists and objects are nested no deeper than that."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False


def _request_id(document: Mapping[str, object]) -> RequestId:
    """The id of a version 2 request."""
    match document.get("id"):
        case bool():
            pass
        case int() as number if abs(number) < 1 << 53:
            return number
        case str() as text if 0 < len(text) <= 64:
            return text
        case None:
            raise BadMessage("missing", "is missing", "id")
    raise BadMessage("wrong_type", "must be a whole number or a string of 1 to 64", "id")


def decode(payload: bytes, version: Version) -> Request:
    """
    The message in C{payload}.

    @raise BadMessage: what is wrong with it; nothing else is raised, whatever the bytes.
    """
    if len(payload) > MAX_MESSAGE:
        raise BadMessage("too_large", f"a message must not be longer than {MAX_MESSAGE} bytes")
    try:
        document = orjson.loads(payload)
    except ValueError as error:
        raise BadMessage("not_json", f"this is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise BadMessage("not_an_object", "a message must be a JSON object")
    id = _request_id(document) if version >= Version.TWO else None
    if not _depth_within(document, _MAX_DEPTH):
        raise BadMessage("too_deep", f"nested deeper than {_MAX_DEPTH}", "", id)
    channel = None
    if version >= Version.TWO and document.get("channel") is not None:
        channel = document["channel"]
        if type(channel) is not int:
            raise BadMessage("wrong_type", "must be a whole number", "channel", id)
    kind = _kind(document.get("type"), version, id)
    data = document.get("data")
    try:
        message = _CONVERTERS[version].structure({} if data is None else data, kind)
    except (_Fault, BaseValidationError) as error:
        _refuse(error, id)
    return Request(message, id, channel)


def _kind(name: object, version: Version, id: RequestId | None) -> type[Message]:
    """The class of messages of that type."""
    if name is None:
        raise BadMessage("missing", "is missing", "type", id)
    if not isinstance(name, str):
        raise BadMessage("wrong_type", "must be a string", "type", id)
    kind = MESSAGES[version].get(name)
    if kind is None:
        shown = _CONTROL.sub("?", name[:60])
        raise BadMessage("unknown_type", f"unknown message type: {shown}", "type", id)
    return kind


def encode(
    kind: str,
    data: object,
    id: RequestId | None = None,
    channel: int | None = None,
    beside: Mapping[str, object] = {},
) -> bytes:
    """
    A message for clients.

    @param data: JSON values.
    @param id: of the request that this answers.
    @param channel: of what it speaks; version 2 only.
    @param beside: what stands beside the data.
    """
    envelope: dict[str, object] = {"type": kind, **beside}
    if id is not None:
        envelope["id"] = id
    if channel is not None:
        envelope["channel"] = channel
    envelope["data"] = data
    return orjson.dumps(envelope)
