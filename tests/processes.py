"""
Real processes: an emulated CasparCG, the daemon under C{twistd}, operators with WebSockets. All on
ports that the system gives, and with bounded waits for what is really to be seen.
"""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol, Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from rtgplayout.amcp.status import Foreground, channel_from_info
from rtgplayout.amcp.wire import Reply, ReplyParser
from rtgplayout.media.samples import Sample, make_all

reactor: Any = _reactor
ROOT = Path(__file__).parents[1]
PATIENCE = 20.0
"""Seconds after which a wait is a failure; what is promised to be quicker is asserted by itself."""

CLIPS = {f"clip{n}.mp4": 25 * n for n in (2, 3, 4)}
"""Frames of the clips that there are."""

_made: list[Path] = []


def media_folder() -> Path:
    """A folder with the clips, made once a process."""
    if not _made:
        folder = Path("media").absolute()
        samples = [
            Sample(n, name, frames, width=160, height=90)
            for n, (name, frames) in enumerate(CLIPS.items(), 1)
        ]
        make_all(folder, samples)
        _made.append(folder)
    return _made[0]


async def until(what: str, look: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Look again and again until there is something to see; what is seen."""
    deadline = time.monotonic() + patience
    while True:
        seen = look()
        if isinstance(seen, Coroutine):
            seen = await seen
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        await deferLater(reactor, 0.01, lambda: None)


class Child(ProcessProtocol):
    """
    A process of ours.

    @ivar output: all that it said.
    @ivar code: its exit code, or minus the signal that ended it; L{None} while it runs.
    @ivar started: seconds of the monotonic clock.
    """

    def __init__(self, arguments: Iterable[str], **more: str) -> None:
        """
        @param more: environment variables.
        """
        self.output = ""
        self.code: int | None = None
        kept = ("PATH", "LANG", "HOME", "TZ")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        environment |= {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **more}
        self.started = time.monotonic()
        self.process = reactor.spawnProcess(
            self, sys.executable, [sys.executable, *arguments], environment
        )

    def outReceived(self, data: bytes) -> None:
        self.output += data.decode(errors="replace")

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        ended = reason.value
        assert isinstance(ended, ProcessDone | ProcessTerminated)
        self.code = -ended.signal if ended.signal else ended.exitCode

    def signal(self, name: str) -> None:
        try:
            self.process.signalProcess(name)
        except ProcessExitedAlready:
            pass

    async def said(self, pattern: str) -> "re.Match[str]":
        """Wait until it has said that."""

        def look() -> "re.Match[str] | None":
            if self.code is not None and not re.search(pattern, self.output):
                raise AssertionError(f"it ended ({self.code}) before {pattern!r}:\n{self.output}")
            return re.search(pattern, self.output)

        try:
            found: re.Match[str] = await until(f"it says {pattern!r}", look)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.output}") from None
        return found

    async def ended(self) -> int:
        """Wait for its end; its exit code."""
        await until("it ends", lambda: self.code is not None)
        assert self.code is not None
        return self.code

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal("KILL")
        await self.ended()


class Emulator(Child):
    """An emulated CasparCG."""

    port = 0

    def __init__(self, port: int = 0, **more: Any) -> None:
        arguments = ["--media", str(media_folder()), "--port", str(port), "--osc-port", "0"]
        super().__init__(["-m", "rtgplayout.emulator", *arguments], **more)

    async def ready(self) -> float:
        """Wait for its port; when it was seen, on the monotonic clock."""
        self.port = int((await self.said(r"CasparCG emulator on \S+ port (\d+)"))[1])
        return time.monotonic()

    async def ask(self, line: str) -> Reply:
        """Give it a command, as another program does."""
        asking = _Question(line.encode() + b"\r\n")
        endpoint = HostnameEndpoint(reactor, "127.0.0.1", self.port)
        await connectProtocol(endpoint, asking)
        return await asking.answer

    async def foreground(self) -> Foreground:
        """What it shows on the playlist's layer, asked by AMCP."""
        reply = await self.ask("INFO 1")
        layers = channel_from_info(reply.body, 1).layers
        return layers[10].foreground if 10 in layers else Foreground()

    async def shows(self, name: str) -> bool:
        """Whether that file moves there."""
        before = await self.foreground()
        if not before.path.endswith(name):
            return False
        await deferLater(reactor, 0.08, lambda: None)
        return before.time != (await self.foreground()).time


class _Question(Protocol):
    """Asks a server one thing."""

    def __init__(self, line: bytes) -> None:
        self._line = line
        self._parser = ReplyParser()
        self.answer: Deferred[Reply] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self._line)

    def dataReceived(self, data: bytes) -> None:
        for reply in self._parser.feed(data):
            assert self.transport is not None
            self.transport.loseConnection()
            if not self.answer.called:
                self.answer.callback(reply)


