"""What the facts say of a layer, rule by rule, as the viewer sees it."""

from attrs import define, field
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Kind, Library, Media
from rtgplayout.emulator.page import Page
from rtgplayout.emulator.producer import Value
from rtgplayout.emulator.server import Server

# (frames decoded on the first tick, on the second, open on the first, weight)
PROMPT = ((6, 6, True, 1),)
USUAL = ((0, 6, True, 1),)
TWICE = ((2, 6, True, 1),)
SLOW = ((0, 0, False, 1),)

MEDIA = (
    Media("a.mp4", 100),
    Media("b.mp4", 200),
    Media("c.mp4", 50),
    Media("silent.mp4", 100, has_audio=False),
    Media("half.mp4", 200, present=100),
    Media("bad.mp4", 0, openable=False),
    Media("picture.png", kind=Kind.STILL),
    Media("keyed.mp4", 40),
    Media("keyed_a.mp4", 40),
    Media("sting.mp4", 10),
)

Run = tuple[str, int, int]


@define
class Rig:
    """A server with one client."""

    openings: tuple[tuple[int, int, bool, int], ...] = PROMPT
    devices: tuple[int, ...] = (1,)
    templates: tuple[str, ...] = ("title",)
    shy: float = 0.0
    server: Server = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.server = Server(
            library=Library.of(MEDIA),
            devices=self.devices,
            templates=self.templates,
            openings=self.openings,
            shy=self.shy,
        )
        self.connection = self.server.connect()

    connection: object = field(init=False)

    def send(self, line: str, ticks: int = 0) -> str:
        """Send a line, then let time pass."""
        replies = execute(self.server, line.encode(), self.server.connections[0])
        self.server.advance(self.server.tick + ticks)
        return b"".join(each.data for each in replies).decode()

    def wait(self, ticks: int) -> None:
        """Let time pass."""
        self.server.advance(self.server.tick + ticks)

    def seen(self, layer: int = 10) -> list[Run]:
        """What was seen: the source, its first and its last frame; (name, frame, ticks) if held."""
        return [
            (
                run.picture.name.removeprefix("/media/").partition(".")[0] or "black",
                run.first_frame,
                run.last_frame if run.step else -run.ticks,
            )
            for run in self.server.shown(1, layer)
        ]

    def told(self, name: str, layer: int = 10) -> tuple[Value, ...] | None:
        """What INFO and OSC show."""
        return self.server.state(1).get(f"stage/layer/{layer}/{name}")


class EndTests(SynchronousTestCase):
    """A clip that ends with nothing behind it."""

    def test_the_last_frame_is_held(self) -> None:
        """For ever, and C{file/time} is the end from the next tick on."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 100)
        self.assertEqual((99 / 25, 4.0), rig.told("foreground/file/time"))
        rig.wait(1)
        self.assertEqual((4.0, 4.0), rig.told("foreground/file/time"))
        rig.wait(10**9)
        self.assertEqual((4.0, 4.0), rig.told("foreground/file/time"))
        self.assertEqual([("a", 0, 99), ("a", 99, -(10**9 + 1))], rig.seen())
        self.assertEqual(("ffmpeg",), rig.told("foreground/producer"))

    def test_seek_and_length(self) -> None:
        """They count from the start of the file; C{clip} tells them, C{time} is of the file."""
        rig = Rig()
        rig.send("PLAY 1-10 b SEEK 50 LENGTH 100", 300)
        self.assertEqual([("b", 50, 149), ("b", 149, -200)], rig.seen())
        self.assertEqual((2.0, 4.0), rig.told("foreground/file/clip"))
        self.assertEqual((6.0, 8.0), rig.told("foreground/file/time"))

    def test_in_seek_and_out(self) -> None:
        """C{IN 25 SEEK 50 OUT 75} starts at 50 and ends at 75."""
        rig = Rig()
        rig.send("PLAY 1-10 b IN 25 SEEK 50 OUT 75", 30)
        self.assertEqual([("b", 50, 74), ("b", 74, -5)], rig.seen())

    def test_a_seek_after_the_end_plays_again(self) -> None:
        """C{CALL SEEK 0}, at once but for one tick."""
        rig = Rig()
        rig.send("PLAY 1-10 c", 60)
        self.assertEqual("201 CALL OK\r\n0\r\n", rig.send("CALL 1-10 SEEK 0", 10))
        self.assertEqual([("c", 0, 49), ("c", 49, -11), ("c", 0, 8)], rig.seen())

    def test_the_length_can_be_changed(self) -> None:
        """Shorter than the position: what is decoded is still shown; longer again: it goes on."""
        rig = Rig()
        rig.send("PLAY 1-10 b", 50)
        rig.send("CALL 1-10 LENGTH 20", 20)
        self.assertEqual([("b", 0, 55), ("b", 55, -14)], rig.seen())
        rig.send("CALL 1-10 LENGTH 200", 10)
        self.assertEqual(("b", 56, 65), rig.seen()[-1])

    def test_out_ends_it_too(self) -> None:
        """C{CALL OUT} counts from the start of the file."""
        rig = Rig()
        rig.send("PLAY 1-10 b SEEK 20", 10)
        self.assertEqual("201 CALL OK\r\n60\r\n", rig.send("CALL 1-10 OUT 60", 60))
        self.assertEqual([("b", 20, 59), ("b", 59, -30)], rig.seen())
        self.assertEqual("201 CALL OK\r\n60\r\n", rig.send("CALL 1-10 OUT"))
        self.assertEqual("201 CALL OK\r\n40\r\n", rig.send("CALL 1-10 LENGTH"))

    def test_a_loop_starts_again(self) -> None:
        """From its in point, without a lost or held frame."""
        rig = Rig()
        rig.send("PLAY 1-10 b LOOP SEEK 20 LENGTH 10", 25)
        self.assertEqual([("b", 20, 29), ("b", 20, 29), ("b", 20, 24)], rig.seen())

    def test_pause_and_resume(self) -> None:
        """The picture is held, the time too."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("PAUSE 1-10", 1000)
        self.assertEqual((9 / 25, 4.0), rig.told("foreground/file/time"))
        rig.send("RESUME 1-10", 5)
        self.assertEqual([("a", 0, 9), ("a", 9, -1000), ("a", 10, 14)], rig.seen())

    def test_load_shows_the_first_frame(self) -> None:
        """Paused; PLAY or RESUME start it, and the first frame is seen once more."""
        for start in ("PLAY 1-10", "RESUME 1-10"):
            rig = Rig()
            rig.send("LOAD 1-10 a", 100)
            self.assertEqual((True,), rig.told("foreground/paused"))
            rig.send(start, 10)
            self.assertEqual([("a", 0, -101), ("a", 1, 9)], rig.seen())

    def test_load_without_a_file_shows_the_background(self) -> None:
        """The first frame of what was cued, paused; nothing when nothing was."""
        rig = Rig()
        self.assertEqual("202 LOAD OK\r\n", rig.send("LOAD 1-10", 5))
        rig.send("LOADBG 1-10 b", 5)
        rig.send("LOAD 1-10", 5)
        self.assertEqual([("black", 0, -10), ("b", 0, -5)], rig.seen())


