# -*- test-case-name: tests.commands.test_asrun -*-
"""
C{rtgplayout asrun}: the as-run proved, put into tables, reported and kept, in the folder of the
settings. A daemon may run meanwhile.
"""

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from ..config import Config
from ..playout.status import CannotDo
from ..store.asrun_chain import Verification
from ..store.asrun_days import AsRunDays
from ..store.asrun_keeping import AsRunKeeping
from ..store.asrun_lock import LockTaken
from ..store.asrun_names import day_of, key_of
from ..store.asrun_tables import FORMS

__all__ = ["HELP", "add_arguments", "outcome", "run"]

T = TypeVar("T")

HELP = "Prove, export, report or keep the record of what was on air"

_DOES = {
    "verify": "see whether all is as it was written; exit code 1 when not",
    "export": "a table of what was on air, with totals for each file and folder",
    "report": "write the reports of days",
    "keep": "do the daily work now: reports, compression, deletion",
}
_TAKES = {
    "verify": {"from", "to"},
    "export": {"from", "to", "format", "output"},
    "report": {"from", "to"},
    "keep": set[str](),
}
_MOST_SHOWN = 20


class _Wrong(Exception):
    """It was called wrongly; the message says how."""


def add_arguments(parser: ArgumentParser) -> None:
    """What to do, for which days."""
    does = "; ".join(f"{name}: {help}" for name, help in _DOES.items())
    parser.add_argument("what", choices=tuple(_DOES), help=does)
    days = "verify shows all, export and report take yesterday unless told"
    parser.add_argument(
        "--from", dest="first", type=_day, metavar="DAY", help=f"2026-03-01; {days}"
    )
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="that day is in it")
    parser.add_argument("--format", choices=tuple(FORMS), help="of the export [csv]")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="of the export; beside the as-run unless told"
    )


def run(said: Namespace, settings: Config) -> int:
    """Do it."""
    folder = settings.as_run_folder.absolute()
    days = AsRunDays(folder, settings.zone, time.time, maybeDeferred)
    try:
        _check(said)
        if not folder.is_dir():
            raise CannotDo(f"there is no folder {folder}")
        match said.what:
            case "verify":
                return _verify(said, days)
            case "export":
                return _export(said, days)
            case "report":
                return _report(said, days)
            case _:
                return _keep(settings, days)
    except _Wrong as wrong:
        print(f"rtgplayout asrun: {wrong}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise
    except (CannotDo, LockTaken, OSError) as error:
        print(f"rtgplayout asrun: {error}", file=sys.stderr)
        return 1


def _check(said: Namespace) -> None:
    """
    See that what was said makes sense together.

    @raise _Wrong: it does not.
    """
    given = {"from": said.first, "to": said.last, "format": said.format, "output": said.output}
    for name, value in given.items():
        if value is not None and name not in _TAKES[said.what]:
            raise _Wrong(f"{said.what} takes no --{name}")
    if said.first is not None and said.last is not None and said.last < said.first:
        raise _Wrong("--to must not be before --from")
    if said.output is not None and said.output.is_dir():
        raise _Wrong(f"--output must be a file: {said.output} is a folder")


def _verify(said: Namespace, days: AsRunDays) -> int:
    """Show what is good and what is not, days that are alike together."""
    found = outcome(days.verification())
    states = [
        (day, state, lines)
        for day, state, lines in _states(found)
        if (said.first is None or said.first <= day) and (said.last is None or day <= said.last)
    ]
    for state, alike in groupby(states, key=lambda each: each[1]):
        group = list(alike)
        first, last, lines = group[0][0], group[-1][0], sum(each[2] for each in group)
        span = f"{first}" if first == last else f"{first} to {last}"
        print(f"{span}: {state}, {lines} {'line' if lines == 1 else 'lines'}")
    for fault in found.faults[:_MOST_SHOWN]:
        print(f"bad: {fault}")
    if len(found.faults) > _MOST_SHOWN:
        print(f"bad: {len(found.faults) - _MOST_SHOWN} more places")
    if found.end.number:
        print(f"last line: number {found.end.number}, SHA-256 {found.end.hash}")
        if found.head is None:
            print("as-run.head is missing: nothing tells whether lines at the end are missing")
    elif not states:
        print("nothing was written")
    return 1 if found.faults else 0


def _states(found: Verification) -> Iterator[tuple[date, str, int]]:
    """The days, whether they are good, and how many lines they have; also those that are gone."""
    for name in sorted({*found.tallies, *found.bad}):
        key, tally = key_of(name), found.tallies.get(name)
        if key is None:
            continue
        lines = 0 if tally is None else tally.lines
        bare = tally is not None and 0 < tally.unchained == lines
        state = "bad" if name in found.bad else "without a chain" if bare else "good"
        yield day_of(key), state, lines


def _export(said: Namespace, days: AsRunDays) -> int:
    """Write the table."""
    first, last = _range(said, days)
    form = said.format or (said.output.suffix[1:].lower() if said.output else "") or "csv"
    if form not in FORMS:
        raise _Wrong(f"--format must say one of {', '.join(FORMS)}: {said.output} does not")
    name = outcome(days.export(first, last, form, said.output))
    print(said.output or days.folder / name)
    return 0


def _report(said: Namespace, days: AsRunDays) -> int:
    """Write the reports of days on which something was."""
    day, last = _range(said, days)
    if (last - day).days >= 10_000:
        raise _Wrong("these are too many days")
    count = 0
    while day <= last:
        try:
            name, _ = outcome(days.report(day))
        except FileNotFoundError:
            pass
        else:
            print(days.folder / name)
            count += 1
        if day == date.max:
            break
        day += timedelta(days=1)
    if not count:
        raise CannotDo("nothing was written on any of these days")
    return 0


def _keep(settings: Config, days: AsRunDays) -> int:
    """Do the daily work and tell of it."""
    keeping = AsRunKeeping(
        days, settings.as_run_compress_days, settings.as_run_keep_days, settings.as_run_report
    )
    done = outcome(keeping.daily())
    for what, names in (
        ("report written", (day.isoformat() for day in done.reports)),
        ("compressed", done.compressed),
        ("deleted", done.deleted),
        ("failed", done.failed),
    ):
        for name in names:
            print(f"{what}: {name}")
    if done.fault:
        print(f"bad: {done.fault}")
    elif not (done.reports or done.compressed or done.deleted or done.failed):
        print("nothing was to be done")
    return 1 if done.fault or done.failed else 0


def _range(said: Namespace, days: AsRunDays) -> tuple[date, date]:
    """
    The days that were said: yesterday by default, one day when only one was said.

    @raise _Wrong: only the last one was.
    """
    if said.first is None and said.last is not None:
        raise _Wrong("--to needs --from")
    first = said.first or days.today() - timedelta(days=1)
    return first, said.last or first


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ArgumentTypeError(f"{written!r} is no day: it must be like 2026-03-01") from None


def outcome(deferred: Deferred[T]) -> T:
    """What came of something that has nothing to wait for."""
    results: list[T | Failure] = []
    deferred.addBoth(results.append)
    result = results[0]
    if isinstance(result, Failure):
        result.raiseException()
    return result
