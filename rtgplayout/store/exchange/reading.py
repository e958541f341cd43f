# -*- test-case-name: tests.store.exchange.test_reading -*-
"""
Reads a playlist in any of the formats.
"""

from collections.abc import Callable, Collection
from datetime import UTC, tzinfo
from fractions import Fraction

from .csv import read_csv
from .ffplayout import read_ffplayout
from .gathering import Enough, Gathering
from .m3u import read_m3u
from .playlist_json import read_playlist
from .values import Format, Imported, LengthOf
from .xml import read_xml

__all__ = ["read"]

_READERS: dict[Format, Callable[[str, Gathering], float | None]] = {
    Format.XML: read_xml,
    Format.JSON: read_playlist,
    Format.FFPLAYOUT: read_ffplayout,
    Format.M3U: read_m3u,
    Format.CSV: read_csv,
}


def read(
    format: Format,
    text: str,
    rate: Fraction,
    new_id: Callable[[str], str],
    length_of: LengthOf,
    *,
    roots: Collection[str] = (),
    zone: tzinfo = UTC,
    taken: Collection[str] = frozenset(),
) -> Imported:
    r"""
    What C{text} says. It never raises for a text, and is meant for a thread: a long one takes a
    second, but never keeps the others waiting for more than a few milliseconds.

    @param rate: frames a second of the channel.
    @param new_id: makes another id with each call; it is asked for that of an C{"item"}.
    @param roots: what the media folder is called where the text was written, such as
        C{Z:\nodal\medias}: paths of ffplayout and M3U may be absolute.
    @param zone: the channel's; ffplayout's day begins in it.
    @param taken: ids that are in use and stay so: those of the playlist, for an import that is
        appended. What has one of them in the text gets another.
    """
    gathering = Gathering(rate, new_id, length_of, roots, zone, taken)
    base_start = None
    try:
        base_start = _READERS[format](text.removeprefix("\ufeff"), gathering)
    except Enough:
        pass
    return gathering.imported(base_start)
