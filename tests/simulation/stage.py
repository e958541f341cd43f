"""
A stage: one channel's rules, an emulated CasparCG, and the wires between them, all on a simulated
clock that jumps from one thing that happens to the next.
"""

import heapq
import random
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction

from attrs import define, field, frozen

from rtgplayout.amcp.commands import (
    Command,
    InfoChannel,
    LoadBackground,
    Unsendable,
    deadline,
    line,
)
from rtgplayout.amcp.status import (
    Background,
    ChannelStatus,
    Foreground,
    Layer,
    ServerVersion,
    channel_from_info,
)
from rtgplayout.amcp.wire import ReplyParser
from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Library
from rtgplayout.emulator.server import Connection, Server
from rtgplayout.emulator.viewer import Shown as Run
from rtgplayout.playout.asrun import Entry, PlayStart
from rtgplayout.playout.effects import Effect, Graphic, Notify, Record, Send
from rtgplayout.playout.events import (
    Answered,
    Edited,
    Event,
    LinkLost,
    LinkUp,
    Now,
    Shown,
    Ticked,
    Unanswered,
    Why,
)
from rtgplayout.playout.graphics import (
    After,
    Graphics,
    answered,
    asked,
    differs,
    seen,
    taken,
)
from rtgplayout.playout.rules import step
from rtgplayout.playout.state import State
from rtgplayout.playout.status import Notice
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Edit, apply

VERSION = ServerVersion(2, 5, 0)

DENSE = 12
"""Ticks for which every packet is delivered after something changed."""

SPARSE = 20
"""Ticks between two packets while nothing changes; the rest is lost, as UDP may."""


@frozen
class Era:
    """
    One life of the server.

    @ivar starts: the simulated clock when its tick 1 starts.
    @ivar runs: what its viewer saw, in its ticks.
    """

    starts: float
    runs: tuple[Run, ...]


def status_of(server: Server, channel: int, with_tick: bool) -> ChannelStatus:
    """What telemetry tells of an emulated channel, with OSC's short floats."""
    facts = server.state(channel)
    layers: dict[int, dict[str, dict[str, tuple[object, ...]]]] = {}
    for address, values in facts.items():
        parts = address.split("/", 4)
        if parts[0] == "stage" and len(parts) == 5:
            layers.setdefault(int(parts[2]), {}).setdefault(parts[3], {})[parts[4]] = values
    rate = facts["framerate"]
    return ChannelStatus(
        channel,
        server.counter(channel) if with_tick else None,
        Fraction(*rate),
        str(facts["format"][0]),
        {number: _layer(found) for number, found in layers.items()},
    )


def _short(value: object) -> float:
    """A number as OSC carries it, in 32 bits."""
    return float(struct.unpack(">f", struct.pack(">f", float(value)))[0])  # type: ignore[arg-type]


def _layer(found: dict[str, dict[str, tuple[object, ...]]]) -> Layer:
    front, back = found.get("foreground", {}), found.get("background", {})
    time, clip = front.get("file/time", (0, 0)), front.get("file/clip", (0, 0))
    left = front.get("frames_left")
    mixing = front.get("transition/frame")
    return Layer(
        Foreground(
            str(front.get("producer", ("empty",))[0]),
            str(front.get("file/name", ("",))[0]),
            str(front.get("file/path", ("",))[0]),
            _short(time[0]),
            _short(time[1]),
            _short(clip[0]),
            _short(clip[1]),
            bool(front.get("paused", (False,))[0]),
            bool(front.get("loop", (False,))[0]),
            None if left is None else int(left[0]),  # type: ignore[call-overload]
            None if mixing is None else (int(mixing[0]), int(mixing[1])),  # type: ignore[call-overload]
            str(front.get("transition/producer", ("",))[0]),
        ),
        Background(
            str(back.get("producer", ("empty",))[0]),
            str(back.get("file/name", ("",))[0]),
            str(back.get("file/path", ("",))[0]),
        ),
    )


@define(order=True)
class _Planned:
    """Something that will happen on the stage."""

    at: float
    order: int
    happen: Callable[[], None] = field(order=False)


