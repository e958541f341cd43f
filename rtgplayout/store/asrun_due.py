# -*- test-case-name: tests.store.test_asrun_due -*-
"""
What is to be done with the as-run each day: which reports to write, what to compress, what to
delete.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from .asrun_names import Key, day_of, name_of

__all__ = ["MOST_REPORTS", "to_compress", "to_delete", "to_report"]

MOST_REPORTS = 31
"""Days back that a missed report is still written for."""


def to_report(days: Collection[date], made: Mapping[date, date], today: date) -> tuple[date, ...]:
    """
    The days whose report is due: they are over, something was written on them, and there is no
    report that was made after their end.

    @param made: when each report that there is was made.
    """
    first = today - timedelta(days=MOST_REPORTS)
    return tuple(
        day
        for day in sorted(set(days))
        if first <= day < today and (day not in made or made[day] <= day)
    )


def to_compress(
    plain: Sequence[Key], files: Sequence[Key], bad: Collection[str], today: date, after: int
) -> tuple[Key, ...]:
    """
    The files to compress: never today's, nor the last one, which is still written to.

    @param plain: those that are not compressed.
    @param files: all of them, as they were written.
    @param bad: names of files that are not as they were written.
    @param after: days; 0 is never.
    """
    return tuple(
        key
        for key in plain
        if after and (today - day_of(key)).days > after
        if key != files[-1] and name_of(key) not in bad
    )


def to_delete(
    files: Sequence[Key], bad: Collection[str], today: date, after: int
) -> tuple[Key, ...]:
    """
    The files to delete: the oldest, as far as they are as they were written and older than that.

    There are never less than C{after} files left. Else a clock that is years ahead for a moment
    would have all of them deleted.

    @param files: all of them, as they were written.
    @param bad: names of files that are not as they were written.
    @param after: days; 0 is never.
    """
    due: list[Key] = []
    if after:
        for key in files[:-after]:
            if (today - day_of(key)).days <= after or name_of(key) in bad:
                break
            due.append(key)
    return tuple(due)
