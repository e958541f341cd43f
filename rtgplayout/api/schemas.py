# -*- test-case-name: tests.api.test_asyncapi -*-
"""
What messages hold, in JSON Schema (draft 7, which AsyncAPI 3.0 takes), made from their classes.

Of what clients say it is as strict as the daemon, as far as a schema can be: that strings have no
control characters, that paths lead nowhere but down, how long an object is and that a day is in the
calendar, it does not say. What the server tells may get more fields.
"""

from collections.abc import Mapping
from enum import Enum
from functools import reduce
from operator import or_
from types import NoneType
from typing import Any, Final, get_args, get_origin

from attrs import NOTHING, Attribute, fields, has

from .answers import Ready, data_of
from .codec import MAX_ENTRIES
from .epytext import documentation, markdown
from .messages import UNCHANGED, AddItem, ItemSpec, PresetSpec, Unchanged, wire_name
from .reference import rows
from .values import FIELDS

__all__ = ["PLACE", "Schema", "record"]

Schema = dict[str, object]

PLACE: Final = "#/components/schemas/"
"""Where those of classes stand."""

_PLAIN: Final[Mapping[object, Schema]] = {
    bool: {"type": "boolean"},
    float: {"type": "number"},
    int: {"type": "integer"},
    str: {"type": "string"},
    object: {},
    Ready: {"type": "array", "items": {"type": "object"}},
    Mapping: {"type": "object"},
}
"""Of fields of answers."""


def record(kind: Any, asked: bool) -> Schema:
    """
    A message's data, or a part of it.

    @param asked: it is a client's.
    """
    schema: Schema = {"type": "object", "description": _text(documentation(kind.__doc__).text)}
    said = {row.name: row.meaning for row in rows(kind, asked)}
    found: Schema = {}
    required = []
    for attribute in _fields(kind):
        name = wire_name(attribute.name.rstrip("_"))
        if kind is PresetSpec and attribute.name == "extra":
            continue
        found[name] = _described(_of(attribute.type, asked), said[name], attribute, asked)
        if attribute.default is NOTHING if asked else not attribute.metadata.get("omit"):
            required.append(name)
    if found:
        schema["properties"] = found
    if required:
        schema["required"] = required
    if asked and kind is not PresetSpec:
        schema["additionalProperties"] = False
    return schema


def _fields(kind: Any) -> list["Attribute[Any]"]:
    """All that stand in the object itself."""
    found: list[Attribute[Any]] = []
    for attribute in fields(kind):
        inside = kind is AddItem and attribute.type is ItemSpec
        found += _fields(ItemSpec) if inside else [attribute]
    return found


def _of(kind: Any, asked: bool) -> Schema:
    """What a field of that type holds."""
    if asked and kind in FIELDS:
        return dict(FIELDS[kind].schema)
    origin, inner = get_origin(kind), get_args(kind)
    for member in (Unchanged, NoneType):
        if member in inner:
            rest: Any = reduce(or_, (each for each in inner if each is not member))
            schema = _of(rest, asked)
            return _or_null(schema) if member is NoneType else schema
    if origin is tuple:
        each = _of(inner[0], asked)
        if inner[-1] is not Ellipsis:
            return {"type": "array", "items": each, "minItems": len(inner), "maxItems": len(inner)}
        most: Schema = {"maxItems": MAX_ENTRIES} if asked else {}
        return {"type": "array", "items": each, **most}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    if kind is not Ready and has(kind):
        return {"$ref": PLACE + kind.__name__}
    return dict(_PLAIN[origin or kind])


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema or "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def _described(schema: Schema, meaning: str, attribute: "Attribute[Any]", asked: bool) -> Schema:
    """With what is said of it; beside a reference, nothing else counts."""
    beside: Schema = {"description": _text(meaning)} if meaning else {}
    if asked and attribute.default not in (NOTHING, UNCHANGED):
        beside["default"] = data_of(attribute.default)
    return {"allOf": [schema], **beside} if "$ref" in schema and beside else {**schema, **beside}


def _text(epytext: str) -> str:
    return markdown(epytext)
