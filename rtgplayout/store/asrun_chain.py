# -*- test-case-name: tests.store.test_asrun_chain -*-
"""
The chain of the as-run: what each line says of the one before it, and what that proves.

Each line ends in C{"number"}, which counts all lines from the first one on, whatever their day, and
C{"previous"}, the SHA-256 of the line before it in hexadecimal: of all its bytes as they stand in
the file, the newline at its end included. The first line of a file carries the hash of the last
line of the file before it, and that file's name in C{"previousFile"}. So whoever has the files can
look, with nothing of ours::

    sed -n 7p as-run-2026-03-01.log | sha256sum       # is "previous" in line 8
    tail -n 1 as-run-2026-03-01.log | sha256sum       # is "previous" in line 1 of the next file
    zcat as-run-2026-02-01.log.gz | sed -n 7p | sha256sum

A chain begins with the line whose number is 1: its C{"previous"} is that of the last line which an
older version wrote without a chain, or 64 zeros when there was none. Lines from before a chain are
unchained: nothing can be proven of them but the last.

What is proven: no line before the last was changed, removed, added or moved without it being seen,
and no file. What the end of the last file should be, no hash of its lines can tell; a file beside
it does, the head, that has the last line's number and hash. What is not: there is no secret in it.
Who may write to the folder can make a whole new chain, or cut off the end and change the head
likewise. A note of the head, kept elsewhere, proves the opposite: a backup, or what C{rtgplayout
asrun verify} printed.
"""

import re
from collections import OrderedDict, deque
from collections.abc import Iterator
from hashlib import sha256
from typing import ClassVar

import orjson
from attrs import define, field, frozen

__all__ = [
    "RESERVED",
    "ZEROS",
    "Fault",
    "Point",
    "Tally",
    "Verification",
    "hash_of",
    "link_of",
    "seal",
]

ZEROS = "0" * 64
"""What the first line of all says instead of a hash."""

_LINK = re.compile(rb'"number":([1-9]\d{0,18}),"previous":"([0-9a-f]{64})"}\n', re.ASCII)
_LONGEST_LINK = 130
RESERVED = frozenset({"previousFile", "number", "previous"})
"""Fields that the chain alone may say."""

_MOST_FAULTS = 1_000
_REMEMBERED = 1_000
_MOST_AHEAD = 1_000


@frozen
class Point:
    """
    A line that is known.

    @ivar number: of the line; 0 for one without a chain.
    @ivar hash: of the line.
    @ivar file: where it stands, or stood.
    """

    number: int
    hash: str
    file: str = ""


def hash_of(line: bytes) -> str:
    """The SHA-256 of a line with its newline."""
    return sha256(line).hexdigest()


def link_of(line: bytes) -> tuple[int, str] | None:
    """A line's number and the hash of the one before it; L{None} for one without a chain."""
    match = _LINK.search(line, max(0, len(line) - _LONGEST_LINK))
    if match is None or match.end() != len(line) or not line.startswith(b"{"):
        return None
    return int(match[1]), match[2].decode()


def seal(entry: bytes, before: Point, first: bool) -> bytes:
    """
    The line of an entry.

    @param entry: one JSON object, without a newline.
    @param before: the line before it.
    @param first: it is the first of its file.
    """
    link = b'"number":%d,"previous":"%s"}\n' % (before.number + 1, before.hash.encode())
    if first and before.file:
        link = b'"previousFile":%s,%s' % (orjson.dumps(before.file), link)
    return entry[:-1] + (b"" if entry == b"{}" else b",") + link


@frozen
class Fault:
    """
    Something that is not as it was written.

    @ivar file: where, without C{.gz}.
    @ivar line: counted from 1; 0 when it is the whole file.
    @ivar what: the rest of the sentence.
    @ivar files: all of which it makes uncertain what they were.
    """

    file: str
    line: int
    what: str
    files: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.what}"


@define
class Tally:
    """
    What is in a file.

    @ivar lines: how many there are.
    @ivar unchained: how many of them have no chain.
    @ivar end: its last line.
    """

    lines: int = 0
    unchained: int = 0
    end: Point | None = None


@define(eq=False)
class _Line:
    """
    @ivar at: counted from 1.
    @ivar number: 0 when it has no chain.
    @ivar after: what the first line of a file says of the file before it.
    @ivar broken: why it and what is behind it in its file cannot be read.
    """

    file: str
    at: int
    number: int
    previous: str
    hash: str
    after: str = ""
    broken: str = ""


