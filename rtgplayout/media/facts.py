# -*- test-case-name: tests.media.test_facts -*-
"""
What a media file holds, as a probe found it: exact, in the file's own terms.
"""

from enum import Enum
from fractions import Fraction

from attrs import frozen

__all__ = ["AudioTrack", "Facts", "FieldOrder", "MediaKind"]


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
    @ivar container: as FFmpeg calls it, C{mov,mp4,m4a,3gp,3g2,mj2}.
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
