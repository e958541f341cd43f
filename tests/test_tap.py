# -*- test-case-name: tests.test_tap -*-
"""The whole daemon in memory: what is joined to what, how it starts, stops, and tells how it is."""

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import txaio
from twisted.application.service import IServiceMaker, Service
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.error import (
    CannotListenError,
    ConnectionDone,
    ConnectionLost,
    ConnectionRefusedError,
)
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import Logger, formatEvent, globalLogPublisher
from twisted.plugin import getPlugins
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout import __version__
from rtgplayout.amcp.commands import Target
from rtgplayout.api.frames import Long
from rtgplayout.api.messages import Version
from rtgplayout.config import Config
from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.server import Server
from rtgplayout.loading import load
from rtgplayout.media.folders import initial
from rtgplayout.ops.notify import Systemd
from rtgplayout.ops.threads import Threads
from rtgplayout.playout.status import CannotDo, Mode
from rtgplayout.rundown.playlist import Add
from rtgplayout.store.asrun_lock import LockTaken, acquire, release
from rtgplayout.tap import CannotStart, Daemon, Options, makeService

from .api.memory import text
from .playout.scene import clip

NOW = 1_772_388_000.0


class Socket:
    """A UDP port in memory."""

    def __init__(self, number: int) -> None:
        self.number = number

    def getHost(self) -> IPv4Address:
        return IPv4Address("UDP", "127.0.0.1", self.number)

    def stopListening(self) -> None:
        self.number = 0


class Reactor(MemoryReactorClock):
    """
    A reactor in memory, with what the daemon needs of one.

    @ivar busy: ports that are taken.
    @ivar datagrams: what listens for telemetry.
    """

    def __init__(self) -> None:
        super().__init__()
        self.busy: set[int] = set()
        self.datagrams: list[Any] = []

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        if port in self.busy:
            raise CannotListenError(interface, port, OSError(98, "Address already in use"))
        return super().listenTCP(port, factory, backlog, interface)

    def listenUDP(
        self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 0
    ) -> Any:
        if port in self.busy:
            raise CannotListenError(interface, port, OSError(98, "Address already in use"))
        self.datagrams.append((port, protocol, interface))
        return Socket(port or 50_000)

    def callFromThread(self, call: Callable[..., Any], *args: Any) -> None:
        self.callLater(0, call, *args)


class AtOnce(Service):
    """
    Threads that have finished before anybody could wait for them.

    @ivar stuck: nothing is ever done.
    @ivar broken: what everything fails with.
    """

    stuck = False
    broken: Exception | None = None

    def call(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        if self.broken is not None:
            return fail(self.broken)
        return Deferred() if self.stuck else maybeDeferred(work, *args)

    def when_idle(self) -> Deferred[None]:
        return Deferred() if self.stuck else succeed(None)


class Client:
    """Somebody at the door."""

    version = Version.ONE
    name = "me"
    ready = True
    queued = 0

    def __init__(self, version: Version = Version.ONE) -> None:
        self.version = version
        self.came: list[dict[str, Any]] = []

    def send(self, *messages: bytes | Long) -> None:
        self.came += [json.loads(text(each)) for each in messages]

    def fail(self) -> None:
        self.came.append({"type": "failed"})

    def of(self, kind: str) -> list[Any]:
        return [each["data"] for each in self.came if each["type"] == kind]


class Wire(StringTransport):
    """A connection that ends when its owner wants it to."""

    def __init__(self, end: Callable[[], object]) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", "127.0.0.1", 5250))
        self._end = end

    def loseConnection(self) -> None:
        super().loseConnection()
        self._end()

    abortConnection = loseConnection


class Caspar:
    """An emulated CasparCG at the other end of the link."""

    def __init__(self, reactor: Reactor, server: Server | None = None) -> None:
        self.server = server or Server("720p2500")
        self.connection = self.server.connect()
        self.server.advance(5)
        factory: Any = reactor.tcpClients[-1][2]
        self.protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 5250))
        self.transport = Wire(lambda: reactor.callLater(0, self.lose))
        self.protocol.makeConnection(self.transport)
        self.answer()

    def lose(self, why: type[Exception] = ConnectionDone) -> None:
        """The connection is over."""
        self.protocol.connectionLost(Failure(why()))

    def answer(self) -> None:
        """Answer all that was asked."""
        while lines := self.transport.value().split(b"\r\n")[:-1]:
            self.transport.clear()
            for line in lines:
                for reply in execute(self.server, line, self.connection):
                    self.protocol.dataReceived(reply.data)


