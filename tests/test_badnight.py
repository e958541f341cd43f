# -*- test-case-name: tests.test_badnight -*-
"""
One bad night of a real daemon: everything around it fails, one after the other, and the picture
goes on; what failed is told, and when it is over all is well again by itself. Full disks are in
L{tests.test_emergency}.
"""

import json
import shutil
import socket
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread

from rtgplayout.api.messages import Version
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.server import Server
from rtgplayout.playout.status import Mode
from rtgplayout.rundown.playlist import Add

from .playout.scene import clip
from .processes import Daemon, Emulator, ProcessTestCase, until
from .test_process import health
from .test_tap import Caspar, Client, DaemonTestCase


class LoggedDaemon(Daemon):
    """
    A daemon that logs into files.

    @ivar log: where.
    """

    log: Path

    async def ready(self) -> float:
        """Its log says that it is."""
        await until("it logs", self.log.exists)
        await until("it is ready", lambda: " ready\n" in self.log.read_text())
        self.output += self.log.read_text()
        return await super().ready()


class Silent:
    """A server that takes every connection and says nothing."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.close = self._listening.close


class Viewer:
    """
    Somebody who watches, as well as can be asked over AMCP.

    @ivar faults: moments without a picture.
    @ivar longest: seconds for which the picture stood, at most.
    """

    def __init__(self, caspar: Emulator) -> None:
        self._caspar = caspar
        self._seen: object = None
        self._since = time.monotonic()
        self._looking = LoopingCall(lambda: Deferred.fromCoroutine(self._look()))
        self.faults: list[str] = []
        self.longest = 0.0

    def begin(self) -> None:
        self._since = time.monotonic()
        self._looking.start(0.04)

    async def end(self) -> None:
        done = self._looking.deferred
        assert done is not None
        self._looking.stop()
        await done

    async def _look(self) -> None:
        shown = await self._caspar.foreground()
        if shown.producer == "empty":
            self.faults.append(time.strftime("%X"))
        now = time.monotonic()
        if (shown.path, shown.time) != self._seen:
            self._seen, self._since = (shown.path, shown.time), now
        self.longest = max(self.longest, now - self._since)


def asked(port: int, path: str, body: object = None) -> tuple[int, bytes]:
    """What is answered there."""
    content = None if body is None else json.dumps(body).encode()
    question = Request(f"http://127.0.0.1:{port}{path}", content)
    question.add_header("content-type", "application/json")
    with urlopen(question, timeout=20) as reply:
        return reply.status, reply.read()


class BadNightTests(ProcessTestCase):
    """With real sockets, files and seconds."""

    async def test_all_of_it(self) -> None:
        """
        Web and mail servers hang; the log's folder goes, and is a file; the as-run's folder goes;
        everybody asks for everything at once.
        """
        hanging = Silent()
        self.addCleanup(hanging.close)
        caspar = self.emulator()
        await caspar.ready()
        LoggedDaemon.log = self.folder / "logs" / "rtgplayout.log"
        address = f"http://127.0.0.1:{hanging.port}/"
        daemon = LoggedDaemon(
            self.folder, "--zone", "UTC", "--log-dir", str(LoggedDaemon.log.parent),
            "--alert-webhooks", address, "--alert-mail-to", "desk@station.example",
            "--smtp-port", str(hanging.port), "--heartbeat-url", address,
            "--heartbeat-seconds", "1",
            caspar_port=caspar.port,
        )  # fmt: skip
        self.children.append(daemon)
        await daemon.ready()
        desk = await self.operator(daemon, 2)
        for n in range(10):
            desk.add(f"item{n}", "clip4.mp4", id=n)
        await desk.hears("SNAPSHOT")
        desk.say("SET_AUTOPLAY_MODE", {"mode": "AUTO"}, id="go")
        await until("the file moves", lambda: caspar.shows("clip4.mp4"))
        viewer = Viewer(caspar)
        viewer.begin()
        await self._log_folder(daemon)
        await self._as_run_folder(daemon)
        await self._storm(daemon)
        await viewer.end()
        self.assertEqual(viewer.faults, [])
        self.assertLess(viewer.longest, 2.0)  # the emulator shares the machine
        alert = lambda data: data["kind"] == "schedule"  # noqa: E731 - it was raised meanwhile
        await desk.hears("ALERT", alert)
        daemon.signal("TERM")
        began = time.monotonic()
        await daemon.ended()
        self.assertLess(time.monotonic() - began, 4.0)

    async def _log_folder(self, daemon: LoggedDaemon) -> None:
        """It is made again; while it cannot be, lines go to standard error."""
        shutil.rmtree(daemon.log.parent)
        await self._come_and_go(daemon)
        await until("it logs again", daemon.log.exists)
        shutil.rmtree(daemon.log.parent)
        daemon.log.parent.write_text("no folder")
        await self._come_and_go(daemon)
        await daemon.said("the log cannot be written, and goes on here: File exists")
        daemon.log.parent.unlink()
        await self._come_and_go(daemon)
        await until("it logs again", daemon.log.exists)
        self.assertIn("lines are missing before this one", daemon.log.read_text())

    async def _come_and_go(self, daemon: Daemon) -> None:
        """Something that is logged; after a second, as a log that failed is not tried before."""
        await deferToThread(time.sleep, 1.1)
        operator = await self.operator(daemon)
        operator.sendClose()
        await until("he is gone", lambda: operator.closed)

    async def _as_run_folder(self, daemon: Daemon) -> None:
        """It is made again for the next entry; that lines are missing is found, not hidden."""
        folder = self.folder / "as-run"
        shutil.rmtree(folder)
        await until("the next entry is there", lambda: list(folder.glob("as-run-*.log")))
        (file,) = folder.glob("as-run-*.log")
        first = json.loads(file.read_text().splitlines()[0])
        self.assertGreater(first["number"], 1)

    async def _storm(self, daemon: Daemon) -> None:
        """Fifty ask for reports, exports, figures and health at once; all get them."""
        today = time.strftime("%Y-%m-%d", time.gmtime())
        days = {"from": today, "to": today}
        port = daemon.http_port
        asking: list[Deferred[Any]] = []
        for n in range(50):
            asking += [
                deferToThread(asked, port, "/asrun/report", {"date": today}),
                deferToThread(asked, port, "/asrun/export", {**days, "format": "json"}),
                deferToThread(asked, port, "/metrics"),
            ]
            if n % 10 == 0:
                asking.append(deferToThread(health, port))
        for good, answer in await DeferredList(asking, consumeErrors=True):
            self.assertTrue(good, answer)
            self.assertEqual(answer[0], 200, answer)


class ClockTests(DaemonTestCase):
    """The wall clock is set while something is on air."""

    def test_back_and_forth(self) -> None:
        """
        An hour, a day, back and to the right time: the viewer sees each item from its first frame
        to its last and nothing between them; the as-run is whole, and the jumps are an alert.
        """
        daemon = self.start("zone", "UTC")
        folder = Library.of(Media(f"i{n}.mp4", 100) for n in range(12))
        caspar = Caspar(self.reactor, Server("720p2500", library=folder))
        channel, client = daemon.channels[1], Client(Version.TWO)
        items = tuple(clip(f"i{n}", 100) for n in range(12))
        self.successResultOf(channel.edit(Add(items), "me"))
        daemon.door.join(client)
        channel.set_mode(Mode.AUTO, "me")
        for by in (0.0, -3600.0, 86_400.0, -86_401.0, 0.0):
            self.set_by = by
            for _ in range(200):
                self.tick(caspar)
        shown = caspar.server.shown(1, 10)
        first = next(n for n, each in enumerate(shown) if each.picture.name == "/media/i1.mp4")
        seen = shown[first : first + 8]
        for n, each in enumerate(seen, 1):
            self.assertEqual(each.picture.name, f"/media/i{n}.mp4")
            self.assertEqual((each.first_frame, each.last_frame), (0, 99))
        self.assertEqual(len(seen), 8)
        for before, after in pairwise(seen):
            self.assertEqual(before.end_tick, after.start_tick)
        jumps = [each for each in self.as_run() if each.get("event") == "CLOCK_JUMPED"]
        self.assertEqual(len(jumps), 4)
        self.assertEqual(self.successResultOf(daemon.records.days.verify()), "")
        alerts = [each["news"] for each in client.of("ALERT") if each["kind"] == "clock"]
        self.assertEqual(alerts[:1], ["raised"])
        self.assertEqual(daemon.records.unsaved(), {})

    def tick(self, caspar: Caspar) -> None:
        """Both go on for a frame."""
        server = caspar.server
        server.advance(server.clock.now + 1)
        for _, protocol, _ in self.reactor.datagrams:
            for packet in server.osc_packets(1):
                protocol.datagramReceived(packet, ("127.0.0.1", 6250))
        self.reactor.advance(0.04)
        caspar.answer()
