# -*- test-case-name: tests.api.test_views -*-
"""
How a channel looks on the wire: from playlists, schedules and statuses to what is told of them.

A long list is made in pieces, each small, so that whoever makes it can do other things between
two of them.
"""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from urllib.parse import quote

import orjson

from ..media.preflight import Finding
from ..ops.vitals import Clients
from ..playout import status as playout
from ..rundown.item import Item, SecondaryEvent
from ..rundown.playlist import (
    BaseStartSet,
    Deleted,
    Inserted,
    Moved,
    Operation,
    Updated,
)
from ..rundown.schedule import Adjustment, Planned, Problem, Schedule, Trouble
from ..rundown.timing import format_duration, iso
from .answers import (
    AutoplayStatus,
    CurrentItem,
    HardStartProblem,
    NextItem,
    OnAirItem,
    PlaybackStatus,
    PlaylistChanged,
    Preflight,
    Ready,
    Snapshot,
    Status,
    UpcomingItem,
    data_of,
)
from .codec import encode

__all__ = [
    "PIECE",
    "autoplay_status",
    "changed",
    "on_screen",
    "playback_status",
    "playlist_pieces",
    "preflight",
    "problem",
    "snapshot_pages",
    "status",
    "websocket_told",
]

PIECE = 100
"""How many items are made at a time: about a millisecond's work."""

SAFE = str.maketrans({"'": "\u2019", '"': "\u201d", "\\": "/", "<": "‹", ">": "›", "`": "\u2019"})
_UNSAFE_URL = re.compile(r"""[\x00-\x20"'<>\\`\x7f-\uffff]""")


def _seconds(frames: int, rate: Fraction) -> float:
    return frames * rate.denominator / rate.numerator


def _ms(frames: int, rate: Fraction) -> int:
    return round(frames * 1000 * rate.denominator / rate.numerator)


def _shown_file(item: Item) -> str:
    """
    The item's file as version 1 pages can show it: they put it into HTML and scripts as it is.
    """
    return item.file.translate(SAFE)


def _shown_thumbnail(item: Item) -> str | None:
    """The same for its thumbnail, a URL."""
    if item.thumbnail is None or not _UNSAFE_URL.search(item.thumbnail):
        return item.thumbnail
    return quote(item.thumbnail, safe="/%:?=&#+,;@~!$*()[]")


def _event(event: SecondaryEvent) -> dict[str, object]:
    told: dict[str, object] = {
        "id": event.id,
        "type": event.type.value,
        "trigger": event.trigger.value,
        "offsetMs": event.offset_ms,
        "layer": event.layer,
    }
    if event.template is not None:
        told["template"] = event.template
        told["data"] = dict(event.data)
    return told


def _shown_event(event: SecondaryEvent) -> dict[str, object]:
    told = _event(event)
    if event.template is not None:
        told["template"] = event.template.translate(SAFE)
    return told


# Version 1: whole documents.


def _scheduled(entry: Planned, schedule: Schedule, target: float | None) -> dict[str, object]:
    """
    An entry with its times.

    @param target: the instant of the next hard start after it.
    """
    item, rate = entry.item, schedule.rate
    slot = entry.duration + entry.gap
    start = schedule.instant(entry.start)
    if entry.target is not None and abs(entry.target - start) < 1 / rate:
        start = entry.target  # a page that cuts fractions would show the second before
    end = schedule.instant(entry.start + slot)
    backtime = None
    if target is not None:
        left = round((target - end) * 1000)
        backtime = {
            "targetTime": iso(target),
            "remainingMs": left,
            "remainingSeconds": left / 1000,
            "formatted": format_duration(left),
        }
    return {
        "id": item.id,
        "name": item.name,
        "file": _shown_file(item),
        "path": item.file,
        "type": item.kind.value,
        "durationSeconds": _seconds(slot, rate),
        "trimInSeconds": _seconds(item.in_point, rate),
        "trimOutSeconds": _seconds(entry.trim - entry.gap, rate),
        "thumbnail": _shown_thumbnail(item),
        "hardStartTime": None if item.hard_start is None else str(item.hard_start),
        "secondaryEvents": [_shown_event(event) for event in item.secondary_events],
        "stopAfter": item.stop_after,
        "startAt": iso(start),
        "endAt": iso(end),
        "durationMs": _ms(slot, rate),
        "frames": slot,
        "backtime": backtime,
    }