@define(eq=False)
class Stage:
    """
    @ivar state: of the rules.
    @ivar server: the emulated CasparCG.
    @ivar chance: latencies.
    @ivar time: seconds on the simulated monotonic clock.
    @ivar epoch: the wall clock at time 0.
    @ivar entries: what the rules wrote into the as-run log, with the time of writing.
    @ivar aired: the item of each PLAY_START, as it was then.
    @ivar notices: what operators were told.
    @ivar sent: every command, with the time of sending.
    @ivar graphics: what is known to be on graphics layers.
    """

    state: State
    library: Library
    seed: int = 0
    epoch: float = 1_700_000_000.0
    devices: Sequence[int] = (1, 2)
    time: float = 0.0
    server: Server = field(init=False)
    chance: random.Random = field(init=False)
    entries: list[tuple[float, Entry]] = field(factory=list, init=False)
    aired: list[Item] = field(factory=list, init=False)
    notices: list[tuple[float, Notice]] = field(factory=list, init=False)
    sent: list[tuple[float, Command]] = field(factory=list, init=False)
    graphics: Graphics = field(init=False)
    eras: list[Era] = field(factory=list, init=False)
    osc: bool = field(default=True, init=False)
    linked: bool = field(default=False, init=False)
    steps: int = field(default=0, init=False)
    _starts: float = field(default=0.0, init=False)
    _connection: Connection | None = field(default=None, init=False)
    _heap: list[_Planned] = field(factory=list, init=False)
    _order: int = field(default=0, init=False)
    _delivered: int = field(default=0, init=False)
    _dense_until: int = field(default=0, init=False)
    _next_packet: _Planned | None = field(default=None, init=False)
    _next_tick: _Planned | None = field(default=None, init=False)
    _waiting: dict[int, Command] = field(factory=dict, init=False)
    _showing: dict[int, Graphic] = field(factory=dict, init=False)
    _arrives: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.server = Server(
            "720p2500",
            library=self.library,
            seed=self.seed,
            devices=self.devices,
            templates=("bug",),
        )
        self.graphics = Graphics(frozenset([self.state.setup.target]))
        self._starts = self.time
        self._plan_tick()

    # Time.

    @property
    def now(self) -> Now:
        """The two clocks."""
        return Now(self.epoch + self.time, self.time)

    @property
    def period(self) -> float:
        """Seconds a tick."""
        return 0.04

    def at(self, time: float, happen: Callable[[], None]) -> _Planned:
        """Have something happen at that time."""
        self._order += 1
        planned = _Planned(max(time, self.time), self._order, happen)
        heapq.heappush(self._heap, planned)
        return planned

    def after(self, seconds: float, happen: Callable[[], None]) -> _Planned:
        """Have something happen that much later."""
        return self.at(self.time + seconds, happen)

    def run(self, until: float) -> None:
        """Let happen what happens up to that time."""
        while self._heap and self._heap[0].at <= until:
            planned = heapq.heappop(self._heap)
            self.time = max(self.time, planned.at)
            planned.happen()
        self.time = until
        self.catch_up()

    def run_for(self, seconds: float) -> None:
        """Let happen what happens in that time."""
        self.run(self.time + seconds)

    def _tick_at(self, time: float) -> int:
        """The server's last tick that has started at that time."""
        return int((time - self._starts) / self.period + 1e-9) + 1

    def catch_up(self) -> None:
        """Have the server make the ticks up to now."""
        if self.server.alive:
            self.server.advance(self._tick_at(self.time))

    def starts_at(self, tick: int) -> float:
        """When that tick of the present server starts."""
        return self._starts + (tick - 1) * self.period

    # The rules.

    def happen(self, event: Event) -> None:
        """Let the rules take one step."""
        self.steps += 1
        self.state, effects = step(self.state, event, self.now)
        for effect in effects:
            self._perform(effect)
        self._plan_tick()

    def edit(self, edit: Edit) -> None:
        """An operator changes the playlist."""
        playlist, changes = apply(self.state.playlist, edit)
        self.happen(Edited(playlist, changes))

    def _plan_tick(self) -> None:
        """The rules are called when something is due, and now and then."""
        quiet = 5.0 if self.osc and self.linked else 1.0  # telemetry makes them look, too
        due = self.time + (0.1 if self._is_dense() else quiet)
        wake = self.state.wake
        if wake is not None and wake < due:
            due = max(wake, self.time)
        planned = self._next_tick
        if planned is not None and abs(planned.at - due) < 1e-6:
            return
        if planned is not None and planned.at < due and wake is None:
            return
        self._next_tick = self.at(due, lambda: None)
        mine = self._next_tick
        mine.happen = lambda: self._ticked(mine)

    def _ticked(self, planned: _Planned) -> None:
        if planned is self._next_tick:
            self._next_tick = None
            self.happen(Ticked())

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send(token, command):
                self._send(token, command)
            case Graphic(command):
                token = -1 - len(self.sent)
                self._showing[token] = effect
                self.graphics = asked(self.graphics, command.target)
                self._send(token, command)
            case Record(entry):
                self.entries.append((self.time, entry))
                airing = self.state.on_air
                if isinstance(entry, PlayStart) and entry.aired.item_id:
                    assert airing is not None and airing.part.item is not None
                    self.aired.append(airing.part.item)
            case Notify(notice):
                self.notices.append((self.time, notice))

    # The wire.

    def _send(self, token: int, command: Command) -> None:
        self.sent.append((self.time, command))
        if not self.linked:
            self.after(0.0, lambda: self._came(Unanswered(token, Why.LINK_LOST)))
            return
        try:
            text = line(command, VERSION)
        except Unsendable:
            self.after(0.0, lambda: self._came(Unanswered(token, Why.UNSENDABLE)))
            return
        self._waiting[token] = command
        connection = self._connection
        # one connection: nothing overtakes what was sent before
        self._arrives = max(self.time + self.chance.uniform(0.0002, 0.001), self._arrives)
        self.at(self._arrives, lambda: self._arrive(token, text, connection))
        self.after(deadline(command), lambda: self._expire(token))

    def _arrive(self, token: int, text: str, connection: Connection | None) -> None:
        """The command reaches the server."""
        if connection is None or connection is not self._connection or not self.server.alive:
            return
        self.catch_up()
        self.dense()
        answers = execute(self.server, text.encode(), connection)
        command = self._waiting.get(token)
        slow = isinstance(command, LoadBackground)
        delay = self.chance.uniform(0.002, 0.008) if slow else self.chance.uniform(0.0003, 0.001)
        for answer in answers:
            self.after(delay, lambda data=answer.data: self._answer(token, data, connection))  # type: ignore[misc]
        if self._is_dead():
            self.crash()

    def _is_dead(self) -> bool:
        """Whether a command killed the server."""
        return not self.server.alive

    def _answer(self, token: int, data: bytes, connection: Connection) -> None:
        command = self._waiting.pop(token, None)
        if command is None or connection is not self._connection:
            return
        for reply in ReplyParser().feed(data):
            self._came(Answered(token, reply.code, reply.body))
            if isinstance(command, InfoChannel) and reply.ok:
                self.happen(Shown(channel_from_info(reply.body, command.channel)))

    def _expire(self, token: int) -> None:
        if self._waiting.pop(token, None) is not None:
            self._came(Unanswered(token, Why.TIMED_OUT))

    def _came(self, event: Answered | Unanswered) -> None:
        """What became of a command: for the rules, or for the list of graphics."""
        graphic = self._showing.pop(event.token, None)
        if graphic is None:
            self.happen(event)
            return
        self.graphics = answered(self.graphics, graphic.command.target, self.now)
        if isinstance(event, Answered) and event.code < 300:
            self._show(taken(self.graphics, graphic.command, self.now, "", graphic.item_id))
        else:
            why = str(event.code) if isinstance(event, Answered) else event.why.value
            self.notices.append((self.time, Notice("warning", f"{graphic.what}: {why}")))

    def _look(self, status: ChannelStatus) -> None:
        if differs(self.graphics, status, self.time):
            self._show(seen(self.graphics, status, self.now))

    def _show(self, after: After) -> None:
        self.graphics = after.graphics
        self.entries += [(self.time, entry) for entry in after.entries]

    # Telemetry.

    def _is_dense(self) -> bool:
        return self._tick_at(self.time) <= self._dense_until

    def dense(self, ticks: int = DENSE) -> None:
        """Deliver every packet for a while."""
        self._dense_until = max(self._dense_until, self._tick_at(self.time) + ticks)
        self._plan_packet()

    def _plan_packet(self) -> None:
        """Deliver the next packet that matters."""
        if not self.server.alive:
            return
        self.catch_up()
        tick = self.server.tick
        change = self.server.next_change()
        step_ticks = 1 if tick <= self._dense_until else SPARSE
        wanted = max(tick, self._delivered + step_ticks)
        if change is not None and change - 1 < wanted:
            wanted = max(tick, self._delivered + 1, change - 1)
            self._dense_until = max(self._dense_until, change + DENSE)
        due = self.starts_at(wanted + 1) + 0.0005
        if self._next_packet is not None and self._next_packet.at <= due:
            if self._next_packet.at > self.time:
                return
        self._next_packet = self.at(due, lambda: None)
        mine = self._next_packet
        starts = self._starts
        mine.happen = lambda: self._deliver(mine, wanted, starts)

    def _deliver(self, planned: _Planned, tick: int, starts: float) -> None:
        """The packet of C{tick} arrives when that tick is over."""
        if planned is not self._next_packet:
            return
        self._next_packet = None
        if self.server.alive and starts == self._starts:
            self.server.advance(tick)
            self._delivered = tick
            if self.osc and not self.server.silent and self.server.tick == tick:
                status = status_of(self.server, self.state.setup.channel, True)
                self._look(status)
                self.happen(Shown(status))
        self._plan_packet()

    # Faults and their ends.

    def connect(self) -> None:
        """The link comes up, if there is a server; the rules are told what it shows."""
        if self.linked or not self.server.alive:
            return
        self.catch_up()
        self._connection = self.server.connect()
        self.linked = True
        self.dense()
        status = status_of(self.server, self.state.setup.channel, False)
        self._look(status)
        self.happen(LinkUp(status, len(self.server.channels)))

    def cut(self, reason: str = "connection reset") -> None:
        """The link is lost."""
        if not self.linked:
            return
        if self._connection is not None:
            self.server.disconnect(self._connection)
        self.linked, self._connection = False, None
        lost, self._waiting = list(self._waiting), {}
        for token in lost:
            self._came(Unanswered(token, Why.LINK_LOST))
        self.happen(LinkLost(reason))

    def crash(self) -> None:
        """The server dies."""
        if self.server.alive:
            self.catch_up()
            self.server.die()
        self._end_era()
        self.cut("connection closed")

    def meddle(self, line: str) -> None:
        """Another client commands the server."""
        self.catch_up()
        execute(self.server, line.encode(), self.server.connect())
        self.dense(50)

    def revive(self) -> None:
        """The server starts again, empty."""
        self.server.restart()
        self._starts = self.time
        self._dense_until = self._delivered = 0
        self._next_packet = None
        self._plan_packet()

    def restart_daemon(self, state: State) -> None:
        """The daemon is another one, which knows only what was on disk."""
        self._waiting, self._showing = {}, {}
        self.graphics = Graphics(frozenset([self.state.setup.target]))
        if self._connection is not None:
            self.server.disconnect(self._connection)
        self.linked, self._connection = False, None
        self.state = state

    def _end_era(self) -> None:
        shown = self.server.shown(self.state.setup.channel, self.state.setup.layer)
        self.eras.append(Era(self._starts, shown))

    def finish(self) -> list[Era]:
        """Everything the viewer saw."""
        if self.server.alive:
            self.catch_up()
            self._end_era()
        return self.eras
