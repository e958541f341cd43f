# -*- test-case-name: tests.test_install -*-
"""
C{scripts/install}, into a folder, with an interpreter that only pretends: what is tried is what
happens to the files of a machine.
"""

import os
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

INSTALL = Path(__file__).parents[1] / "scripts" / "install"

PRETENDED = """#!/bin/bash
case "$1 $2" in
    "-VV ") echo "Python 3.11 ${RELEASE:-1}" ;;
    "-c "*) [[ $2 != *executable* ]] || echo "$0" ;;
    "-m venv") mkdir -p "$3/bin" "$3/lib" && cp "$0" "$3/bin/python" && touch "$3/pyvenv.cfg" ;;
    "-m pip")
        echo half >"$(dirname "$0")/rtgplayout"
        [[ -z ${NO_NETWORK:-} ]] || exit 1
        echo "#!$(dirname "$0")/python" >"$(dirname "$0")/twistd"
        ;;
    */bin/twistd*) echo "   rtgplayout   RTG playout" ;;
    */bin/rtgplayout*) ! grep -q nonsense "$4" ;;
esac
"""

UNITS = "usr/local/lib/systemd/system"


class InstallTests(SynchronousTestCase):
    """A machine is a folder."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.root = self.folder / "root"
        (self.root / "etc").mkdir(parents=True)
        for name, line in (
            ("passwd", "rtgplayout:x:4242:4243::/var/lib/rtgplayout:/usr/sbin/nologin\n"),
            ("group", "rtgplayout:x:4243:\n"),
        ):
            (self.root / "etc" / name).write_text(line)
        self.python = self.folder / "python"
        self.python.write_text(PRETENDED)
        self.python.chmod(0o755)

    def install(self, *arguments: str, **environ: str) -> tuple[int, str]:
        """The exit code, and all that it says."""
        done = subprocess.run(
            ["bash", INSTALL, "--root", self.root, *arguments],
            env={"PATH": os.environ["PATH"], "PYTHON": str(self.python), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    def files(self) -> dict[str, tuple[int, int, int]]:
        """Each path, and what would tell that it was touched."""
        return {
            str(path.relative_to(self.root)): (
                path.lstat().st_mode,
                path.lstat().st_ino,
                path.lstat().st_mtime_ns,
            )
            for path in self.root.rglob("*")
        }

    def release(self) -> str:
        """The version in use."""
        return (self.root / "opt/rtgplayout/current").readlink().name

    def test_first(self) -> None:
        """All of it is in its place, with secrets for nobody else; nothing is started."""
        code, said = self.install()
        self.assertEqual(code, 0, said)
        self.assertIn("nothing was started", said)
        for name in (
            "opt/rtgplayout/current/bin/twistd",
            "opt/rtgplayout/current/bin/rtgplayout-healthcheck",
            f"{UNITS}/rtgplayout.service",
            f"{UNITS}/rtgplayout-health.timer",
            f"{UNITS}/rtgplayout-backup.timer",
            "etc/logrotate.d/rtgplayout",
            "usr/local/bin/rtgplayout",
            "usr/local/bin/rtgplayout-healthcheck",
        ):
            self.assertTrue((self.root / name).is_file(), name)
        for name in ("rtgplayout.toml", "environment"):
            status = (self.root / "etc/rtgplayout" / name).stat()
            self.assertEqual(status.st_mode & 0o777, 0o640)
            if os.getuid() == 0:
                self.assertEqual((status.st_uid, status.st_gid), (0, 4243))
        if os.getuid() == 0:
            self.assertEqual((self.root / "var/lib/rtgplayout").stat().st_uid, 4242)

    def test_paths_are_those_that_will_be(self) -> None:
        """Nothing in it names the folder that it was made in."""
        self.install()
        twistd = (self.root / "opt/rtgplayout/current/bin/twistd").read_text()
        self.assertEqual(twistd, f"#!/opt/rtgplayout/releases/{self.release()}/bin/python\n")

    def test_twice(self) -> None:
        """The second time touches nothing, not even a time stamp."""
        self.install()
        before = self.files()
        code, said = self.install()
        self.assertEqual(code, 0)
        self.assertIn("nothing to be done", said)
        self.assertEqual(self.files(), before)

    def test_destdir(self) -> None:
        done = subprocess.run(
            ["bash", INSTALL],
            env={
                "PATH": os.environ["PATH"],
                "PYTHON": str(self.python),
                "DESTDIR": str(self.root),
            },
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, 0)
        self.assertTrue((self.root / "usr/local/bin/rtgplayout").is_file())

    def test_upgrade(self) -> None:
        """Settings and data stay; the version before stays too, the one before that does not."""
        self.install()
        first = self.release()
        settings = self.root / "etc/rtgplayout/rtgplayout.toml"
        settings.write_text('station = "Kanal 5"\n')
        data = self.root / "var/lib/rtgplayout/playlist.json"
        data.write_text("[]")
        unit = self.root / UNITS / "rtgplayout.service"
        unit.write_text("old")
        self.assertEqual(self.install(RELEASE="2")[0], 0)
        second = self.release()
        self.assertNotEqual(first, second)
        self.assertNotEqual(unit.read_text(), "old")
        self.assertEqual(self.install(RELEASE="3")[0], 0)
        self.assertEqual(settings.read_text(), 'station = "Kanal 5"\n')
        self.assertEqual(data.read_text(), "[]")
        kept = {path.name for path in (self.root / "opt/rtgplayout/releases").iterdir()}
        self.assertEqual(kept, {second, self.release()})
        self.assertIn("nothing to be done", self.install(RELEASE="3")[1])
        kept = {path.name for path in (self.root / "opt/rtgplayout/releases").iterdir()}
        self.assertEqual(kept, {second, self.release()})

    def test_upgrade_that_fails(self) -> None:
        """What was in use goes on as it was, and nothing is left of the new one."""
        self.install()
        before = self.files()
        code, said = self.install(RELEASE="2", NO_NETWORK="1")
        self.assertEqual(code, 1)
        self.assertIn("could not be made", said)
        self.assertEqual(set(self.files()), set(before))
        self.assertEqual(self.files()["opt/rtgplayout/current"], before["opt/rtgplayout/current"])
        self.assertEqual(self.install(RELEASE="2")[0], 0)

    def test_upgrade_that_does_not_know_the_settings(self) -> None:
        """It would not start with them: it is not put in use."""
        self.install()
        (self.root / "etc/rtgplayout/rtgplayout.toml").write_text("nonsense = 1\n")
        first = self.release()
        code, said = self.install(RELEASE="2")
        self.assertEqual(code, 1)
        self.assertIn("does not work here", said)
        self.assertEqual(self.release(), first)

    def test_interrupted(self) -> None:
        """What was left half done is made anew."""
        self.install()
        release = self.root / "opt/rtgplayout/releases" / self.release()
        (release / ".complete").unlink()
        (release / "bin/twistd").unlink()
        self.assertEqual(self.install()[0], 0)
        self.assertTrue((release / "bin/twistd").is_file())

    def test_uninstall(self) -> None:
        """Settings, data and logs stay; a second time does no harm."""
        self.install()
        (self.root / "var/lib/rtgplayout/playlist.json").write_text("[]")
        for _ in range(2):
            code, said = self.install("--uninstall")
            self.assertEqual(code, 0)
            self.assertIn("/var/lib/rtgplayout", said)
        left = set(self.files())
        self.assertFalse(
            {name for name in left if name.startswith(("opt/rtgplayout", UNITS + "/"))}
        )
        self.assertLessEqual(
            {"etc/rtgplayout/rtgplayout.toml", "var/lib/rtgplayout/playlist.json"}, left
        )

    def test_called_wrongly(self) -> None:
        code, said = self.install("--everything")
        self.assertEqual(code, 2)
        self.assertIn("what is --everything?", said)