def playlist_pieces(document: playout.Document, kind: str, now: float) -> Iterator[bytes]:
    """
    A C{PLAYLIST_FULL} or C{PLAYLIST_UPDATED}, in pieces to be joined.

    @param kind: which of the two.
    @param now: seconds since the epoch: the base start of an empty list that has none.
    """
    schedule = document.schedule
    base = document.playlist.base_start
    if base is None:
        base = schedule.instant(schedule.entries[0].start) if schedule.entries else now
    head = {"id": f"MAIN-CHANNEL-{document.channel}", "baseStartAt": iso(base)}
    before = encode(kind, head)[:-2] + b',"items":['
    entries = schedule.entries
    targets = iter(
        [(n, entry.target) for n, entry in enumerate(entries) if entry.target is not None]
    )
    place: int = -1
    target: float | None = None
    for first in range(0, len(entries), PIECE):
        piece = []
        for n, entry in enumerate(entries[first : first + PIECE], first):
            while place <= n and place < len(entries):
                place, target = next(targets, (len(entries), None))
            piece.append(_scheduled(entry, schedule, target))
        last = first + PIECE >= len(entries)
        yield before + orjson.dumps(piece)[1:-1] + (b"]}}" if last else b"")
        before = b","
    if not entries:
        yield before + b"]}}"


def on_screen(status: playout.Status, before: playout.OnAir | None) -> playout.OnAir | None:
    """
    The item that the viewer sees: what version 1 calls current.

    @param before: what it was until now; while the next one is only starting, it still is.
    """
    match status.showing:
        case playout.Showing.STARTING:
            return before
        case playout.Showing.PLAYING | playout.Showing.HELD | playout.Showing.UNKNOWN:
            return status.on_air
    return None


def autoplay_status(
    status: playout.Status, current: playout.OnAir | None, document: playout.Document
) -> AutoplayStatus:
    """
    What version 1 is told of the status.

    @param current: the item on screen, as L{on_screen} says.
    """
    rate = document.playlist.rate
    following = status.upcoming
    start_at = None
    if following is not None:
        start_at = following.start_at
        entries = document.schedule.entries
        if start_at is None and following.index < len(entries):
            start_at = document.schedule.instant(entries[following.index].start)
    return AutoplayStatus(
        mode=status.mode.value,
        current_item=None
        if current is None
        else CurrentItem(
            id=current.item.id,
            name=current.item.name,
            file=_shown_file(current.item),
            start_at=iso(current.started_at),
            duration_seconds=_seconds(current.duration, rate),
        ),
        next_item=None
        if following is None
        else NextItem(
            id=following.item.id,
            name=following.item.name,
            file=_shown_file(following.item),
            start_at=iso(document.schedule.origin if start_at is None else start_at),
            duration_seconds=_seconds(following.duration, rate),
            hard_start_time=_time(following.item),
            thumbnail=_shown_thumbnail(following.item),
        ),
    )


def playback_status(current: playout.OnAir | None) -> PlaybackStatus:
    """What version 1 is told when what is on air changes."""
    if current is None:
        return PlaybackStatus(None, "stopped")
    return PlaybackStatus(
        current.item.id, "playing", _shown_file(current.item), iso(current.started_at)
    )


# Version 2: frames, and changes.


def _time(item: Item) -> str | None:
    return None if item.hard_start is None else str(item.hard_start)


def _item(item: Item, rate: Fraction) -> dict[str, object]:
    """An item as a version 2 client has it."""
    return {
        "id": item.id,
        "name": item.name,
        "file": item.file,
        "type": item.kind.value,
        "frames": item.duration,
        "durationSeconds": _seconds(item.duration, rate),
        "inFrames": item.in_point,
        "trimInSeconds": _seconds(item.in_point, rate),
        "thumbnail": item.thumbnail,
        "hardStartTime": _time(item),
        "secondaryEvents": [_event(event) for event in item.secondary_events],
        "stopAfter": item.stop_after,
    }


def _adjustment(item_id: str, found: Adjustment | None) -> dict[str, object]:
    """How an item's place differs from "right after the whole of the one before", if it does."""
    told: dict[str, object] = {"id": item_id}
    if found is not None:
        told |= {"trim": found.trim, "gap": found.gap}
        if found.start is not None:
            told["start"] = found.start
        if found.dropped:
            told["dropped"] = True
        if found.target is not None:
            told["target"] = iso(found.target)
    return told


def _warned(told: dict[str, object], found: tuple[Finding, ...]) -> dict[str, object]:
    """An item, with what is wrong with its file."""
    if found:
        told["warnings"] = [
            {"fault": each.fault.value, "sentence": each.sentence, "grave": each.grave}
            for each in found
        ]
    return told


def _nothing_found(item_id: str) -> tuple[Finding, ...]:
    return ()


def snapshot_pages(
    document: playout.Document,
    warnings_of: Callable[[str], tuple[Finding, ...]] = _nothing_found,
) -> Iterator[bytes]:
    """
    The playlist as C{SNAPSHOT} messages, one after another.

    @param warnings_of: what is wrong with an item, by its id.
    """
    playlist, schedule = document.playlist, document.schedule
    adjusted = schedule.adjusted
    for first in range(0, max(1, len(playlist.items)), PIECE):
        items = playlist.items[first : first + PIECE]
        page = Snapshot(
            revision=document.revision,
            rate=(playlist.rate.numerator, playlist.rate.denominator),
            base_start=None if playlist.base_start is None else iso(playlist.base_start),
            origin=iso(schedule.origin),
            total=len(playlist.items),
            offset=first,
            items=Ready(
                [_warned(_item(item, playlist.rate), warnings_of(item.id)) for item in items]
            ),
            adjustments=Ready(
                [_adjustment(item.id, adjusted[item.id]) for item in items if item.id in adjusted]
            ),
            problems=()
            if first
            else tuple(problem(found, schedule.rate) for found in schedule.problems),
        )
        yield encode("SNAPSHOT", data_of(page), channel=document.channel)


