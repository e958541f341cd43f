# -*- test-case-name: tests.media.test_probing -*-
"""
Looks into media files with FFmpeg, as a process of its own: C{python -m rtgplayout.media.probing}.
It reads a JSON request a line and answers each with a JSON line::

    {"job": "probe", "path": …}      {"facts": {…}}
    {"job": "thumbnail", "path": …, "target": …, "duration": [n, d] or null}      {"done": true}

or C{{"fault": …, "settled": …}}: the end of a sentence for operators, and whether it stays so until
the file changes. When it is ready it says C{{"ready": true}}.

Files are hostile. FFmpeg gets an open file instead of a name, a choice of formats, and no way to
open another file. The process may use only so much memory, and is ended by who started it when it
does not answer. What FFmpeg prints goes to the standard error.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from typing import Any

import av
from attrs import evolve, frozen
from av.stream import Disposition

from .facts import AudioTrack, Facts, FieldOrder, MediaKind, from_json, to_json
from .hostile import Fault, Source, confine, faults_told, words
from .kinds import kind_of

__all__ = ["answer", "main", "probe", "serve", "thumbnail", "thumbnail_size"]

_FORMATS = "mov,avi,mxf,mpeg,mpegvideo,mpegts,matroska,flv,dv,asf,ogg,wav,w64,aiff,mp3,aac,flac"
_STILLS = (
    (b"\x89PNG\r\n", "png"),
    (b"\xff\xd8\xff", "mjpeg"),
    (b"BM", "bmp"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"RIFF", "webp"),
)
"""How a still begins, and what decodes it; its extension does not matter."""
_LONGEST_SIDE = 16384  # pixels
_LIMITS = {"max_pixels": str(_LONGEST_SIDE * 8192)}
_BIGGEST_STILL = 2**28  # bytes
_MOST_READ = 2**27  # bytes, to find the end or one picture
_MOST_PACKETS = 20_000
_MOST_DECODED = 120  # frames between a key frame and a thumbnail; then that one will do
_SLACK = Fraction(1)  # seconds; a file that ends so shortly before its end is whole
_ROUNDED = Fraction(1, 50)  # seconds or rates that lie so close together mean the same
_FASTEST = 1000  # frames a second that are believed
_CHOSEN = (1, 1001)  # denominators of rates that somebody would choose
_LATEST_THUMBNAIL = Fraction(5)  # seconds
_THUMBNAIL = 320  # pixels
_FIELDS = {
    1: FieldOrder.PROGRESSIVE,
    2: FieldOrder.TOP_FIRST,
    3: FieldOrder.BOTTOM_FIRST,
    4: FieldOrder.BOTTOM_FIRST,  # the top field is stored first
    5: FieldOrder.TOP_FIRST,  # the bottom field is stored first
}
"""Of FFmpeg's C{AVFieldOrder}; by which field is shown first."""


@frozen
class _Picture:
    """
    A decoded one.

    @ivar pixel: how much wider a pixel is than high.
    @ivar whole: nothing of it was missing.
    """

    frame: Any
    codec: str
    pixel: Fraction | None
    whole: bool = True


def probe(path: str) -> Facts:
    """
    What a file holds.

    @raise Fault: it cannot be played.
    """
    with faults_told(), Source(path) as source:
        if kind_of(path) is MediaKind.STILL:
            picture = _still(source)
            facts = Facts(
                MediaKind.STILL,
                width=picture.frame.width,
                height=picture.frame.height,
                field_order=FieldOrder.PROGRESSIVE,
                codec=picture.codec,
                complete=picture.whole,
            )
        else:
            with _opened(source) as container:
                facts = _facts(container, source)
        return from_json(to_json(facts))  # numbers beyond all measure are a fault, too


def thumbnail(path: str, target: str, duration: Fraction | None) -> None:
    """
    Write a JPEG of what a file shows, to be found under C{target} when it is whole.

    @param duration: seconds, as it was probed.
    @raise Fault: it has no picture, none can be decoded, or C{target} cannot be written.
    """
    with faults_told(), Source(path) as source:
        if kind_of(path) is MediaKind.STILL:
            content = _jpeg(_still(source))
        else:
            at = min(_LATEST_THUMBNAIL, (duration or Fraction(0)) / 10)
            content = _jpeg(_picture_at(source, at))
    beside = f"{target}.{os.getpid()}.part"
    try:
        with open(beside, "wb") as file:
            file.write(content)
        os.replace(beside, target)
    except OSError as error:
        with suppress(OSError):
            os.unlink(beside)
        raise Fault(f"its thumbnail cannot be written: {words(error)}", settled=False) from None


