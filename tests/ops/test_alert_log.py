"""Alerts in the log."""

from attrs import evolve
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from rtgplayout.ops.alert import News, Severity
from rtgplayout.ops.alert_log import log_alert

from .test_alert import ALERT


class AlertLogTests(SynchronousTestCase):
    """L{log_alert}."""

    def test_lines(self) -> None:
        """They can be searched for, and their levels say how grave they are."""
        found: list[tuple[LogLevel, str]] = []

        @implementer(ILogObserver)
        class Observer:
            def __call__(self, event: LogEvent) -> None:
                found.append((event["log_level"], formatEvent(event)))

        observer = Observer()
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        log_alert(ALERT)
        log_alert(evolve(ALERT, severity=Severity.WARNING, sentence="{not} a format"))
        log_alert(evolve(ALERT, news=News.RECOVERED, lasted=5.0))
        id, sentence = ALERT.id, ALERT.sentence
        self.assertEqual(
            found,
            [
                (LogLevel.critical, f"ALERT link raised [{id}] CRITICAL: {sentence}"),
                (LogLevel.warn, f"ALERT link raised [{id}] WARNING: {{not}} a format"),
                (LogLevel.info, f"ALERT link recovered [{id}] RECOVERED after 5 s: {sentence}"),
            ],
        )
