# -*- test-case-name: tests.media.test_samples -*-
"""
Makes a handful of short clips, so that a channel can be tried where there is no media yet:
C{python -m rtgplayout.media.samples FOLDER}. A process of its own: FFmpeg stays out of the daemon.

Every picture says what it is. On top, a strip of twenty blocks, white for one and black for nought:
four bits of the clip's number, then sixteen of the frame's, the highest first. In the middle the
clip's number, with seconds and frames under it. At the bottom a bar that crosses in one second.
So a lost, held or wrong frame can be seen, and found in a recording.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import pi, sin
from pathlib import Path

import av
from attrs import frozen
from av.video.plane import VideoPlane

__all__ = ["BITS", "SAMPLES", "Sample", "code", "luma", "main", "make", "make_all"]

BITS = 20
_NUMBER_BITS, _FRAME_BITS = 4, 16
_BLACK, _GREY, _WHITE = 16, 90, 235
_HERTZ = 48_000
_AAC_FRAME = 1024
# Rows of a 3 by 5 grid for each sign, three bits a row.
_SIGNS = {
    "0": (7, 5, 5, 5, 7),
    "1": (2, 6, 2, 2, 7),
    "2": (7, 1, 7, 4, 7),
    "3": (7, 1, 7, 1, 7),
    "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7),
    "6": (7, 4, 7, 5, 7),
    "7": (7, 1, 2, 2, 2),
    "8": (7, 5, 7, 5, 7),
    "9": (7, 5, 7, 1, 7),
    ":": (0, 2, 0, 2, 0),
}


@frozen
class Sample:
    """
    One clip to be made.

    @ivar number: 1 to 15; burnt into every frame.
    @ivar frames: its length, in its own frames.
    @ivar rate: frames a second.
    @ivar tint: the blue and red difference (Cb, Cr) of the whole picture, 0 to 255.
    @ivar tone: what is heard, in hertz; divides 48,000.
    @ivar pixel: a pixel's width over its height.
    """

    number: int
    file: str
    frames: int
    rate: int = 25
    width: int = 1280
    height: int = 720
    tint: tuple[int, int] = (128, 128)
    tone: int = 400
    pixel: Fraction = Fraction(1)


SAMPLES = (
    Sample(1, "sample-1-blue.mp4", 200, tint=(190, 110), tone=300),
    Sample(2, "sample-2-red.mp4", 150, tint=(110, 200), tone=400),
    Sample(3, "sample-3-green.mp4", 250, tint=(90, 90), tone=480),
    Sample(4, "sample-4-50fps.mp4", 400, rate=50, tint=(70, 160), tone=600),
    Sample(
        5,
        "sample-5-4x3.mp4",
        175,
        width=720,
        height=576,
        tint=(170, 170),
        tone=240,
        pixel=Fraction(16, 15),
    ),
    Sample(6, "sample-6-long.mp4", 500, tone=200),
)
"""A minute in all; what C{data/playlist.json} plays."""


def code(number: int, frame: int) -> tuple[bool, ...]:
    """The L{BITS} blocks of one frame of one clip, from the left."""
    value = (number << _FRAME_BITS) | frame
    return tuple(bool(value >> bit & 1) for bit in reversed(range(BITS)))


def luma(sample: Sample, frame: int) -> bytes:
    """How bright each pixel of that frame is, row by row."""
    width, height = sample.width, sample.height
    strip = height // 9
    block = width // BITS
    blocks = b"".join(
        bytes((_WHITE if bit else _BLACK,)) * block for bit in code(sample.number, frame)
    )
    bar = bytearray(bytes((_BLACK,)) * width)
    at = frame % sample.rate * width // sample.rate
    bar[at : at + block] = bytes((_WHITE,)) * len(bar[at : at + block])
    plain = bytes((_GREY,)) * width
    picture = bytearray(
        blocks.ljust(width, bytes((_BLACK,))) * strip
        + plain * (height - 2 * strip)
        + bytes(bar) * strip
    )
    seconds, rest = divmod(frame, sample.rate)
    _write(picture, width, str(sample.number), strip * 2, strip // 2)
    _write(picture, width, f"{seconds:02}:{rest:02}", strip * 5, strip // 4)
    return bytes(picture)


def _write(picture: bytearray, width: int, text: str, top: int, size: int) -> None:
    """Write signs of 3 by 5 squares in the middle, from row C{top} on, a square C{size} pixels."""
    left = (width - (4 * len(text) - 1) * size) // 2
    for place, sign in enumerate(text):
        for row, bits in enumerate(_SIGNS[sign]):
            for column in range(3):
                if bits & (4 >> column):
                    x = left + (4 * place + column) * size
                    for y in range(top + row * size, top + (row + 1) * size):
                        picture[y * width + x : y * width + x + size] = bytes((_WHITE,)) * size


def make(sample: Sample, path: Path) -> None:
    """
    Write one clip: H.264 and AAC in MP4, its index in front.

    @raise OSError: it could not be written.
    """
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        video = container.add_stream(
            "libx264", rate=sample.rate, options={"preset": "ultrafast", "crf": "26"}
        )
        video.width, video.height, video.pix_fmt = sample.width, sample.height, "yuv420p"
        video.gop_size = sample.rate
        video.codec_context.sample_aspect_ratio = sample.pixel
        audio = container.add_stream("aac", rate=_HERTZ, layout="stereo", bit_rate=64_000)
        blocks = _sound(sample)
        heard = 0
        for frame, picture in enumerate(_pictures(sample)):
            container.mux(video.encode(picture))
            while heard * sample.rate <= frame * _HERTZ and (block := next(blocks, None)):
                container.mux(audio.encode(block))
                heard += block.samples
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _pictures(sample: Sample) -> Iterator[av.VideoFrame]:
    for frame in range(sample.frames):
        picture = av.VideoFrame(sample.width, sample.height, "yuv420p")
        bright, *tints = picture.planes
        _fill(bright, luma(sample, frame))
        for plane, value in zip(tints, sample.tint, strict=True):
            _fill(plane, bytes((value,)) * plane.width * plane.height)
        picture.pts, picture.time_base = frame, Fraction(1, sample.rate)
        yield picture


def _sound(sample: Sample) -> Iterator[av.AudioFrame]:
    """A steady tone, a whole number of AAC frames that ends just before the picture does."""
    period = _HERTZ // sample.tone
    wave = b"".join(
        round(3000 * sin(2 * pi * n / period)).to_bytes(2, "little", signed=True) * 2
        for n in range(period)
    )
    whole = wave * (_AAC_FRAME // period + 2)
    for n in range(sample.frames * _HERTZ // sample.rate // _AAC_FRAME):
        block = av.AudioFrame(format="s16", layout="stereo", samples=_AAC_FRAME)
        begin = n * _AAC_FRAME % period * 4
        samples = whole[begin : begin + _AAC_FRAME * 4]
        block.planes[0].update(samples.ljust(block.planes[0].buffer_size, b"\0"))
        block.sample_rate, block.pts, block.time_base = _HERTZ, n * _AAC_FRAME, Fraction(1, _HERTZ)
        yield block


def _fill(plane: VideoPlane, content: bytes) -> None:
    """Give a plane its pixels; in memory its rows may be longer than the picture is wide."""
    rows = (content[row : row + plane.width] for row in range(0, len(content), plane.width))
    plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))


def make_all(folder: Path, samples: Sequence[Sample] = SAMPLES) -> None:
    """
    Make the clips in C{folder}. They get their names when all are whole, so that a folder with
    one has all.

    @raise OSError: they could not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for sample in samples:
        make(sample, folder / f".{sample.file}.part")
    for sample in samples:
        os.replace(folder / f".{sample.file}.part", folder / sample.file)


def main(arguments: Sequence[str]) -> str | int:
    """What the command does; the exit code, or what went wrong."""
    if len(arguments) != 1:
        return "usage: python -m rtgplayout.media.samples FOLDER"
    try:
        make_all(Path(arguments[0]))
    except OSError as error:
        return f"the sample clips could not be made: {error}"
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
