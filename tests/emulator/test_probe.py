"""What FFmpeg finds in files."""

import io
import json
import os
import signal
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from twisted.internet.error import ProcessDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.folder import Found
from rtgplayout.emulator.media import Kind, Media
from rtgplayout.emulator.probe import Prober, look, main, media_of

_FPS = 25
_SAMPLES = 48000


def make_clip(path: Path, seconds: int, *, picture: bool = True, sound: bool = True) -> None:
    """A little clip of noise, which fills its bytes evenly."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        if picture:
            video: Any = container.add_stream("mpeg4", rate=_FPS)
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        if sound:
            audio: Any = container.add_stream("aac", rate=_SAMPLES, layout="mono")
        for number in range(seconds * _FPS if picture else 0):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(os.urandom(plane.buffer_size))
            frame.pts, frame.time_base = number, Fraction(1, _FPS)
            container.mux(video.encode(frame))
        for start in range(0, seconds * _SAMPLES if sound else 0, 1024):
            samples = av.AudioFrame("fltp", "mono", min(1024, seconds * _SAMPLES - start))
            samples.planes[0].update(bytes(samples.planes[0].buffer_size))
            samples.rate, samples.pts = _SAMPLES, start
            samples.time_base = Fraction(1, _SAMPLES)
            container.mux(audio.encode(samples))
        for stream in container.streams:
            container.mux(stream.encode())  # type: ignore[attr-defined]


class LookTests(SynchronousTestCase):
    """What the child says of a file."""

    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        self.root.mkdir()

    def test_a_whole_file_and_half_of_it(self) -> None:
        """Its length, rate and sound; and how much is there, when that is less."""
        whole, half = self.root / "whole.mp4", self.root / "half.mp4"
        make_clip(whole, 4)
        told = look(str(whole))
        self.assertEqual(
            {"microseconds": 4_000_000, "present": None, "audio": True, "fps": [25, 1]}, told
        )
        half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        told = look(str(half))
        self.assertEqual(4_000_000, told["microseconds"])
        self.assertTrue(1_000_000 < told["present"] < 3_000_000, told)

    def test_sound_alone_and_picture_alone(self) -> None:
        """The unit of a sound is its stream's."""
        make_clip(self.root / "sound.mp4", 2, picture=False)
        told = look(str(self.root / "sound.mp4"))
        self.assertEqual((None, "1/48000"), (told["fps"], told["unit"]))
        make_clip(self.root / "picture.mp4", 1, sound=False)
        self.assertFalse(look(str(self.root / "picture.mp4"))["audio"])

    def test_what_cannot_be_opened(self) -> None:
        """Noise, nothing, text."""
        for name, content in (("a.mp4", b"x" * 5000), ("b.mp4", b""), ("c.srt", b"1\n00:00")):
            (self.root / name).write_bytes(content)
            self.assertEqual({}, look(str(self.root / name)), name)
        subtitle = b"1\n00:00:01,000 --> 00:00:02,000\nhello\n"
        (self.root / "d.srt").write_bytes(subtitle)
        self.assertEqual({}, look(str(self.root / "d.srt")))

    def test_the_child(self) -> None:
        """A list in, a line out for each."""
        self.patch(sys, "stdin", io.StringIO(json.dumps([str(self.root / "none.mp4")] * 2)))
        said = io.StringIO()
        self.patch(sys, "stdout", said)
        main()
        self.assertEqual("{}\n{}\n", said.getvalue())
        self.assertEqual(0, signal.alarm(0), "the alarm would end whatever comes next")


def found(name: str) -> Found:
    """A file of that name."""
    return Found(Path("/media", name), name, 1000, 1_700_000_000_000_000_000)


class MediaOfTests(SynchronousTestCase):
    """From what the child said to what the server sees."""

    def test_a_clip(self) -> None:
        """Frames at the channel's rate, and at the file's own for the scanner."""
        told = {"microseconds": 10_010_000, "present": None, "audio": True, "fps": [30000, 1001]}
        media = media_of(found("a.mp4"), told, Fraction(25))
        assert media is not None
        self.assertEqual(
            (250, 300, "1001/30000"), (media.frames, media.file_frames, media.time_base)
        )
        told["present"] = 5_000_000
        media = media_of(found("a.mp4"), told, Fraction(50))
        assert media is not None
        self.assertEqual((500, 250), (media.frames, media.available))

    def test_a_sound_and_a_still(self) -> None:
        """They are told apart."""
        told = {
            "microseconds": 5_040_000,
            "present": None,
            "audio": True,
            "fps": None,
            "units": 71147524,
            "unit": "1/14112000",
        }
        media = media_of(found("a.mp3"), told, Fraction(25))
        assert media is not None
        self.assertEqual((Kind.AUDIO, 126, 71147524), (media.kind, media.frames, media.file_frames))
        for name in ("a.PNG", "a.webp"):
            still = media_of(found(name), {}, Fraction(25))
            assert still is not None
            self.assertIs(Kind.STILL, still.kind)

    def test_what_cannot_be_opened(self) -> None:
        """Is media all the same when its extension says so."""
        broken = media_of(found("a.MP4"), {}, Fraction(25))
        assert broken is not None
        self.assertFalse(broken.openable)
        self.assertIsNone(media_of(found("a.txt"), {}, Fraction(25)))


class Children:
    """A reactor whose children say what they were given to say, and die."""

    def __init__(self, *said: bytes) -> None:
        self.said = list(said)
        self.asked: list[list[str]] = []

    def spawnProcess(self, child: Any, *_: object, env: dict[str, str]) -> None:
        """Start one."""
        child.transport = self
        child.connectionMade()
        child.outReceived(self.said.pop(0))
        child.processEnded(Failure(ProcessDone(0)))

    def write(self, data: bytes) -> None:
        """It is asked."""
        self.asked.append(json.loads(data))

    def closeStdin(self) -> None:
        """That was all."""


class ProberTests(SynchronousTestCase):
    """A child that may die."""

    def test_the_file_that_killed_it_is_the_broken_one(self) -> None:
        """The others are asked about again."""
        good = json.dumps(
            {"microseconds": 1_000_000, "present": None, "audio": False, "fps": [25, 1]}
        ).encode()
        children = Children(good + b"\n{half a li", good + b"\n")
        prober = Prober(children, Fraction(25))
        names = ("a.mp4", "deadly.mp4", "c.mp4")
        media: dict[str, Media] = self.successResultOf(prober([found(name) for name in names]))
        self.assertEqual(
            {"a.mp4": True, "deadly.mp4": False, "c.mp4": True},
            {name: each.openable for name, each in media.items()},
        )
        self.assertEqual([3, 1], [len(each) for each in children.asked])

    def test_what_is_no_media_is_left_out(self) -> None:
        """By name."""
        prober = Prober(Children(b"{}\n"), Fraction(25))
        self.assertEqual({}, self.successResultOf(prober([found("a.txt")])))