class DaemonTestCase(SynchronousTestCase):
    """
    Tests of a daemon.

    @ivar set_by: seconds by which somebody has set the wall clock.
    """

    set_by = 0.0

    def setUp(self) -> None:
        self.data, self.media = Path(self.mktemp()), Path(self.mktemp())
        self.media.mkdir()
        self.reactor = Reactor()
        self.threads, self.readers, self.worker = AtOnce(), AtOnce(), AtOnce()
        self.systemd: list[str] = []
        self.patch(txaio.config, "loop", self.reactor)  # type: ignore[attr-defined]
        self.log: list[str] = []
        observer: Any = self.note
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def note(self, event: Any) -> None:
        self.log.append(formatEvent(event))

    def config(self, *arguments: str, **environment: str) -> Config:
        options = Options()
        options.parent = None
        folders = {"data-dir": str(self.data), "media-dir": str(self.media)}
        given = dict(zip(arguments[::2], arguments[1::2], strict=True))
        return load({**folders, **given}, environment)

    def daemon(self, *arguments: str) -> Daemon:
        return Daemon(
            self.config(*arguments),
            self.reactor,
            lambda: NOW + self.reactor.seconds() + self.set_by,
            self.threads,  # type: ignore[arg-type]
            self.readers,  # type: ignore[arg-type]
            self.worker,  # type: ignore[arg-type]
            Systemd(
                lambda message: self.systemd.append(message.decode()),
                20.0,
                self.reactor.seconds,
                frozenset({1}),
            ),
        )

    def start(self, *arguments: str) -> Daemon:
        daemon = self.daemon(*arguments)
        daemon.startService()
        self.addCleanup(self.stop, daemon)
        return daemon

    def stop(self, daemon: Daemon) -> None:
        if daemon.running:
            done = daemon.stopService()
            self.reactor.pump([0.1] * 25)
            self.successResultOf(done)

    def as_run(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for path in sorted((self.data / "as-run").glob("as-run-*.log"))
            for line in path.read_text().splitlines()
        ]


class OptionsTests(DaemonTestCase):
    """The command line."""

    def parse(self, *arguments: str) -> tuple[str, object]:
        """What it prints, and with what it exits."""
        out = StringIO()
        self.patch(sys, "stdout", out)
        self.patch(os, "environ", {})
        stopped = self.assertRaises(SystemExit, Options().parseOptions, list(arguments))
        return out.getvalue(), stopped.code

    def test_a_bad_setting(self) -> None:
        """It is one line, which names the setting."""
        printed, code = self.parse("--ws-port", "http")
        self.assertEqual(printed, "")
        self.assertRegex(str(code), r"\Artgplayout: command line: --ws-port: it must be [^\n]*\Z")

    def test_check_config(self) -> None:
        """All settings are told, and where each was said."""
        printed, code = self.parse(
            "--check-config", "--data-dir", str(self.data), "--media-dir", str(self.media)
        )
        self.assertEqual(code, 0)
        self.assertIn("ws_port = 8080  # default", printed)
        self.assertIn(f'media_dir = "{self.media}"  # command line', printed)

    def test_check_config_looks_at_folders(self) -> None:
        _, code = self.parse("--check-config", "--media-dir", str(self.media / "missing"))
        self.assertIn("media_dir", str(code))

    def test_version(self) -> None:
        self.assertEqual(self.parse("--version"), (f"rtgplayout {__version__}\n", 0))

    def test_good(self) -> None:
        self.patch(os, "environ", {"HTTP_PORT": "81"})
        options = Options()
        options.parseOptions(["--ws-port", "82"])
        self.assertEqual((options.config.http_port, options.config.ws_port), (81, 82))


class MakeServiceTests(DaemonTestCase):
    """What twistd is given."""

    def test_timers_do_not_follow_the_wall_clock(self) -> None:
        from twisted.internet import reactor

        interval = sys.getswitchinterval()
        self.addCleanup(sys.setswitchinterval, interval)
        self.patch(reactor, "seconds", reactor.seconds)
        started: list[Callable[[], object]] = []
        self.patch(reactor, "callWhenRunning", started.append)
        shown: list[object] = []
        self.patch(sys, "excepthook", lambda *error: shown.append(error))
        handler = signal.getsignal(signal.SIGHUP)
        self.addCleanup(signal.signal, signal.SIGHUP, handler)
        self.patch(os, "environ", {})
        options = Options()
        options.parseOptions([])
        service = makeService(options)
        self.assertIsInstance(service, Daemon)
        self.assertIs(reactor.seconds, time.monotonic)
        self.assertIs(txaio.config.loop, reactor)  # type: ignore[attr-defined]
        self.assertEqual(signal.getsignal(signal.SIGHUP), signal.SIG_IGN)
        sys.excepthook(CannotStart, CannotStart("said already"), None)
        self.assertEqual(shown, [])
        sys.excepthook(ValueError, ValueError("a bug"), None)
        self.assertEqual(len(shown), 1)
        self.addCleanup(gc.unfreeze)
        started[0]()
        self.assertGreater(gc.get_freeze_count(), 0, "what is there is not looked at again")

    def test_the_plugin_names_it(self) -> None:
        plugins: list[Any] = list(getPlugins(IServiceMaker))
        names = [(each.tapname, each.module) for each in plugins]
        self.assertIn(("rtgplayout", "rtgplayout.tap"), names)


