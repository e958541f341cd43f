"""
C{twistd}, with a timer beside the daemon that measures how long others are kept from firing; it
says so when it gets SIGUSR1.
"""

import signal
import sys
import time
from typing import Any

from twisted.scripts.twistd import run

_EVERY = 0.001


class Probe:
    """
    A timer that fires again and again.

    @ivar gap: seconds that it was late at most.
    @ivar work: seconds of processor time that its thread had between two times, at most.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._told = 0
        self._forget()

    def start(self) -> None:
        self._reactor.callLater(_EVERY, self._fire)

    def tell(self, *signal: object) -> None:
        """Say what it was, and begin anew."""
        self._told += 1
        print(f"PROBE {self._told}: {self.gap * 1000:.2f} ms, {self.work * 1000:.2f} ms")
        self._forget()

    def _forget(self) -> None:
        self.gap = self.work = 0.0
        self._at, self._used = time.monotonic(), time.thread_time()

    def _fire(self) -> None:
        now, used = time.monotonic(), time.thread_time()
        self.gap = max(self.gap, now - self._at - _EVERY)
        self.work = max(self.work, used - self._used)
        self._at, self._used = now, used
        self._reactor.callLater(_EVERY, self._fire)


if __name__ == "__main__":
    from twisted.internet import reactor

    probe = Probe(reactor)
    reactor.callWhenRunning(probe.start)
    signal.signal(signal.SIGUSR1, probe.tell)
    sys.exit(run())
