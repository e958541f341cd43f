"""
A channel in memory: the real shell, a CasparCG out of the emulator's core, a disk that can fail,
all on one clock that tests move.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock, LoopingCall
from twisted.python.failure import Failure

from rtgplayout.amcp.commands import Command, Target, Unsendable, line
from rtgplayout.amcp.errors import CommandRefused, LinkLost, NotConnected
from rtgplayout.amcp.wire import Reply, ReplyParser
from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.server import Connection, Server
from rtgplayout.playout.channel import Channel, Records
from rtgplayout.playout.graphics import GraphicsChange
from rtgplayout.playout.overlay import Overlay
from rtgplayout.playout.report import Memory, revive
from rtgplayout.playout.state import Setup
from rtgplayout.playout.status import Notice, Published, Status, Watcher
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Playlist
from tests.simulation.stage import VERSION, status_of
from tests.store.threads import at_once

from .scene import EPOCH, PROMPT, RATE, ZONE, clip, library

__all__ = ["AIR", "EPOCH", "Disk", "MemoryLink", "Studio", "clip"]

AIR = Target(1, 10)
"""Where the playlist is shown."""

_TRAVEL = 0.001
"""Seconds that a command takes to CasparCG, and its answer back."""


class MemoryLink:
    """
    A link to a CasparCG in memory; satisfies L{rtgplayout.playout.channel.Link}.

    @ivar sent: what was sent, and when on the clock.
    @ivar failing: what commands of a class fail with, instead of being sent.
    @ivar raising: what L{send} itself raises.
    """

    def __init__(self, clock: Clock, folder: Library) -> None:
        self._clock = clock
        self.server = Server("720p2500", library=folder, devices=(1, 2), templates=("bug",))
        self.server.openings = self.server.sources.openings = PROMPT
        self.connection: Connection | None = None
        self.sent: list[tuple[float, Command]] = []
        self.failing: dict[type[object], Exception] = {}
        self.raising: Exception | None = None
        self._waiting: list[tuple[Command, Deferred[Reply]]] = []

    def send(self, command: Command) -> Deferred[Reply]:
        if self.raising is not None:
            raise self.raising
        if self.connection is None:
            return fail(NotConnected(command))
        try:
            text = line(command, VERSION)
        except Unsendable:
            return fail()
        self.sent.append((self._clock.seconds(), command))
        if type(command) in self.failing:
            return fail(self.failing[type(command)])
        waiting = command, Deferred[Reply]()
        self._waiting.append(waiting)
        self._clock.callLater(_TRAVEL, self._arrive, text, self.connection, waiting)
        return waiting[1]

    def _arrive(
        self, text: str, connection: Connection, waiting: tuple[Command, Deferred[Reply]]
    ) -> None:
        if connection is not self.connection:
            return
        parser = ReplyParser()
        for answer in execute(self.server, text.encode(), connection):
            for reply in parser.feed(answer.data):
                self._clock.callLater(_TRAVEL, self._answer, reply, waiting)

    def _answer(self, reply: Reply, waiting: tuple[Command, Deferred[Reply]]) -> None:
        if waiting not in self._waiting:
            return
        self._waiting.remove(waiting)
        command, done = waiting
        if reply.ok:
            done.callback(reply)
        else:
            done.errback(CommandRefused(command, reply))

    def lose(self) -> None:
        """The connection is gone: what has no answer fails."""
        self.connection = None
        waiting, self._waiting = self._waiting, []
        for command, done in waiting:
            done.errback(LinkLost(command, sent=True))

    def sent_as(self, kind: type[object]) -> list[Any]:
        """The commands of a class that were sent."""
        return [command for _, command in self.sent if isinstance(command, kind)]


@define(eq=False)
class Disk:
    """
    Where the channel writes.

    @ivar broken: what every write of a playlist or of the state fails with.
    @ivar held: writes of the playlist wait for L{work}.
    @ivar playlists: what is on disk, oldest first.
    """

    broken: Exception | None = None
    held: bool = False
    playlists: list[Playlist] = field(factory=list)
    memories: list[Memory] = field(factory=list)
    entries: list[Mapping[str, object]] = field(factory=list)
    waiting: list[tuple[Playlist, Deferred[None]]] = field(factory=list)

    def save(self, playlist: Playlist) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self.waiting.append((playlist, done))
        if not self.held:
            self.work()
        return done

    def work(self) -> None:
        """Write the oldest playlist that waits."""
        playlist, done = self.waiting.pop(0)
        if self.broken is not None:
            done.errback(Failure(self.broken))
        else:
            self.playlists.append(playlist)
            done.callback(None)

    def remember(self, memory: Memory) -> Deferred[None]:
        if self.broken is not None:
            return fail(self.broken)
        self.memories.append(memory)
        return succeed(None)

    def write(self, entry: Mapping[str, object]) -> Deferred[None]:
        self.entries.append(entry)
        return succeed(None)

    @property
    def records(self) -> Records:
        return Records(self.save, self.remember, self.write)


@define(eq=False)
class Studio:
    """
    A channel with some items, and everything around it; started and not connected.

    @ivar told: what watchers were told, in order: published changes, statuses, notices.
    @ivar changes: what they were told of graphics.
    @ivar telemetry: whether CasparCG's arrives.
    @ivar threads: where long schedules are made.
    """

    items: Iterable[Item] = ()
    files: Iterable[Media] = ()
    missing: Iterable[str] = ()
    base_start: float | None = None
    memory: Memory = field(factory=Memory)
    threads: Any = at_once
    clock: Clock = field(factory=Clock)
    disk: Disk = field(factory=Disk)
    told: list[Published | Status | Notice] = field(factory=list)
    telemetry: bool = True
    rate: Fraction = RATE
    zone: ZoneInfo = ZONE
    changes: list[GraphicsChange] = field(factory=list, init=False)
    link: MemoryLink = field(init=False)
    overlay: Overlay = field(init=False)
    channel: Channel = field(init=False)

    def __attrs_post_init__(self) -> None:
        items = tuple(self.items)
        folder = library(items, *self.files)
        for name in self.missing:
            folder.remove(name)
        self.link = MemoryLink(self.clock, folder)
        start = None if self.base_start is None else EPOCH + self.base_start
        state = revive(
            Setup(self.rate, self.zone, minimum_trim=25),
            Playlist(self.rate, items, start),
            self.memory,
        )
        watcher = Watcher(self.told.append, self.told.append, self._notice)
        self.overlay = Overlay(
            self.link.send, self.disk.write, self.changes.append, self.clock, self.now, {AIR}
        )
        self.channel = Channel(
            state,
            self.link,
            self.disk.records,
            watcher,
            self.overlay.perform,
            self.clock,
            self.now,
            self.threads,
        )
        self.channel.startService()
        ticking = LoopingCall(self._tick)
        ticking.clock = self.clock
        ticking.start(float(1 / self.rate), now=False)
        self.ticking = ticking

    ticking: LoopingCall = field(init=False)

    def now(self) -> float:
        return EPOCH + self.clock.seconds()

    def _notice(self, channel: int, notice: Notice) -> None:
        self.told.append(notice)

    def _tick(self) -> None:
        server = self.link.server
        server.advance(server.tick + 1)
        if self.telemetry and self.link.connection is not None:
            for number in server.channels:
                self.overlay.shown(status_of(server, number, True))
            self.channel.shown(status_of(server, 1, True))

    def connect(self) -> None:
        self.link.connection = self.link.server.connect()
        self.overlay.link_up()
        self.channel.link_up()
        self.run(0.5)

    def disconnect(self, why: str = "connection reset") -> None:
        self.link.lose()
        self.overlay.link_down()
        self.channel.link_down(why)

    def run(self, seconds: float) -> None:
        """Let time pass, in steps of 5 ms."""
        self.clock.pump([0.005] * round(seconds / 0.005))

    # What came of it.

    @property
    def published(self) -> list[Published]:
        return [each for each in self.told if isinstance(each, Published)]

    @property
    def statuses(self) -> list[Status]:
        return [each for each in self.told if isinstance(each, Status)]

    @property
    def notices(self) -> list[Notice]:
        return [each for each in self.told if isinstance(each, Notice)]

    def on_air(self) -> str | None:
        """The id of the item on air, as operators are told."""
        showing = self.channel.status().on_air
        return None if showing is None else showing.item.id

    def ids(self) -> list[str]:
        """The published playlist."""
        return [item.id for item in self.channel.document().playlist.items]
