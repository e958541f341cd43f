# -*- test-case-name: tests.amcp.test_wire -*-
"""
Replies out of the bytes that CasparCG sends, however they are cut.

The grammar, as recorded from 2.5.0:

  - C{200 X OK}: lines, up to an empty one;
  - C{201 X OK}: one piece of data up to CR LF; it may hold bare line feeds and be megabytes;
  - C{202 X OK}, C{202 COMMIT PARTIAL}: nothing more;
  - C{400 ERROR}: one line, what was sent;
  - C{401} to C{504}, C{504 QUEUE OVERFLOW}, C{403 OSC SUBSCRIBE BAD PORT}: nothing more;
  - C{PONG} and its words: a reply without a code;
  - each but PONG may begin with C{RES id}, and the id may hold spaces.

One reply breaks it: C{CINF} of a broken file answers C{undefined} with no line end, so that the
next reply is glued to it. No true body of CINF begins so (they begin with a quoted name): the
reply is taken to end after that word, and what follows is read afresh. Line ends between replies
are skipped, so a server that does send one there is understood too.
"""

import re
from enum import Enum

from attrs import define, field, frozen

MOST = 64 * 1024 * 1024
"""Bytes of one reply; more is not believed."""

_LONGEST_HEAD = 16 * 1024
_HEAD = re.compile(r"(?:RES (?P<request>.+?) )?(?P<code>[1-5]\d\d)(?: (?P<text>.*))?", re.DOTALL)
_UNDEFINED = b"undefined"


@frozen
class Reply:
    """
    What CasparCG answered.

    @ivar code: 200 to 504; 0 for PONG, which has none.
    @ivar text: what follows the code, as in C{PLAY OK} or C{QUEUE OVERFLOW}.
    @ivar lines: the lines of a 200, the one body of a 201 (line feeds and all), the line that a
        400 repeats.
    @ivar request: the id that the command was sent with; L{None} without one.
    """

    code: int
    text: str
    lines: tuple[str, ...] = ()
    request: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the command was accepted; not whether anything is on air."""
        return self.code < 300

    @property
    def body(self) -> str:
        """All of its data, as one text; empty when there is none."""
        return "\n".join(self.lines)


class WireError(Exception):
    """
    The stream cannot be read any further; the connection is to be made anew.

    @ivar replies: what was read before the fault, in the same bytes.
    """

    def __init__(self, why: str, replies: tuple[Reply, ...]) -> None:
        super().__init__(why)
        self.replies = replies


class NotAMCP(WireError):
    """What came is no AMCP."""


class TooLong(WireError):
    """A reply longer than anything that a CasparCG answers."""


class _Expecting(Enum):
    HEAD = "a status line"
    LINES = "lines up to an empty one"
    BODY = "one piece of data"


@define
class ReplyParser:
    """
    Turns bytes into replies.

    @ivar most: bytes that one reply may have.
    """

    most: int = MOST
    _buffer: bytearray = field(factory=bytearray, init=False)
    _searched: int = field(default=0, init=False)
    _expecting: _Expecting = field(default=_Expecting.HEAD, init=False)
    _head: Reply = field(default=Reply(0, ""), init=False)
    _lines: list[str] = field(factory=list, init=False)
    _size: int = field(default=0, init=False)

    def feed(self, data: bytes) -> list[Reply]:
        """
        The replies that C{data} completes.

        @raise NotAMCP: see there; the parser is of no use afterwards.
        @raise TooLong: likewise.
        """
        self._buffer += data
        replies: list[Reply] = []
        while (text := self._next(replies)) is not None:
            if (reply := self._read(text, replies)) is not None:
                replies.append(reply)
                self._expecting, self._size = _Expecting.HEAD, 0
        return replies

    def _next(self, replies: list[Reply]) -> str | None:
        """What the buffer holds up to the next line end, taken out of it."""
        if self._expecting is _Expecting.BODY and self._ends_without_line_end():
            return self._take(len(_UNDEFINED), 0)
        at = self._buffer.find(b"\r\n", self._searched)
        if at >= 0:
            return self._take(at, 2)
        # The last byte may be the first half of a line end.
        self._searched = max(0, len(self._buffer) - 1)
        if self._expecting is _Expecting.HEAD and len(self._buffer) > _LONGEST_HEAD:
            raise NotAMCP(f"no reply begins so: {bytes(self._buffer[:80])!r}", tuple(replies))
        if self._size + len(self._buffer) > self.most:
            raise TooLong(f"the answer {self._head.text!r} is too long", tuple(replies))
        return None

    def _ends_without_line_end(self) -> bool:
        return self._head.text == "CINF OK" and self._buffer.startswith(_UNDEFINED)

    def _take(self, length: int, line_end: int) -> str:
        text = self._buffer[:length].decode(errors="replace")
        del self._buffer[: length + line_end]
        self._searched = 0
        self._size += length + line_end
        return text

    def _read(self, text: str, replies: list[Reply]) -> Reply | None:
        """The reply that C{text} completes, if it does."""
        match self._expecting:
            case _Expecting.HEAD:
                return self._read_head(text, replies)
            case _Expecting.LINES if text:
                self._lines.append(text)
                return None
            case _Expecting.LINES:
                lines, self._lines = tuple(self._lines), []
            case _Expecting.BODY:
                lines = (text,)
        head = self._head
        return Reply(head.code, head.text, lines, head.request)

    def _read_head(self, text: str, replies: list[Reply]) -> Reply | None:
        if not text:
            return None
        if text == "PONG" or text.startswith("PONG "):
            return Reply(0, text)
        found = _HEAD.fullmatch(text)
        if found is None:
            raise NotAMCP(f"no reply begins so: {text[:80]!r}", tuple(replies))
        self._head = Reply(int(found["code"]), (found["text"] or "").strip(), (), found["request"])
        match self._head.code:
            case 200:
                self._expecting = _Expecting.LINES
            case 201 | 400:
                self._expecting = _Expecting.BODY
            case _:
                return self._head
        return None
