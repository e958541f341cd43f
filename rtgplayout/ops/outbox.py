# -*- test-case-name: tests.ops.test_outbox -*-
"""
Alerts on their way to one place: as many as wait, in their order, tried again for a while. What
happens to one outbox is nothing to any other.
"""

from collections import deque
from collections.abc import Callable

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from .alert import Alert, Severity

__all__ = ["MOST", "NotDelivered", "Outbox"]

MOST = 100
"""Alerts that wait at most."""
_FIRST = 2.0
"""Seconds after which it is tried again; each later wait is twice as long."""
_LONGEST = 300.0
"""Seconds that such a wait takes at most."""
_JITTER = 0.2
"""Share by which waits differ, so that not everybody comes back at once."""
_GIVE_UP = 3600.0
"""Seconds after which what could not be delivered is left."""
_REFUSED = 3
"""How often what is refused for good is tried: whoever refuses it may be in mid change."""


class NotDelivered(Exception):
    """
    It was not taken; in words that hold no secret, those of the server where it said some.

    @ivar refused: whether it would be refused again.
    """

    def __init__(self, why: str, refused: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.refused = refused


@frozen(eq=False)
class _Waiting:
    """
    @ivar until: monotonic seconds at which it is given up.
    """

    alert: Alert
    until: float


class Outbox(Service):
    """
    What waits for one place.

    @ivar dropped: how many alerts were given up, or had to make room.
    """

    _log = Logger()

    def __init__(
        self,
        what: str,
        send: Callable[[tuple[Alert, ...]], Deferred[str]],
        clock: IReactorTime,
        random: Callable[[], float],
        most_at_once: int = 1,
        gather: float = 0.0,
    ) -> None:
        """
        @param what: where they go, in words that hold no secret.
        @param send: delivers some alerts at once, and comes to an end whatever the other side does;
            fails with L{NotDelivered}.
        @param random: a number from 0 to 1, another each time.
        @param gather: seconds that the first of several alerts waits for the others.
        """
        self.setName(what)
        self.dropped = 0
        self._send = send
        self._clock = clock
        self._random = random
        self._most_at_once = most_at_once
        self._gather = gather
        self._waiting: deque[_Waiting] = deque()
        self._under_way: tuple[_Waiting, ...] = ()
        self._sending: Deferred[str] | None = None
        self._due: IDelayedCall | None = None
        self._failures = 0

    def __len__(self) -> int:
        """How many wait, those under way included."""
        return len(self._waiting) + len(self._under_way)

    def put(self, alert: Alert) -> None:
        """
        Have it delivered when its turn comes. When there is no room, the oldest that is not
        critical makes some.
        """
        self._waiting.append(_Waiting(alert, self._clock.seconds() + _GIVE_UP))
        if len(self) > MOST and self._waiting:
            minor = (each for each in self._waiting if each.alert.severity is Severity.WARNING)
            self._waiting.remove(goes := next(minor, self._waiting[0]))
            self._drop(goes, "too many wait")
        if self.running and self._sending is None and self._due is None:
            self._later(self._gather)

    def startService(self) -> None:
        """Deliver what waits."""
        super().startService()
        if self._waiting:
            self._later(self._gather)

    def stopService(self) -> None:
        """Deliver no more; what could not be delivered is in the log."""
        super().stopService()
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._sending is not None:
            self._sending.cancel()
        for each in self._waiting:
            self._drop(each, "the daemon ends")
        self._waiting.clear()

    def _later(self, seconds: float) -> None:
        self._due = self._clock.callLater(seconds, self._go)

    def _go(self) -> None:
        """Deliver the first that wait."""
        self._due = None
        now = self._clock.seconds()
        while self._waiting and self._waiting[0].until <= now:
            self._drop(self._waiting.popleft(), "it could not be delivered for an hour")
        if not self._waiting:
            return
        number = min(len(self._waiting), self._most_at_once)
        self._under_way = tuple(self._waiting.popleft() for _ in range(number))
        self._sending = self._send(tuple(each.alert for each in self._under_way))
        done = self._sending.addCallbacks(self._delivered, self._not_delivered)
        done.addErrback(lambda failure: self._log.failure("while delivering alerts", failure))

    def _delivered(self, said: str) -> None:
        if self._failures:
            self._log.info("Alerts are delivered again to {what}", what=self.name)
        self._failures = 0
        self._sending, self._under_way = None, ()
        if self._waiting and self.running:
            self._later(0)

    def _not_delivered(self, failure: object) -> None:
        error = getattr(failure, "value", None)
        self._sending = None
        under_way, self._under_way = self._under_way, ()
        self._failures += 1
        refused = isinstance(error, NotDelivered) and error.refused
        why = error.why if isinstance(error, NotDelivered) else type(error).__name__
        if not self.running:
            why = "the daemon ends"
        elif self._failures == 1:
            self._log.warn(
                "Alerts cannot be delivered to {what}, which is tried again: {why}",
                what=self.name,
                why=why,
            )
        if not self.running or (refused and self._failures >= _REFUSED):
            for each in under_way:
                self._drop(each, why)
            self._failures = 0
        else:
            self._waiting.extendleft(reversed(under_way))
        if self.running and self._waiting:
            wait = min(_FIRST * 2.0 ** min(max(0, self._failures - 1), 10), _LONGEST)
            self._later(wait * (1 + _JITTER * (2 * self._random() - 1)))

    def _drop(self, each: _Waiting, why: str) -> None:
        self.dropped += 1
        self._log.error(
            "An alert was not delivered to {what} ({why}): {alert}",
            what=self.name,
            why=why,
            alert=each.alert.headline,
        )
