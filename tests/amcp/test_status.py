# -*- test-case-name: tests.amcp.test_status -*-
"""
Tests for L{rtgplayout.amcp.status}.
"""

from fractions import Fraction

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.status import (
    Background,
    ChannelStatus,
    Foreground,
    Layer,
    ServerVersion,
    Unreadable,
    channel_from_info,
    channels_from_info,
    template_folder_from_info,
)
from rtgplayout.amcp.wire import Reply, ReplyParser
from tests.recorded import Exchange, exchanges

MEDIA = "/srv/caspar/media/"


def body(each: Exchange) -> str:
    """What INFO answered."""
    return ReplyParser().feed(each.received)[0].body


def after(command: str, section: str = "info", count: int = 0) -> ChannelStatus:
    """The channel as the C{count}-th INFO after C{command} told it."""
    recorded = exchanges(section)
    at = [each.sent for each in recorded].index(f"{command}\r\n".encode())
    told = [each for each in recorded[at:] if each.sent.startswith(b"INFO 1")]
    return channel_from_info(body(told[count]), 1)


def playing(name: str, time: float, length: float, file: str = "") -> Foreground:
    """A clip that plays from its beginning."""
    return Foreground(
        producer="ffmpeg",
        name=name,
        path=MEDIA + (file or f"{name}.mp4"),
        time=time,
        total=length,
        clip_length=length,
    )


def cued(name: str) -> Background:
    return Background("transition", name, f"{MEDIA}{name}.mp4")


