# -*- test-case-name: tests.test_scripts -*-
"""
The commands in C{scripts/}, as processes.
"""

import contextlib
import os
import socket
import sys
from pathlib import Path
from signal import SIGKILL
from uuid import uuid4

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.utils import getProcessOutputAndValue
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import Site

from rtgplayout.media.samples import Sample, make_all
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


class HealthcheckTests(TestCase):
    """C{scripts/healthcheck}: 0 when the daemon says that it is well, 1 in every other case."""

    async def check(self, code: int, body: bytes) -> tuple[int, str]:
        """Its exit code and what it prints, when a daemon answers with that."""
        server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
        port = await server.listen(Site(Answering(code, body)))
        self.addCleanup(port.stopListening)
        return await self.ask(str(port.getHost().port))

    async def ask(self, port: str) -> tuple[int, str]:
        out, err, code = await getProcessOutputAndValue(
            sys.executable, [str(SCRIPTS / "healthcheck")], {**os.environ, "HTTP_PORT": port}
        )
        self.assertEqual(err, b"")
        return code, out.decode()

    def test_well(self) -> Deferred[None]:
        async def check() -> None:
            said = await self.check(200, b'{"status": "healthy", "reasons": []}')
            self.assertEqual(said, (0, "healthy\n"))

        return Deferred.fromCoroutine(check())

    def test_unwell_with_the_reasons(self) -> Deferred[None]:
        async def check() -> None:
            said = await self.check(503, b'{"status": "degraded", "reasons": ["no OSC", "slow"]}')
            self.assertEqual(said, (1, "degraded: no OSC; slow\n"))

        return Deferred.fromCoroutine(check())

    def test_another_program_on_that_port_is_no_health(self) -> Deferred[None]:
        async def check() -> None:
            code, said = await self.check(200, b"<html>It works!</html>")
            self.assertEqual(code, 1)
            self.assertIn("not as rtgplayout does", said)

        return Deferred.fromCoroutine(check())

    def test_nobody_there(self) -> Deferred[None]:
        async def check() -> None:
            server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
            port = await server.listen(Site(Answering(200, b"")))
            number = str(port.getHost().port)
            await port.stopListening()
            code, said = await self.ask(number)
            self.assertEqual(code, 1)
            self.assertIn("failing: ", said)
            self.assertEqual(said.count("\n"), 1)

        return Deferred.fromCoroutine(check())


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
