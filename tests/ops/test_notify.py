# -*- test-case-name: tests.ops.test_notify -*-
"""What systemd is told."""

import os
import socket
from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.notify import Systemd, sender


class Rig(SynchronousTestCase):
    """What was sent, and where to."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.sent: list[str] = []
        self.addresses: list[str] = []
        self.trouble: Exception | None = None

    def make(self, address: str) -> Callable[[bytes], None]:
        self.addresses.append(address)

        def send(message: bytes) -> None:
            if self.trouble is not None:
                raise self.trouble
            self.sent.append(message.decode())

        return send

    def systemd(self, *channels: int, **environ: str) -> Systemd:
        return Systemd.from_environment(environ, 77, self.clock.seconds, channels, self.make)


class SystemdTests(Rig):
    """What is said of the daemon's life."""

    def test_nobody_there(self) -> None:
        """Without systemd nothing is sent, whatever is said."""
        for address in ("", "relative", "@", "/"):
            systemd = self.systemd(1, NOTIFY_SOCKET=address, WATCHDOG_USEC="1000000")
            systemd.ready()
            systemd.status("fine")
            systemd.ticked(1)
            systemd.stopping()
        self.assertEqual((self.sent, self.addresses), ([], []))

    def test_life(self) -> None:
        systemd = self.systemd(1, NOTIFY_SOCKET="@systemd")
        systemd.ready()
        systemd.stopping()
        self.assertEqual(self.sent, ["READY=1", "STOPPING=1\nSTATUS=stopping"])
        self.assertEqual(self.addresses, ["@systemd"])

    def test_status_is_one_line(self) -> None:
        """Whatever is in it, it cannot say anything else; and it is said once."""
        systemd = self.systemd(1, NOTIFY_SOCKET="/run/notify")
        systemd.status("degraded:\nMAINPID=1\r\0x")
        systemd.status("degraded: MAINPID=1 \0x")
        systemd.status("z" * 1000)
        self.assertEqual(self.sent, ["STATUS=degraded: MAINPID=1 \0x", "STATUS=" + "z" * 200])

    def test_trouble_with_the_socket(self) -> None:
        """It is logged once, until it works again; the caller never learns of it."""
        systemd = self.systemd(1, NOTIFY_SOCKET="/run/notify", WATCHDOG_USEC="4000000")
        self.trouble = BlockingIOError(11, "full")
        with capturedLogs() as logged:
            for _ in range(3):
                self.clock.advance(1)
                systemd.ticked(1)
            systemd.ready()
        self.assertEqual([event["error"] for event in logged], [self.trouble])
        self.trouble = None
        self.clock.advance(1)
        systemd.ticked(1)
        self.assertEqual(self.sent, ["WATCHDOG=1"])
        self.trouble = ConnectionRefusedError(111, "gone")
        with capturedLogs() as logged:
            systemd.ready()
        self.assertEqual(len(logged), 1)


class WatchdogTests(Rig):
    """The sign of life is the ticks' own."""

    def two(self) -> Systemd:
        return self.systemd(1, 2, NOTIFY_SOCKET="/run/notify", WATCHDOG_USEC="8000000")

    def test_one_channel_that_stands_still_is_enough(self) -> None:
        """Nothing is sent from when one of them ticks no more, however much the others tick."""
        systemd = self.two()
        systemd.ticked(1)
        self.assertEqual(self.sent, [])
        systemd.ticked(2)
        self.assertEqual(self.sent, ["WATCHDOG=1"])
        for _ in range(100):
            self.clock.advance(1)
            systemd.ticked(1)
        self.assertEqual(len(self.sent), 1)
        systemd.ticked(2)
        self.assertEqual(len(self.sent), 2)

    def test_no_more_often_than_a_quarter_of_the_interval(self) -> None:
        systemd = self.two()
        for _ in range(81):  # from 0 to 8 s
            systemd.ticked(1)
            systemd.ticked(2)
            self.clock.advance(0.125)
        self.assertEqual(len(self.sent), 6)  # 0, 2, 4, 6, 8 and 10 s

    def test_a_sign_that_could_not_be_sent(self) -> None:
        """It is tried again with the next tick, not only a quarter of the interval later."""
        systemd = self.systemd(1, NOTIFY_SOCKET="/run/notify", WATCHDOG_USEC="8000000")
        self.trouble = BlockingIOError(11, "full")
        systemd.ticked(1)
        self.trouble = None
        self.clock.advance(0.04)
        systemd.ticked(1)
        self.assertEqual(self.sent, ["WATCHDOG=1"])

    def test_not_wanted(self) -> None:
        """Of this process, with a number that is one."""
        for environ in (
            {},
            {"WATCHDOG_USEC": "0"},
            {"WATCHDOG_USEC": "soon"},
            {"WATCHDOG_USEC": "²"},
            {"WATCHDOG_USEC": "-5"},
            {"WATCHDOG_USEC": "8000000", "WATCHDOG_PID": "78"},
        ):
            systemd = self.systemd(1, NOTIFY_SOCKET="/run/notify", **environ)
            systemd.ticked(1)
        self.assertEqual(self.sent, [])
        mine = self.systemd(1, NOTIFY_SOCKET="/n", WATCHDOG_USEC="8000000", WATCHDOG_PID="77")
        mine.ticked(1)
        self.assertEqual(self.sent, ["WATCHDOG=1"])


class SenderTests(SynchronousTestCase):
    """Datagrams to a socket of this machine."""

    def listen(self, name: str) -> socket.socket:
        there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(there.close)
        there.bind(name)
        there.setblocking(False)
        return there

    def test_path(self) -> None:
        folder = self.mktemp()
        os.mkdir(folder)
        before = os.getcwd()
        os.chdir(folder)  # names of sockets are short
        self.addCleanup(os.chdir, before)
        there = self.listen("notify")
        sender("notify")(b"READY=1")
        self.assertEqual(there.recv(100), b"READY=1")

    def test_abstract(self) -> None:
        name = f"rtgplayout-test-{os.getpid()}"
        there = self.listen("\0" + name)
        sender("@" + name)(b"READY=1")
        self.assertEqual(there.recv(100), b"READY=1")

    def test_full_or_gone(self) -> None:
        """Nothing waits: it raises at once."""
        name = f"rtgplayout-full-{os.getpid()}"
        there = self.listen("\0" + name)
        send = sender("@" + name)
        with self.assertRaises(BlockingIOError):
            for _ in range(10_000):
                send(b"x" * 1000)
        there.close()
        with self.assertRaises(ConnectionRefusedError):
            send(b"x")
