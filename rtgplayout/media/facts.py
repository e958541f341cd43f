# -*- test-case-name: tests.media.test_facts -*-
"""
What a media file holds, as a probe found it: exact, in the file's own terms.
"""

from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeGuard

from attrs import asdict, fields, frozen

__all__ = ["AudioTrack", "Facts", "FieldOrder", "MediaKind", "from_json", "to_json"]

_LONGEST_NAME = 200
_BIGGEST = 2**63 - 1


class MediaKind(Enum):
    """What a file is."""

    VIDEO = "video"
    STILL = "still"
    AUDIO = "audio"


class FieldOrder(Enum):
    """How the lines of its pictures were taken."""

    PROGRESSIVE = "progressive"
    TOP_FIRST = "tff"
    BOTTOM_FIRST = "bff"
    UNKNOWN = "unknown"


@frozen
class AudioTrack:
    """
    One audio stream.

    @ivar codec: as FFmpeg calls it, C{pcm_s24le}.
    @ivar layout: C{stereo}, C{5.1}, or C{8 channels} when it has no name.
    @ivar sample_rate: hertz.
    """

    codec: str
    channels: int
    layout: str
    sample_rate: int


@frozen
class Facts:
    """
    @ivar duration: seconds, exact; of the longest stream, as CasparCG counts (behaviour (b));
        L{None} for a still.
    @ivar rate: frames a second of the picture; L{None} without one, or for a still.
    @ivar frames: pictures, in the file's own rate; L{None} where C{rate} is.
    @ivar codec: of the picture, as FFmpeg calls it; C{""} without one.
    @ivar container: as FFmpeg calls it, C{mov,mp4,m4a,3gp,3g2,mj2}; C{""} for a still.
    @ivar complete: what the file says it holds is really there, up to its last second.
    """

    kind: MediaKind
    duration: Fraction | None = None
    rate: Fraction | None = None
    frames: int | None = None
    width: int = 0
    height: int = 0
    field_order: FieldOrder = FieldOrder.UNKNOWN
    codec: str = ""
    container: str = ""
    audio: tuple[AudioTrack, ...] = ()
    complete: bool = True


def to_json(facts: Facts) -> dict[str, object]:
    """C{facts} as JSON can say them, exactly: fractions are C{[numerator, denominator]}."""
    return asdict(facts, value_serializer=lambda _, __, value: _plain(value))


def _plain(value: Any) -> Any:
    match value:
        case Fraction():
            return [value.numerator, value.denominator]
        case Enum():
            return value.value
        case tuple():
            return list(value)
    return value


def from_json(told: object) -> Facts:
    """
    The facts that L{to_json} made C{told} of.

    @param told: whatever was read; nobody vouches for it.
    @raise ValueError: it is no such thing; says why.
    """
    facts = _object(told, _FACTS)
    audio = facts["audio"]
    if not isinstance(audio, list):
        raise ValueError("audio is no list")
    made = Facts(
        kind=MediaKind(facts["kind"]),
        duration=_fraction(facts, "duration"),
        rate=_fraction(facts, "rate"),
        frames=None if facts["frames"] is None else _number(facts, "frames"),
        width=_number(facts, "width"),
        height=_number(facts, "height"),
        field_order=FieldOrder(facts["field_order"]),
        codec=_name(facts, "codec"),
        container=_name(facts, "container"),
        audio=tuple(_track(each) for each in audio),
        complete=_yes_or_no(facts, "complete"),
    )
    if (made.duration is None) != (made.kind is MediaKind.STILL):
        raise ValueError("duration: every file has one but a still")
    moves = made.kind is MediaKind.VIDEO
    if (made.rate is not None) != moves or (made.frames is not None) != moves:
        raise ValueError("rate, frames: a video has both, nothing else has")
    return made


def _track(told: object) -> AudioTrack:
    track = _object(told, _AUDIO_TRACK)
    return _shared_track(
        _name(track, "codec"),
        _number(track, "channels"),
        _name(track, "layout"),
        _number(track, "sample_rate"),
    )


_FACTS = frozenset(each.name for each in fields(Facts))
_AUDIO_TRACK = frozenset(each.name for each in fields(AudioTrack))

# Files of one station are much alike: 100,000 of them share what is the same.
_shared_track = lru_cache(maxsize=1024)(AudioTrack)
_shared_fraction = lru_cache(maxsize=1024)(Fraction)


@lru_cache(maxsize=1024)
def _shared_name(name: str) -> str:
    return name


def _object(told: object, names: frozenset[str]) -> Mapping[str, object]:
    """An object with exactly those fields."""
    if not isinstance(told, Mapping) or set(told) != names:
        raise ValueError(f"no object with exactly {', '.join(sorted(names))}")
    return told


def _number(told: Mapping[str, object], name: str) -> int:
    """Nought or more; no C{True}, no C{1.0}."""
    value = told[name]
    if not _counts(value):
        raise ValueError(f"{name} is no count")
    return value


def _counts(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= _BIGGEST


def _fraction(told: Mapping[str, object], name: str) -> Fraction | None:
    """Positive, of numbers that fit into eight bytes."""
    value = told[name]
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or not all(_counts(each) for each in value):
        raise ValueError(f"{name} is no fraction")
    above, below = value
    if not above or not below:
        raise ValueError(f"{name} is no positive fraction")
    return _shared_fraction(above, below)


def _name(told: Mapping[str, object], name: str) -> str:
    value = told[name]
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or not value.isprintable():
        raise ValueError(f"{name} is no name")
    return _shared_name(value)


def _yes_or_no(told: Mapping[str, object], name: str) -> bool:
    value = told[name]
    if not isinstance(value, bool):
        raise ValueError(f"{name} is neither true nor false")
    return value
