# -*- test-case-name: tests.api.test_reference -*-
"""
The reference of the control protocol, made from the classes of its messages: their docstrings,
their fields, what these hold, and an example of each. C{scripts/reference} writes it to
C{docs/protocol.md}.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import reduce
from operator import or_
from string import Template
from types import NoneType
from typing import Any, Final, get_args, get_origin

from attrs import NOTHING, Attribute, fields, frozen, has

from . import answers, messages
from .admission import MOST_WAITING, Limits
from .answers import ANSWERS, CODES, Answer, Ready, data_of
from .codec import MAX_DEPTH, MAX_ENTRIES, MAX_MESSAGE
from .epytext import documentation, markdown
from .examples import requested, told
from .introduction import INTRODUCTION
from .messages import (
    MESSAGES,
    UNCHANGED,
    AddItem,
    ItemSpec,
    Message,
    PresetSpec,
    Unchanged,
    Version,
    wire_name,
    wire_type,
)
from .values import FIELDS

__all__ = ["Row", "parts", "reference", "rows"]

_TOPICS: Final[Mapping[object, str]] = {
    messages.AddItem: "The playlist",
    messages.PlayItem: "On air",
    messages.GetMediaLibrary: "The media library",
    messages.FolderGetAll: "Folders",
    messages.TemplateGetActive: "Graphics",
    messages.PresetGetAll: "Presets",
    messages.ImportXml: "Playlists from elsewhere, and for elsewhere",
    messages.AsrunGetLogs: "As-run",
    messages.HealthCheck: "The server",
    answers.Ack: "Answers to requests",
    answers.PlaylistFull: "The playlist",
    answers.AutoplayStatus: "On air",
    answers.Notification: "For everybody",
    answers.MediaLibrary: "The media library and its folders",
    answers.PresetList: "Graphics and presets",
    answers.ImportReport: "Playlists from elsewhere, and for elsewhere",
    answers.AsrunLogs: "As-run",
    answers.Alert: "Alerts",
    answers.HealthStatus: "The server",
}
"""What the messages are about, from each of these on."""

_PLAIN: Final[Mapping[object, str]] = {
    bool: "true or false",
    float: "number",
    int: "whole number",
    str: "string",
    object: "object",
    Ready: "list",
    Mapping: "object",
}
"""What fields of answers hold."""

_WIDEST: Final = 100
"""Characters of an example's line, where it can be cut."""


@frozen
class Row:
    """
    A field, in epytext.

    @ivar name: as on the wire.
    @ivar form: what it holds.
    @ivar absent: what it means when it is not there; C{""} when it always is.
    @ivar meaning: what it is; C{""} when nobody says.
    """

    name: str
    form: str
    absent: str
    meaning: str


# What the classes say.


def _form(kind: Any, asked: bool) -> str:
    """
    What a field of that type holds.

    @param asked: it is a client's.
    """
    if asked and kind in FIELDS:
        return FIELDS[kind].form
    origin, inner = get_origin(kind), get_args(kind)
    if Unchanged in inner:
        return _form(_without(kind, Unchanged), asked)
    if NoneType in inner:
        return f"{_form(_without(kind, NoneType), asked)}, or null"
    if origin is tuple:
        form = _form(inner[0], asked)
        return f"list, each: {form}" if inner[-1] is Ellipsis else f"list of {len(inner)}: {form}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(f"C{{{member.value}}}" for member in kind)
    if kind is not Ready and has(kind):
        return f"L{{{_name(kind)}}}"
    return _PLAIN[origin or kind]


def _without(union: Any, member: Any) -> Any:
    return reduce(or_, (each for each in get_args(union) if each is not member))


def _absent(attribute: "Attribute[Any]", asked: bool) -> str:
    if not asked:
        return "there is nothing to say" if attribute.metadata.get("omit") else ""
    if attribute.default is NOTHING:
        return "refused"
    if attribute.default is UNCHANGED:
        return "not changed"
    default = data_of(attribute.default)
    return f"C{{{default:g}}}" if isinstance(default, float) else f"C{{{json.dumps(default)}}}"


def _meaning(kind: Any) -> str:
    """What a type says of itself, where a field says nothing."""
    if Unchanged in get_args(kind):
        return _meaning(_without(kind, Unchanged))
    if kind in FIELDS:
        return FIELDS[kind].meaning
    return next(filter(None, map(_meaning, get_args(kind))), "")


def rows(kind: Any, asked: bool) -> Iterator[Row]:
    """
    The fields of a message, or of a part of one.

    @param asked: it is a client's.
    """
    said = documentation(kind.__doc__).fields
    for attribute in fields(kind):
        if kind is AddItem and attribute.type is ItemSpec:  # they stand in its place
            yield from rows(ItemSpec, asked)
            continue
        name, absent = wire_name(attribute.name.rstrip("_")), _absent(attribute, asked)
        if kind is PresetSpec and attribute.name == "extra":
            name = absent = "…"
        meaning = said.get(attribute.name, "").removesuffix(".") or _meaning(attribute.type)
        yield Row(name, _form(attribute.type, asked), absent, meaning)


def parts(kinds: Iterable[Any]) -> tuple[Any, ...]:
    """The classes that fields of these hold, and those that theirs do, but for messages."""
    found: dict[Any, None] = {}
    ahead = [attribute.type for kind in kinds for attribute in fields(kind)]
    while ahead:
        kind = ahead.pop(0)
        ahead += get_args(kind)
        if isinstance(kind, type) and has(kind) and not _is_leaf(kind) and kind not in found:
            found[kind] = None
            ahead += [attribute.type for attribute in fields(kind)]
    return tuple(found)