class AutoTests(SynchronousTestCase):
    """C{LOADBG … AUTO}: the cut made inside the tick."""

    def test_it_counts_to_the_cut(self) -> None:
        """C{frames_left} is 1 on the last frame, and only there while AUTO is armed."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 50)
        self.assertIsNone(rig.told("foreground/frames_left"))
        rig.send("LOADBG 1-10 b AUTO", 1)
        self.assertEqual((50,), rig.told("foreground/frames_left"))
        rig.wait(49)
        self.assertEqual((1,), rig.told("foreground/frames_left"))
        self.assertEqual(("a",), rig.told("foreground/file/name"))
        rig.wait(1)
        self.assertIsNone(rig.told("foreground/frames_left"))
        self.assertEqual(("transition",), rig.told("foreground/producer"))
        self.assertEqual((0.0, 8.0), rig.told("foreground/file/time"))
        self.assertEqual((0, 0), rig.told("foreground/transition/frame"))
        self.assertEqual(("empty",), rig.told("background/producer"))
        rig.wait(1)
        self.assertEqual(("ffmpeg",), rig.told("foreground/producer"))
        self.assertEqual([("a", 0, 99), ("b", 0, 1)], rig.seen())

    def test_excerpts_follow_each_other(self) -> None:
        """Each shows exactly the frames asked for."""
        rig = Rig()
        rig.send("PLAY 1-10 b SEEK 10 LENGTH 25", 10)
        for seek in (50, 3, 120):
            rig.send(f"LOADBG 1-10 b SEEK {seek} LENGTH 25 AUTO", 25)
        self.assertEqual([("b", 10, 34), ("b", 50, 74), ("b", 3, 27), ("b", 120, 129)], rig.seen())

    def test_an_excerpt_shorter_than_four_frames_holds_its_first(self) -> None:
        """The decoder never has the four frames it wants to start with."""
        rig = Rig()
        rig.send("PLAY 1-10 b LENGTH 25", 10)
        rig.send("LOADBG 1-10 a LENGTH 3 AUTO", 18)
        rig.send("LOADBG 1-10 c AUTO", 5)
        self.assertEqual([("b", 0, 24), ("a", 0, -2), ("a", 1, 2), ("c", 0, 3)], rig.seen())

    def test_a_late_cue(self) -> None:
        """Three ticks before the end it is perfect; in the last tick the last frame is held."""
        for left, expected in (
            (3, [("a", 0, 99), ("b", 0, 9)]),
            (1, [("a", 0, 99), ("a", 99, -1), ("b", 0, 8)]),
        ):
            rig = Rig()
            rig.send("PLAY 1-10 a", 101 - left)
            rig.server.sources.openings = USUAL
            rig.send("LOADBG 1-10 b AUTO", left + 9)
            self.assertEqual(expected, rig.seen()[: len(expected)])

    def test_a_cue_after_the_end_plays_at_once(self) -> None:
        """With its first frame twice, as every cold start may have it."""
        rig = Rig()
        rig.send("PLAY 1-10 c", 60)
        rig.server.sources.openings = TWICE
        rig.send("LOADBG 1-10 a AUTO", 10)
        self.assertEqual([("c", 0, 49), ("c", 49, -10), ("a", 0, -2), ("a", 1, 8)], rig.seen())

    def test_on_an_empty_foreground_it_plays_at_once(self) -> None:
        """Never played, or stopped."""
        rig = Rig()
        rig.send("LOADBG 1-10 a AUTO", 10)
        rig.send("STOP 1-10", 5)
        rig.send("LOADBG 1-10 b AUTO", 5)
        self.assertEqual([("a", 0, 9), ("black", 0, -5), ("b", 0, 4)], rig.seen())

    def test_stop_keeps_the_background_and_forgets_auto(self) -> None:
        """PLAY then plays it."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("LOADBG 1-10 b AUTO", 5)
        rig.send("STOP 1-10", 1000)
        self.assertEqual(("empty",), rig.told("foreground/producer"))
        self.assertEqual(("b",), rig.told("background/file/name"))
        rig.send("PLAY 1-10", 5)
        self.assertEqual([("a", 0, 14), ("black", 0, -1000), ("b", 0, 4)], rig.seen())

    def test_a_pause_holds_the_count(self) -> None:
        """RESUME goes on to the exact cut; PLAY cuts at once."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 50)
        rig.send("LOADBG 1-10 b AUTO", 10)
        rig.send("PAUSE 1-10", 500)
        self.assertEqual((40,), rig.told("foreground/frames_left"))
        rig.send("RESUME 1-10", 50)
        self.assertEqual([("a", 0, 59), ("a", 59, -500), ("a", 60, 99), ("b", 0, 9)], rig.seen())
        rig.send("LOADBG 1-10 c AUTO", 5)
        rig.send("PAUSE 1-10", 5)
        rig.send("PLAY 1-10", 5)
        self.assertEqual([("b", 0, 14), ("b", 14, -5), ("c", 0, 4)], rig.seen()[3:])

    def test_another_cue_replaces_the_first(self) -> None:
        """The last one plays."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("LOADBG 1-10 b AUTO", 10)
        rig.send("LOADBG 1-10 c AUTO", 90)
        self.assertEqual([("a", 0, 99), ("c", 0, 9)], rig.seen())

    def test_a_cue_without_auto_cancels_it(self) -> None:
        """The foreground ends and holds; so does C{LOADBG EMPTY}."""
        for line in ("LOADBG 1-10 c", "LOADBG 1-10 EMPTY"):
            rig = Rig()
            rig.send("PLAY 1-10 a", 10)
            rig.send("LOADBG 1-10 b AUTO", 10)
            rig.send(line, 100)
            self.assertEqual([("a", 0, 99), ("a", 99, -20)], rig.seen())
            self.assertEqual(("transition",), rig.told("background/producer"))

    def test_empty_auto_is_black_at_the_end(self) -> None:
        """And nothing follows a colour by itself."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("LOADBG 1-10 EMPTY AUTO", 100)
        rig.send("LOADBG 1-10 b AUTO", 1000)
        self.assertEqual(("color",), rig.told("foreground/producer"))
        self.assertEqual((4294967295 - 1010,), rig.told("foreground/frames_left"))
        self.assertEqual([("a", 0, 99), ("EMPTY", 0, -1010)], rig.seen())
        self.assertTrue(rig.server.shown(1, 10)[-1].is_black)

    def test_a_missing_file_leaves_the_cue(self) -> None:
        """C{404}, and the former background and its AUTO stay."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("LOADBG 1-10 b AUTO", 10)
        self.assertEqual("404 LOADBG FAILED\r\n", rig.send("LOADBG 1-10 none AUTO", 10))
        self.assertEqual("404 PLAY FAILED\r\n", rig.send("PLAY 1-10 none", 80))
        self.assertEqual([("a", 0, 99), ("b", 0, 9)], rig.seen())

    def test_clear_on_404(self) -> None:
        """The cue becomes black, which AUTO never puts on air; PLAY does at once."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("LOADBG 1-10 b AUTO", 10)
        line = "LOADBG 1-10 none AUTO CLEAR_ON_404"
        self.assertEqual("404 LOADBG FAILED\r\n", rig.send(line, 100))
        self.assertEqual(("color",), rig.told("background/producer"))
        self.assertEqual([("a", 0, 99), ("a", 99, -20)], rig.seen())
        rig.send("PLAY 1-10 none CLEAR_ON_404", 5)
        self.assertEqual([("#00000000", 0, -5)], rig.seen()[2:])
        rig.send("LOAD 1-10 none CLEAR_ON_404", 5)
        self.assertEqual((True,), rig.told("foreground/paused"))

    def test_play_takes_the_cue_now(self) -> None:
        """PLAY with a file forgets the cue."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("LOADBG 1-10 b AUTO", 10)
        rig.send("PLAY 1-10", 10)
        rig.send("LOADBG 1-10 a AUTO", 10)
        rig.send("PLAY 1-10 c", 60)
        self.assertEqual([("a", 0, 19), ("b", 0, 19), ("c", 0, 49), ("c", 49, -10)], rig.seen())

    def test_never_behind_a_loop(self) -> None:
        """Until it is told to stop looping: it finishes its turn, then the cut is exact."""
        rig = Rig()
        rig.send("PLAY 1-10 c LOOP", 30)
        rig.send("LOADBG 1-10 b AUTO", 100)
        self.assertEqual(("c", 0, 29), rig.seen()[-1])
        rig.send("CALL 1-10 LOOP 0", 30)
        self.assertEqual([("c", 0, 49), ("b", 0, 9)], rig.seen()[2:])

    def test_a_mix_starts_before_the_end(self) -> None:
        """By its own length; the state is the new clip's."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 50)
        rig.send("LOADBG 1-10 b MIX 25 AUTO", 26)
        self.assertEqual((1,), rig.told("foreground/frames_left"))
        rig.wait(10)
        self.assertEqual((10, 25), rig.told("foreground/transition/frame"))
        self.assertEqual(("b",), rig.told("foreground/file/name"))
        rig.wait(20)
        *_, before, mixed, after = rig.server.shown(1, 10)
        self.assertEqual(
            (0, 76, "mix", 25), (before.first_frame, before.ticks, mixed.picture.blend, mixed.ticks)
        )
        self.assertEqual((25, ""), (after.first_frame, after.picture.blend))

    def test_calls_move_the_cut(self) -> None:
        """CALL SEEK and CALL LENGTH with a cue armed: counted again, and exact."""
        rig = Rig()
        rig.send("PLAY 1-10 b", 50)
        rig.send("LOADBG 1-10 c AUTO", 10)
        rig.send("CALL 1-10 LENGTH 80", 1)
        self.assertEqual((20,), rig.told("foreground/frames_left"))
        rig.wait(29)
        self.assertEqual([("b", 0, 79), ("c", 0, 9)], rig.seen())
        rig.send("LOADBG 1-10 a AUTO", 5)
        rig.send("CALL 1-10 SEEK 40", 20)
        self.assertEqual([("c", 0, 14), ("c", 14, -1), ("c", 40, 49), ("a", 0, 8)], rig.seen()[1:])

    def test_a_length_below_the_position_cuts_now(self) -> None:
        """At the next tick."""
        rig = Rig()
        rig.send("PLAY 1-10 b", 50)
        rig.send("LOADBG 1-10 c AUTO", 10)
        rig.send("CALL 1-10 LENGTH 30", 5)
        self.assertEqual([("b", 0, 59), ("c", 0, 4)], rig.seen())

    def test_two_commands_between_two_ticks_land_together(self) -> None:
        """Two in one packet are seen on the same tick."""
        rig = Rig()
        rig.send("LOADBG 1-10 a")
        rig.send("LOADBG 1-11 b", 5)
        rig.send("PLAY 1-10")
        rig.send("PLAY 1-11", 5)
        self.assertEqual(
            [run.start_tick for run in rig.server.shown(1, 10)],
            [run.start_tick for run in rig.server.shown(1, 11)],
        )


class ColdStartTests(SynchronousTestCase):
    """PLAY of a file that was not cued."""

    def test_the_picture_before_goes_on(self) -> None:
        """For a tick or two, moving, while the new name is told already; never black."""
        for openings, held, total in ((USUAL, 1, 8.0), (SLOW, 2, 0.0)):
            rig = Rig()
            rig.send("PLAY 1-10 a", 10)
            rig.server.sources.openings = openings
            rig.send("PLAY 1-10 b", 1)
            self.assertEqual(("b",), rig.told("foreground/file/name"))
            self.assertEqual(("transition",), rig.told("foreground/producer"))
            self.assertEqual((0.0, total), rig.told("foreground/file/time"))
            rig.wait(9)
            self.assertEqual([("a", 0, 9 + held), ("b", 0, 9 - held)], rig.seen())

    def test_the_first_frame_may_be_seen_twice(self) -> None:
        """When the decoder has started and does not yet have four frames."""
        rig = Rig(TWICE)
        rig.send("PLAY 1-10 b", 10)
        self.assertEqual([("b", 0, -2), ("b", 1, 8)], rig.seen())

    def test_a_cued_clip_starts_on_the_first_tick(self) -> None:
        """C{LOADBG}, later C{PLAY}."""
        rig = Rig(SLOW)
        rig.send("LOADBG 1-10 b", 10)
        rig.send("PLAY 1-10", 10)
        self.assertEqual([("black", 0, -10), ("b", 0, 9)], rig.seen())

    def test_a_cue_too_soon_after_a_seek_takes_the_air(self) -> None:
        """LOADBG AUTO before the first tick of PLAY SEEK; not without SEEK, not later."""
        for seek, wait, name in (("SEEK 20", 0, "b"), ("", 0, "a"), ("SEEK 20", 2, "a")):
            rig = Rig()
            rig.send(f"PLAY 1-10 a {seek}", wait)
            rig.send("LOADBG 1-10 b AUTO", 10)
            self.assertEqual(name, rig.seen()[-1][0], (seek, wait))


class WedgeTests(SynchronousTestCase):
    """Files that are answered 202 and cannot be played."""

    def wedged(self) -> Rig:
        """A layer in which a corrupt file followed by AUTO."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        self.assertEqual("202 LOADBG OK\r\n", rig.send("LOADBG 1-10 bad AUTO", 1000))
        return rig

    def test_the_picture_before_stays(self) -> None:
        """INFO and OSC tell the new name, a transition of no length and no time."""
        rig = self.wedged()
        self.assertEqual([("a", 0, 99), ("a", 99, -910)], rig.seen())
        self.assertEqual(("bad",), rig.told("foreground/file/name"))
        self.assertEqual(("transition",), rig.told("foreground/producer"))
        self.assertEqual((0, 0), rig.told("foreground/transition/frame"))
        self.assertEqual((0.0, 0.0), rig.told("foreground/file/time"))

    def test_played_over_a_moving_clip(self) -> None:
        """The clip before goes on to its end, and is held there."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        self.assertEqual("202 PLAY OK\r\n", rig.send("PLAY 1-10 bad", 500))
        self.assertEqual([("a", 0, 99), ("a", 99, -410)], rig.seen())

    def test_auto_never_fires_behind_it(self) -> None:
        """The count stands still; PLAY gets out."""
        rig = self.wedged()
        rig.send("LOADBG 1-10 b AUTO", 100_000)
        self.assertEqual((4294967294,), rig.told("foreground/frames_left"))
        rig.send("PLAY 1-10", 5)
        self.assertEqual(("b", 0, 4), rig.seen()[-1])

    def test_stop_and_clear_get_out(self) -> None:
        """Into black, and what follows plays."""
        for line in ("STOP 1-10", "CLEAR 1-10"):
            rig = self.wedged()
            rig.send(line, 5)
            rig.send("PLAY 1-10 b", 5)
            self.assertEqual([("black", 0, -5), ("b", 0, 4)], rig.seen()[-2:])

    def test_loaded_it_stays_paused(self) -> None:
        """LOAD of a corrupt file: the picture before, held."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("LOAD 1-10 bad", 10_000)
        self.assertEqual([("a", 0, 9), ("a", 9, -10_000)], rig.seen())

    def test_a_start_behind_the_end_is_black(self) -> None:
        """C{ffmpeg}, the time at 0, and the count of a cue behind it stands still."""
        rig = Rig()
        rig.send("PLAY 1-10 c", 10)
        rig.send("LOADBG 1-10 a SEEK 5000 AUTO", 5)
        self.assertEqual("201 CALLBG OK\r\n-4900\r\n", rig.send("CALLBG 1-10 LENGTH", 100))
        self.assertEqual(("ffmpeg",), rig.told("foreground/producer"))
        self.assertEqual((0.0, 4.0), rig.told("foreground/file/time"))
        rig.send("LOADBG 1-10 b AUTO", 1)
        left = rig.told("foreground/frames_left")
        rig.wait(1000)
        self.assertEqual(left, rig.told("foreground/frames_left"))
        self.assertEqual([("c", 0, 49), ("black", 0, -1066)], rig.seen())

    def test_a_length_of_nothing_never_gets_ready(self) -> None:
        """The picture before stays."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("PLAY 1-10 b LENGTH 0", 200)
        self.assertEqual([("a", 0, 99), ("a", 99, -110)], rig.seen())
        self.assertEqual("201 CALL OK\r\n0\r\n", rig.send("CALL 1-10 LENGTH"))

    def test_a_length_beyond_the_end_slows_time(self) -> None:
        """50 frames too many last 150 ticks; without sound they last 50."""
        for name, excess in (("a", 150), ("silent", 50)):
            rig = Rig()
            rig.send(f"PLAY 1-10 {name} LENGTH 150", 10)
            rig.send("LOADBG 1-10 b AUTO", 400)
            (_, _, last), (_, _, held), _ = rig.seen()[:3]
            self.assertEqual(99, last)
            self.assertApproximates(excess, -held, 4)

    def test_half_a_file(self) -> None:
        """The half is shown, then its last frame; the automatic cut comes very late."""
        rig = Rig()
        rig.send("PLAY 1-10 half", 10)
        rig.send("LOADBG 1-10 b AUTO", 400)
        self.assertEqual(("half", 0, 99), rig.seen()[0])
        name, frame, ticks = rig.seen()[1]
        self.assertEqual(("half", 99), (name, frame))
        self.assertApproximates(250, -ticks, 4)

    def test_frozen(self) -> None:
        """Told from outside: nothing more is decoded, and the time stands."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        self.assertTrue(rig.server.freeze(1, 10))
        rig.wait(1000)
        self.assertEqual([("a", 0, 9), ("a", 9, -1000)], rig.seen())
        self.assertEqual((False,), rig.told("foreground/paused"))
        self.assertFalse(rig.server.freeze(1, 11))


