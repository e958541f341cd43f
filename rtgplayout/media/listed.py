# -*- test-case-name: tests.media.test_listed -*-
"""
One file as CasparCG tells of it: a line of C{CLS} or C{CINF}, or a document of its media-scanner,
from which such lines are made.

The id of a file is its path below CasparCG's media-path, in capitals and without extension.
Frames are counted in the file's own rate (field, P9), and only the documents say what a file is
really called (P10).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from functools import lru_cache
from typing import Any

from attrs import frozen

from ..amcp.status import Unreadable
from .facts import AudioTrack, Facts, FieldOrder, MediaKind
from .kinds import kind_of
from .naming import alike, fault_of_name, stem

__all__ = ["Listed", "listed_in_document", "listed_in_line"]

_LINE = re.compile(
    r'\s*"(.+)"\s+(MOVIE|STILL|AUDIO)\s+(\d{1,18})\s+(\d{14})\s+(\S+)\s+(\S+)\s*', re.ASCII
)
_KINDS = {"MOVIE": MediaKind.VIDEO, "STILL": MediaKind.STILL, "AUDIO": MediaKind.AUDIO}
_DECIMAL = re.compile(r"\d{1,18}\.\d{1,18}", re.ASCII)
_RATIO = re.compile(r"(\d{1,18})/(\d{1,18})", re.ASCII)
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_FASTEST = 1_000
"""Frames a second; more is not believed."""
_LONGEST = 10**9
"""Seconds; likewise."""
_LONGEST_NUMBER = 18
_MOST_STREAMS = 64
_LONGEST_WORD = 200
_BLINK = Fraction(1, 10)
"""Seconds of picture that make a still, as the media-scanner has it."""


@frozen
class Listed:
    """
    One file.

    @ivar id: its path below the media folder, in capitals and without extension.
    @ivar path: the same as the disk has it, with extension; C{""} when only the id is known.
    @ivar size: bytes.
    @ivar modified_ns: nanoseconds since the epoch.
    """

    id: str
    path: str
    size: int
    modified_ns: int
    facts: Facts

    @property
    def clip(self) -> str:
        """What CasparCG is told to play it, without prefix."""
        return self.path or self.id


def listed_in_line(line: str, zone: tzinfo, prefix: str = "") -> Listed | None:
    """
    What a line of C{CLS}, or the body of C{CINF}, tells.

    @param zone: of the machine that CasparCG runs on; its times are local ones.
    @param prefix: see L{rtgplayout.amcp.addressing}. An absolute one is taken to be CasparCG's own
        media-path, which the line does not tell.
    @return: L{None} for a file in another folder.
    @raise Unreadable: it makes no sense.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        raise Unreadable(f"this is no line of CLS: {line[:200]!r}")
    name, word, size, date, frames, time_base = found.groups()
    if fault := fault_of_name(name):
        raise Unreadable(fault)
    name = _below(prefix.upper(), name) if not _is_absolute(prefix) else name
    if not name:
        return None
    kind = _KINDS[word]
    tick, count = _ratio(time_base), _whole(frames)
    seconds = None if tick is None or count is None else _seconds(count * tick)
    # sound is counted too, but not in pictures
    rate = _rate(1 / tick) if tick is not None and kind is MediaKind.VIDEO else None
    facts = Facts(
        kind,
        duration=None if kind is MediaKind.STILL else seconds,
        rate=rate,
        frames=None if rate is None else count,
    )
    return Listed(name, "", int(size), _instant(date, zone), facts)


def listed_in_document(document: object, prefix: str = "") -> Listed | None:
    """
    What one document of the media-scanner tells.

    @param document: what JSON has become.
    @param prefix: see L{rtgplayout.amcp.addressing}.
    @return: L{None} for a file in another folder.
    @raise Unreadable: it makes no sense.
    """
    if not isinstance(document, Mapping):
        raise Unreadable("a document of the media-scanner is an object")
    name, where = document.get("name"), document.get("path")
    size, time = _number(document.get("size")), _number(document.get("time"))
    if not isinstance(name, str) or not isinstance(where, str) or size is None or time is None:
        raise Unreadable("a document needs name, path, size and time")
    if fault := fault_of_name(name) or fault_of_name(where):
        raise Unreadable(fault)
    facts = _facts(document, where)
    if _WINDOWS.match(where):
        where = where.replace("\\", "/")
    if _is_absolute(prefix):
        path = _below(prefix, where)
        if not path:
            return None
        return Listed(stem(path).upper(), path, int(size), int(time * 1_000_000), facts)
    below = _below(prefix.upper(), name)
    if not below:
        return None
    path = _below(prefix, _relative(where, name))
    return Listed(below, path, int(size), int(time * 1_000_000), facts)


def _is_absolute(prefix: str) -> bool:
    return prefix.startswith("/") or _WINDOWS.match(prefix) is not None


def _below(prefix: str, path: str) -> str:
    """What of a path is below the folder of that prefix; C{""} when it is elsewhere."""
    if not prefix:
        return path
    folder = prefix.rstrip("/") + "/"
    return path[len(folder) :] if alike(path[: len(folder)]) == alike(folder) else ""


