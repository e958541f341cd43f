"""
Tiny real media files: noise, so that they fill their bytes evenly.
"""

import random
import struct
import zlib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

_noise = random.Random(1)


def make_clip(
    path: Path,
    *,
    frames: int = 50,
    rate: Fraction = Fraction(25),
    codec: str | None = "mpeg4",
    sound: str | None = None,
    seconds: Fraction | None = None,
    size: tuple[int, int] = (64, 36),
    pixels: str = "yuv420p",
    shape: Fraction | None = None,
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
) -> Path:
    """
    A clip, a picture alone or a sound alone.

    @param seconds: of the sound, if it is not as long as the picture.
    @param shape: how much wider a pixel is than high.
    @param options: of the picture's codec.
    @param container: its options.
    """
    with av.open(str(path), "w", options=dict(container or {})) as output:
        video: Any = None
        audio: Any = None
        if codec:
            video = output.add_stream(codec, rate=rate, options=dict(options or {}))
            video.width, video.height = size
            video.pix_fmt = pixels
            if shape:
                video.codec_context.sample_aspect_ratio = shape
        if sound:
            audio = output.add_stream(sound, rate=48000, layout="stereo")
        for number in range(frames if codec else 0):
            frame = _noisy(av.VideoFrame(*size, pixels))
            frame.pts, frame.time_base = number, 1 / rate
            output.mux(video.encode(frame))
        length = frames / rate if seconds is None else seconds
        if sound:
            block = audio.codec_context.frame_size or 1024
            for start in range(0, int(length * 48000), block):
                samples = av.AudioFrame(
                    audio.codec_context.format.name,
                    "stereo",
                    min(block, int(length * 48000) - start),
                )
                whole = samples.format.name.startswith("s")  # of floats, some are no numbers
                for plane in samples.planes:
                    room = plane.buffer_size
                    plane.update(_noise.randbytes(room) if whole else bytes(room))
                samples.rate, samples.pts = 48000, start
                samples.time_base = Fraction(1, 48000)
                output.mux(audio.encode(samples))
        for stream in filter(None, (video, audio)):
            output.mux(stream.encode(None))
    return path


def make_still(path: Path, codec: str, pixels: str, size: tuple[int, int] = (64, 36)) -> Path:
    """A picture."""
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base = pixels, Fraction(1, 25)
    frame = _noisy(av.VideoFrame(*size, "rgb24")).reformat(format=pixels)
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))
    return path


def png_bomb(width: int, height: int) -> bytes:
    """A few bytes that say they are a very large picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def cut(path: Path, target: Path, part: float = 0.6) -> Path:
    """The first part of a file alone."""
    content = path.read_bytes()
    target.write_bytes(content[: int(len(content) * part)])
    return target


def _noisy(frame: av.VideoFrame) -> av.VideoFrame:
    for plane in frame.planes:
        plane.update(_noise.randbytes(plane.buffer_size))
    return frame
