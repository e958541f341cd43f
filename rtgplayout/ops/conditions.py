# -*- test-case-name: tests.ops.test_conditions -*-
"""
What is wrong at a moment, by what the daemon knows of itself: rules that know of no time but the
one they are told. When it is told to people is decided by L{rtgplayout.ops.incidents}.
"""

from collections.abc import Iterator, Mapping
from heapq import nsmallest

from attrs import evolve, field, frozen

from ..media.preflight import Fault, Finding
from ..playout.status import Showing
from .alert import Condition, Kind, Severity, plain, span
from .counted import is_failure
from .health import is_due
from .vitals import Disk, Vitals

__all__ = ["NEAR", "SINGLES", "Failed", "Thresholds", "conditions", "happened"]

NEAR = 1800.0
"""Seconds before its time from which a file that cannot be shown is critical."""
SINGLES = 20
"""Faulty files that get a condition each, those that start first; the others are counted."""
_JUST_STARTED = 60.0
"""Seconds for which a faulty file is told after its time, when nothing else is known of it."""
_FAILED_FOR = 600.0
"""Seconds after which an item that failed is over, if nothing has started since."""
_MOST_FAILED = 100
"""Items that failed and are kept in mind."""
_JUMPED_FOR = 600.0
"""Seconds for which a clock that jumped is told."""
_SILENT_FOR = 20.0
"""Seconds without telemetry from which that is told: a server that was just reached sends soon."""
_BROKEN_FOR = 3.0
"""Seconds that a part has for being begun again."""
_SETTLED_FOR = 10.0
"""
Seconds that a file has for being finished: each that is found for the first time counts as being
written for two, until it stayed the same.
"""
_EMPTY_FOR = 10.0
"""Seconds that a schedule may be short, as while a playlist is being exchanged."""
_SOON = 600.0
"""Seconds of schedule left below which that is critical."""
_MEGABYTE = 1024 * 1024


@frozen
class Thresholds:
    """
    From when on something is wrong; see the settings C{alert_*}.

    @ivar link: seconds that CasparCG may be away.
    @ivar schedule: seconds of schedule left; 0 is never.
    @ivar missing: seconds before its time from which a faulty file is told.
    @ivar disk: share of a disk that may be used, at most 1.
    @ivar memory: bytes.
    """

    link: float = 10.0
    schedule: float = 3600.0
    missing: float = 14_400.0
    disk: float = 0.9
    memory: float = 400.0 * _MEGABYTE


@frozen
class Failed:
    """
    Items that could not be put on air, or broke there, and after which nothing has started yet.

    @ivar items: by channel and file: the monotonic second of the failure, and why.
    """

    items: Mapping[tuple[int, str], tuple[float, str]] = field(factory=dict)


def happened(failed: Failed, entry: Mapping[str, object], mono: float) -> Failed:
    """
    What an entry of the as-run, by the names of its fields there, makes of it.

    @param mono: monotonic seconds now.
    """
    event, channel = entry.get("eventType"), entry.get("channel")
    number = channel if isinstance(channel, int) else 0
    if is_failure(entry):
        items = dict(failed.items)
        items[number, str(entry.get("fileName") or "")] = mono, str(entry.get("error") or "")
        while len(items) > _MOST_FAILED:
            del items[min(items, key=lambda key: items[key][0])]
        return Failed(items)
    if event == "PLAY_START" and entry.get("itemId") and any(n == number for n, _ in failed.items):
        return Failed({key: value for key, value in failed.items.items() if key[0] != number})
    return failed


def conditions(
    vitals: Vitals, thresholds: Thresholds, failed: Failed = Failed()
) -> tuple[Condition, ...]:
    """What is wrong now, of each kind and subject one."""
    return (
        *_link(vitals, thresholds),
        *_on_air(vitals),
        *_failed(vitals, failed),
        *_schedule(vitals, thresholds),
        *_files(vitals, thresholds),
        *(each for disk in vitals.disks for each in _disk(disk, thresholds)),
        *_records(vitals),
        *_process(vitals, thresholds),
    )


def _link(vitals: Vitals, thresholds: Thresholds) -> Iterator[Condition]:
    what_to_do = (
        "Nothing can be commanded; what is cued goes on by itself. Check that the CasparCG server"
        " runs, and the network to it."
    )
    if vitals.away is not None:
        why = f" ({plain(vitals.why_away)})" if vitals.why_away else ""
        yield Condition(
            Kind.LINK,
            "CasparCG",
            Severity.CRITICAL,
            f"CasparCG is not connected since {span(vitals.away)}{why}. {what_to_do}",
            begins=vitals.away >= thresholds.link,
            held=vitals.away,
        )
    elif not vitals.answers:
        sentence = f"CasparCG is connected and does not answer. {what_to_do}"
        yield Condition(
            Kind.LINK, "CasparCG", Severity.CRITICAL, sentence, patience=thresholds.link
        )


def _on_air(vitals: Vitals) -> Iterator[Condition]:
    for status in vitals.statuses:
        name = f"channel {status.channel}"
        if status.showing is Showing.SLATE:
            yield Condition(
                Kind.SLATE,
                name,
                Severity.CRITICAL,
                f"The slate is on air on {name}: no item could be shown. Check the files of the"
                " items that come next, and take one that is good.",
            )
        elif status.showing is Showing.NOTHING and is_due(status, vitals.wall):
            yield Condition(
                Kind.NOTHING,
                name,
                Severity.CRITICAL,
                f"Nothing is on air on {name}, though an item is due. Look at the picture, check"
                " CasparCG, and take the item by hand.",
            )
        if vitals.away is None and not status.telemetry:
            yield Condition(
                Kind.OSC,
                name,
                Severity.WARNING,
                f"No telemetry (OSC) arrives for {name}: what is on air is not followed to the"
                " frame. Check the firewall for UDP to this machine, and osc in casparcg.config.",
                patience=_SILENT_FOR,
            )


