"""
A channel in memory: a real desk over the real edits and schedule, without CasparCG and without a
disk. What is told of its status, tests say. And what a daemon has beside its channels, likewise.
"""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from attrs import evolve
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from rtgplayout.amcp.commands import Target
from rtgplayout.api.desk import Shelves
from rtgplayout.api.frames import Long
from rtgplayout.media.folders import initial
from rtgplayout.media.library import Entry, Library, Progress
from rtgplayout.media.preflight import Finding
from rtgplayout.playout.graphics import Template
from rtgplayout.playout.presets import Presets
from rtgplayout.playout.status import (
    CannotDo,
    Document,
    HardStartRefused,
    Mode,
    OnAir,
    Published,
    Showing,
    Status,
    Upcoming,
    Watcher,
)
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import (
    Changes,
    Edit,
    EditRefused,
    Playlist,
    SetHardStart,
    apply,
    undo,
)
from rtgplayout.rundown.schedule import Anchor, schedule

T = TypeVar("T")

START = 1772388000.0
"""2026-03-01T18:00:00Z, 19:00 in Libreville."""


def clip(name: str, seconds: int = 10, **more: Any) -> Item:
    return Item(id=name, name=name.upper(), file=f"GEN/{name}.mov", duration=seconds * 25, **more)


def text(message: bytes | Long) -> bytes:
    """A message as its receiver has it."""
    return b"".join(message.pieces) if isinstance(message, Long) else message


class TurnClock(Clock):
    """A clock that takes one turn of the reactor at a time, as L{Clock.advance} does not."""

    def turn(self) -> int:
        """
        Call what is due, but not what that asks for.

        @return: how many calls there were.
        """
        due = [call for call in self.calls if call.getTime() <= self.seconds()]
        for call in due:
            self.calls.remove(call)
            call.called = 1
            call.func(*call.args, **call.kw)
        return len(due)


