# -*- test-case-name: tests.api.test_codec -*-
"""
From bytes to messages, strictly, and back to bytes.

Nothing is coerced, everything is bounded (L{rtgplayout.api.values}), and whatever bytes come the
only exception is L{BadMessage}, which names the field at fault.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import partial, reduce
from operator import eq, or_
from types import UnionType
from typing import Any, Final, NoReturn, Union, get_args, get_origin

import orjson
from attrs import fields, frozen, has
from cattrs import BaseValidationError, ClassValidationError, Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from .messages import (
    MESSAGES,
    AddItem,
    BadMessage,
    Index,
    ItemSpec,
    Message,
    PresetSpec,
    Request,
    RequestId,
    Unchanged,
    Version,
    wire_name,
)
from .values import CONTROL, FIELDS, Content, Fault, exactly

__all__ = ["MAX_DEPTH", "MAX_ENTRIES", "MAX_MESSAGE", "decode", "encode"]

Hook = Callable[[object, object], Any]

MAX_MESSAGE: Final = 1 << 20
"""The longest message that is looked at, in bytes."""
MAX_DEPTH: Final = 32
"""How deep lists and objects may be nested in one."""
MAX_ENTRIES: Final = 20_000
"""How many entries a list may have."""


class _FaultyEntry(ValueError):
    """
    An entry of a list is not what it should be. Those after it are not looked at: a long list in
    which every one is wrong would take a second.
    """

    def __init__(self, index: int, fault: Exception) -> None:
        super().__init__(index)
        self.index = index
        self.fault = fault


def _hook(content: Content) -> Hook:
    """What a field of one type holds, as cattrs asks for it."""
    return lambda value, _: content.read(value)


def _enum(kind: type[Enum]) -> Hook:
    """One of the values of an enum."""
    values = {member.value: member for member in kind}

    def hook(value: object, _: object) -> Enum:
        found = values.get(exactly(str, value))
        if found is None:
            raise Fault(f"must be one of {', '.join(values)}")
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
            given = exactly(list, value)
            if len(given) > MAX_ENTRIES:
                raise Fault(f"must not have more than {MAX_ENTRIES} entries")
            found = []
            for index, entry in enumerate(given):
                try:
                    found.append(converter.structure(entry, inner))
                except (Fault, BaseValidationError) as error:
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
        return lambda value, wanted: inner(exactly(dict, value), wanted)

    def add_item(value: object, _: object) -> AddItem:
        data = dict(exactly(dict, value))
        at = converter.structure({"at": data.pop("at", None)}, _At).at
        return AddItem(converter.structure(data, ItemSpec), at)

    def preset(value: object, wanted: object) -> PresetSpec:
        rest = dict(exactly(dict, value))
        known = {name: rest.pop(name) for name in preset_names & set(rest)}
        for name in ("name", "templateName"):
            known[name] = None if known.get(name) == "" else known.get(name)
        spec: PresetSpec = preset_fields({**known, "extra": rest}, wanted)
        return spec

    converter.register_structure_hook_factory(has, record)
    converter.register_structure_hook_factory(
        lambda kind: isinstance(kind, type) and issubclass(kind, Enum), _enum
    )
    converter.register_structure_hook_factory(_is_tuple, entries)
    for kind, content in FIELDS.items():
        hook = _hook(content)
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
    if isinstance(fault, Fault):
        raise BadMessage(fault.code, str(fault), path or "data", id)
    if isinstance(fault, KeyError):
        raise BadMessage("missing", "is missing", path, id)
    if isinstance(fault, ForbiddenExtraKeysError):
        name = CONTROL.sub("?", min(fault.extra_fields)[:60])
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
    if not _depth_within(document, MAX_DEPTH):
        raise BadMessage("too_deep", f"nested deeper than {MAX_DEPTH}", "", id)
    channel = None
    if version >= Version.TWO and document.get("channel") is not None:
        channel = document["channel"]
        if type(channel) is not int:
            raise BadMessage("wrong_type", "must be a whole number", "channel", id)
    kind = _kind(document.get("type"), version, id)
    data = document.get("data")
    try:
        message = _CONVERTERS[version].structure({} if data is None else data, kind)
    except (Fault, BaseValidationError) as error:
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
        shown = CONTROL.sub("?", name[:60])
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