class StartTests(DaemonTestCase):
    """From nothing to ready."""

    def test_ports(self) -> None:
        """The doors are on loopback unless told otherwise, and telemetry too."""
        daemon = self.start()
        self.assertEqual(
            [(port, factory, where) for port, factory, _, where in self.reactor.tcpServers],
            [
                (8080, daemon.factory, "127.0.0.1"),
                (3000, self.reactor.tcpServers[1][1], "127.0.0.1"),
            ],
        )
        self.assertEqual(self.reactor.datagrams[0][::2], (0, "127.0.0.1"))
        self.assertEqual(self.reactor.tcpClients[0][:2], ("127.0.0.1", 5250))
        self.assertIn("ready", self.log)

    def test_a_server_elsewhere(self) -> None:
        """Its telemetry comes from outside."""
        self.start("caspar-host", "caspar.example", "listen", "0.0.0.0")
        self.assertEqual(self.reactor.datagrams[0][2], "")
        self.assertEqual(self.reactor.tcpServers[0][3], "0.0.0.0")

    def test_start_is_written_down(self) -> None:
        self.start()
        (entry,) = self.as_run()
        self.assertEqual((entry["eventType"], entry["event"]), ("SYSTEM_EVENT", "SERVER_START"))
        self.assertIn(__version__, entry["details"])
        self.assertIn("WebSocket 127.0.0.1:", entry["details"])

    def test_several_channels(self) -> None:
        """Each has its files, over one link; of telemetry each gets its own."""
        daemon = self.start("channels", "1-10,2-11")
        self.assertEqual(sorted(daemon.channels), [1, 2])
        for number, channel in daemon.channels.items():
            self.successResultOf(channel.edit(Add((clip(f"i{number}"),)), "me"))
        self.assertIn("i1", (self.data / "playlist.json").read_text())
        self.assertIn("i2", (self.data / "playlist-2.json").read_text())
        self.assertEqual(daemon.channels[2].state.setup.layer, 11)
        caspar = Caspar(self.reactor)
        self.assertTrue(daemon.channels[1].state.linked)
        self.assertEqual(caspar.transport.value(), b"")

    def test_what_was_on_disk(self) -> None:
        """A daemon goes on where the one before stopped."""
        first = self.start()
        channel = first.channels[1]
        self.successResultOf(channel.edit(Add((clip("a"), clip("b"))), "me"))
        self.successResultOf(channel.set_mode(Mode.ASSISTED, "me"))
        self.stop(first)
        second = self.start()
        channel = second.channels[1]
        self.assertEqual([item.id for item in channel.plan().items], ["a", "b"])
        self.assertIs(channel.status().mode, Mode.ASSISTED)

    def refused(self, *arguments: str) -> str:
        """Start a daemon that cannot; the last line of the log."""
        daemon = self.daemon(*arguments)
        error = self.assertRaises(CannotStart, daemon.startService)
        self.assertIn(str(error), self.log[-1])
        return self.log[-1]

    def test_a_busy_port(self) -> None:
        for port, what in ((8080, "(WebSocket)"), (3000, "(HTTP)"), (7000, "telemetry on 7000")):
            self.data = Path(self.mktemp())
            self.reactor.busy = {port}
            said = self.refused("osc-port", "7000")
            self.assertIn(what, said)
            self.assertIn("Address already in use", said)

    def test_a_second_daemon(self) -> None:
        self.start()
        self.assertIn("another daemon uses the data folder", self.refused())

    def test_folders(self) -> None:
        self.data.mkdir()
        (self.data / ".lock").mkdir()
        self.assertIn("cannot be locked", self.refused())

    def test_no_media_folder(self) -> None:
        """A share that is not there keeps nobody off the air: what is on comes from CasparCG."""
        daemon = self.start("media-dir", str(self.media / "missing"))
        self.assertEqual(daemon.library.health()["files"], 0)
        self.assertTrue([line for line in self.log if "cannot be read" in line])

    def test_records_that_cannot_be_used(self) -> None:
        """A damaged file that cannot be set aside would be overwritten."""
        self.data.mkdir()
        (self.data / "playlist.json").write_text("{")
        self.patch(Path, "rename", lambda path, other: fail_with(PermissionError(13, "no")))
        self.assertIn("the records of channel 1 cannot be used", self.refused())

    def test_lists_that_cannot_be_used(self) -> None:
        """The same for the folders and the presets."""
        self.data.mkdir()
        (self.data / "mediaFolders.json").write_text("{")
        self.patch(Path, "rename", lambda path, other: fail_with(PermissionError(13, "no")))
        self.assertIn("the folders or presets cannot be used", self.refused())


