# -*- test-case-name: tests.ops.test_heartbeat -*-
"""
The dead man's switch: an address is asked for as long as all is well, so that whoever is asked
raises the alarm when silence falls.

It is asked for only while the channels are on air as far as anybody knows: not while the daemon's
health is C{failing} (CasparCG away for more than five seconds, nothing on air though something is
due), nor while a channel does not tick. A health that is C{degraded} does not stop it: for that
there are alerts. A daemon that hangs, a machine that is off and a network that is gone stop it by
themselves. So the monitor that is asked should wait for two or three intervals of silence.
"""

from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.web.iweb import IAgent

from .health import verdict
from .outbox import NotDelivered
from .vitals import Vitals
from .web import ask, place

__all__ = ["Heartbeat", "withheld"]


def withheld(vitals: Vitals) -> str:
    """Why there is to be no heartbeat; empty when there is to be one."""
    word, reasons = verdict(vitals)
    still = [name for name in vitals.broken if name.startswith("channel")]
    if still:
        return f"{still[0]} stands still: {vitals.broken[still[0]]}"
    return reasons[0] if word == "failing" else ""


class Heartbeat(Service):
    """Asks for an address every so often, as long as all is well."""

    _log = Logger()

    def __init__(
        self,
        url: str,
        every: float,
        vitals: Callable[[], Vitals],
        agent: IAgent,
        clock: IReactorTime,
    ) -> None:
        """
        @param every: seconds.
        @param clock: of the reactor that C{agent} uses.
        """
        self.setName(f"heartbeat {place(url)}")
        self._url = url
        self._every = every
        self._vitals = vitals
        self._agent = agent
        self._clock = clock
        self._why = ""
        self._asking: Deferred[str] | None = None
        self._beating = LoopingCall(self._beat)
        self._beating.clock = clock

    def startService(self) -> None:
        """Begin, after one interval: what starts all the time is not well."""
        super().startService()
        self._beating.start(self._every, now=False).addErrback(
            lambda failure: self._log.failure("while sending heartbeats", failure)
        )

    def stopService(self) -> None:
        """Fall silent."""
        super().stopService()
        if self._beating.running:
            self._beating.stop()
        if self._asking is not None:
            self._asking.cancel()

    def send(self) -> Deferred[str]:
        """
        Ask now; fires with what was answered, in words. Fails with
        L{NotDelivered <rtgplayout.ops.outbox.NotDelivered>}.
        """
        return Deferred.fromCoroutine(ask(self._agent, self._clock, "GET", self._url))

    def _beat(self) -> None:
        with self._log.failuresHandled("while looking whether a heartbeat is due"):
            if why := withheld(self._vitals()):
                self._told(f"withheld, {why}")
            elif self._asking is None:
                self._asking = self.send()
                done = self._asking.addCallbacks(lambda _: self._asked(""), self._failed)
                done.addErrback(lambda f: self._log.failure("while sending a heartbeat", f))

    def _failed(self, failure: object) -> None:
        error = getattr(failure, "value", None)
        why = error.why if isinstance(error, NotDelivered) else type(error).__name__
        self._asked(f"not taken, {why}" if self.running else self._why)

    def _asked(self, why: str) -> None:
        self._asking = None
        self._told(why)

    def _told(self, why: str) -> None:
        """Log what is new of it; words of servers may differ each time."""
        before, self._why = self._why, why
        if why and why.partition(",")[0] != before.partition(",")[0]:
            self._log.warn("The {what} is {why}", what=self.name, why=why)
        elif before and not why:
            self._log.info("The {what} is sent again", what=self.name)
