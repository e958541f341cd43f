# -*- test-case-name: tests.test_emergency -*-
"""
The emergency procedures of the manual, carried out as they are written: commands are read out of
C{docs/emergency.md}, and given to a real daemon. What needs a machine of its own was done by hand.
"""

import json
import os
import re
import resource
import socket
import sys
from typing import Any, ClassVar

from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutputAndValue

from rtgplayout.store.asrun_lock import acquire, release
from rtgplayout.store.locks import lock_folder

from .processes import ROOT, Daemon, ProcessTestCase, media_folder, until
from .test_process import health

PAGE = (ROOT / "docs" / "emergency.md").read_text(encoding="utf-8")
DATA = "/var/lib/rtgplayout/data"


def section(anchor: str) -> str:
    """What stands below an anchor."""
    return PAGE.split(f"({anchor})=\n")[1].split("\n(")[0]


def commands(anchor: str, word: str) -> list[str]:
    """The lines of the block of commands in which that word is."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", section(anchor), re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if word in block]
    return [line.strip() for line in found.splitlines()]


class FullDisk(Daemon):
    """A daemon that can write nothing from its start on."""

    program = (
        "-c",
        "import resource; from twisted.scripts.twistd import run;"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)); run()",
    )


class EmergencyTestCase(ProcessTestCase):
    """A channel on air, and somebody with the page in the hand."""

    async def on_air(self, *items: str, file: str = "clip4.mp4") -> None:
        """Put a list of clips on air, of four seconds unless told."""
        self.caspar = self.emulator()
        await self.caspar.ready()
        self.running = self.daemon(caspar_port=self.caspar.port)
        await self.running.ready()
        self.desk = await self.operator(self.running)
        for name in items:
            self.desk.add(name, file)
        await self.desk.hears("PLAYLIST_UPDATED", lambda data: len(data["items"]) == len(items))
        self.desk.say("SET_AUTOPLAY_MODE", {"mode": "AUTO"})
        await self.desk.sees_on_air(items[0])
        await until("the file moves", lambda: self.caspar.shows(file))

    async def start(self) -> None:
        """C{systemctl start rtgplayout}, and the page is opened again."""
        self.running = self.daemon(caspar_port=self.caspar.port)
        await self.running.ready()
        self.desk = await self.operator(self.running)

    async def carry_out(self, lines: list[str], archive: str = "") -> str:
        """Give these commands; what they print."""
        said = ""
        for line in lines:
            if line == "systemctl stop rtgplayout":
                self.running.signal("TERM")
                await self.running.ended()
            elif line == "systemctl start rtgplayout":
                await self.start()
            else:
                said += await self.give(line.replace("/path/to/backup.tar.gz", archive))
        return said

    async def give(self, line: str, code: int = 0) -> str:
        """Give one command to a shell, with the folders of this test."""
        own = f"{sys.executable} -m rtgplayout"
        line = re.sub(r"^rtgplayout\b", own, line.replace(DATA, str(self.folder)))
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
            "RTGPLAYOUT_DATA_DIR": str(self.folder),
            "RTGPLAYOUT_MEDIA_DIR": str(media_folder()),
            "CASPAR_PORT": str(self.caspar.port),
            "HTTP_PORT": str(self.running.http_port),
            "WS_PORT": str(self.running.ws_port),
        }
        out, errors, ended = await getProcessOutputAndValue("/bin/sh", ["-c", line], environment)
        said: str = (out + errors).decode()
        self.assertEqual(ended, code, f"{line}\n{said}")
        return said

    async def listed(self) -> list[str]:
        """The items that the page shows."""
        _, shown = await self.desk.hears("PLAYLIST_FULL")
        return [item["id"] for item in shown["items"]]

    async def reasons(self) -> str:
        """What the health check says."""
        _, said = await deferToThread(health, self.running.http_port)
        return "; ".join(said["reasons"])

    async def says(self, words: str, patience: float = 20.0) -> None:
        async def look() -> bool:
            return words in await self.reasons()

        await until(f"the health check says {words!r}", look, patience)

    async def says_no_more(self, words: str, patience: float = 20.0) -> None:
        async def look() -> bool:
            return words not in await self.reasons()

        await until(f"the health check no more says {words!r}", look, patience)

    def as_run(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for path in sorted((self.folder / "as-run").glob("as-run-*.log"))
            for line in path.read_text().splitlines()
        ]


class PlaylistTests(EmergencyTestCase):
    """The playlist is lost or damaged."""

    async def test_the_list_of_a_moment_ago(self) -> None:
        """Step 2: the picture stays, and the last change is undone; what was is kept."""
        await self.on_air("one", "two")
        since = len(self.desk.came)
        self.desk.add("three")
        await self.desk.hears("PLAYLIST_UPDATED", since=since)
        written = (self.folder / "playlist.json").read_bytes()
        await self.carry_out(commands("playlist-damaged", "cp ")[:-1])
        self.assertTrue(await self.caspar.shows("clip4.mp4"))
        await self.start()
        self.assertEqual(await self.listed(), ["one", "two"])
        await self.desk.sees_on_air("one")
        self.assertTrue(await self.caspar.shows("clip4.mp4"))
        self.assertEqual((self.folder / "playlist.json.bad").read_bytes(), written)

    async def test_the_last_backup(self) -> None:
        """Step 3, after all lists were damaged; what was there is beside, the as-run is whole."""
        await self.on_air("one", "two")
        elsewhere = self.folder.with_name("elsewhere")
        await self.give(f"rtgplayout backup --to {elsewhere}")
        (archive,) = elsewhere.iterdir()
        steps = commands("playlist-damaged", "restore")
        await self.carry_out(steps[:1])
        for path in self.folder.glob("playlist.json*"):
            path.write_text("{ no list")
        said = await self.carry_out(steps[1:], str(archive))
        self.assertIn("Nothing was changed.", said)
        self.assertIn("Done.", said)
        self.assertEqual(await self.listed(), ["one", "two"])
        (aside,) = self.folder.parent.glob(f"{self.folder.name}.before-restore-*")
        self.assertEqual((aside / "playlist.json").read_text(), "{ no list")
        self.assertIn(": good, ", await self.give("rtgplayout asrun verify"))
        self.assertTrue(await self.caspar.foreground())

    async def test_names(self) -> None:
        """Step 1: what was set aside has the name that is told, and the list is the backup's."""
        self.folder.mkdir()
        (self.folder / "playlist.json").write_text("{ no list")
        (self.folder / "playlist.json.backup").write_text('{"id": "x", "items": []}')
        daemon = self.daemon()
        await daemon.ready()
        desk = await self.operator(daemon)
        _, told = await desk.hears("NOTIFICATION", lambda data: "aside" in data["message"])
        (aside,) = self.folder.glob("playlist.json.damaged-*")
        self.assertIn(f"It was set aside as {aside.name}", told["message"])
        self.assertIn("`playlist.json.damaged-STAMP`", section("playlist-damaged"))


