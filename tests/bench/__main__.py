"""
Measure what is promised: C{scripts/bench [--json] [NAME ...]}.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Coroutine
from tempfile import TemporaryDirectory
from typing import Any

import txaio
from twisted.internet.defer import Deferred
from twisted.internet.task import react

from tests.processes import reactor

from .day import day
from .edits import edits
from .figure import Figure
from .library import archive, library
from .link import link
from .plan import plan
from .service import idle, start
from .turns import turns
from .week import week

MEASURES: dict[str, Callable[[], Coroutine[Deferred[Any], Any, list[Figure]]]] = {
    each.__name__: each for each in (plan, edits, turns, library, archive, link, start, idle, day)
}
UNASKED = tuple(MEASURES)
"""What is measured when nothing is named: the others take long."""
MEASURES["week"] = week
_LONGEST = 180.0
"""Seconds that one of them may take."""
_WEEK = 7200.0
"""Seconds that the week may."""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure what is promised, and print it beside the promise, with the ratio.",
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(MEASURES)}; default: all but week"
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in MEASURES]
    if unknown:
        parser.error(f"no measure is called {unknown[0]}; there are {', '.join(MEASURES)}")
    return asked


async def measure(names: list[str], as_json: bool) -> None:
    """Do them one after the other, and print what each found."""
    found: dict[str, list[dict[str, object]]] = {}
    for name in names or UNASKED:
        working = Deferred.fromCoroutine(MEASURES[name]())
        figures = await working.addTimeout(_WEEK if name == "week" else _LONGEST, reactor)
        found[name] = [figure.as_fields() for figure in figures]
        if not as_json:
            print(*(figure.line() for figure in figures), sep="\n", flush=True)
    if as_json:
        print(json.dumps(found, indent=2))


def main() -> None:
    """Exit status 1 only when something could not be measured, or it was interrupted."""
    asked = arguments()
    reactor.seconds = time.monotonic
    txaio.config.loop = reactor  # type: ignore[attr-defined] # Autobahn's timers

    measured: list[None] = []

    def begin(_: Any) -> Deferred[None]:
        working = Deferred.fromCoroutine(measure(asked.names, asked.json))
        return working.addCallback(measured.append)

    # Where no settings of the checkout are found.
    with TemporaryDirectory(prefix="rtgplayout-bench-") as folder:
        os.chdir(folder)
        try:
            react(begin)
        except SystemExit as over:
            raise SystemExit(over.code or not measured) from None
        finally:
            os.chdir("/")


if __name__ == "__main__":
    main()
