"""What FFmpeg finds in real files, good ones and hostile ones."""

import errno
import json
import os
import socket
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media import probing
from rtgplayout.media.facts import AudioTrack, Facts, FieldOrder, MediaKind, from_json
from rtgplayout.media.hostile import Fault, Source
from rtgplayout.media.probes import COMMAND
from rtgplayout.media.probing import answer, probe, serve, thumbnail, thumbnail_size

from .clips import cut, make_clip, make_still, png_bomb

NTSC = Fraction(30000, 1001)
FAST = {"movflags": "faststart"}
STEREO_24 = AudioTrack("pcm_s24le", 2, "stereo", 48000)


class FilesTestCase(SynchronousTestCase):
    """In a folder of its own."""

    def setUp(self) -> None:
        self.root = Path(self.mktemp()).absolute()
        self.root.mkdir()

    def fault_of(self, path: Path | str) -> str:
        """What is wrong with a file."""
        fault: Any = self.assertRaises(Fault, probe, str(path))
        self.assertTrue(fault.settled)
        return str(fault)


class ProbeTests(FilesTestCase):
    """Good files."""

    def test_a_clip(self) -> None:
        path = make_clip(self.root / "a.mp4", sound="aac")
        self.assertEqual(
            Facts(
                MediaKind.VIDEO,
                Fraction(2),
                Fraction(25),
                50,
                64,
                36,
                FieldOrder.PROGRESSIVE,
                "mpeg4",
                "mov,mp4,m4a,3gp,3g2,mj2",
                (AudioTrack("aac", 2, "stereo", 48000),),
            ),
            probe(str(path)),
        )

    def test_rates_and_durations_are_exact(self) -> None:
        """Also where the container itself counts in milliseconds."""
        for name in ("a.mp4", "a.mov"):
            facts = probe(str(make_clip(self.root / name, rate=NTSC)))
            self.assertEqual((NTSC, 50, 50 / NTSC), (facts.rate, facts.frames, facts.duration))

    def test_a_matroska_file_whose_streams_do_not_say_how_long_they_are(self) -> None:
        facts = probe(str(make_clip(self.root / "a.mkv", rate=NTSC, sound="pcm_s16le")))
        self.assertEqual(
            (NTSC, 50, Fraction(1668, 1000)), (facts.rate, facts.frames, facts.duration)
        )
        self.assertEqual("matroska,webm", facts.container)

    def test_the_longest_stream_counts(self) -> None:
        path = make_clip(self.root / "a.mov", frames=10, sound="pcm_s24le", seconds=Fraction(3))
        facts = probe(str(path))
        self.assertEqual(
            (Fraction(3), 10, (STEREO_24,)), (facts.duration, facts.frames, facts.audio)
        )

    def test_interlaced_material(self) -> None:
        """As MPEG-2 in MXF, MPG and H.264 in MP4 have it; the encoder here makes both orders."""
        fields = {"flags": "+ilme+ildct"}
        for name, codec, options, order in (
            ("a.mxf", "mpeg2video", fields, FieldOrder.BOTTOM_FIRST),
            ("a.mpg", "mpeg2video", fields, FieldOrder.BOTTOM_FIRST),
            ("t.mp4", "libx264", {**fields, "x264-params": "tff=1"}, FieldOrder.TOP_FIRST),
            ("b.mp4", "libx264", {**fields, "x264-params": "bff=1"}, FieldOrder.BOTTOM_FIRST),
            ("p.mpg", "mpeg2video", {}, FieldOrder.PROGRESSIVE),
        ):
            path = make_clip(
                self.root / name, codec=codec, options=options, size=(64, 64), frames=25
            )
            facts = probe(str(path))
            self.assertIs(order, facts.field_order, name)
            self.assertTrue(facts.complete)
            # FFmpeg, and CasparCG with it, may miss the last picture of a program stream.
            self.assertIn(facts.frames, (25, 24) if name.endswith(".mpg") else (25,))

    def test_interlaced_and_nobody_says_how(self) -> None:
        path = make_clip(
            self.root / "a.mov", codec="dvvideo", frames=2, size=(720, 576), pixels="yuv420p"
        )
        self.assertIs(FieldOrder.UNKNOWN, probe(str(path)).field_order)

    def test_a_start_that_is_not_zero_is_no_part_of_it(self) -> None:
        """Transport streams begin anywhere."""
        facts = probe(str(make_clip(self.root / "a.ts", codec="mpeg2video", sound="mp2")))
        assert facts.duration is not None
        self.assertTrue(2 <= facts.duration < Fraction(205, 100), facts.duration)
        self.assertEqual(Fraction(25), facts.rate)

    def test_an_odd_last_picture_does_not_make_another_rate(self) -> None:
        path = make_clip(
            self.root / "a.mp4", sound="aac", container={"movflags": "frag_keyframe+empty_moov"}
        )
        self.assertEqual(Fraction(25), probe(str(path)).rate)

    def test_a_rate_that_cannot_be(self) -> None:
        for average, guess, base, rate in (
            (Fraction(25), Fraction(50), None, Fraction(25)),
            (NTSC, Fraction(30), None, NTSC),
            (Fraction(2998, 100), Fraction(30), None, Fraction(30)),
            (Fraction(2000, 97), Fraction(30), None, Fraction(2000, 97)),
            (Fraction(90000), Fraction(25), None, Fraction(25)),
            (None, None, Fraction(24), Fraction(24)),
            (None, None, None, None),
        ):
            video = _Stream(average, guess, base)
            if rate is None:
                self.assertRaises(Fault, probing._rate, video)
            else:
                self.assertEqual(rate, probing._rate(video))

    def test_sounds(self) -> None:
        for name, codec, told in (
            ("a.wav", "pcm_s24le", "wav"),
            ("a.flac", "flac", "flac"),
            ("a.mp3", "libmp3lame", "mp3"),
            ("a.m4a", "aac", "mov,mp4,m4a,3gp,3g2,mj2"),
            ("silent.mov", "pcm_s24le", "mov,mp4,m4a,3gp,3g2,mj2"),
        ):
            path = make_clip(self.root / name, codec=None, sound=codec, seconds=Fraction(2))
            facts = probe(str(path))
            self.assertEqual(
                (MediaKind.AUDIO, Fraction(2), None, told, True),
                (facts.kind, facts.duration, facts.rate, facts.container, facts.complete),
            )
            self.assertEqual(("", 0, 1), (facts.codec, facts.width, len(facts.audio)))
            self.assertEqual(codec.replace("libmp3lame", "mp3"), facts.audio[0].codec)

    def test_stills(self) -> None:
        for name, codec, pixels in (
            ("a.png", "png", "rgba"),
            ("a.jpg", "mjpeg", "yuvj420p"),
            ("a.jpeg", "mjpeg", "yuvj420p"),
            ("a.bmp", "bmp", "bgr24"),
            ("a.tga", "targa", "bgr24"),
            ("a.tif", "tiff", "rgb24"),
            ("a.webp", "libwebp", "yuv420p"),
            ("a.gif", "gif", "rgb8"),
            ("really a png.JPG", "png", "rgb24"),
        ):
            facts = probe(str(make_still(self.root / name, codec, pixels)))
            self.assertEqual(
                Facts(
                    MediaKind.STILL,
                    width=64,
                    height=36,
                    field_order=FieldOrder.PROGRESSIVE,
                    codec=codec.replace("lib", ""),
                ),
                facts,
            )

    def test_an_animated_gif_is_a_still(self) -> None:
        path = make_clip(self.root / "a.gif", codec="gif", pixels="rgb8", frames=5)
        self.assertEqual(
            (MediaKind.STILL, None), (probe(str(path)).kind, probe(str(path)).duration)
        )

    def test_names_may_be_anything(self) -> None:
        clip = make_clip(self.root / "a.mp4").read_bytes()
        names = [
            b'it\'s "q"',
            b"new\nline",
            b"\xf0\x9f\x8e\xac",
            b"\xff\xfe",
            b"%d%05d",
            b"a:b",
            b"-i",
        ]
        for name in [*(name + b".mp4" for name in names), b"UP.MP4", b"[0-9]{a,b}*?.mp4"]:
            path = self.root / os.fsdecode(name)
            path.write_bytes(clip)
            request = json.dumps({"job": "probe", "path": str(path)}).encode()
            self.assertEqual(50, from_json(answer(request).get("facts")).frames, name)

    def test_a_still_with_a_pattern_in_its_name_is_that_file(self) -> None:
        """And no numbered sequence of others."""
        make_still(self.root / "1.png", "png", "rgba")
        (self.root / "%d.png").write_bytes(b"no picture")
        self.assertEqual("it is no picture of a known kind", self.fault_of(self.root / "%d.png"))

    def test_a_cover_is_no_picture(self) -> None:
        """Of a sound."""
        path = self.root / "a.m4a"
        with av.open(str(path), "w", format="mp4") as output:
            sound: Any = output.add_stream("aac", rate=48000, layout="stereo")
            cover: Any = output.add_stream("mjpeg", rate=1)
            cover.width, cover.height, cover.pix_fmt = 64, 36, "yuvj420p"
            cover.disposition = av.stream.Disposition.attached_pic
            samples = av.AudioFrame("fltp", "stereo", 1024)
            samples.rate = 48000
            for plane in samples.planes:
                plane.update(bytes(plane.buffer_size))
            output.mux([*sound.encode(samples), *sound.encode(None)])
            output.mux([*cover.encode(av.VideoFrame(64, 36, "yuvj420p")), *cover.encode(None)])
        self.assertIs(MediaKind.AUDIO, probe(str(path)).kind)
        self.assertRaises(Fault, thumbnail, str(path), str(self.root / "a.jpg"), None)


