# -*- test-case-name: tests.ops.test_alarms -*-
"""
Errors that nobody handled, out of the log, to everybody.
"""

from collections.abc import Callable

from attrs import define, field
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from zope.interface import implementer

__all__ = ["Alarms"]

_BURST = 5
_EVERY = 10.0


@implementer(ILogObserver)
@define(eq=False)
class Alarms:
    """
    A log observer that raises an alarm for each failure that is logged as critical; of many, the
    first few, then one in ten seconds. It may be called in any thread.

    @ivar tell: told what failed, and how; called later, in the reactor's thread.
    @ivar later: calls something in the reactor's thread.
    @ivar seconds: of a clock that does not jump.
    @ivar told_already: namespaces whose failures are told to everybody by who logs them.
    """

    tell: Callable[[str, str], None]
    later: Callable[..., object]
    seconds: Callable[[], float]
    told_already: frozenset[str] = frozenset()
    _left: float = field(init=False, default=float(_BURST))
    _at: float = field(init=False, default=0.0)
    _passed_over: int = field(init=False, default=0)

    def __call__(self, event: LogEvent) -> None:
        """Look at what is logged."""
        failure = event.get("log_failure")
        if failure is None or event.get("log_level") is not LogLevel.critical:
            return
        if event.get("log_namespace") in self.told_already:
            return
        now = self.seconds()
        self._left = min(_BURST, self._left + (now - self._at) / _EVERY)
        self._at = now
        if self._left < 1:
            self._passed_over += 1
            return
        self._left -= 1
        more = f" ({self._passed_over} more before)" if self._passed_over else ""
        self._passed_over = 0
        what = formatEvent(event) or "Unhandled error"
        self.later(self.tell, f"{what}{more}", failure.getErrorMessage())
