# -*- test-case-name: tests.store.test_asrun_report -*-
"""
What a day's as-run comes to: counts, and the text report in the old system's form, its hours those
of the station.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo

__all__ = ["Entry", "report", "stats", "when"]

Entry = Mapping[str, object]
"""One line of the as-run log."""

_LINE = "=" * 49
_COUNTS = {
    "playStarts": "PLAY_START",
    "playEnds": "PLAY_END",
    "playErrors": "PLAY_ERROR",
    "playStops": "PLAY_STOP",
    "templatesShown": "TEMPLATE_SHOW",
    "templatesHidden": "TEMPLATE_HIDE",
    "systemEvents": "SYSTEM_EVENT",
}
_SUMMARY = (
    ("Total Events", "totalEvents"),
    ("Videos Started", "playStarts"),
    ("Videos Completed", "playEnds"),
    ("Videos Stopped", "playStops"),
    ("Playback Errors", "playErrors"),
    ("Graphics Displayed", "templatesShown"),
    ("System Events", "systemEvents"),
)
_PLAYED = {"PLAY_START": "START", "PLAY_END": "END", "PLAY_STOP": "STOP"}


def when(entry: Entry) -> datetime | None:
    """When an entry was made; L{None} when it doesn't say so in a way that can be read."""
    try:
        moment = datetime.fromisoformat(str(entry.get("timestamp")))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def stats(entries: Iterable[Entry]) -> dict[str, int]:
    """
    How many entries there are, of each kind and in all, under the old system's names. What goes on
    after a restart was not started again.
    """
    kinds: Counter[str] = Counter()
    again = 0
    for entry in entries:
        kinds[str(entry.get("eventType"))] += 1
        again += entry.get("eventType") == "PLAY_START" and entry.get("continued") is True
    kinds["PLAY_START"] -= again
    total = {"totalEvents": kinds.total() + again}
    return total | {name: kinds[kind] for name, kind in _COUNTS.items()}


def report(day: date, entries: Sequence[Entry], zone: tzinfo, generated: str) -> Iterator[str]:
    """
    The report of a day, line by line.

    @param zone: whose hours it has.
    @param generated: when it is made, in ISO 8601.
    """
    counts = stats(entries)
    yield from (_LINE, f"  AS-RUN REPORT - {day.isoformat()}", "  RTG Playout System", _LINE, "")
    yield from _title("SUMMARY")
    yield from (f"{label + ':':<21}{counts[name]}" for label, name in _SUMMARY)
    yield ""
    yield from _title("HOURLY BREAKDOWN")
    hours = Counter(
        moment.astimezone(zone).hour for entry in entries if (moment := when(entry)) is not None
    )
    yield from (f"{h:02}:00 - {h:02}:59  =>  {hours[h]} events" for h in sorted(hours))
    yield ""
    errors = [entry for entry in entries if entry.get("eventType") == "PLAY_ERROR"]
    if errors:
        yield from _title("ERRORS LOG")
        for entry in errors:
            stamp, file, error = (_said(entry, key) for key in ("timestamp", "fileName", "error"))
            yield f"[{stamp}] {file}: {error}"
        yield ""
    yield from _title("COMPLETE BROADCAST LOG")
    for entry in entries:
        played, moment = _PLAYED.get(str(entry.get("eventType"))), when(entry)
        if played is not None and moment is not None:
            at = f"{moment.astimezone(zone):%H:%M:%S}"
            yield f"[{at}] {played:<8} | {_said(entry, 'fileName')}"
    yield from ("", _LINE, "End of Report", f"Generated: {generated}", _LINE)


def _title(text: str) -> tuple[str, str]:
    return text, "-" * len(text)


def _said(entry: Entry, key: str) -> str:
    """What an entry says, on one line."""
    return " ".join(str(entry.get(key, "unknown")).split())