class ProbeTests(SynchronousTestCase):
    """C{CALLBG LENGTH}, at once after LOADBG."""

    def test_it_tells_whether_the_file_opened(self) -> None:
        """Its length, or the largest number; an explicit length hides it."""
        rig = Rig(SLOW)
        for words, answer in (
            ("a", "100"),
            ("a SEEK 20", "80"),
            ("a SEEK 20 LENGTH 5", "5"),
            ("bad", "9223372036854775807"),
            ("bad LENGTH 25", "25"),
        ):
            rig.send(f"LOADBG 1-10 {words}")
            self.assertEqual(f"201 CALLBG OK\r\n{answer}\r\n", rig.send("CALLBG 1-10 LENGTH"))

    def test_it_is_too_early(self) -> None:
        """A good file says once that it is not open, when it is asked within its first tick."""
        rig = Rig(shy=1.0)
        rig.send("LOADBG 1-10 a")
        answers = [rig.send("CALLBG 1-10 LENGTH") for _ in range(3)]
        self.assertEqual(
            ["201 CALLBG OK\r\n9223372036854775807\r\n", *["201 CALLBG OK\r\n100\r\n"] * 2], answers
        )
        rig.send("LOADBG 1-10 a", 1)
        self.assertEqual("201 CALLBG OK\r\n100\r\n", rig.send("CALLBG 1-10 LENGTH"))

    def test_some_never_answer(self) -> None:
        """Stills, colours and inputs; without a background C{202}."""
        rig = Rig()
        self.assertEqual("202 CALLBG OK\r\n", rig.send("CALLBG 1-10 LENGTH"))
        rig.send("PLAY 1-10 a LOOP", 10)
        for call in ("LOOP 2", "LENGTH x", "SEEK", "SEEK 1.5", "WHAT"):
            self.assertEqual("", rig.send(f"CALL 1-10 {call}"))
        for words in ("picture", "EMPTY", "DECKLINK 1"):
            rig.send(f"LOADBG 1-10 {words} AUTO")
            self.assertEqual("", rig.send("CALLBG 1-10 LENGTH"))


