# -*- test-case-name: tests.commands.test_restore -*-
"""C{rtgplayout restore}."""

import os
from pathlib import Path
from typing import Any

from rtgplayout.commands import restore
from rtgplayout.store.asrun_lock import acquire, release
from rtgplayout.store.locks import lock_folder
from tests.commands.test_backup import BackupTestCase

STAMP = "20260301T180000Z"


class RestoreTestCase(BackupTestCase):
    """There is a backup, and then something happened."""

    def setUp(self) -> None:
        super().setUp()
        self.archive = str(self.back_up())
        Path("data/playlist.json").write_text("[wrong]")
        Path("data/new.json").write_text("{}")

    def restore(self, *arguments: str) -> str:
        code, out, errors = self.call("restore", self.archive, "--yes", *arguments)
        self.assertEqual((code, errors), (0, ""), out)
        return out

    def refused(self, words: str, *arguments: str) -> None:
        """Nothing is changed, and it is said why."""
        before = self.files()
        code, _, errors = self.call("restore", self.archive, "--yes", *arguments)
        self.assertEqual(code, 1)
        self.assertIn(words, errors)
        self.assertEqual(self.files(), before)

    def files(self) -> dict[str, bytes]:
        locks = {".lock", "as-run.lock"}
        return {
            str(path): path.read_bytes()
            for path in Path().rglob("*")
            if path.is_file() and path.name not in locks
        }


class RestoreTests(RestoreTestCase):
    """Putting it back."""

    def test_first_it_is_only_said(self) -> None:
        before = self.files()
        code, out, _ = self.call("restore", self.archive)
        self.assertEqual(code, 0)
        self.assertIn("would be replaced", out)
        self.assertIn("Nothing was changed", out)
        self.assertEqual(self.files(), before)

    def test_back_as_it_was(self) -> None:
        """What was there is beside it, all of it."""
        Path("data").chmod(0o750)
        self.restore()
        self.assertEqual(Path("data/playlist.json").read_text(), "[1]")
        self.assertFalse(Path("data/new.json").exists())
        aside = Path(f"data.before-restore-{STAMP}")
        self.assertEqual((aside / "playlist.json").read_text(), "[wrong]")
        self.assertTrue((aside / "new.json").exists())
        self.assertEqual(Path("data").stat().st_mode & 0o777, 0o750)
        self.assertEqual(list(Path().glob("*.restoring-*")), [])
        self.assertFalse(Path("data/.unfinished").exists())

    def test_nothing_was_left(self) -> None:
        """Onto an empty machine, one level below a folder that is not there."""
        self.restore("--data-dir", "new/data")
        self.assertEqual(Path("new/data/playlist.json").read_text(), "[1]")
        self.assertTrue(Path("new/data/as-run/as-run-2026-03-01.log").exists())

    def test_as_run_goes_on(self) -> None:
        """What was written since the backup is not lost by it."""
        log = Path("data/as-run/as-run-2026-03-01.log")
        log.write_text("one\ntwo\nthree\n")
        Path("data/as-run/as-run-2026-03-02.log").write_text("four\n")
        self.restore()
        self.assertEqual(log.read_text(), "one\ntwo\nthree\n")
        self.assertTrue(Path("data/as-run/as-run-2026-03-02.log").exists())

    def test_as_run_elsewhere(self) -> None:
        Path("data/as-run").rename("as-run")
        self.archive = str(self.back_up("--as-run-dir", "as-run"))
        Path("as-run/as-run-2026-03-01.log").write_text("changed\n")
        out = self.restore("--as-run-dir", "as-run")
        self.assertIn("as-run is restored", out)
        self.assertEqual(Path("as-run/as-run-2026-03-01.log").read_text(), "one\ntwo\n")
        aside = Path(f"as-run.before-restore-{STAMP}/as-run-2026-03-01.log")
        self.assertEqual(aside.read_text(), "changed\n")

    def test_some_of_it(self) -> None:
        """The data alone leave the as-run as it is; the as-run alone leaves the data."""
        log = Path("data/as-run/as-run-2026-03-01.log")
        log.write_text("changed\n")
        self.restore("--only", "as-run")
        self.assertEqual(log.read_text(), "one\ntwo\n")
        self.assertEqual(Path("data/playlist.json").read_text(), "[wrong]")
        log.write_text("changed\n")
        self.restore("--only", "data")
        self.assertEqual(log.read_text(), "changed\n")
        self.assertEqual(Path("data/playlist.json").read_text(), "[1]")

    def test_settings(self) -> None:
        """Each file in its place, what it was beside it; what did not change is not touched."""
        Path("rtgplayout.toml").write_text('station = "Kanal 6"\n')
        _, out, _ = self.call("restore", self.archive)
        self.assertIn("WARNING: its station is Kanal 5, and here it is Kanal 6", out)
        out = self.restore("--only", "settings")
        self.assertIn("Kanal 5", Path("rtgplayout.toml").read_text())
        kept = Path(f"rtgplayout.toml.before-restore-{STAMP}")
        self.assertIn("Kanal 6", kept.read_text())
        self.assertNotIn(".env is restored", out)
        self.assertEqual(list(Path().glob(".restoring-*")), [])

    def test_settings_of_another_place(self) -> None:
        """It is said when they would look for the data elsewhere, and which are not used."""
        Path("other.toml").touch()
        code, out, _ = self.call(
            "restore", self.archive, "--config", "other.toml", "--data-dir", "elsewhere"
        )
        self.assertEqual(code, 0)
        self.assertIn("rtgplayout.toml is not used here", out)
        self.assertIn("restore --only settings first", out)
        Path("other.env").touch()
        self.restore("--only", "settings", "--config", "other.toml", "--env-file", "other.env")
        self.assertEqual(Path("other.toml").read_text(), "")


