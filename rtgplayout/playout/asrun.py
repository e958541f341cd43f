# -*- test-case-name: tests.playout.test_asrun -*-
"""
What is written down about what was on air: one value a change, put into the old system's JSON
fields here, and more behind them (control protocol, as-run).

Each airing has one C{PLAY_START}, and one entry that closes it, with its C{startTime}: C{PLAY_END},
C{PLAY_STOP}, or C{PLAY_ERROR}. A stop of what is only held, and an error of what was never on air,
have no C{startTime}, and close nothing. Filler, slate and what another client shows on the
playlist's layer are airings too, of no item. An airing that goes on as the rest of one before, as
after a restart, says C{continued}: it is no other one to count. The frames of all closing entries
add up to what was seen.
"""

from enum import Enum
from fractions import Fraction

from attrs import frozen

from ..rundown.timing import format_duration, iso

__all__ = [
    "Aired",
    "Cause",
    "Confirmation",
    "Ending",
    "Entry",
    "Place",
    "PlayEnd",
    "PlayError",
    "PlayStart",
    "PlayStop",
    "SystemEvent",
    "TemplateHide",
    "TemplateShow",
    "as_fields",
]


class Cause(Enum):
    """Why something went on air; of a graphic, also why it went off."""

    SCHEDULE = "schedule"
    HARD_START = "hard start"
    OPERATOR = "operator"
    RECOVERY = "recovery"
    """It was put back, or found on air, after a restart of the daemon or of CasparCG."""
    FALLBACK = "fallback"
    """What was to come failed, or there was nothing to come."""
    SECONDARY = "secondary event"
    """A graphic of the item on air."""
    CASPAR = "caspar"
    """CasparCG says so, and nothing here asked for it: another client, or a page by itself."""


class Ending(Enum):
    """Why an airing is over."""

    END = "end"
    """It was shown to its out point, or stood in until what it stood in for came."""
    HARD_START = "hard start"
    """It was cut for an item that has to start at its time."""
    TAKE = "take"
    """An operator put another one on air."""
    OPERATOR = "operator"
    """An operator stopped it."""
    BROKEN = "broken"
    """It could not be shown, or not any more."""
    RECOVERY = "recovery"
    """What should be on air was put back in its place."""
    CASPAR = "caspar"
    """CasparCG does not show it any more, and nothing here asked for that."""


class Confirmation(Enum):
    """How it is known to be so."""

    OSC = "osc"
    INFO = "info"
    AMCP = "amcp"
    """CasparCG took the command; of what a page does it tells no more."""


@frozen
class Place:
    """
    Where it was, and in which frames it is counted.

    @ivar rate: frames a second.
    """

    channel: int
    layer: int
    rate: Fraction


@frozen
class Aired:
    """
    An airing as its C{PLAY_START} has it; all that is written of it later says the same.

    @ivar item_id: empty for what is no item.
    @ivar at: seconds since the epoch of its first frame.
    @ivar planned_at: when the schedule wanted it; L{None} when no schedule did.
    @ivar first_frame: of the file, in frames of the channel.
    @ivar planned: how many frames the schedule meant; L{None} for as long as it takes.
    @ivar cover: C{filler} or C{slate}; empty for an item, and for what another client shows.
    @ivar continued: it is the rest of an airing that was written down before.
    """

    item_id: str
    file: str
    at: float
    planned_at: float | None
    first_frame: int
    planned: int | None
    cover: str = ""
    continued: bool = False


@frozen
class PlayStart:
    """
    Something went on air.

    @ivar tick: CasparCG's tick of its first frame; L{None} when it is not known.
    @ivar by: the operator who wanted it; empty when none did.
    """

    place: Place
    aired: Aired
    tick: int | None
    cause: Cause
    by: str
    confirmation: Confirmation


@frozen
class PlayEnd:
    """
    Something went off the air, or reached its end and is held.

    @ivar at: seconds since the epoch of the first frame that is not its own any more.
    @ivar frames: how many of its frames were shown, counted from its first.
    @ivar tick: CasparCG's tick at C{at}; L{None} when it is not known.
    @ivar by: the operator who put another one on air; empty when none did.
    """

    place: Place
    aired: Aired
    at: float
    frames: int
    tick: int | None
    cause: Ending
    by: str
    confirmation: Confirmation


@frozen
class PlayStop:
    """
    An operator stopped something.

    @ivar closes: it was running; else it was held, and another entry says how long it was shown.
    """

    place: Place
    aired: Aired
    at: float
    frames: int
    tick: int | None
    by: str
    confirmation: Confirmation
    closes: bool = True


@frozen
class PlayError:
    """
    Something could not be put on air, or broke on air, or nobody knows how long it was on air.

    @ivar aired: what it was, or would have been.
    @ivar at: seconds since the epoch when that was known.
    @ivar closes: it was on air, and this is its end.
    @ivar frames: how many of its frames were shown; L{None} when nobody knows.
    """

    place: Place
    aired: Aired
    at: float
    error: str
    cause: Ending = Ending.BROKEN
    closes: bool = False
    frames: int | None = 0
    tick: int | None = None
    confirmation: Confirmation | None = None


