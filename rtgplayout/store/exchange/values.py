# -*- test-case-name: tests.store.exchange.test_values -*-
"""
What an import comes to, whatever the format: items, or faults by line.
"""

from collections.abc import Callable
from enum import Enum
from fractions import Fraction

from attrs import frozen

from ...rundown.item import Item, Kind
from ...rundown.timing import to_seconds

__all__ = ["Fault", "Format", "ImportReport", "Imported", "LengthOf", "report"]

LengthOf = Callable[[str], float | None]
"""
How many seconds a file of the library lasts: C{0.0} when it lasts as long as one wants, as a still,
or nobody knows; L{None} when the library has no such file.
"""


class Format(Enum):
    """How a playlist is written outside."""

    XML = "xml"
    """The old system's import."""
    JSON = "json"
    """As C{playlist.json}."""
    FFPLAYOUT = "ffplayout"
    """A day of ffplayout, in JSON."""
    M3U = "m3u"
    CSV = "csv"


@frozen
class Fault:
    """
    Something in a text that is not as it should be.

    @ivar line: of the text, from 1; 0 when it is in none.
    @ivar message: a sentence for the operator, which names the item too.
    """

    line: int
    message: str


@frozen
class Imported:
    """
    What a text says. With one fault in it there are no items.

    @ivar base_start: seconds since the epoch; L{None} when the text says nothing of it.
    @ivar faults: in the order of the text.
    @ivar warnings: likewise; what was repaired or passed over.
    """

    items: tuple[Item, ...] = ()
    base_start: float | None = None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


@frozen
class ImportReport:
    """
    What an import does, or would do.

    @ivar items: how many.
    @ivar seconds: how long they last together, to the millisecond.
    @ivar hard_starts: how many of them have one.
    @ivar unknown_files: files of clips that the library does not have, each once, in order.
    """

    items: int
    seconds: float
    hard_starts: int
    unknown_files: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def report(imported: Imported, rate: Fraction, length_of: LengthOf) -> ImportReport:
    """
    What C{imported} would put into a playlist.

    @param rate: frames a second that it was read for.
    """
    items = imported.items
    files = dict.fromkeys(item.file for item in items if item.kind is Kind.CLIP)
    return ImportReport(
        len(items),
        round(float(to_seconds(sum(item.duration for item in items), rate)), 3),
        sum(item.hard_start is not None for item in items),
        tuple(file for file in files if length_of(file) is None),
        imported.faults,
        imported.warnings,
    )
