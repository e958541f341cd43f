# -*- test-case-name: tests.test_shipped -*-
"""What is shipped for systemd, and the settings that an installation begins with."""

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout import command, loading
from rtgplayout.config import CALLED, SETTINGS

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "rtgplayout" / "shipped"

INSTALLED = {
    "/opt/rtgplayout/current/bin/python",
    "/opt/rtgplayout/current/bin/rtgplayout",
    "/opt/rtgplayout/current/bin/rtgplayout-healthcheck",
    "/opt/rtgplayout/current/bin/twistd",
}
"""What C{scripts/install} makes that units start."""


def read(unit: Path) -> dict[tuple[str, str], list[str]]:
    """What a unit says: by section and key, in order."""
    found: dict[tuple[str, str], list[str]] = {}
    section = ""
    for line in unit.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault((section, key), []).append(value)
    return found


UNITS = {path.name: read(path) for path in sorted((SHIPPED / "systemd").iterdir())}


class UnitTests(SynchronousTestCase):
    """The units say what the installation and the settings know too."""

    def test_all_are_there(self) -> None:
        self.assertEqual(
            set(UNITS),
            {
                "rtgplayout-backup.service",
                "rtgplayout-backup.timer",
                "rtgplayout-health.service",
                "rtgplayout-health.timer",
                "rtgplayout.service",
            },
        )

    def test_what_they_start_is_installed(self) -> None:
        for unit in UNITS.values():
            for line in unit.get(("Service", "ExecStart"), []):
                paths = {word for word in line.split() if word.startswith("/")}
                self.assertEqual(paths - INSTALLED, set())
        install = (ROOT / "scripts" / "install").read_text("utf-8")
        self.assertIn("bin/rtgplayout-healthcheck", install)

    def test_verbs_are_there(self) -> None:
        line = UNITS["rtgplayout-backup.service"]["Service", "ExecStart"][0]
        self.assertIn(line.split()[1], command.VERBS)

    def test_environment_is_known(self) -> None:
        """A name of ours that nobody reads would keep the daemon from starting."""
        for unit in UNITS.values():
            for each in unit.get(("Service", "Environment"), []):
                name = each.partition("=")[0]
                if name.startswith("RTGPLAYOUT_"):
                    self.assertIn(name, {*CALLED, "RTGPLAYOUT_CONFIG", "RTGPLAYOUT_ENV_FILE"})

    def test_daemon_and_commands_read_the_same(self) -> None:
        """Of the same files, in the same way: else a test of alerts proves nothing."""
        command = (SHIPPED / "command" / "rtgplayout").read_text("utf-8")
        for name in ("rtgplayout.service", "rtgplayout-backup.service"):
            self.assertNotIn(("Service", "EnvironmentFile"), UNITS[name], name)
            for each in UNITS[name]["Service", "Environment"]:
                variable, _, path = each.partition("=")
                if variable.startswith("RTGPLAYOUT_"):
                    self.assertIn(variable, command)
                    self.assertIn(path, command)

    def test_the_daemon_never_gives_up(self) -> None:
        unit = UNITS["rtgplayout.service"]
        for section, key, value in (
            ("Unit", "StartLimitIntervalSec", "0"),
            ("Service", "Type", "notify"),
            ("Service", "Restart", "always"),
            ("Service", "WatchdogSec", "10"),
            ("Service", "OOMPolicy", "continue"),
        ):
            self.assertEqual(unit[section, key], [value])

    def test_tls_works(self) -> None:
        """Its callbacks are made in memory that is written and run."""
        self.assertNotIn(("Service", "MemoryDenyWriteExecute"), UNITS["rtgplayout.service"])

    def test_one_user(self) -> None:
        for name, unit in UNITS.items():
            if name.endswith(".service"):
                self.assertEqual(unit["Service", "User"], ["rtgplayout"], name)
                self.assertEqual(unit["Service", "NoNewPrivileges"], ["yes"], name)


class SettingsTests(SynchronousTestCase):
    """What C{scripts/install} puts into C{/etc/rtgplayout}."""

    def test_they_are_settings(self) -> None:
        """As they are, and with each line that is only a proposal."""
        for name in ("rtgplayout.toml", "environment"):
            text = (SHIPPED / "settings" / name).read_text("utf-8")
            proposed = re.compile(r"^# ?(?=(\[\[)?[A-Za-z_]+(\]\]|\s*=))", re.MULTILINE)
            files = {name: text, f"{name}, all": proposed.sub("", text)}
            for content in files.values():
                path = Path(self.mktemp())
                path.write_text(content, "utf-8")
                option = "config" if name.endswith("toml") else "env-file"
                config = loading.load({option: str(path)}, {"TZ": "UTC"})
                self.assertLessEqual(set(config.sources), set(SETTINGS))
            self.assertGreater(len(config.sources), 4)

    def test_folders_are_those_of_the_unit(self) -> None:
        config = loading.load({"config": str(SHIPPED / "settings" / "rtgplayout.toml")}, {})
        self.assertEqual(config.data_dir, Path("/var/lib/rtgplayout/data"))
        self.assertEqual(
            UNITS["rtgplayout.service"]["Service", "WorkingDirectory"],
            [str(config.data_dir.parent)],
        )

    def test_secrets_do_not_stand_in_the_open(self) -> None:
        text = (SHIPPED / "settings" / "rtgplayout.toml").read_text("utf-8")
        for name, setting in SETTINGS.items():
            if setting.metadata["secret"]:
                self.assertNotIn(name, text)