class OtherSourceTests(SynchronousTestCase):
    """Stills, colours, inputs, pairs, routes."""

    def test_nothing_follows_a_still_without_length(self) -> None:
        """With one, AUTO comes: a tick early, since a still counts from 1."""
        rig = Rig()
        rig.send("PLAY 1-10 picture", 10)
        rig.send("LOADBG 1-10 a AUTO", 1000)
        self.assertEqual(("image",), rig.told("foreground/producer"))
        self.assertEqual(("/media/picture.png",), rig.told("foreground/file/path"))
        rig.send("PLAY 1-10 picture LENGTH 50", 10)
        rig.send("LOADBG 1-10 a AUTO", 100)
        self.assertEqual([("picture", 0, -1059), ("a", 0, 60)], rig.seen())

    def test_an_input_that_is_there(self) -> None:
        """It needs some ticks to warm up, in which the picture before stays."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        self.assertEqual("202 PLAY OK\r\n", rig.send("PLAY 1-10 DECKLINK 1", 20))
        self.assertEqual([("a", 0, 13), ("1", 1, 16)], rig.seen())
        self.assertEqual(("decklink",), rig.told("foreground/producer"))
        self.assertEqual((1,), rig.told("foreground/file/path"))
        rig.send("PAUSE 1-10", 5)
        self.assertEqual(("1", 16, -5), rig.seen()[-1])

    def test_an_input_that_is_not_there(self) -> None:
        """C{403}; C{404} where there is no such hardware at all, and for what is no number."""
        self.assertEqual("403 PLAY FAILED\r\n", Rig().send("PLAY 1-10 DECKLINK DEVICE 7"))
        self.assertEqual("404 PLAY FAILED\r\n", Rig().send("PLAY 1-10 DECKLINK x"))
        self.assertEqual("404 PLAY FAILED\r\n", Rig(devices=()).send("PLAY 1-10 DECKLINK 1"))

    def test_an_input_with_a_length(self) -> None:
        """AUTO comes behind it."""
        rig = Rig()
        rig.send("PLAY 1-10 DECKLINK 1 LENGTH 50", 20)
        rig.send("LOADBG 1-10 a AUTO", 60)
        self.assertEqual("a", rig.seen()[-1][0])

    def test_a_key_beside_its_fill(self) -> None:
        """One producer, C{separated}, and the key's state in C{keyer}."""
        rig = Rig()
        rig.send("PLAY 1-10 keyed", 10)
        self.assertEqual(("separated",), rig.told("foreground/producer"))
        self.assertEqual(("keyed_A",), rig.told("foreground/keyer/file/name"))
        rig.send("CALL 1-10 LENGTH 20")
        rig.send("LOADBG 1-10 a AUTO", 20)
        self.assertEqual([("keyed", 0, 19), ("a", 0, 9)], rig.seen())
        rig.send("LOADBG 1-10 keyed", 5)
        self.assertIsNone(rig.told("background/file/name"))
        rig.send("LOAD 1-10 keyed", 5)
        self.assertEqual(("keyed", 0, -5), rig.seen()[-1])

    def test_colours_and_routes(self) -> None:
        """As written."""
        rig = Rig()
        rig.send("PLAY 1-10 RED #00FF00 MIX 5", 10)
        self.assertEqual(("RED, #00FF00",), rig.told("foreground/color"))
        rig.send("PLAY 1-10 route://1-20", 5)
        self.assertEqual((20,), rig.told("foreground/route/layer"))
        rig.send("PLAY 1-10 route://1", 5)
        self.assertIsNone(rig.told("foreground/route/layer"))
        self.assertEqual("403 PLAY FAILED\r\n", rig.send("PLAY 1-10 route://7"))

    def test_streams_never_come(self) -> None:
        """A network address is accepted, and nothing is there."""
        rig = Rig()
        self.assertEqual("202 PLAY OK\r\n", rig.send("PLAY 1-10 http://there/x.mp4", 100))
        self.assertEqual(("transition",), rig.told("foreground/producer"))
        self.assertEqual("404 PLAY FAILED\r\n", rig.send("PLAY 1-10 ndi://there"))