class ListsTests(DaemonTestCase):
    """Folders, presets, graphics: read, kept and told."""

    def join(self, daemon: Daemon, version: Version = Version.ONE) -> Client:
        client = Client(version)
        daemon.door.join(client)
        return client

    def say(self, daemon: Daemon, client: Client, kind: str, data: object = None) -> None:
        daemon.door.received(client, json.dumps({"type": kind, "data": data}).encode())

    def test_kept(self) -> None:
        """What is changed is on disk, and there after a restart."""
        daemon = self.start()
        client = self.join(daemon)
        self.say(daemon, client, "FOLDER_CREATE", {"name": "Archives"})
        self.say(daemon, client, "FOLDER_ASSIGN_MEDIA", {"mediaFile": "a.mp4", "folderId": 6})
        preset = {"name": "p", "channel": 1, "layer": 20, "templateName": "a/b"}
        self.say(daemon, client, "PRESET_SAVE", preset)
        self.stop(daemon)
        stored = json.loads((self.data / "mediaFolders.json").read_text())
        self.assertEqual(stored["mediaAssignments"], [["a.mp4", 6]])
        self.assertEqual(json.loads((self.data / "presets.json").read_text())[0]["name"], "p")
        again = self.start()
        client = self.join(again)
        self.reactor.pump([1, 1])
        self.say(again, client, "FOLDER_GET_ALL")
        self.assertIn("Archives", str(client.came))
        (presets,) = client.of("PRESET_LIST")
        self.assertEqual([each["name"] for each in presets["presets"]], ["p"])

    def test_damaged(self) -> None:
        """What cannot be read is set aside, its backup taken, and those who come are told."""
        self.data.mkdir()
        (self.data / "presets.json").write_text("{")
        (self.data / "presets.json.backup").write_text(
            '[{"name":"p","channel":1,"layer":20,"templateName":"a/b","data":{}}]'
        )
        client = self.join(self.start())
        toasts = [toast["message"] for toast in client.of("NOTIFICATION")]
        self.assertIn("its backup was taken", " ".join(toasts))
        (presets,) = client.of("PRESET_LIST")
        self.assertEqual([each["name"] for each in presets["presets"]], ["p"])
        self.assertTrue(list(self.data.glob("presets.json.damaged-*")))

    def test_graphics(self) -> None:
        """What CasparCG took is told in the old words, and in the list."""
        daemon = self.start()
        caspar = Caspar(self.reactor, Server("720p2500", templates=["a/b"]))
        client = self.join(daemon)
        data = {"channel": 1, "layer": 20, "templateName": "a/b", "templateData": {"t": "x"}}
        self.say(daemon, client, "TEMPLATE_LOAD_AND_PLAY", data)
        caspar.answer()
        self.reactor.advance(0.1)
        where = {"channel": 1, "layer": 20}
        self.assertEqual(client.of("TEMPLATE_LOADED"), [{**where, "templateName": "a/b"}])
        self.assertEqual(client.of("TEMPLATE_PLAYING"), [where])
        (template,) = client.of("TEMPLATE_ACTIVE_LIST")[-1]["templates"]
        self.assertEqual((template["key"], template["data"]), ("1-20", {"t": "x"}))
        shown = [each for each in self.as_run() if each["eventType"] == "TEMPLATE_SHOW"]
        self.assertEqual([each["templateName"] for each in shown], ["a/b"])


def fail_with(error: Exception) -> None:
    raise error


class NoticesTests(DaemonTestCase):
    """What was found when the records were read."""

    def test_told_to_those_who_come_soon(self) -> None:
        self.data.mkdir()
        (self.data / "playlist.json").write_text("{")
        daemon = self.start("channels", "1-10,2-10")
        for version in (Version.ONE, Version.TWO):
            client = Client(version)
            daemon.door.join(client)
            (toast,) = client.of("NOTIFICATION")
            self.assertEqual(toast["level"], "warning")
            self.assertIn("set aside", toast["message"])
        self.reactor.pump([30] * 121)
        client = Client()
        daemon.door.join(client)
        toasts = [toast["message"] for toast in client.of("NOTIFICATION")]
        self.assertFalse([each for each in toasts if "set aside" in each])
        # What still goes wrong is told for as long as it does.
        self.assertTrue([each for each in toasts if "CasparCG" in each])

    def test_of_another_channel(self) -> None:
        """The old page knows the first channel only."""
        self.data.mkdir()
        (self.data / "playlist-2.json").write_text("{")
        daemon = self.start("channels", "1-10,2-10")
        old, new = Client(), Client(Version.TWO)
        daemon.door.join(old)
        daemon.door.join(new)
        self.assertEqual(old.of("NOTIFICATION"), [])
        self.assertEqual(len(new.of("NOTIFICATION")), 1)

    def test_not_too_many(self) -> None:
        """Of many repairs the first are shown; the log has all."""
        self.data.mkdir()
        item = {"id": "x", "name": "", "file": "", "durationSeconds": -1}
        broken = {"items": [{**item, "id": f"x{n}"} for n in range(20)]}
        (self.data / "playlist.json").write_text(json.dumps(broken))
        daemon = self.start()
        client = Client()
        daemon.door.join(client)
        toasts = [toast["message"] for toast in client.of("NOTIFICATION")]
        self.assertLessEqual(len(toasts), 6)
        self.assertGreaterEqual(sum(line.startswith("channel 1: ") for line in self.log), 2)


