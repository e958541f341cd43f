# -*- test-case-name: tests.store.test_playlist_file -*-
"""
C{playlist.json}: the old system's format, written exactly and read tolerantly.

    {"id": "MAIN-CHANNEL-1", "baseStartAt": null or "2026-03-01T18:00:00.000Z", "items": [
      {"id", "name", "file", "type": "clip" or "live", "durationSeconds", "trimInSeconds",
       "trimOutSeconds", "thumbnail", "hardStartTime", "secondaryEvents": [
         {"id", "type", "trigger", "offsetMs", "layer", "template", "data"}]}]}

indented by two, without a newline at the end. An item also has C{"stopAfter": true} when assisted
mode is to stop after it. The old system took from C{durationSeconds} what a hard start trimmed and
put it in C{trimOutSeconds}; what is read is the sum, and what is written always has 0 there.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import orjson

from ..rundown.item import Item, SecondaryEvent, SecondaryType
from ..rundown.playlist import Playlist
from ..rundown.timing import iso
from .decoded import Decoded, Unreadable, parsed
from .repair import Reader, usable_ids

__all__ = ["decode", "encode", "encoded", "file_name"]


def file_name(channel: int) -> str:
    """The name of a channel's file: C{playlist.json} is channel 1, the others stand beside it."""
    return "playlist.json" if channel == 1 else f"playlist-{channel}.json"


def encode(playlist: Playlist, channel: int = 1) -> bytes:
    """
    The file of a channel's playlist.

    Seconds are exact to the millisecond, which names the same frame at every rate; the base start
    is too.
    """
    return b"".join(encoded(playlist, channel))


def encoded(playlist: Playlist, channel: int = 1) -> Iterator[bytes]:
    """
    What L{encode} gives, in pieces of a millisecond's work at most, which are joined as they are.
    """
    start = None if playlist.base_start is None else iso(playlist.base_start)
    head: dict[str, object] = {"id": f"MAIN-CHANNEL-{channel}", "baseStartAt": start, "items": []}
    if not playlist.items:
        yield _dumped(head)
        return
    before = _dumped(head).removesuffix(b"]\n}") + b"\n"
    for at in range(0, len(playlist.items), _PIECE):
        items = [_item(item, playlist.rate) for item in playlist.items[at : at + _PIECE]]
        yield before + _dumped({"": items}).removeprefix(_OPENING).removesuffix(_CLOSING)
        before = b",\n"
    yield _CLOSING


_PIECE = 100
_OPENING, _CLOSING = b'{\n  "": [\n', b"\n  ]\n}"


def _dumped(document: object) -> bytes:
    return orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2)


def _item(item: Item, rate: Fraction) -> dict[str, object]:
    """An item as the file has it."""
    numerator, denominator = rate.as_integer_ratio()

    def seconds(frames: int) -> int | float:
        milliseconds = (2_000 * frames * denominator + numerator) // (2 * numerator)
        whole, rest = divmod(milliseconds, 1_000)
        return milliseconds / 1_000 if rest else whole

    return {
        "id": item.id,
        "name": item.name,
        "file": item.file,
        "type": item.kind.value,
        "durationSeconds": seconds(item.duration),
        "trimInSeconds": seconds(item.in_point),
        "trimOutSeconds": 0,
        "thumbnail": item.thumbnail,
        "hardStartTime": None if item.hard_start is None else str(item.hard_start),
        "secondaryEvents": [_event(event) for event in item.secondary_events],
        **({"stopAfter": True} if item.stop_after else {}),
    }


def decode(content: bytes, rate: Fraction) -> Decoded[Playlist]:
    """
    The playlist of a file, with all that had to be repaired or left out to make one of it.

    @param rate: ticks a second of the channel; seconds become its nearest frames.
    @raise Unreadable: it is not JSON, or has no list of items.
    """
    document = parsed(content)
    if not isinstance(document, dict):
        raise Unreadable("it is not a JSON object")
    if not isinstance(document.get("items"), list):
        raise Unreadable('"items" is not a list')
    reader = Reader(rate, usable_ids(document["items"]))
    base_start = reader.base_start(document.get("baseStartAt"))
    items = reader.items(document["items"])
    return Decoded(Playlist(rate, items, base_start), reader.repairs())


def _event(event: SecondaryEvent) -> dict[str, object]:
    """A secondary event as the file has it."""
    written: dict[str, object] = {
        "id": event.id,
        "type": event.type.value,
        "trigger": event.trigger.value,
        "offsetMs": event.offset_ms,
        "layer": event.layer,
    }
    if event.template is not None:
        written["template"] = event.template
    if event.data or event.type is SecondaryType.CG_ADD:
        written["data"] = event.data
    return written


def _plain(value: object) -> object:
    """What JSON calls an object, for the mappings that orjson does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)
