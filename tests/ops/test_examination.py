# -*- test-case-name: tests.ops.test_examination -*-
"""The facts, from sockets of this machine that a thread serves."""

import ctypes
import errno
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Version
from rtgplayout.ops import examination
from rtgplayout.ops.checkup import Finding, Grade, Taken
from rtgplayout.ops.examination import (
    Asked,
    clock_state,
    fetch,
    health_of,
    listen_for,
    look_at,
    try_port,
    unit,
    within,
)


class ServedTestCase(SynchronousTestCase):
    """Somebody who answers one connection, always the same."""

    def serve(self, *answers: bytes) -> int:
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)

        def work() -> None:
            there, _ = listening.accept()
            with there:
                there.recv(10_000)
                for answer in answers:
                    there.sendall(answer)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        port: int = listening.getsockname()[1]
        return port


class AskedTests(ServedTestCase):
    """CasparCG, asked."""

    def ask(self, *answers: bytes) -> str:
        asked = Asked("127.0.0.1", self.serve(*answers), time.monotonic)
        self.addCleanup(asked.close)
        return asked.ask(Version()).body

    def test_answer(self) -> None:
        """In however many pieces."""
        self.assertEqual(self.ask(b"201 VERSION OK\r\n2.5", b".0 Stable\r\n"), "2.5.0 Stable")

    def test_leaves(self) -> None:
        error = self.assertRaises(ConnectionError, self.ask)
        self.assertIn("closed", str(error))

    def test_something_else(self) -> None:
        error = self.assertRaises(ConnectionError, self.ask, b"SSH-2.0-OpenSSH\r\n")
        self.assertIn("no CasparCG", str(error))

    def test_says_nothing(self) -> None:
        self.patch(examination, "_PATIENCE", 0.05)
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        asked = Asked("127.0.0.1", listening.getsockname()[1], time.monotonic)
        self.addCleanup(asked.close)
        self.assertRaises(TimeoutError, asked.ask, Version())


class FetchTests(ServedTestCase):
    """Over HTTP."""

    def fetch(self, answer: bytes) -> tuple[int, bytes] | None:
        return fetch(f"http://127.0.0.1:{self.serve(answer)}/")

    def test_answers(self) -> None:
        good = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        self.assertEqual(self.fetch(good), (200, b"hi"))
        bad = b"HTTP/1.0 503 No\r\nContent-Length: 2\r\n\r\nno"
        self.assertEqual(self.fetch(bad), (503, b"no"))

    def test_no_answer(self) -> None:
        self.assertIsNone(self.fetch(b"hello\r\n"))
        self.assertIsNone(fetch("http://127.0.0.1:1/"))

    def test_health(self) -> None:
        told = b'{"status": "degraded", "reasons": ["a"]}'
        self.assertEqual(health_of((503, told)), ("degraded", ("a",)))
        for answer in (None, (200, b""), (200, b"[]"), (200, b"{}"), (200, b'{"status": 1}')):
            self.assertIsNone(health_of(answer))


class PortTests(SynchronousTestCase):
    """Who has a port."""

    def test_free_and_taken(self) -> None:
        self.assertEqual(try_port("127.0.0.1", 0), Taken.FREE)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            number = taken.getsockname()[1]
            self.assertEqual(try_port("127.0.0.1", number), Taken.OTHERS)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("", 0))
            number = udp.getsockname()[1]
            self.assertEqual(try_port("", number, socket.SOCK_DGRAM), Taken.OTHERS)

    def test_not_ours(self) -> None:
        self.assertEqual(try_port("192.0.2.1", 0), Taken.NOT_HERE)

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EACCES, "no")

        self.patch(socket.socket, "bind", refuse)
        self.assertEqual(try_port("127.0.0.1", 80), Taken.FORBIDDEN)