class LinkTests(DaemonTestCase):
    """CasparCG comes and goes."""

    def test_up_and_down(self) -> None:
        daemon = self.start()
        client = Client()
        daemon.door.join(client)
        self.assertEqual(daemon.signs.health().status, "degraded")
        caspar = Caspar(self.reactor)
        self.assertTrue(daemon.channels[1].state.linked)
        self.assertEqual(client.of("CASPAR_STATUS"), [{"connected": True}])
        self.assertEqual(caspar.connection.subscriptions, {50_000})
        health = daemon.signs.health()
        self.assertEqual(health.caspar["socketState"], "open")
        self.assertEqual(health.reasons, ("channel 1: no telemetry (OSC) arrives",))
        for packet in caspar.server.osc_packets(1):
            self.reactor.datagrams[0][1].datagramReceived(packet, ("127.0.0.1", 6250))
        self.assertEqual(daemon.signs.health().status, "healthy")
        caspar.lose(ConnectionLost)
        self.assertFalse(daemon.channels[1].state.linked)
        self.assertEqual(client.of("NOTIFICATION")[-1]["level"], "error")
        self.reactor.pump([1.0] * 7)
        self.assertEqual(daemon.signs.health().status, "failing")

    def test_another_frame_rate(self) -> None:
        """A channel that ticks at another rate than the settings say is not as it should be."""
        daemon = self.start("rate", "50")
        caspar = Caspar(self.reactor)
        for packet in caspar.server.osc_packets(1):
            self.reactor.datagrams[0][1].datagramReceived(packet, ("127.0.0.1", 6250))
        health = daemon.signs.health()
        expected = "channel 1: CasparCG runs at 25 frames a second, and the settings say 50"
        self.assertEqual((health.status, health.reasons), ("degraded", (expected,)))

    def test_telemetry_of_a_channel_that_is_not_ours(self) -> None:
        """Another channel of the same server is nothing to us."""
        daemon = self.start()
        caspar = Caspar(self.reactor)
        caspar.server = Server("720p2500", 2)
        caspar.server.advance(5)
        for packet in caspar.server.osc_packets(2):
            self.reactor.datagrams[0][1].datagramReceived(packet, ("127.0.0.1", 6250))
        self.assertIsNone(daemon.channels[1].state.heard)

    def test_graphics(self) -> None:
        """On every channel of the server, but not on the layers of playlists; in the as-run."""
        daemon = self.start()
        caspar = Caspar(self.reactor)
        caspar.server = Server("720p2500", 2, templates=["bug"])
        loaded = daemon.overlay.load(Target(1, 20), "bug", {"a": "é"}, True, "me")
        caspar.answer()
        self.successResultOf(loaded)
        execute(caspar.server, b'CG 2-20 ADD 1 "bug" 1', caspar.connection)
        caspar.server.advance(5)
        for packet in caspar.server.osc_packets(2):
            self.reactor.datagrams[0][1].datagramReceived(packet, ("127.0.0.1", 6250))
        self.assertEqual(
            [(each.target, each.name) for each in daemon.overlay.active()],
            [(Target(1, 20), "bug"), (Target(2, 20), "bug")],
        )
        self.failureResultOf(daemon.overlay.remove(Target(1, 10), "me"), CannotDo)
        shown = [e["channel"] for e in self.as_run() if e["eventType"] == "TEMPLATE_SHOW"]
        self.assertEqual(shown, [1, 2])
        self.stop(daemon)
        self.assertIsNone(daemon.overlay._hearing)

    def test_giving_up_is_told_to_everybody(self) -> None:
        daemon = self.start("give-up-after", "1")
        client = Client()
        daemon.door.join(client)
        connector = self.reactor.connectors[-1]
        factory = self.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(connector, Failure(ConnectionRefusedError()))
        self.assertIn("not tried any more", client.of("NOTIFICATION")[-1]["message"])


