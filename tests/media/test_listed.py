"""
One file as CasparCG tells of it.
"""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.status import Unreadable
from rtgplayout.media.facts import AudioTrack, Facts, FieldOrder, MediaKind
from rtgplayout.media.listed import Listed, listed_in_document, listed_in_line

VIDEO: dict[str, Any] = {
    "codec": {"long_name": "H.264", "type": "video", "is_avc": "true"},
    "width": 1280,
    "height": 720,
    "frame_rate": "30000/1001",
    "time_base": "1/30000",
    "duration_ts": 150150,
    "duration": "5.005000",
    "nb_frames": "150",
}
AUDIO: dict[str, Any] = {
    "codec": {"type": "audio"},
    "sample_rate": "48000",
    "channels": 2,
    "channel_layout": "stereo",
    "time_base": "1/48000",
    "duration_ts": 240640,
}


def document(
    name: str = "JINGLES/ÉTÉ", path: str = "/srv/media/jingles/été.mp4", **more: object
) -> dict[str, Any]:
    """What the media-scanner has of a clip."""
    return {
        "name": name,
        "path": path,
        "size": 107427,
        "time": 1795469446500,
        "field_order": "unknown",
        "streams": [VIDEO, AUDIO],
        "format": {"name": "mov,mp4,m4a,3gp,3g2,mj2", "duration": "5.013333"},
        **more,
    }


def read(*args: Any, **more: Any) -> Listed:
    listed = listed_in_document(document(*args, **more))
    assert listed is not None
    return listed


class ListedInLineTests(SynchronousTestCase):
    """L{listed_in_line}."""

    def test_movie(self) -> None:
        """Frames are in the file's own rate, and make its duration."""
        line = '"FPS2997_5"  MOVIE  791372 20261123212243 150 1001/30000\r\n'
        facts = Facts(MediaKind.VIDEO, Fraction(1001, 200), Fraction(30000, 1001), 150)
        modified = int(datetime(2026, 11, 23, 21, 22, 43, tzinfo=UTC).timestamp()) * 10**9
        self.assertEqual(
            listed_in_line(line, UTC), Listed("FPS2997_5", "", 791372, modified, facts)
        )

    def test_zone(self) -> None:
        """Its time is the one of the machine's own zone."""
        line = '"A"  MOVIE  1 20261123212243 150 1/25'
        here = listed_in_line(line, UTC)
        east = listed_in_line(line, timezone(timedelta(hours=2)))
        assert here is not None and east is not None
        self.assertEqual(here.modified_ns - east.modified_ns, 2 * 3600 * 10**9)

    def test_sound_and_still(self) -> None:
        """Neither has pictures to be counted; a still has no duration."""
        sound = listed_in_line('"AUDIO5"  AUDIO  1 20261123212240 71147524 1/14112000', UTC)
        assert sound is not None
        self.assertEqual(sound.facts, Facts(MediaKind.AUDIO, Fraction(71147524, 14112000)))
        still = listed_in_line('"STILL"  STILL  53723 20261123212244 0 0/1', UTC)
        assert still is not None
        self.assertEqual(still.facts, Facts(MediaKind.STILL))

    def test_names(self) -> None:
        """Ids with spaces, accents, apostrophes and quotes; they are what CasparCG is told."""
        for name in ("NAME WITH SPACES", "DOSSIER ÉÈ/ŁÓDŹ", "IT'S 100% & MORE", 'QUOTE"D', '"'):
            listed = listed_in_line(f'"{name}"  MOVIE  1 20261123212243 150 1/25', UTC)
            assert listed is not None
            self.assertEqual((listed.id, listed.path, listed.clip), (name, "", name))

    def test_unknown(self) -> None:
        """A rate or a count that is none is left open."""
        for rest, rate, frames, duration in (
            ("0 0/0", None, None, None),
            ("NaN 1/0", None, None, None),
            ("-5 1/25", 25, None, None),
            ("150 25", None, None, None),
            ("0 1/25", 25, 0, None),
            ("1 1/90000", None, None, Fraction(1, 90000)),
        ):
            listed = listed_in_line(f'"A"  MOVIE  1 20261123212243 {rest}', UTC)
            assert listed is not None
            self.assertEqual(
                listed.facts,
                Facts(MediaKind.VIDEO, duration, None if rate is None else Fraction(rate), frames),
            )

    def test_prefix(self) -> None:
        """What is below the media folder, as seen from there; the rest is another's."""
        line = '"NODAL/ÉTÉ/A"  MOVIE  1 20261123212243 150 1/25'
        below = listed_in_line(line, UTC, "nodal/été/")
        assert below is not None
        self.assertEqual(below.id, "A")
        self.assertIsNone(listed_in_line(line, UTC, "noda"))
        whole = listed_in_line(line, UTC, "Z:/nodal/medias/")
        assert whole is not None
        self.assertEqual(whole.id, "NODAL/ÉTÉ/A")

    def test_nonsense(self) -> None:
        """What is no such line, or has a date or a name that cannot be."""
        for line in (
            "",
            "undefined",
            '"A" FILM 1 20261123212243 150 1/25',
            '"" MOVIE 1 20261123212243 150 1/25',
            '"A" MOVIE 1 20261323212243 150 1/25',
            '"A" MOVIE 1 00000000000000 150 1/25',
            '"A" MOVIE 9999999999999999999 20261123212243 150 1/25',
            '"A\x01" MOVIE 1 20261123212243 150 1/25',
        ):
            self.assertRaises(Unreadable, listed_in_line, line, UTC)

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.text() | st.text().map(lambda text: f'"A"  MOVIE  1 20261123212243 {text}'))
    def test_anything(self, line: str) -> None:
        """Whatever comes is read, or said to be nonsense."""
        try:
            listed_in_line(line, UTC)
        except Unreadable:
            pass


