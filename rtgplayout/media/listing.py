# -*- test-case-name: tests.media.test_listing -*-
"""
All that CasparCG says of its media: C{CLS}, or the list of its media-scanner (C{GET /media}); and
what that makes of the library.

Of several files with one id the media-scanner knows only one (field, P9). What CasparCG says may
be anything: entries that make no sense are left out and counted.
"""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import TypeVar

from attrs import evolve, field, frozen

from ..amcp.status import Unreadable
from .library import Entry, Library, State
from .listed import Listed, listed_in_document, listed_in_line
from .naming import Names, alike

__all__ = ["Listing", "listing_of_documents", "listing_of_lines", "merge"]

T = TypeVar("T")

_PIECE = 32 * 1024
"""Bytes that are read in one go, in a fraction of a millisecond."""
_LONGEST = 256 * 1024
"""Characters that one document may have; the usual ones have two thousand."""
_SEPARATOR = re.compile(r"\s*([\[,\]])\s*")


@frozen
class Listing:
    """
    All that CasparCG lists.

    @ivar listed: by what CasparCG is told to play them.
    @ivar broken: how many more there were that made no sense.
    """

    listed: Mapping[str, Listed] = field(factory=dict)
    broken: int = 0


_NOTHING = Listing()


def listing_of_lines(
    lines: Iterable[str], zone: tzinfo, prefix: str = "", before: Listing = _NOTHING
) -> Listing:
    """
    What C{CLS} answers.

    @param lines: those of the L{reply <rtgplayout.amcp.wire.Reply>}.
    @param zone: of the machine that CasparCG runs on; its times are local ones.
    @param prefix: see L{rtgplayout.amcp.addressing}. What is in other folders is left out.
    @param before: what was listed before: of entries that are equal its own are taken, since many
        that nobody needs any more cost those much who have to forget them.
    """
    return _listing(lines, lambda line: listed_in_line(line, zone, prefix), before)


def listing_of_documents(
    body: bytes | bytearray, prefix: str = "", before: Listing = _NOTHING
) -> Listing:
    """
    What the media-scanner answers to C{GET /media}. It is meant for a thread, and does not hold up
    the others.

    @param prefix: as above.
    @param before: as above.
    @raise Unreadable: it is no list in JSON.
    """
    return _listing(_values(body), lambda value: listed_in_document(value, prefix), before)


def _listing(found: Iterable[T], read: Callable[[T], Listed | None], before: Listing) -> Listing:
    listed: dict[str, Listed] = {}
    broken = 0
    for each in found:
        try:
            one = read(each)
        except Unreadable:
            broken += 1
            continue
        if one is not None:
            known = before.listed.get(one.clip)
            listed[one.clip] = known if known is not None and known == one else one
    return Listing(listed, broken)


def _values(body: bytes | bytearray) -> Iterator[object]:
    """
    The values of a JSON array, one by one: one call for all would hold up all threads.

    @raise Unreadable: it is none, or one value is longer, or deeper, than can be believed.
    """
    decoder = getincrementaldecoder("utf-8")(errors="replace")
    read = json.JSONDecoder().raw_decode
    text, wanted = "", "["
    for start in range(0, len(body), _PIECE):
        text += decoder.decode(body[start : start + _PIECE])
        at = 0
        while found := _SEPARATOR.match(text, at):
            if found[1] == "]" and wanted == ",":
                return
            if found[1] != wanted:
                raise Unreadable("the list of the media-scanner is no list in JSON")
            if wanted == "[" and text[found.end() : found.end() + 1] in ("", "]"):
                if found.end() == len(text):
                    break
                return
            try:
                value, end = read(text, found.end())
            except json.JSONDecodeError:
                break  # its end may be in the next piece
            except (ValueError, RecursionError):
                raise Unreadable("the media-scanner lists what nobody can read") from None
            if end == len(text):
                break  # likewise, if it is a number
            yield value
            at, wanted = end, ","
        text = text[at:]
        if len(text) > _LONGEST:
            raise Unreadable("the list of the media-scanner cannot be read to its end")
    raise Unreadable("the list of the media-scanner has no end")


def merge(
    library: Library, listed: Mapping[str, Listed] | None
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """
    What has to change in the library for what CasparCG lists. It is meant for a thread.

    A file on disk and one of CasparCG's are the same when their paths are. Else when only one
    can be meant: by a path that differs in case or in the composition of accents, which is then
    what CasparCG is told; or, where only the id is known, by that, and by the size.

    @param library: with the files that are on disk as the disk has them.
    @param listed: L{Listing.listed}; L{None} when nobody could say, which changes nothing.
    @return: the entries that are new or different, and the files that are nowhere any more.
    """
    if listed is None:
        return (), ()
    entries = library.entries
    there, elsewhere = _matched(library, listed)
    put: list[Entry] = []
    removed: list[str] = []
    for entry in library.order:
        if entry.on_disk:
            marked = _marked(entry, there.get(entry.file))
            if marked is not entry:
                put.append(marked)
        elif entry.file not in elsewhere:
            removed.append(entry.file)
    put += (entry for file, entry in elsewhere.items() if entries.get(file) != entry)
    return tuple(put), tuple(removed)


def _matched(
    library: Library, listed: Mapping[str, Listed]
) -> tuple[dict[str, Listed], dict[str, Entry]]:
    """Which of CasparCG's files each file on disk is, and those that are on no disk."""
    entries = library.entries
    names = Names.of(entry.file for entry in library.order if entry.on_disk)
    there: dict[str, Listed] = {}
    others: list[Listed] = []
    for each in listed.values():
        if (entry := entries.get(each.path)) is not None and entry.on_disk:
            there[each.path] = each
        else:
            others.append(each)
    elsewhere: dict[str, Entry] = {}
    for each in others:
        meant = [file for file in names.meant(each.clip) if _may_be(file, each)]
        free = [file for file in meant if file not in there]
        if len(free) > 1:
            free = [file for file in free if entries[file].size == each.size]
        if len(free) == 1:
            there[free[0]] = each
        elif each.path or not meant:
            elsewhere[each.clip] = _entry(each)
    return there, elsewhere


def _may_be(file: str, listed: Listed) -> bool:
    """Another extension is another file, where CasparCG tells it."""
    return not listed.path or alike(file) == alike(listed.path)


def _entry(listed: Listed) -> Entry:
    """What only CasparCG has."""
    return Entry(
        listed.clip,
        listed.size,
        listed.modified_ns,
        State.READY,
        listed.facts,
        on_disk=False,
        on_server=True,
    )


def _marked(entry: Entry, listed: Listed | None) -> Entry:
    """What the disk has, and whether CasparCG has it too: the very same when that is not new."""
    on_server = listed is not None
    clip = listed.path if listed is not None and listed.path != entry.file else ""
    if (entry.on_server, entry.clip) == (on_server, clip):
        return entry
    return evolve(entry, on_server=on_server, clip=clip)
