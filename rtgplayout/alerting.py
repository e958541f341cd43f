# -*- test-case-name: tests.test_alerting -*-
"""
Alerts put together: what is wrong, looked for once a second; whom it is told, and in which ways.

How C{tap.py} joins it::

    self.alerting = Alerting(settings, reactor, now, self.signs.vitals, self.door.alert)

C{startService} when the channels run, C{stopService} first of all when the daemon ends, so that its
end raises no alarm. C{alerting.happened(entry)} is called with the fields of each entry of the
as-run that is appended.
"""

from collections.abc import Callable, Mapping
from random import SystemRandom
from typing import Any

from twisted.application.service import Service
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.web.client import Agent
from twisted.web.iweb import IAgent

from .config import Config
from .ops.alert import Alert
from .ops.alert_log import log_alert
from .ops.conditions import Failed, Thresholds, conditions, happened
from .ops.heartbeat import Heartbeat
from .ops.incidents import Incidents, standing, step
from .ops.mail import GATHER, Mail, Server
from .ops.outbox import Outbox
from .ops.vitals import Vitals
from .ops.webhook import Webhook

__all__ = ["Alerting", "heartbeat", "mail", "webhooks"]

_EVERY = 1.0
"""Seconds between two looks."""
_AT_ONCE = 40
"""Alerts that go into one e-mail."""
_QUIET = 60
"""Looks that may fail before that is logged once more."""


def webhooks(
    settings: Config, reactor: Any, now: Callable[[], float], agent: IAgent
) -> tuple[Webhook, ...]:
    """The addresses that alerts are posted to."""
    secret, station = settings.alert_webhook_secret, settings.station
    return tuple(
        Webhook(url, secret, station, agent, reactor, now) for url in settings.alert_webhooks
    )


def mail(settings: Config, reactor: Any, now: Callable[[], float]) -> Mail | None:
    """Those who get alerts by e-mail; L{None} when nobody does."""
    to = settings.alert_mail_to
    if not to:
        return None
    server = Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password,
    )
    return Mail(server, settings.alert_mail_from or to[0], to, settings.station, reactor, now)


def heartbeat(
    settings: Config, reactor: Any, vitals: Callable[[], Vitals], agent: IAgent
) -> Heartbeat | None:
    """What a monitor is told as long as all is well; L{None} for nothing."""
    url = settings.heartbeat_url
    if url is None:
        return None
    return Heartbeat(url, settings.heartbeat_seconds, vitals, agent, reactor)


class Alerting(Service):
    """Looks once a second for what is wrong, and tells it."""

    _log = Logger()

    def __init__(
        self,
        settings: Config,
        reactor: Any,
        now: Callable[[], float],
        vitals: Callable[[], Vitals],
        tell: Callable[[Alert], None],
        agent: IAgent | None = None,
    ) -> None:
        """
        @param reactor: its C{seconds} is monotonic.
        @param now: the wall clock.
        @param vitals: how the daemon is.
        @param tell: tells everybody at the WebSocket.
        @param agent: asks on the web; made of the reactor when it is not given.
        """
        self.setName("alerting")
        web: Any = Agent(reactor, connectTimeout=10) if agent is None else agent
        random = SystemRandom().random
        mails = mail(settings, reactor, now)
        boxes = [
            Outbox(each.what, each.send, reactor, random)
            for each in webhooks(settings, reactor, now, web)
        ]
        if mails is not None:
            boxes.append(Outbox(mails.what, mails.send, reactor, random, _AT_ONCE, GATHER))
        self._boxes = tuple(boxes)
        self._heartbeat = heartbeat(settings, reactor, vitals, web)
        self._tell = (log_alert, tell, *(box.put for box in boxes))
        self._thresholds = Thresholds(
            settings.alert_link_seconds,
            settings.alert_schedule_minutes * 60,
            settings.alert_missing_hours * 3600,
            settings.alert_disk_percent / 100,
            settings.alert_memory_mb * 1024 * 1024,
        )
        self._vitals = vitals
        self._now = now
        self._clock = reactor
        self._failed = Failed()
        self._incidents = Incidents()
        self._failures = 0
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor

    def startService(self) -> None:
        """Begin to look."""
        super().startService()
        for each in self._parts():
            each.startService()
        self._looking.start(_EVERY, now=False).addErrback(
            lambda failure: self._log.failure("while looking for what is wrong", failure)
        )

    def stopService(self) -> None:
        """Look no more; what could not be delivered yet is in the log."""
        super().stopService()
        if self._looking.running:
            self._looking.stop()
        for each in self._parts():
            each.stopService()

    def happened(self, entry: Mapping[str, object]) -> None:
        """Something was written to the as-run, by the names of its fields there."""
        self._failed = happened(self._failed, entry, self._clock.seconds())

    def standing(self) -> tuple[Alert, ...]:
        """What is going on now, critical ones first."""
        return standing(self._incidents, self._now())

    def undelivered(self) -> Mapping[str, int]:
        """How many alerts wait for each place, by what people call it."""
        return {str(box.name): len(box) for box in self._boxes}

    def _parts(self) -> tuple[Service, ...]:
        return self._boxes if self._heartbeat is None else (*self._boxes, self._heartbeat)

    def _look(self) -> None:
        mono, wall = self._clock.seconds(), self._now()
        try:
            found = conditions(self._vitals(), self._thresholds, self._failed)
            self._incidents, alerts = step(self._incidents, found, mono, wall)
        except Exception:
            if self._failures % _QUIET == 0:
                self._log.failure("while looking for what is wrong")
            self._failures += 1
            return
        self._failures = 0
        for alert in alerts:
            for told in self._tell:
                with self._log.failuresHandled("while telling an alert"):
                    told(alert)