class ChannelTests(SynchronousTestCase):
    def air(self, command: str, section: str = "info", count: int = 0) -> Layer:
        return after(command, section, count).layer(10)

    def test_every_recorded_one(self) -> None:
        """Each INFO that was recorded whole can be read, with its format and rate."""
        found = [
            channel_from_info(body(each), 3)
            for each in exchanges()
            if b"<channel>\n   <format>" in each.received
            and not each.elided
            and each.sent.count(b"\n") == 1
        ]
        self.assertGreater(len(found), 30)
        for status in found:
            self.assertEqual((status.channel, status.format), (3, "720p2500"))
            self.assertEqual(status.rate, Fraction(25))
            self.assertIsNone(status.tick)

    def test_empty(self) -> None:
        """A channel without layers has none, and asked for one it gives an empty one."""
        status = after("CLEAR 1")
        self.assertEqual(status.layers, {})
        self.assertEqual(status.layer(10), Layer())

    def test_cue_behind_nothing(self) -> None:
        """A cue is told by name; what it will be is not known yet."""
        self.assertEqual(self.air('LOADBG 1-10 "clip8"'), Layer(Foreground(), cued("clip8")))

    def test_clip(self) -> None:
        """A clip on air, with nothing cued."""
        self.assertEqual(
            self.air("PLAY 1-10"), Layer(playing("clip8", 1.12, 8), Background("empty"))
        )

    def test_armed(self) -> None:
        """An AUTO cue shows in the ticks that are left."""
        self.assertEqual(
            self.air('LOADBG 1-10 "clip5" AUTO'),
            Layer(evolve(playing("clip8", 2.52, 8), frames_left=137), cued("clip5")),
        )
        self.assertIsNone(self.air('LOADBG 1-10 "clip5"').foreground.frames_left)

    def test_paused(self) -> None:
        """A pause is told, and gone after RESUME."""
        self.assertTrue(self.air("PAUSE 1-10").foreground.paused)
        self.assertFalse(self.air("RESUME 1-10").foreground.paused)

    def test_stopped(self) -> None:
        """STOP leaves an empty foreground, and the cue."""
        self.assertEqual(self.air("STOP 1-10"), Layer(Foreground(), cued("clip5")))

    def test_ended(self) -> None:
        """A clip that ended holds: its time is its end."""
        self.assertEqual(
            self.air('PLAY 1-10 "short1"', count=1).foreground, playing("short1", 1, 1)
        )

    def test_loaded(self) -> None:
        """LOAD shows the first frame, paused."""
        self.assertEqual(
            self.air('LOAD 1-10 "clip8"').foreground, evolve(playing("clip8", 0, 8), paused=True)
        )

    def test_loop(self) -> None:
        """A loop is told."""
        self.assertTrue(self.air('PLAY 1-10 "clip8" LOOP').foreground.loop)

    def test_excerpts(self) -> None:
        """An excerpt tells where it begins and how long it is; its time counts from the file's."""
        for command, time in (
            ('PLAY 1-10 "clip8" SEEK 50 LENGTH 100', 3.08),
            ('PLAY 1-10 "clip8" IN 50 OUT 150', 3.08),
            ('PLAY 1-10 "clip8" IN 50 SEEK 75 OUT 150', 4.08),
        ):
            self.assertEqual(
                self.air(command).foreground,
                evolve(playing("clip8", time, 8), clip_in=2.0, clip_length=4.0),
            )

    def test_mix(self) -> None:
        """A transition tells how far it is; what is told otherwise is the new clip."""
        mixing, mixed = (
            self.air('PLAY 1-10 "clip8" MIX 25 EASEINOUTSINE', count=n).foreground for n in (0, 1)
        )
        self.assertEqual(
            mixing,
            evolve(
                playing("clip8", 0.6, 8),
                producer="transition",
                transition=(16, 25),
                leads_to="ffmpeg",
            ),
        )
        self.assertEqual(mixed, playing("clip8", 1.8, 8))

    def test_still(self) -> None:
        """A still has a path and no name."""
        self.assertEqual(
            self.air('PLAY 1-10 "still"').foreground,
            Foreground(producer="image", path=f"{MEDIA}still.png"),
        )

    def test_colour(self) -> None:
        """A colour has neither."""
        self.assertEqual(self.air("PLAY 1-10 #FFFF0000").foreground, Foreground(producer="color"))

    def test_audio_only(self) -> None:
        """Sound alone is a clip."""
        self.assertEqual(
            self.air('PLAY 1-10 "audio5.mp3"').foreground,
            playing("audio5.mp3", 0.64, 5.04, "audio5.mp3"),
        )

    def test_two_layers(self) -> None:
        """Each layer is told by its number."""
        status = after('PLAY 1-20 "clip5" LOOP')
        self.assertEqual(sorted(status.layers), [10, 20])
        self.assertEqual(status.layer(10).foreground.name, "audio5.mp3")
        self.assertEqual(status.layer(20).foreground.name, "clip5")
        self.assertEqual(sorted(after('PLAY 1-10 "clip5" AUTO', "loadbg").layers), [0, 10, 99999])

    def test_wedged(self) -> None:
        """A file that could not be opened: a cut of no length that never comes."""
        self.assertEqual(
            self.air('PLAY 1-10 "corrupt_random"', "corrupt").foreground,
            evolve(
                playing("corrupt_random", 0, 0),
                producer="transition",
                transition=(0, 0),
                leads_to="ffmpeg",
            ),
        )
        self.assertEqual(
            self.air('LOADBG 1-10 "sd8" AUTO', "corrupt").foreground.frames_left, 4294967294
        )

    def test_keyed_pair(self) -> None:
        """Fill and key are told as the fill; the key's own state is below and not mixed in."""
        file = "<file><name>{}</name><time>{}</time><time>5</time></file>"
        status = channel_from_info(
            "<channel><stage><layer><layer_10><foreground>"
            + file.format("keyed", 0.4)
            + f"<keyer>{file.format('keyed_A', 0.4)}<loop>true</loop></keyer>"
            + "<loop>false</loop><producer>separated</producer>"
            + "</foreground></layer_10></layer></stage></channel>",
            1,
        )
        self.assertEqual(
            status.layer(10).foreground,
            Foreground(producer="separated", name="keyed", time=0.4, total=5.0),
        )


