# -*- test-case-name: tests.rundown.test_timing -*-
"""
Exact time: frame rates as fractions, frames as integers, times of day in the channel's zone.

A rate is a L{Fraction} of frames a second, the number that CasparCG reports as C{framerate}
(50 for 1080i50: it counts fields there). Instants are seconds since the epoch.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from math import floor
from types import MappingProxyType
from zoneinfo import ZoneInfo

from attrs import field, frozen, validators

__all__ = [
    "RATES",
    "TOLERANCE",
    "ClockTime",
    "Resolved",
    "format_duration",
    "iso",
    "parse_clock_time",
    "parse_rate",
    "resolve",
    "stamp",
    "timecode",
    "to_frames",
    "to_seconds",
]

_MS_A_DAY = 86_400_000

TOLERANCE = 7200.0
"""
How many seconds back a time of day may lie and still be meant, rather than the one a day later.

A time of day names one instant each day; which day is meant follows from where the item stands.
One that is a little back is an item that is running late; one that is far back is meant for the
next day. An item at 00:10 that is to start at 23:50 is 20 minutes late, so the limit must be above
20 minutes; an item at 01:00 that is to start at 21:00 starts this evening, not four hours ago, so
it must be below 4 hours. Two hours cover a programme that overruns, and a change of the clock.
"""


@frozen(order=True)
class ClockTime:
    """
    A time of day as operators write it, C{HH:MM:SS.mmm}.

    @ivar milliseconds: since midnight on a clock that shows no jumps; 0 to 86,399,999.
    """

    milliseconds: int = field(validator=[validators.ge(0), validators.lt(_MS_A_DAY)])

    def __str__(self) -> str:
        seconds, ms = divmod(self.milliseconds, 1000)
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return f"{text}.{ms:03}" if ms else text


_CLOCK_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,3}))?)?")


def _shown(text: str) -> str:
    """C{text} as it can stand in an error message: short, with no control characters."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


def parse_clock_time(text: str) -> ClockTime:
    """
    Read C{HH:MM}, C{HH:MM:SS} or C{HH:MM:SS.mmm}; fields may have one digit, as in C{9:05}, and
    the fraction one to three.

    @raise ValueError: a sentence that says why it is not a time of day.
    """
    match = _CLOCK_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{_shown(text)} is not a time of day like 20:00:00")
    fields = [int(part or 0) for part in match.groups()[:3]]
    for name, value, most in zip(("hour", "minute", "second"), fields, (23, 59, 59), strict=True):
        if value > most:
            raise ValueError(
                f"{_shown(text)} is not a time of day: the {name} goes from 0 to {most}"
            )
    hours, minutes, seconds = fields
    ms = int((match[4] or "").ljust(3, "0"))
    return ClockTime(((hours * 60 + minutes) * 60 + seconds) * 1000 + ms)


RATES: Mapping[str, Fraction] = MappingProxyType(
    {
        "23.976": Fraction(24000, 1001),
        "24": Fraction(24),
        "25": Fraction(25),
        "29.97": Fraction(30000, 1001),
        "30": Fraction(30),
        "50": Fraction(50),
        "59.94": Fraction(60000, 1001),
        "60": Fraction(60),
    }
)
"""The rates by the names that people use."""


def parse_rate(text: str) -> Fraction:
    """
    Read a rate by its name in L{RATES}, as the C{23.98} of CasparCG's video modes or as a fraction
    (C{30000/1001}).

    @raise ValueError: a sentence that names the rates there are.
    """
    known = {**RATES, "23.98": RATES["23.976"]}
    known |= {f"{rate.numerator}/{rate.denominator}": rate for rate in RATES.values()}
    if text in known:
        return known[text]
    raise ValueError(f"{_shown(text)} is not a frame rate; there are {', '.join(RATES)}")


def _exact(seconds: float | Fraction) -> Fraction:
    """
    C{seconds} as a fraction; a float is taken for the decimal that it is written as, so that
    12.02 s are 300.5 frames of 40 ms, and not a little less.
    """
    return Fraction(repr(seconds)) if isinstance(seconds, float) else Fraction(seconds)


def to_frames(seconds: float | Fraction, rate: Fraction) -> int:
    """
    The number of frames nearest to C{seconds}; of two equally near, the higher.

    @raise ValueError: C{seconds} is not finite.
    """
    return floor(_exact(seconds) * rate + Fraction(1, 2))


def to_seconds(frames: int, rate: Fraction) -> Fraction:
    """How long C{frames} last, exactly."""
    return frames / rate


