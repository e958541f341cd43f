# -*- test-case-name: tests.commands.test_doctor -*-
"""C{rtgplayout doctor}, beside an emulated CasparCG on a port of this machine."""

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import fail, succeed
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from rtgplayout.amcp.status import ServerVersion
from rtgplayout.command import main
from rtgplayout.commands import doctor
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.server import Server
from rtgplayout.emulator.service import EmulatorService
from rtgplayout.ops import examination
from rtgplayout.ops.checkup import Taken
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Playlist
from rtgplayout.store import playlist_file
from rtgplayout.store.archive import name_of
from rtgplayout.store.asrun_days import AsRunDays
from rtgplayout.store.locks import lock_folder


class DoctorTestCase(TestCase):
    """A folder of its own, with a station in it."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        before = Path.cwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        self.patch(os, "environ", {"TZ": "UTC"})
        for name in ("data", "media", "backups"):
            Path(name).mkdir()
        items = (
            Item("a", "A", "a.mp4", 50),
            Item("b", "B", "b.mp4", 50),
            Item("c", "C", "Z:/c.mp4", 50),
        )
        Path("data/playlist.json").write_bytes(playlist_file.encode(Playlist(Fraction(25), items)))
        Path("media/a.mp4").touch()

    async def emulate(self) -> int:
        """A CasparCG that knows a.mp4; its port."""
        service = EmulatorService(
            Server(library=Library.of([Media("a.mp4", 100)])), reactor, 0, osc_port=None
        )
        service.startService()
        self.addCleanup(service.stopService)
        return service.port

    def look(self, *arguments: str) -> tuple[int, str, str]:
        out, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(errors):
            ports = ("--ws-port", "0", "--http-port", "0", "--caspar-port", "1")
            places = ("--media-dir", "media", "--scanner-url", "http://127.0.0.1:1")
            code = main(["doctor", *ports, *places, *arguments])
        return code, out.getvalue(), errors.getvalue()

    async def found(self, *arguments: str) -> dict[str, list[tuple[str, str, str]]]:
        """What it tells programs, by check."""
        code, out, _ = await deferToThread(self.look, "--json", *arguments)
        told = json.loads(out)
        self.assertEqual(code, 1 if told["grade"] == "FAIL" else 0)
        found: dict[str, list[tuple[str, str, str]]] = {}
        for each in told["findings"]:
            three = each["grade"], each["sentence"], each["advice"]
            found.setdefault(each["check"], []).append(three)
        return found


class CasparTests(DoctorTestCase):
    """What is seen of CasparCG."""

    async def test_well(self) -> None:
        """Its version, its channel, its telemetry, and the clips of the playlist that it knows."""
        found = await self.found("--caspar-port", str(await self.emulate()))
        self.assertEqual(found["CasparCG"][0][0], "OK")
        self.assertEqual(
            found["channels"][0][:2], ("OK", "channel 1 is 720p2500, 25 frames a second")
        )
        self.assertEqual(found["telemetry"][0][0], "OK", found)
        self.assertEqual(
            [each[:2] for each in found["clips"]],
            [
                ("OK", "a.mp4 is known (media_dir, CasparCG)"),
                ("FAIL", "CasparCG does not know b.mp4"),
                ("WARN", "Z:/c.mp4 is not in media_dir"),
            ],
        )

    async def test_another_rate(self) -> None:
        port = str(await self.emulate())
        found = await self.found("--caspar-port", port, "--rate", "50", "--channels", "1,2")
        self.assertIn("25 frames a second, and the settings say 50", found["channels"][0][1])
        self.assertIn('rate = "25"', found["channels"][0][2])
        self.assertIn("no channel 2", found["channels"][1][1])

    async def test_no_telemetry_port(self) -> None:
        def refuse(*_: object) -> None:
            raise OSError(98, "Address already in use")

        self.patch(examination, "listen_for", refuse)
        found = await self.found("--caspar-port", str(await self.emulate()))
        self.assertEqual(found["telemetry"][0][0], "FAIL")

    async def test_away(self) -> None:
        """All else is looked at nevertheless."""
        found = await self.found()
        self.assertIn("127.0.0.1:1 cannot be reached: Connection refused", found["CasparCG"][0][1])
        self.assertIn("backups", found)

    async def test_damaged_playlist(self) -> None:
        Path("data/playlist.json").write_bytes(b"[")
        found = await self.found("--caspar-port", str(await self.emulate()))
        self.assertEqual(found["playlist"][0][0], "FAIL")
        Path("data/playlist.json").unlink()
        found = await self.found("--caspar-port", str(await self.emulate()))
        self.assertNotIn("playlist", found)


class AnsweredTests(SynchronousTestCase):
    """Clips of which CasparCG says nothing."""

    def test_not_asked(self) -> None:
        """What is no file of its library, and all of them when there is no library."""

        class Deaf:
            def ask(self, command: Any) -> Any:
                class No:
                    ok = False

                return No()

        deaf: Any = Deaf()
        for sent in ("rtmp://x/y", "Z:/a.mp4", "/a.mp4", "a.mp4"):
            self.assertIsNone(doctor._is_known(deaf, sent))

    def test_an_old_one(self) -> None:
        """Before 2.4 it sends to its own port, and is not asked to."""
        ports: list[Any] = []

        def listen(
            source: str, family: int, tried: Any, begin: Any, seconds: Any
        ) -> tuple[int, int]:
            begin(6250)
            ports.append(tried)
            return 5, 6250

        self.patch(examination, "listen_for", listen)
        patient: Any = type("P", (), {"running": False, "settings": type("S", (), {"osc_port": 0})})
        asked: Any = type("A", (), {"address": "127.0.0.1", "family": 2})
        found = doctor._telemetry(patient, asked, ServerVersion(2, 3))
        self.assertEqual((found.grade.value, ports), ("OK", [(6250,)]))


class MachineTests(DoctorTestCase):
    """What is seen of this machine."""

    async def test_words_for_people(self) -> None:
        """Each with what to do; the exit code says whether anything fails."""
        code, out, _ = await deferToThread(self.look)
        self.assertEqual(code, 1)
        self.assertIn("FAIL  CasparCG: ", out)
        self.assertIn("\n      -> see that it runs", out)
        self.assertRegex(out, r"\d+ OK, \d+ WARN, 1 FAIL\n$")

    async def test_folders(self) -> None:
        found = await self.found(
            "--data-dir", "missing", "--log-dir", "none", "--backup-dir", "backups"
        )
        grades = {each[1].split()[0]: each[0] for each in found["folders"]}
        self.assertEqual(
            grades,
            {
                "data_dir": "FAIL",
                "as_run_dir": "FAIL",
                "log_dir": "FAIL",
                "backup_dir": "OK",
                "media_dir": "OK",
            },
        )

    async def test_secrets(self) -> None:
        env = Path(".env")
        env.write_text("RTGPLAYOUT_SMTP_PASSWORD=hush\n")
        env.chmod(0o644)
        found = await self.found()
        self.assertIn("everybody can read the secrets in .env", str(found["settings"]))
        self.assertNotIn("hush", str(found))
        env.chmod(0o640)
        self.assertNotIn("everybody", str((await self.found())["settings"]))

    async def test_daemon_runs(self) -> None:
        """Its ports are its own when it answers."""
        lock = lock_folder(Path("data"))
        self.addCleanup(os.close, lock)
        found = await self.found()
        self.assertEqual(found["daemon"][0][0], "FAIL")
        self.patch(examination, "fetch", lambda url: (200, b'{"status":"healthy","reasons":[]}'))
        self.patch(examination, "try_port", lambda *_: Taken.OTHERS)
        found = await self.found()
        self.assertEqual(found["daemon"][0][:2], ("OK", "it is healthy"))
        self.assertEqual({each[0] for each in found["ports"]}, {"OK"})
        self.assertEqual(found["scanner"][0][0], "OK")

    async def test_daemon_ended(self) -> None:
        """A lock file that nobody holds is no daemon."""
        Path("data/.lock").touch()
        found = await self.found()
        self.assertIn("does not run", found["daemon"][0][1])

        def refuse(folder: Path) -> int:
            raise PermissionError(13, "no")

        self.patch(doctor, "lock_folder", refuse)
        found = await self.found()
        self.assertIn("does not run", found["daemon"][0][1])

    async def test_scanner_that_is_needed(self) -> None:
        found = await self.found("--media-sources", "scanner")
        self.assertEqual(found["scanner"][0][0], "FAIL")

    async def test_as_run(self) -> None:
        Path("data/as-run").mkdir()
        found = await self.found()
        self.assertEqual(found["as-run"][0][0], "OK")
        self.patch(AsRunDays, "verify", lambda days: succeed("line 3 of that day was changed"))
        found = await self.found()
        self.assertEqual(found["as-run"][0][:2], ("FAIL", "line 3 of that day was changed"))
        self.patch(AsRunDays, "verify", lambda days: fail(OSError("it cannot be read")))
        found = await self.found()
        self.assertIn("it cannot be read", found["as-run"][0][1])

    async def test_backups(self) -> None:
        Path("backups", name_of("rtgplayout", 1e9)).touch()
        found = await self.found("--backup-dir", "backups")
        self.assertIn("days old", found["backups"][0][1])

    async def test_out_of_a_checkout(self) -> None:
        def missing(name: str) -> Any:
            raise metadata.PackageNotFoundError

        self.patch(metadata, "requires", missing)
        self.assertIn("checkout", (await self.found())["libraries"][0][1])
        self.patch(metadata, "requires", lambda name: ["attrs>=1", "nothing-of-that-name"])
        self.assertEqual((await self.found())["libraries"][0][0], "FAIL")

    async def test_systemd(self) -> None:
        self.patch(Path, "is_dir", lambda path: True)
        self.patch(examination, "unit", lambda: {"LoadState": "not-found"})
        found = await self.found()
        self.assertIn("does not know", found["systemd"][0][1])
