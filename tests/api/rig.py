"""A door in memory, with clients."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import txaio
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.test.iosim import FakeTransport, IOPump, connect, makeFakeClient
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.desk import Health
from rtgplayout.api.door import Door
from rtgplayout.api.websocket import SUBPROTOCOL, Limits, SubscriberFactory

from .memory import START, MemoryDesk, MemoryShelves, clip

Json = dict[str, Any]


class NarrowTransport(FakeTransport):
    """
    A transport that says when its buffer is full, as TCP's does.

    @ivar stalled: the other side takes nothing.
    """

    stalled = False
    aborted = False

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.producer is not None and sum(map(len, self.stream)) > 1 << 16:
            self.producer.pauseProducing()

    def getOutBuffer(self) -> Any:
        if self.stalled and not self.aborted:
            return None
        taken = super().getOutBuffer()
        if taken and self.producer is not None:
            self.producer.resumeProducing()
        return taken

    def abortConnection(self) -> None:
        self.aborted = True
        self.stream = []
        super().abortConnection()


class Browser(WebSocketClientProtocol):
    """
    A client.

    @ivar came: messages, as they came.
    @ivar over: why the connection was closed.
    @ivar server: the other end.
    @ivar outbound: what carries what that sends.
    """

    pump: IOPump
    server: Any
    outbound: NarrowTransport

    def __init__(self) -> None:
        super().__init__()
        self.came: list[Json] = []
        self.sizes: list[int] = []
        self.over: tuple[int | None, str | None] | None = None
        self.answers_pings = True

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.came.append(json.loads(payload))
        self.sizes.append(len(payload))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.over = (code, reason)

    def onPing(self, payload: bytes) -> None:
        if self.answers_pings:
            super().onPing(payload)

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.came]

    def take(self) -> list[Json]:
        """What came since the last call."""
        came, self.came = self.came, []
        self.sizes = []
        return came


class DoorTestCase(SynchronousTestCase):
    """
    Tests of a whole door.

    @ivar limits: what clients are held to.
    """

    limits = Limits()

    def setUp(self) -> None:
        self.clock = Clock()
        self.patch(txaio.config, "loop", self.clock)  # type: ignore[attr-defined]
        self.desk = MemoryDesk(clip("a"), clip("b"), clip("c"))
        self.health = Health("healthy", 4.8, 54 << 20, caspar={"connected": True})
        self.shelves = MemoryShelves()
        self.dice = Random(1)
        self.start({1: self.desk})

    def start(self, desks: dict[int, MemoryDesk]) -> None:
        self.door = Door(
            desks,
            self.shelves.shelves(),
            lambda: self.health,
            self.clock,
            lambda: START,
            self.dice.choice,
            self.in_thread,
        )
        self.shelves.library.told = self.door.feeds.library.progress_changed
        self.shelves.folders.told = self.door.feeds.library.folders_changed
        self.shelves.presets.told = self.door.feeds.presets_changed
        for desk in desks.values():
            desk.watcher = self.door.watcher
        self.factory = SubscriberFactory(self.door, self.clock, self.limits)
        self.pumps: list[IOPump] = []

    def connect(
        self,
        version: int = 1,
        origin: str | None = None,
        server: Callable[[], Protocol] | None = None,
        path: str = "/",
    ) -> Browser:
        """Another client, greeted."""
        protocols = [SUBPROTOCOL] if version == 2 else []
        factory = WebSocketClientFactory(
            f"ws://127.0.0.1:8080{path}", protocols=protocols, origin=origin, reactor=self.clock
        )
        browser = Browser()
        browser.factory = factory
        protocol: Any = server() if server else self.factory.buildProtocol(None)
        transport = NarrowTransport(protocol, isServer=True)
        pump = connect(protocol, transport, browser, makeFakeClient(browser), clock=self.clock)
        browser.pump = pump
        browser.server = protocol
        browser.outbound = transport
        self.pumps.append(pump)
        self.flush()
        return browser

    def in_thread(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        """In no thread at all."""
        return maybeDeferred(work, *args)

    def flush(self) -> None:
        """Let everything that is on its way arrive."""
        for _ in range(100):
            if not any([pump.flush() for pump in self.pumps]):
                return
        self.fail("it never ends")

    def say(self, browser: Browser, kind: str, data: object = None, **more: object) -> list[Json]:
        """Send a message; what comes back."""
        browser.take()
        browser.sendMessage(json.dumps({"type": kind, "data": data, **more}).encode())
        self.flush()
        return list(browser.came)

    def tearDown(self) -> None:
        for pump in self.pumps:
            pump.serverIO.disconnecting = True
            pump.flush()
        self.flush()
