"""The log, whatever the disk does."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.logger import Logger, LogLevel, LogPublisher
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.lines import Levels, as_json, as_text, masking
from rtgplayout.ops.logs import FromLogging, Log, Writer

PATIENCE = 10.0
"""Seconds for what another thread does at once."""


class Disk:
    """
    Where lines go, in memory.

    @ivar broken: it takes nothing, after C{room} lines.
    @ivar while_writing: called with each line.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.broken = False
        self.room = 0
        self.came = threading.Event()
        self.while_writing: Callable[[], None] = lambda: None

    def write(self, lines: deque[bytes]) -> None:
        while lines:
            if self.broken and not self.room:
                raise OSError(28, "No space left on device")
            self.room = max(0, self.room - 1)
            self.while_writing()
            self.lines.append(lines.popleft().decode().rstrip("\n"))
        self.came.set()


class WriterTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.disk, self.spare = Disk(), Disk()
        self.writer = Writer(
            self.disk, self.spare, lambda text: f"! {text}\n".encode(), self.clock.seconds
        )
        self.addCleanup(self.writer.end)

    def add(self, *words: str, level: str = "info") -> None:
        for word in words:
            self.writer.add(f"{word}\n".encode(), level)


class WriterTests(WriterTestCase):
    """As long as it writes at once."""

    def test_at_once(self) -> None:
        self.add("a", "b")
        self.assertEqual(self.disk.lines, ["a", "b"])
        self.writer.end()
        self.assertEqual(self.disk.lines, ["a", "b"])

    def test_a_full_disk(self) -> None:
        """Lines go to standard error, with why; once it works again, it says how many."""
        self.add("a")
        self.disk.broken = True
        self.add("b", "c")
        told = "! the log cannot be written, and goes on here: No space left on device"
        self.assertEqual(self.spare.lines, [told, "b", "c"])
        self.clock.advance(1)
        self.add("d")
        self.assertEqual(self.spare.lines, [told, "b", "c", "d"])
        self.disk.broken = False
        self.add("e")
        self.assertEqual(self.disk.lines, ["a"])
        self.clock.advance(1)
        self.add("f", "g")
        self.assertEqual(
            self.disk.lines,
            ["a", "! the log could not be written: 4 lines are missing before this one", "f", "g"],
        )
        self.disk.broken = True
        self.add("h")
        self.assertEqual(self.spare.lines[-2:], [told, "h"])

    def test_it_is_tried_once_a_second(self) -> None:
        """A disk that does not work has enough to do."""
        tries: list[int] = []
        real = self.disk.write
        self.disk.write = lambda lines: (tries.append(1), real(lines))[1]  # type: ignore[method-assign,func-returns-value]
        self.disk.broken = True
        for _ in range(10):
            self.add("x")
        self.assertEqual(len(tries), 1)

    def test_it_fails_again_in_the_middle(self) -> None:
        """What was told is not told again; what was not is."""
        self.disk.broken = True
        self.add("a", "b")
        self.clock.advance(1)
        self.disk.room = 1
        self.add("c")
        self.clock.advance(1)
        self.disk.broken = False
        self.add("d")
        told = "! the log could not be written: {} lines are missing before this one"
        self.assertEqual(self.disk.lines, [told.format(2), told.format(1), "d"])

    def test_what_is_logged_meanwhile(self) -> None:
        """As by what is collected as garbage, in the same thread: it waits its turn."""

        def log() -> None:
            self.disk.while_writing = lambda: None
            self.add("within")

        self.disk.while_writing = log
        self.add("a")
        self.assertEqual(self.disk.lines, ["a", "within"])


