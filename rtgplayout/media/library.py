# -*- test-case-name: tests.media.test_library -*-
"""
The media library: every file that can be played, and what is known of it; its changes, and how
operators search it.

A library has its files in natural order: C{clip 2} before C{clip 10}, whatever the case and the
accents, folder by folder.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import cached_property
from heapq import nsmallest
from itertools import islice
from operator import attrgetter

from attrs import Factory, field, frozen

from .facts import Facts, MediaKind
from .runs import ByKey, Runs, in_runs

__all__ = [
    "Entry",
    "Library",
    "Page",
    "Progress",
    "Query",
    "Sort",
    "State",
    "changed",
    "files_since",
    "find",
    "fold",
    "in_order",
    "search",
]

_FEW = 1_000
"""How many entries are kept in order while others are looked at."""
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


_FILE, _PLACE = attrgetter("file"), attrgetter("place")


@frozen
class Library:
    """
    All files, as of one revision.

    @ivar revision: grows by one with each change.
    @ivar entries: by C{file}.
    @ivar order: they, in natural order of their paths.
    """

    revision: int = 0
    entries: Mapping[str, Entry] = field(factory=lambda: ByKey(Runs(_FILE)))
    order: Runs[Entry] = field(
        default=Factory(lambda self: Runs.of(self.entries.values(), _PLACE), takes_self=True),
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

    A few changes take a fraction of a millisecond, however many entries there are; many are for a
    thread.

    @param put: new ones, and those that take the place of the ones of the same file.
    @param removed: files; those that are not there, or are put too, are left.
    """
    before = library.entries
    wanted = {entry.file: entry for entry in put}
    new = [entry for file, entry in wanted.items() if before.get(file) != entry]
    gone = [before[file] for file in removed if file in before and file not in wanted]
    if not (new or gone):
        return library
    entries = _by_file(library).changed(new, (entry.file for entry in gone))
    order = library.order.changed(new, (entry.place for entry in gone))
    return Library(library.revision + 1, ByKey(entries), order)


def _by_file(library: Library) -> Runs[Entry]:
    entries = library.entries
    return entries.runs if isinstance(entries, ByKey) else Runs.of(entries.values(), _FILE)


def files_since(before: Library, after: Library) -> tuple[set[str], set[str]]:
    """The files that came from one revision to the other, and those that went."""
    return _by_file(after).since(_by_file(before))


def in_order(library: Library) -> Runs[Entry]:
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


@frozen
class Page:
    """
    A part of what was found.

    @ivar total: how many entries were found.
    @ivar entries: the part.
    """

    total: int
    entries: tuple[Entry, ...]


def search(
    library: Library, folder_of: Callable[[str], int], query: Query, offset: int, limit: int
) -> Page:
    """
    Some of the entries that are looked for, in the order that was asked for. It is meant for a
    thread.

    @param folder_of: the id of the virtual folder that a file is shown in.
    @param offset: how many of those found are passed over.
    @param limit: how many are wanted after these, at most.
    """
    words = fold(query.text).split()
    total = 0

    def found(entries: Iterable[Entry]) -> Iterator[Entry]:
        nonlocal total
        for entry in entries:
            if (
                _is_such(entry, query)
                and (not words or all(word in entry.folded for word in words))
                and (query.folder_id is None or folder_of(entry.file) == query.folder_id)
            ):
                total += 1
                yield entry

    order, end = library.order, offset + limit
    if query.sort is Sort.NAME:
        entries = found(reversed(order) if query.descending else order)
    else:
        measure = _MEASURES[query.sort]
        key = (lambda entry: -measure(entry)) if query.descending else measure
        entries = _smallest(found(order), key, end)
    page = tuple(islice(entries, offset, end))
    for _ in entries:
        pass  # the rest is counted
    return Page(total, page)


def _smallest(
    entries: Iterator[Entry], key: Callable[[Entry], float], count: int
) -> Iterator[Entry]:
    """
    At least so many in order, all of them looked at. The first are found without a list of all,
    which collections of garbage would look at in one go.
    """
    return in_runs(entries, key) if count > _FEW else iter(nsmallest(count, entries, key))


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