class SupervisionTests(DaemonTestCase):
    """What fails is begun again by itself, and the channels go on."""

    def test_every_part(self) -> None:
        daemon = self.start()
        parts = [
            "the link", "the library", "the records", "the WebSocket port", "the HTTP port",
            "channel 1",
        ]  # fmt: skip
        self.assertEqual(list(daemon.supervision.restarts()), parts)

    def test_parts_that_fail(self) -> None:
        """Each is told in the health while it does not work, and works again soon after."""
        daemon = self.start()
        daemon.ports[0]._open = None
        daemon.records._flushing.stop()
        daemon.library._catalogue._fault = "while it was kept: no"
        self.reactor.pump([0.1] * 15)
        reasons = "\n".join(daemon.signs.health().reasons)
        self.assertIn("the WebSocket port does not work: nobody listens on 127.0.0.1:80", reasons)
        self.assertIn("the records does not work: nobody flushes the as-run", reasons)
        self.assertIn("the library does not work: while it was kept: no", reasons)
        self.reactor.pump([0.1] * 40)
        self.assertEqual(daemon.supervision.broken(), {})
        self.assertEqual(sum(daemon.supervision.restarts().values()), 3)

    def test_ready(self) -> None:
        """From when clients are served until the daemon stops, as long as all channels tick."""
        daemon = self.daemon()
        self.assertEqual(daemon.unready(), "the daemon starts")
        daemon.startService()
        self.addCleanup(self.stop, daemon)
        self.assertEqual(daemon.unready(), "")
        daemon.supervision.stopService()
        daemon.channels[1]._ticking.stop()
        self.reactor.advance(6)
        self.assertIn("channel 1: no tick was done", daemon.unready())
        self.stop(daemon)
        self.assertEqual(daemon.unready(), "the daemon stops")

    def test_systemd(self) -> None:
        """It is told that all is ready, then of ticks and how it goes, then of the end."""
        daemon = self.start()
        self.assertEqual(self.systemd[:2], ["WATCHDOG=1", "READY=1"])
        self.reactor.pump([0.1] * 120)
        told = self.systemd[2:]
        self.assertEqual(told.count("WATCHDOG=1"), 2)
        told = [each for each in told if each != "WATCHDOG=1"]
        self.assertEqual(len(told), 1, told)
        self.assertTrue(told[0].startswith("STATUS=failing: CasparCG is not connected"), told)
        self.stop(daemon)
        self.assertTrue(self.systemd[-1].startswith("STOPPING=1"))

    def test_systemd_hears_nothing_of_a_channel_that_stands_still(self) -> None:
        daemon = self.start()
        daemon.channels[1]._ticking.stop()
        daemon.supervision.stopService()
        self.reactor.pump([0.1] * 300)
        told = [each for each in self.systemd if not each.startswith("STATUS=")]
        self.assertEqual(told, ["WATCHDOG=1", "READY=1"])


class AsRunTests(DaemonTestCase):
    """The as-run is looked after by itself."""

    def test_the_day_after(self) -> None:
        """After midnight the report of the day that is over is written; changes are told."""
        daemon = self.start("zone", "UTC")
        self.reactor.advance(61)  # NOW is six in the evening
        self.assertEqual(list((self.data / "as-run").glob("report-*")), [])
        self.assertEqual(daemon.records.broken_chain, "")
        self.reactor.advance(6 * 3600)
        (report,) = (self.data / "as-run").glob("report-*")
        self.assertEqual(report.name, "report-2026-03-01.txt")
        (day,) = (self.data / "as-run").glob("as-run-2026-03-01.log")
        day.write_bytes(day.read_bytes().replace(b"SERVER_START", b"SERVER_STOPS"))
        self.reactor.advance(24 * 3600)
        self.assertIn("as-run-2026-03-01.log", daemon.records.broken_chain)
        self.assertIn("the as-run is not whole", "\n".join(daemon.signs.health().reasons))

    def test_one_writer(self) -> None:
        """Whoever else writes it keeps the daemon from starting; it gives it back at the end."""
        lock = acquire(self.data / "as-run")
        daemon = self.daemon()
        self.assertRaises(CannotStart, daemon.startService)
        self.assertIn("writes the as-run", "\n".join(self.log))
        release(lock)
        self.stop(daemon)
        other = self.start()
        self.assertRaises(LockTaken, acquire, self.data / "as-run")
        self.stop(other)
        release(acquire(self.data / "as-run"))