def timecode(frames: int, rate: Fraction) -> str:
    """
    C{frames} as C{HH:MM:SS:FF}, counted in nominal seconds; drop-frame, C{HH:MM:SS;FF}, for 29.97
    and 59.94, so that it follows the clock.

    SMPTE ST 12-1: the first 2 (at 59.94: 4) numbers of each minute are left out, but not in each
    tenth minute. Hours go on beyond 23; a negative number has a leading C{-}.
    """
    if frames < 0:
        return "-" + timecode(-frames, rate)
    nominal = round(rate)
    drop = rate != nominal and nominal % 30 == 0
    if drop:
        skipped = nominal // 15
        in_ten_minutes = nominal * 600 - skipped * 9
        in_a_minute = nominal * 60 - skipped
        tens, rest = divmod(frames, in_ten_minutes)
        frames += tens * skipped * 9
        if rest >= nominal * 60:
            frames += skipped * (1 + (rest - nominal * 60) // in_a_minute)
    seconds, frame = divmod(frames, nominal)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock}{';' if drop else ':'}{frame:02}"


def format_duration(ms: int) -> str:
    """C{ms} milliseconds as C{HH:MM:SS.mmm}, with a leading C{-} when negative."""
    seconds, rest = divmod(abs(ms), 1000)
    sign = "-" if ms < 0 else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


@frozen(order=True)
class Resolved:
    """
    The instant that a time of day means.

    @ivar instant: seconds since the epoch.
    @ivar skipped: the clock never shows that time on that day, because it jumps over it.
    """

    instant: float
    skipped: bool


_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)

# The Gregorian calendar, weekdays included, repeats itself every 400 years, which keeps absurd
# instants within what L{datetime} can express.
_CALENDAR_CYCLE = 146_097 * 86_400.0


def _occurrences(clock_time: ClockTime, zone: ZoneInfo, day: int) -> list[Resolved]:
    """The instants at which the clocks of C{zone} show C{clock_time} on C{day}, an ordinal."""
    seconds, ms = divmod(clock_time.milliseconds, 1000)
    shown = datetime.combine(
        date.fromordinal(day),
        time(seconds // 3600, seconds // 60 % 60, seconds % 60, ms * 1000, zone),
    )
    first = shown.utcoffset()
    second = shown.replace(fold=1).utcoffset()
    assert first is not None and second is not None  # a ZoneInfo always knows
    since_epoch = (day - _EPOCH_DAY) * _MS_A_DAY + clock_time.milliseconds
    # Before a jump forward C{fold=0} goes on with the offset before it: as if it did not happen.
    found = [Resolved((since_epoch - first // _MILLISECOND) / 1000, skipped=second > first)]
    if second < first:
        found.append(Resolved((since_epoch - second // _MILLISECOND) / 1000, skipped=False))
    return found


def resolve(
    clock_time: ClockTime, zone: ZoneInfo, near: float, tolerance: float = TOLERANCE
) -> Resolved:
    """
    The first instant, at or after C{near - tolerance}, at which the clocks of C{zone} show
    C{clock_time}.

    When clocks go back, a time that they show twice can be either, whichever comes first in that
    span. A time that they skip counts as if they had not jumped: 02:30 is half an hour after the
    jump at 02:00.

    @param near: seconds since the epoch at which it would come about without a hard start.
    @param tolerance: seconds; see L{TOLERANCE}.
    """
    cycles = near // _CALENDAR_CYCLE * _CALENDAR_CYCLE
    earliest = near - cycles - tolerance
    today = datetime.fromtimestamp(earliest, zone).toordinal()
    offset = _steady_offset(zone, today)
    if offset is not None:
        since_epoch = (today - _EPOCH_DAY) * _MS_A_DAY + clock_time.milliseconds - offset
        if since_epoch < earliest * 1000:
            since_epoch += _MS_A_DAY
        return Resolved(since_epoch / 1000 + cycles, skipped=False)
    # The day before counts too: clocks that go back at midnight show its last hour again. The one
    # after the next is for zones that left out a day.
    found = min(
        occurrence
        for day in range(today - 1, today + 3)
        for occurrence in _occurrences(clock_time, zone, day)
        if occurrence.instant >= earliest
    )
    return Resolved(found.instant + cycles, found.skipped)


@lru_cache(maxsize=1024)
def _steady_offset(zone: ZoneInfo, day: int) -> int | None:
    """
    How many milliseconds the clocks of C{zone} are ahead of UTC, when they do not change from the
    day before C{day}, an ordinal, to the day after the next; L{None} when they do.
    """
    midnight = time(tzinfo=zone)
    offsets = {
        datetime.combine(date.fromordinal(day + days), midnight.replace(fold=fold)).utcoffset()
        for days in range(-1, 4)
        for fold in (0, 1)
    }
    offset = offsets.pop()
    return None if offset is None or offsets else offset // _MILLISECOND


def iso(instant: float) -> str:
    """
    C{instant} as messages and files have it, to the millisecond: C{2026-03-01T18:00:00.000Z}.

    @param instant: seconds since the epoch.
    """
    seconds, ms = divmod(round(instant * 1000), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{ms:03}Z"


def stamp(instant: float) -> str:
    """
    C{instant} as names of files have it, to the second: C{20260301T180000Z}.

    @param instant: seconds since the epoch.
    """
    return f"{datetime.fromtimestamp(instant, UTC):%Y%m%dT%H%M%SZ}"