def thumbnail_size(width: int, height: int, pixel: Fraction | None) -> tuple[int, int]:
    """
    How large the thumbnail of such a picture is: it fits into 320 by 320 and keeps its shape.

    @param pixel: how much wider a pixel is than high; what no picture has counts as a square.
    """
    if pixel is None or not Fraction(1, 8) <= pixel <= 8:
        pixel = Fraction(1)
    shape = width * pixel / height
    high = _even(_THUMBNAIL / shape)
    return (_THUMBNAIL, high) if high <= _THUMBNAIL else (_even(_THUMBNAIL * shape), _THUMBNAIL)


def _even(length: Fraction) -> int:
    return max(2, 2 * round(length / 2))


def _opened(source: Source) -> Any:
    return av.open(
        source,
        "r",
        options={
            "format_whitelist": _FORMATS,
            "protocol_whitelist": "none",  # a list of files may not have others opened
            **_LIMITS,
        },
        metadata_errors="replace",
        buffer_size=2**16,
    )


def _facts(container: Any, source: Source) -> Facts:
    video = _video(container)
    sounds = [each for each in container.streams.audio if each.codec_context]
    streams = [*filter(None, [video]), *sounds]
    if not streams:
        raise Fault("there is neither picture nor sound in it")
    duration = _duration(container, streams)
    facts = Facts(
        MediaKind.AUDIO,
        duration,
        container=container.format.name,
        audio=tuple(_track(each) for each in sounds),
    )
    if video:
        rate = _rate(video)
        own = video.duration * video.time_base if video.duration else duration
        facts = evolve(
            facts,
            kind=MediaKind.VIDEO,
            rate=rate,
            frames=video.frames or round(own * rate),
            width=video.width,
            height=video.height,
            field_order=_field_order(container, video),
            codec=video.codec.canonical_name,
        )
    return evolve(facts, complete=_is_complete(container, streams, source, facts))