class MemoryDesk:
    """
    A desk; satisfies L{rtgplayout.api.desk.Desk}.

    @ivar slow_disk: edits wait for L{save}.
    @ivar asked: who asked for what, beside edits.
    """

    def __init__(self, *items: Item, channel: int = 1) -> None:
        self.channel = channel
        self.watcher: Watcher | None = None
        self.slow_disk = False
        self.asked: list[tuple[str, ...]] = []
        self.anchor = Anchor(0, START)
        self._saved = self._plan = Playlist(Fraction(25), items, START)
        self._revision = 1
        self._undos: list[Changes] = []
        self._waiting: list[tuple[Deferred[Published], Playlist, Changes, str]] = []
        self._status = Status(channel, Mode.MANUAL, Showing.NOTHING, connected=True, telemetry=True)
        self._document = self._made()

    def _made(self) -> Document:
        zone = ZoneInfo("Africa/Libreville")
        planned = schedule(self._saved, self.anchor, zone)
        return Document(self.channel, self._revision, self._saved, planned)

    def document(self) -> Document:
        return self._document

    def plan(self) -> Playlist:
        return self._plan

    def status(self) -> Status:
        return self._status

    def edit(self, edit: Edit, by: str) -> Deferred[Published]:
        try:
            playlist, changes = apply(self._plan, edit)
        except EditRefused as refused:
            return fail(refused)
        if isinstance(edit, SetHardStart):
            tried = schedule(playlist, self.anchor, ZoneInfo("Africa/Libreville"))
            bad = tuple(p for p in tried.problems if p.item_id == edit.id and p.blocks)
            if bad:
                return fail(HardStartRefused("hardStartTime", "it cannot be kept", bad))
        self._undos.append(changes)
        return self._accept(playlist, changes, by)

    def undo(self, by: str) -> Deferred[Published]:
        if not self._undos:
            return fail(CannotDo("there is nothing to undo"))
        playlist, changes = undo(self._plan, self._undos.pop())
        return self._accept(playlist, changes, by)

    def _accept(self, playlist: Playlist, changes: Changes, by: str) -> Deferred[Published]:
        done: Deferred[Published] = Deferred()
        self._plan = playlist
        self._waiting.append((done, playlist, changes, by))
        if not self.slow_disk:
            self.save()
        return done

    def save(self) -> None:
        """The disk has it all: publish, then answer."""
        waiting, self._waiting = self._waiting, []
        for done, playlist, changes, by in waiting:
            before = self._document.schedule.problems
            self._saved = playlist
            self._revision += bool(changes)
            self._document = self._made()
            new = tuple(p for p in self._document.schedule.problems if p not in before)
            published = Published(self._document, changes, new, by)
            assert self.watcher is not None
            self.watcher.published(published)
            done.callback(published)

    def take(self, by: str) -> Deferred[None]:
        self.asked.append(("take", by))
        return succeed(None)

    def play(self, item_id: str, by: str) -> Deferred[None]:
        index = self._saved.index_of(item_id)
        if index is None:
            return fail(CannotDo("there is no such item", "id"))
        self.asked.append(("play", item_id, by))
        self.air(index)
        return succeed(None)

    def air(self, index: int) -> None:
        """That item is on air now, confirmed."""
        item = self._saved.items[index]
        self.anchor = Anchor(index, START)
        self._document = self._made()
        following = None
        if index + 1 < len(self._saved.items):
            after = self._saved.items[index + 1]
            at = START + item.duration / 25
            following = Upcoming(after, index + 1, at, after.duration)
        self._status = evolve(
            self._status,
            showing=Showing.PLAYING,
            on_air=OnAir(item, index, START, item.duration, True),
            upcoming=following,
        )
        assert self.watcher is not None
        self.watcher.published(Published(self._document, Changes(())))
        self.watcher.status(self._status)

    def stop(self, by: str) -> Deferred[None]:
        self.asked.append(("stop", by))
        self.tell(mode=Mode.MANUAL, showing=Showing.NOTHING, on_air=None)
        return succeed(None)

    def set_mode(self, mode: Mode, by: str) -> Deferred[None]:
        self.tell(mode=mode)
        return succeed(None)

    def tell(self, **changes: Any) -> None:
        """The status changes."""
        self._status = evolve(self._status, **changes)
        assert self.watcher is not None
        self.watcher.status(self._status)


class MemoryKept(Generic[T]):
    """
    A document that is saved at once; satisfies L{rtgplayout.api.desk.Kept}.

    @ivar fails: why nothing can be saved.
    """

    def __init__(self, value: T) -> None:
        self.value = value
        self.revision = 1
        self.told: Callable[[], None] = lambda: None
        self.fails = ""

    def change(self, edit: Callable[[T], T]) -> Deferred[T]:
        try:
            after = edit(self.value)
        except EditRefused as refused:
            return fail(refused)
        if self.fails:
            return fail(CannotDo(self.fails))
        if after != self.value:
            self.value = after
            self.revision += 1
            self.told()
        return succeed(after)


class MemoryShelf:
    """
    A media library; satisfies L{rtgplayout.api.desk.MediaShelf}.

    @ivar told: called when the progress is another.
    """

    told: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, *entries: Entry) -> None:
        self.now = Library(1, {entry.file: entry for entry in entries})
        self.done = Progress()
        self.names: dict[str, str] = {}
        self.pictures: dict[str, bytes] = {}
        self.warnings: dict[str, str] = {}

    def library(self) -> Library:
        return self.now

    def progress(self) -> Progress:
        return self.done

    def scan(self) -> None:
        if self.done.scanning:
            raise CannotDo("a scan runs already")
        self.done = Progress(True, 0, len(self.now.entries))
        self.told()

    def exact(self, file: str) -> str:
        return self.names.get(file, file)

    def length_of(self, file: str) -> float | None:
        entry = self.now.entries.get(file)
        return None if entry is None else entry.seconds

    def warning_of(self, file: str) -> str:
        return self.warnings.get(file, "")

    def thumbnail(self, file: str) -> Deferred[bytes | None]:
        return succeed(self.pictures.get(file))


