# -*- test-case-name: tests.test_scripts -*-
"""
The commands in C{scripts/}, as processes.
"""

import contextlib
import os
import socket
import sys
from base64 import b64encode
from collections.abc import Callable, Coroutine
from functools import wraps
from hashlib import sha1
from pathlib import Path
from random import Random
from signal import SIGKILL
from typing import Any
from uuid import uuid4

import txaio
from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.protocol import Factory, ProcessProtocol, Protocol, connectionDone
from twisted.internet.task import LoopingCall
from twisted.internet.utils import getProcessOutputAndValue
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import Site

from rtgplayout.api.desk import Health
from rtgplayout.api.door import Door
from rtgplayout.api.frames import frame
from rtgplayout.api.websocket import Limits, SubscriberFactory
from rtgplayout.media.samples import Sample, make_all
from tests.api.memory import START, MemoryDesk, MemoryShelves, clip
from tests.api.site import at_once
from tests.bench.figure import Figure
from tests.bench.library import archive, library

SCRIPTS = Path(__file__).parents[1] / "scripts"


class Answering(Resource):
    """Answers everything alike."""

    isLeaf = True

    def __init__(self, code: int, body: bytes) -> None:
        super().__init__()
        self.code, self.body = code, body

    def render_GET(self, request: Request) -> bytes:
        request.setResponseCode(self.code)
        return self.body


class Saying(Protocol):
    """Says something as soon as it is asked, whatever that is; and then nothing, or goes."""

    transport: Any

    def __init__(self, *pieces: bytes, proof: bool = False, leaves: bool = False) -> None:
        self.pieces, self.proof, self.leaves = list(pieces), proof, leaves
        self.asked = b""

    def dataReceived(self, data: bytes) -> None:
        self.asked += data
        if self.proof and b"\r\n\r\n" in self.asked:
            self.proof = False
            key = self.asked.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
            guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            told = b64encode(sha1(key + guid).digest())
            self.transport.write(
                b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n" % told
            )
        for each in self.pieces:
            self.transport.write(each)
        self.pieces = []
        if self.leaves:
            self.transport.loseConnection()


class Dribbling(Protocol):
    """Says one thing again and again, until nobody listens."""

    transport: Any

    def __init__(self, piece: bytes) -> None:
        self.piece = piece

    def connectionMade(self) -> None:
        self.saying = LoopingCall(self.transport.write, self.piece)
        self.saying.start(0.05, now=False)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.saying.stop()