def _video(container: Any) -> Any:
    """The stream with the picture; L{None} when there is none but a cover."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            if not stream.codec_context:
                raise Fault("its picture is of a kind that cannot be decoded")
            if not (stream.width > 0 and stream.height > 0):
                raise Fault("no picture of it can be decoded")
            if max(stream.width, stream.height) > _LONGEST_SIDE:
                raise Fault(f"its picture has {stream.width} by {stream.height} pixels")
            stream.codec_context.options = dict(_LIMITS)
            stream.codec_context.thread_count = 1
            return stream
    return None


def _track(sound: Any) -> AudioTrack:
    return AudioTrack(
        sound.codec.canonical_name, sound.channels, sound.layout.name, sound.sample_rate
    )


def _duration(container: Any, streams: Iterable[Any]) -> Fraction:
    """
    Of the longest stream. The streams' own times are taken where they agree with what the
    container says, which FFmpeg and with it CasparCG goes by: that may be rounded.
    """
    exact = Fraction(0)
    if times := [_times(each) for each in streams if each.duration]:
        exact = max(end for _, end in times) - min(start for start, _ in times)
    told = Fraction(container.duration or 0, av.time_base)
    duration = exact if not told or abs(told - exact) <= _ROUNDED else told
    if duration <= 0:
        raise Fault("it does not say how long it is")
    return duration


def _times(stream: Any) -> tuple[Fraction, Fraction]:
    """When it starts and ends, in seconds."""
    start = stream.start_time or 0
    return start * stream.time_base, (start + stream.duration) * stream.time_base


def _rate(video: Any) -> Fraction:
    average, guess = video.average_rate, video.guessed_rate
    if average and guess and average.denominator not in _CHOSEN:
        if abs(guess / average - 1) < _ROUNDED:
            average = guess  # a last picture of an odd length, or a lost one, made it so
    for rate in (average, guess, video.base_rate):
        if rate and 0 < rate <= _FASTEST:
            return Fraction(rate)
    raise Fault("it does not say how many pictures a second it has")


def _field_order(container: Any, video: Any) -> FieldOrder:
    """As the file says it, or its first picture."""
    codec = video.codec_context
    if codec.field_order not in _FIELDS:
        frame = next(_frames(container, video), None)
        if frame is not None and not frame.interlaced_frame:
            return FieldOrder.PROGRESSIVE
    return _FIELDS.get(codec.field_order, FieldOrder.UNKNOWN)


def _is_complete(container: Any, streams: Sequence[Any], source: Source, facts: Facts) -> bool:
    """Its last second can be read. What would take too long to find out is believed."""
    if source.cut():
        return False
    duration, frame = facts.duration or Fraction(0), 1 / (facts.rate or Fraction(_FASTEST))
    slack = min(_SLACK, max(duration / 4, 2 * frame))
    start = Fraction(container.start_time or 0, av.time_base)
    wanted = start + duration - slack
    source.left = _MOST_READ
    for begin in (wanted, start):
        with suppress(av.FFmpegError, OSError):
            container.seek(int(begin * av.time_base))
        with suppress(av.FFmpegError, OSError):
            for number, packet in enumerate(container.demux(streams)):
                if number == _MOST_PACKETS:
                    return True
                at = packet.dts if packet.pts is None else packet.pts
                if at is not None and (at + (packet.duration or 0)) * packet.time_base >= wanted:
                    return True
    return source.exhausted()


def _frames(container: Any, video: Any) -> Iterator[Any]:
    """The pictures from here on that can be decoded."""
    with suppress(av.FFmpegError, OSError):
        for packet in islice(container.demux(video), _MOST_PACKETS):
            with suppress(av.FFmpegError):
                yield from packet.decode()


def _picture_at(source: Source, at: Fraction) -> _Picture:
    """The picture at that time, in seconds, or one near it; else the first."""
    for seconds in (at, None):
        source.seek(0)
        source.left = None
        with _opened(source) as container:
            video = _video(container)
            if video is None:
                raise Fault("it has no picture")
            source.left = _MOST_READ
            frame = _frame_at(container, video, seconds)
            if frame is not None:
                pixel: Fraction | None = video.sample_aspect_ratio
                return _Picture(frame, video.codec.canonical_name, pixel)
    raise Fault("no picture of it can be decoded")


def _frame_at(container: Any, video: Any, seconds: Fraction | None) -> Any:
    """The one at that time, or one near it; the first when C{seconds} is L{None}."""
    if seconds is None:
        return next(_frames(container, video), None)
    wanted = (video.start_time or 0) + int(seconds / video.time_base)
    with suppress(av.FFmpegError, OSError):
        container.seek(wanted, stream=video)
    found = None
    for found in islice(_frames(container, video), _MOST_DECODED):
        if found.pts is None or found.pts >= wanted:
            break
    return found


def _still(source: Source) -> _Picture:
    content = source.read(_BIGGEST_STILL + 1)
    if len(content) > _BIGGEST_STILL:
        raise Fault("it is too large for a still")
    if content[8:16] == b"WEBPVP8X" and content[20:21] and content[20] & 2:
        raise Fault("it is an animated WebP, which FFmpeg cannot decode")
    codec = next((codec for begin, codec in _STILLS if content.startswith(begin)), None)
    if codec is None and source.name.endswith(".tga"):  # it has no beginning of its own
        codec = "targa"
    if codec is None:
        raise Fault("it is no picture of a known kind")
    if codec == "mjpeg":  # the only one that shows half a picture, unless told not to
        with suppress(av.FFmpegError):
            return _decoded(codec, content, {"err_detect": "explode"})
        return evolve(_decoded(codec, content, {}), whole=False)
    return _decoded(codec, content, {})


def _decoded(codec: str, content: bytes, options: dict[str, str]) -> _Picture:
    decoder: Any = av.CodecContext.create(codec, "r")
    decoder.options = {**_LIMITS, **options}
    decoder.thread_count = 1
    frames = decoder.decode(av.Packet(content)) or decoder.decode(None)
    if not frames:
        raise Fault("there is no picture in it")
    if max(frames[0].width, frames[0].height) > _LONGEST_SIDE:
        raise Fault(f"it has {frames[0].width} by {frames[0].height} pixels")
    return _Picture(frames[0], codec, decoder.sample_aspect_ratio)


def _jpeg(picture: _Picture) -> bytes:
    frame = picture.frame
    width, height = thumbnail_size(frame.width, frame.height, picture.pixel)
    small = frame.reformat(width, height, "yuvj420p", threads=1)
    small.pts, small.time_base = 0, Fraction(1, 25)
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base, encoder.thread_count = Fraction(1, 25), 1
    encoder.options = {"qmin": "3", "qmax": "3"}
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])


def answer(request: bytes) -> dict[str, object]:
    """
    What is to be said to one line. Never fails, whatever the file is.

    @raise ValueError: the request is no such thing.
    """
    asked = json.loads(request)
    try:
        match asked:
            case {"job": "probe", "path": str(path)}:
                return {"facts": to_json(probe(path))}
            case {"job": "thumbnail", "path": str(path), "target": str(target), "duration": None}:
                thumbnail(path, target, None)
                return {"done": True}
            case {
                "job": "thumbnail",
                "path": str(path),
                "target": str(target),
                "duration": [int(above), int(below)],
            }:
                thumbnail(path, target, Fraction(above, below))
                return {"done": True}
    except Fault as fault:
        return {"fault": str(fault), "settled": fault.settled}
    raise ValueError(f"no such job: {asked!r}")


def serve(requests: Iterable[bytes], say: Callable[[bytes], object]) -> None:
    """Answer them in turn."""
    av.logging.set_level(None)
    say(b'{"ready": true}\n')
    for request in requests:
        say(json.dumps(answer(request)).encode() + b"\n")


def main(arguments: Sequence[str]) -> None:
    """The child, as C{arguments}, the number of its parent's process, say."""
    confine(int(arguments[0]) if arguments else os.getppid())
    # Whatever else writes to the standard output, its words are no answers.
    with os.fdopen(os.dup(1), "wb", buffering=0) as answers:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, answers.write)


if __name__ == "__main__":
    main(sys.argv[1:])
