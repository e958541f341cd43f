# -*- test-case-name: tests.emulator.test_probe -*-
"""
What media files hold, found out by FFmpeg in a child process: run as a module, it reads paths
from its standard input, a JSON list, and writes what it finds, one JSON object a line. A file
that kills the child is one that cannot be opened.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from attrs import define, evolve
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from rtgplayout.emulator.folder import Found, known_extension
from rtgplayout.emulator.media import Kind, Media

_STILLS = frozenset(
    ".png .jpg .jpeg .bmp .gif .tga .tif .tiff .webp .jp2 .jpx .j2k .j2c .psd".split()
)
_TEXT_FORMATS = ("tty", "srt", "ass", "webvtt", "subviewer", "lrc")
_PATIENCE = 30  # seconds a file may take
_SHORT = 1.0  # seconds; a file whose last packet is earlier than this before its end was cut


@define
class Prober:
    """
    Asks the child.

    @ivar reactor: starts it.
    @ivar rate: ticks a second of the channel.
    """

    reactor: Any
    rate: Fraction

    def __call__(self, found: Sequence[Found]) -> Deferred[dict[str, Media]]:
        """What the files hold, by name; those that are no media are left out."""
        return Deferred.fromCoroutine(self._probe(list(found)))

    async def _probe(self, found: list[Found]) -> dict[str, Media]:
        media: dict[str, Media] = {}
        while found:
            facts = await self._ask(found)
            if len(facts) < len(found):
                facts.append({})  # the child died of this one
            for each, told in zip(found, facts, strict=False):
                made = media_of(each, told, self.rate)
                if made is not None:
                    media[each.name] = made
            del found[: len(facts)]
        return media

    def _ask(self, found: Sequence[Found]) -> Deferred[list[dict[str, Any]]]:
        child = _Child([str(each.path) for each in found])
        command = [sys.executable, "-m", "rtgplayout.emulator.probe"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.reactor.spawnProcess(child, sys.executable, command, env=environment)
        return child.answered


class _Child(ProcessProtocol):
    """
    The child at work.

    @ivar answered: fires with what it said before it ended, however it ended.
    """

    transport: Any  # of a process

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = paths
        self._said = b""
        self.answered: Deferred[list[dict[str, Any]]] = Deferred()

    def connectionMade(self) -> None:
        """Tell it what to look at."""
        self.transport.write(json.dumps(list(self._paths)).encode())
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        """It says something."""
        self._said += data

    def processEnded(self, reason: Failure) -> None:
        """It ended; only whole lines count."""
        lines = self._said.split(b"\n")[:-1]
        self.answered.callback([json.loads(line) for line in lines])


def media_of(found: Found, told: dict[str, Any], rate: Fraction) -> Media | None:
    """
    A file as the server will see it.

    @param told: what the child said; empty when it could not be opened.
    @param rate: ticks a second.
    """
    modified = time.strftime("%Y%m%d%H%M%S", time.localtime(found.modified_ns / 1e9))
    media = Media(found.name, size=found.size, modified=modified)
    if found.path.suffix.lower() in _STILLS:
        return evolve(media, kind=Kind.STILL, has_audio=False, time_base="0/1")
    if not told:
        return evolve(media, openable=False) if known_extension(found.name) else None
    seconds = Fraction(told["microseconds"], 1_000_000)
    present = told["present"]
    media = evolve(
        media,
        frames=round(seconds * rate),
        present=None if present is None else int(present * rate / 1_000_000),
        has_audio=told["audio"],
    )
    if not told["fps"]:
        return evolve(media, kind=Kind.AUDIO, file_frames=told["units"], time_base=told["unit"])
    numerator, denominator = told["fps"]
    return evolve(
        media,
        fps=(numerator, denominator),
        file_frames=int(seconds * Fraction(numerator, denominator)),
        time_base=f"{denominator}/{numerator}",
    )


def look(path: str) -> dict[str, Any]:
    """
    What FFmpeg finds in a file, in the child; empty when it cannot be opened.
    """
    import av  # noqa: PLC0415 (only in the child: it brings all of FFmpeg)

    try:
        with av.open(path) as container:
            video = next(iter(container.streams.video), None)
            audio = next(iter(container.streams.audio), None)
            if container.format.name in _TEXT_FORMATS or not (video or audio):
                return {}
            microseconds = container.duration or 0
            facts: dict[str, Any] = {
                "microseconds": microseconds,
                "present": _present(container, video or audio, microseconds),
                "audio": audio is not None,
                "fps": None,
            }
            rate = video.average_rate or video.guessed_rate if video else None
            if rate:
                facts["fps"] = [rate.numerator, rate.denominator]
            elif audio:
                base = audio.time_base or Fraction(1)
                facts |= {
                    "units": audio.duration or 0,
                    "unit": f"{base.numerator}/{base.denominator}",
                }
            return facts
    except (av.FFmpegError, OSError, ValueError):
        return {}


def _present(container: Any, stream: Any, microseconds: int) -> int | None:
    """How many microseconds are really there; L{None} for all."""
    wanted = microseconds / 1e6 - _SHORT
    container.seek(max(0, int(wanted * 1_000_000)))
    if wanted <= 0 or _last(container, stream) >= wanted:
        return None
    container.seek(0)
    return int(_last(container, stream) * 1_000_000)


def _last(container: Any, stream: Any) -> float:
    """The end of the last packet that can be read from here, in seconds from the start."""
    start = (container.start_time or 0) / 1e6
    last = 0.0
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and packet.size:
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                last = max(last, float(end) - start)
    except OSError:
        pass
    return last


def main() -> None:
    """The child: look at each file in turn."""
    for path in json.loads(sys.stdin.read()):
        signal.alarm(_PATIENCE)
        print(json.dumps(look(path)), flush=True)
    signal.alarm(0)


if __name__ == "__main__":
    main()
