# -*- test-case-name: tests.api.test_turns -*-
"""
What is done of all that comes in: so much a turn of the reactor, however many send however much at
once. The rest is done in the turns that follow, a part of each sender's in its turn.
"""

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

__all__ = ["Turns"]

_A_TURN = 0.003
"""Seconds."""


class Turns:
    """The line of those who sent something."""

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        """
        @param clock: monotonic; gives turns of the reactor.
        """
        self._clock = clock
        self._line: deque[Callable[[], bool]] = deque()
        self._spent = 0.0
        self._called = False
        self._working = False

    def take(self, work: Callable[[], bool]) -> None:
        """
        Have something done, now if this turn has time.

        @param work: does a part of it, less than a millisecond's; returns whether there is more.
        """
        self._line.append(work)
        self._go_on()

    def _go_on(self) -> None:
        """Do some of it."""
        if self._working:
            return
        self._working = True
        while self._line and self._spent < _A_TURN:
            work = self._line.popleft()
            began = self._clock.seconds()
            with self._log.failuresHandled("while taking what came in"):
                if work():
                    self._line.append(work)
            self._spent += self._clock.seconds() - began
        self._working = False
        if self._spent and not self._called:
            self._called = True
            self._clock.callLater(0, self._turn)

    def _turn(self) -> None:
        """The next turn."""
        self._called = False
        self._spent = 0.0
        self._go_on()
