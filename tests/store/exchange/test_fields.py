"""
Tests of what people and programs write into fields.
"""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Kind
from rtgplayout.rundown.timing import RATES, timecode, to_frames
from rtgplayout.store.exchange.fields import decimal, kind_of, library_file, seconds
from tests.rundown.examples import NTSC, PAL
from tests.store.exchange.texts import LENGTHS

ROOTS = ("/srv/media", "Z:\\nodal\\medias\\", "//store/pool")


class SecondsTests(SynchronousTestCase):
    """How long something lasts, as it is written."""

    def test_forms(self) -> None:
        """Seconds with a point or a comma, clock times with a fraction, and timecodes."""
        for text, expected in (
            ("12", Fraction(12)),
            ("12.48", Fraction(1248, 100)),
            ("12,48", Fraction(1248, 100)),
            ("0.000000001", Fraction(1, 10**9)),
            ("00:01:02", Fraction(62)),
            ("1:2:3", Fraction(3723)),
            ("100:00:00.5", Fraction(720_001, 2)),
            ("00:00:01,25", Fraction(5, 4)),
            ("00:00:01:12", Fraction(37, 25)),
        ):
            self.assertEqual(seconds(text, PAL), expected, text)

    def test_refused(self) -> None:
        """What could mean two things, or nothing, is refused with what was written."""
        for text in (
            "", "x", "-1", "+1", "1e3", "12:30", "00:60:00", "00:00:60", "1.", ".5", "1 2", "٣",
            "00:00:01:25", "00:00:01;00", "nan", "9" * 5000,
        ):  # fmt: skip
            error = self.assertRaises(ValueError, seconds, text, PAL)
            self.assertIn(text[:5], str(error))

    def test_drop_frame(self) -> None:
        """At 29.97, a timecode with a semicolon follows the clock; some numbers are left out."""
        self.assertEqual(to_frames(seconds("00:01:00;02", NTSC), NTSC), 1800)
        self.assertEqual(to_frames(seconds("00:10:00;00", NTSC), NTSC), 17982)
        self.assertEqual(to_frames(seconds("00:01:00:02", NTSC), NTSC), 1802)
        self.assertRaises(ValueError, seconds, "00:01:00;01", NTSC)
        self.assertRaises(ValueError, seconds, "00:00:00;00", RATES["23.976"])

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(st.integers(0, 10**7), st.sampled_from(sorted(RATES.values())))
    def test_exact(self, frames: int, rate: Fraction) -> None:
        """What is written of a number of frames is that number again, at every rate."""
        for written in (timecode(frames, rate), decimal(frames, rate)):
            self.assertEqual(to_frames(seconds(written, rate), rate), frames, written)

    def test_decimal(self) -> None:
        """Milliseconds, without noughts that say nothing."""
        self.assertEqual(decimal(300, PAL), "12")
        self.assertEqual(decimal(312, PAL), "12.48")
        self.assertEqual(decimal(1, NTSC), "0.033")
        self.assertEqual(decimal(0, PAL), "0")


class KindTests(SynchronousTestCase):
    """The type of an item."""

    def test_kinds(self) -> None:
        """A clip when nothing is said; upper and lower case are the same."""
        self.assertEqual([kind_of(each) for each in ("", " Clip", "LIVE")],
                         [Kind.CLIP, Kind.CLIP, Kind.LIVE])  # fmt: skip
        error = self.assertRaises(ValueError, kind_of, "stream")
        self.assertEqual(str(error), "its type is 'stream', not clip or live")


class LibraryFileTests(SynchronousTestCase):
    """Which file of the library another program means."""

    def assert_file(self, written: str, expected: str) -> None:
        self.assertEqual(library_file(written, ROOTS, LENGTHS.get), expected)

    def refused(self, written: str) -> str:
        return str(self.assertRaises(ValueError, library_file, written, ROOTS, LENGTHS.get))

    def test_relative(self) -> None:
        """As it is, with C{/}."""
        self.assert_file("GEN/x y.mov", "GEN/x y.mov")
        self.assert_file(".\\GEN\\x.mov", "GEN/x.mov")
        self.assert_file("./GEN//x.mov ", "GEN/x.mov")
        self.assert_file("News: today.mov", "News: today.mov")

    def test_absolute(self) -> None:
        """Below one of the names of the media folder; Windows is careless of case."""
        self.assert_file("/srv/media/GEN/x.mov", "GEN/x.mov")
        self.assert_file("z:\\Nodal\\MEDIAS\\GEN\\x.mov", "GEN/x.mov")
        self.assert_file("\\\\STORE\\pool\\x.mov", "x.mov")

    def test_urls(self) -> None:
        """C{file:} URLs, percent-encoded, of this machine and of a Windows one."""
        self.assert_file("file:///srv/media/GEN/x%20y%C3%A9.mov", "GEN/x yé.mov")
        self.assert_file("FILE://localhost/srv/media/x.mov", "x.mov")
        self.assert_file("file:/srv/media/x#1.mov", "x#1.mov")
        self.assert_file("file:///Z:/nodal/medias/x.mov", "x.mov")
        self.assert_file("file://store/pool/x.mov", "x.mov")

    def test_known(self) -> None:
        """What the library has under exactly that name is that, whatever it looks like."""
        known = "odd\\name ..\\http://x"
        self.assertEqual(library_file(known, (), {known: 1.0}.get), known)

    def test_refused(self) -> None:
        """Nothing outside, and no stream."""
        for outside in ("/etc/passwd", "/srv/mediabox/x", "C:\\x.mov", "file:///etc/x", "//x/y"):
            self.assertIn("is not below the media folder", self.refused(outside))
        for up in (
            "../x",
            "a/../../x",
            "a\\..\\x",
            "/srv/media/../x",
            "file:///srv/media/%2e%2e/x",
        ):
            self.assertIn("has .. in it", self.refused(up))
        for stream in ("http://x/y.mov", "rtmp://x", "srt://x:1"):
            self.assertIn("is not a file of the library", self.refused(stream))
        for nothing in ("", ".", "/srv/media/", "file:"):
            self.assertIn("no file", self.refused(nothing))
        self.assertIn("no URL of a file", self.refused("file://[x/y"))

    def test_case_matters_elsewhere(self) -> None:
        """Two folders whose names differ in case are two on other systems."""
        self.assertIn("not below", self.refused("/SRV/media/x.mov"))

    def test_no_root(self) -> None:
        """An empty name of the media folder does not let everything in."""
        for root in ("", "/", "\\"):
            self.assertRaises(ValueError, library_file, "/etc/passwd", (root,), LENGTHS.get)
