# -*- test-case-name: tests.media.test_samples -*-
"""Tests for L{rtgplayout.media.samples}."""

import json
from fractions import Fraction
from pathlib import Path

import av
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media import samples
from rtgplayout.media.samples import BITS, SAMPLES, Sample, code, luma, main, make, make_all

PLAYLIST = Path(__file__).parents[2] / "data" / "playlist.json"
SMALL = Sample(9, "small.mp4", 60, width=320, height=180, tint=(170, 90), tone=300)
WIDE = Sample(5, "wide.mp4", 12, rate=50, width=360, height=288, pixel=Fraction(16, 15))


def read_code(row: bytes, width: int) -> tuple[int, int]:
    """The clip's number and the frame's, read from the brightness of a row of the strip."""
    block = width // BITS
    value = int("".join("01"[row[n * block + block // 2] > 128] for n in range(BITS)), 2)
    return value >> 16, value & 0xFFFF


class CodeTests(SynchronousTestCase):
    def test_every_frame_of_every_sample_differs(self) -> None:
        codes = {code(sample.number, n) for sample in SAMPLES for n in range(sample.frames)}
        self.assertEqual(len(codes), sum(sample.frames for sample in SAMPLES))

    def test_highest_bit_first(self) -> None:
        self.assertEqual(code(8, 1), (True, *[False] * (BITS - 2), True))


class LumaTests(SynchronousTestCase):
    def test_code_can_be_read_from_the_picture(self) -> None:
        self.assertEqual(read_code(luma(SMALL, 47), SMALL.width), (9, 47))

    def test_bar_crosses_once_a_second(self) -> None:
        last_row = [luma(SMALL, frame)[-SMALL.width :] for frame in range(SMALL.rate + 1)]
        self.assertEqual(
            [row.index(235) for row in last_row], [n * 320 // 25 for n in range(25)] + [0]
        )

    def test_picture_has_its_size_wherever_the_bar_is(self) -> None:
        for frame in range(WIDE.rate):
            self.assertEqual(len(luma(WIDE, frame)), WIDE.width * WIDE.height)

    def test_seconds_and_frames_are_written(self) -> None:
        """Frames 0 and 25 differ only in the code and in the clock."""
        first, second = luma(SMALL, 0), luma(SMALL, 25)
        clock = slice(SMALL.width * 100, SMALL.width * 125)
        number = slice(SMALL.width * 40, SMALL.width * 90)
        self.assertNotEqual(first[clock], second[clock])
        self.assertEqual(first[number], second[number])
        self.assertIn(235, first[number])


class MakeTests(SynchronousTestCase):
    def test_every_frame_can_be_read_back_in_order(self) -> None:
        path = Path(self.mktemp())
        make(SMALL, path)
        with av.open(str(path)) as container:
            frames = list(container.decode(video=0))
        read = [read_code(bytes(frame.planes[0])[: SMALL.width], SMALL.width) for frame in frames]
        self.assertEqual(read, [(9, n) for n in range(SMALL.frames)])

    def test_rate_and_shape_are_as_asked(self) -> None:
        path = Path(self.mktemp())
        make(WIDE, path)
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            self.assertEqual(
                (video.codec_context.name, video.average_rate, video.frames),
                ("h264", Fraction(50), 12),
            )
            self.assertEqual(video.sample_aspect_ratio, Fraction(16, 15))

    def test_sound_is_there_and_ends_no_later_than_the_picture(self) -> None:
        """Else a server would count a frame more than there is picture."""
        path = Path(self.mktemp())
        make(SMALL, path)
        with av.open(str(path)) as container:
            audio, video = container.streams.audio[0], container.streams.video[0]
            assert audio.duration and audio.time_base and video.duration and video.time_base
            length = audio.duration * audio.time_base
            self.assertEqual((audio.codec_context.name, audio.channels), ("aac", 2))
            self.assertEqual(video.duration * video.time_base, Fraction(SMALL.frames, SMALL.rate))
            self.assertLessEqual(length, Fraction(SMALL.frames, SMALL.rate))
            self.assertGreater(length, Fraction(SMALL.frames - 3, SMALL.rate))
            loudest = max(abs(value) for value in _samples(container))
        self.assertTrue(0.05 < loudest < 0.2, loudest)

    def test_index_stands_in_front(self) -> None:
        """So that a reader need not look for it at the end."""
        path = Path(self.mktemp())
        make(SMALL, path)
        content = path.read_bytes()
        self.assertLess(content.index(b"moov"), content.index(b"mdat"))


class MakeAllTests(SynchronousTestCase):
    def test_folder_is_made_and_holds_the_clips_and_nothing_else(self) -> None:
        folder = Path(self.mktemp()) / "deep"
        make_all(folder, (SMALL, WIDE))
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["small.mp4", "wide.mp4"])

    def test_a_failure_leaves_no_clip_under_its_name(self) -> None:
        folder = Path(self.mktemp())
        self.assertRaises(
            OSError,
            make_all,
            folder,
            (SMALL, Sample(1, "no/such/folder.mp4", 1, width=320, height=180)),
        )
        self.assertFalse((folder / "small.mp4").exists())


class MainTests(SynchronousTestCase):
    def test_folder_must_be_named(self) -> None:
        self.assertIn("usage", str(main([])))

    def test_what_went_wrong_is_one_line(self) -> None:
        occupied = Path(self.mktemp())
        occupied.write_bytes(b"")
        said = main([str(occupied)])
        self.assertIn("could not be made", str(said))
        self.assertNotIn("\n", str(said))

    def test_makes_the_samples(self) -> None:
        made: list[Path] = []
        self.patch(samples, "make_all", made.append)
        self.assertEqual(main(["somewhere"]), 0)
        self.assertEqual(made, [Path("somewhere")])


class SamplesTests(SynchronousTestCase):
    def test_numbers_and_tones_fit(self) -> None:
        for sample in SAMPLES:
            self.assertTrue(0 < sample.number < 16)
            self.assertEqual(48_000 % sample.tone, 0)
            self.assertTrue(5 <= sample.frames / sample.rate <= 20)

    def test_example_playlist_plays_them_whole(self) -> None:
        """C{data/playlist.json} is what a fresh channel plays."""
        seconds = {sample.file: sample.frames / sample.rate for sample in SAMPLES}
        items = json.loads(PLAYLIST.read_text())["items"]
        self.assertEqual({item["file"] for item in items}, set(seconds))
        for item in items:
            self.assertEqual(item["durationSeconds"], seconds[item["file"]])


def _samples(container: av.container.InputContainer) -> list[float]:
    """The sound's left channel, -1 to 1."""
    values: list[float] = []
    for frame in container.decode(audio=0):
        values.extend(memoryview(bytes(frame.planes[0])).cast("f")[: frame.samples])
    return values
