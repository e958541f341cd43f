# -*- test-case-name: tests.store.exchange.test_ffplayout -*-
"""
Imports of a day of ffplayout, as its documentation and its example playlists have it:

    {"channel": "Test 1", "date": "2026-03-01", "begin": "06:00:00.000", "length": "24:00:00.000",
     "program": [{"in": 0, "out": 647.68, "duration": 647.68, "source": "/media/clip1.mp4",
                  "category": "advertisement", "title", "audio", "custom_filter"}]}

C{in} and C{out} are points of the file, C{duration} is how long the whole file is; all in seconds.
C{begin} and C{length} are of old versions: newer ones have the day's start in their configuration,
so that a text without C{begin} says nothing of it. What C{audio} and C{custom_filter} do, CasparCG
does not do.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from fractions import Fraction
from reprlib import repr as short

from ...rundown.timing import parse_clock_time
from ..repair import number
from .fields import library_file
from .gathering import Found, Gathering
from .members import Member, NotJson, members

__all__ = ["read_ffplayout"]

_DAY = frozenset({"channel", "date", "begin", "length"})
_ITEM = frozenset({"in", "out", "duration", "source", "category", "title"})


def read_ffplayout(text: str, gathering: Gathering) -> float | None:
    """
    Put the items into C{gathering}.

    @return: when the day begins, in seconds since the epoch; L{None} when it does not say.
    """
    day: dict[str, Member] = {}
    try:
        for member in members(text, "program"):
            if member.key == "program":
                _clip(member, gathering)
            elif member.key in _DAY:
                day[member.key] = member
            else:
                gathering.warn(member.line, f"{short(member.key)} is not known; passed over.")
    except NotJson as error:
        gathering.fault(error.line, f"{error.reason[:1].upper()}{error.reason[1:]}.")
    return _start(day, gathering)


def _start(day: Mapping[str, Member], gathering: Gathering) -> float | None:
    """When the day begins."""
    begin = day.get("begin")
    if "date" not in day or begin is None or begin.value in (None, "", "now"):
        return None
    written = day["date"].value
    try:
        of_day = parse_clock_time(str(begin.value))
        shown = datetime.combine(
            date.fromisoformat(str(written)), time.fromisoformat(str(of_day)), gathering.zone
        )
        if not 2000 <= shown.year < 2100:
            raise ValueError
    except ValueError:
        said = f"{short(written)} at {short(begin.value)}"
        gathering.warn(begin.line, f"The day begins on {said}, which is no time; left out.")
        return None
    return shown.timestamp()


def _clip(member: Member, gathering: Gathering) -> None:
    gathering.begin(member.line)
    clip = member.value
    if not isinstance(clip, dict):
        gathering.fault(member.line, f"{gathering.where()} is not a JSON object.")
        return
    title, source = clip.get("title"), clip.get("source")
    name = title if isinstance(title, str) else ""
    where = gathering.where(name)
    for key, value in clip.items():
        if key not in _ITEM and value not in (None, ""):
            gathering.warn_once(member.line, f"{short(key)} of items is passed over.")
    if not isinstance(source, str):
        gathering.fault(member.line, f"{where} has the source {short(source)}.")
        return
    try:
        file = library_file(source, gathering.roots, gathering.length_of)
        in_point, seconds = _times(clip)
    except ValueError as error:
        gathering.fault(member.line, f"{where}: {error}.")
        return
    gathering.put(Found(member.line, file, name, seconds, in_point))


def _times(clip: Mapping[str, object]) -> tuple[Fraction, Fraction | None]:
    """
    Where it starts and how long it is to be on air, in seconds.

    @raise ValueError: it does not say.
    """
    in_point, out_point = _seconds(clip, "in") or Fraction(0), _seconds(clip, "out")
    end = out_point or _seconds(clip, "duration")
    if end is not None and end <= in_point:
        raise ValueError(f"it ends at {float(end):g} s, not after its start {float(in_point):g} s")
    return in_point, end and end - in_point


def _seconds(clip: Mapping[str, object], key: str) -> Fraction | None:
    written = clip.get(key)
    if written is None:
        return None
    found = number(written)
    if found is None or found < 0:
        raise ValueError(f"its {key} is {short(written)}")
    return Fraction(repr(found)) if isinstance(found, float) else Fraction(found)
