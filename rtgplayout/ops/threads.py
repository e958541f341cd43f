# -*- test-case-name: tests.ops.test_threads -*-
"""
Where files are written and long lists are worked out, so that the channel ticks on.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

__all__ = ["Threads"]

_MOST = 4


class Threads(Service):
    """
    A few threads of our own. What works in one must not touch what the reactor's thread does.

    @ivar busy: how many calls are not finished.
    """

    def __init__(self, reactor: IReactorFromThreads, most: int = _MOST) -> None:
        """
        @param most: how many there are; what is more to do waits.
        """
        self.setName("threads")
        self.busy = 0
        self._reactor = reactor
        self._pool = ThreadPool(0, most, "rtgplayout")
        # They do not keep the process: a disk that never answers must not.
        self._pool.threadFactory = partial(threading.Thread, daemon=True)  # type: ignore[assignment]
        self._idle: list[Deferred[None]] = []

    def startService(self) -> None:
        """Be ready for work."""
        super().startService()
        self._pool.start()

    def stopService(self) -> Deferred[None]:
        """
        Finish what is to be done.

        @return: fires then; who does not wait for it leaves a disk behind that does not answer.
        """
        super().stopService()
        return self.when_idle().addCallback(lambda _: self._pool.stop())

    def call(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        """
        Have C{work} done in a thread.

        @return: fires with what it returns.
        """
        self.busy += 1
        done: Deferred[Any] = deferToThreadPool(self._reactor, self._pool, work, *args)
        return done.addBoth(self._finished)

    def _finished(self, result: Any) -> Any:
        self.busy -= 1
        # Whoever waits for this may have more to do: look when that is known.
        self._reactor.callFromThread(self._look)
        return result

    def _look(self) -> None:
        if self.busy == 0:
            idle, self._idle = self._idle, []
            for each in idle:
                each.callback(None)

    def when_idle(self) -> Deferred[None]:
        """Fires when all that was to be done is done."""
        if self.busy == 0:
            return succeed(None)
        idle: Deferred[None] = Deferred(self._idle.remove)
        self._idle.append(idle)
        return idle