class ThreadTests(WriterTestCase):
    """In a thread of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.held = threading.Event()
        self.addCleanup(self.held.set)

    def hold(self) -> None:
        """Let the disk hang."""
        inside = threading.Event()

        def hang() -> None:
            inside.set()
            self.held.wait(PATIENCE)

        self.disk.while_writing = hang
        self.add("held", level="critical")
        self.assertTrue(inside.wait(PATIENCE))

    def test_written(self) -> None:
        """In order; those of errors soon, with all before them."""
        self.writer.begin()
        self.add("a", "b")
        self.add("c", level="error")
        self.assertTrue(self.disk.came.wait(PATIENCE))
        self.writer.end(PATIENCE)
        self.assertEqual(self.disk.lines, ["a", "b", "c"])

    def test_written_without_an_error(self) -> None:
        self.writer.begin()
        self.add("a")
        self.assertTrue(self.disk.came.wait(PATIENCE))
        self.assertEqual(self.disk.lines, ["a"])

    def test_at_the_end(self) -> None:
        """All of it is written, and what comes after is written at once."""
        self.writer.begin()
        self.add(*map(str, range(1000)))
        self.writer.end(PATIENCE)
        self.add("after")
        self.assertEqual(self.disk.lines, [*map(str, range(1000)), "after"])

    def test_a_disk_that_hangs(self) -> None:
        """Nobody is held up; debug and info go first; how many is told when it works again."""
        self.writer.begin()
        self.hold()
        for n in range(3_000):
            self.add(f"{n:0500}")
        self.add("it matters", level="critical")
        self.held.set()
        self.writer.end(PATIENCE)
        self.assertEqual(self.disk.lines[0], "held")
        self.assertRegex(self.disk.lines[1], r"^! .* (\d+) lines are missing")
        dropped = int(self.disk.lines[1].split()[7])
        self.assertGreater(dropped, 900)
        self.assertEqual(len(self.disk.lines), 2 + 3_001 - dropped)
        self.assertEqual(self.disk.lines[-1], "it matters")

    def test_a_disk_that_hangs_at_the_end(self) -> None:
        """It is left; the last lines go to standard error."""
        self.writer.begin()
        self.hold()
        self.add("a")
        self.writer.end(0.01)
        self.add("b")
        self.assertEqual(self.spare.lines, ["a", "b"])


class LogTests(SynchronousTestCase):
    """Events as they come."""

    def setUp(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.log = Log(
            Levels({"": "info", "some.room": "debug"}),
            lambda told: as_text(told, None),
            lambda line, level: self.lines.append((line.decode(), level)),
            masking(["hunter22"]),
        )
        self.publisher = LogPublisher(self.log)

    def logger(self, name: str = "rtgplayout.amcp.client.Link") -> Logger:
        return Logger(name, observer=self.publisher)

    def fail_at(self, doing: str, error: Exception) -> None:
        with self.logger().failuresHandled("while {doing}", doing=doing):
            raise error

    def test_told(self) -> None:
        self.logger().warn("{what} is so", what="this")
        self.assertEqual(self.lines, [("[amcp.client#warn] this is so\n", "warn")])

    def test_levels(self) -> None:
        self.logger().debug("no")
        self.logger("some.room").debug("yes")
        self.assertEqual(self.lines, [("[some.room#debug] yes\n", "debug")])

    def test_failures(self) -> None:
        self.fail_at("things", ZeroDivisionError("by zero"))
        ((line, level),) = self.lines
        self.assertEqual(level, "critical")
        self.assertTrue(line.startswith("[amcp.client#critical] while things\n    Traceback"))
        self.assertTrue(line.endswith("    builtins.ZeroDivisionError: by zero\n"), line)

    def test_json(self) -> None:
        self.log.line = lambda told: as_json(told, None)
        self.logger().info("{n} {name}", n=1, name="x", thing=object(), why=OSError("y"))
        self.assertIn('"values":{"n":1,"name":"x","why":"y"}', self.lines[0][0])
        event = {"isError": 0, "message": (), "system": "-", "time": 1.0, "log_text": "old"}
        self.log({**event, "log_namespace": "old", "log_format": "{log_text}"})
        self.assertIn('"message":"old"', self.lines[1][0])
        self.assertNotIn("values", self.lines[1][0])

    def test_secrets(self) -> None:
        """Whoever forgot that it is one."""
        self.log.line = lambda told: as_json(told, None)
        self.fail_at("hunter22", ValueError("hunter22"))
        self.assertNotIn("hunter22", self.lines[0][0])

    def test_what_cannot_be_told(self) -> None:
        """Says so, and where."""

        class Rude(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        self.logger("some.room").info("it", value=Rude())
        self.log.line = lambda told: as_json(told, None)
        self.logger("some.room").info("it", value=Rude())
        self.assertIn("something of some.room cannot be told: RuntimeError", self.lines[-1][0])

    def test_events_of_others(self) -> None:
        """Nothing has to be in them."""
        self.log({})
        self.assertEqual(self.lines, [("[?#info] \n", "info")])

    def test_half_a_character(self) -> None:
        self.logger().info("{name}", name="a\udcff")
        self.assertEqual(self.lines[0][0], "[amcp.client#info] a\\udcff\n")


class FromLoggingTests(SynchronousTestCase):
    """What libraries log their own way."""

    def setUp(self) -> None:
        self.events: list[dict[str, object]] = []
        self.logger = logging.Logger("some.library")  # noqa: LOG001 - one that nobody else has
        self.logger.addHandler(FromLogging(self.events.append))  # type: ignore[arg-type]

    def test_told(self) -> None:
        for number, level in (
            (logging.DEBUG, LogLevel.debug), (logging.INFO, LogLevel.info),
            (logging.WARNING, LogLevel.warn), (logging.ERROR, LogLevel.error),
            (logging.CRITICAL, LogLevel.critical),
        ):  # fmt: skip
            self.logger.log(number, "%s {is} so", "this")
            event = self.events.pop()
            self.assertEqual(event["log_level"], level)
            self.assertEqual(event["log_namespace"], "some.library")
            self.assertEqual(event["text"], "this {is} so")

    def test_failures(self) -> None:
        try:
            raise ValueError("no")
        except ValueError:
            self.logger.exception("it failed")
        failure: object = self.events[0]["log_failure"]
        self.assertIn("ValueError: no", failure.getTraceback())  # type: ignore[attr-defined]

    def test_what_cannot_be_told(self) -> None:
        """A record whose words and values do not fit."""
        self.logger.warning("%d", "no number")
        self.assertEqual(len(self.events), 1)
        self.assertEqual(self.events[0]["log_level"], LogLevel.error)