class RefusedTests(RestoreTestCase):
    """What is not done."""

    def test_daemon_runs(self) -> None:
        """It would write over what is put back."""
        lock = lock_folder(Path("data"))
        self.refused("a daemon uses")
        os.close(lock)
        held = acquire(Path("data/as-run"))
        self.refused("a daemon uses")
        release(held)
        self.restore()

    def test_damaged(self) -> None:
        content = Path(self.archive).read_bytes()
        Path(self.archive).write_bytes(content[: len(content) // 2])
        self.refused("")
        self.archive = "missing.tar.gz"
        self.refused("cannot be read: No such file")

    def test_folders_that_stand_in_it(self) -> None:
        self.refused("log_dir is inside", "--log-dir", "data/logs")

    def test_no_folder_of_its_own(self) -> None:
        Path("data").rename("there")
        Path("data").symlink_to("there")
        self.refused("is a link")
        Path("data").unlink()
        Path("data").touch()
        self.refused("is no folder")
        self.patch(os.path, "ismount", lambda path: True)
        self.refused("a disk of its own")

    def test_no_room(self) -> None:
        class Usage:
            free = 1_000_000

        self.patch(restore, "disk_usage", lambda path: Usage)
        self.refused("there are 1 MB free")

    def test_disk_full_in_the_middle(self) -> None:
        """All is as it was, and nothing is left of the attempt."""

        def fails(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        self.patch(restore, "merge_as_run", fails)
        self.refused("No space left")

    def test_left_by_one_that_did_not_end(self) -> None:
        """It is told what is what, and nothing of it is deleted."""
        for name, half in (("data.restoring-1", True), ("data.restoring-2", False)):
            Path(name).mkdir()
            if half:
                (Path(name) / ".unfinished").touch()
        _, out, _ = self.call("restore", self.archive)
        self.assertIn("data.restoring-1 was left by a restore that did not end: it is only", out)
        self.assertIn("it is what was there before it", out)
        self.restore()
        self.assertTrue(Path("data.restoring-1").exists())
        self.assertTrue(Path("data.restoring-2").exists())