class GraphicsTests(SynchronousTestCase):
    """CG, on a server that has HTML."""

    def page(self, rig: Rig, layer: int = 20) -> Page:
        """The page on that layer."""
        found = rig.server.channels[1].layers[layer].foreground
        assert isinstance(found, Page)
        return found

    def test_what_is_told(self) -> None:
        """The page's address, and no more: not its name, not its data, not whether it is seen."""
        rig = Rig()
        self.assertEqual("202 CG OK\r\n", rig.send('CG 1-20 ADD 1 "Title" 0 "{}"', 5))
        told = {
            name.removeprefix("stage/layer/20/"): value
            for name, value in rig.server.state(1).items()
            if name.startswith("stage/layer/20/")
        }
        self.assertEqual(
            list(told.items()),
            [
                ("background/producer", ("empty",)),
                ("foreground/file/path", ("file:///template/title.html",)),
                ("foreground/paused", (False,)),
                ("foreground/producer", ("html",)),
            ],
        )
        self.assertEqual([("black", 0, -5)], rig.seen(20))

    def test_seen_from_play_to_stop(self) -> None:
        """ADD plays when its flag says so; PLAY, STOP, NEXT and REMOVE are the page's functions."""
        rig = Rig()
        rig.send('CG 1-20 ADD 1 "title" 1 "{}"', 5)
        rig.send("CG 1-20 NEXT 1", 5)
        rig.send("CG 1-20 STOP 1", 5)
        rig.send("CG 1-20 PLAY 1", 5)
        rig.send("CG 1-20 INVOKE 1 stop", 5)
        rig.send('CG 1-20 INVOKE 1 "play()"', 5)
        self.assertEqual("202 CG OK\r\n", rig.send("CG 1-20 REMOVE 1", 5))
        title = "file:///template/title"
        self.assertEqual(
            [
                (title, 0, -10),
                ("black", 0, -5),
                *[(title, 0, -5), ("black", 0, -5)] * 2,
            ],
            rig.seen(20),
        )
        self.assertEqual(("html",), rig.told("foreground/producer", 20))
        self.assertIsNone(rig.told("foreground/file/path", 20))
        self.assertEqual("202 CG OK\r\n", rig.send("CG 1-20 PLAY 1", 5))
        self.assertFalse(self.page(rig).playing)

    def test_add_takes_the_place_of_all(self) -> None:
        """Of another template, which is not used again, of a clip, and of what was cued."""
        rig = Rig()
        rig.send('CG 1-20 ADD 1 "title" 1 "{}"', 5)
        before = self.page(rig)
        rig.send('CG 1-20 ADD 1 "title" 0 "{}"', 5)
        self.assertIsNot(before, self.page(rig))
        self.assertFalse(self.page(rig).playing)
        rig.send("PLAY 1-10 a", 5)
        rig.send("LOADBG 1-10 b AUTO", 5)
        rig.send("PAUSE 1-10")
        rig.send('CG 1-10 ADD 1 "title" 1 "{}"', 5)
        self.assertEqual(("empty",), rig.told("background/producer"))
        self.assertEqual(("html",), rig.told("foreground/producer"))
        self.assertEqual((False,), rig.told("foreground/paused"))
        rig.send("LOADBG 1-10 b AUTO", 10**6)
        self.assertEqual(("html",), rig.told("foreground/producer"))

    def test_data(self) -> None:
        """What the page is given is JSON, or stands in a file of the data folder."""
        rig = Rig()
        rig.send(r'CG 1-20 ADD 1 "title" 1 "{\"a\":\"é\"}"')
        self.assertEqual({"a": "é"}, self.page(rig).data)
        rig.send(r'CG 1-20 UPDATE 1 "{\"b\":[1,null]}"')
        self.assertEqual({"b": [1, None]}, self.page(rig).data)
        rig.send(r'DATA STORE kept "{\"c\":2}"')
        rig.send("CG 1-20 UPDATE 1 kept")
        self.assertEqual({"c": 2}, self.page(rig).data)
        rig.send('CG 1-20 ADD 1 "title" label 1 kept')
        self.assertEqual(({"c": 2}, True), (self.page(rig).data, self.page(rig).playing))
        self.assertEqual("402 CG UPDATE FAILED\r\n", rig.send('CG 1-20 UPDATE 1 ""'))

    def test_backslashes_are_lost(self) -> None:
        """What JSON escapes has to be escaped once more; CG says OK all the same."""
        rig = Rig()
        self.assertEqual("202 CG OK\r\n", rig.send(r'CG 1-20 ADD 1 "title" 1 "{\"a\":\"\\\"\"}"'))
        self.assertEqual((None, 1), (self.page(rig).data, len(self.page(rig).failed)))
        rig.send(r'CG 1-20 UPDATE 1 "{\"a\":\"\\\\\"\"}"')
        self.assertEqual({"a": '"'}, self.page(rig).data)

    def test_nothing_there(self) -> None:
        """PLAY and CLEAR are content with nothing; the rest needs a template."""
        rig = Rig()
        self.assertEqual("404 CG ADD FAILED\r\n", rig.send('CG 1-20 ADD 1 "none" 1', 1))
        self.assertEqual(("empty",), rig.told("foreground/producer", 20))
        for what in ("PLAY 1", "CLEAR"):
            self.assertEqual("202 CG OK\r\n", rig.send(f"CG 1-20 {what}"))
        for what in ("STOP 1", "NEXT 1", "REMOVE 1", 'UPDATE 1 "{}"', "INVOKE 1 f"):
            name = what.partition(" ")[0]
            self.assertEqual(f"403 CG {name} FAILED\r\n", rig.send(f"CG 1-20 {what}"))

    def test_clear(self) -> None:
        """The layer disappears."""
        rig = Rig()
        rig.send('CG 1-20 ADD 1 "title" 1 "{}"', 5)
        rig.send("CG 1-20 CLEAR", 5)
        self.assertIsNone(rig.told("foreground/producer", 20))
        self.assertEqual(("black", 0, -5), rig.seen(20)[-1])

    def test_pages_from_elsewhere(self) -> None:
        """From the web, by CG or PLAY; a name in PLAY [HTML] is a template's, or an address."""
        rig = Rig()
        rig.send('CG 1-20 ADD 1 "http://there/x.html" 1', 5)
        self.assertEqual(("http://there/x.html",), rig.told("foreground/file/path", 20))
        rig.send('PLAY 1-20 [HTML] "title"', 5)
        self.assertEqual(("file:///template/title.html",), rig.told("foreground/file/path", 20))
        self.assertEqual(("html",), rig.told("foreground/producer", 20))
        rig.send('PLAY 1-20 [HTML] "https://there"', 5)
        self.assertEqual(("https://there",), rig.told("foreground/file/path", 20))
        self.assertEqual("202 CALL OK\r\n", rig.send("CALL 1-20 play()", 2))
        self.assertTrue(self.page(rig).playing)

    def test_a_server_without_html(self) -> None:
        """Knows no page from anywhere."""
        rig = Rig(templates=())
        self.assertEqual("404 CG ADD FAILED\r\n", rig.send('CG 1-20 ADD 1 "http://there" 1'))
        self.assertEqual("404 PLAY FAILED\r\n", rig.send("PLAY 1-20 [HTML] x"))


