"""The emulator as a program."""

import contextlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.error import CannotListenError
from twisted.logger import globalLogBeginner
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.__main__ import arguments, main
from tests.emulator.network import Client, NetworkReactor


class ProgramReactor(NetworkReactor):
    """A reactor that runs for a while; once it is stopped by itself, as in memory they are."""

    stopped = 0

    def __init__(self, while_running: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.while_running = while_running

    def run(self, installSignalHandlers: bool = True) -> None:
        """Run."""
        super().run()
        self.while_running()

    def stop(self) -> None:
        """Stop."""
        self.stopped += 1


class MainTests(SynchronousTestCase):
    """From the command line to a server that answers."""

    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        self.root.mkdir()
        self.out, self.err = io.StringIO(), io.StringIO()
        self.patch(sys, "stdout", self.out)
        self.patch(sys, "stderr", self.err)
        self.patch(globalLogBeginner, "beginLoggingTo", lambda *_, **__: None)

    def test_it_says_where_it_listens_and_answers(self) -> None:
        """One line, with the port; a command that kills the server ends the program."""

        def meet() -> None:
            client = Client(reactor, 0)
            client.send("INFO", "CG 1-20 ADD 1 rtg-bug/index 1", "KILL")
            reactor.pass_time(1.5)
            self.answer = client.received()

        reactor = ProgramReactor(meet)
        words = ["--media", str(self.root), "--port", "5999", "--format", "1080p5000"]
        words += ["--channels", "2", "--control-port", "6000", "--osc-port", "0"]
        words += ["--template", "rtg-clock/index", "--template", "rtg-bug/index"]
        self.assertEqual(0, main(reactor, words))
        self.assertEqual("CasparCG emulator on 127.0.0.1 port 5999\n", self.out.getvalue())
        self.assertEqual(
            b"200 INFO OK\r\n1 1080p5000 PLAYING\r\n2 1080p5000 PLAYING\r\n\r\n"
            b"202 CG OK\r\n202 KILL OK\r\n",
            self.answer,
        )
        self.assertEqual(2, reactor.stopped)

    def test_a_busy_port(self) -> None:
        """One clear line, and 1."""
        reactor = ProgramReactor()

        def busy(*_: Any, **__: Any) -> None:
            raise CannotListenError("127.0.0.1", 5250, OSError("Address already in use"))

        reactor.listenTCP = busy  # type: ignore[method-assign]
        self.assertEqual(1, main(reactor, ["--media", str(self.root)]))
        self.assertIn("cannot start", self.err.getvalue())
        self.assertEqual(2, reactor.stopped)

    def test_no_such_folder(self) -> None:
        """One clear line, and 1."""
        self.assertEqual(1, main(ProgramReactor(), ["--media", str(self.root / "none")]))
        self.assertIn("is not a folder", self.err.getvalue())

    def test_modes_are_checked(self) -> None:
        """An unknown one is refused with the choice."""
        with contextlib.suppress(SystemExit):
            arguments(["--media", ".", "--format", "1080q25"])
        self.assertIn("720P2500", self.err.getvalue())
