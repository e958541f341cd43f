# -*- test-case-name: tests.ops.test_alert_log -*-
"""
Alerts in the log, in lines that can be searched for: C{ALERT}, the kind, and what is new of it.
Critical ones are logged as critical, warnings as warnings, and what is over as information.
"""

from twisted.logger import Logger, LogLevel

from .alert import Alert, News, Severity

__all__ = ["log_alert"]

_log = Logger()


def log_alert(alert: Alert) -> None:
    """
    Log it, as in C{ALERT link raised [20261124T140251Z-1] CRITICAL: CasparCG is not connected …};
    C{ALERT link recovered} is the end of the same.
    """
    level = LogLevel.critical if alert.severity is Severity.CRITICAL else LogLevel.warn
    _log.emit(
        LogLevel.info if alert.news is News.RECOVERED else level,
        "ALERT {kind} {state} [{incident}] {headline}",
        kind=alert.kind.value,
        state=alert.news.value,
        incident=alert.id,
        headline=alert.headline,
    )
