"""
A timer that tells how long others kept it from firing. By itself, C{python -m tests.bench.probe},
it shows what a machine that is shared does to a process without any work.
"""

import gc
import os
import signal
import time
from typing import Any

_EVERY = 0.001
_EVERYTHING = 2
"""The generation of objects with which all are looked through for garbage."""


class Probe:
    """
    A timer that fires again and again, and says how it was when the process gets SIGUSR1.

    @ivar late: seconds that it was late at most.
    @ivar own: of these, without those in which its thread could have gone on and the machine did
        not let it, and not more than the whole process worked for meanwhile: how late the threads
        of the process made it.
    @ivar work: seconds of processor time that its thread had between two times, at most.
    @ivar whole: how often all objects were looked through for garbage.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._told = 0
        self._statistics = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self._forget()

    def start(self) -> None:
        self._reactor.callLater(_EVERY, self._fire)
        gc.callbacks.append(self._collects)
        signal.signal(signal.SIGUSR1, self._tell)

    def _tell(self, *signal: object) -> None:
        """Say what it was, and begin anew; at once, since nobody reads it in pieces."""
        self._told += 1
        found = " ".join(f"{1000 * each:.2f}" for each in (self.late, self.own, self.work))
        os.write(1, f"PROBE {self._told}: {found} {self.whole}\n".encode())
        self._forget()

    def _forget(self) -> None:
        self.late = self.own = self.work = 0.0
        self.whole = 0
        self._look()

    def _look(self) -> None:
        self._at, self._used, self._all = time.monotonic(), time.thread_time(), time.process_time()
        self._kept = self._kept_waiting()

    def _kept_waiting(self) -> float:
        """Seconds in which the machine did not let this thread go on that could have."""
        return int(os.pread(self._statistics, 64, 0).split()[1]) / 1e9

    def _fire(self) -> None:
        late = time.monotonic() - self._at - _EVERY
        self.late = max(self.late, late)
        own = late - (self._kept_waiting() - self._kept)
        self.own = max(self.own, min(own, time.process_time() - self._all))
        self.work = max(self.work, time.thread_time() - self._used)
        self._look()
        self._reactor.callLater(_EVERY, self._fire)

    def _collects(self, phase: str, what: dict[str, int]) -> None:
        self.whole += phase == "start" and what["generation"] == _EVERYTHING


def main() -> None:
    """Nothing but the timer."""
    from twisted.internet import reactor

    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    reactor.callWhenRunning(Probe(reactor).start)
    reactor.callWhenRunning(print, "idle", flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
