# -*- test-case-name: tests.ops.test_notify -*-
"""
What systemd is told (sd_notify(3)): that we are ready, how it goes, that we stop, and that the
channels tick. When one of them does not tick any more, systemd hears nothing, and starts the daemon
again: C{WatchdogSec=} of the unit says after how long.

C{tap.py} joins it: each channel calls C{ticked} at the end of each tick; C{ready} is called when
all has started, C{status} with the daemon's health every few seconds, C{stopping} first of all when
it ends.
"""

import socket
from collections.abc import Callable, Collection, Mapping

from attrs import define, field
from twisted.logger import Logger

__all__ = ["Systemd", "sender"]

_SHARE = 4
"""Systemd asks for a sign of life twice in its interval; this is how often it gets one at most."""
_LONGEST = 200
"""Characters of a status; it is shown in one line."""


def sender(address: str) -> Callable[[bytes], None]:
    """
    What sends datagrams to a Unix socket, and never waits.

    @param address: its path, or C{@} and its name in the abstract space.
    @return: raises L{OSError} when nobody is there, or has no room for more.
    """
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    opened.setblocking(False)
    name = "\0" + address[1:] if address.startswith("@") else address

    def send(message: bytes) -> None:
        opened.sendto(message, name)

    return send


@define(eq=False)
class Systemd:
    """
    What is told, if anybody is there to be told. Nothing of it blocks, and nothing raises.

    @ivar send: sends one datagram, or raises L{OSError}.
    @ivar interval: seconds within which systemd wants a sign of life; L{None} when it wants none.
    @ivar seconds: of the monotonic clock.
    @ivar channels: those that have to tick.
    """

    send: Callable[[bytes], None]
    interval: float | None
    seconds: Callable[[], float]
    channels: frozenset[int]
    _ticked: set[int] = field(init=False, factory=set)
    _due: float = field(init=False, default=float("-inf"))
    _said: str = field(init=False, default="")
    _deaf: bool = field(init=False, default=False)

    _log = Logger()

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str],
        pid: int,
        seconds: Callable[[], float],
        channels: Collection[int],
        make: Callable[[str], Callable[[bytes], None]] = sender,
    ) -> "Systemd":
        """
        What the environment asks for: C{NOTIFY_SOCKET}, C{WATCHDOG_USEC} and C{WATCHDOG_PID}. What
        makes no sense in it is taken as not said.

        @param pid: of this process; a watchdog that waits for another one is not for us.
        """
        address = environ.get("NOTIFY_SOCKET", "")
        if address[:1] not in {"/", "@"} or len(address) < 2:
            return cls(lambda message: None, None, seconds, frozenset(channels))
        microseconds = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        wanted = ours and microseconds.isascii() and microseconds.isdigit()
        interval = int(microseconds) / 1e6 if wanted else 0.0
        return cls(make(address), interval or None, seconds, frozenset(channels))

    def ready(self) -> None:
        """The daemon serves its channels and its clients."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """It is about to end, and means to."""
        self._tell("STOPPING=1\nSTATUS=stopping")

    def status(self, line: str) -> None:
        """How it goes, in a line; told when it is another one than before."""
        line = " ".join(line.split())[:_LONGEST]
        if line != self._said:
            self._said = line
            self._tell(f"STATUS={line}")

    def ticked(self, channel: int) -> None:
        """
        A channel ticked. When all of them did since the last sign of life, and that is a quarter of
        the interval ago, there is another one.
        """
        if self.interval is None:
            return
        self._ticked.add(channel)
        now = self.seconds()
        if now >= self._due and self._ticked >= self.channels:
            self._ticked.clear()
            if self._tell("WATCHDOG=1"):
                self._due = now + self.interval / _SHARE

    def _tell(self, message: str) -> bool:
        """Whether it could be told."""
        try:
            self.send(message.encode())
        except (OSError, ValueError) as error:
            if not self._deaf:
                self._log.warn("systemd cannot be told how it goes: {error}", error=error)
            self._deaf = True
        else:
            self._deaf = False
        return not self._deaf
