# -*- test-case-name: tests.api.test_pace -*-
"""
How much is sent of what waits: some to each client in its turn, and so much a turn of the reactor
to all of them together, however many there are and however much they take.
"""

from collections import deque
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

__all__ = ["Pace", "Sender"]

_A_TURN = 256 * 1024
"""Bytes; with what the kernel does with them, about a millisecond."""


class Sender(Protocol):
    """One for whom something waits."""

    def go_on(self) -> int:
        """
        Send some of it.

        @return: about how many bytes; 0 when there is nothing, or it is not taken now.
        """


class Pace:
    """The line of those for whom something waits, and who take it."""

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        """
        @param clock: gives turns of the reactor.
        """
        self._clock = clock
        self._line: deque[Sender] = deque()
        self._called = False

    def queue(self, sender: Sender) -> None:
        """Let one go on, when it is its turn and until it can not."""
        if sender not in self._line:
            self._line.append(sender)
        if not self._called:
            self._called = True
            self._clock.callLater(0, self._turn)

    def _turn(self) -> None:
        """A turn of the reactor."""
        self._called = False
        left = _A_TURN
        while self._line and left > 0:
            sender = self._line.popleft()
            with self._log.failuresHandled("while sending what waits"):
                if sent := sender.go_on():
                    left -= sent
                    self.queue(sender)
        if self._line:
            self.queue(self._line[0])
