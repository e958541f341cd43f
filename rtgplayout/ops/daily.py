# -*- test-case-name: tests.ops.test_daily -*-
"""
What is done once a day: soon after the start, for what was missed, and after each midnight of the
station.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

__all__ = ["Daily"]

_SOON = 60.0
"""Seconds after the start, when what matters more has been done."""
_EVERY = 30.0
"""Seconds between two looks at the calendar, which a clock that is set can turn back, too."""
_AGAIN = 3600.0
"""Seconds until what failed is tried again."""


class Daily(Service):
    """
    Does something every day.

    @ivar done_on: the day of the station on which it was done last; L{None} for never.
    """

    _log = Logger()

    def __init__(
        self,
        what: str,
        work: Callable[[], Deferred[object]],
        zone: tzinfo,
        clock: IReactorTime,
        now: Callable[[], float],
    ) -> None:
        """
        @param what: what it is, for the log.
        @param work: done one at a time.
        @param zone: whose midnight counts.
        @param clock: monotonic.
        @param now: the wall clock.
        """
        self.setName(what)
        self.done_on: date | None = None
        self._work = work
        self._zone = zone
        self._clock = clock
        self._now = now
        self._not_before = 0.0
        self._first: IDelayedCall | None = None
        self._looking = LoopingCall(self._look)
        self._looking.clock = clock

    def startService(self) -> None:
        """Begin to look at the calendar."""
        super().startService()
        self._first = self._clock.callLater(_SOON, self._begin)

    def _begin(self) -> None:
        self._first = None
        self._looking.start(_EVERY).addErrback(
            lambda failure: self._log.failure("while looking at the calendar", failure)
        )

    def stopService(self) -> None:
        """Look no more; what is being done is finished."""
        super().stopService()
        if self._first is not None:
            self._first.cancel()
            self._first = None
        if self._looking.running:
            self._looking.stop()

    def _today(self) -> date:
        return datetime.fromtimestamp(self._now(), UTC).astimezone(self._zone).date()

    def _look(self) -> Deferred[None] | None:
        if self._today() == self.done_on or self._clock.seconds() < self._not_before:
            return None
        return Deferred.fromCoroutine(self._do())

    async def _do(self) -> None:
        today = self._today()
        try:
            await maybeDeferred(self._work)
        except Exception:
            self._log.failure("{what} could not be done; it is tried again", what=self.name)
            self._not_before = self._clock.seconds() + _AGAIN
        else:
            self.done_on = today
