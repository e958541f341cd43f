# -*- test-case-name: tests.ops.test_examination -*-
"""
The facts that a look at an installation needs, gathered without the daemon. All of it blocks, each
for its few seconds; it is for commands.
"""

import ctypes
import errno
import json
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from ..amcp.commands import Command, line
from ..amcp.wire import Reply, ReplyParser, WireError
from .checkup import Finding, Folder, Grade, Taken

__all__ = [
    "Asked", "clock_state", "fetch", "health_of", "listen_for", "look_at", "try_port", "unit",
    "within",
]  # fmt: skip

_PATIENCE = 3.0
_LARGEST = 1_000_000
_TIMEX = 512
"""Bytes of a struct timex, and some to spare."""
_MAXERROR, _SHOWN = 3, "LoadState,ActiveState,SubState,UnitFileState,NRestarts"


class Asked:
    """
    A conversation with CasparCG: one command, one answer.

    @ivar address: its IP address.
    """

    def __init__(self, host: str, port: int, seconds: Callable[[], float]) -> None:
        """
        @param seconds: of the monotonic clock.
        @raise OSError: it cannot be reached.
        """
        self._socket = socket.create_connection((host, port), _PATIENCE)
        self.address: str = self._socket.getpeername()[0]
        self.family = self._socket.family
        self._seconds = seconds
        self._parser = ReplyParser()

    def ask(self, command: Command) -> Reply:
        """
        @raise OSError: it does not answer, or what comes is no AMCP.
        """
        self._socket.sendall(f"{line(command)}\r\n".encode())
        until = self._seconds() + _PATIENCE
        while True:
            self._socket.settimeout(max(0.001, until - self._seconds()))
            content = self._socket.recv(65_536)
            if not content:
                raise ConnectionError("it closed the connection")
            try:
                replies = self._parser.feed(content)
            except WireError as error:
                raise ConnectionError(f"what answers is no CasparCG: {error}") from None
            if replies:
                return replies[0]

    def close(self) -> None:
        """Leave it."""
        self._socket.close()


def listen_for(
    source: str,
    family: int,
    ports: Iterable[int],
    begin: Callable[[int], object],
    seconds: Callable[[], float],
    wait: float = 2.0,
) -> tuple[int, int]:
    """
    Count the datagrams that come.

    @param source: whose they are to be.
    @param ports: to be tried in order; 0 is any free one.
    @param begin: called with the port that is listened on, so that they may be asked for.
    @param seconds: of the monotonic clock.
    @return: how many came, and where.
    @raise OSError: no port can be had.
    """
    with socket.socket(family, socket.SOCK_DGRAM) as listening:
        _bind_one(listening, ports)
        port: int = listening.getsockname()[1]
        begin(port)
        count, until = 0, seconds() + wait
        while (left := until - seconds()) > 0 and count < 10:
            listening.settimeout(left)
            with suppress(TimeoutError):
                _, address = listening.recvfrom(65_536)
                count += address[0] == source
        return count, port


def _bind_one(listening: socket.socket, ports: Iterable[int]) -> None:
    last: OSError = OSError(errno.EADDRINUSE, "no port is free")
    for port in ports:
        try:
            listening.bind(("", port))
        except OSError as error:
            last = error
        else:
            return
    raise last


def try_port(address: str, number: int, kind: int = socket.SOCK_STREAM) -> Taken:
    """
    Whether a port can be listened on; one that cannot is somebody else's until it is known better.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as tried:
        if kind == socket.SOCK_STREAM:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((address, number))
            if kind == socket.SOCK_STREAM:
                tried.listen(1)
        except OSError as error:
            return {
                errno.EACCES: Taken.FORBIDDEN,
                errno.EADDRNOTAVAIL: Taken.NOT_HERE,
            }.get(error.errno or 0, Taken.OTHERS)
    return Taken.FREE


def fetch(url: str) -> tuple[int, bytes] | None:
    """The status and the beginning of what is there; L{None} when nobody answers."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=_PATIENCE) as reply:
            return int(reply.status), reply.read(_LARGEST)
    except HTTPError as refused:
        with suppress(OSError, HTTPException):
            return refused.code, refused.read(_LARGEST)
        return refused.code, b""
    except (OSError, HTTPException, ValueError):
        return None


def health_of(answer: tuple[int, bytes] | None) -> tuple[str, tuple[str, ...]] | None:
    """What the daemon says of itself at C{/health}; L{None} when that is not it."""
    try:
        told = json.loads(b"" if answer is None else answer[1])
        return str(told["status"]), tuple(map(str, told["reasons"]))
    except (ValueError, KeyError, TypeError):
        return None


def look_at(name: str, path: Path, write: bool, shares: dict[tuple[int, int], str]) -> Folder:
    """
    A folder, tried.

    @param write: whether we have to.
    @param shares: see L{rtgplayout.media.mounts.silent_devices}.
    """
    try:
        device = path.stat().st_dev
        with os.scandir(path) as entries:
            next(entries, None)
        if write:
            with tempfile.TemporaryFile(dir=path):
                pass
    except OSError as error:
        return Folder(name, str(path), error.strerror or str(error))
    return Folder(name, str(path), "", shares.get((os.major(device), os.minor(device)), ""))


def clock_state() -> tuple[int | None, float]:
    """What adjtimex(2) tells: its state, and by how many seconds the clock may be wrong."""
    timex = (ctypes.c_long * (_TIMEX // ctypes.sizeof(ctypes.c_long)))()
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return None, 0.0
    return (None, 0.0) if state < 0 else (state, timex[_MAXERROR] / 1e6)


def unit(run: Callable[..., "subprocess.CompletedProcess[str]"] = subprocess.run) -> dict[str, str]:
    """
    What systemd tells of the daemon.

    @raise OSError: it cannot be asked.
    """
    try:
        done = run(
            ["systemctl", "show", "rtgplayout.service", "--property", _SHOWN],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OSError("it does not answer") from None
    return dict(each.split("=", 1) for each in done.stdout.splitlines() if "=" in each)


def within(seconds: float, check: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """
    What a look finds, however it ends: one that takes too long is left behind.

    @param check: what it is about.
    """
    found: list[Finding] = []
    failed: list[str] = []

    def work() -> None:
        try:
            found.extend(look())
        except Exception as error:  # a look that fails is a finding
            failed.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=work, name=check, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        advice = "a disk, a share or a server hangs: see which"
        late = Finding(check, Grade.FAIL, f"no answer within {seconds:.0f} s", advice)
        return [*found, late]
    return [*found, *(Finding(check, Grade.FAIL, f"it cannot be looked at: {e}") for e in failed)]
