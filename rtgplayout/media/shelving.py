# -*- test-case-name: tests.media.test_shelving -*-
"""
How the library follows what is seen on the disk and found by looking into files.

Nothing known is forgotten: only a file that is certainly not there any more goes. All of it is
meant for a thread, which other threads are not held up by.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from attrs import define, evolve, field, frozen

from .facts import Facts
from .library import Entry, Library, State, changed
from .listed import Listed
from .listing import merge
from .naming import fault_of_name
from .settling import Growth, Verdict, settle

__all__ = [
    "Again",
    "Found",
    "Gone",
    "News",
    "Probed",
    "ServerLists",
    "Shelf",
    "Sighting",
    "Turned",
    "Unreadable",
    "Unusable",
    "missing",
    "shelve",
    "stocked",
]

_EMPTY = "the file is empty"
_SOME = 1_000
"""
Entries that are put on the shelf in one go. What is made of them on the way is large, and the
collection of garbage may look at it.
"""


@frozen
class Found:
    """
    A file is there. Paths here are as in L{Entry.file}.

    @ivar size: bytes.
    @ivar modified_ns: nanoseconds since the epoch.
    """

    file: str
    size: int
    modified_ns: int


@frozen
class Gone:
    """There is nothing of that path, and so nothing below it."""

    path: str


@frozen
class Unreadable:
    """Nobody can say now what is there, or below: a folder; C{""} is the media folder itself."""

    path: str
    reason: str


@frozen
class Unusable:
    """A file is there, and cannot be opened."""

    file: str
    reason: str


Sighting = Found | Gone | Unreadable | Unusable
"""What is seen on the disk."""


@frozen
class Probed:
    """
    A file was looked into.

    @ivar size: as it was when that was asked for; so is C{modified_ns}.
    @ivar facts: what it holds; L{None} when that could not be found out.
    @ivar fault: why it could not.
    @ivar settled: to try again is of no use until the file changes.
    """

    file: str
    size: int
    modified_ns: int
    facts: Facts | None = None
    fault: str = ""
    settled: bool = True


@frozen
class Again:
    """
    Files that could not be looked into are to be tried again.

    @ivar files: L{None}: all of them.
    """

    files: frozenset[str] | None = None


@frozen
class ServerLists:
    """What CasparCG lists; L{None} when nobody could say."""

    listed: Mapping[str, Listed] | None


News = Sighting | Probed | Again | ServerLists


@frozen
class Shelf:
    """
    The library, and what is not for others to see.

    @ivar growing: the files that are still being written.
    @ivar counts: how many files there are of each state.
    @ivar listed: what CasparCG listed last; L{None} when it never did.
    """

    library: Library = field(factory=Library)
    growing: Mapping[str, Growth] = field(factory=dict)
    counts: Mapping[State, int] = field(factory=dict)
    listed: Mapping[str, Listed] | None = None


@frozen
class Turned:
    """
    What news came to.

    @ivar to_probe: files that are to be looked into now.
    @ivar learnt: what was found by looking into files, and is worth being kept.
    @ivar gone: files that are not there any more.
    @ivar back: files that are there again as they were.
    """

    shelf: Shelf
    to_probe: tuple[str, ...] = ()
    learnt: tuple[Entry, ...] = ()
    gone: tuple[str, ...] = ()
    back: tuple[str, ...] = ()


def stocked(remembered: Iterable[Entry]) -> Shelf:
    """
    The shelf as it was left, until somebody looked whether the files are still there.

    @param remembered: as a L{Recall} has them.
    """
    library, rest = Library(), iter(remembered)
    while some := tuple(islice(rest, _SOME)):
        library = changed(library, some)
    return Shelf(library, counts=Counter(entry.state for entry in library.order))


Recall = Callable[[Sequence[str]], Mapping[str, Entry]]
"""
What was once found by looking into those files: entries that are READY or BROKEN. A fault may have
been that the file was going in that moment: only facts are taken for true again.
"""


def shelve(
    shelf: Shelf, news: Iterable[Sequence[News]], now: float, wall: float, recall: Recall
) -> Turned:
    """
    Put on the shelf what is new.

    @param news: in their order; they come in pieces, in each of which a path is named once.
    @param now: seconds, monotonic.
    @param wall: seconds since the epoch.
    """
    pieces = list(news)
    before = shelf.library
    strange = [
        each.file
        for piece in pieces
        for each in piece
        if isinstance(each, Found) and not _is_as_known(before.entries.get(each.file), each)
    ]
    turn = _Turn(before.entries, dict(shelf.growing), now, wall, recall(strange))
    listed, is_news = shelf.listed, False
    for piece in pieces:
        for each in piece:
            if isinstance(each, ServerLists) and each.listed is not None:
                listed, is_news = each.listed, True
        turn.hear(piece)
    put = [entry for entry in turn.put.values() if entry is not None]
    removed = [file for file, entry in turn.put.items() if entry is None]
    library = changed(before, put, removed)
    is_news = is_news or (listed is not None and _may_be_twice(before, turn.put))
    marked, elsewhere = merge(library, listed if is_news else None)
    touched = {*turn.put, *(entry.file for entry in marked), *elsewhere}
    library = changed(library, marked, elsewhere)
    if library is not before:
        library = evolve(library, revision=before.revision + 1)
    counts = _counted(shelf.counts, before, library, touched)
    return Turned(
        Shelf(library, turn.growing, counts, listed),
        tuple(file for file in turn.to_probe if _waits(library.entries.get(file))),
        tuple(turn.learnt.values()),
        tuple(removed),
        tuple(turn.back),
    )


def missing(library: Library, found: set[str], unreadable: set[str]) -> list[str]:
    """
    The files that a walk through all folders should have found, and did not.

    @param unreadable: the paths at and below which nobody could look.
    """
    return [
        entry.file
        for entry in library.order
        if entry.on_disk and entry.file not in found and not _is_below(entry.file, unreadable)
    ]


def _is_as_known(entry: Entry | None, found: Found) -> bool:
    return (
        entry is not None
        and entry.on_disk
        and (entry.size, entry.modified_ns) == (found.size, found.modified_ns)
    )


def _may_be_twice(before: Library, put: Mapping[str, Entry | None]) -> bool:
    """Whether a file that is new on the disk could be one that only CasparCG had."""
    known = before.entries
    new = any(
        entry is not None and entry.on_disk and not (file in known and known[file].on_disk)
        for file, entry in put.items()
    )
    return new and any(not entry.on_disk for entry in known.values())


def _waits(entry: Entry | None) -> bool:
    return entry is not None and entry.state is State.WAITING


def _is_below(file: str, paths: set[str]) -> bool:
    """Whether it is one of these paths, or below one."""
    if not paths:
        return False
    return "" in paths or file in paths or any(folder in paths for folder in _folders(file))


def _folders(file: str) -> Iterator[str]:
    """The paths of the folders that it is in."""
    at = file.find("/")
    while at >= 0:
        yield file[:at]
        at = file.find("/", at + 1)


def _counted(
    counts: Mapping[State, int], before: Library, after: Library, touched: Iterable[str]
) -> Mapping[State, int]:
    """How many there are of each state, when only these files changed."""
    counted = dict(counts)
    for file in touched:
        for library, by in (before, -1), (after, 1):
            entry = library.entries.get(file)
            if entry is not None:
                counted[entry.state] = counted.get(entry.state, 0) + by
    return counted


@define
class _Turn:
    """
    The work of L{shelve}.

    @ivar put: what differs; L{None} for a file that goes.
    """

    entries: Mapping[str, Entry]
    growing: dict[str, Growth]
    now: float
    wall: float
    recalled: Mapping[str, Entry]
    put: dict[str, Entry | None] = field(factory=dict)
    to_probe: dict[str, None] = field(factory=dict)
    learnt: dict[str, Entry] = field(factory=dict)
    back: list[str] = field(factory=list)

    def hear(self, piece: Sequence[News]) -> None:
        """What is new in one piece."""
        gone: set[str] = set()
        unreadable: set[str] = set()
        for each in piece:
            match each:
                case Found():
                    self._found(each)
                case Gone(path):
                    entry = self._of(path)
                    if entry is None:
                        gone.add(path)
                    elif entry.on_disk:
                        self._goes(path)
                case Unreadable(path):
                    unreadable.add(path)
                case Unusable(file, reason):
                    self._unusable(file, reason)
                case Probed():
                    self._probed(each)
                case Again(files):
                    self._again(files)
        if gone or unreadable:
            for file in chain(self.entries, tuple(self.put)):
                if _is_below(file, gone):
                    self._goes(file)
                elif _is_below(file, unreadable):
                    self._away(file)

    def _of(self, file: str) -> Entry | None:
        return self.put[file] if file in self.put else self.entries.get(file)

    def _wait(self, entry: Entry) -> None:
        """It is to be looked into."""
        self.put[entry.file] = evolve(entry, state=State.WAITING, fault="")
        self.to_probe[entry.file] = None

    def _found(self, found: Found) -> None:
        file, entry = found.file, self._of(found.file)
        growth = self.growing.get(file)
        if entry is not None and growth is None and _is_as_known(entry, found):
            if entry.state is not State.AWAY:
                return
            if entry.facts is not None or entry.fault:
                known = State.BROKEN if entry.fault else State.READY
                self.put[file] = evolve(entry, state=known)
                return
        if entry is None:
            entry = Entry(file, found.size, found.modified_ns)
        seen = evolve(entry, size=found.size, modified_ns=found.modified_ns, on_disk=True)
        if fault := fault_of_name(file):
            self.put[file] = evolve(seen, state=State.BROKEN, facts=None, fault=fault)
            return
        known_as = self.recalled.get(file)
        if known_as is not None and known_as.facts is not None and _is_as_known(known_as, found):
            self.growing.pop(file, None)
            self.back.append(file)
            self.put[file] = evolve(seen, state=State.READY, facts=known_as.facts, fault="")
            return
        verdict, growth = settle(growth, found.size, found.modified_ns, self.now, self.wall)
        if verdict is Verdict.GROWING:
            self.growing[file] = growth
            if entry.state is not State.GROWING or not entry.on_disk:
                self.put[file] = evolve(seen, state=State.GROWING, fault="")
            return
        self.growing.pop(file, None)
        if verdict is Verdict.EMPTY:
            self.put[file] = evolve(seen, state=State.BROKEN, facts=None, fault=_EMPTY)
        else:
            self._wait(seen)

    def _goes(self, file: str) -> None:
        entry = self._of(file)
        if entry is not None and entry.on_disk:
            self.growing.pop(file, None)
            self.put[file] = None

    def _away(self, file: str) -> None:
        """Facts of what it was before it changed are not kept: they would be taken for true."""
        entry = self._of(file)
        if entry is None or not entry.on_disk or entry.state is State.AWAY:
            return
        self.growing.pop(file, None)
        facts = entry.facts if entry.state is State.READY else None
        self.put[file] = evolve(entry, state=State.AWAY, facts=facts)

    def _unusable(self, file: str, reason: str) -> None:
        """What is known of it is kept, for when it can be opened again."""
        entry = self._of(file)
        if entry is not None and entry.on_disk and entry.facts is not None:
            self._away(file)
            return
        self.growing.pop(file, None)
        seen = Entry(file, 0, 0) if entry is None else evolve(entry, size=0, modified_ns=0)
        fault = fault_of_name(file) or reason
        self.put[file] = evolve(seen, state=State.BROKEN, facts=None, fault=fault, on_disk=True)

    def _probed(self, probed: Probed) -> None:
        entry = self._of(probed.file)
        if entry is None or entry.state not in (State.WAITING, State.AWAY):
            return
        if not _is_as_known(entry, Found(probed.file, probed.size, probed.modified_ns)):
            if entry.state is State.WAITING:
                self.to_probe[probed.file] = None
            return
        known = State.READY if probed.facts is not None else State.BROKEN
        after = evolve(entry, state=known, facts=probed.facts, fault=probed.fault)
        if probed.settled:
            self.learnt[probed.file] = after
        self.put[probed.file] = (
            after if entry.state is State.WAITING else evolve(after, state=State.AWAY)
        )

    def _again(self, files: frozenset[str] | None) -> None:
        for file in self.entries if files is None else files:
            entry = self._of(file)
            if entry is None or entry.state is not State.BROKEN or not entry.on_disk:
                continue
            if entry.size and not fault_of_name(file):
                self._wait(entry)