class Daemon(Child):
    """
    The daemon under twistd, with data in C{folder}.

    @cvar program: what Python runs as C{twistd}.
    """

    program = ("-c", "from twisted.scripts.twistd import run; run()")
    ws_port = http_port = 0

    def __init__(self, folder: Path, *arguments: str, caspar_port: int = 1, **more: Any) -> None:
        self.folder = folder
        media = () if "--media-dir" in arguments else ("--media-dir", str(media_folder()))
        super().__init__(
            [
                *self.program, "--nodaemon", "--pidfile=", "rtgplayout",
                "--data-dir", str(folder), *media,
                "--http-port", "0", "--ws-port", "0", "--caspar-port", str(caspar_port),
                *arguments,
            ],
            **more,
        )  # fmt: skip

    async def ready(self) -> float:
        """Wait until it can be used; when that was seen, on the monotonic clock."""
        await self.said(r"\bready\b")
        self.ws_port = int((await self.said(r"WebSocket on \S+:(\d+)"))[1])
        self.http_port = int((await self.said(r"HTTP on \S+:(\d+)"))[1])
        return time.monotonic()

    async def operator(self, version: int = 1) -> "Operator":
        """Somebody who connects."""
        protocols = ["rtgplayout.2"] if version == 2 else []
        factory = WebSocketClientFactory(
            f"ws://127.0.0.1:{self.ws_port}", protocols=protocols, reactor=reactor
        )
        factory.protocol = Operator
        factory.noisy = False
        endpoint = HostnameEndpoint(reactor, "127.0.0.1", self.ws_port)
        operator: Any = await endpoint.connect(factory).addTimeout(PATIENCE, reactor)
        assert isinstance(operator, Operator)
        await operator.opened.addTimeout(PATIENCE, reactor)
        return operator


class Operator(WebSocketClientProtocol):
    """
    Somebody at a desk.

    @ivar came: messages as they came, each with when, on the monotonic clock.
    @ivar closed: the connection is over.
    """

    def __init__(self) -> None:
        super().__init__()
        self.came: list[tuple[float, dict[str, Any]]] = []
        self.closed = False
        self.opened: Deferred[None] = Deferred()

    def onOpen(self) -> None:
        self.opened.callback(None)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.came.append((time.monotonic(), json.loads(payload)))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.closed = True
        if not self.opened.called:
            self.opened.errback(AssertionError(f"refused: {code} {reason}"))

    def say(self, kind: str, data: object = None, **more: object) -> None:
        message = {"type": kind, "data": {} if data is None else data, **more}
        self.sendMessage(json.dumps(message).encode())

    def add(
        self, item_id: str, file: str = "clip2.mp4", at: int | None = None, **more: object
    ) -> None:
        """Ask for an item at the end of the list, or at that place in it."""
        seconds = CLIPS[file] / 25
        data = {"id": item_id, "name": item_id, "file": file, "durationSeconds": seconds}
        data |= {} if at is None else {"at": at}
        self.say("ADD_ITEM", data, **more)

    async def hears(
        self,
        kind: str,
        fits: Callable[[Any], object] = lambda data: True,
        since: int = 0,
        patience: float = PATIENCE,
    ) -> tuple[float, Any]:
        """Wait for a message; when it came, and its data."""

        def look() -> tuple[float, Any] | None:
            for at, message in self.came[since:]:
                if message["type"] == kind and fits(message.get("data")):
                    return at, message.get("data")
            return None

        try:
            found: tuple[float, Any] = await until(f"a {kind} that fits", look, patience)
        except AssertionError as late:
            kinds = [message["type"] for _, message in self.came]
            raise AssertionError(f"{late}: {kinds}") from None
        return found

    async def sees_on_air(self, item_id: str, since: int = 0) -> float:
        """Wait until that item is said to be on air; when that was said."""

        def shown(data: Any) -> bool:
            current = data.get("currentItem") or (data.get("onAir") or {}).get("item")
            return current is not None and current["id"] == item_id

        kind = "STATUS" if self.websocket_protocol_in_use else "AUTOPLAY_STATUS"
        at, _ = await self.hears(kind, shown, since)
        return at


class ProcessTestCase(TestCase):
    """Tests with real processes, none of which outlives them."""

    timeout = 90

    def setUp(self) -> None:
        self.children: list[Child] = []
        self.operators: list[Operator] = []
        self.addCleanup(self.end_all)
        self.folder = Path(self.mktemp()).absolute()

    async def end_all(self) -> None:
        for child in self.children:
            if child.code is None:
                child.signal("KILL")
        for child in self.children:
            await child.ended()
        await until("all connections end", lambda: all(each.closed for each in self.operators))

    def emulator(self, port: int = 0, **more: Any) -> Emulator:
        child = Emulator(port, **more)
        self.children.append(child)
        return child

    def daemon(self, *arguments: str, caspar_port: int = 1, **more: Any) -> Daemon:
        child = Daemon(self.folder, *arguments, caspar_port=caspar_port, **more)
        self.children.append(child)
        return child

    async def operator(self, daemon: Daemon, version: int = 1) -> Operator:
        operator = await daemon.operator(version)
        self.operators.append(operator)
        return operator


TERMINATED = -signal.SIGTERM
