# -*- test-case-name: tests.ops.test_health -*-
"""
How the daemon is, in a word and the reasons for it.
"""

from ..playout.status import Mode, Showing, Status
from .vitals import Vitals

__all__ = ["GRACE", "is_due", "verdict"]

GRACE = 5.0
"""Seconds that CasparCG may be away, or something due be late, before the show is in danger."""


def verdict(vitals: Vitals) -> tuple[str, tuple[str, ...]]:
    """
    C{healthy}, C{degraded} (the show goes on, somebody should look) or C{failing} (it does not, or
    nobody can say), and sentences that say why.
    """
    failing: list[str] = []
    degraded: list[str] = []
    if vitals.away is not None:
        grave = failing if vitals.away > GRACE else degraded
        grave.append("CasparCG is not connected" + (vitals.why_away and f": {vitals.why_away}"))
    elif not vitals.answers:
        degraded.append("CasparCG does not answer")
    for status in vitals.statuses:
        name = f"channel {status.channel}"
        if vitals.away is None and not status.telemetry:
            degraded.append(f"{name}: no telemetry (OSC) arrives")
        if status.showing is Showing.SLATE:
            degraded.append(f"{name}: the slate is on air")
        elif status.showing is Showing.NOTHING and is_due(status, vitals.wall):
            failing.append(f"{name}: nothing is on air")
    degraded += [
        f"channel {number}: CasparCG runs at {theirs} frames a second, and the settings say {ours}"
        for number, (theirs, ours) in vitals.other_rates.items()
    ]
    degraded += [f"{what} could not be saved: {why}" for what, why in vitals.unsaved.items()]
    degraded += [f"{part} does not work: {why}" for part, why in vitals.broken.items()]
    degraded += [f"the as-run is not whole: {vitals.chain}"] if vitals.chain else []
    word = "failing" if failing else "degraded" if degraded else "healthy"
    return word, (*failing, *degraded)


def is_due(status: Status, wall: float) -> bool:
    """Whether an item should be on air by itself, for some time already."""
    upcoming = status.upcoming
    if status.mode is Mode.MANUAL or upcoming is None or upcoming.start_at is None:
        return False
    return wall - upcoming.start_at > GRACE
