# -*- test-case-name: tests.media.test_vigil -*-
"""
What is wrong on a channel, kept up: of what was found before, all is used again that still holds;
step by step, so that whoever looks can do other things between two of them.
"""

from collections.abc import Iterator
from fractions import Fraction
from heapq import merge
from itertools import chain
from operator import is_not

from attrs import Factory, define, frozen

from ..playout.status import Document, Status
from .files import Files
from .preflight import (
    Due,
    Finding,
    Flaw,
    due,
    flaws_of_cover,
    flaws_of_item,
    told_of_cover,
    told_of_item,
)

__all__ = ["Kept", "Looked", "forget", "look", "merged"]


@frozen(eq=False)
class Looked:
    """What was found of an item."""

    due: Due
    flaws: tuple[Flaw, ...]
    findings: tuple[Finding, ...]


@define(eq=False)
class Kept:
    """
    What is known of a channel.

    @ivar files: what all of it was compared with.
    @ivar rate: of the channel.
    @ivar items: by id.
    @ivar covers: what was found of the filler and the slate.
    @ivar timed: what was found with a deadline, item by item, by that.
    @ivar others: and without.
    @ivar findings: all of that.
    """

    files: Files
    rate: Fraction
    items: dict[str, Looked] = Factory(dict)
    covers: tuple[Finding, ...] = ()
    timed: list[tuple[Finding, ...]] = Factory(list)
    others: list[tuple[Finding, ...]] = Factory(list)
    findings: tuple[Finding, ...] = ()


def look(
    made: Kept,
    known: Kept | None,
    document: Document,
    status: Status,
    covers: tuple[str, ...],
    until: float,
) -> Iterator[None]:
    """
    Find what is wrong on a channel; each step is an item's.

    @param made: takes what is found.
    @param known: what was found before, from which all is taken that still holds.
    @param covers: the names of its filler and slate.
    @param until: as in L{due}.
    """
    channel, rate, files = document.channel, made.rate, made.files
    known = known or Kept(files, rate)
    holds = known.files is files and known.rate == rate
    for each in due(document, status, until):
        looked = _item(channel, each, made, known.items.get(each.item.id), holds)
        made.items[each.item.id] = looked
        if looked.findings:
            (made.others if each.deadline is None else made.timed).append(looked.findings)
        yield
    found = tuple(
        finding
        for name in dict.fromkeys(covers)
        for finding in told_of_cover(channel, name, flaws_of_cover(name, rate, files))
    )
    made.covers = known.covers if found == known.covers else found
    if made.covers:
        made.others.append(made.covers)
    yield
    if _are_same(made.timed, known.timed) and _are_same(made.others, known.others):
        made.findings = known.findings
    else:
        made.findings = tuple(chain.from_iterable(chain(made.timed, made.others)))


def _item(channel: int, each: Due, made: Kept, known: Looked | None, holds: bool) -> Looked:
    """
    What is found of an item: the very same as before when that is so.

    @param holds: what was found before is true of the same item.
    """
    if known is None:
        flaws = flaws_of_item(each.item, each.frames, made.rate, made.files)
        return Looked(each, flaws, told_of_item(channel, each, flaws))
    was = known.due
    if holds and was.item is each.item and was.frames == each.frames:
        if not known.flaws or was.deadline == each.deadline:
            return known
        flaws = known.flaws
    else:
        flaws = flaws_of_item(each.item, each.frames, made.rate, made.files)
        if flaws == known.flaws and was == each:
            return known
    return Looked(each, flaws, told_of_item(channel, each, flaws))


def merged(channels: list[list[tuple[Finding, ...]]]) -> Iterator[Finding]:
    """The findings of all channels, each of which has them by deadline."""
    each = [chain.from_iterable(findings) for findings in channels]
    return merge(*each, key=lambda finding: finding.deadline or 0.0)


def forget(kept: Kept) -> Iterator[None]:
    """Forget it step by step: to do so with much in one go would take milliseconds."""
    kept.findings = ()
    for some in kept.timed, kept.others:
        while some:
            some.pop()
            yield
    while kept.items:
        kept.items.popitem()
        yield


def _are_same(some: list[tuple[Finding, ...]], others: list[tuple[Finding, ...]]) -> bool:
    """Whether they are the very same; soon seen however many there are."""
    return len(some) == len(others) and not any(map(is_not, some, others))