class ListenTests(SynchronousTestCase):
    """Datagrams, counted."""

    def send(self, source: str, count: int) -> tuple[int, int]:
        def begin(port: int) -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
                for _ in range(count):
                    sending.sendto(b"/channel/1", ("127.0.0.1", port))

        return listen_for(source, socket.AF_INET, (0,), begin, time.monotonic, 0.1)

    def test_counted(self) -> None:
        """Enough is enough; those of others do not count."""
        self.assertEqual(self.send("127.0.0.1", 3)[0], 3)
        self.assertEqual(self.send("127.0.0.1", 30)[0], 10)
        self.assertEqual(self.send("192.0.2.1", 3)[0], 0)

    def test_port_that_is_taken(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("", 0))
            number = taken.getsockname()[1]

            def nothing(port: int) -> None:
                pass

            _, port = listen_for(
                "127.0.0.1", socket.AF_INET, (number, 0), nothing, time.monotonic, 0.01
            )
            self.assertNotEqual(port, number)
            self.assertRaises(
                OSError,
                listen_for,
                "127.0.0.1",
                socket.AF_INET,
                (number,),
                nothing,
                time.monotonic,
                0.01,
            )


class MachineTests(SynchronousTestCase):
    """Folders, the clock, systemd."""

    def test_folder(self) -> None:
        path = Path(self.mktemp())
        self.assertEqual(look_at("x", path, True, {}).problem, "No such file or directory")
        path.mkdir()
        self.assertEqual(look_at("x", path, True, {}).problem, "")
        self.assertEqual(list(path.iterdir()), [])
        device = path.stat().st_dev
        found = look_at("x", path, False, {(os.major(device), os.minor(device)): "nfs4"})
        self.assertEqual(found.share, "nfs4")

    def test_folder_that_can_only_be_read(self) -> None:
        path = Path(self.mktemp())
        path.mkdir()

        def refuse(dir: Path) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        self.patch(tempfile, "TemporaryFile", refuse)
        self.assertEqual(look_at("x", path, False, {}).problem, "")
        self.assertEqual(look_at("x", path, True, {}).problem, "Read-only file system")

    def test_clock(self) -> None:
        state, error = clock_state()
        self.assertIn(state, {0, 1, 2, 3, 4, 5})
        self.assertGreaterEqual(error, 0.0)

    def test_clock_that_cannot_be_asked(self) -> None:
        class Libc:
            @staticmethod
            def adjtimex(timex: object) -> int:
                return -1

        self.patch(ctypes, "CDLL", lambda name: Libc)
        self.assertEqual(clock_state(), (None, 0.0))
        self.patch(ctypes, "CDLL", lambda name: object())
        self.assertEqual(clock_state(), (None, 0.0))

    def test_unit(self) -> None:
        def run(words: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
            return subprocess.CompletedProcess(words, 0, "LoadState=loaded\nActiveState=a=b\n\n")

        self.assertEqual(unit(run), {"LoadState": "loaded", "ActiveState": "a=b"})

        def hang(words: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
            raise subprocess.TimeoutExpired(words, 3)

        self.assertRaises(OSError, unit, hang)


class WithinTests(SynchronousTestCase):
    """A look that ends, somehow."""

    def test_found(self) -> None:
        finding = Finding("x", Grade.OK, "fine")
        self.assertEqual(within(5, "x", lambda: [finding]), [finding])

    def test_failed(self) -> None:
        """What was found before stays."""
        finding = Finding("x", Grade.OK, "fine")

        def look() -> Iterator[Finding]:
            yield finding
            raise OSError("no")

        found = within(5, "x", look)
        self.assertEqual(found[:1], [finding])
        self.assertEqual(found[1].grade, Grade.FAIL)
        self.assertIn("OSError: no", found[1].sentence)

    def test_hangs(self) -> None:
        """It is left behind."""
        done = threading.Event()
        self.addCleanup(done.set)

        def look() -> list[Finding]:
            done.wait(30)
            return []

        began = time.monotonic()
        (found,) = within(0.05, "x", look)
        self.assertLess(time.monotonic() - began, 10)
        self.assertIn("no answer", found.sentence)