class ToleranceTests(SynchronousTestCase):
    def test_missing_parts(self) -> None:
        """What is not told, or makes no sense, is left at its default."""
        for xml in (
            "<channel/>",
            "<x><stage/></x>",
            "<channel><stage><layer><layer_x/><mixer/></layer></stage></channel>",
            "<channel><framerate>25</framerate><framerate>0</framerate></channel>",
            "<channel><framerate>a</framerate><framerate>1</framerate></channel>",
        ):
            self.assertEqual(channel_from_info(xml, 1), ChannelStatus(1))
        for inside in (
            "",
            "<foreground/>",
            "<foreground><file><time>1</time></file></foreground><background/>",
            "<foreground><file><time>nan</time><time>inf</time></file></foreground>",
            "<foreground><frames_left/><file><clip/><clip/></file></foreground>",
        ):
            xml = f"<channel><stage><layer><layer_10>{inside}</layer_10></layer></stage></channel>"
            self.assertEqual(channel_from_info(xml, 1), ChannelStatus(1, layers={10: Layer()}))

    def test_no_xml(self) -> None:
        """What is no XML, or attacks its reader, is one named error."""
        bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><channel>&c;</channel>'
        for text in ("", "1 720p2500 PLAYING", "<channel>", bomb):
            with self.assertRaises(Unreadable):
                channel_from_info(text, 1)

    @settings(deadline=None, max_examples=60, derandomize=True)
    @given(st.integers(0, 1800), st.text(max_size=5))
    def test_damaged(self, at: int, instead: str) -> None:
        """A damaged answer is read as far as it goes, or is that error."""
        recorded = exchanges("corrupt")
        xml = max((body(each) for each in recorded), key=len)
        try:
            channel_from_info(xml[:at] + instead + xml[at + 1 :], 1)
        except Unreadable:
            pass

    def test_other_rates(self) -> None:
        """Rates are exact."""
        xml = "<channel><framerate>60000</framerate><framerate>1001</framerate></channel>"
        self.assertEqual(channel_from_info(xml, 1).rate, Fraction(60000, 1001))


class PathsTests(SynchronousTestCase):
    def test_recorded(self) -> None:
        """INFO PATHS tells where templates are."""
        (told,) = [each for each in exchanges("version") if each.sent == b"INFO PATHS\r\n"]
        self.assertEqual(template_folder_from_info(body(told)), "/srv/caspar/template/")

    def test_others(self) -> None:
        """Without it there is none; what is no XML is an error."""
        self.assertEqual(template_folder_from_info("<paths><media-path/></paths>"), "")
        with self.assertRaises(Unreadable):
            template_folder_from_info("202 OK")


class ChannelsTests(SynchronousTestCase):
    def test_recorded(self) -> None:
        """INFO lists the channels and their formats."""
        told = [each for each in exchanges("two-channels") if each.sent == b"INFO\r\n"]
        (reply,) = ReplyParser().feed(told[0].received)
        self.assertEqual(channels_from_info(reply), ((1, "720p2500"), (2, "720p2500")))

    def test_other_lines(self) -> None:
        """Other lines are passed over."""
        reply = Reply(200, "INFO OK", ("x", "1", "2 1080i50 STOPPED"))
        self.assertEqual(channels_from_info(reply), ((2, "1080i50"),))


class VersionTests(SynchronousTestCase):
    def test_versions(self) -> None:
        """Versions are read out of what servers say, and compare as numbers do."""
        for text, version in (
            ("2.5.0 N/A Stable", (2, 5, 0)),
            ("2.3.3 b27a5c3a Stable", (2, 3, 3)),
            ("2.0.7.e9fc25a Stable", (2, 0, 7)),
            ("2.10", (2, 10, 0)),
        ):
            self.assertEqual(ServerVersion.parse(text), version)
        self.assertIsNone(ServerVersion.parse("Dev"))
        self.assertGreater(ServerVersion(2, 10), ServerVersion(2, 9, 9))
        self.assertLess(ServerVersion(2, 3, 3), (2, 4))
        self.assertEqual(str(ServerVersion(2, 5)), "2.5.0")
