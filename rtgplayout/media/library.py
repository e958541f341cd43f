# -*- test-case-name: tests.media.test_library -*-
"""
The media library: every file that can be played, and what is known of it; its changes, and how
operators search it.

A library has its files in natural order: C{clip 2} before C{clip 10}, whatever the case and the
accents, folder by folder.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from attrs import Factory, field, frozen

from .facts import Facts, MediaKind

__all__ = [
    "Entry",
    "Library",
    "Progress",
    "Query",
    "Sort",
    "State",
    "changed",
    "find",
    "fold",
    "in_order",
    "search",
]

T = TypeVar("T")

_RUN = 1_000
"""How many values are sorted in one go: a fraction of a millisecond."""

_DIGITS = re.compile("0*([0-9]+)")
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
"""Accents, once they are signs of their own."""
_ALIKE = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "’": "'", "“": '"', "”": '"'}
)
"""What is written alike but does not decompose; quotes as version 1 shows them."""


def fold(text: str) -> str:
    """What of a text counts when it is searched or sorted: no case, no accents."""
    if text.isascii():
        return text.lower()
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return plain if plain.isascii() else plain.translate(_ALIKE)


def _counted(number: re.Match[str]) -> str:
    """A number with the count of its digits before it: the longer one comes later."""
    nines, rest = divmod(len(number[1]), 9)
    return f"{'9' * nines}{rest}{number[1]}"


class State(Enum):
    """How far a file is known."""

    READY = "ready"
    WAITING = "waiting"
    """Found; nobody looked into it yet."""
    GROWING = "growing"
    """It is still being written."""
    BROKEN = "broken"
    """It can't be played, and why is said."""
    AWAY = "away"
    """It was there; the folder that it is in can't be read now."""


@frozen
class Entry:
    r"""
    One file.

    @ivar file: its path below the media folder, C{/} between folders, with extension, exactly as
        the disk has it. Bytes of a name that are no UTF-8 are written C{\xff}; such a file is
        C{BROKEN}.
    @ivar size: bytes.
    @ivar modified_ns: nanoseconds since the epoch.
    @ivar facts: as last known; kept while the file is C{AWAY} or C{WAITING} to be probed again.
    @ivar fault: why it is C{BROKEN}, as a sentence for operators; else C{""}.
    @ivar on_disk: this machine sees it.
    @ivar on_server: CasparCG, or its media-scanner, lists it.
    @ivar clip: what CasparCG is to be told to play it, when that is not C{file}; else C{""}.
    """

    file: str
    size: int
    modified_ns: int
    state: State = State.WAITING
    facts: Facts | None = None
    fault: str = ""
    on_disk: bool = True
    on_server: bool = False
    clip: str = ""

    @property
    def name(self) -> str:
        """Its base name without extension. A number behind a dot is none: C{episode 1.5}."""
        base = self.file.rpartition("/")[2]
        stem, _, extension = base.rpartition(".")
        return base if not stem or extension.isdigit() else stem

    @cached_property
    def folded(self) -> str:
        """Its path, as it is searched."""
        return fold(self.file)

    @cached_property
    def place(self) -> str:
        """
        What it is sorted by; no two files have the same. NUL, which is in no name, is smaller than
        all that is.
        """
        natural = _DIGITS.sub(_counted, self.folded.replace("/", "\0"))
        return f"{natural}\0{self.file}"

    @property
    def seconds(self) -> float:
        """How long it lasts, whole milliseconds; C{0.0} when that is not known, and for a still."""
        if self.facts is None or self.facts.duration is None:
            return 0.0
        numerator, denominator = self.facts.duration.as_integer_ratio()
        return numerator * 1_000 // denominator / 1_000


_PLACE = attrgetter("place")


@frozen
class Library:
    """
    All files, as of one revision.

    @ivar revision: grows by one with each change.
    @ivar entries: by C{file}.
    @ivar order: they, in natural order of their paths.
    """

    revision: int = 0
    entries: Mapping[str, Entry] = field(factory=dict)
    order: Sequence[Entry] = field(
        default=Factory(
            lambda self: tuple(_sorted(self.entries.values(), _PLACE)), takes_self=True
        ),
        eq=False,
        repr=False,
    )


@frozen
class Progress:
    """
    How far the library is.

    @ivar scanning: a scan runs, or files wait to be looked into.
    @ivar done: of the files that had to be looked into since it began, how many were.
    @ivar total: how many those are, as far as known.
    """

    scanning: bool = False
    done: int = 0
    total: int = 0


