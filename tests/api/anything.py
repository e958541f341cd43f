"""
What clients could say, right and wrong, worked out of the message classes: a class that is added is
covered without a word here, and a new type of a field fails until it is in the tables.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, frozen, has
from hypothesis import strategies as st

from rtgplayout.api.messages import (
    AddItem,
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
    PresetImport,
    PresetSpec,
    SearchText,
    Seconds,
    TemplateData,
    TemplateName,
    Text,
    Thumbnail,
    Unchanged,
    wire_name,
)
from rtgplayout.rundown.timing import ClockTime

__all__ = ["JSON", "Wrong", "message_of", "wrongs"]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)

_CONTROLS = ("a\nb", "a\r\nCLEAR 1", "a\x00", "\x1b[2J", "a\x85b", "a\u2028b", "\x7f")
_BLANKS = ("", " ", "\t\n", "\u3000")
_LEADING_OUT = ("..", "../a", "a/../../b", "a\\..\\b", "/..")
_MARKUP = ("<b>", 'x" onload="', "a'b", "a>b", "a`b", "a&b", "a\\b")
_DAYS_7 = 7 * 86_400


@frozen
class _Takes:
    """
    What a field of some type takes.

    @ivar kinds: the JSON types that it takes at all.
    @ivar good: values that it takes.
    @ivar bad: values of those types that it does not.
    """

    kinds: tuple[type, ...]
    good: tuple[Any, ...]
    bad: tuple[Any, ...]


def _text(longest: int, *more: str) -> _Takes:
    """A text of one line."""
    fine = ("a", "c", "été 1", "b ☃ 😀", "x" * longest, "50% $x {y} ; -- #", "\u200b\u202e\ufeff")
    return _Takes((str,), fine, (*_BLANKS, *_CONTROLS, "x" * (longest + 1), *more))


def _whole(lowest: int, highest: int, *likely: int) -> _Takes:
    bad = (lowest - 1, highest + 1, -(2**63), 2**63, 2**64 - 1)
    return _Takes((int,), (*likely, lowest, highest), bad)


def _number(lowest: float, *bad: float) -> _Takes:
    return _Takes(
        (int, float),
        (lowest, 1, 2.5, 0.04, 1e-9, _DAYS_7, 86399.9999),
        (-1, -0.001, _DAYS_7 + 1, 1e308, 2**63, *bad),
    )


_LEAVES: Mapping[object, _Takes] = {
    bool: _Takes((bool,), (True, False), ()),
    # Names of what is there, or not.
    str: _text(1000),
    Name: _text(500),
    FileName: _text(1000, *_LEADING_OUT),
    Thumbnail: _text(4000),
    TemplateName: _Takes(
        (str,),
        ("a", "rtg-bug/index", "é ☃", "x" * 500),
        (*_BLANKS, *_CONTROLS, *_MARKUP, *_LEADING_OUT, "x" * 501),
    ),
    NewId: _Takes(
        (str,), ("a", "d", "z-9_Z", "x" * 100), ("", "a b", "é", "a\n", "');", "x" * 101, "١")
    ),
    Seconds: _number(0.001, 0, 0.0, -0.0),
    Point: _number(0),
    Index: _whole(0, 1_000_000, 0, 1, 2),
    Milliseconds: _whole(0, _DAYS_7 * 1000, 500),
    Layer: _whole(0, 9999, 10, 20, 20),
    ChannelNumber: _whole(1, 999, 1, 1, 2),
    FolderId: _whole(1, 1 << 31, 2, 3, 6, 7),
    FolderName: _Takes(
        (str,),
        ("a", "Publicités", "é ☃ 😀", "x" * 100, "../..", "Jingles", *_MARKUP),
        (*_BLANKS, *_CONTROLS, "x" * 101),
    ),
    PageSize: _whole(1, 1000, 100),
    LogSize: _whole(1, 10_000, 100),
    Day: _Takes(
        (str,),
        ("2026-03-01", "2099-12-31", "2026-03-01T18:00:00Z"),
        ("", "yesterday", "1999-12-31", "2100-01-01", "2026-02-30", "../2026-01", "2026-03"),
    ),
    Color: _Takes(
        (str,),
        ("#118ab2", "#ABCDEF"),
        ("", "red", "#12345", "#1234567", "#118ab2;", "#118ab2\n", "#١١٨٠٠٠", "url(x)"),
    ),
    SearchText: _Takes((str,), ("", "a", "é \0 \n", "x" * 200), ("x" * 201,)),
    Text: _Takes((str,), ("", "a", "name,file\na,b", "<a>&b;", "\0"), ()),
    Instant: _Takes(
        (str,),
        ("2026-03-01T18:00:00.000Z", "2026-03-01T19:00:00+01:00", "2099-12-31T23:59:59.9999999Z"),
        (
            "", "now", "2026-03-01", "2026-03-01T18:00:00", "1999-12-31T23:59:59Z",
            "2100-01-01T00:00:00Z", "2026-03-01T25:00:00Z", "2026-03-01T18:00:00+24:00", "1772",
        ),
    ),
    ClockTime: _Takes(
        (str,),
        ("20:00:00", "", "9:05", "23:59:59", "00:00"),
        ("24:00:00", "12:60", "12", "now", "-1:00", "12:00:00\n", "1:2:3:4", "<b>", "١٢:٠٠"),
    ),
    TemplateData: _Takes(
        (dict,),
        (
            {}, {"t": "é\r\n\"'\\<>\0"}, {"": None}, {"a": [1, {"b": [[]]}], "n": -0.0},
            {"big": 2**64 - 1, "small": -(2**63), "e": 1e308}, {"x": "y" * 60_000},
        ),
        ({"a": "x" * 70_000},),
    ),
}  # fmt: skip

_OF_EACH_KIND: Mapping[type, tuple[Any, ...]] = {
    NoneType: (None,),
    bool: (True, False),
    int: (0, 7),
    float: (1.0, 0.5),
    str: ("7", "", "null"),
    list: ([], [None]),
    dict: ({}, {"a": 1}),
}


_MISSING = object()


@frozen
class Wrong:
    """
    A message with one fault.

    @ivar path: where it is, as an error names it.
    @ivar data: of the message.
    @ivar known: the fault is no field that nobody knows: those, version 1 passes over.
    """

    path: str
    data: Any
    known: bool = True


@frozen
class _Place:
    """
    Where a value stands in messages of some class.

    @ivar path: what an error calls it.
    @ivar kind: its type.
    @ivar required: there must be something.
    @ivar message: the data of one with a value there, and without for C{_MISSING}; all else is
        right.
    """

    path: str
    kind: Any
    required: bool
    message: Callable[[Any], Any]


def _inner(kind: Any) -> Any:
    """The type beside null and "not named"."""
    if get_origin(kind) in {Union, UnionType}:
        (kind,) = (each for each in get_args(kind) if each not in {Unchanged, NoneType})
    return kind


def _is_record(kind: Any) -> bool:
    """Whether it has fields."""
    return has(kind) and kind not in _LEAVES


def _is_nullable(kind: Any) -> bool:
    return NoneType in get_args(kind)


def _is_list(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is tuple


def _takes(kind: Any) -> _Takes:
    """What a field takes that has no fields itself."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        values = tuple(member.value for member in kind)
        return _Takes((str,), values, ("", "nope", f"{values[0]} ", values[0].swapcase()))
    return _LEAVES[kind]


