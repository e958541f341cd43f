"""Threads of our own, with real threads: the reactor stands still meanwhile."""

import threading
import time
from collections.abc import Callable
from queue import Empty, Queue
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.threads import Threads


class Reactor:
    """What of a reactor threads need: calls come back in the thread that asks for them."""

    def __init__(self) -> None:
        self.calls: Queue[Callable[[], object]] = Queue()

    def callFromThread(self, call: Callable[..., object], *args: object) -> None:
        self.calls.put(lambda: call(*args))

    def run_until(self, done: "Deferred[Any]") -> None:
        """Do what comes, until C{done} has fired."""
        deadline = time.monotonic() + 10
        while not done.called:
            try:
                self.calls.get(timeout=max(0.0, deadline - time.monotonic()))()
            except Empty:
                raise AssertionError("it never fires") from None


class ThreadsTests(SynchronousTestCase):
    """Work that does not keep the reactor, nor the process."""

    def setUp(self) -> None:
        self.reactor = Reactor()
        self.threads = Threads(self.reactor)  # type: ignore[arg-type]
        self.threads.startService()
        self.addCleanup(self.stop)

    def stop(self) -> None:
        self.reactor.run_until(self.threads.stopService())

    def test_work_is_done_elsewhere(self) -> None:
        done = self.threads.call(lambda a, b: (a + b, threading.current_thread()), 1, 2)
        self.assertEqual(self.threads.busy, 1)
        self.reactor.run_until(done)
        total, where = self.successResultOf(done)
        self.assertEqual(total, 3)
        self.assertIsNot(where, threading.current_thread())
        self.assertTrue(where.daemon, "a disk that never answers must not keep the process")
        self.assertEqual(self.threads.busy, 0)

    def test_no_more_than_there_may_be(self) -> None:
        """With one thread, one thing after the other, as it was asked for."""
        threads = Threads(self.reactor, 1)  # type: ignore[arg-type]
        threads.startService()
        at_work = threading.Lock()
        done: list[int] = []

        def work(n: int) -> None:
            self.assertTrue(at_work.acquire(blocking=False))
            done.append(n)
            at_work.release()

        for n in range(20):
            threads.call(work, n).addErrback(self.fail)
        self.reactor.run_until(threads.stopService())
        self.assertEqual(done, list(range(20)))

    def test_what_fails_is_told(self) -> None:
        done = self.threads.call(lambda: 1 / 0)
        self.reactor.run_until(done)
        self.failureResultOf(done, ZeroDivisionError)
        self.assertEqual(self.threads.busy, 0)

    def test_idle_is_when_all_is_done(self) -> None:
        """What follows from the work counts, too."""
        self.successResultOf(self.threads.when_idle())
        gate = threading.Event()
        results: list[object] = []
        first = self.threads.call(gate.wait, 10)
        first.addCallback(lambda _: self.threads.call(results.append, "second"))
        idle = self.threads.when_idle()
        self.assertNoResult(idle)
        gate.set()
        self.reactor.run_until(idle)
        self.assertEqual(results, ["second"])

    def test_nobody_has_to_wait(self) -> None:
        """Whoever gives up on a disk leaves nothing behind."""
        gate = threading.Event()
        done = self.threads.call(gate.wait, 10)
        idle = self.threads.when_idle()
        idle.addErrback(lambda _: None)
        idle.cancel()
        gate.set()
        self.reactor.run_until(done)
