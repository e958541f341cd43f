# -*- test-case-name: tests.store.test_asrun_names -*-
"""
The names of the as-run files. Sorted, they are in the order in which they were written, whatever
the clock did meanwhile: a file is not written to any more once another one was begun.

C{as-run-2026-03-01.log} is a day. An entry of the day before the last file's goes into that file
too: the clock was set back over midnight. When it was set back by more, it was wrong before, or is
now, and nobody can tell which: the day gets a file behind the last one, as in
C{as-run-2030-01-01.2026-03-01.log}, of 1 March 2026 and written after 1 January 2030.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta

__all__ = ["MOST_NESTED", "Key", "day_of", "key_of", "keys", "name_of", "next_key"]

Key = tuple[date, ...]
"""The dates in a file's name. The last is its day; keys compare as files were written."""

MOST_NESTED = 8
"""Dates in a name; a clock that was set back more often than that gets no more files."""

_NAME = re.compile(r"as-run-(\d{4}-\d\d-\d\d(?:\.\d{4}-\d\d-\d\d){0,7})\.log(?:\.gz)?", re.ASCII)


def key_of(name: str) -> Key | None:
    """What a file's name says, compressed or not; L{None} for what is no as-run file."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        return tuple(date.fromisoformat(each) for each in match[1].split("."))
    except ValueError:
        return None


def name_of(key: Key) -> str:
    """The name of a file, not compressed."""
    return f"as-run-{'.'.join(each.isoformat() for each in key)}.log"


def day_of(key: Key) -> date:
    """The day that a file is of."""
    return key[-1]


def keys(names: Iterable[str]) -> list[Key]:
    """The as-run files among these, in the order in which they were written, each once."""
    return sorted({key for name in names if (key := key_of(name)) is not None})


def next_key(last: Key | None, day: date, closed: bool = False) -> Key:
    """
    The file that an entry goes into.

    @param last: the last file that there is.
    @param day: of the entry.
    @param closed: nothing can be written to that last file any more: it is compressed.
    """
    if last is None:
        return (day,)
    if not closed and (day == last[-1] or day == last[-1] - timedelta(days=1)):
        return last
    for place, each in enumerate(last):
        if day > each:
            return (*last[:place], day)
    return (*last, day) if len(last) < MOST_NESTED else last
