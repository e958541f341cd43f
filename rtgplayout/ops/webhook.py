# -*- test-case-name: tests.ops.test_webhook -*-
"""
Posts alerts to an address on the web; what arrives there, and how it is signed, stands in
L{rtgplayout.ops.payload}.
"""

from collections.abc import Callable

from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.web.iweb import IAgent

from .alert import Alert
from .payload import body, signed
from .web import ask, place

__all__ = ["Webhook"]


@frozen(eq=False)
class Webhook:
    """
    An address that alerts are posted to.

    @ivar agent: uses the reactor that C{clock} is of.
    @ivar now: the wall clock.
    @ivar secret: what posts are signed with; L{None} leaves them unsigned.
    """

    url: str = field(repr=False)
    secret: str | None = field(repr=False)
    station: str
    agent: IAgent
    clock: IReactorTime
    now: Callable[[], float]

    @property
    def what(self) -> str:
        """Where they go, for people and the log."""
        return f"webhook {place(self.url)}"

    def send(self, alerts: tuple[Alert, ...]) -> Deferred[str]:
        """
        Post them, one after the other; fires with the answer to the last, in words. Fails with
        L{NotDelivered <rtgplayout.ops.outbox.NotDelivered>}.
        """
        return Deferred.fromCoroutine(self._send(alerts))

    async def _send(self, alerts: tuple[Alert, ...]) -> str:
        said = ""
        for alert in alerts:
            content = body(alert, self.station)
            headers = signed(self.secret, self.now(), content)
            said = await ask(self.agent, self.clock, "POST", self.url, headers, content)
        return said
