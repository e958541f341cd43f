# -*- test-case-name: tests.test_process -*-
"""
The daemon as a process: real sockets, real files, real time.
"""

import json
import os
import socket
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from twisted.internet.threads import deferToThread

from rtgplayout.store.playlist_file import file_name

from .processes import TERMINATED, Child, ProcessTestCase, media_folder, until


def health(port: int) -> tuple[int, Any]:
    """What C{/health} answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
            return reply.status, json.loads(reply.read())
    except HTTPError as refused:
        return refused.code, json.loads(refused.read())


class OnAirTests(ProcessTestCase):
    """
    A channel on air, from an operator's request to what CasparCG shows.

    @cvar slack: by how much what is promised may take longer: other tests run at the same time.
    """

    slack = 2.0

    async def test_a_list_goes_on_air_and_the_daemon_stops(self) -> None:
        """
        An operator of the old page sees the greeting, adds items, chooses AUTO: they play, one
        after the other. SIGTERM: everybody is told, the picture stays, it takes no two seconds.
        """
        caspar = self.emulator()
        await caspar.ready()
        daemon = self.daemon(caspar_port=caspar.port)
        await daemon.ready()
        operator = await self.operator(daemon)
        await operator.hears("TEMPLATE_ACTIVE_LIST")
        self.assertEqual(
            [message["type"] for _, message in operator.came[:6]],
            [
                "PLAYLIST_FULL",
                "FOLDER_LIST",
                "MEDIA_LIBRARY",
                "AUTOPLAY_STATUS",
                "PRESET_LIST",
                "TEMPLATE_ACTIVE_LIST",
            ],
        )
        operator.add("one", "clip2.mp4")
        operator.add("two", "clip4.mp4")
        await operator.hears("PLAYLIST_UPDATED", lambda data: len(data["items"]) == 2)
        await until("it is healthy", lambda: deferToThread(self._healthy, daemon.http_port))
        operator.say("SET_AUTOPLAY_MODE", {"mode": "AUTO"})
        await operator.sees_on_air("one")
        await until("the file moves", lambda: caspar.shows("clip2.mp4"))
        await operator.sees_on_air("two")
        await until("the next file moves", lambda: caspar.shows("clip4.mp4"))

        asked = until("it ends", lambda: daemon.code is not None, 2.0)
        daemon.signal("TERM")
        await asked
        self.assertEqual(daemon.code, TERMINATED)
        await operator.hears("SERVER_SHUTDOWN")
        await until("the connection is closed", lambda: operator.closed)
        self.assertTrue(await caspar.shows("clip4.mp4"))
        self.assertNotIn("Traceback", daemon.output)
        events = self._as_run()
        self.assertEqual(events[0], ("SYSTEM_EVENT", "SERVER_START"))
        self.assertEqual(events[-1], ("SYSTEM_EVENT", "SERVER_SHUTDOWN"))
        self.assertIn(("PLAY_START", "one"), events)
        self.assertIn(("PLAY_END", "one"), events)
        self.assertNotIn(("SYSTEM_EVENT", "CASPAR_LOST"), events)

    def _healthy(self, port: int) -> bool:
        code, said = health(port)
        self.assertIn(code, (200, 503))
        return bool(code == 200 and said["status"] == "healthy")

    def _as_run(self) -> list[tuple[str, str]]:
        lines = [
            json.loads(line)
            for path in sorted((self.folder / "as-run").glob("as-run-*.log"))
            for line in path.read_text().splitlines()
        ]
        return [(each["eventType"], each.get("itemId") or each.get("event")) for each in lines]

    async def test_killed_and_restarted(self) -> None:
        """
        The viewer notices nothing; the new daemon reports the right item within two seconds of its
        start, and goes on. CasparCG killed and restarted: the right item is back within a second.
        """
        caspar = self.emulator()
        await caspar.ready()
        daemon = self.daemon(caspar_port=caspar.port)
        await daemon.ready()
        operator = await self.operator(daemon)
        for n in range(12):
            operator.add(f"item{n}", "clip4.mp4")
        await operator.hears("PLAYLIST_UPDATED", lambda data: len(data["items"]) == 12)
        operator.say("SET_AUTOPLAY_MODE", {"mode": "AUTO"})
        await operator.sees_on_air("item0")
        await until("it is remembered", self._remembers_item0)
        await daemon.kill()
        self.assertTrue(await caspar.shows("clip4.mp4"))

        again = self.daemon(caspar_port=caspar.port)
        await again.ready()
        operator = await self.operator(again)
        at, status = await operator.hears(
            "AUTOPLAY_STATUS", lambda data: data["currentItem"] is not None
        )
        self.assertEqual(status["mode"], "AUTO")
        self.assertIn(status["currentItem"]["id"], ("item0", "item1"))
        self.assertLess(at - again.started, 2.0 * self.slack)
        self.assertTrue(await caspar.shows("clip4.mp4"))

        since = len(operator.came)
        await caspar.kill()
        await operator.hears("NOTIFICATION", lambda data: data["level"] == "error", since)
        caspar = self.emulator(caspar.port)
        opened = await caspar.ready()
        await until("the file moves", lambda: caspar.shows("clip4.mp4"), 1.0 * self.slack)
        at, status = await operator.hears("CASPAR_STATUS", lambda data: data["connected"], since)
        self.assertLess(at - opened, 1.0 * self.slack)

    def _remembers_item0(self) -> bool:
        path = self.folder / "channel-1.json"
        return path.exists() and json.loads(path.read_text())["onAirId"] == "item0"


class RefusalTests(ProcessTestCase):
    """What cannot work is one clear line and exit status 1."""

    async def refused(self, *arguments: str, **environment: Any) -> str:
        """Start it; what it says, in one line, why it does not."""
        daemon = self.daemon(*arguments, **environment)
        self.assertEqual(await daemon.ended(), 1)
        self.assertNotIn("Traceback", daemon.output)
        lines = [line for line in daemon.output.splitlines() if "rtgplayout: " in line
                 or "#critical" in line]  # fmt: skip
        self.assertEqual(len(lines), 1, daemon.output)
        return lines[0]

    async def test_a_busy_port(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as busy:
            port = str(busy.getsockname()[1])
            said = await self.refused("--ws-port", port)
            self.assertIn(f"cannot listen on 127.0.0.1:{port} (WebSocket): Address already", said)

    async def test_in_the_background(self) -> None:
        """Whoever started it is told there, too, and the log says why."""
        with socket.create_server(("127.0.0.1", 0)) as busy:
            port, log = busy.getsockname()[1], self.folder.with_suffix(".log")
            program = ["-c", "from twisted.scripts.twistd import run; run()"]
            own = [f"--pidfile={self.folder}.pid", f"--logfile={log}", "rtgplayout"]
            folders = ["--data-dir", str(self.folder), "--media-dir", str(media_folder())]
            ports = ["--ws-port", str(port), "--http-port", "0"]
            starting = Child([*program, *own, *folders, *ports])
            self.children.append(starting)
            self.assertEqual(await starting.ended(), 1)
        self.assertIn("CannotStart: cannot listen", starting.output)
        self.assertIn(f"cannot listen on 127.0.0.1:{port} (WebSocket)", log.read_text())
        self.assertFalse(os.path.exists(f"{self.folder}.pid"))

    async def test_a_bad_setting(self) -> None:
        said = await self.refused("--caspar-port", "many")
        self.assertIn("command line: --caspar-port: it must be a whole number", said)
        said = await self.refused(RTGPLAYOUT_RATE="26")
        self.assertIn("environment: RTGPLAYOUT_RATE: ", said)

    async def test_folders(self) -> None:
        """
        One that another daemon uses. Media that are not there are named when settings are checked;
        a daemon starts without: what is on air comes from CasparCG.
        """
        missing = "--media-dir", str(self.folder / "missing")
        said = await self.refused("--check-config", *missing)
        self.assertIn("media_dir", said)
        daemon = self.daemon(*missing)
        await daemon.ready()
        said = await self.refused()
        self.assertIn(f"another daemon uses the data folder {self.folder}", said)

    async def test_check_config(self) -> None:
        """The settings, with where they were said, and nothing else is done."""
        daemon = self.daemon("--check-config", "--rate", "29.97")
        self.assertEqual(await daemon.ended(), 0, daemon.output)
        self.assertIn('rate = "29.97"  # command line', daemon.output)
        self.assertIn("ws_port = 0  # command line", daemon.output)
        self.assertNotIn("starting up", daemon.output)


class RecordsTests(ProcessTestCase):
    """Files as they are found."""

    async def test_a_damaged_playlist(self) -> None:
        """It is set aside, its backup is taken, and those who come are told."""
        self.folder.mkdir()
        path = self.folder / file_name(1)
        path.write_text("{ this is no JSON")
        item = {"id": "a", "name": "A", "file": "clip2.mp4", "durationSeconds": 2}
        backup = {"id": "MAIN-CHANNEL-1", "baseStartAt": None, "items": [item]}
        Path(f"{path}.backup").write_text(json.dumps(backup))
        daemon = self.daemon()
        await daemon.ready()
        operator = await self.operator(daemon)
        _, shown = await operator.hears("PLAYLIST_FULL")
        self.assertEqual([each["id"] for each in shown["items"]], ["a"])
        _, told = await operator.hears("NOTIFICATION", lambda data: "set aside" in data["message"])
        self.assertEqual(told["level"], "warning")
        self.assertIn("set aside", daemon.output)

    async def test_hangup(self) -> None:
        """SIGHUP does not end it."""
        daemon = self.daemon()
        await daemon.ready()
        daemon.signal("HUP")
        operator = await self.operator(daemon)
        await operator.hears("PLAYLIST_FULL")
        self.assertIsNone(daemon.code)
        self.assertTrue(os.path.exists(f"/proc/{daemon.process.pid}"))
