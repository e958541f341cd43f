# -*- test-case-name: tests.store.test_state_file -*-
"""
C{channel-<n>.json}: what a restarted daemon must know of a channel beyond its playlist, so that it
goes on as it was.

    {"mode": "AUTO", "onAirId": "item-1", "startedAt": 1772388000.04, "nextId": "item-2",
     "ended": false}
"""

import math

import orjson
from attrs import frozen

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
    """

    mode: Mode = Mode.MANUAL
    on_air_id: str | None = None
    started_at: float | None = None
    next_id: str | None = None
    ended: bool = False


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
    remembered = Remembered(mode, text("onAirId"), started_at, text("nextId"), ended)
    return Decoded(remembered, tuple(repairs))


def _is_instant(value: object) -> bool:
    return isinstance(value, int | float) and value is not True and math.isfinite(value)