def changed(library: Library, put: Iterable[Entry], removed: Iterable[str] = ()) -> Library:
    """
    The library with other entries: the very same when nothing differs, else its next revision.

    With 100,000 entries, a few hundred changes take some milliseconds; many more are for a thread.

    @param put: new ones, and those that take the place of the ones of the same file.
    @param removed: files; those that are not there, or are put too, are left.
    """
    before = library.entries
    wanted = {entry.file: entry for entry in put}
    new = {file: entry for file, entry in wanted.items() if before.get(file) != entry}
    gone = {file for file in removed if file in before and file not in wanted}
    if not (new or gone):
        return library
    touched = _sorted((*new.values(), *(before[file] for file in gone)), _PLACE)
    order = _spliced(library.order, (_cut(library, entry, entry.file in gone) for entry in touched))
    # dict() would put them in again one by one when some were taken out before.
    entries = before.copy() if isinstance(before, dict) else dict(before)
    for file in gone:
        del entries[file]
    for file, entry in new.items():
        entries[file] = entry
    return Library(library.revision + 1, entries, order)


def _cut(library: Library, entry: Entry, gone: bool) -> tuple[int, int, tuple[Entry, ...]]:
    """From where to where the order is replaced, and by what, for one entry that changed."""
    start = bisect_left(library.order, entry.place, key=_PLACE)
    stop = start + (entry.file in library.entries)
    return start, stop, () if gone else (entry,)


def _spliced(old: Sequence[T], cuts: Iterable[tuple[int, int, tuple[T, ...]]]) -> Sequence[T]:
    """
    A sequence with some of its parts replaced.

    @param cuts: in order, from where to where, and by what.
    """
    pieces: list[T] = []
    done = 0
    for start, stop, new in cuts:
        pieces += old[done:start]
        pieces += new
        done = stop
    pieces += old[done:]
    return pieces


def in_order(library: Library) -> Sequence[Entry]:
    """All entries, in natural order of their paths."""
    return library.order


def find(library: Library, file: str) -> Entry | None:
    """The entry of exactly that file."""
    return library.entries.get(file)


class Sort(Enum):
    """What found entries are sorted by; those that are equal in it, by name."""

    NAME = "name"
    """The path, in natural order."""
    DURATION = "duration"
    MODIFIED = "modified"
    SIZE = "size"


@frozen
class Query:
    """
    What an operator looks for; what is left empty leaves nothing out.

    @ivar text: every word of it occurs in the path, whatever the case and the accents.
    @ivar state: one of these.
    @ivar kind: one of these; it is not known before a file was probed.
    @ivar minimum: seconds that it lasts at least. A still lasts as long as one wants; what nobody
        knows the duration of is not found when one is asked for.
    @ivar maximum: seconds that it lasts at most.
    """

    text: str = ""
    folder_id: int | None = None
    state: tuple[State, ...] = ()
    kind: tuple[MediaKind, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    sort: Sort = Sort.NAME
    descending: bool = False


def search(library: Library, folder_of: Callable[[str], int], query: Query) -> tuple[Entry, ...]:
    """
    All entries that are looked for, in the order that was asked for. It is meant for a thread.

    @param folder_of: the id of the virtual folder that a file is shown in.
    """
    words = fold(query.text).split()
    found = tuple(
        entry
        for entry in library.order
        if _is_such(entry, query)
        and (not words or all(word in entry.folded for word in words))
        and (query.folder_id is None or folder_of(entry.file) == query.folder_id)
    )
    if query.sort is Sort.NAME:
        return found[::-1] if query.descending else found
    measure = _MEASURES[query.sort]
    return tuple(_sorted(found, (lambda entry: -measure(entry)) if query.descending else measure))


def _is_such(entry: Entry, query: Query) -> bool:
    """Whether state, kind and duration are as wanted."""
    kind = None if entry.facts is None else entry.facts.kind
    if query.state and entry.state not in query.state:
        return False
    if query.kind and kind not in query.kind:
        return False
    if (query.minimum is None and query.maximum is None) or kind is MediaKind.STILL:
        return True
    seconds = entry.seconds
    return (
        seconds > 0
        and (query.minimum is None or query.minimum <= seconds)
        and (query.maximum is None or seconds <= query.maximum)
    )


_MEASURES: Mapping[Sort, Callable[[Entry], float]] = {
    Sort.DURATION: lambda entry: entry.seconds,
    Sort.MODIFIED: lambda entry: entry.modified_ns,
    Sort.SIZE: lambda entry: entry.size,
}


def _sorted(values: Iterable[T], key: Callable[[T], Any]) -> Iterator[T]:
    """The values in order, sorted a thousand at a time: a large sort would hold up all threads."""
    rest = iter(values)
    runs = iter(lambda: sorted(islice(rest, _RUN), key=key), [])
    return merge(*runs, key=key)
