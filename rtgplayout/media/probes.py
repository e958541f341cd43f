# -*- test-case-name: tests.media.test_probes -*-
"""
Has files looked into by child processes (L{rtgplayout.media.probing}), a few at a time. A file that
hangs or kills one costs a child, nothing else.
"""

import json
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import IntEnum
from fractions import Fraction
from typing import Any

from attrs import define
from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall, IReactorProcess, IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from .facts import Facts, from_json

__all__ = ["COMMAND", "NotProbed", "Probes"]

COMMAND = (sys.executable, "-P", "-m", "rtgplayout.media.probing")
"""What a child is; the number of our process is added."""

_LONGEST_ANSWER = 64 * 1024  # bytes
_LONGEST_FAULT = 300  # characters
_LAST_WORDS = 2000  # bytes of what it wrote to its standard error
_JOBS = 500  # a child does, before another takes its place
_TRIES = 2
_LONGEST_WAIT = 60.0  # seconds between two attempts to start a child
_STOPPING = "rtgplayout is being stopped"


class NotProbed(Exception):
    """
    What was asked of a file was not done.

    @ivar reason: why, as the end of a sentence for operators.
    @ivar settled: to ask again is of no use until the file changes.
    """

    def __init__(self, reason: str, settled: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.settled = settled


class _Line(IntEnum):
    """Where a job waits; the least goes first."""

    URGENT = 0
    PROBE = 1
    BACKGROUND = 2


@define(eq=False)
class _Job:
    """
    Something to do for a child.

    @ivar done: fires with what came of it; L{None} when nobody wants to know any more.
    @ivar tries: how many children were lost with it.
    """

    asked: dict[str, object]
    line: _Line
    done: Deferred[Any] | None = None
    tries: int = 0


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
        self.patience = patience
        self.rest = rest
        self._command = (*command, str(os.getpid()))
        self._lines: dict[_Line, OrderedDict[_Job, None]] = {line: OrderedDict() for line in _Line}
        self._again: OrderedDict[_Job, None] = OrderedDict()
        self._children: dict[_Child, None] = {}
        self._stopped = False
        self._failed_starts = 0
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
        return self._ask(_Job({"job": "probe", "path": path}, _Line.PROBE))

    def thumbnail(
        self, path: str, target: str, duration: Fraction | None, urgent: bool = False
    ) -> Deferred[None]:
        """
        Have a JPEG of what a file shows written to C{target}.

        @param duration: of the file, in seconds.
        @param urgent: somebody waits for it: it goes before all that is not.
        @return: as L{probe}.
        """
        length = duration and [duration.numerator, duration.denominator]
        job = _Job(
            {"job": "thumbnail", "path": path, "target": target, "duration": length},
            _Line.URGENT if urgent else _Line.BACKGROUND,
        )
        return self._ask(job)

    def _ask(self, job: _Job) -> Deferred[Any]:
        if self._stopped:
            return fail(NotProbed(_STOPPING, settled=False))
        done = job.done = Deferred(lambda _: self._forget(job))
        self._lines[job.line][job] = None
        self._work()
        return done

    def _forget(self, job: _Job) -> None:
        job.done = None
        self._lines[job.line].pop(job, None)
        self._again.pop(job, None)

    def _fail(self, job: _Job, reason: str, settled: bool) -> None:
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
        starting = sum(not child.ready for child in self._children)
        for _ in range(min(self.queued - starting, self._most - len(self._children))):
            if self._waiting is None:
                self._start()

    def _next(self, child: "_Child") -> _Job | None:
        """What was tried before is only for a child that did nothing yet."""
        for line in (*([self._again] if not child.jobs else []), *self._lines.values()):
            if line:
                return line.popitem(last=False)[0]
        return None

    def _start(self) -> None:
        child = _Child(self)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        }
        self._children[child] = None
        try:
            self._reactor.spawnProcess(child, self._command[0], self._command, environment)
        except OSError as error:
            self._children.pop(child, None)
            self._not_started(str(error))

    def _not_started(self, why: str) -> None:
        """Who waits for a picture is told; the rest may wait until it can be done."""
        self._failed_starts += 1
        wait = min(2.0 ** (self._failed_starts - 1), _LONGEST_WAIT)
        self._log.error(
            "No process that looks into files can be started: {why}; once more in {wait} s",
            why=why,
            wait=wait,
        )
        if self._waiting is None:
            self._waiting = self._clock.callLater(wait, self._start_again)
        urgent = self._lines[_Line.URGENT]
        while urgent:
            job, _ = urgent.popitem(last=False)
            self._fail(job, f"no process that looks into files can be started: {why}", False)

    def _start_again(self) -> None:
        self._waiting = None
        self._work()

    def call_later(self, seconds: float, call: Callable[[], None]) -> IDelayedCall:
        """Time, for a child."""
        return self._clock.callLater(seconds, call)

    def child_is_ready(self) -> None:
        """A child can be given work."""
        self._failed_starts = 0
        self._work()

    def child_has_answered(self, child: "_Child", job: _Job, result: Any) -> None:
        """A child did its work."""
        if child.jobs >= _JOBS:
            child.kill()
        done, job.done = job.done, None
        if done is not None:
            (done.errback if isinstance(result, NotProbed) else done.callback)(result)
        self._work()

    def child_is_lost(self, child: "_Child", job: _Job | None, why: str, said: bytes) -> None:
        """A child died, or was killed for cause."""
        if self._stopped:
            return
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

    def child_is_gone(self, child: "_Child") -> None:
        """Its process ended; another one may take its place."""
        self._children.pop(child, None)
        self._work()
        if not self._children:
            gone, self._gone = self._gone, []
            for each in gone:
                each.callback(None)