def _relative(where: str, name: str) -> str:
    """The end of an absolute path that has that id; C{""} when none has."""
    parts = where.split("/")
    for count in range(1, name.count("/") + 2):
        path = "/".join(parts[-count:])
        if alike(stem(path)) == alike(name):
            return path
    return ""


def _instant(date: str, zone: tzinfo) -> int:
    """Nanoseconds since the epoch of such a date, C{20261123212240}."""
    try:
        day = int(date[:4]), int(date[4:6]), int(date[6:8])
        moment = datetime(*day, int(date[8:10]), int(date[10:12]), int(date[12:]), tzinfo=zone)
        since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"this is no date: {date}") from None
    return (since.days * 86_400 + since.seconds) * 1_000_000_000


def _facts(document: Mapping[str, Any], where: str) -> Facts:
    """What the probe of the media-scanner found."""
    streams = [each for each in _list(document.get("streams")) if isinstance(each, Mapping)]
    pictures = [each for each in streams if _type(each) == "video"]
    sounds = [each for each in streams if _type(each) == "audio"]
    container = _mapping(document.get("format"))
    lengths = [length for each in streams if (length := _length(each)) is not None]
    whole = _number(container.get("duration"))
    duration = max(lengths) if lengths else None if whole is None else _seconds(whole)
    kind = _kind(pictures, sounds, where)
    if kind is None:
        raise Unreadable("it has neither picture nor sound")
    picture = pictures[0] if pictures else {}
    rate = _rate(_ratio(picture.get("frame_rate"))) if kind is MediaKind.VIDEO else None
    return Facts(
        kind,
        duration=None if kind is MediaKind.STILL else duration,
        rate=rate,
        frames=None if rate is None else _frames(picture, rate, duration),
        width=_whole(picture.get("width")) or 0,
        height=_whole(picture.get("height")) or 0,
        field_order=_ORDERS.get(_word(document.get("field_order")), FieldOrder.UNKNOWN),
        container=_word(container.get("name")),
        audio=tuple(map(_track, sounds)),
    )


_ORDERS = {each.value: each for each in FieldOrder}


def _kind(
    pictures: Sequence[Mapping[str, Any]], sounds: Sequence[Mapping[str, Any]], where: str
) -> MediaKind | None:
    """
    What a file with those streams is. A cover picture makes no film of a song, and the extension
    tells best what one frame is.
    """
    if not pictures:
        return MediaKind.AUDIO if sounds else None
    by_name = kind_of(where.replace("\\", "/"))
    if by_name is not None:
        return by_name
    if any((_length(each) or _BLINK) >= _BLINK for each in pictures):
        return MediaKind.VIDEO
    return MediaKind.AUDIO if sounds else MediaKind.STILL


def _length(stream: Mapping[str, Any]) -> Fraction | None:
    """Seconds that a stream lasts: exact where it tells its ticks."""
    ticks, tick = _number(stream.get("duration_ts")), _ratio(stream.get("time_base"))
    if ticks is not None and tick is not None:
        return _seconds(ticks * tick)
    seconds = _number(stream.get("duration"))
    return None if seconds is None else _seconds(seconds)


def _frames(picture: Mapping[str, Any], rate: Fraction, duration: Fraction | None) -> int | None:
    """Pictures: as counted, or as many as fit."""
    counted = _whole(picture.get("nb_frames"))
    length = _length(picture) or duration
    return counted or (None if length is None else int(length * rate))


def _track(sound: Mapping[str, Any]) -> AudioTrack:
    """A stream of sound; which codec it is, is told only in words for people."""
    channels = min(_whole(sound.get("channels")) or 0, 1_000)
    layout = _word(sound.get("channel_layout")) or f"{channels} channels"
    return AudioTrack("", channels, layout, _whole(sound.get("sample_rate")) or 0)


def _type(stream: Mapping[str, Any]) -> str:
    return _word(_mapping(stream.get("codec")).get("type"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[object]:
    return value[:_MOST_STREAMS] if isinstance(value, list) else ()


def _word(value: object) -> str:
    return value[:_LONGEST_WORD] if isinstance(value, str) else ""


def _number(value: object) -> Fraction | int | None:
    """A number that is not negative, as JSON or as FFmpeg's text has it."""
    if isinstance(value, str):
        if value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER:
            return int(value)
        return Fraction(value) if _DECIMAL.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**18:
        return None
    return value if isinstance(value, int) else Fraction(value)


def _whole(value: object) -> int | None:
    number = _number(value)
    return number if isinstance(number, int) else None


def _ratio(value: object) -> Fraction | None:
    """Such as C{30000/1001}; L{None} when there is a nought in it."""
    return _ratio_of(value) if isinstance(value, str) and len(value) < 40 else None


@lru_cache(1_000)
def _ratio_of(text: str) -> Fraction | None:
    # a library has few; its entries share them
    found = _RATIO.fullmatch(text)
    if found is None or not (int(found[1]) and int(found[2])):
        return None
    return Fraction(int(found[1]), int(found[2]))


def _rate(value: Fraction | None) -> Fraction | None:
    return value if value is not None and value <= _FASTEST else None


def _seconds(value: Fraction | int) -> Fraction | None:
    return Fraction(value) if 0 < value < _LONGEST else None