class TransitionTests(SynchronousTestCase):
    """The other ways from one picture to the next."""

    def blends(self, words: str) -> list[tuple[str, int]]:
        """Which source, how long, while the transition lasts."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send(f"LOADBG 1-10 b {words}", 10)
        rig.send("PLAY 1-10", 30)
        return [
            (run.picture.name[7:8], run.ticks)
            for run in rig.server.shown(1, 10)
            if run.picture.blend
        ]

    def test_what_is_seen_meanwhile(self) -> None:
        """A mix counts as the new picture; CUT holds back, FADECUT fades the old one out."""
        self.assertEqual([("b", 10)], self.blends("MIX 10 EASEINSINE"))
        self.assertEqual([("b", 10)], self.blends("PUSH 10 LEFT"))
        self.assertEqual([("b", 10)], self.blends("CUTFADE 10"))
        self.assertEqual([("a", 10)], self.blends("FADECUT 10"))
        self.assertEqual([("a", 5), ("b", 5)], self.blends("VFADE 10"))
        self.assertEqual([("a", 4), ("b", 6)], self.blends("STING (MASK=sting TRIGGER_POINT=4)"))
        self.assertEqual([("a", 4), ("b", 6)], self.blends("STING sting 4"))
        self.assertEqual([], self.blends("CUT 10"))

    def test_the_last_one_written_counts(self) -> None:
        """So that CUT 0 at the end takes back what a file's name says."""
        self.assertEqual([], self.blends("MIX 10 CUT 0"))
        self.assertEqual([], self.blends("STING"))

    def test_cut_with_a_length_shows_the_old_one_longer(self) -> None:
        """For that many ticks."""
        rig = Rig()
        rig.send("PLAY 1-10 a", 10)
        rig.send("LOADBG 1-10 b CUT 5", 10)
        rig.send("PLAY 1-10", 10)
        self.assertEqual([("a", 0, 24), ("b", 0, 4)], rig.seen())

    def test_a_sting_needs_its_mask(self) -> None:
        """C{404} without; a trigger that is no number is C{403}."""
        rig = Rig()
        self.assertEqual("404 PLAY FAILED\r\n", rig.send("PLAY 1-10 a STING none"))
        self.assertEqual("403 PLAY FAILED\r\n", rig.send("PLAY 1-10 a STING sting x"))
        self.assertEqual("202 PLAY OK\r\n", rig.send("PLAY 1-10 a STING (TRIGGER_POINT=4)"))
