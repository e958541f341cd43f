# -*- test-case-name: tests.emulator.test_service -*-
"""
The emulator on the network: it ticks in real time, listens for AMCP and sends OSC. It can be told
to misbehave.
"""

from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from rtgplayout.emulator.port import AmcpFactory, Queues
from rtgplayout.emulator.server import Server

_STARTS_IN = 0.4  # seconds from the start of the process until its port is open
_CATCH_UP = 25  # ticks; when more were missed, OSC is sent for the last ones only


class EmulatorService(Service):
    """
    A server that can be connected to.

    @ivar server: what it is about.
    @ivar port: the AMCP port; 0 for any that is free, the one taken after L{startService}.
    """

    _log = Logger()

    def __init__(
        self,
        server: Server,
        reactor: Any,  # listens for TCP and UDP, and keeps time
        port: int = 5250,
        interface: str = "127.0.0.1",
        osc_port: int | None = 6250,
        on_death: Callable[[], None] = lambda: None,
    ) -> None:
        """
        @param osc_port: the UDP port on which every client's address gets OSC; L{None} for none,
            then only those that subscribe get any.
        @param on_death: called when a command killed the server.
        """
        self.server = server
        self.port = port
        self._reactor = reactor
        self._interface = interface
        self._osc_port = osc_port
        self._on_death = on_death
        self._queues = Queues(server, reactor, self._look)
        self._factory = AmcpFactory(server, self._queues)
        self._listening: Any = None  # a port that listens
        self._udp = DatagramProtocol()
        self._ticking: LoopingCall | None = None
        self._packets: list[bytes] = []
        self._later: dict[str, IDelayedCall] = {}
        self._run = server.clock

    def startService(self) -> None:
        """Listen and tick."""
        super().startService()
        self._reactor.listenUDP(0, self._udp, interface=self._interface)
        self._listen()
        self._tick_on()

    def stopService(self) -> Deferred[None]:
        """Close everything."""
        super().stopService()
        self._tick_off()
        self._queues.clear()
        for call in self._later.values():
            call.cancel()
        self._later.clear()
        self._factory.close()
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            await maybeDeferred(listening.stopListening)
        if self._udp.transport is not None:
            await maybeDeferred(self._udp.transport.stopListening)

    # Misbehaviour.

    def restart(self) -> None:
        """End the process and start it again: empty, its ticks from 1, its port closed a while."""
        self.server.restart()
        self._look()

    def freeze(self, channel: int = 1, layer: int = 10) -> bool:
        """Stop the clip on air there; L{False} when there is none."""
        return self.server.freeze(channel, layer)

    def silence(self, seconds: float) -> None:
        """Send no OSC for a while."""
        self.server.silent = True
        self._after("silence", seconds, self._speak)

    def hang(self, seconds: float) -> None:
        """Answer nothing for a while; what was asked is done afterwards. Pictures go on."""
        self._factory.hang()
        self._after("hang", seconds, self._factory.resume)

    def stall(self, seconds: float) -> None:
        """Make no tick for a while: pictures and OSC stand still, commands are answered."""
        self._tick_off()
        self._after("stall", seconds, self._tick_on)

    def delay(self, seconds: float) -> None:
        """Carry every command out later than usual from now on."""
        self._queues.delay = seconds

    def drop(self) -> None:
        """Break every connection; new ones are welcome."""
        self._factory.drop()

    def _speak(self) -> None:
        self.server.silent = False

    def _after(self, name: str, seconds: float, action: Callable[[], None]) -> None:
        """Do C{action} then, instead of what was to be done under that name."""
        waiting = self._later.pop(name, None)
        if waiting is not None:
            waiting.cancel()

        def happen() -> None:
            del self._later[name]
            action()

        self._later[name] = self._reactor.callLater(seconds, happen)

    # The process.

    def _look(self) -> None:
        """After a command: is it still the same process?"""
        if not self.server.alive:
            self._gone()
            self._on_death()
        elif self.server.clock is not self._run:
            self._gone()
            self._after("start", _STARTS_IN, self._start_again)

    def _gone(self) -> None:
        self._run = self.server.clock
        self._tick_off()
        self._queues.clear()
        self._packets = []
        self._factory.close()
        listening, self._listening = self._listening, None
        if listening is not None:
            closing = maybeDeferred(listening.stopListening)
            closing.addErrback(self._failed, "closing the port")

    def _start_again(self) -> None:
        self._listen()
        self._tick_on()

    def _listen(self) -> None:
        self._listening = self._reactor.listenTCP(
            self.port, self._factory, interface=self._interface
        )
        self.port = self._listening.getHost().port

    # Time.

    def _tick_on(self) -> None:
        self._ticking = LoopingCall.withCount(self._tick)
        self._ticking.clock = self._reactor
        rate = self.server.channels[1].format.rate
        ticking = self._ticking.start(float(1 / rate), now=False)
        ticking.addErrback(self._failed, "ticking")

    def _tick_off(self) -> None:
        if self._ticking is not None and self._ticking.running:
            self._ticking.stop()
        self._ticking = None

    def _tick(self, count: int) -> None:
        """Make the ticks that are due. The OSC of a tick leaves when it is over."""
        if count > _CATCH_UP:
            self.server.advance(self.server.tick + count - 1)
            count = 1
        for _ in range(count):
            self._send()
            self.server.advance(self.server.tick + 1)
            self._packets = [
                packet
                for channel in self.server.channels
                for packet in self.server.osc_packets(channel)
            ]

    def _send(self) -> None:
        if not self._packets or self._udp.transport is None:
            return
        places = {
            (client.address, port)
            for client in self.server.connections
            for port in (self._osc_port, *client.subscriptions)
            if port
        }
        for place in sorted(places):
            for packet in self._packets:
                self._udp.transport.write(packet, place)

    def _failed(self, failure: Any, doing: str) -> None:
        self._log.failure("The emulator failed while {doing}", failure, doing=doing)
