# -*- test-case-name: tests.media.test_probes -*-
"""
Has files looked into by child processes (L{rtgplayout.media.probing}), a few at a time. A file that
hangs or kills one costs a child, nothing else.
"""

import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorProcess, IReactorTime
from twisted.logger import Logger

from .child import Child, Job, Line, NotProbed
from .facts import Facts

__all__ = ["COMMAND", "NotProbed", "Probes"]

COMMAND = (sys.executable, "-P", "-m", "rtgplayout.media.probing")
"""What a child is; the number of our process is added."""

_JOBS = 500  # a child does, before another takes its place
_TRIES = 2
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds between two attempts to start a child
_STOPPING = "rtgplayout is being stopped"


class Probes(Service):
    """
    The children and what they are to do.

    One that does not answer in time, or says what is no answer, is killed, and what it was asked is
    asked once more of a fresh one: then it is the file's fault. One that has nothing to do for a
    while is let go.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: IReactorProcess,
        clock: IReactorTime,
        most: int = 2,
        *,
        patience: float = 20.0,
        rest: float = 30.0,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """
        @param most: children at a time.
        @param patience: seconds a child may take to start, or for one file.
        @param rest: seconds a child without work is kept.
        """
        self.setName("probes")
        self._reactor = reactor
        self._clock = clock
        self._most = most
        self._patience = patience
        self._rest = rest
        self._command = tuple(command)
        self._lines: dict[Line, OrderedDict[Job, None]] = {line: OrderedDict() for line in Line}
        self._again: OrderedDict[Job, None] = OrderedDict()
        self._children: dict[Child, None] = {}
        self._stopped = False
        self._pause = _FIRST_WAIT
        self._waiting: IDelayedCall | None = None
        self._gone: list[Deferred[None]] = []

    @property
    def queued(self) -> int:
        """How many jobs wait for a child."""
        return len(self._again) + sum(map(len, self._lines.values()))

    @property
    def working(self) -> int:
        """How many are being done."""
        return sum(child.job is not None for child in self._children)

    def startService(self) -> None:
        """Begin with what waits."""
        super().startService()
        self._stopped = False
        self._work()

    def stopService(self) -> Deferred[None]:
        """
        Kill the children; what was asked of them fails.

        @return: fires when they are gone.
        """
        super().stopService()
        self._stopped = True
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        jobs = [child.job for child in self._children if child.job is not None]
        for line in (self._again, *self._lines.values()):
            jobs.extend(line)
            line.clear()
        for child in tuple(self._children):
            child.kill()
        for job in jobs:
            self._fail(job, _STOPPING, settled=False)
        if not self._children:
            return succeed(None)
        gone: Deferred[None] = Deferred()
        self._gone.append(gone)
        return gone

    def probe(self, path: str) -> Deferred[Facts]:
        """
        What a file holds.

        @param path: its full path, as C{os.fsdecode} has it.
        @return: fails with L{NotProbed}; to cancel it takes the job out of the line.
        """
        return self._ask(Job({"job": "probe", "path": path}, Line.PROBE))

    def thumbnail(
        self, path: str, target: str, duration: Fraction | None, urgent: bool = False
    ) -> Deferred[None]:
        """
        Have a JPEG of what a file shows written to C{target}.

        @param duration: of the file, in seconds.
        @param urgent: somebody waits for it: it goes before all that is not.
        @return: as L{probe}.
        """
        length = None if duration is None else [duration.numerator, duration.denominator]
        job = Job(
            {"job": "thumbnail", "path": path, "target": target, "duration": length},
            Line.URGENT if urgent else Line.BACKGROUND,
        )
        return self._ask(job)

    def _ask(self, job: Job) -> Deferred[Any]:
        if self._stopped:
            return fail(NotProbed(_STOPPING, settled=False))
        done = job.done = Deferred(lambda _: self._forget(job))
        self._lines[job.line][job] = None
        self._work()
        return done

    def _forget(self, job: Job) -> None:
        job.done = None
        self._lines[job.line].pop(job, None)
        self._again.pop(job, None)

    def _fail(self, job: Job, reason: str, settled: bool) -> None:
        done, job.done = job.done, None
        if done is not None:
            done.errback(NotProbed(reason, settled))

    def _work(self) -> None:
        """Give what waits to children that are free; start some if they are not enough."""
        if not self.running:
            return
        for child in tuple(self._children):
            if child.free and (job := self._next(child)) is not None:
                child.do(job)
        # One start at a time: each takes the reactor some milliseconds.
        if self.queued and len(self._children) < self._most and self._waiting is None:
            if not any(child.starting for child in self._children):
                self._start()

    def _next(self, child: Child) -> Job | None:
        """What was tried before is only for a child that did nothing yet."""
        for line in (*([self._again] if not child.jobs else []), *self._lines.values()):
            if line:
                return line.popitem(last=False)[0]
        return None

    def _start(self) -> None:
        child = Child(self, self._clock, self._patience, self._rest)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        }
        self._children[child] = None
        try:
            # Not earlier: a daemon that goes to the background becomes another process.
            command = (*self._command, str(os.getpid()))
            self._reactor.spawnProcess(child, command[0], command, environment)
        except OSError as error:
            self._children.pop(child, None)
            self._not_started(str(error))

    def _not_started(self, why: str) -> None:
        """Who waits for a picture is told; the rest may wait until it can be done."""
        wait, self._pause = self._pause, min(2 * self._pause, _LONGEST_WAIT)
        self._log.error(
            "No process that looks into files can be started: {why}; once more in {wait} s",
            why=why,
            wait=wait,
        )
        self._waiting = self._clock.callLater(wait, self._start_again)
        urgent = self._lines[Line.URGENT]
        while urgent:
            job, _ = urgent.popitem(last=False)
            self._fail(job, f"no process that looks into files can be started: {why}", False)

    def _start_again(self) -> None:
        self._waiting = None
        self._work()

    def child_is_ready(self) -> None:
        """A child can be given work."""
        self._pause = _FIRST_WAIT
        self._work()

    def child_has_answered(self, child: Child, job: Job, result: Any) -> None:
        """A child did its work."""
        if child.jobs >= _JOBS:
            child.kill()
        done, job.done = job.done, None
        if done is not None:
            (done.errback if isinstance(result, NotProbed) else done.callback)(result)
        self._work()

    def child_is_lost(self, child: Child, job: Job | None, why: str, said: bytes) -> None:
        """A child died, or was killed for cause."""
        if not child.ready:
            self._not_started(f"it {why} ({said!r})")
        elif job is not None:
            path = job.asked["path"]
            self._log.warn(
                "What looks into files {why} at {path!r}; it said {said!r}",
                why=why,
                path=path,
                said=said,
            )
            job.tries += 1
            if job.tries >= _TRIES:
                self._fail(job, f"what looks into it {why}, twice", settled=True)
            elif job.done is not None:
                self._again[job] = None
        self._work()

    def child_is_gone(self, child: Child) -> None:
        """Its process ended; another one may take its place."""
        self._children.pop(child, None)
        self._work()
        if not self._children:
            gone, self._gone = self._gone, []
            for each in gone:
                each.callback(None)
