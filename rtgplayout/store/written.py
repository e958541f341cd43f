# -*- test-case-name: tests.store.test_written -*-
"""
What documents have in common: instants as JSON has them, and sentences on what was repaired.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

__all__ = ["EPOCH", "few", "instant"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_SENTENCES = 50


def instant(written: object) -> float | None:
    """Seconds since the epoch, whole milliseconds; L{None} for what is no date with a zone."""
    if not isinstance(written, str):
        return None
    try:
        moment = datetime.fromisoformat(written)
        return (moment - EPOCH) // timedelta(milliseconds=1) / 1_000
    except (ValueError, TypeError):
        return None


def few(sentences: Sequence[str]) -> tuple[str, ...]:
    """Not more sentences than somebody would read."""
    if len(sentences) <= _MOST_SENTENCES:
        return tuple(sentences)
    rest = len(sentences) - _MOST_SENTENCES
    return (*sentences[:_MOST_SENTENCES], f"… and {rest} more such repairs.")
