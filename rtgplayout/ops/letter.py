# -*- test-case-name: tests.ops.test_letter -*-
"""
The e-mail that tells of alerts.
"""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from ..rundown.timing import iso
from .alert import Alert, News, Severity, plain

__all__ = ["letter"]

_SUBJECT = 150
"""Characters of a subject."""


def letter(
    alerts: tuple[Alert, ...], station: str, sender: str, to: tuple[str, ...], wall: float
) -> bytes:
    r"""
    One e-mail for one or several alerts. Whatever their sentences hold, there are these headers and
    no others: what cannot be shown is taken out, and what is left is encoded.

    @param sender: an address, as the settings have it.
    @param wall: seconds since the epoch, now.
    @return: with lines that end in C{"\n"}, all ASCII.
    """
    worst = min(alerts, key=_importance)
    more = f" (and {len(alerts) - 1} more)" if len(alerts) > 1 else ""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = plain(f"[{plain(station, 40)}] {plain(worst.headline, _SUBJECT)}{more}")
    message["Date"] = format_datetime(datetime.fromtimestamp(wall, UTC))
    message["Message-ID"] = f"<{wall:.3f}.{worst.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's absence answers
    # In base 64 no line of it begins with a full stop, nor is longer than SMTP may carry.
    message.set_content(_text(alerts, station), cte="base64")
    return message.as_bytes()


def _text(alerts: tuple[Alert, ...], station: str) -> str:
    parts = [
        f"{plain(each.headline, 600)}\n\n"
        f"  kind     {each.kind.value}\n"
        f"  about    {plain(each.subject)}\n"
        f"  since    {iso(each.since)}\n"
        f"  told     {iso(each.at)} ({each.news.value})\n"
        f"  incident {each.id}\n"
        for each in alerts
    ]
    return "\n".join(parts) + f"\n-- \n{plain(station)}, rtgplayout\n"


def _importance(alert: Alert) -> tuple[bool, bool, float]:
    """The least is what the subject tells."""
    return (
        alert.news is News.RECOVERED,
        alert.severity is not Severity.CRITICAL,
        alert.at,
    )