class StartTests(EmergencyTestCase):
    """It will not start."""

    table: ClassVar = re.findall(r"^ +\| `([^`]+)` \| ", section("will-not-start"), re.MULTILINE)

    async def test_each_line(self) -> None:
        """
        Each line of the table, but for that of damaged records that cannot be set aside, is what
        the command of step 1 shows of such a start, and the only one.
        """
        self.folder.mkdir()
        (self.folder / "bad.toml").write_text('rate = "26"\n')
        (self.folder / "file").write_text("")
        with (
            socket.create_server(("127.0.0.1", 0)) as busy,
            socket.socket(type=socket.SOCK_DGRAM) as deaf,
        ):
            deaf.bind(("127.0.0.1", 0))
            port, udp = busy.getsockname()[1], deaf.getsockname()[1]
            self.addCleanup(release, acquire(self.folder / "taken"))
            (self.folder / "held").mkdir()
            self.addCleanup(os.close, lock_folder(self.folder / "held"))
            tries = {
                "rtgplayout: FILE: NAME: it must be …": (
                    "a",
                    "--config",
                    f"{self.folder}/bad.toml",
                ),
                "cannot listen on ADDRESS:PORT": ("b", "--ws-port", str(port)),
                "cannot listen for telemetry on PORT": ("c", "--osc-port", str(udp)),
                "another daemon uses the data folder": ("held",),
                "another process (pid N) writes the as-run": (
                    *("d", "--as-run-dir", f"{self.folder}/taken"),
                ),
                "FOLDER is no folder to use": ("file",),
            }
            said = {told: await self._refused(*how) for told, how in tries.items()}
        names = {
            "FILE": str(self.folder / "bad.toml"),
            "NAME": "rate",
            "ADDRESS": "127.0.0.1",
            "PORT": f"({port}|{udp})",
            "pid N": f"pid {os.getpid()}",
            "FOLDER": str(self.folder / "file"),
        }
        (line,) = commands("will-not-start", "grep")
        pattern = line.partition("grep ")[2].strip('"').replace("\\|", "|")
        for told, output in said.items():
            shown = [each for each in output.splitlines() if re.search(pattern, each)]
            self.assertEqual(len(shown), 1, output)
            wanted = re.escape(told.removesuffix(": it must be …"))
            for name, real in names.items():
                wanted = wanted.replace(re.escape(name), real)
            self.assertRegex(shown[0], wanted)
        self.assertEqual(set(self.table) - set(tries), {"the records of channel N cannot be used"})

    async def _refused(self, folder: str, *arguments: str) -> str:
        """What a start says that comes to nothing."""
        child = Daemon(self.folder / folder, *arguments)
        self.children.append(child)
        self.assertEqual(await child.ended(), 1)
        return child.output