class MemoryGraphics:
    """
    Graphics that CasparCG takes at once; satisfies L{rtgplayout.api.desk.GraphicsDesk}.

    @ivar asked: who asked for what.
    @ivar fails: why nothing can be done.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.fails = ""
        self.there: tuple[Template, ...] = ()

    def active(self) -> tuple[Template, ...]:
        return self.there

    def _do(self, *asked: object) -> Deferred[None]:
        if self.fails:
            return fail(CannotDo(self.fails))
        self.asked.append(asked)
        return succeed(None)

    def load(
        self, target: Target, name: str, data: Mapping[str, object], play: bool, by: str
    ) -> Deferred[None]:
        return self._do("load", target, name, dict(data), play, by)

    def play(self, target: Target, by: str) -> Deferred[None]:
        return self._do("play", target, by)

    def stop(self, target: Target, by: str) -> Deferred[None]:
        return self._do("stop", target, by)

    def update(self, target: Target, data: Mapping[str, object], by: str) -> Deferred[None]:
        return self._do("update", target, dict(data), by)

    def remove(self, target: Target, by: str) -> Deferred[None]:
        return self._do("remove", target, by)


class MemoryImports:
    """An import folder; satisfies L{rtgplayout.api.desk.Imports}."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def names(self) -> Deferred[tuple[str, ...]]:
        return succeed(tuple(self.texts))

    def read(self, name: str) -> Deferred[str]:
        if name not in self.texts:
            return fail(CannotDo("there is no such file to import", "file"))
        return succeed(self.texts[name])


class MemoryAsRun:
    """As-run files; satisfies L{rtgplayout.api.desk.AsRun}."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.written: list[Mapping[str, object]] = []
        self.files: dict[str, bytes] = {}
        self.fails: OSError | None = None

    def entries(
        self, start: float, end: float, offset: int, limit: int
    ) -> Deferred[tuple[Mapping[str, object], ...]]:
        self.asked.append((start, end, offset, limit))
        return succeed(tuple(self.written[offset : offset + limit]))

    def report(self, day: date | None) -> Deferred[tuple[str, dict[str, int]]]:
        if self.fails is not None:
            return fail(self.fails)
        return succeed((f"report-{day}.txt", {"totalEvents": len(self.written)}))

    def export(self, first: date, last: date, form: str) -> Deferred[str]:
        if self.fails is not None:
            return fail(self.fails)
        if form not in ("csv", "json", "xlsx"):
            return fail(CannotDo("it must be one of csv, json, xlsx", "form"))
        if last < first:
            return fail(CannotDo("it must not be before the first day", "last"))
        name = f"export-{first}-{last}.{form}"
        self.files[name] = b"kind\r\n"
        return succeed(name)

    def file(self, name: str) -> Deferred[bytes]:
        if name not in self.files:
            return fail(CannotDo("there is no such report or export", "file"))
        return succeed(self.files[name])


class MemoryPreflight:
    """What is wrong with scheduled files; satisfies L{rtgplayout.api.desk.Preflight}."""

    def __init__(self) -> None:
        self.found: tuple[Finding, ...] = ()

    def ahead(self, channel: int) -> tuple[Finding, ...]:
        return tuple(each for each in self.found if each.channel == channel)

    def of(self, channel: int, item_id: str) -> tuple[Finding, ...]:
        return tuple(each for each in self.ahead(channel) if each.item_id == item_id)


class MemoryShelves:
    """What a daemon has, all in memory."""

    def __init__(self, *entries: Entry) -> None:
        self.library = MemoryShelf(*entries)
        self.folders = MemoryKept(initial(START))
        self.presets = MemoryKept(Presets())
        self.graphics = MemoryGraphics()
        self.imports = MemoryImports()
        self.as_run = MemoryAsRun()
        self.preflight = MemoryPreflight()

    def shelves(self) -> Shelves:
        return Shelves(
            self.library,
            self.folders,
            self.presets,
            self.graphics,
            self.imports,
            self.as_run,
            preflight=self.preflight,
        )
