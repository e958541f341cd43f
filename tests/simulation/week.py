"""
The whole daemon, in memory, with an emulated CasparCG, on a simulated clock: a week passes in some
minutes. What it leaves behind is counted: memory, Deferreds that nobody fires, timers, files.
"""

import gc
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import txaio
from attrs import asdict, frozen
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.logger import globalLogBeginner
from twisted.python.failure import Failure

from rtgplayout.api.messages import Version
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.server import Server
from rtgplayout.loading import load
from rtgplayout.ops.notify import Systemd
from rtgplayout.ops.process import resident_memory
from rtgplayout.playout.status import Mode
from rtgplayout.rundown.playlist import Add, Remove
from rtgplayout.tap import Daemon
from tests.playout.scene import clip
from tests.test_tap import NOW, AtOnce, Caspar, Client, Reactor

STEP = 0.4
"""
Seconds of the simulated clock that pass at once while nothing happens; of the packets then, one in
ten is heard, and the channel looks at its clock a quarter as often as it does.
"""

FINE = 0.02
"""Seconds that pass at once near a junction, when each tick of the server has its packet."""

HOUR = 3600.0

LENGTHS = (750, 1500, 3000, 7500)
"""Frames that the clips have."""

BUSY = 3.0
"""Seconds after something that changed for which no packet is left out."""


@frozen
class Left:
    """
    What there is at a moment.

    @ivar at: seconds of the simulated clock.
    @ivar memory: bytes that the process holds.
    @ivar deferreds: how many there are that did not fire.
    @ivar timers: calls that are due some time.
    @ivar junctions: how many items were started so far.
    """

    at: float
    memory: int
    deferreds: int
    timers: int
    junctions: int


