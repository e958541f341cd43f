# -*- test-case-name: tests.store.exchange.test_writing -*-
"""
Writes a playlist in the formats that there are exports in.
"""

from collections.abc import Iterator
from datetime import UTC, tzinfo

from ...playout.status import CannotDo
from ...rundown.planned import Schedule
from ...rundown.playlist import Playlist
from ..playlist_file import encoded
from .csv import write_csv
from .m3u import write_m3u
from .values import Format

__all__ = ["EXPORTS", "write"]

EXPORTS = (Format.JSON, Format.M3U, Format.CSV)
"""What there are exports in."""


def write(
    format: Format,
    playlist: Playlist,
    schedule: Schedule | None = None,
    zone: tzinfo = UTC,
    channel: int = 1,
) -> Iterator[str]:
    """
    The text, in pieces to be joined; each is less than a millisecond's work, for a thread.

    JSON holds all of a playlist, the others what their modules say.

    @param schedule: that of C{playlist}, for the starts in CSV.
    @param zone: in which these are.
    @raise CannotDo: there is no export in that format.
    """
    match format:
        case Format.JSON:
            return (piece.decode() for piece in encoded(playlist, channel))
        case Format.M3U:
            return write_m3u(playlist)
        case Format.CSV:
            return write_csv(playlist, schedule, zone)
        case _:
            names = ", ".join(each.value for each in EXPORTS)
            raise CannotDo(f"there are exports in {names} only", "format")
