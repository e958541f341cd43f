# -*- test-case-name: tests.media.test_probes -*-
"""
One child process that looks into files, as the daemon sees it.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import Any, Protocol

from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from .facts import Facts, from_json

__all__ = ["Child", "Job", "Line", "NotProbed"]

_LONGEST_ANSWER = 64 * 1024  # bytes
_LONGEST_FAULT = 300  # characters
_LAST_WORDS = 2000  # bytes of what it wrote to its standard error


class NotProbed(Exception):
    """
    What was asked of a file was not done.

    @ivar reason: why, as the end of a sentence for operators.
    @ivar settled: to ask again is of no use until the file changes; else it may be tomorrow, or
        when a disk or a share works again.
    """

    def __init__(self, reason: str, settled: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.settled = settled


class Line(IntEnum):
    """Where a job waits; the least goes first."""

    URGENT = 0
    PROBE = 1
    BACKGROUND = 2


@define(eq=False)
class Job:
    """
    Something to do for a child.

    @ivar done: fires with what came of it; L{None} when nobody wants to know any more.
    @ivar tries: how many children were lost with it.
    """

    asked: dict[str, object]
    line: Line
    done: Deferred[Any] | None = None
    tries: int = 0


class Owner(Protocol):
    """Who has children."""

    def child_is_ready(self) -> None:
        """One can be given work."""

    def child_has_answered(self, child: "Child", job: "Job", result: object) -> None:
        """One did its work; C{result} is a L{NotProbed} when it found a fault."""

    def child_is_lost(self, child: "Child", job: "Job | None", why: str, said: bytes) -> None:
        """
        One died, or was killed for cause.

        @param job: what it was at.
        @param why: C{died}, C{took too long} ….
        @param said: the last that it wrote to its standard error.
        """

    def child_is_gone(self, child: "Child") -> None:
        """The process of one ended; another one may take its place."""


class Child(ProcessProtocol):
    """
    One of them.

    @ivar job: what it does now.
    @ivar jobs: how many it was given.
    @ivar ready: it said that it can begin.
    """

    transport: Any  # of a process

    def __init__(self, owner: Owner, clock: IReactorTime, patience: float, rest: float) -> None:
        self._owner = owner
        self._clock = clock
        self._patience = patience
        self._idle = rest
        self.job: Job | None = None
        self.jobs = 0
        self.ready = False
        self._killed = False
        self._said = b""
        self._complained = b""
        self._timer: IDelayedCall | None = None

    @property
    def starting(self) -> bool:
        """It will be ready, if all goes well."""
        return not (self.ready or self._killed)

    @property
    def free(self) -> bool:
        """It may be given something to do."""
        return self.ready and self.job is None and not self._killed

    def do(self, job: Job) -> None:
        """Give it something to do."""
        self.job = job
        self.jobs += 1
        self._expect(self._patience, self._took_too_long)
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
            self._timer = self._clock.callLater(seconds, otherwise)

    def _took_too_long(self) -> None:
        self._lose("took too long")

    def _lose(self, why: str) -> None:
        job, self.job = self.job, None
        self.kill()
        self._owner.child_is_lost(self, job, why, self._complained)

    def connectionMade(self) -> None:
        """It runs; it says so when it is ready."""
        self._expect(self._patience, self._took_too_long)

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
            self._owner.child_is_ready()
            return
        job = self.job
        if job is None:
            raise ValueError("nothing was asked")
        result = _result(job, told)
        self.job = None
        self._rest()
        self._owner.child_has_answered(self, job, result)

    def _rest(self) -> None:
        self._expect(self._idle, self.kill)

    def errReceived(self, data: bytes) -> None:
        """Complaints: a trace, when Python can still make one."""
        self._complained = (self._complained + data)[-_LAST_WORDS:]

    def processEnded(self, reason: Failure) -> None:
        """It is gone."""
        if not self._killed:
            self._lose("died")
        self._owner.child_is_gone(self)


def _result(job: Job, told: object) -> Facts | NotProbed | None:
    """
    What an answer says.

    @raise ValueError: it is no answer to that.
    """
    match job.asked["job"], told:
        case _, {"fault": str(fault), "settled": bool(settled)}:
            words = fault[:_LONGEST_FAULT].encode("utf-8", "replace").decode()
            return NotProbed(words, settled)
        case "probe", {"facts": facts}:
            return from_json(facts)
        case "thumbnail", {"done": True}:
            return None
    raise ValueError("no answer")
