"""
A real daemon with an emulated CasparCG, and people at desks: processes that end with the bench.
"""

import os
import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint

from rtgplayout.media.samples import Sample, make_all
from rtgplayout.store import playlist_file
from tests.processes import PATIENCE, Child, Daemon, Operator, reactor, until

from .lists import CLIP, FRAMES, evening


class Studio:
    """
    @ivar folder: where all of it is.
    @ivar data: the daemon's folder.
    @ivar caspar_port: of the emulated CasparCG.
    """

    caspar_port = 0

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self._media = folder, folder / "data", folder / "media"
        self._children: list[Child] = []

    async def open(self) -> None:
        """Start the emulator, with a clip."""
        self.data.mkdir()
        make_all(self._media, [Sample(1, CLIP, FRAMES, width=160, height=90)])
        media = ["--media", str(self._media), "--port", "0", "--osc-port", "0"]
        emulator = self.child(["-m", "rtgplayout.emulator", *media])
        self.caspar_port = int((await emulator.said(r"CasparCG emulator on \S+ port (\d+)"))[1])

    def end(self) -> None:
        """End what runs."""
        for child in self._children:
            if child.code is None:
                child.signal("KILL")

    async def close(self) -> None:
        """End what runs, and wait until it is gone."""
        self.end()
        for child in self._children:
            await child.ended()
        self._children.clear()

    def child(self, arguments: Iterable[str]) -> Child:
        """Start another program in Python."""
        child = Child(arguments)
        self._children.append(child)
        return child

    async def daemon(
        self, items: int, kind: type[Daemon] = Daemon, library: Path | None = None
    ) -> Daemon:
        """
        Start the daemon with so many items, nothing on air.

        @param library: its media folder; L{None} is the one with the clip that the items play.
        """
        playlist = evening(items, time.time())
        (self.data / playlist_file.file_name(1)).write_bytes(playlist_file.encode(playlist))
        media = ("--media-dir", str(library or self._media))
        daemon = kind(self.data, *media, "--zone", "UTC", caspar_port=self.caspar_port)
        self._children.append(daemon)
        await daemon.ready()
        return daemon

    def by_itself(self) -> float:
        """Seconds that the disk takes for the playlist: to write it and to replace it, in order."""
        path = self.data / playlist_file.file_name(1)
        content, began = path.read_bytes(), time.monotonic()
        with path.with_suffix(".bench").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, path.with_suffix(".done"))
        folder = os.open(self.data, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        return time.monotonic() - began

    async def leave(self, daemon: Daemon) -> None:
        """Stop the daemon as it wants to be stopped, and forget its records but for the library."""
        daemon.signal("TERM")
        await daemon.ended()
        for path in self.data.glob("*.json*"):
            path.unlink()

    async def operator(self, daemon: Daemon) -> Operator:
        """Somebody who works, on version 2."""
        operator = await daemon.operator(2)
        await operator.hears("SNAPSHOT", lambda data: True)
        return operator

    async def on_air(self, operator: Operator) -> None:
        """Have the first item put on air, and wait until it is seen there."""
        operator.say("SET_AUTOPLAY_MODE", {"mode": "AUTO"}, id="go")
        await operator.hears("STATUS", lambda data: data["onAir"] and data["onAir"]["confirmed"])

    async def watchers(
        self, daemon: Daemon, count: int, version: int, greeting: str = ""
    ) -> "list[Watcher]":
        """
        So many who watch, greeted.

        @param greeting: what is in the last message of that.
        """
        watchers = [await Watcher.connect(daemon.ws_port, version, greeting) for _ in range(count)]
        await until("all are greeted", lambda: all(each.seen for each in watchers))
        return watchers


class Watcher(WebSocketClientProtocol):
    """
    Somebody who watches. What comes is counted and not read, so that fifty of them in one process
    measure the daemon and not themselves.

    @ivar taken: bytes of all messages.
    @ivar awaited: what the next message of interest has in it; any has what is empty.
    @ivar seen: when it came, on the monotonic clock.
    """

    def __init__(self, awaited: str) -> None:
        super().__init__()
        self.taken = 0
        self.awaited = awaited.encode()
        self.seen: float | None = None
        self.opened: Deferred[None] = Deferred()

    @classmethod
    async def connect(cls, port: int, version: int, awaited: str = "") -> "Watcher":
        """Open the door."""
        protocols = ["rtgplayout.2"] if version == 2 else []
        factory = WebSocketClientFactory(
            f"ws://127.0.0.1:{port}", protocols=protocols, reactor=reactor
        )
        factory.setProtocolOptions(utf8validateIncoming=False)
        factory.protocol = partial(cls, awaited)  # type: ignore[assignment] # it is only called
        factory.noisy = False
        endpoint = HostnameEndpoint(reactor, "127.0.0.1", port)
        watcher: Any = await endpoint.connect(factory).addTimeout(PATIENCE, reactor)
        assert isinstance(watcher, cls)
        await watcher.opened.addTimeout(PATIENCE, reactor)
        return watcher

    def onOpen(self) -> None:
        self.opened.callback(None)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.taken += len(payload)
        if self.seen is None and self.awaited in payload:
            self.seen = time.monotonic()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        if not self.opened.called:
            self.opened.errback(AssertionError(f"refused: {code} {reason}"))

    def await_next(self, text: str) -> None:
        """Look out for a message with that in it."""
        self.awaited, self.seen = text.encode(), None


def processor(daemon: Daemon) -> float:
    """Seconds of processor time that it has used, all threads together."""
    stat = Path(f"/proc/{daemon.process.pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident(daemon: Daemon, *, most: bool = False) -> float:
    """
    Megabytes that it holds in memory.

    @param most: at any time since it was started.
    """
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB" if most else r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024 / 1e6


@asynccontextmanager
async def studio() -> AsyncIterator[Studio]:
    """A studio that is gone afterwards, whatever happens."""
    with TemporaryDirectory(prefix="rtgplayout-bench-") as folder:
        made = Studio(Path(folder))
        trigger = reactor.addSystemEventTrigger("before", "shutdown", made.end)
        try:
            await made.open()
            yield made
        finally:
            await made.close()
            if reactor.running:
                reactor.removeSystemEventTrigger(trigger)