class ListedInDocumentTests(SynchronousTestCase):
    """L{listed_in_document}."""

    def test_clip(self) -> None:
        """Everything is exact, and its path is as on disk; the longest stream counts."""
        facts = Facts(
            MediaKind.VIDEO,
            Fraction(240640, 48000),
            Fraction(30000, 1001),
            150,
            1280,
            720,
            container="mov,mp4,m4a,3gp,3g2,mj2",
            audio=(AudioTrack("", 2, "stereo", 48000),),
        )
        listed = read()
        self.assertEqual(
            listed,
            Listed("JINGLES/ÉTÉ", "jingles/été.mp4", 107427, 1795469446500000000, facts),
        )
        self.assertEqual(listed.clip, "jingles/été.mp4")

    def test_windows(self) -> None:
        """A path of Windows, and one of Linux with a backslash in a name."""
        self.assertEqual(read(path="Z:\\nodal\\medias\\jingles\\été.mp4").path, "jingles/été.mp4")
        self.assertEqual(read(path="\\\\nas\\medias\\Jingles\\été.mp4").path, "Jingles/été.mp4")
        self.assertEqual(read("BACK/SLASH", "media/back\\slash.mp4").path, "back\\slash.mp4")

    def test_elsewhere(self) -> None:
        """Where path and id do not go together, the id is what CasparCG is told."""
        listed = read("OTHER", "/srv/media/été.mp4")
        self.assertEqual((listed.path, listed.clip), ("", "OTHER"))

    def test_prefix(self) -> None:
        """A folder below the media-path, or anywhere; what is in others is left out."""
        for prefix in ("jingles", "JINGLES/", "/srv/media/jingles"):
            listed = listed_in_document(document(), prefix)
            assert listed is not None
            self.assertEqual((listed.id, listed.path), ("ÉTÉ", "été.mp4"))
        for prefix in ("nodal", "/srv/other", "Z:/srv/media"):
            self.assertIsNone(listed_in_document(document(), prefix))
        windows = document(path="z:\\Nodal\\medias\\jingles\\été.mp4")
        listed = listed_in_document(windows, "Z:/nodal/medias/")
        assert listed is not None
        self.assertEqual((listed.id, listed.path), ("JINGLES/ÉTÉ", "jingles/été.mp4"))

    def test_kinds(self) -> None:
        """The extension tells, then the streams."""
        cover = {"codec": {"type": "video"}, "duration": "180.1", "frame_rate": "90000/1"}
        blink = {"codec": {"type": "video"}, "duration": "0.04", "frame_rate": "25/1"}
        for path, streams, kind in (
            ("a.mp3", [AUDIO, cover], MediaKind.AUDIO),
            ("a.png", [blink], MediaKind.STILL),
            ("a.mov", [AUDIO], MediaKind.AUDIO),
            ("a.mov", [blink], MediaKind.VIDEO),
            ("a.jp2", [blink], MediaKind.STILL),
            ("a.m4b", [blink, AUDIO], MediaKind.AUDIO),
            ("a.vob", [VIDEO, AUDIO], MediaKind.VIDEO),
            ("a.vob", [{"codec": {"type": "video"}}], MediaKind.VIDEO),
        ):
            facts = read("A", f"/media/{path}", streams=streams).facts
            self.assertEqual(facts.kind, kind, path)
            if kind is not MediaKind.VIDEO:
                self.assertIsNone(facts.rate)
                self.assertIsNone(facts.frames)
            if kind is MediaKind.STILL:
                self.assertIsNone(facts.duration)

    def test_gaps(self) -> None:
        """What a file does not tell of itself is made of what it does, or left open."""
        short = {**VIDEO, "nb_frames": None, "time_base": "0/1"}
        facts = read(streams=[short], field_order="tff").facts
        self.assertEqual((facts.duration, facts.frames), (Fraction("5.005"), 150))
        self.assertEqual(facts.field_order, FieldOrder.TOP_FIRST)
        mute = {"codec": {"type": "video"}, "frame_rate": "25/1"}
        facts = read(streams=[mute]).facts
        self.assertEqual((facts.duration, facts.frames), (Fraction("5.013333"), 125))
        facts = read(streams=[mute], format={}).facts
        self.assertEqual((facts.duration, facts.frames), (None, None))
        sound = {"codec": {"type": "audio"}, "channels": 8}
        self.assertEqual(read(streams=[sound]).facts.audio, (AudioTrack("", 8, "8 channels", 0),))

    def test_not_believed(self) -> None:
        """Numbers that cannot be: they are left open."""
        wild = {**VIDEO, "frame_rate": "90000/1", "width": -1, "height": 1e300, "duration_ts": True}
        facts = read(streams=[wild], field_order=[]).facts
        self.assertEqual((facts.rate, facts.width, facts.height), (None, 0, 0))

    def test_nonsense(self) -> None:
        """What is no document of a file is refused."""
        wrong: object
        for wrong in (
            None,
            [],
            {},
            document(name=""),
            document(path="/srv/a\nb.mov"),
            document(size="many"),
            document(size=-1),
            document(time=float("nan")),
            document(time=1e300),
            document(streams=[]),
            document(streams={"0": VIDEO}),
            document(streams=[{"codec": "video"}]),
        ):
            self.assertRaises(Unreadable, listed_in_document, wrong)

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(
        st.dictionaries(
            st.sampled_from(["name", "path", "size", "time", "streams", "format", "field_order"]),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(["codec", "type", "duration", "frame_rate", "name"]), inner
                    )
                ),
                max_leaves=6,
            ),
        )
    )
    def test_anything(self, more: dict[str, Any]) -> None:
        """Whatever comes is read, or said to be nonsense."""
        try:
            listed = listed_in_document({**document(), **more})
        except Unreadable:
            return
        assert listed is not None
        self.assertTrue(listed.clip)
