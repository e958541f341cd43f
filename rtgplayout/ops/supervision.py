# -*- test-case-name: tests.ops.test_supervision -*-
"""
The parts of the daemon, each of which may fail and is begun again by itself, while the others and
the channels go on.
"""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field, frozen
from twisted.application.service import Service
from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

__all__ = ["Part", "Supervision"]

_EVERY = 1.0
"""Seconds between two looks."""
_FIRST = 1.0
"""Seconds from a failure to the first attempt to begin again; each later wait is twice as long."""
_LONGEST = 60.0
"""Seconds that such a wait takes at most."""
_PATIENCE = 10.0
"""Seconds that beginning again may take."""
_GOOD = 120.0
"""Seconds that a part has to work before its next failure is a first one again."""


@frozen
class Part:
    """
    A part of the daemon.

    @ivar name: in a word or two.
    @ivar fault: why it does not work; empty when it does. Asked every second.
    @ivar restart: begins it again, whatever state it is in; may take its time.
    """

    name: str
    fault: Callable[[], str]
    restart: Callable[[], object]


@define(eq=False)
class _Watched:
    """
    What is known of a part.

    @ivar why: why it does not work; empty when it does.
    @ivar failures: how often it failed in a row.
    @ivar due: when it is to be begun again, or, while it works, when that counts as good.
    @ivar restarting: it is being begun again now.
    """

    part: Part
    why: str = ""
    failures: int = 0
    due: float = 0.0
    restarting: bool = False
    restarts: int = field(default=0)


class Supervision(Service):
    """
    Looks after the parts: one that fails is begun again after a second, one that goes on failing
    less and less often, up to every minute, for ever.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self.setName("supervision")
        self._clock = clock
        self._watched: list[_Watched] = []
        self._looking = LoopingCall(self._look)
        self._looking.clock = clock

    def look_after(self, part: Part) -> None:
        """Look after one more."""
        self._watched.append(_Watched(part))

    def startService(self) -> None:
        """Begin to look."""
        super().startService()
        self._looking.start(_EVERY, now=False).addErrback(self._logs("while looking after parts"))

    def stopService(self) -> None:
        """Leave them alone."""
        super().stopService()
        if self._looking.running:
            self._looking.stop()

    def broken(self) -> Mapping[str, str]:
        """The parts that do not work now, and why not."""
        return {each.part.name: each.why for each in self._watched if each.why}

    def restarts(self) -> Mapping[str, int]:
        """How often each part was begun again since the daemon started."""
        return {each.part.name: each.restarts for each in self._watched}

    def _look(self) -> None:
        for each in self._watched:
            with self._log.failuresHandled("while looking after {name}", name=each.part.name):
                self._look_at(each, self._clock.seconds())

    def _look_at(self, each: _Watched, now: float) -> None:
        if each.restarting:
            return
        try:
            why = each.part.fault()
        except Exception as error:
            why = f"it cannot even say how it is: {error!r}"
        if not why:
            self._works(each, now)
        elif not each.why:
            each.why = why
            each.due = now + min(_FIRST * 2.0 ** min(each.failures, 10), _LONGEST)
            each.failures += 1
            self._log.error("{name} failed: {why}", name=each.part.name, why=why)
        elif now >= each.due:
            each.why = why
            self._begin_again(each)

    def _works(self, each: _Watched, now: float) -> None:
        if each.why:
            self._log.info("{name} works again", name=each.part.name)
            each.why, each.due = "", now + _GOOD
        elif each.failures and now >= each.due:
            each.failures = 0

    def _begin_again(self, each: _Watched) -> None:
        self._log.warn(
            "beginning {name} again, for the {n}. time", name=each.part.name, n=each.restarts + 1
        )
        each.restarting = True
        each.restarts += 1
        begun = maybeDeferred(each.part.restart).addTimeout(_PATIENCE, self._clock)
        begun.addBoth(self._begun, each)
        begun.addErrback(self._logs("while beginning a part again"))

    def _begun(self, result: Any, each: _Watched) -> None:
        each.restarting = False
        each.due = self._clock.seconds() + min(_FIRST * 2.0 ** min(each.failures, 10), _LONGEST)
        each.failures += 1
        if isinstance(result, Failure):
            self._log.failure("{name} could not be begun again", result, name=each.part.name)

    def _logs(self, what: str) -> Callable[[Failure], None]:
        return lambda failure: self._log.failure("{what}", failure, what=what)
