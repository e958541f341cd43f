# -*- test-case-name: tests.commands.test_backup -*-
"""C{rtgplayout backup}."""

import os
import time
from pathlib import Path

from rtgplayout.commands import backup
from rtgplayout.store.archive import Unusable, name_of
from rtgplayout.store.archiving import examine
from rtgplayout.store.asrun_lock import KEEPING, acquire, release
from tests.test_command import CommandTestCase

AT = 1_772_388_000.0  # 2026-03-01T18:00:00Z


class BackupTestCase(CommandTestCase):
    """A station with something to lose."""

    def setUp(self) -> None:
        super().setUp()
        self.now = AT
        self.patch(time, "time", lambda: self.now)
        self.patch(backup, "_PATIENCE", 0.0)
        Path("rtgplayout.toml").write_text('station = "Kanal 5"\nmedia_dir = "/srv/media"\n')
        Path(".env").write_text("RTGPLAYOUT_SMTP_PASSWORD=hush\n")
        as_run = Path("data/as-run")
        as_run.mkdir(parents=True)
        Path("data/playlist.json").write_text("[1]")
        (as_run / "as-run-2026-03-01.log").write_text("one\ntwo\nthr")

    def back_up(self, *arguments: str) -> Path:
        code, out, errors = self.call("backup", "--to", "backups", *arguments)
        self.assertEqual((code, errors), (0, ""), out)
        return Path(out.partition(": ")[0])


class BackupTests(BackupTestCase):
    """Making one."""

    def test_all_of_it(self) -> None:
        """In an archive for its owner alone, that says what it holds."""
        code, out, errors = self.call("backup", "--to", "backups")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("passwords too", out)
        path = Path("backups") / name_of("Kanal 5", AT)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        manifest = examine(path)
        self.assertEqual(
            set(manifest.files),
            {
                "as-run/as-run-2026-03-01.log",
                "data/playlist.json",
                "settings/.env",
                "settings/rtgplayout.toml",
            },
        )
        self.assertEqual((manifest.station, manifest.zone), ("Kanal 5", "UTC"))
        self.assertEqual(manifest.files["as-run/as-run-2026-03-01.log"].size, 8)

    def test_no_settings_no_warning(self) -> None:
        Path(".env").unlink()
        Path("rtgplayout.toml").unlink()
        _, out, _ = self.call("backup", "--to", "backups")
        self.assertNotIn("passwords", out)

    def test_nowhere(self) -> None:
        code, _, errors = self.call("backup")
        self.assertEqual(code, 2)
        self.assertIn("set backup_dir", errors)

    def test_refused(self) -> None:
        """In a sentence; no half of one is left."""
        Path("file").touch()
        code, _, errors = self.call("backup", "--to", "file/x")
        self.assertEqual(code, 1)
        self.assertIn("no backup was made", errors)
        code, _, errors = self.call("backup", "--to", "backups", "--data-dir", "missing")
        self.assertEqual(code, 1)
        self.assertIn("there is no data folder", errors)

        def fails(*_: object) -> None:
            raise Unusable("no")

        self.patch(backup, "write", fails)
        self.assertEqual(self.call("backup", "--to", "backups")[0], 1)

    def test_twice_in_a_second(self) -> None:
        """Neither takes the other's place."""
        self.assertNotEqual(self.back_up(), self.back_up())
        self.assertEqual(len(os.listdir("backups")), 2)

    def test_into_the_data_folder(self) -> None:
        """Backups do not hold backups."""
        for _ in range(2):
            _, out, _ = self.call("backup", "--backup-dir", "data/backups")
        manifest = examine(Path(out.partition(": ")[0]))
        self.assertEqual([name for name in manifest.files if "backups" in name], [])

    def test_rotation(self) -> None:
        Path("backups").mkdir()
        Path("backups/notes.txt").touch()
        stale = Path("backups") / f".{name_of('Kanal 5', AT - 90_000)}.tmp"
        young = Path("backups") / f".{name_of('Kanal 5', AT)}.tmp"
        stale.touch()
        for n in range(4):
            self.now = AT + n
            self.back_up("--backup-keep", "2")
        young.touch()
        self.assertEqual(
            set(os.listdir("backups")),
            {"notes.txt", name_of("Kanal 5", AT + 2), name_of("Kanal 5", AT + 3), young.name},
        )

    def test_while_the_as_run_is_kept(self) -> None:
        """It is waited for a while; then a backup is better than none."""
        held = acquire(Path("data/as-run"), KEEPING)
        self.addCleanup(release, held)
        self.patch(backup, "_PATIENCE", 1.0)
        waited: list[float] = []
        mono = [0.0]
        self.patch(time, "monotonic", lambda: mono[0])

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            mono[0] += seconds

        self.patch(time, "sleep", sleep)
        self.back_up()
        self.assertEqual(waited, [0.5, 0.5])

    def test_as_run_that_cannot_be_locked(self) -> None:
        def fails(*_: object) -> int:
            raise PermissionError(30, "read-only")

        self.patch(backup, "acquire", fails)
        self.back_up()

    def test_no_as_run(self) -> None:
        self.back_up("--as-run-dir", "elsewhere")


class ScheduledTests(BackupTestCase):
    """Called every few minutes."""

    def test_not_wanted(self) -> None:
        self.assertEqual(self.call("backup", "--scheduled"), (0, "", ""))

    def test_once_a_day(self) -> None:
        """When the time has come, and again a day later; what was missed is made up for."""
        said = ("backup", "--scheduled", "--backup-dir", "backups", "--backup-at", "18:30")
        made = []
        for minutes in (0, 10, 29, 30, 40, 1440 + 29, 1440 + 31, 4 * 1440):
            self.now = AT + minutes * 60
            code, out, _ = self.call(*said)
            self.assertEqual(code, 0)
            if out:
                made.append(minutes)
        self.assertEqual(made, [0, 30, 1440 + 31, 4 * 1440])


class VerifyTests(BackupTestCase):
    """Reading one."""

    def test_whole(self) -> None:
        path = self.back_up()
        code, out, _ = self.call("backup", "--verify", str(path))
        self.assertEqual(code, 0)
        self.assertIn("is whole: Kanal 5, 2026-03-01T18:00:00.000Z", out)

    def test_damaged(self) -> None:
        path = self.back_up()
        path.write_bytes(path.read_bytes()[:-200])
        code, out, _ = self.call("backup", "--verify", str(path))
        self.assertEqual(code, 1)
        self.assertIn(str(path), out)