def _is_leaf(kind: Any) -> bool:
    """Whether it has no fields on the wire, or a section of its own among the messages."""
    return kind is Ready or kind | None in FIELDS or _is_message(kind)


def _is_message(kind: Any) -> bool:
    return kind in get_args(Message) or kind in get_args(Answer)


# The page.


def reference() -> str:
    """All of it, as Markdown."""
    requests, replies = _in_order(messages, Message), _in_order(answers, Answer)
    asked, told_of = parts(requests), parts(replies)
    page = _Page({_name(kind) for kind in (*requests, *replies, *asked, *told_of)})
    limits = Limits()
    introduction = Template(INTRODUCTION).substitute(
        longest=f"{MAX_MESSAGE:,}",
        deepest=MAX_DEPTH,
        entries=f"{MAX_ENTRIES:,}",
        waiting=MOST_WAITING,
        rate=f"{limits.rate:g}",
        burst=f"{limits.burst:g}",
        heartbeat=f"{limits.heartbeat:g}",
        silence=f"{limits.silence:g}",
        stuck=f"{limits.stuck:g}",
        piled=f"{limits.piled:,}",
        codes=page.table(("code", "what it means"), [(f"C{{{c}}}", w) for c, w in CODES.items()]),
        requests=page.index(requests),
        answers=page.index(replies),
    )
    examples = {**{_name(kind): requested(_name(kind)) for kind in requests}, **told()}
    pieces = (
        introduction.strip(),
        "## What clients ask",
        *page.messages(requests, examples, True),
        "### Parts of what clients ask",
        *(each for kind in asked for each in page.section(kind, True)),
        "## What the server tells",
        *page.messages(replies, examples, False),
        "### Parts of what the server tells",
        *(each for kind in told_of for each in page.section(kind, False)),
    )
    return "\n\n".join(pieces) + "\n"


def _in_order(module: Any, union: Any) -> tuple[Any, ...]:
    """The classes of a union in the order in which they are written down."""
    members = get_args(union)
    return tuple(each for each in vars(module).values() if each in members)


def _name(kind: Any) -> str:
    """What a section is called."""
    return wire_type(kind) if _is_message(kind) else kind.__name__


def _versions(kind: Any) -> str:
    known = [v for v in Version if kind in (*MESSAGES[v].values(), *ANSWERS[v].values())]
    return ", ".join(str(version.value) for version in known)


@frozen
class _Page:
    """
    Writes what the page is made of.

    @ivar sections: what has one.
    """

    sections: Collection[str]

    def code(self, text: str) -> str:
        """Something as it is sent; with a link when it has a section."""
        shown = f"`{text}`"
        return f"[{shown}](#{text.lower()})" if text in self.sections else shown

    def table(self, heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
        """A table; what stands in it is epytext."""
        shown = [[self._cell(each) for each in line] for line in lines]
        return "\n".join(
            f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *shown)
        )

    def _cell(self, text: str) -> str:
        return markdown(text, lambda code: self.code(code.replace("|", "\\|")))

    def index(self, kinds: Iterable[Any]) -> str:
        """All messages, with the first sentence on each."""
        lines = []
        for kind in kinds:
            sentence = re.split(r"(?<=[.;:])\s", documentation(kind.__doc__).text, maxsplit=1)[0]
            lines.append((f"C{{{_name(kind)}}}", _versions(kind), sentence.rstrip(".;:")))
        return self.table(("type", "version", ""), lines)

    def messages(
        self, kinds: Iterable[Any], examples: Mapping[str, bytes], asked: bool
    ) -> Iterator[str]:
        """All about some messages."""
        for kind in kinds:
            if kind in _TOPICS:
                yield f"### {_TOPICS[kind]}"
            yield from self.section(kind, asked)
            yield f"```json\n{_json(json.loads(examples[_name(kind)]))}\n```"

    def section(self, kind: Any, asked: bool) -> Iterator[str]:
        """What the docstring of a class says, and its fields."""
        yield f"#### `{_name(kind)}`"
        if versions := _versions(kind):
            yield f"Version {versions}." if len(versions) == 1 else f"Versions {versions}."
        yield markdown(documentation(kind.__doc__).text, self.code)
        told_of = [
            (f"C{{{row.name}}}", row.form, row.absent, row.meaning) for row in rows(kind, asked)
        ]
        heads = ("field", "holds", "when it is not there", "what it is")
        shown = [n for n, _ in enumerate(heads) if any(line[n] for line in told_of)]
        if told_of:
            yield self.table(
                [heads[n] for n in shown], [[line[n] for n in shown] for line in told_of]
            )


def _json(value: object, indent: str = "", before: str = "") -> str:
    """
    JSON for people: what is short on one line.

    @param before: what stands before it on its line.
    """
    flat = before + json.dumps(value, ensure_ascii=False)
    if len(indent + flat) <= _WIDEST or not isinstance(value, dict | list):
        return flat
    deeper = indent + "  "
    if isinstance(value, list):
        opening, closing = "[]"
        inside = [_json(each, deeper) for each in value]
    else:
        opening, closing = "{}"
        inside = [_json(each, deeper, f"{json.dumps(key)}: ") for key, each in value.items()]
    lines = ",\n".join(deeper + each for each in inside)
    return f"{before}{opening}\n{lines}\n{indent}{closing}"