class HealthTests(DaemonTestCase):
    """How it is."""

    def test_figures(self) -> None:
        daemon = self.start()
        self.reactor.advance(12)
        health = daemon.signs.health()
        self.assertEqual(health.uptime, 12.0)
        self.assertGreater(health.memory_bytes, 1 << 20)
        self.assertEqual(health.caspar["connected"], False)

    def test_a_disk_that_fails(self) -> None:
        """It is told while it lasts: the playlist, the state, the as-run log."""
        daemon = self.start()
        self.threads.broken = OSError(28, "No space left on device")
        channel = daemon.channels[1]
        self.failureResultOf(channel.edit(Add((clip("a"),)), "me"))
        channel.set_mode(Mode.AUTO, "me")
        daemon.records.happened("SOMETHING", "")
        self.reactor.advance(6)
        reasons = "\n".join(daemon.signs.health().reasons)
        for what in ("the playlist of channel 1", "the state of channel 1", "the as-run log"):
            self.assertIn(f"{what} could not be saved: [Errno 28] No space left", reasons)
        self.flushLoggedErrors(OSError)
        self.threads.broken = None
        self.successResultOf(channel.edit(Add((clip("a"),)), "me"))
        channel.set_mode(Mode.MANUAL, "me")
        self.reactor.advance(6)
        self.assertNotIn("could not be saved", "\n".join(daemon.signs.health().reasons))

    def test_a_disk_that_works_again(self) -> None:
        """Nobody need do anything: what is in force is written, and the health says so."""
        daemon = self.start()
        Caspar(self.reactor)
        channel = daemon.channels[1]
        self.successResultOf(channel.edit(Add((clip("a"),)), "me"))
        self.threads.broken = OSError(30, "Read-only file system")
        self.failureResultOf(channel.edit(Add((clip("b"),)), "me"))
        self.failureResultOf(daemon.records.folders.change(lambda _: initial(NOW + 1)))
        channel.set_mode(Mode.ASSISTED, "me")
        self.reactor.pump([1] * 12)
        self.assertIn("the state of channel 1", daemon.records.unsaved())
        self.threads.broken = None
        self.reactor.pump([1] * 6)
        self.assertEqual(daemon.records.unsaved(), {})
        self.assertEqual(json.loads((self.data / "channel-1.json").read_text())["mode"], "ASSISTED")
        self.assertEqual(len(json.loads((self.data / "playlist.json").read_text())["items"]), 1)
        self.flushLoggedErrors(OSError)

    def test_a_disk_that_does_not_answer(self) -> None:
        """What waits for it for too long is as good as not saved."""
        daemon = self.start()
        self.threads.stuck = True
        done = daemon.channels[1].edit(Add((clip("a"),)), "me")
        daemon.records.happened("SOMETHING", "")
        self.reactor.pump([1] * 9)
        self.assertEqual(daemon.records.unsaved(), {})
        self.reactor.pump([1] * 9)
        self.assertNoResult(done)
        stalled = dict.fromkeys(
            ("the playlist of channel 1", "the as-run log"), "the disk does not answer"
        )
        self.assertEqual(daemon.records.unsaved(), stalled)
        self.stop(daemon)
        self.flushLoggedErrors()

    def figure(self, daemon: Daemon, name: str) -> float:
        """What Prometheus is told, by a figure's name and labels."""
        _, text = daemon.metrics.exposition()
        values = [line.split()[-1] for line in text.decode().splitlines() if line.startswith(name)]
        self.assertNotEqual(values, [], name)
        return float(values[0])

    def test_a_clock_that_jumps(self) -> None:
        """It is told once, with by how much, and is in the as-run."""
        daemon = self.start()
        client = Client(Version.TWO)
        daemon.door.join(client)
        self.reactor.pump([0.1] * 30)
        self.set_by = -3600.5
        self.reactor.pump([0.1] * 30)
        (alert,) = [each for each in client.of("ALERT") if each["kind"] == "clock"]
        self.assertEqual(alert["news"], "raised")
        self.assertEqual(daemon.vitals().jumped_by, -3600.5)
        (entry,) = [each for each in self.as_run() if each.get("event") == "CLOCK_JUMPED"]
        self.assertEqual(entry["details"], "-3600.500 s")

    def test_missing_files(self) -> None:
        """What is scheduled and not there is found, counted, and an alert before its time."""
        daemon = self.start()
        client = Client(Version.TWO)
        daemon.door.join(client)
        self.reactor.pump([0.1] * 30)
        self.successResultOf(daemon.channels[1].edit(Add((clip("a"), clip("b"))), "me"))
        daemon.channels[1].set_mode(Mode.AUTO, "me")
        self.reactor.pump([0.1] * 200)
        told = client.of("PREFLIGHT")[-1]["findings"]
        self.assertEqual([each["fault"] for each in told], ["missing", "missing"])
        found = daemon.vigil.findings()
        self.assertEqual([each.fault.value for each in found], ["missing", "missing"])
        self.assertEqual(
            self.figure(daemon, 'rtgplayout_media_faults{channel="1",fault="missing"'), 2
        )

    def test_what_prometheus_is_told(self) -> None:
        """What happens in all parts is counted, and how they are is asked."""
        daemon = self.start()
        self.assertEqual(self.figure(daemon, "rtgplayout_caspar_connected"), 0)
        Caspar(self.reactor)
        self.successResultOf(daemon.channels[1].edit(Add((clip("a"),)), "me"))
        daemon.channels[1].set_mode(Mode.ASSISTED, "me")
        self.reactor.pump([0.1] * 5)
        self.assertEqual(self.figure(daemon, "rtgplayout_caspar_connected"), 1)
        for name, least in (
            ('rtgplayout_as_run_entries_total{event="SYSTEM_EVENT"}', 1),
            ('rtgplayout_save_seconds_count{document="playlist"}', 1),
            ('rtgplayout_save_seconds_count{document="state"}', 1),
            ('rtgplayout_amcp_round_trip_seconds_count{command="VERSION"}', 1),
            ('rtgplayout_tick_late_seconds_count{channel="1"}', 5),
        ):
            self.assertGreaterEqual(self.figure(daemon, name), least, name)
        self.threads.broken = OSError(28, "No space left on device")
        daemon.records.happened("SOMETHING", "")
        self.failureResultOf(daemon.channels[1].edit(Add((clip("b"),)), "me"))
        failures = 'rtgplayout_save_failures_total{document="playlist"}'
        self.assertEqual(self.figure(daemon, failures), 1)
        self.flushLoggedErrors(OSError)
        self.threads.broken = None

    def test_alerts(self) -> None:
        """What goes wrong is told to everybody once, and when it is over."""
        daemon = self.start()
        old, new = Client(), Client(Version.TWO)
        daemon.door.join(old)
        daemon.door.join(new)
        self.reactor.pump([0.5] * 60)
        (alert,) = new.of("ALERT")
        self.assertEqual((alert["news"], alert["kind"]), ("raised", "link"))
        self.assertEqual(len([t for t in old.of("NOTIFICATION") if "CasparCG" in t["message"]]), 1)
        caspar = Caspar(self.reactor)
        for _ in range(60):
            self.reactor.advance(0.5)
            caspar.answer()
        links = [each["news"] for each in new.of("ALERT") if each["kind"] == "link"]
        self.assertEqual(links, ["raised", "recovered"])

    def fail_somewhere(self) -> None:
        """Something fails that nobody handles."""
        with Logger().failuresHandled("while {doing}", doing="something"):
            raise ZeroDivisionError("by zero")

    def test_errors_that_nobody_handled(self) -> None:
        """Everybody is told, and the show goes on."""
        daemon = self.start()
        client = Client()
        daemon.door.join(client)
        self.fail_somewhere()
        self.assertEqual(client.of("CRITICAL_ERROR"), [])
        self.reactor.advance(0)
        (told,) = client.of("CRITICAL_ERROR")
        self.assertEqual(told, {"message": "while something", "details": "by zero"})
        self.flushLoggedErrors(ZeroDivisionError)
        self.stop(daemon)
        self.fail_somewhere()
        self.reactor.advance(0)
        self.assertEqual(len(client.of("CRITICAL_ERROR")), 1)
        self.flushLoggedErrors(ZeroDivisionError)

    def test_what_the_door_tells_itself_is_told_once(self) -> None:
        daemon = self.start()
        client = Client()
        daemon.door.join(client)
        self.patch(daemon.channels[1]._revisions, "edit", lambda edit, by: 1 / 0)
        item = {"name": "a", "file": "a.mp4", "durationSeconds": 2}
        daemon.door.received(client, json.dumps({"type": "ADD_ITEM", "data": item}).encode())
        self.reactor.advance(0)
        self.assertEqual(len(client.of("CRITICAL_ERROR")), 1)
        self.flushLoggedErrors(ZeroDivisionError)


