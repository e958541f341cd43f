# -*- test-case-name: tests.store.exchange.test_m3u -*-
"""
Imports and exports of extended M3U, as players know it:

    #EXTM3U
    #EXTINF:1800,News
    #EXTVLCOPT:start-time=12.48
    #EXTVLCOPT:stop-time=1812.48
    NEWS/news.mxf

A length of -1, or none, is that of the file in the library. The in point is in VLC's option;
C{stop-time}, when it is there, says more about the length than C{#EXTINF}. Other comments say
nothing. Paths are relative to the media folder, or absolute and in it. There is no way to write a
live input, a hard start or graphics.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from attrs import define, evolve

from ...rundown.item import Item, Kind
from ...rundown.playlist import Playlist
from .bounds import NO_TEXT
from .fields import decimal, library_file, seconds
from .gathering import Found, Gathering
from .lines import TooLong, lines

__all__ = ["read_m3u", "write_m3u"]

_PIECE = 100
_START = "#EXTVLCOPT:start-time="
_STOP = "#EXTVLCOPT:stop-time="


@define
class _Comments:
    """What comments say of the path after them."""

    name: str = ""
    length: str = ""
    start: str = ""
    stop: str = ""


def read_m3u(text: str, gathering: Gathering) -> None:
    """Put the items into C{gathering}."""
    said = _Comments()
    number = 0
    try:
        for number, line in enumerate(lines(text), 1):
            content = line.rstrip("\r\n")
            if content.startswith("#"):
                _comment(content, said)
            elif content.strip():
                _path(number, content, said, gathering)
                said = _Comments()
    except TooLong as error:
        gathering.fault(error.line, str(error))


def _comment(line: str, said: _Comments) -> None:
    """Remember what a comment says."""
    if line.startswith("#EXTINF:"):
        head, said.name = _parts(line.removeprefix("#EXTINF:"))
        said.length = next(iter(head.split(None, 1)), "")
    elif line.startswith(_START):
        said.start = line.removeprefix(_START).strip()
    elif line.startswith(_STOP):
        said.stop = line.removeprefix(_STOP).strip()


def _parts(told: str) -> tuple[str, str]:
    """
    Length and attributes, and the title: what is before the first comma that is in no attribute's
    quotes, and what is behind it.
    """
    at = -1
    start = 0
    for n, part in enumerate(told.split('"')):
        if n % 2 == 0 and "," in part:
            at = start + part.index(",")
            break
        start += len(part) + 1
    if at < 0:
        at = told.find(",")
    return (told, "") if at < 0 else (told[:at], told[at + 1 :].strip())


def _path(line: int, written: str, said: _Comments, gathering: Gathering) -> None:
    """An item: its path, after its comments."""
    gathering.begin(line)
    try:
        file = library_file(written, gathering.roots, gathering.length_of)
        found = Found(line, file, said.name, _length(said, gathering.rate))
        if said.start:
            found = evolve(found, in_point=seconds(said.start, gathering.rate))
        if said.stop:
            stop = seconds(said.stop, gathering.rate)
            found = evolve(found, seconds=stop - found.in_point)
    except ValueError as error:
        gathering.fault(line, f"{gathering.where(said.name)}: {error}.")
    else:
        gathering.put(found)


def _length(said: _Comments, rate: Fraction) -> Fraction | None:
    """What C{#EXTINF} says of the length; L{None} when it leaves that to the file."""
    if not said.length or said.length.startswith("-"):
        return None
    return seconds(said.length, rate) or None


def write_m3u(playlist: Playlist) -> Iterator[str]:
    """The text, in pieces to be joined."""
    yield "#EXTM3U\n"
    items = iter(playlist.items)
    while some := tuple(islice(items, _PIECE)):
        yield "".join(line for item in some for line in _lines(item, playlist.rate))


def _lines(item: Item, rate: Fraction) -> Iterator[str]:
    name = NO_TEXT.sub(" ", item.name)
    if item.kind is not Kind.CLIP:
        yield f"# {name}: {item.kind.value} {item.file}, which M3U cannot say\n"
        return
    yield f"#EXTINF:{decimal(item.duration, rate)},{name}\n"
    if item.in_point:
        yield f"{_START}{decimal(item.in_point, rate)}\n"
        yield f"{_STOP}{decimal(item.out_point, rate)}\n"
    yield f"{'./' if item.file[0] in '# ' else ''}{item.file}\n"
