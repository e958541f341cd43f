# -*- test-case-name: tests.store.test_state_file -*-
"""
C{channel-<n>.json}: what a restarted daemon must know of a channel beyond its playlist, so that it
goes on as it was.

    {"mode": "AUTO", "onAirId": "item-1", "startedAt": 1772388000.04, "nextId": "item-2",
     "ended": false,
     "aired": {"itemId": "item-1", "fileName": "GEN/opener.mov", "at": 1772388000.0416,
               "plannedAt": 1772388000.04, "firstFrame": 0, "plannedFrames": 375,
               "cover": "", "continued": false}}
"""

import math

import orjson
from attrs import frozen

from ..playout.asrun import Aired
from ..playout.status import Mode
from .decoded import Decoded, Unreadable, parsed

__all__ = ["Remembered", "decode", "encode", "file_name"]


@frozen
class Remembered:
    """
    What a channel was doing.

    @ivar on_air_id: the item that was on air; L{None} when none was.
    @ivar started_at: seconds since the epoch at which its in point was, or would have been, shown.
    @ivar next_id: the item that was to come next; L{None} when it was simply the one after it.
    @ivar ended: the item on air had come to its end, and that is in the as-run log.
    @ivar aired: what was on air, item or not, as its start is in the as-run log.
    """

    mode: Mode = Mode.MANUAL
    on_air_id: str | None = None
    started_at: float | None = None
    next_id: str | None = None
    ended: bool = False
    aired: Aired | None = None


def file_name(channel: int) -> str:
    """The name of a channel's file."""
    return f"channel-{channel}.json"


def encode(remembered: Remembered) -> bytes:
    """The file of what a channel was doing."""
    return orjson.dumps(
        {
            "mode": remembered.mode.value,
            "onAirId": remembered.on_air_id,
            "startedAt": remembered.started_at,
            "nextId": remembered.next_id,
            "ended": remembered.ended,
            "aired": None if remembered.aired is None else _written(remembered.aired),
        },
        option=orjson.OPT_INDENT_2,
    )


def decode(content: bytes) -> Decoded[Remembered]:
    """
    What a channel was doing; of a field that says nothing sensible, the default.

    @raise Unreadable: it is not a JSON object.
    """
    document = parsed(content)
    if not isinstance(document, dict):
        raise Unreadable("it is not a JSON object")
    repairs = []

    def text(key: str) -> str | None:
        found = document.get(key)
        if found is None or isinstance(found, str):
            return found
        repairs.append(f"{key} is no text; it is as if it were not there.")
        return None

    mode = Mode.MANUAL
    try:
        mode = Mode(document.get("mode"))
    except ValueError:
        repairs.append("mode is none of MANUAL, ASSISTED and AUTO; the channel is in manual.")
    started_at = document.get("startedAt")
    if started_at is not None and not _is_instant(started_at):
        repairs.append("startedAt is no instant; it is as if it were not there.")
        started_at = None
    ended = document.get("ended") is True
    aired = _aired(document.get("aired"))
    if aired is None and document.get("aired") is not None:
        repairs.append("aired is no airing; it is as if it were not there.")
    remembered = Remembered(mode, text("onAirId"), started_at, text("nextId"), ended, aired)
    return Decoded(remembered, tuple(repairs))


def _written(aired: Aired) -> dict[str, object]:
    return {
        "itemId": aired.item_id,
        "fileName": aired.file,
        "at": aired.at,
        "plannedAt": aired.planned_at,
        "firstFrame": aired.first_frame,
        "plannedFrames": aired.planned,
        "cover": aired.cover,
        "continued": aired.continued,
    }


def _aired(found: object) -> Aired | None:
    """The airing, if it is one."""
    match found:
        case {
            "itemId": str(item_id),
            "fileName": str(file),
            "at": at,
            "plannedAt": planned_at,
            "firstFrame": int(first),
            "plannedFrames": int() | None as planned,
            "cover": str(cover),
            "continued": bool(continued),
        } if _is_instant(at) and (planned_at is None or _is_instant(planned_at)):
            return Aired(item_id, file, at, planned_at, first, planned, cover, continued)
        case _:
            return None


def _is_instant(value: object) -> bool:
    return isinstance(value, int | float) and value is not True and math.isfinite(value)
