# -*- test-case-name: tests.store.exchange.test_members -*-
"""
A JSON object with a long list in it, read member by member and entry by entry: a large text is
never in one call of the parser, which would hold up all other threads, and each entry has its line.
"""

import json
import re
from collections.abc import Iterator

from attrs import define, field, frozen

from ..decoded import integer

__all__ = ["LONGEST_ENTRY", "Member", "NotJson", "members"]

LONGEST_ENTRY = 1 << 18
"""Characters of a value that is no list of entries, or of one entry."""

_LOOKS = (1 << 11, 1 << 14, LONGEST_ENTRY)
"""How much of the text the parser is shown; more only when that is not the whole value."""

_BLANK = re.compile(r"[ \t\r\n]{0,4096}")


class NotJson(Exception):
    """
    The text is no such document, from here on.

    @ivar line: where.
    @ivar reason: a sentence without its full stop.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"{line}: {reason}")
        self.line = line
        self.reason = reason


@frozen
class Member:
    """
    A member of the object, or an entry of the list.

    @ivar line: where its value starts, from 1.
    """

    line: int
    key: str
    value: object


def members(text: str, listed: str) -> Iterator[Member]:
    """
    All members of the object that C{text} is, and in the place of the member C{listed} the entries
    of its list, one by one.

    @raise NotJson: it is not JSON, no object, without such a list, or with two.
    """
    scan = _Scan(text)
    scan.expect("{", "it is not a JSON object")
    found = False
    ahead = scan.peek()
    while ahead != "}":
        if ahead != '"':
            raise NotJson(scan.line, "the name of a member is missing")
        key = str(scan.value())
        scan.expect(":", f"a colon is missing after {key[:40]!r}")
        if key == listed:
            if found:
                raise NotJson(scan.line, f'there are two "{listed}"')
            found = True
            yield from _entries(scan, listed)
        else:
            scan.peek()
            yield Member(scan.line, key, scan.value())
        ahead = scan.next_or_end("}")
    scan.expect("}", "")
    if scan.peek():
        raise NotJson(scan.line, "there is something behind its end")
    if not found:
        raise NotJson(0, f'it has no "{listed}"')


def _entries(scan: "_Scan", listed: str) -> Iterator[Member]:
    scan.expect("[", f'"{listed}" is not a list')
    ahead = scan.peek()
    while ahead != "]":
        yield Member(scan.line, listed, scan.value())
        ahead = scan.next_or_end("]")
    scan.expect("]", "")


@define
class _Scan:
    """A place in a text."""

    text: str
    line: int = 1
    _at: int = field(init=False, default=0)

    def peek(self) -> str:
        """The next sign that is not blank; C{""} at the end."""
        while True:
            match = _BLANK.match(self.text, self._at)
            assert match is not None  # it matches nothing too
            if match.end() == self._at:
                return self.text[self._at : self._at + 1]
            self._go_to(match.end())

    def expect(self, sign: str, reason: str) -> None:
        """Pass over C{sign}, which comes next."""
        if self.peek() != sign:
            raise NotJson(self.line, reason)
        self._at += 1

    def next_or_end(self, end: str) -> str:
        """After a value: pass over a comma to what comes next, or stop before C{end}."""
        ahead = self.peek()
        if ahead == ",":
            self._at += 1
            ahead = self.peek()
            if ahead == end:
                raise NotJson(self.line, f"there is a comma before {end}")
        elif ahead != end:
            raise NotJson(self.line, f"a comma or {end} is missing")
        return ahead

    def value(self) -> object:
        """Pass over a value."""
        for look in _LOOKS:
            seen = self.text[self._at : self._at + look]
            cut = len(seen) == look
            try:
                value, end = _DECODER.raw_decode(seen)
            except json.JSONDecodeError as error:
                if not cut or look == LONGEST_ENTRY:
                    line = self.line + seen.count("\n", 0, error.pos)
                    most = f", or longer than {look} characters" if cut else ""
                    raise NotJson(line, f"it is not JSON{most}: {error.msg}") from None
            except RecursionError:
                raise NotJson(self.line, "it is nested too deeply") from None
            except ValueError as error:
                raise NotJson(self.line, str(error)) from None
            else:
                if not cut or end < look or look == LONGEST_ENTRY:
                    self._go_to(self._at + end)
                    return value
        raise AssertionError  # the last look returns or raises

    def _go_to(self, at: int) -> None:
        self.line += self.text.count("\n", self._at, at)
        self._at = at


def _as_it_is(found: dict[str, object]) -> dict[str, object]:
    """A function of Python's own: while it is called, another thread can have its turn."""
    return found


_DECODER = json.JSONDecoder(object_hook=_as_it_is, parse_int=integer)