class _Stream:
    def __init__(
        self, average: Fraction | None, guess: Fraction | None, base: Fraction | None
    ) -> None:
        self.average_rate, self.guessed_rate, self.base_rate = average, guess, base


class CompleteTests(FilesTestCase):
    """Is what a file says it holds really there?"""

    def test_a_cut_file_is_not_complete(self) -> None:
        """It has the length it says, and that it ends before is told."""
        for name, codec, sound, options in (
            ("a.mp4", "mpeg4", "aac", FAST),
            ("a.mov", "mpeg4", None, FAST),
            ("a.mkv", "mpeg4", "pcm_s16le", {}),
            ("a.mxf", "mpeg2video", None, {}),
            ("a.avi", "mpeg4", "pcm_s16le", {}),
            ("a.flv", "flv", None, {}),
            ("a.wav", None, "pcm_s16le", {}),
            ("a.flac", None, "flac", {}),
            ("a.mp3", None, "libmp3lame", {}),
        ):
            path = make_clip(
                self.root / name, codec=codec, sound=sound, container=options, size=(64, 64)
            )
            self.assertTrue(probe(str(path)).complete, name)
            self.assertFalse(probe(str(cut(path, self.root / f"cut-{name}"))).complete, name)

    def test_a_cut_file_without_its_index_cannot_be_opened(self) -> None:
        path = make_clip(self.root / "a.mov")
        self.fault_of(cut(path, self.root / "cut.mov"))

    def test_one_picture_is_complete(self) -> None:
        self.assertTrue(probe(str(make_clip(self.root / "a.mp4", frames=1))).complete)

    def test_a_sound_that_is_shorter_than_the_picture_is_complete(self) -> None:
        for name in ("a.mov", "a.mkv"):
            path = make_clip(self.root / name, frames=100, sound="pcm_s24le", seconds=Fraction(1))
            self.assertTrue(probe(str(path)).complete)

    def test_a_cut_picture_is_not_complete(self) -> None:
        """What there is of it can be shown, where FFmpeg does that; else it is a fault."""
        path = make_still(self.root / "a.jpg", "mjpeg", "yuvj420p")
        facts = probe(str(cut(path, self.root / "cut.jpg")))
        self.assertEqual((64, False), (facts.width, facts.complete))
        path = make_still(self.root / "a.png", "png", "rgba")
        self.fault_of(cut(path, self.root / "cut.png"))

    def test_what_would_take_too_long_to_find_out_is_believed(self) -> None:
        path = cut(make_clip(self.root / "a.mp4", container=FAST), self.root / "cut.mp4")
        self.patch(probing, "_MOST_READ", 10)
        self.assertTrue(probe(str(path)).complete)
        self.patch(probing, "_MOST_READ", 2**27)
        self.patch(probing, "_MOST_PACKETS", 1)
        self.assertTrue(probe(str(path)).complete)


