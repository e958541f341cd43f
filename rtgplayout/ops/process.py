# -*- test-case-name: tests.ops.test_process -*-
"""
The daemon as a process among others: its ports, its memory, how it ends.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.logger import Logger

__all__ = ["Port", "resident_memory", "stop_in_order"]

_log = Logger()


class Port(Service):
    """
    A TCP port that is listened on.

    @ivar number: 0 for any; once it is open, the one that it is.
    """

    _log = Logger()

    def __init__(
        self, what: str, reactor: Any, address: str, number: int, factory: "Factory[Any]"
    ) -> None:
        """
        @param what: what it is for, in a word.
        @param reactor: listens for TCP.
        """
        self.setName(what)
        self.address = address
        self.number = number
        self._reactor = reactor
        self._factory = factory
        self._open: Any = None

    def startService(self) -> None:
        """
        @raise CannotListenError: it is taken, or not ours.
        """
        super().startService()
        self._listen()

    def _listen(self) -> None:
        self._open = self._reactor.listenTCP(self.number, self._factory, interface=self.address)
        self.number = self._open.getHost().port
        self._log.info(
            "{what} on {address}:{port}", what=self.name, address=self.address, port=self.number
        )

    def fault(self) -> str:
        """Why nobody can connect any more; empty as long as they can."""
        # Not every kind of port says whether it is open.
        if self.running and not getattr(self._open, "connected", self._open is not None):
            return f"nobody listens on {self.address}:{self.number}"
        return ""

    async def restart(self) -> None:
        """
        Listen again, on the same number.

        @raise CannotListenError: as yet it cannot.
        """
        opened, self._open = self._open, None
        if opened is not None:
            await maybeDeferred(opened.stopListening)
        if self.running:
            self._listen()

    def stopService(self) -> Deferred[None]:
        """Accept nobody any more; those who are in stay in."""
        super().stopService()
        opened, self._open = self._open, None
        if opened is None:
            return succeed(None)
        return maybeDeferred(opened.stopListening)


def resident_memory(statm: Path = Path("/proc/self/statm")) -> int:
    """Bytes of memory that the process holds; 0 where that is not told."""
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


async def stop_in_order(
    steps: Iterable[tuple[str, Callable[[], object]]], limit: float, clock: IReactorTime
) -> None:
    """
    Take one step of stopping after the other. One that fails, or takes longer than C{limit}
    seconds, is logged and left behind.
    """
    for what, step in steps:
        with _log.failuresHandled("while stopping: {what}", what=what):
            await maybeDeferred(step).addTimeout(limit, clock)