def _own(kind: Any) -> Iterator[tuple[str, Any, bool]]:
    """The fields of a class: what each is called, its type, whether it must be there."""
    hints = get_type_hints(kind)
    for attribute in fields(kind):
        if kind is AddItem and attribute.name == "item":  # its fields stand in the data itself
            yield from _own(hints["item"])
        elif not (kind is PresetSpec and attribute.name == "extra"):  # all the others
            yield wire_name(attribute.name), hints[attribute.name], attribute.default is NOTHING


def _plain(kind: Any) -> Any:
    """Some value that a field of that type takes; of a class, what must be and nothing else."""
    inner = _inner(kind)
    if _is_list(inner):
        return []
    if _is_record(inner):
        return {name: _plain(each) for name, each, required in _own(inner) if required}
    return _takes(inner).good[0]


def _places(kind: Any) -> Iterator[_Place]:
    """All places in messages of a class, those inside of others too."""
    for name, each, required in _own(kind):

        def message(value: Any, name: str = name) -> dict[str, Any]:
            whole = {**_plain(kind), name: value}
            return {key: inner for key, inner in whole.items() if inner is not _MISSING}

        place = _Place(name, each, required, message)
        yield place
        inner = _inner(each)
        if _is_list(inner):
            inner = get_args(inner)[0]

            def entry(value: Any, place: _Place = place) -> Any:
                return place.message([value])

            place = _Place(f"{name}[0]", inner, False, entry)
            yield place
        if _is_record(inner):
            for deeper in _places(inner):

                def around(value: Any, place: _Place = place, deeper: _Place = deeper) -> Any:
                    return place.message(deeper.message(value))

                path = f"{place.path}.{deeper.path}"
                yield _Place(path, deeper.kind, deeper.required, around)


def _bad(kind: Any) -> Iterator[Any]:
    """Values that a field of that type does not take."""
    inner = _inner(kind)
    if _is_list(inner):
        takes = _Takes((list,), (), ([None] * 20_001,))
    elif _is_record(inner):
        takes = _Takes((dict,), (), ())
    else:
        takes = _takes(inner)
    for each, some in _OF_EACH_KIND.items():
        if each not in takes.kinds and not (each is NoneType and _is_nullable(kind)):
            yield from some
    yield from takes.bad


def wrongs(kind: Any) -> Iterator[Wrong]:
    """Messages of a class with a fault, each fault in each place once."""
    yield Wrong("unknownField", {**_plain(kind), "unknownField": 1}, known=False)
    for place in _places(kind):
        for value in (*_bad(place.kind), *((_MISSING,) if place.required else ())):
            if not (kind is PresetImport and value == ""):  # "": one that is passed over
                yield Wrong(place.path, place.message(value))
        inner = _inner(place.kind)
        if _is_record(inner) and inner is not PresetSpec:
            data = place.message({**_plain(inner), "unknownField": 1})
            yield Wrong(f"{place.path}.unknownField", data, known=False)


def message_of(kind: Any) -> st.SearchStrategy[Any]:
    """Data of a class every field of which is right by itself."""
    must: dict[str, st.SearchStrategy[Any]] = {}
    may: dict[str, st.SearchStrategy[Any]] = {}
    for name, each, required in _own(kind):
        (must if required else may)[name] = _good(each)
    return st.fixed_dictionaries(must, optional=may)


def _good(kind: Any) -> st.SearchStrategy[Any]:
    """Values that a field of that type takes."""
    inner = _inner(kind)
    if _is_list(inner):
        found: st.SearchStrategy[Any] = st.lists(_good(get_args(inner)[0]), max_size=2)
    elif _is_record(inner):
        found = message_of(inner)
    else:
        found = st.sampled_from(_takes(inner).good)
    return found | st.none() if _is_nullable(kind) else found
