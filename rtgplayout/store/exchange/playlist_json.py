# -*- test-case-name: tests.store.exchange.test_playlist_json -*-
"""
Imports of the old system's C{playlist.json}, which is ours too (L{rtgplayout.store.playlist_file}).
What the file on disk is repaired in tacitly is a warning here; what would be left out is a fault.
"""

from heapq import nsmallest
from reprlib import repr as short

from ..repair import Reader, Senseless
from .gathering import Gathering
from .members import Member, NotJson, members

__all__ = ["read_playlist"]

_FIRST, _LAST = 946_684_800.0, 4_102_444_800.0
"""The years 2000 to 2099, in seconds since the epoch."""


def read_playlist(text: str, gathering: Gathering) -> float | None:
    """
    Put the items into C{gathering}.

    @return: the base start, in seconds since the epoch.
    """
    reader = Reader(gathering.rate, set(), strict=True)
    base_start = None
    try:
        for member in members(text, "items"):
            if member.key == "items":
                _item(member, reader, gathering)
            elif member.key == "baseStartAt":
                base_start = _base_start(member, reader, gathering)
            elif member.key != "id":
                gathering.warn(member.line, f"{short(member.key)} is not known; passed over.")
    except NotJson as error:
        gathering.fault(error.line, f"{error.reason[:1].upper()}{error.reason[1:]}.")
    if reader.unknown:
        unknown = ", ".join(short(key) for key in nsmallest(10, reader.unknown))
        gathering.warn(0, f"Items have members that are not known; passed over: {unknown}.")
    return base_start


def _item(member: Member, reader: Reader, gathering: Gathering) -> None:
    gathering.begin(member.line)
    written = member.value
    own_id = None
    if isinstance(written, dict):
        own_id = written.pop("id", None)
    restored = reader.restored
    try:
        item = reader.item(written, gathering.number)
    except Senseless as error:
        name = written.get("name") if isinstance(written, dict) else None
        where = gathering.where(name if isinstance(name, str) else "")
        gathering.fault(member.line, f"{where} {error}.")
        return
    for sentence in reader.noted():
        gathering.warn(member.line, sentence)
    if reader.restored > restored:
        where = gathering.where(item.name)
        gathering.warn(member.line, f"{where} was trimmed or extended by a hard start; undone.")
    gathering.add(member.line, item, own_id)


def _base_start(member: Member, reader: Reader, gathering: Gathering) -> float | None:
    at = reader.base_start(member.value)
    for sentence in reader.noted():
        gathering.warn(member.line, sentence)
    if at is not None and not _FIRST <= at < _LAST:
        gathering.warn(member.line, "The base start is not in the years 2000 to 2099; left out.")
        return None
    return at