class StopTests(DaemonTestCase):
    """From ready to nothing, in order."""

    def test_order(self) -> None:
        """
        Accept nobody, tell clients, save, leave CasparCG as it is, stop ticking; nothing is left,
        and leaving on purpose is no loss.
        """
        daemon = self.start()
        caspar = Caspar(self.reactor)
        order: list[str] = []

        def watch(what: str, owner: Any, name: str) -> None:
            real = getattr(owner, name)

            def call(*args: Any) -> Any:
                order.append(what)
                return real(*args)

            self.patch(owner, name, call)

        watch("accept", daemon.ports[0], "stopService")
        watch("tell", daemon.factory, "stop")
        watch("save", self.threads, "when_idle")
        watch("leave", daemon.link, "stopService")
        watch("tick", daemon.channels[1], "stopService")
        watch("threads", self.threads, "stopService")
        client = Client()
        daemon.door.join(client)
        done = daemon.stopService()
        self.reactor.pump([0] * 3)
        self.successResultOf(done)
        self.assertEqual(caspar.transport.value(), b"", "CasparCG is told nothing")
        self.assertEqual(order, ["accept", "tell", "save", "leave", "tick", "threads"])
        self.assertEqual(client.of("SERVER_SHUTDOWN"), [{"message": "the server stops"}])
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        events = [entry.get("event") for entry in self.as_run()]
        self.assertEqual(events[-1], "SERVER_SHUTDOWN")
        self.assertNotIn("CASPAR_LOST", events)

    def test_bounded(self) -> None:
        """A CasparCG that does not let go and a disk that does not answer take two seconds."""
        daemon = self.start()
        Caspar(self.reactor)
        self.threads.stuck = True
        done = daemon.stopService()
        self.reactor.pump([0.05] * 39)
        self.successResultOf(done)
        self.assertNotEqual(self.flushLoggedErrors(), [])

    def test_the_folder_is_free_again(self) -> None:
        first = self.start()
        self.stop(first)
        self.start()


class ThreadsTests(DaemonTestCase):
    """The stand-in says what the real one says."""

    def test_same_names(self) -> None:
        for name in ("call", "when_idle", "startService", "stopService"):
            self.assertTrue(callable(getattr(Threads, name)))
            self.assertTrue(callable(getattr(AtOnce, name)))