@define(eq=False)
class Verification:
    """
    The look at all lines, some at a time.

    @ivar files: the name of each, without C{.gz}, in the order in which they were written, and
        their lines with newlines; reading one may raise L{OSError}.
    @ivar anchor: the last line of what was deleted in time; L{None} when nothing was.
    @ivar head: the last line, as it was remembered beside the files before they were listed.
    @ivar faults: what was found, in order; the first thousand.
    @ivar bad: the files that these concern.
    @ivar tallies: of each file that was read.
    @ivar end: the last line of the chain.
    """

    files: Iterator[tuple[str, Iterator[bytes]]]
    anchor: Point | None = None
    head: Point | None = None
    faults: list[Fault] = field(init=False, factory=list)
    bad: set[str] = field(init=False, factory=set)
    tallies: dict[str, Tally] = field(init=False, factory=dict)
    _lines: Iterator[_Line] = field(init=False)
    _ahead: deque[_Line] = field(init=False, factory=deque)
    _last: _Line | None = field(init=False, default=None)
    _number: int = field(init=False, default=0)
    _hash: str | None = field(init=False, default=ZEROS)
    _begun: bool = field(init=False, default=False)
    _gap: bool = field(init=False, default=False)
    _recent: OrderedDict[int, _Line] = field(init=False, factory=OrderedDict)

    CHANGED: ClassVar[str] = "was changed"
    INSERTED: ClassVar[str] = "was inserted"

    def __attrs_post_init__(self) -> None:
        self._lines = self._read()
        if self.anchor is not None:
            self._number, self._hash = self.anchor.number, self.anchor.hash

    @property
    def end(self) -> Point:
        """The last line that was found to be in the chain."""
        file = "" if self._last is None else self._last.file
        return Point(self._number, self._hash or ZEROS, file)

    def go_on(self, lines: int) -> bool:
        """
        Look at so many lines more.

        @return: whether there may be others.
        """
        for _ in range(lines):
            line = self._next()
            if line is None:
                self._finish()
                return False
            if line.number == self._number + 1 and line.previous == self._hash:
                self._accept(line)
            else:
                self._judge(line)
        return True

    def _read(self) -> Iterator[_Line]:
        """All lines of all files; what stands behind the last newline of the last is no line."""
        torn: _Line | None = None
        for file, lines in self.files:
            if torn is not None:
                yield torn
                torn = None
            tally = self.tallies[file] = Tally()
            at = 0
            try:
                for content in lines:
                    at += 1
                    line = _Line(file, at, 0, "", hash_of(content))
                    if not content.endswith(b"\n"):
                        torn = line
                        continue
                    link = link_of(content)
                    if link is None:
                        tally.unchained += 1
                    else:
                        line.number, line.previous = link
                        line.after = _said_before(content) if at == 1 else ""
                    tally.lines = at
                    tally.end = Point(line.number, line.hash, file)
                    yield line
            except OSError as error:
                broken = str(error.strerror or error)
                yield _Line(file, at + 1, 0, "", "", broken=broken or type(error).__name__)

    def _next(self) -> _Line | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _peek(self, place: int = 0) -> _Line | None:
        """What comes after what was taken; nothing is, but where it is read."""
        while len(self._ahead) <= place:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[place]

    def _accept(self, line: _Line) -> None:
        """It is in its place."""
        if not self._begun:
            self._recent[line.number - 1] = _Line("", 0, line.number - 1, "", line.previous)
        self._begun, self._gap = True, False
        self._last, self._number, self._hash = line, line.number, line.hash
        self._recent[line.number] = line
        if len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
        for known in (self.head, self.anchor):
            if known is not None and known.number == line.number and known.hash != line.hash:
                following = self._peek()
                if following is None or following.hash != known.hash:
                    self._found(line, self.CHANGED)
                    self._hash = None

    def _found(self, line: _Line, what: str, *also: str) -> None:
        self._tell(Fault(line.file, line.at, what, (line.file, *also)))

    def _tell(self, fault: Fault) -> None:
        self.bad.update(fault.files)
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)

    def _changed(self, line: _Line) -> None:
        """It is in its place, and not what it was."""
        self._found(line, self.CHANGED)
        self._last, self._number, self._hash = line, self._number + 1, None

    def _judge(self, line: _Line) -> None:
        """A line is not the one that belongs here, or it cannot be known."""
        following = self._peek()
        wanted = self._number + 1
        if line.broken:
            self._found(line, f"cannot be read: {line.broken}")
            self._hash, self._gap = None, True
        elif line.number == 0 and not self._begun:
            self._last, self._hash = line, line.hash
        elif line.number == 0:
            self._without_chain(line)
        elif line.number >= wanted and self._gap:
            self._accept(line)
        elif line.number == wanted and self._hash is None:
            self._accept(line)
        elif self._is_left_over(line):
            self._accept(line)
        elif line.previous == self._hash:
            self._changed(line)
        elif line.number == wanted:
            self._does_not_fit(line, following)
        elif line.number < wanted:
            self._again(line, following)
        elif following is not None and following.number == wanted + 1:
            self._changed(line)
        else:
            self._after_a_gap(line)

    def _is_left_over(self, line: _Line) -> bool:
        """A first line which should have been deleted with others: it was about to be."""
        return self._last is None and self.anchor is not None and line.number <= self.anchor.number

    def _without_chain(self, line: _Line) -> None:
        """Lines in the chain that are not of it."""
        count = 1
        while (following := self._peek()) is not None and count < _MOST_AHEAD:
            if following.number or following.broken:
                break
            self._ahead.popleft()
            count += 1
        if following is None:
            changed = self.head is not None and self.head.number > self._number
        else:
            changed = following.number > self._number + 1
        if not changed:
            self._found(line, self.INSERTED if count == 1 else f"{count} lines were inserted here")
            return
        self._found(line, self.CHANGED)
        self._last, self._hash = line, None
        if following is None and self.head is not None:
            self._number += min(count, self.head.number - self._number)
        elif following is not None:
            self._number = following.number - 1

    def _does_not_fit(self, line: _Line, following: _Line | None) -> None:
        """It has the number that comes next, and the hash of another line."""
        if not self._is_vouched_for(line, following):
            self._changed(line)
            return
        if self._last is None:
            self._found(line, "what stood before it is missing")
        else:
            self._found(self._last, self.CHANGED)
        self._accept(line)

    def _is_vouched_for(self, line: _Line, following: _Line | None) -> bool:
        """Whether it is what was written; so too when nothing can tell."""
        known = self.head is not None and self.head.number == line.number
        return self._is_known(line, following) or (following is None and not known)

    def _is_known(self, line: _Line, following: _Line | None) -> bool:
        """Whether the line behind it says so, or the head."""
        if following is not None and following.previous == line.hash:
            return True
        head = self.head
        return head is not None and (head.number, head.hash) == (line.number, line.hash)

    def _again(self, line: _Line, following: _Line | None) -> None:
        """Its number was there before."""
        same, before = self._recent.get(line.number), self._recent.get(line.number - 1)
        if (
            same is not None
            and before is not None
            and line.previous == before.hash
            and line.hash != same.hash
            and self._is_known(line, following)
        ):
            # What was taken for the chain leads nowhere; this goes on.
            self._found(same, self.INSERTED)
            for number in range(line.number, self._number + 1):
                self._recent.pop(number, None)
            self._accept(line)
        else:
            self._found(line, self.INSERTED)

    def _after_a_gap(self, line: _Line) -> None:
        """Lines that were there before it are not there any more."""
        count = line.number - self._number - 1
        last = self._last
        if last is not None and not self._begun and count == 1:
            self._found(last, self.CHANGED)
        elif line.at > 1 or line.after in ("", line.file):
            self._found(line, f"before it {_lines(count)} missing")
        elif last is None or last.file != line.after:
            told = f"it is missing, with {count} lines" if count > 1 else "it is missing"
            also = () if last is None else (last.file,)
            self._tell(Fault(line.after, 0, told, (line.after, line.file, *also)))
        else:
            what = f"here, at the end, {_lines(count)} missing"
            self._tell(Fault(last.file, last.at + 1, what, (last.file, line.file)))
        self._accept(line)

    def _finish(self) -> None:
        """There are no lines any more."""
        head, last = self.head, self._last
        if head is None or head.number <= self._number or self._gap:
            return
        count = head.number - self._number
        if last is None or head.file != last.file:
            also = () if last is None else (last.file,)
            if head.file in self.tallies:
                what = f"at its end {_lines(count)} missing"
            else:
                what = f"it is missing; {_lines(count)} missing at the end"
            self._tell(Fault(head.file, 0, what, (head.file, *also)))
        else:
            what = f"here, at the end, {_lines(count)} missing"
            self._tell(Fault(last.file, last.at + 1, what, (last.file,)))


def _lines(count: int) -> str:
    return "a line is" if count == 1 else f"{count} lines are"


def _said_before(content: bytes) -> str:
    """The file before, as the first line of a file names it."""
    try:
        entry = orjson.loads(content)
    except orjson.JSONDecodeError:
        return ""
    return str(entry.get("previousFile", ""))
