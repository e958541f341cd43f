# -*- test-case-name: tests.media.test_preflight -*-
"""
What is wrong with the files of the items that are scheduled, long before their time.

What is not known, of a file that nobody looked into yet or that only CasparCG told of, is no fault.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from fractions import Fraction
from math import ceil

from attrs import frozen

from ..amcp.addressing import is_elsewhere
from ..playout.status import Document, Mode, Status
from ..rundown.item import Item, Kind
from ..rundown.timing import RATES
from .facts import Facts, MediaKind
from .files import Files
from .library import Entry, State

__all__ = [
    "Due",
    "Fault",
    "Finding",
    "Flaw",
    "due",
    "flaws_of_cover",
    "flaws_of_item",
    "preflight",
    "told_of_cover",
    "told_of_item",
]

_NOTICED = 1
"""Seconds; what is shorter than planned by less is made up for by what follows without a gap."""


class Fault(Enum):
    """What may be wrong with the file of an item."""

    MISSING = "missing"
    GROWING = "growing"
    """It is still being written."""
    SHORT = "short"
    """It ends before the item's out point."""
    UNREADABLE = "unreadable"
    """Nothing could be found out about it, or it is known to be broken."""
    RATE = "rate"
    """Its frame rate is not the channel's."""
    NAME = "name"
    """CasparCG may take its name for something else."""


@frozen
class Finding:
    """
    Something wrong with a scheduled item, or with a channel's filler or slate.

    @ivar item_id: C{""} when it is the filler or the slate.
    @ivar sentence: what, in words for an operator.
    @ivar deadline: seconds since the epoch at which it is to start; L{None} when nothing says so.
    @ivar grave: whether it cannot be shown as scheduled; if not, it is only something to know.
    """

    channel: int
    item_id: str
    file: str
    fault: Fault
    sentence: str
    deadline: float | None
    grave: bool


@frozen
class Flaw:
    """Something wrong with a file, whenever it is to be shown; as in L{Finding}."""

    fault: Fault
    sentence: str
    grave: bool = True


_MISSING = Flaw(Fault.MISSING, "The file is not there.")
_AWAY = Flaw(
    Fault.MISSING,
    "The media folder, or the part of it that the file is in, cannot be read now: is it mounted?",
)
_AWAY_HERE = Flaw(
    Fault.MISSING,
    "The media folder, or the part of it that the file is in, cannot be read now; CasparCG had the"
    " file when it was asked last.",
    grave=False,
)
_GROWING = Flaw(Fault.GROWING, "The file is still being written.")
_CUT_OFF = Flaw(Fault.UNREADABLE, "The file is not whole: its end is missing.")
_SEVERAL = Flaw(
    Fault.NAME,
    "Several files could be meant, that differ in case, in accents or in their extension: CasparCG"
    " plays the one that it finds first.",
    grave=False,
)


# What is looked at.


@frozen
class Due:
    """
    An item that is to be shown.

    @ivar frames: for how long, from its in point.
    @ivar deadline: as in L{Finding}.
    """

    item: Item
    frames: int
    deadline: float | None


def due(document: Document, status: Status, until: float) -> Iterator[Due]:
    """
    The items that are scheduled to start before C{until}, in their order: neither what is on air
    nor what was passed over, nor what a hard start leaves no time for.

    In manual mode each item waits for somebody, and has no deadline; in assisted mode those behind
    one that it stops after, up to the next hard start. They are looked at as far as the schedule,
    if nobody waited, would come.

    @param until: seconds since the epoch.
    """
    schedule, mode = document.schedule, status.mode
    waits = status.upcoming is not None and status.upcoming.start_at is None
    for n in range(_first(document, status), len(schedule.entries)):
        entry = schedule.entries[n]
        start = schedule.instant(entry.start)
        if start >= until:
            return
        waits = mode is Mode.MANUAL or (waits and entry.target is None)
        if not entry.dropped:
            yield Due(entry.item, entry.duration, None if waits else start)
        waits = waits or (mode is Mode.ASSISTED and entry.item.stop_after)


def _first(document: Document, status: Status) -> int:
    """Where the first item stands that is still to come; behind the last when none is."""
    index_of = document.playlist.index_of
    if status.on_air is not None and (index := index_of(status.on_air.item.id)) is not None:
        return index + 1
    if status.upcoming is not None and (index := index_of(status.upcoming.item.id)) is not None:
        return index
    return len(document.schedule.entries)


# What is wrong with it.


def flaws_of_item(item: Item, frames: int, rate: Fraction, files: Files) -> tuple[Flaw, ...]:
    """
    What is wrong with the file of an item.

    @param frames: for how long the item is to be shown, from its in point.
    @param rate: of the channel, in which frames are counted.
    """
    if item.kind is not Kind.CLIP or is_elsewhere(item.file):
        return ()
    entries = files.meant(item.file)
    found = _flaws_of_file(item.file, entries, rate, files)
    entry = entries[0] if len(entries) == 1 else None
    if entry is not None and entry.state is State.READY and entry.facts is not None:
        found += _short(item, frames, rate, entry, entry.facts)
    return tuple(found)


