# -*- test-case-name: tests.api.test_epytext -*-
"""Docstrings, which are epytext, as Markdown: as much of the one as ours have of it."""

import inspect
import re
from collections.abc import Callable, Mapping

from attrs import frozen

__all__ = ["Documentation", "documentation", "markdown"]

_FIELD = re.compile(r"^@(\w+)(?: (\w+))?:\s*", re.MULTILINE)
_MARKUP = re.compile(r"([CLIB])\{")
_TARGET = re.compile(r"\s*<[^<>]*>$")


@frozen
class Documentation:
    """
    What a docstring says.

    @ivar text: before its fields.
    @ivar fields: what it says of each attribute (C{@ivar}).
    """

    text: str
    fields: Mapping[str, str]


def documentation(docstring: str | None) -> Documentation:
    """What C{docstring} says, still in epytext."""
    text = inspect.cleandoc(docstring or "")
    starts = list(_FIELD.finditer(text))
    ends = [*(each.start() for each in starts[1:]), len(text)]
    fields = {
        start[2]: " ".join(text[start.end() : end].split())
        for start, end in zip(starts, ends, strict=False)
        if start[1] == "ivar"
    }
    return Documentation(text[: starts[0].start()].strip() if starts else text, fields)


def _inside(text: str, start: int) -> int:
    """Where the braces that are open before C{start} close."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return at
    raise ValueError(f"braces do not close: {text[start:]}")


def markdown(text: str, code: Callable[[str], str] = lambda code: f"`{code}`") -> str:
    """
    Paragraphs of epytext as Markdown, each on a line of its own.

    @param code: writes what stands in C{C{…}} or C{L{…}}.
    @raise ValueError: some braces do not close.
    """
    paragraphs = (" ".join(each.split()) for each in re.split(r"\n\s*\n", text))
    return "\n\n".join(_paragraph(each, code) for each in paragraphs if each)


def _paragraph(text: str, code: Callable[[str], str]) -> str:
    done, at = "", 0
    while found := _MARKUP.search(text, at):
        end = _inside(text, found.end())
        inside = text[found.end() : end]
        done += _plain(text[at : found.start()])
        match found[1]:
            case "C":
                done += code(inside)
            case "L":
                done += code(_TARGET.sub("", inside))
            case "I":
                done += f"*{_paragraph(inside, code)}*"
            case _:
                done += f"**{_paragraph(inside, code)}**"
        at = end + 1
    return done + _plain(text[at:])


def _plain(text: str) -> str:
    """Text without what Markdown would take for markup."""
    return re.sub(r"([\\*_<|])", r"\\\1", text)
