# -*- test-case-name: tests.test_logs -*-
"""The log put together, and under C{twistd}."""

import ast
import faulthandler
import json
import logging
import os
import re
import shutil
import signal
import threading
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import twisted.internet
from attrs import evolve
from twisted.internet.testing import MemoryReactor
from twisted.logger import LogLevel, globalLogPublisher
from twisted.scripts import _twistd_unix
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout import logs
from rtgplayout.config import SETTINGS, Config
from rtgplayout.logs import FILE_NAME, choose, make

from .processes import Child, Daemon, ProcessTestCase, media_folder, until

ROOT = Path(__file__).parents[1]
WAYS = {"debug", "info", "warn", "error", "critical", "failure", "failuresHandled", "emit"}
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d \[[\w.]+#[a-z]+\] .*")

SECRETS = {
    "alert_webhooks": "http://127.0.0.1:1/hooks/webhooksecret0001",
    "alert_webhook_secret": "signingsecret0002",
    "smtp_password": "mailsecret0003",
    "heartbeat_url": "http://127.0.0.1:1/beat?token=beatsecret0004",
}
TOLD_TO_NOBODY = re.compile("[a-z]+secret000[0-9]")


class ChooseTests(SynchronousTestCase):
    """Whether C{twistd} logs our way."""

    def chosen(self, *arguments: str, **more: Any) -> bool:
        options: Any = _twistd_unix.ServerOptions()
        options.parseOptions([*arguments, "--pidfile="])
        before = options["logger"]
        choose(options, evolve(Config(), **more))
        return bool(options["logger"] != before)

    def test_in_the_foreground(self) -> None:
        self.assertTrue(self.chosen("--nodaemon"))

    def test_in_the_background(self) -> None:
        """There is no standard output."""
        self.assertFalse(self.chosen())
        self.assertTrue(self.chosen(log_dir=Path("logs")))

    def test_what_the_command_line_of_twistd_says(self) -> None:
        for said in ("--logfile=x", "--syslog", "--logger=rtgplayout.logs.observer"):
            self.assertFalse(self.chosen("--nodaemon", said, log_dir=Path("logs")), said)

    def test_another_program(self) -> None:
        options: dict[str, object] = {}
        choose(options, Config())
        self.assertEqual(options, {})


class MakeTests(SynchronousTestCase):
    """What is made of the settings."""

    def test_all_secrets_are_left_out(self) -> None:
        """Every setting that is one, whichever there are."""
        secret = {name for name, each in SETTINGS.items() if each.metadata["secret"]}
        self.assertEqual(secret, set(SECRETS))
        config = evolve(
            Config(),
            **{n: SETTINGS[n].metadata["parse"](each) for n, each in SECRETS.items()},
            log_dir=Path(self.mktemp()),
            log_format="json",
        )
        log, _ = make(config, "", lambda: 0.0, lambda: 0.0)
        for value in SECRETS.values():
            log({"log_level": LogLevel.error, "log_format": "{a}", "a": f"to {value}!"})
        assert config.log_dir is not None
        lines = (config.log_dir / FILE_NAME).read_text().splitlines()
        self.assertEqual([json.loads(each)["message"] for each in lines], ["to [secret]!"] * 4)

    def test_levels(self) -> None:
        config = evolve(
            Config(),
            log_dir=Path(self.mktemp()),
            log_level=MappingProxyType({"": "error", "amcp": "debug"}),
        )
        log, _ = make(config, "", lambda: 0.0, lambda: 0.0)
        for namespace in ("rtgplayout.api.door", "rtgplayout.amcp.client"):
            log({"log_level": LogLevel.debug, "log_namespace": namespace, "log_format": "x"})
        assert config.log_dir is not None
        self.assertEqual(
            (config.log_dir / FILE_NAME).read_text(),
            "1970-01-01T00:00:00.000+00:00 [amcp.client#debug] x\n",
        )


class StreamTests(SynchronousTestCase):
    """Standard output and standard error, which are pipes here."""

    def setUp(self) -> None:
        pipes = os.pipe(), os.pipe()
        for number in (*pipes[0], *pipes[1]):
            self.addCleanup(os.close, number)
        self.reading = [pipe[0] for pipe in pipes]
        self.writing = [pipe[1] for pipe in pipes]
        self.patch(logs, "_STDOUT", self.writing[0])
        self.patch(logs, "_STDERR", self.writing[1])

    def told(self, to: int, journal: str, **more: Any) -> str:
        log, _ = make(evolve(Config(), **more), journal, lambda: 0.0, lambda: 0.0)
        log({"log_level": LogLevel.error, "log_namespace": "x", "log_format": "y"})
        return os.read(self.reading[to], 1000).decode()

    def journal(self, of: int) -> str:
        status = os.fstat(self.writing[of])
        return f"{status.st_dev}:{status.st_ino}"

    def test_no_journal(self) -> None:
        line = "1970-01-01T00:00:00.000+00:00 [x#error] y\n"
        for journal in ("", "1:1", "nonsense"):
            self.assertEqual(self.told(0, journal), line)

    def test_journal(self) -> None:
        """Whichever of both it is."""
        for number in (0, 1):
            self.assertEqual(self.told(number, self.journal(number)), "<3>[x#error] y\n")

    def test_journal_in_json(self) -> None:
        line = self.told(0, self.journal(0), log_format="json")
        self.assertTrue(line.startswith('<3>{"time":"1970-01-01T00:00:00.000+00:00"'), line)

    def test_closed(self) -> None:
        """A daemon that has none, and a folder that cannot be made, starts all the same."""
        self.patch(logs, "_STDOUT", 1 << 20)
        log, _ = make(Config(), "1:1", lambda: 0.0, lambda: 0.0)
        log({"log_level": LogLevel.error, "log_namespace": "x", "log_format": "y"})
        said = os.read(self.reading[1], 1000).decode().splitlines()
        self.assertIn("[logs#error] the log cannot be written, and goes on here: Bad file", said[0])
        self.assertEqual(len(said), 2)


class WordsTests(SynchronousTestCase):
    """How modules log."""

    def test_words_are_fixed(self) -> None:
        """
        What differs is a value beside them: so lines can be searched for, and no brace in a file's
        name is taken for one of ours.
        """
        wrong = []
        for path in sorted((ROOT / "rtgplayout").rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and re.search(
                    r"\b_?log\.\w+$", ast.unparse(call.func)
                ):
                    how, words = str(getattr(call.func, "attr", "")), call.args
                    if how in WAYS and not isinstance(words[how == "emit"], ast.Constant):
                        wrong.append(f"{path.name}: {ast.unparse(words[how == 'emit'])}")
        self.assertEqual(wrong, [])


class TakeInTests(SynchronousTestCase):
    """What does not log our way."""

    def test_threads(self) -> None:
        """One that fails is told like all else."""
        events: list[dict[str, Any]] = []
        observer: Any = events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.patch(threading, "excepthook", logs._thread_failed)

        def fail() -> None:
            raise ValueError("in a thread")

        def leave() -> None:
            raise SystemExit

        for work in (fail, leave):
            thread = threading.Thread(target=work, name="some")
            thread.start()
            thread.join()
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        told = [each for each in events if each.get("name") == "some"]
        self.assertEqual([each["log_level"] for each in told], [LogLevel.critical])


class ObserverTests(SynchronousTestCase):
    """The observer of a process."""

    def setUp(self) -> None:
        root = logging.getLogger()
        self.patch(root, "handlers", list(root.handlers))
        self.addCleanup(root.setLevel, root.level)
        self.patch(threading, "excepthook", threading.excepthook)
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.getsignal(signal.SIGUSR1))
        if faulthandler.is_enabled():
            self.addCleanup(faulthandler.enable)
        self.addCleanup(faulthandler.disable)
        self.reactor = MemoryReactor()
        self.patch(twisted.internet, "reactor", self.reactor)
        self.folder = Path(self.mktemp())
        config = evolve(
            Config(), log_dir=self.folder, log_level=MappingProxyType({"": "error", "lib": "info"})
        )
        self.patch(logs, "_chosen", [config])

    def test_from_the_start_to_the_end(self) -> None:
        """It writes at once before the reactor runs, and after; what libraries log is in it."""
        observer: Any = logs.observer()
        event = {"log_level": LogLevel.error, "log_namespace": "x", "log_format": "y"}
        observer(event)
        path = self.folder / FILE_NAME
        self.assertEqual(path.read_text().count("y\n"), 1)
        for hook, args, _ in self.reactor.whenRunningHooks:
            hook(*args)
        observer(event)
        for call, args, _ in self.reactor.triggers["after"]["shutdown"]:
            call(*args)
        self.assertEqual(path.read_text().count("y\n"), 2)
        observer(event)
        self.assertEqual(path.read_text().count("y\n"), 3)
        self.assertEqual(logging.getLogger().level, logging.INFO)
        self.assertEqual(signal.getsignal(signal.SIGUSR1), signal.SIG_IGN)

    def test_without_standard_error(self) -> None:
        self.patch(logs, "_STDERR", -1)
        logs.observer()


class Journalled(Daemon):
    """One whose standard output, or error, is what journald reads; it is told which."""

    program = (
        "-c",
        "import os; s = os.fstat(int(os.read(0, 2)));"
        "os.environ['JOURNAL_STREAM'] = f'{s.st_dev}:{s.st_ino}';"
        "from twisted.scripts.twistd import run; run()",
    )


class LinesTests(ProcessTestCase):
    """Under C{twistd}, from the first line to the last."""

    def lines(self, text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.startswith("    ")]

    async def test_text(self) -> None:
        """Every line is ours, there is none twice, and the last ones are there."""
        daemon = self.daemon("--zone", "America/New_York")
        await daemon.ready()
        os.kill(daemon.process.pid, signal.SIGUSR1)  # as whoever rotates logs may send
        daemon.signal("TERM")
        await daemon.ended()
        lines = self.lines(daemon.output)
        for line in lines:
            self.assertRegex(line, LINE)
        self.assertEqual(len(lines), len(set(lines)))
        self.assertIn("starting up", lines[0])
        self.assertIn("Server Shut Down.", lines[-1])
        offset = datetime.fromisoformat(lines[0].split()[0]).utcoffset()
        assert offset is not None
        self.assertIn(offset.total_seconds(), (-5 * 3600, -4 * 3600))

    async def test_json(self) -> None:
        daemon = self.daemon("--log-format", "json")
        await daemon.said("ready")
        daemon.signal("TERM")
        await daemon.ended()
        told = [json.loads(line) for line in daemon.output.splitlines()]
        self.assertIn("ready", [each["message"] for each in told])
        for each in told:
            self.assertLessEqual({"time", "level", "namespace", "message"}, set(each))

    async def test_what_cannot_start(self) -> None:
        """Says why, our way, once."""
        folder = self.folder.with_suffix(".file")
        folder.write_text("")
        daemon = Daemon(folder)
        self.children.append(daemon)
        self.assertEqual(await daemon.ended(), 1)
        (why,) = [line for line in daemon.output.splitlines() if "cannot start" in line]
        self.assertRegex(why, LINE)
        self.assertIn(" [tap#critical] rtgplayout cannot start: ", why)

    async def test_levels(self) -> None:
        daemon = self.daemon("--log-level", "critical,tap=info")
        await daemon.said(r"\bready\b")
        self.assertNotIn("WebSocket on", daemon.output)

    async def test_journald(self) -> None:
        """Lines say how important they are, and no time: both are the journal's."""
        for number in (1, 2):
            daemon = Journalled(self.folder.with_suffix(f".{number}"), "--log-level", "debug")
            daemon.process.writeToChild(0, b"%d\n" % number)
            self.children.append(daemon)
            await daemon.said(r"(?m)^<6>\[tap#info\] ready$")
            daemon.signal("TERM")
            await daemon.ended()
            for line in daemon.output.splitlines():
                self.assertRegex(line, r"^<[2-7]>(\[[\w.]+#|    )")

    async def test_another_journal(self) -> None:
        """As where a service's output was sent elsewhere."""
        daemon = self.daemon(JOURNAL_STREAM="1:1")
        await daemon.said(r"\bready\b")
        self.assertRegex(daemon.output, LINE)

    async def test_rotated(self) -> None:
        """Files of the size that is set, as many as are set."""
        folder = self.folder / "logs"
        folder.mkdir(parents=True)
        path = folder / FILE_NAME
        path.write_text("x" * 9_990 + "\n")
        (folder / f"{FILE_NAME}.1").write_text("one")
        self.daemon("--log-dir", str(folder), "--log-size-mb", "0.01", "--log-files", "2")
        await until("it is ready", lambda: path.exists() and "] ready\n" in path.read_text())
        self.assertEqual(
            {each.name: each.read_text()[:1] for each in folder.iterdir()},
            {FILE_NAME: path.read_text()[:1], f"{FILE_NAME}.1": "x"},
        )
        for line in self.lines(path.read_text()):
            self.assertRegex(line, LINE)

    async def test_the_folder_is_deleted(self) -> None:
        """It is made again, and nothing is lost but what was there."""
        folder = self.folder / "logs"
        path = folder / FILE_NAME
        daemon = self.daemon("--log-dir", str(folder))
        await until("it is ready", lambda: path.exists() and "] ready\n" in path.read_text())
        shutil.rmtree(folder)
        daemon.signal("TERM")
        await daemon.ended()
        self.assertIn("Server Shut Down.", path.read_text())
        self.assertEqual(daemon.output, "")

    async def test_a_full_disk(self) -> None:
        """The daemon goes on air all the same; its lines are on standard error."""
        folder = self.folder / "logs"
        folder.mkdir(parents=True)
        (folder / FILE_NAME).symlink_to("/dev/full")
        daemon = self.daemon("--log-dir", str(folder))
        await daemon.ready()
        self.assertIn("the log cannot be written, and goes on here: No space", daemon.output)
        (folder / FILE_NAME).unlink()
        daemon.signal("TERM")
        await daemon.ended()

    async def test_the_command_line_of_twistd(self) -> None:
        """Where it says how to log, that is how."""
        path = self.folder.with_suffix(".log")

        class Told(Daemon):
            program: Any = (*Daemon.program, f"--logfile={path}")

        daemon = Told(self.folder, "--log-dir", str(self.folder / "logs"))
        self.children.append(daemon)
        await until("it is ready", lambda: path.exists() and "] ready\n" in path.read_text())
        self.assertIn("[rtgplayout.tap.Daemon#info] ready", path.read_text())
        self.assertFalse((self.folder / "logs").exists())
        self.assertEqual(daemon.output, "")

    async def test_in_the_background(self) -> None:
        """With a folder for it, the log is ours, before and after the fork."""
        folder, pidfile = self.folder / "logs", self.folder.with_suffix(".pid")
        starting = Child(
            [
                *Daemon.program, f"--pidfile={pidfile}", "rtgplayout", "--data-dir",
                str(self.folder), "--media-dir", str(media_folder()), "--http-port", "0",
                "--ws-port", "0", "--caspar-port", "1", "--log-dir", str(folder),
            ]
        )  # fmt: skip
        self.children.append(starting)
        self.assertEqual(await starting.ended(), 0, starting.output)
        path = folder / FILE_NAME
        try:
            await until("it is ready", lambda: "] ready\n" in path.read_text())
        finally:
            os.kill(int(pidfile.read_text()), signal.SIGTERM)
        await until("it ends", lambda: "Server Shut Down." in path.read_text())
        lines = self.lines(path.read_text())
        self.assertEqual(len(lines), len(set(lines)))
        self.assertIn("starting up", lines[0])

    async def test_no_secrets(self) -> None:
        """Whatever fails, with everything told that can be."""
        said = [f"--{name.replace('_', '-')}={value}" for name, value in SECRETS.items()]
        daemon = self.daemon(
            *said, "--log-level", "debug,twisted=debug,log_legacy=debug", "--alert-mail-to",
            "a@example.org", "--smtp-host", "127.0.0.1", "--smtp-port", "1", "--smtp-user", "u",
            "--alert-link-seconds", "0", "--heartbeat-seconds", "1",
        )  # fmt: skip
        await daemon.ready()
        await daemon.said("cannot connect to CasparCG")
        operator = await self.operator(daemon)
        operator.say("GET_SERVER_STATS")
        operator.say("HEALTH_CHECK")
        operator.sendMessage(b"{ no message")
        await operator.hears("ERROR")
        daemon.signal("TERM")
        await daemon.ended()
        self.assertEqual(TOLD_TO_NOBODY.findall(daemon.output), [])
        for message in operator.came:
            self.assertEqual(TOLD_TO_NOBODY.findall(str(message)), [])