class HealthcheckTestCase(TestCase):
    """Tests of C{scripts/healthcheck} against servers of all kinds."""

    async def listen(self, factory: Any) -> int:
        """On which port somebody is there."""
        server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
        port: Any = await server.listen(factory)
        self.addCleanup(port.stopListening)
        return int(port.getHost().port)

    async def there(self, make: Callable[[], Protocol]) -> int:
        """The same, of a server that is made for whoever comes."""
        factory: Any = Factory()
        factory.buildProtocol = lambda _: make()
        return await self.listen(factory)

    async def says(self, *pieces: bytes, **more: bool) -> int:
        """The same, of one that says that."""
        return await self.there(lambda: Saying(*pieces, **more))

    async def ask(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Its exit code and the line that it prints."""
        out, err, code = await getProcessOutputAndValue(
            sys.executable,
            [str(SCRIPTS / "healthcheck"), *arguments],
            {**os.environ, **environment},
        )
        self.assertEqual(err, b"")
        self.assertEqual(out.count(b"\n"), 1)
        return code, out.decode().rstrip("\n")


def checked(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[[Any], Deferred[None]]:
    """A test that is a coroutine."""

    @wraps(test)
    def run(self: Any) -> Deferred[None]:
        return Deferred.fromCoroutine(test(self))

    return run


class HealthcheckTests(HealthcheckTestCase):
    """C{scripts/healthcheck}: 0 when the daemon says that the show goes on, else 1."""

    async def door(self) -> str:
        """A real door, with a playlist."""
        self.patch(txaio.config, "loop", reactor)  # type: ignore[attr-defined]
        self.health = Health("healthy", 4.8, 54 << 20)
        self.desk = MemoryDesk(*(clip(f"a{n}") for n in range(2000)))
        shelves = MemoryShelves().shelves()
        clock: Any = reactor
        dice = Random(1).choice
        self.doorway = Door(
            {1: self.desk}, shelves, lambda: self.health, clock, lambda: START, dice, at_once
        )
        self.desk.watcher = self.doorway.watcher
        factory = SubscriberFactory(self.doorway, clock, Limits(farewell=0.1))
        port = await self.listen(factory)
        self.addCleanup(factory.stop)
        return str(port)

    @checked
    async def test_over_the_websocket(self) -> None:
        """What the daemon says of itself, by default at C{WS_PORT}, behind all of its greeting."""
        port = await self.door()
        self.assertEqual(await self.ask(WS_PORT=port), (0, "healthy"))
        self.health = evolve(self.health, status="degraded", reasons=("no OSC", "slow | late\n"))
        said = "degraded: no OSC; slow ? late?"
        self.assertEqual(await self.ask(f"ws://127.0.0.1:{port}/"), (0, said))
        self.assertEqual(await self.ask("--strict", WS_PORT=port), (1, said))
        self.health = evolve(self.health, status="failing", reasons=("x" * 9000,))
        code, line = await self.ask(f"ws://localhost:{port}")
        self.assertEqual((code, line[:12], len(line)), (1, "failing: xxx", 2000))

    @checked
    async def test_nobody_is_let_in(self) -> None:
        """Why not is told in the answer to the handshake."""
        port = str(await self.says(b"HTTP/1.1 503 the server stops\r\n\r\n"))
        code, line = await self.ask(WS_PORT=port)
        self.assertEqual((code, line.endswith("no WebSocket in: 503 the server stops")), (1, True))

    async def http(self, code: int, body: bytes, *options: str) -> tuple[int, str]:
        """What it says when a daemon answers with that over HTTP."""
        port = await self.listen(Site(Answering(code, body)))
        return await self.ask("--http", *options, HTTP_PORT=str(port))

    @checked
    async def test_over_http(self) -> None:
        """The same, of C{/health}."""
        said = await self.http(200, b'{"status": "healthy", "reasons": []}')
        self.assertEqual(said, (0, "healthy"))
        body = b'{"status": "degraded", "reasons": ["no OSC", "slow"]}'
        self.assertEqual(await self.http(200, body), (0, "degraded: no OSC; slow"))
        self.assertEqual((await self.http(200, body, "--strict"))[0], 1)
        said = await self.http(503, b'{"status": "failing", "reasons": ["black"]}')
        self.assertEqual(said, (1, "failing: black"))

    @checked
    async def test_another_program_on_that_port_is_no_health(self) -> None:
        for code, body in (
            (200, b"<html>It works!</html>"),
            (200, b'{"status": "fine", "reasons": []}'),
            (200, b'{"status": "healthy", "reasons": 3}'),
            (200, b"[" * 100_000),
            (404, b'{"status": "healthy", "reasons": []}'),
        ):
            found, line = await self.http(code, body)
            self.assertEqual((found, "not as rtgplayout does" in line), (1, True), line)
        port = await self.listen(Site(Answering(200, b"{}")))
        code, line = await self.ask(f"ws://127.0.0.1:{port}/")
        self.assertEqual((code, "no WebSocket in: 200 OK" in line), (1, True), line)
        code, line = await self.ask(f"http://127.0.0.1:{await self.door()}/health")
        self.assertEqual((code, "not as rtgplayout does" in line), (1, True), line)

    @checked
    async def test_nobody_there(self) -> None:
        server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
        port = await server.listen(Site(Answering(200, b"")))
        number = str(port.getHost().port)
        await port.stopListening()
        for arguments in (), ("--http",):
            code, line = await self.ask(*arguments, WS_PORT=number, HTTP_PORT=number)
            self.assertEqual((code, line[:9], "refused" in line), (1, "failing: ", True))

    @checked
    async def test_wrongly_asked(self) -> None:
        """That is no word on the daemon, and says how to ask."""
        for arguments in (
            ("ftp://127.0.0.1/",),
            ("ws://",),
            ("ws://127.0.0.1:abc/",),
            ("ws://user:secret@127.0.0.1/",),
            ("ws://127.0.0.1/ HTTP/1.1",),
            ("ws://127.0.0.1/", "more"),
            ("--timeout", "60"),
            ("--nonsense",),
        ):
            out, err, code = await getProcessOutputAndValue(
                sys.executable, [str(SCRIPTS / "healthcheck"), *arguments]
            )
            self.assertEqual((code, out, b"usage" in err), (2, b"", True), arguments)


class BadServerTests(HealthcheckTestCase):
    """Whatever a server says, it is one line and 1, in time."""

    async def refused(self, port: int, words: str, *options: str) -> None:
        code, line = await self.ask(*options, f"ws://127.0.0.1:{port}/")
        self.assertEqual((code, line[:9]), (1, "failing: "))
        self.assertIn(words, line)

    @checked
    async def test_no_websocket(self) -> None:
        for said in (b"SSH-2.0-x\r\n\r\n", b"\0" * 20_000, b"HTTP/1.1 101 Yes\r\n\r\n"):
            await self.refused(await self.says(said), "not as a WebSocket does")
        await self.refused(await self.says(leaves=True), "closed the connection")

    @checked
    async def test_no_frames(self) -> None:
        """Masked, with bits that mean nothing, of a kind that there is not, without a beginning."""
        for said in (
            b"\x81\x82abcdef", b"\xf1\x00", b"\x83\x00", b"\x80\x01a", b"\x01\x00\x81\x00",
            b"\x09\x00", b"\x89\x7e\x00\x80" + bytes(128),
        ):  # fmt: skip
            await self.refused(await self.says(said, proof=True), "what no WebSocket")

    @checked
    async def test_no_answer(self) -> None:
        for text, words in (
            (b"abc", "not as rtgplayout"),
            (b"[]", "not as rtgplayout"),
            (b"{}", "not as rtgplayout"),
            (b"[" * 60_000, "not as rtgplayout"),
            (b'{"type": "HEALTH_STATUS", "data": null}', "not as rtgplayout"),
            (b'{"type": "HEALTH_STATUS", "data": {"status": []}}', "not as rtgplayout"),
            (b'{"type": "ERROR", "data": {"message": "what?"}}', "said: what?"),
        ):
            framed = b"".join(frame(text))
            await self.refused(await self.says(framed, proof=True), words)
        closing = b"\x88\x0a\x03\xf3broken\r\n"
        await self.refused(await self.says(closing, proof=True), "1011 broken")

    @checked
    async def test_huge(self) -> None:
        """Neither what a frame says that it has nor what comes fills the memory."""
        huge = b"\x81\x7f" + (2**62).to_bytes(8, "big")
        await self.refused(await self.says(huge, proof=True), "more than 64 MB")
        much = b"".join(frame(b"x" * (1 << 16), first=False, last=False)) * 1100
        begun = b"".join(frame(b"", last=False)) + much
        await self.refused(await self.says(begun, proof=True), "more than 64 MB")

    @checked
    async def test_long_and_short(self) -> None:
        """A long message before the answer, pings inside of it, and the answer in pieces."""
        text = b'{"type": "HEALTH_STATUS", "data": {"status": "healthy", "reasons": []}}'
        said = b"".join(
            (
                *frame(b"x" * 3_000_000, last=False),
                b"\x89\x02hi",
                *frame(b"y", first=False),
                *frame(text[:9], last=False),
                b"\x8a\x00",
                *frame(text[9:], first=False),
            )
        )
        port = await self.says(said, proof=True)
        self.assertEqual(await self.ask(f"ws://127.0.0.1:{port}/"), (0, "healthy"))

    @checked
    async def test_silence(self) -> None:
        """Who says nothing, or a byte now and then, does not answer in time."""
        words, options = "did not answer within 0.5 s", ("--timeout", "0.5")
        await self.refused(await self.says(), words, *options)
        await self.refused(await self.says(proof=True), words, *options)
        await self.refused(await self.there(lambda: Dribbling(b"H")), words, *options)
        for make in (Saying, lambda: Dribbling(b"H")):
            port = await self.there(make)
            code, line = await self.ask(*options, f"http://127.0.0.1:{port}/health")
            self.assertEqual((code, words in line), (1, True))


class Following(ProcessProtocol):
    """
    Follows a process: what it says, until it says a certain thing, and how it ends.

    @ivar said: fires with all output so far once C{words} are in it, or when it ended.
    @ivar ended: fires with the exit code, or minus the signal.
    """

    def __init__(self, words: str) -> None:
        self.words = words.encode()
        self.output = b""
        self.said: Deferred[str] = Deferred()
        self.ended: Deferred[int] = Deferred()

    def outReceived(self, data: bytes) -> None:
        self.output += data
        if self.words in self.output:
            self._tell()

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        error = reason.value
        assert isinstance(error, ProcessDone | ProcessTerminated)
        self._tell()
        self.ended.callback(error.exitCode if error.signal is None else -error.signal)

    def _tell(self) -> None:
        if not self.said.called:
            self.said.callback(self.output.decode())


def processes_with(mark: str) -> dict[int, str]:
    """Number and command of every process that has C{mark} in the environment that it got."""
    found = {}
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and mark.encode() in (process / "environ").read_bytes():
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(process.name)] = command
        except OSError:
            continue
    return found


class RunTests(TestCase):
    """C{scripts/run} puts a channel on air, and takes it all down again."""

    timeout = 60

    def setUp(self) -> None:
        self.mark = uuid4().hex
        self.addCleanup(self.kill_what_is_left)
        self.media, self.data = Path(self.mktemp()).absolute(), Path(self.mktemp()).absolute()
        # Enough for the folder not to be filled with the real samples, which take seconds.
        make_all(self.media, (Sample(1, "sample-1-blue.mp4", 200, width=160, height=90),))

    def kill_what_is_left(self) -> None:
        for number in processes_with(self.mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, SIGKILL)

    def free_ports(self, count: int) -> list[str]:
        """Ports that nobody listens on."""
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        ports = [str(each.getsockname()[1]) for each in sockets]
        for each in sockets:
            each.close()
        return ports

    def start(self, ports: list[str], **settings: str) -> Following:
        """Start it, without setting up an environment."""
        known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        following = Following("Ctrl-C stops everything")
        process = reactor.spawnProcess(
            following,
            str(SCRIPTS / "run"),
            ["run"],
            {
                **known,
                **dict(zip(("HTTP_PORT", "WS_PORT", "CASPAR_PORT"), ports, strict=True)),
                "RTGPLAYOUT_PYTHON": sys.executable,
                "MEDIA_DIR": str(self.media),
                "DATA_DIR": str(self.data),
                "MARK": self.mark,
                **settings,
            },
        )
        self.process = process
        return following

    async def stopped_by(self, signal: str) -> None:
        ports = self.free_ports(3)
        running = self.start(ports)
        said = await running.said
        self.assertIn(f"http://127.0.0.1:{ports[0]}/", said)
        self.assertIn(f"ws://127.0.0.1:{ports[1]}/", said)
        there = " ".join(processes_with(self.mark).values())
        for part in ("scripts/run", "rtgplayout.emulator", "twistd"):
            self.assertIn(part, there)
        self.assertTrue((self.data / "playlist.json").is_file())
        self.assertIn("AUTO", (self.data / "channel-1.json").read_text())
        self.process.signalProcess(signal)
        self.assertEqual(await running.ended, 0, running.output.decode())
        self.assertEqual(processes_with(self.mark), {})

    def test_sigterm_leaves_no_process(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.stopped_by("TERM"))

    def test_ctrl_c_leaves_no_process(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.stopped_by("INT"))

    def test_a_named_server_is_driven_and_not_taken_over(self) -> Deferred[None]:
        """No emulator beside it, and nothing goes on air there before somebody says so."""

        async def check() -> None:
            running = self.start(self.free_ports(3), CASPAR_HOST="127.0.0.1")
            await running.said
            self.assertNotIn("rtgplayout.emulator", " ".join(processes_with(self.mark).values()))
            self.process.signalProcess("TERM")
            self.assertEqual(await running.ended, 0, running.output.decode())
            self.assertTrue((self.data / "playlist.json").is_file())
            remembered = self.data / "channel-1.json"
            self.assertNotIn("AUTO", remembered.read_text() if remembered.exists() else "")

        return Deferred.fromCoroutine(check())

    def test_a_busy_port_is_one_line(self) -> Deferred[None]:
        """Whoever started it reads which port, and by which setting to choose another."""

        async def check() -> None:
            ports = self.free_ports(3)
            with socket.create_server(("127.0.0.1", int(ports[1]))):
                running = self.start(ports)
                self.assertEqual(await running.ended, 1)
            said = running.output.decode()
            self.assertEqual(
                said, f"scripts/run: port {ports[1]} (WS_PORT) is in use on this machine\n"
            )
            self.assertEqual(processes_with(self.mark), {})

        return Deferred.fromCoroutine(check())


class BenchTests(TestCase):
    """C{scripts/bench}: what is asked of the library can be measured; how much is not looked at."""

    timeout = 90

    def measured(self, found: list[Figure], *wanted: str) -> None:
        whats = "\n".join(figure.what for figure in found)
        for what in wanted:
            self.assertIn(what, whats)
        for figure in found:
            self.assertGreaterEqual(figure.measured, 0, figure.what)

    def test_library(self) -> Deferred[None]:
        async def check() -> None:
            found = await library(files=40, clients=2, leisure=0.1)
            self.measured(
                found,
                "cold scan of 40 files",
                "warm start to the library known and ready, 40 files",
                "40 files told to 2 clients on version 1",
            )

        return Deferred.fromCoroutine(check())

    def test_archive(self) -> Deferred[None]:
        async def check() -> None:
            found = await archive(files=40, leisure=0.1)
            self.measured(found, "memory, 40 files", "search by two words in 40 files")

        return Deferred.fromCoroutine(check())