class _Child(ProcessProtocol):
    """
    One of them.

    @ivar job: what it does now.
    @ivar jobs: how many it was given.
    @ivar ready: it said that it can begin.
    """

    transport: Any  # of a process

    def __init__(self, probes: Probes) -> None:
        self._probes = probes
        self.job: _Job | None = None
        self.jobs = 0
        self.ready = False
        self._killed = False
        self._said = b""
        self._complained = b""
        self._timer: IDelayedCall | None = None

    @property
    def free(self) -> bool:
        """It may be given something to do."""
        return self.ready and self.job is None and not self._killed

    def do(self, job: _Job) -> None:
        """Give it something to do."""
        self.job = job
        self.jobs += 1
        self._expect(self._probes.patience, self._took_too_long)
        self.transport.write(json.dumps(job.asked).encode() + b"\n")

    def kill(self) -> None:
        """End it, at once."""
        self._killed = True
        self._expect(None)
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("KILL")

    def _expect(self, seconds: float | None, otherwise: Callable[[], None] | None = None) -> None:
        """Something must happen in that time."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if seconds is not None and otherwise is not None:
            self._timer = self._probes.call_later(seconds, otherwise)

    def _took_too_long(self) -> None:
        self._lose("took too long")

    def _lose(self, why: str) -> None:
        job, self.job = self.job, None
        self.kill()
        self._probes.child_is_lost(self, job, why, self._complained)

    def connectionMade(self) -> None:
        """It runs; it says so when it is ready."""
        self._expect(self._probes.patience, self._took_too_long)

    def outReceived(self, data: bytes) -> None:
        """It says something."""
        self._said += data
        while not self._killed and (b"\n" in self._said or len(self._said) > _LONGEST_ANSWER):
            line, _, self._said = self._said.partition(b"\n")
            try:
                self._heard(line)
            except (ValueError, RecursionError):
                self._lose("gave no proper answer")

    def _heard(self, line: bytes) -> None:
        """@raise ValueError: it is not what it was asked for."""
        if len(line) > _LONGEST_ANSWER:
            raise ValueError("too long")
        told = json.loads(line)
        if not self.ready:
            if told != {"ready": True}:
                raise ValueError("not ready")
            self.ready = True
            self._rest()
            self._probes.child_is_ready()
            return
        job = self.job
        if job is None:
            raise ValueError("nothing was asked")
        result = _result(job, told)
        self.job = None
        self._rest()
        self._probes.child_has_answered(self, job, result)

    def _rest(self) -> None:
        self._expect(self._probes.rest, self.kill)

    def errReceived(self, data: bytes) -> None:
        """Complaints: a trace, when Python can still make one."""
        self._complained = (self._complained + data)[-_LAST_WORDS:]

    def processEnded(self, reason: Failure) -> None:
        """It is gone."""
        if not self._killed:
            self._lose("died")
        self._probes.child_is_gone(self)


def _result(job: _Job, told: object) -> Facts | NotProbed | None:
    """
    What an answer says.

    @raise ValueError: it is no answer to that.
    """
    match job.asked["job"], told:
        case _, {"fault": str(fault)}:
            return NotProbed(fault[:_LONGEST_FAULT].encode("utf-8", "replace").decode(), True)
        case "probe", {"facts": facts}:
            return from_json(facts)
        case "thumbnail", {"done": True}:
            return None
    raise ValueError("no answer")