@frozen
class TemplateShow:
    """
    A graphic was shown.

    @ivar data: what it shows, a JSON object as text.
    @ivar item_id: of the item that it came with; empty when it came with none.
    @ivar continued: it was there before this daemon was.
    """

    template: str
    channel: int
    layer: int
    data: str
    at: float
    cause: Cause
    by: str = ""
    item_id: str = ""
    confirmation: Confirmation = Confirmation.AMCP
    continued: bool = False


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
    confirmation: Confirmation = Confirmation.AMCP


@frozen
class SystemEvent:
    """
    Something about the system: start, stop, the link, a clock that jumped.

    @ivar channel: which one noticed it; L{None} for what is no channel's.
    """

    event: str
    at: float
    details: str = ""
    channel: int | None = None


Entry = PlayStart | PlayEnd | PlayStop | PlayError | TemplateShow | TemplateHide | SystemEvent


def as_fields(entry: Entry, now: float) -> dict[str, object]:
    """
    The entry as one line of the as-run log. Those of the old system come first, with its names,
    types and meaning; then, for all C{PLAY_}:

      - C{channel}, C{layer}, and C{rate} in frames a second, C{"25"} or C{"30000/1001"};
      - C{plannedFrames}, which the schedule meant, and C{actualFrames}, which were seen: null at
        the start, and where nobody knows;
      - C{sourceIn} and C{sourceOut}, the first frame of the file and the one behind the last: at
        the start as planned, at the end as seen; null for what runs in a loop;
      - C{delayFrames}, by how many it started late; null when no schedule wanted it then;
      - C{cause}, L{Cause} of a start and L{Ending} of all others, and C{by}, the operator;
      - C{confirmation}: C{osc}, C{info}, C{amcp}, or null for what was never on air;
      - C{cover}: C{filler}, C{slate}, or null; C{continued}; C{tick}, CasparCG's own.

    @param now: seconds since the epoch, of the writing.
    """
    fields: dict[str, object] = {"timestamp": iso(now)}
    match entry:
        case PlayStart(place, aired):
            planned_at = aired.at if aired.planned_at is None else aired.planned_at
            fields |= {
                "eventType": "PLAY_START",
                "itemId": aired.item_id,
                "fileName": aired.file,
                "scheduledTime": iso(planned_at),
                "actualTime": iso(aired.at),
                "delayMs": round((aired.at - planned_at) * 1000),
                "status": "started",
            }
            fields |= _behind(place, aired, None, entry.cause, entry.by, entry.tick)
            fields["confirmation"] = entry.confirmation.value
        case PlayEnd(place, aired):
            expected = entry.frames if aired.planned is None else aired.planned
            fields |= {
                "eventType": "PLAY_END",
                "itemId": aired.item_id,
                "fileName": aired.file,
                "startTime": iso(aired.at),
                "endTime": iso(entry.at),
                "expectedDuration": format_duration(_ms(expected, place)),
                "actualDuration": format_duration(_ms(entry.frames, place)),
                "varianceMs": _ms(entry.frames, place) - _ms(expected, place),
                "status": "completed",
            }
            fields |= _behind(place, aired, entry.frames, entry.cause, entry.by, entry.tick)
            fields["confirmation"] = entry.confirmation.value
        case PlayStop(place, aired):
            fields |= {
                "eventType": "PLAY_STOP",
                "itemId": aired.item_id,
                "fileName": aired.file,
                "reason": "manual",
                "status": "stopped",
                "startTime": iso(aired.at) if entry.closes else None,
                "endTime": iso(entry.at),
                "actualDuration": format_duration(_ms(entry.frames, place)),
            }
            fields |= _behind(place, aired, entry.frames, Ending.OPERATOR, entry.by, entry.tick)
            fields["confirmation"] = entry.confirmation.value
        case PlayError(place, aired):
            known = entry.closes and entry.frames is not None
            fields |= {
                "eventType": "PLAY_ERROR",
                "itemId": aired.item_id,
                "fileName": aired.file,
                "error": entry.error,
                "errorStack": None,
                "status": "error",
                "startTime": iso(aired.at) if entry.closes else None,
                "endTime": iso(entry.at) if known else None,
            }
            fields |= _behind(place, aired, entry.frames, entry.cause, "", entry.tick)
            fields["confirmation"] = entry.confirmation and entry.confirmation.value
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
                "confirmation": entry.confirmation.value,
                "continued": entry.continued,
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
                "confirmation": entry.confirmation.value,
            }
        case SystemEvent():
            fields |= {
                "eventType": "SYSTEM_EVENT",
                "event": entry.event,
                "details": entry.details,
            }
            if entry.channel is not None:
                fields["channel"] = entry.channel
    return fields


def _ms(frames: int, place: Place) -> int:
    return round(frames * 1000 / place.rate)


def _behind(
    place: Place, aired: Aired, frames: int | None, cause: Cause | Ending, by: str, tick: int | None
) -> dict[str, object]:
    """What stands behind the old fields of every airing."""
    length = aired.planned if frames is None else frames
    late = None if aired.planned_at is None else aired.at - aired.planned_at
    loops = aired.cover != "" or length is None
    return {
        "channel": place.channel,
        "layer": place.layer,
        "rate": str(place.rate),
        "plannedFrames": aired.planned,
        "actualFrames": frames,
        "sourceIn": None if aired.cover else aired.first_frame,
        "sourceOut": None if loops or length is None else aired.first_frame + length,
        "delayFrames": None if late is None else round(late * float(place.rate)),
        "cause": cause.value,
        "by": by,
        "cover": aired.cover or None,
        "continued": aired.continued,
        "tick": tick,
    }