class DiskTests(EmergencyTestCase):
    """The disk is full."""

    async def test_full_and_room_again(self) -> None:
        """
        The edit is refused, the next item comes on air; when there is room its entry is written,
        the edit can be made again, and nothing of the as-run is missing. A daemon that is started
        on a full disk takes over what is on air, too.
        """
        await self.on_air("one", "two", *"345678", file="clip2.mp4")
        self.limit(0)
        since = len(self.desk.came)
        self.desk.add("last")
        await self.desk.hears("ERROR", since=since)
        await self.desk.sees_on_air("two", since)
        await self.says("the as-run log could not be saved")
        await self.says("the playlist of channel 1 could not be saved")
        self.limit(resource.RLIM_INFINITY)
        await self.says_no_more("the as-run log could not be saved", 7.0)
        self.desk.add("last")
        await self.says_no_more("could not be saved")
        started = [
            each.get("itemId") for each in self.as_run() if each["eventType"] == "PLAY_START"
        ]
        self.assertEqual(started[:2], ["one", "two"])
        self.assertIn(": good, ", await self.give("rtgplayout asrun verify"))
        await self.running.kill()
        self.running = FullDisk(self.folder, caspar_port=self.caspar.port)
        self.children.append(self.running)
        await self.running.ready()
        self.desk = await self.operator(self.running)
        self.assertEqual((await self.listed())[0], "one")
        await self.says("could not be saved")
        self.assertTrue((await self.caspar.foreground()).path.endswith("clip2.mp4"))

    def limit(self, size: int) -> None:
        """What the daemon may write into a file: nothing more is what a full disk is to it."""
        pid = self.running.process.pid
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))


class ScreenTests(EmergencyTestCase):
    """The screen is wrong, or black, or it does not reconnect."""

    async def test_one_after_the_other(self) -> None:
        """
        What another program puts on air is taken off again, and the as-run and the log say so. What
        is put on air by hand stays while the daemon is stopped (step 5 of the black screen); in
        AUTO it puts its own on air again. CasparCG away: the doctor says what it is; it is started
        again, and has the item back by itself.
        """
        await self.on_air(*"12345678")
        await self.caspar.ask('PLAY 1-10 "clip2" LOOP')
        await self.running.said("went off the air; it is put back")
        await until("the item is back", lambda: self.caspar.shows("clip4.mp4"))
        raw = "".join(path.read_text() for path in (self.folder / "as-run").glob("as-run-*.log"))
        self.assertIn('"cause":"caspar"', raw)
        self.assertIn('(`"cause":"caspar"`)', section("wrong-thing-on-air"))

        await self.carry_out(commands("nothing-on-air", "stop"))
        await self.caspar.ask('PLAY 1-10 "clip2" LOOP')
        await until("it is on air", lambda: self.caspar.shows("clip2.mp4"))
        await self.start()
        await until("the list is on air", lambda: self.caspar.shows("clip4.mp4"))

        await self.caspar.kill()
        await self.says("CasparCG is not connected")
        said = await self.give("rtgplayout doctor", 1)
        self.assertRegex(said, r"FAIL +CasparCG: .*Connection refused")
        self.caspar = self.emulator(self.caspar.port)
        await self.caspar.ready()
        await until("the file moves", lambda: self.caspar.shows("clip4.mp4"))
        await self.says_no_more("CasparCG is not connected")