def _operation(operation: Operation, rate: Fraction) -> dict[str, object]:
    match operation:
        case Inserted(index, items):
            told = [_item(item, rate) for item in items]
            return {"op": "insert", "index": index, "items": told}
        case Deleted(index, items):
            return {"op": "delete", "index": index, "count": len(items)}
        case Moved(from_index, to_index):
            return {"op": "move", "fromIndex": from_index, "toIndex": to_index}
        case Updated(index, _, after):
            return {"op": "update", "index": index, "item": _item(after, rate)}
        case BaseStartSet(_, after):
            at = None if after is None else iso(after)
            return {"op": "baseStart", "at": at}


def changed(published: playout.Published, before: playout.Document) -> PlaylistChanged:
    """
    What led from one document to the next.

    @param before: the one that was published before.
    """
    document = published.document
    rate, schedule = document.playlist.rate, document.schedule
    was, now = before.schedule.adjusted, schedule.adjusted
    told = [
        _adjustment(item_id, now[item_id]) for item_id in now if now[item_id] != was.get(item_id)
    ]
    told += [_adjustment(item_id, None) for item_id in was if item_id not in now]
    return PlaylistChanged(
        from_=before.revision,
        to=document.revision,
        operations=Ready([_operation(each, rate) for each in published.changes.operations]),
        origin=iso(schedule.origin),
        adjustments=Ready(told),
        by=published.by,
        problems=None
        if schedule.problems == before.schedule.problems
        else tuple(problem(found, rate) for found in schedule.problems),
    )


def status(current: playout.Status, document: playout.Document, now: float) -> Status:
    """
    What version 2 is told of the status.

    @param now: seconds since the epoch.
    """
    rate = document.playlist.rate
    on_air, following = current.on_air, current.upcoming
    return Status(
        mode=current.mode.value,
        showing=current.showing.value,
        on_air=None
        if on_air is None
        else OnAirItem(
            item=_item(on_air.item, rate),
            index=on_air.index,
            started_at=iso(on_air.started_at),
            frames=on_air.duration,
            duration_seconds=_seconds(on_air.duration, rate),
            confirmed=on_air.confirmed,
        ),
        next=None
        if following is None
        else UpcomingItem(
            item=_item(following.item, rate),
            index=following.index,
            start_at=None if following.start_at is None else iso(following.start_at),
            frames=following.duration,
            duration_seconds=_seconds(following.duration, rate),
        ),
        cue=current.cue.value,
        backtime_seconds=None if current.backtime is None else _seconds(current.backtime, rate),
        connected=current.connected,
        telemetry=current.telemetry,
        timestamp=iso(now),
    )


def preflight(findings: tuple[Finding, ...], offset: int, limit: int) -> Preflight:
    """A part of what is wrong with what is scheduled."""
    told = [
        {
            "itemId": each.item_id or None,
            "file": each.file,
            "fault": each.fault.value,
            "sentence": each.sentence,
            "deadline": None if each.deadline is None else iso(each.deadline),
            "grave": each.grave,
        }
        for each in findings[offset : offset + limit]
    ]
    return Preflight(len(findings), offset, Ready(told))


# Both.

_REASONS = {
    Trouble.LATE: "the time has passed, or cannot be reached: it starts as soon as possible",
    Trouble.TRIM_TOO_LARGE: "more must be cut before it than the items before it allow",
    Trouble.ORDER: "it is not after the hard start before it",
    Trouble.NO_SUCH_TIME: "the clock skips that time on that day",
}


def websocket_told(clients: Clients) -> dict[str, object]:
    """What is told of all who are connected."""
    return {
        "clients": clients.connected,
        "errors": clients.errors,
        "slow": clients.slow,
        "dropped": clients.dropped,
        "queuedBytes": clients.queued,
    }


def problem(found: Problem, rate: Fraction) -> HardStartProblem:
    """A hard start that can not be kept, in words and seconds."""
    return HardStartProblem(
        item_id=found.item_id,
        item_name=found.item_name,
        hard_start_time=str(found.hard_start),
        reason=_REASONS[found.trouble],
        trim_needed=_seconds(found.trim_needed, rate) if found.trim_needed else None,
        max_trim=_seconds(found.max_trim, rate) if found.trim_needed else None,
        scheduled_start=None if found.scheduled_start is None else iso(found.scheduled_start),
        target_start=None if found.target_start is None else iso(found.target_start),
        conflict=None
        if found.conflicting_item is None
        else {
            "prevItem": found.conflicting_item,
            "prevTime": str(found.conflicting_time),
            "currTime": str(found.hard_start),
        },
    )
