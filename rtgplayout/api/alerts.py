# -*- test-case-name: tests.api.test_alerts -*-
"""
What clients are told of what is wrong: version 2 all of it, version 1 what is worth a toast.
"""

from ..ops.alert import Alert, News, Severity
from ..rundown.timing import iso
from . import answers

__all__ = [
    "MOST_GREETED",
    "alert_toasts",
    "alert_told",
    "alerts_told",
    "greeting_toasts",
    "still_standing",
]

MOST_GREETED = 5
"""Alerts that a client of version 1 is told when it comes."""

_LEVELS = {Severity.WARNING: "warning", Severity.CRITICAL: "error"}


def still_standing(alerts: tuple[Alert, ...], news: Alert) -> tuple[Alert, ...]:
    """What stands after C{news}: critical ones first, then those that are older."""
    found = [each for each in alerts if each.id != news.id]
    if news.news is not News.RECOVERED:
        found.append(news)
    found.sort(key=lambda each: (each.severity is not Severity.CRITICAL, each.since, each.id))
    return tuple(found)


def alert_told(alert: Alert) -> answers.Alert:
    """It as version 2 is told."""
    return answers.Alert(
        id=alert.id,
        news=alert.news.value,
        kind=alert.kind.value,
        subject=alert.subject,
        severity=alert.severity.value,
        sentence=alert.sentence,
        since=iso(alert.since),
        at=iso(alert.at),
        times=alert.times,
        lasted_seconds=None if alert.lasted is None else round(alert.lasted, 3),
    )


def alerts_told(alerts: tuple[Alert, ...]) -> answers.Alerts:
    """All that stand."""
    return answers.Alerts(tuple(map(alert_told, alerts)))


def alert_toasts(alert: Alert) -> tuple[answers.Notification, ...]:
    """It as version 1 is told: none that only says again what was said."""
    if alert.news is News.REMINDER:
        return ()
    return (_toast(alert),)


def _toast(alert: Alert) -> answers.Notification:
    level = "success" if alert.news is News.RECOVERED else _LEVELS[alert.severity]
    return answers.Notification(level, alert.headline)


def greeting_toasts(alerts: tuple[Alert, ...]) -> tuple[answers.Notification, ...]:
    """
    What stands, for one of version 1 who comes.

    @param alerts: the gravest first.
    """
    toasts = tuple(map(_toast, alerts[:MOST_GREETED]))
    if len(alerts) > MOST_GREETED:
        more = f"{len(alerts) - MOST_GREETED} more alerts are standing"
        toasts += (answers.Notification("warning", more),)
    return toasts
