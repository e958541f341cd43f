# -*- test-case-name: tests.test_command -*-
"""The command C{rtgplayout}."""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout import __version__
from rtgplayout.command import VERBS, main


class CommandTestCase(SynchronousTestCase):
    """A working directory of its own, and nothing said in the environment."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        before = Path.cwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        self.patch(os, "environ", {"TZ": "UTC"})

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """The exit code, and what was printed as output and as errors."""
        out, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(errors):
            code = main(arguments)
        return code, out.getvalue(), errors.getvalue()


class CommandTests(CommandTestCase):
    """What is common to all verbs."""

    def test_version(self) -> None:
        self.assertEqual(self.call("--version"), (0, f"rtgplayout {__version__}\n", ""))

    def test_called_wrongly(self) -> None:
        """Whatever the command line cannot be is told in a line, and the exit code is 2."""
        for arguments in ((), ("sing",), ("settings", "--volume", "11"), ("--data-dir", "x")):
            code, out, errors = self.call(*arguments)
            self.assertEqual((code, out), (2, ""))
            self.assertIn("usage: rtgplayout", errors)

    def test_every_verb_helps(self) -> None:
        for verb, module in VERBS.items():
            code, out, _ = self.call(verb, "--help")
            self.assertEqual(code, 0)
            self.assertIn(module.HELP, " ".join(out.split()))
            self.assertIn("--config", out)

    def test_settings_from_anywhere(self) -> None:
        """The same sources as the daemon's, in the same order."""
        Path("rtgplayout.toml").write_text('station = "Kanal 5"\nws_port = 8081\n', "utf-8")
        code, out, errors = self.call("settings", "--ws-port", "8082")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn('station = "Kanal 5"  # rtgplayout.toml', out)
        self.assertIn("ws_port = 8082  # command line", out)

    def test_secrets_are_not_shown(self) -> None:
        Path(".env").write_text("RTGPLAYOUT_SMTP_PASSWORD=hush\n")
        _, out, _ = self.call("settings")
        self.assertNotIn("hush", out)
        self.assertIn("# smtp_password is set, and secret  # .env", out)

    def test_wrong_setting(self) -> None:
        code, out, errors = self.call("settings", "--ws-port", "many")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("rtgplayout: command line: --ws-port: it must be", errors)

    def test_reader_that_leaves(self) -> None:
        """A pipe that is closed early ends the command without a traceback."""
        there, here = os.pipe()
        os.close(there)
        before = os.dup(1)
        self.addCleanup(os.close, before)
        self.addCleanup(os.dup2, before, 1)
        os.dup2(here, 1)
        os.close(here)
        with open(os.dup(1), "w", buffering=1) as out:
            self.patch(sys, "stdout", out)
            try:
                self.assertEqual(main(["settings"]), 1)
            finally:
                os.dup2(before, 1)