class Week:
    """
    A daemon with a list that an operator keeps filled, on a server that is restarted every night
    and a network that is cut now and then; clients come and go.

    @ivar daemon: it runs until L{stop}.
    """

    def __init__(self, folder: Path, seed: int = 1) -> None:
        """
        @param folder: of its own.
        """
        self._dice = random.Random(seed)
        self.reactor = Reactor()
        self._loop = txaio.config.loop  # type: ignore[attr-defined]
        txaio.config.loop = self.reactor  # type: ignore[attr-defined]
        data, media = folder / "data", folder / "media"
        media.mkdir(parents=True)
        settings = load({"data-dir": str(data), "media-dir": str(media)}, {})
        threads: Any = AtOnce()
        self.daemon = Daemon(
            settings,
            self.reactor,
            lambda: NOW + self.reactor.seconds(),
            threads,
            threads,
            threads,
            Systemd(lambda message: None, 20.0, self.reactor.seconds, frozenset({1})),
        )
        self.daemon.startService()
        self.channel = self.daemon.channels[1]
        media_files = (Media(f"n{frames}.mp4", frames) for frames in LENGTHS)
        self._server = Server("720p2500", library=Library.of(media_files))
        self._began = self.reactor.seconds()
        self._named = 0
        self._started = 0
        self._last = 0
        self._shine_at = self._look_at = 0.0
        self._busy_until = 0.0
        self._connected = False
        self._clients: list[Client] = []
        self._due: list[tuple[float, float, Callable[[], None]]] = [
            (0.0, 600.0, self._fill),
            (300.0, 900.0, self._turn_over_clients),
            (1.5 * HOUR, 24 * HOUR, self._restart_server),
            (2 * HOUR, 7 * HOUR, self._cut_network),
            (HOUR, 3 * HOUR, self._take),
        ]
        self._connect()
        self._pass()
        self._fill()
        self.channel.set_mode(Mode.AUTO, "operator")

        self._busy_until = self.reactor.seconds() + 10

    def stop(self) -> None:
        """End it as a daemon is ended."""
        stopped = self.daemon.stopService()
        self.reactor.pump([0.1] * 30)
        assert stopped.called
        txaio.config.loop = self._loop  # type: ignore[attr-defined]

    # What happens.

    def _connect(self) -> None:
        """The server is there, empty, and lets the daemon in."""
        self._server.alive = True
        self._caspar = Caspar(self.reactor, self._server)
        self._connected = True

    def _lose(self) -> None:
        self._connected = False
        self._caspar.lose(ConnectionLost)
        factory, connector = self.reactor.tcpClients[-1][2], self.reactor.connectors[-1]
        factory.clientConnectionLost(connector, Failure(ConnectionLost()))
        self._due.append((self.reactor.seconds() + 20, 0.0, self._connect))

    def _restart_server(self) -> None:
        """It comes back empty."""
        self._lose()
        self._server.restart()
        self._began = self.reactor.seconds()

    def _cut_network(self) -> None:
        """The server plays on, unheard; the daemon comes back to it."""
        self._lose()

    def _turn_over_clients(self) -> None:
        for client in self._clients:
            self.daemon.door.leave(client)
        self._clients = [Client(version) for version in Version]
        for client in self._clients:
            self.daemon.door.join(client)

    def _take(self) -> None:
        self.channel.take("operator").addErrback(lambda _: None)

    def _fill(self) -> None:
        """An hour ahead of what is on air, and what has aired goes."""
        items = self.channel.plan().items
        on_air = self.channel.status().on_air
        index = 0 if on_air is None or on_air.index is None else on_air.index
        aired = tuple(item.id for item in items[: max(0, index - 5)])
        if aired:
            self.channel.edit(Remove(aired), "operator").addErrback(lambda _: None)
        if sum(item.duration for item in items[index:]) / 25 < HOUR:
            new = []
            for _ in range(100):
                self._named += 1
                frames = self._dice.choice(LENGTHS)
                new.append(clip(f"i{self._named}", frames, file=f"n{frames}.mp4"))
            self.channel.edit(Add(tuple(new)), "operator").addErrback(lambda _: None)

    # The time.

    def run(self, seconds: float) -> Left:
        """Let that much time pass, and look."""
        until = self.reactor.seconds() + seconds
        while self.reactor.seconds() < until:
            self._pass()
        return self.look()

    def _pass(self) -> None:
        """A step."""
        now = self.reactor.seconds()
        for each in [each for each in self._due if each[0] <= now]:
            self._due.remove(each)
            if each[1]:
                self._due.append((now + each[1] * self._dice.uniform(0.8, 1.2), *each[1:]))
            each[2]()
        busy = now < self._busy_until
        self.reactor.advance(FINE if busy else STEP)
        now = self.reactor.seconds()
        tick = round((now - self._began) * 25)
        ticked = tick > self._server.clock.now
        self._server.advance(tick)
        if self._connected:
            if asked := self._caspar.transport.value():
                if b"VERSION" not in asked:  # a sign of life changes nothing
                    self._busy_until = now + BUSY
                self._caspar.answer()
            if ticked and (busy or now >= self._shine_at):
                self._shine_at = now + 0.4
                self._shine()
        airing = self.channel.state.on_air
        if airing is not None and airing.serial != self._last:
            self._last = airing.serial
            self._started += 1
        if now >= self._look_at:
            self._look_at = now + 1.0
            upcoming = self.channel.status().upcoming
            if upcoming is not None and upcoming.start_at is not None:
                if upcoming.start_at - NOW - now < BUSY:
                    self._busy_until = now + BUSY

    def _shine(self) -> None:
        """Telemetry."""
        listener = self.reactor.datagrams[0][1]
        for packet in self._server.osc_packets(1):
            listener.datagramReceived(packet, ("127.0.0.1", 6250))

    # What there is.

    def look(self) -> Left:
        """What there is now; what is only waiting for the collection of garbage is collected."""
        for client in self._clients:
            client.came.clear()
        gc.unfreeze()
        gc.collect()
        open_deferreds = sum(
            1 for each in gc.get_objects() if type(each) is Deferred and not each.called
        )
        gc.freeze()
        return Left(
            self.reactor.seconds(),
            resident_memory(),
            open_deferreds,
            len(self.reactor.getDelayedCalls()),
            self._started,
        )


def main(hours: list[float]) -> None:
    """Let so many hours pass, one after the other; what there is then, in a line each."""
    nobody: Any = id  # listens to the log
    globalLogBeginner.beginLoggingTo([nobody], redirectStandardIO=False)
    with TemporaryDirectory() as folder:
        week = Week(Path(folder))
        for each in hours:
            print(json.dumps(asdict(week.run(each * HOUR))), flush=True)
        week.stop()


if __name__ == "__main__":
    main([float(each) for each in sys.argv[1:]])