def flaws_of_cover(name: str, rate: Fraction, files: Files) -> tuple[Flaw, ...]:
    """
    What is wrong with a filler or slate, which is shown again and again as long as it has to be.

    @param name: of the clip; a colour, C{#AARRGGBB}, has no flaw.
    """
    if name.startswith("#") or is_elsewhere(name):
        return ()
    return tuple(_flaws_of_file(name, files.meant(name), rate, files))


def _flaws_of_file(
    written: str, entries: tuple[Entry, ...], rate: Fraction, files: Files
) -> list[Flaw]:
    if not entries:
        return [_MISSING] if files.seen else []
    entry = entries[0] if len(entries) == 1 else None
    found = [_SEVERAL] if entry is None else list(_flaws_of_entry(entry, rate))
    if warning := files.warning_of(written, entry):
        found.append(Flaw(Fault.NAME, _sentence(warning), grave=False))
    return found


def _flaws_of_entry(entry: Entry, rate: Fraction) -> Iterator[Flaw]:
    match entry.state:
        case State.AWAY:
            yield _AWAY_HERE if entry.on_server else _AWAY
        case State.GROWING:
            yield _GROWING
        case State.BROKEN:
            yield Flaw(Fault.UNREADABLE, _sentence(entry.fault or "the file cannot be read"))
        case State.READY if entry.facts is not None:
            if not entry.facts.complete:
                yield _CUT_OFF
            if entry.facts.rate is not None and not _fits(entry.facts.rate, rate):
                yield Flaw(
                    Fault.RATE,
                    f"The file has {_named(entry.facts.rate)} frames a second, the channel"
                    f" {_named(rate)}: it moves less smoothly.",
                    grave=False,
                )


def _fits(rate: Fraction, channel: Fraction) -> bool:
    """Whether each picture is shown as often as any other: 25 and 50 do, fields are counted so."""
    return rate == channel or 1 in (rate / channel).as_integer_ratio()


def _short(item: Item, frames: int, rate: Fraction, entry: Entry, facts: Facts) -> Iterator[Flaw]:
    """
    Whether the file ends too soon. CasparCG shows a file for as many ticks as it lasts (behaviour
    (b)), so what is a part of one is not missed; CLS counts only whole frames of the file.
    """
    if facts.duration is None or facts.kind is MediaKind.STILL:
        return
    exact = facts.duration * rate
    if not entry.on_disk and facts.rate is not None:
        exact += rate / facts.rate
    available = ceil(exact)
    if item.in_point >= available:
        yield Flaw(Fault.SHORT, "The file ends before the item's in point.")
    elif item.out_point > available:
        lacking = item.in_point + frames - available
        by = (item.out_point - available) / rate
        yield Flaw(
            Fault.SHORT,
            f"The file ends {float(by):,.2f} s before the item's out point.",
            grave=lacking >= _NOTICED * rate,
        )


def _named(rate: Fraction) -> str:
    for name, known in RATES.items():
        if known == rate:
            return name
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _sentence(words: str) -> str:
    """Words of the library as a sentence by themselves."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


# All of it.


def told_of_item(channel: int, each: Due, flaws: Iterable[Flaw]) -> tuple[Finding, ...]:
    """What the flaws of an item's file mean for the channel."""
    return tuple(
        Finding(
            channel,
            each.item.id,
            each.item.file,
            flaw.fault,
            flaw.sentence,
            each.deadline,
            flaw.grave,
        )
        for flaw in flaws
    )


def told_of_cover(channel: int, name: str, flaws: Iterable[Flaw]) -> tuple[Finding, ...]:
    """What the flaws of a filler or slate mean."""
    return tuple(
        Finding(channel, "", name, flaw.fault, flaw.sentence, None, flaw.grave) for flaw in flaws
    )


def preflight(
    document: Document, status: Status, covers: Iterable[str], files: Files, until: float
) -> tuple[Finding, ...]:
    """
    What is wrong with all that a channel is to show, by deadline; what has none comes last.

    @param covers: the names of its filler and slate.
    @param until: seconds since the epoch; see L{due}.
    """
    rate, channel = document.playlist.rate, document.channel
    found = [
        finding
        for each in due(document, status, until)
        for finding in told_of_item(
            channel, each, flaws_of_item(each.item, each.frames, rate, files)
        )
    ]
    timed = [finding for finding in found if finding.deadline is not None]
    others = [finding for finding in found if finding.deadline is None]
    for name in dict.fromkeys(covers):
        others += told_of_cover(channel, name, flaws_of_cover(name, rate, files))
    return (*timed, *others)
