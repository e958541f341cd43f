# -*- test-case-name: tests.emulator.test_page -*-
# ruff: noqa: D102 (what the methods do stands once, in Producer)
"""
A layer's HTML page, as CG puts it there: what the server runs in its browser, and what the page
makes of it.

The server never learns what became of its JavaScript; a template that cannot read its data shows
nothing, and CG says OK. The page here is a template as most are: it takes JSON, it is seen from
C{play()} to C{stop()}, and C{remove()} is the server's own.
"""

import json
import re

from attrs import define, field

from rtgplayout.emulator.producer import UNKNOWN, Producer, State
from rtgplayout.emulator.viewer import BLACK, Picture

_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_LITERAL = re.compile(r'"((?:[^"\\\n\r]|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[^ux])*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0", "\n": ""}


def called(data: str) -> str:
    """
    The JavaScript that CG UPDATE and CG ADD run for C{data}: in 2.5.0, quotes are escaped, and
    backslashes are not.
    """
    return 'update("{}")'.format(data.strip(' "').replace('"', '\\"'))


def literal(text: str) -> str | None:
    """What a string literal of JavaScript stands for; L{None} when it is none."""
    found = _LITERAL.fullmatch(text)
    if found is None:
        return None
    units = _ESCAPE.sub(_letter, found[1]).encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "surrogatepass")


def _letter(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else _LETTERS.get(escape[3], escape[3])


@define(eq=False)
class Page(Producer):
    """
    @ivar url: what it was loaded from.
    @ivar data: what the last C{update()} that it understood gave it.
    @ivar failed: the JavaScript that failed.
    @ivar playing: it is seen.
    @ivar removed: it closed itself; the layer keeps it, and tells nothing of it any more.
    """

    url: str
    data: object = None
    failed: list[str] = field(factory=list)
    playing: bool = False
    removed: bool = False
    name = "html"
    moving = True
    _count: int = 0

    @property
    def frame_number(self) -> int:
        return self._count

    @property
    def nb_frames(self) -> int:
        return UNKNOWN

    def run(self, javascript: str) -> None:
        """Run something in the page, as far as CG runs anything."""
        if self.removed:
            return
        call = _CALL.fullmatch(javascript)
        function = call[1] if call else ""
        if call and function == "update":
            try:
                self.data = json.loads(literal(call[2]) or "")
            except ValueError:
                self.failed.append(javascript)
        elif function in ("play", "stop", "next", "remove"):
            self.playing = self.playing if function == "next" else function == "play"
            self.removed = function == "remove"
        elif javascript != "RELOAD":
            self.failed.append(javascript)

    def receive(self) -> Picture | None:
        self._count += 1
        return self.last_frame()

    def last_frame(self) -> Picture | None:
        return Picture("html", self.url) if self.playing else BLACK

    def call(self, words: tuple[str, ...]) -> str | None:
        self.run(words[0])
        return ""

    def state(self) -> State:
        return {} if self.removed else {"file/path": (self.url,)}

    def skip(self, ticks: int) -> tuple[Picture | None, int]:
        self._count += ticks
        return self.last_frame(), 0