class HostileTests(FilesTestCase):
    """Whatever a file is, all that comes of it is a fault."""

    def test_no_media(self) -> None:
        for name in ("a.mp4", "a.mxf", "a.ts", "a.wav", "a.png", "a.tga", "a.jpg"):
            path = self.root / name
            path.write_bytes(os.urandom(5000))
            self.fault_of(path)
            path.write_bytes(b"")
            self.assertEqual("it is empty", self.fault_of(path))

    def test_no_file(self) -> None:
        os.mkfifo(self.root / "pipe.mp4")
        (self.root / "folder.mp4").mkdir()
        (self.root / "zero.png").symlink_to("/dev/zero")
        with socket.socket(socket.AF_UNIX) as listening:
            os.chdir(self.root)  # a socket's name must be short
            listening.bind("socket.mp4")
        for name in ("pipe.mp4", "folder.mp4", "zero.png", "socket.mp4"):
            self.assertEqual("it is no file", self.fault_of(self.root / name), name)
        self.assertIn("No such file", self.fault_of(self.root / "none.mp4"))
        self.assertIn("null", self.fault_of("a\0b.mp4"))

    def test_lists_of_other_files_are_not_followed(self) -> None:
        """Neither because such formats are not taken, nor, were they, could they open anything."""
        make_clip(self.root / "good.ts", codec="mpeg2video")
        os.chdir(self.root)
        lists = {
            "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ngood.ts\n#EXT-X-ENDLIST\n",
            "concat.mp4": "ffconcat version 1.0\nfile good.ts\nduration 2\n",
            "sdp.mp4": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
            "m=video 5004 RTP/AVP 33\n",
        }
        for formats in (probing._FORMATS, "hls,concat,sdp,mpegts"):
            self.patch(probing, "_FORMATS", formats)
            for name, content in lists.items():
                Path(name).write_text(content)
                self.assertIn("it cannot be read", self.fault_of(self.root / name), name)

    def test_bombs(self) -> None:
        """Some bytes that are a picture of gigabytes."""
        for width, height in ((60000, 60000), (16000, 16000), (2**31 - 1, 1)):
            path = self.root / "a.png"
            path.write_bytes(png_bomb(width, height))
            self.fault_of(path)

    def test_a_still_that_is_too_long_or_too_large(self) -> None:
        self.patch(probing, "_BIGGEST_STILL", 1000)
        path = make_still(self.root / "a.bmp", "bmp", "bgr24")
        self.assertEqual("it is too large for a still", self.fault_of(path))
        path = make_still(self.root / "a.gif", "gif", "rgb8", (1, 1))
        self.patch(probing, "_LONGEST_SIDE", 0)
        self.assertEqual("it has 1 by 1 pixels", self.fault_of(path))

    def test_a_video_that_is_too_large(self) -> None:
        path = make_clip(self.root / "a.mp4", frames=1)
        self.patch(probing, "_LONGEST_SIDE", 63)
        self.assertEqual("its picture has 64 by 36 pixels", self.fault_of(path))

    def test_an_animated_webp_cannot_be_shown(self) -> None:
        path = make_clip(self.root / "a.webp", codec="libwebp_anim", frames=3)
        self.assertIn("animated", self.fault_of(path))

    def test_a_picture_that_nobody_can_decode(self) -> None:
        """Its codec is known to nobody, or there is nothing behind its beginning."""
        path = make_clip(self.root / "a.mov", codec="mjpeg", pixels="yuvj420p", frames=1)
        path.write_bytes(path.read_bytes().replace(b"jpeg", b"none"))
        self.assertIn("cannot be decoded", self.fault_of(path))
        path = self.root / "a.gif"
        path.write_bytes(b"GIF89a\1\0\1\0\0\0\0;")
        self.fault_of(path)

    def test_no_length(self) -> None:
        path = make_clip(self.root / "a.mkv", frames=1, container={"live": "1"})
        self.assertEqual("it does not say how long it is", self.fault_of(path))

    def test_neither_picture_nor_sound(self) -> None:
        path = make_clip(self.root / "a.mp4", frames=1)
        self.patch(probing, "_video", lambda container: None)
        self.assertIn("neither", self.fault_of(path))

    def test_every_fault_is_one(self) -> None:
        """Also one that nobody thought of."""

        def break_down(source: Source) -> None:
            raise MemoryError

        path = make_clip(self.root / "a.mp4", frames=1)
        self.patch(probing, "_opened", break_down)
        self.assertEqual("it cannot be read: MemoryError", self.fault_of(path))

    def test_numbers_beyond_all_measure(self) -> None:
        path = make_clip(self.root / "a.mp4", frames=1)
        self.patch(probing, "_duration", lambda *_: Fraction(2**64))
        self.fault_of(path)

    def test_a_disk_that_fails_is_no_fault_of_the_file(self) -> None:
        path = make_clip(self.root / "a.mp4")

        def read(source: Source, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

        self.patch(Source, "read", read)
        told = answer(json.dumps({"job": "probe", "path": str(path)}).encode())
        self.assertEqual({"fault": "it cannot be read: Input/output error", "settled": False}, told)


class ThumbnailTests(FilesTestCase):
    """A JPEG of what a file shows."""

    def thumbnail(self, path: Path, duration: Fraction | None = None) -> tuple[int, int]:
        """Its size."""
        target = self.root / "thumbnails" / "a.jpg"
        target.parent.mkdir(exist_ok=True)
        target.unlink(missing_ok=True)
        thumbnail(str(path), str(target), duration)
        self.assertEqual([target], list(target.parent.iterdir()), "nothing else is left there")
        self.assertEqual(b"\xff\xd8\xff", target.read_bytes()[:3])
        with av.open(str(target)) as container:
            picture = next(container.decode(video=0))
            self.bright = sum(bytes(picture.planes[0])) / picture.planes[0].buffer_size
            return picture.width, picture.height

    def test_of_clips(self) -> None:
        for name, codec, options in (
            ("a.mp4", "mpeg4", {}),
            ("h.ts", "libx264", {}),
            ("a.mxf", "mpeg2video", {"flags": "+ilme+ildct"}),
        ):
            path = make_clip(self.root / name, codec=codec, options=options, size=(64, 64))
            for duration in (None, Fraction(2), Fraction(1000)):
                self.assertEqual((320, 320), self.thumbnail(path, duration), name)

    def test_of_stills(self) -> None:
        self.assertEqual((320, 180), self.thumbnail(make_still(self.root / "a.png", "png", "rgba")))

    def test_pixels_need_not_be_square(self) -> None:
        path = make_clip(self.root / "a.mp4", size=(72, 56), shape=Fraction(16, 15))
        self.assertEqual(thumbnail_size(72, 56, Fraction(16, 15)), self.thumbnail(path))

    def test_of_a_tenth_of_it(self) -> None:
        """Where a clip is dark at first."""
        path = self.root / "a.mp4"
        with av.open(str(path), "w") as output:
            video: Any = output.add_stream("mpeg4", rate=25)
            video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
            for number in range(50):
                frame = av.VideoFrame(64, 36, "yuv420p")
                for plane, value in zip(
                    frame.planes, (16 if number < 5 else 235, 128, 128), strict=True
                ):
                    plane.update(bytes((value,)) * plane.buffer_size)
                frame.pts, frame.time_base = number, Fraction(1, 25)
                output.mux(video.encode(frame))
            output.mux(video.encode(None))
        self.thumbnail(path)
        self.assertLess(self.bright, 20)
        self.thumbnail(path, Fraction(2))
        self.assertGreater(self.bright, 200)

    def test_of_a_cut_file_is_what_there_is(self) -> None:
        path = make_clip(self.root / "a.mp4", container=FAST)
        part = cut(path, self.root / "cut.mp4", 0.2)
        self.assertEqual((320, 180), self.thumbnail(part, Fraction(50)))

    def test_there_is_none(self) -> None:
        sound = make_clip(self.root / "a.wav", codec=None, sound="pcm_s16le")
        target = self.root / "a.jpg"
        fault: Any = self.assertRaises(Fault, thumbnail, str(sound), str(target), Fraction(2))
        self.assertEqual("it has no picture", str(fault))
        clip = make_clip(self.root / "a.mp4", container=FAST)
        content = clip.read_bytes()
        clip.write_bytes(content[: content.index(b"mdat") + 4])
        fault = self.assertRaises(Fault, thumbnail, str(clip), str(target), Fraction(2))
        self.assertEqual("no picture of it can be decoded", str(fault))
        self.assertFalse(target.exists())

    def test_what_cannot_be_written_is_no_fault_of_the_file(self) -> None:
        path = make_still(self.root / "a.png", "png", "rgba")
        (self.root / "a.jpg").mkdir()
        for target in (self.root / "none" / "a.jpg", self.root / "a.jpg"):
            fault: Any = self.assertRaises(Fault, thumbnail, str(path), str(target), None)
            self.assertIn("cannot be written", str(fault))
            self.assertFalse(fault.settled)
        self.assertEqual(["a.jpg", "a.png"], sorted(each.name for each in self.root.iterdir()))


class ThumbnailSizeTests(SynchronousTestCase):
    def test_it_fits_and_keeps_its_shape(self) -> None:
        for width, height, pixel, size in (
            (1920, 1080, None, (320, 180)),
            (1920, 1080, Fraction(1), (320, 180)),
            (720, 576, Fraction(64, 45), (320, 180)),
            (720, 576, Fraction(16, 15), (320, 240)),
            (1080, 1920, None, (180, 320)),
            (1, 1, None, (320, 320)),
            (16384, 1, None, (320, 2)),
            (1, 16384, None, (2, 320)),
            (1920, 1080, Fraction(1000), (320, 180)),
            (1920, 1080, Fraction(-1), (320, 180)),
        ):
            self.assertEqual(size, thumbnail_size(width, height, pixel), (width, height, pixel))


class ServeTests(FilesTestCase):
    """The child's side of the conversation."""

    def test_a_line_for_each_line(self) -> None:
        path, target = make_clip(self.root / "a.mp4"), self.root / "a.jpg"
        said: list[bytes] = []
        requests: list[dict[str, object]] = [
            {"job": "probe", "path": str(path)},
            {"job": "probe", "path": str(target)},
            {"job": "thumbnail", "path": str(path), "target": str(target), "duration": [2, 1]},
            {"job": "thumbnail", "path": str(path), "target": str(target), "duration": None},
        ]
        serve([json.dumps(request).encode() for request in requests], said.append)
        self.assertTrue(all(line.endswith(b"\n") for line in said))
        ready, facts, fault, done, again = [json.loads(line) for line in said]
        self.assertEqual({"ready": True}, ready)
        self.assertEqual(probe(str(path)), from_json(facts["facts"]))
        self.assertEqual(
            {"fault": "it cannot be read: No such file or directory", "settled": True}, fault
        )
        self.assertEqual([{"done": True}] * 2, [done, again])

    def test_a_request_must_be_one(self) -> None:
        """Who asks is no file: that is a mistake of ours."""
        for request in (
            b"",
            b"{}",
            b'{"job": "probe"}',
            b'{"job": "rm", "path": "a"}',
            b"[]",
            b'{"job": "thumbnail", "path": "a", "target": "b", "duration": 1}',
        ):
            self.assertRaises(ValueError, answer, request)

    def test_the_real_child(self) -> None:
        """Answers while its input is open, also about a name that is no text; ends with it."""
        path = self.root / os.fsdecode(b"\xff\n.mp4")
        make_clip(self.root / "a.mp4").rename(path)
        places = os.pathsep.join(map(os.path.abspath, sys.path))
        with subprocess.Popen(
            [*COMMAND, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": places},
        ) as child:
            assert child.stdin and child.stdout
            self.assertEqual({"ready": True}, json.loads(child.stdout.readline()))
            for _ in range(2):
                child.stdin.write(json.dumps({"job": "probe", "path": str(path)}).encode() + b"\n")
                child.stdin.flush()
                told = json.loads(child.stdout.readline())
                self.assertEqual(50, from_json(told["facts"]).frames)
            child.stdin.close()
            self.assertEqual((b"", 0), (child.stdout.read(), child.wait(10)))
