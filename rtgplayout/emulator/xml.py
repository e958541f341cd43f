# -*- test-case-name: tests.emulator.test_amcp -*-
"""
The XML that INFO answers, written as boost's property tree writes it.
"""

import re
from collections.abc import Iterable

from rtgplayout.emulator.producer import State, Value

Tree = list[tuple[str, "Tree | str"]]

_NUMBERED = re.compile(r"\.(.*?)\.([0-9]*?)\.")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;"}
_ENTITY = re.compile("[&<>'\"]")


def text_of(value: Value) -> str:
    """A value as the server writes it: doubles with 17 digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def tree_of(state: State) -> Tree:
    """
    Addresses as nested elements. Numbers cannot be names: C{layer/10} becomes C{layer_10} in
    C{layer}, and the streams of a file get a C{file} more than they should.
    """
    tree: Tree = []
    for address, values in state.items():
        path = _NUMBERED.sub(r".\1.\1_\2.", address.replace("/", "."))
        *folders, leaf = path.split(".")
        branch = tree
        for folder in folders:
            branch = _branch(branch, folder)
        branch.extend((leaf, text_of(value)) for value in values)
    return tree


def _branch(tree: Tree, name: str) -> Tree:
    for each, content in tree:
        if each == name and isinstance(content, list):
            return content
    made: Tree = []
    tree.append((name, made))
    return made


def write(tree: Tree) -> str:
    """The whole document; lines end in a bare line feed."""
    return '<?xml version="1.0" encoding="utf-8"?>\n' + "".join(_lines(tree, ""))


def _lines(tree: Tree, indent: str) -> Iterable[str]:
    for name, content in tree:
        if not content:
            yield f"{indent}<{name}/>\n"
        elif isinstance(content, str):
            yield f"{indent}<{name}>{_escaped(content)}</{name}>\n"
        else:
            yield f"{indent}<{name}>\n"
            yield from _lines(content, indent + "   ")
            yield f"{indent}</{name}>\n"


def _escaped(text: str) -> str:
    if not text.strip(" "):
        return "&#32;" + text[1:]
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)