def _failed(vitals: Vitals, failed: Failed) -> Iterator[Condition]:
    for (channel, file), (mono, why) in failed.items.items():
        if vitals.mono - mono < _FAILED_FOR:
            because = f" ({plain(why, 200)})" if why else ""
            yield Condition(
                Kind.FAILED,
                f"channel {channel}: {plain(file)}",
                Severity.CRITICAL,
                f"{plain(file, 200) or 'An item'} could not be shown on channel {channel}"
                f"{because}. What comes next was taken instead; check the file.",
                held=max(0.0, vitals.mono - mono),
            )


def _schedule(vitals: Vitals, thresholds: Thresholds) -> Iterator[Condition]:
    for channel, left in vitals.schedule_left.items():
        if left is not None and left < thresholds.schedule * 1.1:
            name = f"channel {channel}"
            runs_out = f"runs out in {span(left)}" if left > 0 else "is empty"
            yield Condition(
                Kind.SCHEDULE,
                name,
                Severity.CRITICAL if left < _SOON else Severity.WARNING,
                f"The schedule of {name} {runs_out}. Add items.",
                begins=left < thresholds.schedule,
                patience=_EMPTY_FOR,
            )


def _files(vitals: Vitals, thresholds: Thresholds) -> Iterator[Condition]:
    soon, late = vitals.wall + thresholds.missing, vitals.wall - _JUST_STARTED
    due = [
        finding
        for finding in vitals.findings
        if finding.deadline is not None and late < finding.deadline < soon
    ]
    yield from _singles(Kind.FILE, [each for each in due if each.grave], vitals.wall)
    yield from _singles(Kind.FLAW, [each for each in due if not each.grave], vitals.wall)


def _singles(kind: Kind, due: list[Finding], wall: float) -> Iterator[Condition]:
    """
    A condition for each file of those that start first; the first of them says for which others it
    holds too.
    """
    seen: dict[str, Condition] = {}
    for finding in nsmallest(SINGLES, due, key=lambda each: each.deadline or 0.0):
        left = (finding.deadline or 0.0) - wall
        starts = f"starts in {span(left)}" if left > 0 else "should have started"
        near = finding.grave and left < NEAR
        sentence = (
            f"{plain(finding.file, 150)} {starts} on channel {finding.channel}:"
            f" {plain(finding.sentence, 200)} Repair the file, or take the item out."
        )
        severity = Severity.CRITICAL if near else Severity.WARNING
        subject = finding.file or finding.item_id
        patience = _SETTLED_FOR if finding.fault is Fault.GROWING else 0.0
        condition = Condition(kind, subject, severity, sentence, patience=patience)
        seen.setdefault(subject, condition)
    also: frozenset[str] = frozenset()
    if len(due) > SINGLES:
        also = frozenset({each.file or each.item_id for each in due}).difference(seen)
    for first, condition in enumerate(seen.values()):
        yield condition if first else evolve(condition, also=also)


def _disk(disk: Disk, thresholds: Thresholds) -> Iterator[Condition]:
    used = 1 - disk.free / disk.total if disk.total > 0 else 0.0
    if used > thresholds.disk - 0.02:
        yield Condition(
            Kind.DISK,
            disk.what,
            Severity.CRITICAL if used >= (1 + thresholds.disk) / 2 else Severity.WARNING,
            f"The disk of {disk.what} is {used:.0%} full, {disk.free // _MEGABYTE:,} MB are left."
            " Make room: when it is full, nothing can be saved.",
            begins=used >= thresholds.disk,
        )


def _records(vitals: Vitals) -> Iterator[Condition]:
    for what, why in vitals.unsaved.items():
        yield Condition(
            Kind.UNSAVED,
            what,
            Severity.CRITICAL,
            f"{plain(what)} could not be saved: {plain(why, 200)}. The channels go on; check that"
            " the disk has room and may be written to.",
        )
    if vitals.chain:
        yield Condition(
            Kind.AS_RUN,
            "as-run",
            Severity.WARNING,
            f"The as-run is not whole: {plain(vitals.chain, 200)}. Keep its files as they are, and"
            " run rtgplayout asrun verify.",
        )


def _process(vitals: Vitals, thresholds: Thresholds) -> Iterator[Condition]:
    jumped_at = vitals.jumped_at
    if jumped_at is not None and vitals.mono - jumped_at < _JUMPED_FOR:
        way = "forwards" if vitals.jumped_by > 0 else "backwards"
        yield Condition(
            Kind.CLOCK,
            "clock",
            Severity.WARNING,
            f"This machine's clock jumped {abs(vitals.jumped_by):,.1f} s {way}: hard starts follow"
            " it. Check its time, and that it is synchronised (timedatectl).",
        )
    if vitals.memory > thresholds.memory * 0.95:
        yield Condition(
            Kind.MEMORY,
            "memory",
            Severity.WARNING,
            f"The daemon holds {vitals.memory // _MEGABYTE:,} MB of memory. If that goes on"
            " growing, start it again at a calm moment: what is on air goes on meanwhile.",
            begins=vitals.memory > thresholds.memory,
        )
    for part, why in vitals.broken.items():
        yield Condition(
            Kind.PART,
            part,
            Severity.CRITICAL if part.startswith("channel") else Severity.WARNING,
            f"A part of the daemon does not work, {plain(part)}: {plain(why, 200)}. It is begun"
            " again by itself; if that does not help, look into the log.",
            patience=_BROKEN_FOR,
        )
