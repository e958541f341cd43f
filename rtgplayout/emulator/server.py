# -*- test-case-name: tests.emulator.test_server -*-
"""
A CasparCG in software: channels, files, and a counter of ticks that is driven from outside.

Nothing here reads a clock: C{advance} makes the ticks, as many at once as are wanted, in a time
that depends on what changes and not on how many there are. Commands act between two ticks and
are seen from the next one on.
"""

import random
from collections.abc import Iterable

from attrs import define, field

from rtgplayout.emulator import osc
from rtgplayout.emulator.channel import Channel
from rtgplayout.emulator.clip import OPENINGS, Clip
from rtgplayout.emulator.formats import FORMATS
from rtgplayout.emulator.media import Library
from rtgplayout.emulator.producer import FOREVER, Clock, Producer, Separated, State, Value
from rtgplayout.emulator.source import SHY, Sources
from rtgplayout.emulator.transition import Transition
from rtgplayout.emulator.viewer import Shown, Viewer

# Two channels share one slot for their packets: 6 to 9 of 500 ticks were lost.
_LOST_TICKS = 0.015


@define(eq=False)
class Lock:
    """
    Who may use a channel.

    @ivar holders: the connections that know the phrase; everybody when there are none.
    """

    phrase: str = ""
    holders: list["Connection"] = field(factory=list)

    def allows(self, connection: "Connection") -> bool:
        """Whether C{connection} may use the channel."""
        return not self.holders or connection in self.holders

    def acquire(self, phrase: str, connection: "Connection") -> bool:
        """Join those who hold the channel; L{False} when the phrase is another."""
        if self.phrase not in ("", phrase):
            return False
        if connection not in self.holders:
            self.phrase = phrase
            self.holders.append(connection)
        return True

    def release(self, connection: "Connection") -> None:
        """Leave; the last one frees the channel."""
        if connection in self.holders:
            self.holders.remove(connection)
        if not self.holders:
            self.phrase = ""

    def clear(self) -> None:
        """Send everybody away."""
        self.phrase, self.holders = "", []


@define(eq=False)
class Connection:
    """
    A client on the AMCP port.

    @ivar address: its IP address, where OSC goes.
    @ivar subscriptions: UDP ports that OSC goes to as well.
    @ivar batch: the commands since BEGIN; L{None} outside a batch.
    @ivar batch_request: the request id of BEGIN.
    @ivar deaf: nothing will ever be answered again.
    """

    address: str = "127.0.0.1"
    subscriptions: set[int] = field(factory=set)
    batch: "list[object] | None" = None
    batch_request: str = ""
    deaf: bool = False


