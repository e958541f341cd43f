# -*- test-case-name: tests.playout.test_asrun -*-
"""
What is written down about what was on air: one value a change, put into the old system's JSON
fields here (control protocol, as-run).
"""

from enum import Enum
from fractions import Fraction

from attrs import frozen

from ..rundown.timing import format_duration, iso


class Cause(Enum):
    """Why something went on air, or off."""

    SCHEDULE = "schedule"
    HARD_START = "hard start"
    OPERATOR = "operator"
    RECOVERY = "recovery"
    """It was put back, or found on air, after a restart of the daemon or of CasparCG."""
    FALLBACK = "fallback"
    """What was to come failed."""
    CASPAR = "caspar"
    """CasparCG says so, and nothing here asked for it: another client, or a page by itself."""


class Confirmation(Enum):
    """How it is known to have been on air."""

    OSC = "osc"
    INFO = "info"


@frozen
class PlayStart:
    """
    An item went on air.

    @ivar at: seconds since the epoch of its first frame.
    @ivar planned_at: when the schedule wanted it; the same as C{at} when nothing had.
    @ivar first_frame: of the file, in frames of the channel.
    @ivar tick: CasparCG's tick of that frame; L{None} when it is not known.
    """

    item_id: str
    file: str
    at: float
    planned_at: float
    first_frame: int
    tick: int | None
    cause: Cause
    by: str
    confirmation: Confirmation


@frozen
class PlayEnd:
    """
    An item went off the air or reached its end.

    @ivar frames: how many of its frames were shown, counted from C{first_frame}.
    @ivar expected: how many the schedule had meant when it started.
    """

    item_id: str
    file: str
    started_at: float
    at: float
    first_frame: int
    frames: int
    expected: int
    tick: int | None
    rate: Fraction


@frozen
class PlayStop:
    """An operator stopped an item."""

    item_id: str
    file: str
    at: float
    by: str


@frozen
class PlayError:
    """An item could not be put on air, or broke on air."""

    item_id: str
    file: str
    at: float
    error: str


@frozen
class TemplateShow:
    """
    A graphic was shown.

    @ivar data: what it shows, a JSON object as text.
    @ivar item_id: of the item that it came with; empty when it came with none.
    """

    template: str
    channel: int
    layer: int
    data: str
    at: float
    cause: Cause
    by: str = ""
    item_id: str = ""


@frozen
class TemplateHide:
    """
    A graphic was told to go, was taken off, or is gone.

    @ivar shown_for: seconds.
    @ivar item_id: of the item that it went with; empty when it went with none.
    """

    template: str
    channel: int
    layer: int
    shown_for: float
    at: float
    cause: Cause
    by: str = ""
    item_id: str = ""


@frozen
class SystemEvent:
    """Something about the system: start, stop, the link, a clock that jumped."""

    event: str
    at: float
    details: str = ""


Entry = PlayStart | PlayEnd | PlayStop | PlayError | TemplateShow | TemplateHide | SystemEvent


def as_fields(entry: Entry, now: float) -> dict[str, object]:
    """
    The entry as one line of the as-run log.

    @param now: seconds since the epoch, of the writing.
    """
    fields: dict[str, object] = {"timestamp": iso(now)}
    match entry:
        case PlayStart():
            fields |= {
                "eventType": "PLAY_START",
                "itemId": entry.item_id,
                "fileName": entry.file,
                "scheduledTime": iso(entry.planned_at),
                "actualTime": iso(entry.at),
                "delayMs": round((entry.at - entry.planned_at) * 1000),
                "status": "started",
                "firstFrame": entry.first_frame,
                "tick": entry.tick,
                "cause": entry.cause.value,
                "by": entry.by,
                "confirmation": entry.confirmation.value,
            }
        case PlayEnd():
            expected = round(entry.expected * 1000 / entry.rate)
            actual = round(entry.frames * 1000 / entry.rate)
            fields |= {
                "eventType": "PLAY_END",
                "itemId": entry.item_id,
                "fileName": entry.file,
                "startTime": iso(entry.started_at),
                "endTime": iso(entry.at),
                "expectedDuration": format_duration(expected),
                "actualDuration": format_duration(actual),
                "varianceMs": actual - expected,
                "status": "completed",
                "frames": entry.frames,
                "tick": entry.tick,
            }
        case PlayStop():
            fields |= {
                "eventType": "PLAY_STOP",
                "itemId": entry.item_id,
                "fileName": entry.file,
                "reason": "manual",
                "status": "stopped",
                "by": entry.by,
            }
        case PlayError():
            fields |= {
                "eventType": "PLAY_ERROR",
                "itemId": entry.item_id,
                "fileName": entry.file,
                "error": entry.error,
                "errorStack": None,
                "status": "error",
            }
        case TemplateShow():
            fields |= {
                "eventType": "TEMPLATE_SHOW",
                "templateName": entry.template,
                "channel": entry.channel,
                "layer": entry.layer,
                "data": entry.data,
                "status": "displayed",
                "itemId": entry.item_id,
                "cause": entry.cause.value,
                "by": entry.by,
            }
        case TemplateHide():
            fields |= {
                "eventType": "TEMPLATE_HIDE",
                "templateName": entry.template,
                "channel": entry.channel,
                "layer": entry.layer,
                "displayDuration": format_duration(round(entry.shown_for * 1000)),
                "status": "hidden",
                "itemId": entry.item_id,
                "cause": entry.cause.value,
                "by": entry.by,
            }
        case SystemEvent():
            fields |= {
                "eventType": "SYSTEM_EVENT",
                "event": entry.event,
                "details": entry.details,
            }
    return fields
