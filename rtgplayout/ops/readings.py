# -*- test-case-name: tests.ops.test_readings -*-
"""
The figures that tell how the daemon is at a moment, read from what it knows of itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ..media.preflight import Fault
from ..playout.status import Mode, Showing, Status
from . import figures
from .figures import Figure
from .health import verdict
from .vitals import Vitals

__all__ = ["Reading", "readings"]

Reading: TypeAlias = tuple[Figure, tuple[str, ...], float]
"""A figure, the values of its labels, and its value."""


def readings(vitals: Vitals) -> Iterator[Reading]:
    """All figures that follow from C{vitals}."""
    word, _ = verdict(vitals)
    for each in ("healthy", "degraded", "failing"):
        yield figures.HEALTH, (each,), each == word
    yield from _caspar(vitals)
    for status in vitals.statuses:
        yield from _channel(status)
    yield from _plan(vitals)
    yield from _clients(vitals)
    yield from _records(vitals)
    for disk in vitals.disks:
        yield figures.DISK_FREE, (disk.what,), disk.free
        yield figures.DISK_SIZE, (disk.what,), disk.total
    for part in sorted({*vitals.restarts, *vitals.broken}):
        yield figures.PART_BROKEN, (part,), part in vitals.broken
        yield figures.PART_RESTARTS, (part,), vitals.restarts.get(part, 0)


def _caspar(vitals: Vitals) -> Iterator[Reading]:
    yield figures.CONNECTED, (), vitals.away is None
    yield figures.AWAY, (), vitals.away or 0.0
    yield figures.ANSWERS, (), vitals.away is None and vitals.answers
    yield figures.RECONNECTS, (), vitals.reconnects
    yield figures.PENDING, (), vitals.pending
    yield figures.QUEUED, (), vitals.queued


def _channel(status: Status) -> Iterator[Reading]:
    number = str(status.channel)
    for showing in Showing:
        yield figures.SHOWING, (number, showing.value), showing is status.showing
    for mode in Mode:
        yield figures.MODE, (number, mode.value), mode is status.mode
    yield figures.TELEMETRY, (number,), status.telemetry


def _plan(vitals: Vitals) -> Iterator[Reading]:
    """What is scheduled: until when, and what is wrong with it."""
    for channel, left in vitals.schedule_left.items():
        if left is not None:
            yield figures.SCHEDULE_LEFT, (str(channel),), left
    count = Counter((each.channel, each.fault, each.grave) for each in vitals.findings)
    first: dict[int, float] = {}
    for each in vitals.findings:
        if each.grave and each.deadline is not None:
            first[each.channel] = min(each.deadline, first.get(each.channel, each.deadline))
    for status in vitals.statuses:
        channel = status.channel
        for fault in Fault:
            for grave, said in ((True, "yes"), (False, "no")):
                labels = str(channel), fault.value, said
                yield figures.FAULTY, labels, count[channel, fault, grave]
        if channel in first:
            left = first[channel] - vitals.wall
            yield figures.DEADLINE, (str(channel),), max(0.0, left)


def _clients(vitals: Vitals) -> Iterator[Reading]:
    clients = vitals.clients
    yield figures.CLIENTS, (), clients.connected
    yield figures.SLOW, (), clients.slow
    yield figures.DROPPED, (), clients.dropped
    yield figures.CLIENT_ERRORS, (), clients.errors
    yield figures.CLIENT_QUEUE, (), clients.queued
    yield figures.RECEIVED, (), clients.received
    yield figures.SENT, (), clients.sent


def _records(vitals: Vitals) -> Iterator[Reading]:
    yield figures.CHAIN_BROKEN, (), bool(vitals.chain)
    for document in vitals.unsaved:
        yield figures.UNSAVED, (document,), 1
    for state, files in _sorted(vitals.files):
        yield figures.FILES, (state,), files


def _sorted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items())