@define(eq=False)
class Server:
    """
    @ivar library: the media folder; may change at any time.
    @ivar templates: names of HTML templates; without any, the server is one without HTML.
    @ivar alive: the process runs; L{False} after what kills it.
    @ivar scanner: the media-scanner runs.
    @ivar silent: no OSC is sent.
    @ivar utf8: it runs in a UTF-8 locale; otherwise one accent kills a connection.
    @ivar lost_batches: how likely a batch of several commands has no effect.
    @ivar openings: how quickly files get ready: frames decoded on the first and on the second
        tick, whether the file is open on the first, and how often that happens.
    @ivar shy: how likely a file says, right after it was loaded, that it is not open.
    @ivar channels: by number, from 1.
    """

    format: str = "720p2500"
    channel_count: int = 1
    library: Library = field(factory=Library)
    seed: int = 0
    devices: Iterable[int] = ()
    templates: Iterable[str] = ()
    scanner: bool = True
    utf8: bool = True
    lost_batches: float = 0.85
    openings: tuple[tuple[int, int, bool, int], ...] = OPENINGS
    shy: float = SHY
    silent: bool = False
    alive: bool = field(default=True, init=False)
    chance: random.Random = field(init=False)
    clock: Clock = field(init=False)
    sources: Sources = field(init=False)
    channels: dict[int, Channel] = field(init=False)
    locks: dict[int, Lock] = field(init=False)
    data: dict[str, str] = field(factory=dict, init=False)
    connections: list[Connection] = field(factory=list, init=False)
    log_level: str = field(default="info", init=False)

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.restart()

    # Time.

    @property
    def folder(self) -> str:
        """Where the server is installed, ending in C{/}."""
        return self.library.root.rstrip("/").rpartition("/")[0] + "/"

    @property
    def tick(self) -> int:
        """The last tick made; the first is 1."""
        return self.clock.now

    def advance(self, to: int) -> None:
        """Make every tick up to C{to}."""
        while self.alive and self.clock.now < to:
            ticks = min(self._quiet(), to - self.clock.now)
            if ticks > 1:
                self.clock.now += ticks - 1
                for channel in self.channels.values():
                    channel.skip(ticks - 1)
            self.clock.now += 1
            for channel in self.channels.values():
                channel.tick()

    def next_change(self) -> int | None:
        """
        The next tick at which something happens by itself: a clip starts to move, ends, is
        followed. L{None} for never. It may be early, never late.
        """
        quiet = self._quiet()
        return None if quiet >= FOREVER else self.clock.now + quiet + 1

    def _quiet(self) -> int:
        return min((each.quiet() for each in self.channels.values()), default=FOREVER)

    # What can be seen from outside.

    def shown(self, channel: int, layer: int) -> tuple[Shown, ...]:
        """What the viewer of a layer has seen since the server started."""
        viewer = self.channels[channel].viewers.setdefault(layer, Viewer())
        viewer.skip_to(self.clock.now)
        return viewer.shown

    def state(self, channel: int) -> State:
        """What INFO and OSC show of a channel, as at the last tick, by address."""
        return self.channels[channel].state()

    def osc_messages(self, channel: int) -> list[tuple[str, tuple[Value, ...]]]:
        """
        The messages of the last tick of a channel; none when they were lost or OSC is silent.
        """
        if not self.alive or self.silent or self.clock.now < 1 or self._lost(channel):
            return []
        return [
            (f"/channel/{channel}/{name}", values) for name, values in self.state(channel).items()
        ]

    def osc_packets(self, channel: int) -> list[bytes]:
        """The same, as the datagrams that carry them."""
        return osc.packets(self.counter(channel), self.osc_messages(channel))

    def counter(self, channel: int) -> int:
        """
        The time tag of a channel's last tick: one counter goes up with each tick of each channel
        (measured with two; read in the server's source).
        """
        return (self.clock.now - 1) * len(self.channels) + list(self.channels).index(channel) + 1

    def _lost(self, channel: int) -> bool:
        """Whether the channels' packets met; the same answer whenever it is asked."""
        if len(self.channels) < 2:
            return False
        meeting = random.Random(f"{self.seed} {channel} {self.clock.now}")
        return meeting.random() < _LOST_TICKS

    # Clients.

    def connect(self, address: str = "127.0.0.1") -> Connection:
        """A client connects."""
        connection = Connection(address)
        self.connections.append(connection)
        return connection

    def disconnect(self, connection: Connection) -> None:
        """A client is gone, and its locks and subscriptions with it."""
        if connection in self.connections:
            self.connections.remove(connection)
        for lock in self.locks.values():
            lock.release(connection)

    # Misbehaviour.

    def restart(self) -> None:
        """Start again, empty: no layers, no clients, and the ticks count from 1."""
        self.alive = True
        self.clock = Clock()
        self.connections = []
        self.sources = Sources(
            self.clock,
            self.library,
            self.chance,
            frozenset(self.devices),
            {each.upper(): f"{self.folder}template/{each}.html" for each in self.templates},
            self.openings,
            self.channel_count,
            self.shy,
        )
        video = FORMATS[self.format.upper()]
        self.channels = {
            number: Channel(self.clock, number, video)
            for number in range(1, self.channel_count + 1)
        }
        self.locks = {number: Lock() for number in self.channels}

    def die(self) -> None:
        """The process ends: no more answers, no more ticks, every connection closes."""
        self.alive = False
        self.connections = []

    def freeze(self, channel: int, layer: int) -> bool:
        """
        The clip on air there stops moving: its decoder gives nothing more.

        @return: there was a clip.
        """
        found = self.channels[channel].layers.get(layer)
        producer: Producer | None = found.foreground if found else None
        while isinstance(producer, Transition | Separated):
            producer = producer.target if isinstance(producer, Transition) else producer.fill
        if isinstance(producer, Clip):
            self.channels[channel].remember()
            producer.frozen = True
            return True
        return False
