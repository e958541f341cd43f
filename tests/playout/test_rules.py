"""
What an operator asks of a channel, and what the viewer then sees: modes, take, play, stop, edits
on air; the acceptance cases of control protocol 7.10 by their numbers.
"""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import InfoChannel, LoadBackground, Play, Stop
from rtgplayout.amcp.status import ChannelStatus
from rtgplayout.playout.effects import Notify
from rtgplayout.playout.events import (
    Answered,
    Edited,
    Event,
    Now,
    PlayAsked,
    Shown,
    StopAsked,
    TakeAsked,
    Ticked,
)
from rtgplayout.playout.report import report, whole_schedule
from rtgplayout.playout.rules import refusal, step
from rtgplayout.playout.state import About, Asked, Cue, Rising, Setup, Stage, State, item_part
from rtgplayout.playout.status import Mode, Showing
from rtgplayout.rundown.playlist import (
    Add,
    Change,
    Clear,
    Move,
    Playlist,
    Remove,
    Replace,
    SetHardStart,
    apply,
)

from .scene import (
    EPOCH,
    RATE,
    ZONE,
    aired,
    assisted,
    auto,
    clip,
    clock_time,
    first_seen,
    frame_on_screen,
    live,
    manual,
    on_screen,
    play,
    seen,
    sent,
    stage,
    stop,
    take,
    told,
    written,
)


class AutoTests(SynchronousTestCase):
    """The channel goes on by itself."""

    def test_gapless(self) -> None:
        """Each clip follows the last one with no frame lost or held (7.10 case 20)."""
        it = stage(clip("a", 75), clip("b", 100, 10), clip("c", 50))
        auto(it)
        it.run_for(9.6)
        self.assertEqual(seen(it)[:3], [("a", 0, 75), ("b", 10, 100), ("c", 0, 50)])

    def test_at_once(self) -> None:
        """The first item starts on the tick after AUTO is switched on (7.10 case 18)."""
        it = stage(clip("a"), clip("b"))
        asked = it.time
        auto(it)
        it.run_for(1)
        self.assertLessEqual(first_seen(it, "a") - asked, it.period)

    def test_ends_once(self) -> None:
        """At the end of the list the last frame is held, and nothing is played again."""
        it = stage(clip("a", 50), clip("b", 50))
        auto(it)
        it.run_for(60)
        self.assertEqual(seen(it)[:2], [("a", 0, 50), ("b", 0, 50)])
        self.assertEqual(seen(it)[2][:2], ("b", 49))
        self.assertEqual(len(seen(it)), 3)
        self.assertEqual([line[0] for line in written(it) if line], ["start", "end"] * 2)

    def test_added_at_the_end(self) -> None:
        """An item that is added after the list has ended is played at once."""
        it = stage(clip("a", 50))
        it.library.put(evolve(next(iter(it.library)), name="z.mp4"))
        auto(it)
        it.run_for(5)
        it.edit(Add((clip("z", 50),)))
        it.run_for(1)
        self.assertEqual(on_screen(it), "z")

    def test_short_clips(self) -> None:
        """Clips far below a second follow each other exactly, the last one ends (7.7)."""
        names = "abcdefgh"
        it = stage(*(clip(name, 20) for name in names))
        auto(it)
        it.run_for(10)
        self.assertEqual(aired(it), [(name, 0, 20) for name in names])

    def test_in_point_and_length(self) -> None:
        """In and out points are the ones on air; the file may be longer on both sides (7.3)."""
        a, b = clip("a", 60, 30), clip("b", 40, 5)
        longer = clip("a", 500), clip("b", 500)
        it = stage(a, b, files=[*stage(*longer, connected=False).library])
        auto(it)
        it.run_for(10)
        self.assertEqual(aired(it), [("a", 30, 60), ("b", 5, 40)])

    def test_the_same_file_twice(self) -> None:
        """The same file twice in a row is two items."""
        it = stage(clip("a", 50), clip("b", 50, file="a.mp4"), clip("c", 50))
        auto(it)
        it.run_for(8)
        self.assertEqual(aired(it), [("a", 0, 50), ("a", 0, 50), ("c", 0, 50)])
        starts = [line[1] for line in written(it) if line and line[0] == "start"]
        self.assertEqual(starts, ["a", "b", "c"])

    def test_missing_file(self) -> None:
        """A missing file in the middle is passed over, said once, and costs no frame (case 22)."""
        it = stage(clip("a", 50), clip("x", 50), clip("c", 50), missing=["x.mp4"])
        auto(it)
        it.run_for(8)
        self.assertEqual(seen(it)[:2], [("a", 0, 50), ("c", 0, 50)])
        self.assertEqual(told(it, "error"), ["X: no such file"])
        self.assertEqual(written(it).count(("error", "x", "no such file")), 1)

    def test_first_file_missing(self) -> None:
        """A missing first item does not keep the channel from starting."""
        it = stage(clip("x", 50), clip("b", 50), missing=["x.mp4"])
        auto(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_all_missing(self) -> None:
        """A list of nothing but missing files is said once an item, and nobody loops."""
        it = stage(clip("x", 50), clip("y", 50), missing=["x.mp4", "y.mp4"])
        before = len(it.notices)
        auto(it)
        it.run_for(30)
        self.assertEqual(told(it, "error")[before:], ["X: no such file", "Y: no such file"])
        self.assertLessEqual(len(sent(it, LoadBackground)), 4)

    def test_catches_up(self) -> None:
        """An item whose planned time is not over yet is played, late (7.10 case 19)."""
        items = (clip("a", 250), clip("b", 250), clip("c", 250))
        it = stage(*items, base_start=-14.0)
        auto(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_all_in_the_past(self) -> None:
        """When the whole list is in the past, it is played all the same (7.4: nothing)."""
        it = stage(clip("a", 50), clip("b", 50), base_start=-100.0)
        auto(it)
        it.run_for(3)
        self.assertEqual(seen(it)[0], ("a", 0, 50))

    def test_waits_for_the_base_start(self) -> None:
        """A list that is to start later starts then, on the frame, not up to 2 s early (7.4)."""
        it = stage(clip("a", 50), clip("b", 50), base_start=6.0)
        auto(it)
        it.run(5.9)
        self.assertEqual(seen(it), [])
        it.run(8)
        self.assertLessEqual(abs(first_seen(it, "a") - 6.0), it.period)

    def test_switched_on_while_a_clip_runs(self) -> None:
        """AUTO set after an item was started by hand goes on from it without a gap (7.4)."""
        it = stage(clip("a", 100), clip("b", 50))
        play(it, "a")
        it.run_for(2)
        auto(it)
        it.run_for(4)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("b", 0, 50)])

    def test_switched_on_after_a_clip_ended(self) -> None:
        """AUTO set after an item that was started by hand has ended goes on at once."""
        it = stage(clip("a", 50), clip("b", 50))
        play(it, "a")
        it.run_for(4)
        asked = it.time
        auto(it)
        it.run_for(1)
        self.assertLessEqual(first_seen(it, "b") - asked, it.period)

    def test_live_is_not_early(self) -> None:
        """A live item starts when the clip before it ends, on its frame, not 2 s early (7.4)."""
        it = stage(clip("a", 100), live("l", 75), clip("c", 50))
        auto(it)
        it.run_for(12)
        self.assertEqual(
            [(each[0], each[2]) for each in aired(it)], [("a", 100), ("1", 75), ("c", 50)]
        )


class ManualTests(SynchronousTestCase):
    """The operator goes on."""

    def test_holds_the_end(self) -> None:
        """An item ends at its out point and holds; nothing goes on by itself (7.7)."""
        it = stage(clip("a", 50), clip("b", 50))
        play(it, "a")
        it.run_for(30)
        self.assertEqual(aired(it), [("a", 0, 50)])
        self.assertEqual((on_screen(it), frame_on_screen(it)), ("a", 49))
        self.assertIn(("end", "a", 50), written(it))
        self.assertEqual(report(it.state, it.now).showing, Showing.HELD)

    def test_holds_its_out_point(self) -> None:
        """It holds at its out point also where the file goes on."""
        longer = stage(clip("a", 500), connected=False).library
        it = stage(clip("a", 50), clip("b", 50), files=[*longer])
        play(it, "a")
        it.run_for(10)
        self.assertEqual(aired(it), [("a", 0, 50)])
        self.assertEqual(frame_on_screen(it), 49)

    def test_take(self) -> None:
        """Take puts the next item on air on the next tick, from its in point."""
        it = stage(clip("a", 100), clip("b", 50, 7))
        play(it, "a")
        it.run_for(2)
        asked = it.time
        take(it)
        it.run_for(1)
        self.assertLessEqual(first_seen(it, "b") - asked, it.period)
        self.assertEqual(aired(it)[1][:2], ("b", 7))
        self.assertIn(("start", "b", 7, "operator"), written(it))

    def test_take_after_the_end(self) -> None:
        """Take goes on from a held last frame."""
        it = stage(clip("a", 50), clip("b", 50))
        play(it, "a")
        it.run_for(5)
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_take_starts_the_list(self) -> None:
        """Take with nothing on air starts the list, and only one item of it."""
        it = stage(clip("a", 50), clip("b", 50))
        take(it)
        it.run_for(6)
        self.assertEqual(aired(it), [("a", 0, 50)])

    def test_take_passes_over_what_is_missing(self) -> None:
        """A take whose item is missing says so and leaves the next good one cued."""
        it = stage(clip("a", 50), clip("x", 50), clip("c", 50), missing=["x.mp4"])
        play(it, "a")
        it.run_for(1)
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "c")

    def test_play_any_item(self) -> None:
        """Play puts any item on air, and what follows it comes next."""
        it = stage(clip("a", 50), clip("b", 50), clip("c", 50), clip("d", 50))
        play(it, "c")
        it.run_for(1)
        self.assertEqual(on_screen(it), "c")
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "d")

    def test_play_again(self) -> None:
        """Play on the item that is on air starts it again."""
        it = stage(clip("a", 100), clip("b", 50))
        play(it, "a")
        it.run_for(2)
        play(it, "a")
        it.run_for(1)
        self.assertEqual([each[:2] for each in aired(it)], [("a", 0), ("a", 0)])

    def test_play_again_at_once(self) -> None:
        """However soon after it began: it starts again, and nobody is told of trouble."""
        for wait in (0.2, 0.24, 0.32, 0.4, 0.52, 0.68, 0.84):
            it = stage(clip("a", 100), clip("b", 50))
            play(it, "a")
            it.run_for(wait)
            play(it, "a")
            it.run_for(6)
            self.assertEqual(told(it, "error") + told(it, "warning"), [], wait)
            self.assertEqual(aired(it)[-1], ("a", 0, 100), wait)
            self.assertEqual(on_screen(it), "a")

    def test_play_twice(self) -> None:
        """A second click before the first is done asks for nothing more."""
        for wait in (0.0, 0.04, 0.08):
            it = stage(clip("a", 100), clip("b", 50))
            play(it, "a")
            it.run_for(wait)
            play(it, "a")
            it.run_for(6)
            self.assertEqual(aired(it), [("a", 0, 100)], wait)
            self.assertEqual(told(it, "error") + told(it, "warning"), [], wait)

    def test_play_again_in_auto(self) -> None:
        """The same in AUTO; the list goes on behind it."""
        for wait in (0.28, 0.44, 0.6):
            it = stage(clip("a", 100), clip("b", 50))
            auto(it)
            it.run_for(wait)
            play(it, "a")
            it.run_for(7)
            self.assertEqual(told(it, "error") + told(it, "warning"), [], wait)
            self.assertEqual(aired(it)[-2:], [("a", 0, 100), ("b", 0, 50)], wait)

    def test_play_what_is_missing(self) -> None:
        """Play of a missing file leaves what is on air alone, and says why it failed."""
        it = stage(clip("a", 100), clip("x", 50), missing=["x.mp4"])
        play(it, "a")
        it.run_for(1)
        before = len(it.notices)
        play(it, "x")
        it.run_for(3.6)
        self.assertEqual(seen(it)[0], ("a", 0, 100))
        self.assertEqual(told(it)[before:], ["X: no such file"])

    def test_play_in_auto(self) -> None:
        """Play does not change the mode; in AUTO the list goes on from there."""
        it = stage(clip("a", 50), clip("b", 50), clip("c", 50), clip("d", 50))
        auto(it)
        it.run_for(1)
        play(it, "c")
        it.run_for(5)
        self.assertEqual(aired(it)[1:], [("c", 0, 50), ("d", 0, 50)])
        self.assertEqual(it.state.mode, Mode.AUTO)

    def test_never_played_is_never_finished(self) -> None:
        """Nothing starts by itself in manual mode, whatever is edited."""
        it = stage(clip("a", 50), clip("b", 50))
        it.edit(Move(0, 1))
        it.edit(SetHardStart("a", clock_time(5)))
        it.run_for(10)
        self.assertEqual(seen(it), [])

    def test_going_manual_while_a_cue_is_armed(self) -> None:
        """From AUTO to manual: what is on air ends and holds, though a cue was armed."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run_for(2)
        manual(it)
        it.run_for(8)
        self.assertEqual(aired(it), [("a", 0, 100)])
        self.assertEqual(told(it), [])

    def test_going_manual_at_the_last_moment(self) -> None:
        """
        From AUTO to manual within the guard of a junction: either the cut is made, and what it cut
        to holds at its end, or it is not; the as-run tells what the viewer saw.
        """
        for frames in range(1, 13, 2):
            it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
            auto(it)
            it.run_for(4.0 + 0.04 - frames * 0.04)
            manual(it)
            it.run_for(8)
            names = [each[0] for each in aired(it)]
            self.assertIn(names, (["a"], ["a", "b"]), frames)
            starts = [line[1] for line in written(it) if line and line[0] == "start"]
            self.assertEqual(starts, names)

    def test_going_manual_while_a_clip_starts(self) -> None:
        """A mode change just after a start is no reason to report a good clip as failed (7.5)."""
        it = stage(clip("a", 500), clip("b", 50))
        auto(it)
        it.run_for(0.05)
        manual(it)
        it.run_for(12)
        self.assertEqual(told(it), [])
        self.assertEqual(on_screen(it), "a")


class AssistedTests(SynchronousTestCase):
    """The channel goes on, but stops after marked items."""

    def test_goes_on(self) -> None:
        """Items that are not marked follow each other gaplessly."""
        it = stage(clip("a", 50), clip("b", 50))
        assisted(it)
        take(it)
        it.run_for(5)
        self.assertEqual(seen(it)[:2], [("a", 0, 50), ("b", 0, 50)])

    def test_stops_and_goes_on(self) -> None:
        """It stops at the end of a marked item and holds; take goes on, and then it runs on."""
        it = stage(clip("a", 50), clip("b", 50, stop_after=True), clip("c", 50), clip("d", 50))
        assisted(it)
        take(it)
        it.run_for(10)
        self.assertEqual(aired(it), [("a", 0, 50), ("b", 0, 50)])
        self.assertEqual((on_screen(it), frame_on_screen(it)), ("b", 49))
        take(it)
        it.run_for(10)
        self.assertEqual(aired(it)[2:], [("c", 0, 50), ("d", 0, 50)])

    def test_marked_while_on_air(self) -> None:
        """A mark that is set while the item is on air, with the next one armed, holds."""
        a = clip("a", 100)
        it = stage(a, clip("b", 50))
        assisted(it)
        take(it)
        it.run_for(2)
        it.edit(Change(evolve(a, stop_after=True)))
        it.run_for(8)
        self.assertEqual(aired(it), [("a", 0, 100)])

    def test_does_not_start_by_itself(self) -> None:
        """Choosing assisted mode with nothing on air starts nothing."""
        it = stage(clip("a", 50), clip("b", 50))
        assisted(it)
        it.run_for(5)
        self.assertEqual(seen(it), [])

    def test_auto_after_a_stop(self) -> None:
        """AUTO chosen while it waits after a marked item goes on at once."""
        it = stage(clip("a", 50, stop_after=True), clip("b", 50))
        assisted(it)
        take(it)
        it.run_for(5)
        auto(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")


class StopTests(SynchronousTestCase):
    """An operator stops the channel."""

    def test_in_auto(self) -> None:
        """Black, manual mode, and nothing restarts (7.10 cases 1 and 5)."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        stop(it)
        self.assertEqual(it.state.mode, Mode.MANUAL)
        it.run_for(12)
        self.assertEqual(on_screen(it), "black")
        self.assertEqual([each[0] for each in aired(it)], ["a"])
        status = report(it.state, it.now)
        self.assertEqual((status.on_air, status.showing), (None, Showing.NOTHING))
        self.assertIn(("stop", "a", "me"), written(it))

    def test_in_manual(self) -> None:
        """Likewise in manual mode (7.10 case 2), also once the item has ended."""
        for seconds in (2, 12):
            it = stage(clip("a", 250), clip("b", 50))
            play(it, "a")
            it.run_for(seconds)
            stop(it)
            it.run_for(11)
            self.assertEqual(on_screen(it), "black")
            self.assertEqual(it.state.mode, Mode.MANUAL)

    def test_in_assisted(self) -> None:
        """Likewise in assisted mode, also while it waits."""
        for seconds in (1, 5):
            it = stage(clip("a", 50, stop_after=True), clip("b", 50))
            assisted(it)
            take(it)
            it.run_for(seconds)
            stop(it)
            it.run_for(11)
            self.assertEqual(on_screen(it), "black")
            self.assertEqual(it.state.mode, Mode.MANUAL)

    def test_one_stop(self) -> None:
        """One STOP is sent (the old system sent two)."""
        it = stage(clip("a", 250))
        auto(it)
        it.run_for(2)
        stop(it)
        it.run_for(5)
        self.assertEqual(len(sent(it, Stop)), 1)

    def test_auto_again(self) -> None:
        """AUTO after a stop resumes with the stopped item (7.10 case 3)."""
        it = stage(clip("a", 50), clip("b", 100), clip("c", 50))
        auto(it)
        it.run_for(3)
        stop(it)
        it.run_for(5)
        auto(it)
        it.run_for(8)
        self.assertEqual(aired(it)[-2:], [("b", 0, 100), ("c", 0, 50)])

    def test_several_cycles(self) -> None:
        """Each stop gives manual, each AUTO resumes, nothing else is played (7.10 case 4)."""
        it = stage(clip("a", 250), clip("b", 50))
        for cycle in range(4):
            auto(it)
            it.run_for(2)
            self.assertEqual((it.state.mode, on_screen(it)), (Mode.AUTO, "a"))
            stop(it)
            it.run_for(2)
            self.assertEqual((it.state.mode, on_screen(it)), (Mode.MANUAL, "black"))
            self.assertEqual(len(sent(it, Play)), cycle + 1)

    def test_while_a_clip_starts(self) -> None:
        """A stop just after a take, before anything was seen, ends in black all the same."""
        for ms in range(0, 200, 20):
            it = stage(clip("a", 250), clip("b", 50))
            auto(it)
            it.run_for(ms / 1000)
            stop(it)
            it.run_for(5)
            self.assertEqual(on_screen(it), "black", ms)
            self.assertIsNone(it.state.on_air)
            starts = [line for line in written(it) if line and line[0] == "start"]
            ends = [line for line in written(it) if line and line[0] in ("end", "stop")]
            self.assertEqual(len(starts), len(ends), ms)

    def test_at_a_junction(self) -> None:
        """A stop around a junction ends in black, and each start in the as-run has its end."""
        for ms in range(3900, 4300, 50):
            it = stage(clip("a", 100), clip("b", 50))
            auto(it)
            it.run_for(ms / 1000)
            stop(it)
            it.run_for(5)
            self.assertEqual(on_screen(it), "black", ms)
            starts = [line[1] for line in written(it) if line and line[0] == "start"]
            ends = [line[1] for line in written(it) if line and line[0] in ("end", "stop")]
            self.assertEqual(starts, ends, ms)

    def test_without_a_link(self) -> None:
        """Without CasparCG the operator is told, and nothing changes (7.10 case 6)."""
        it = stage(clip("a", 250))
        auto(it)
        it.run_for(2)
        it.cut()
        self.assertEqual(refusal(it.state, StopAsked("me"), it.now), "CasparCG is not connected")
        it.connect()
        self.assertIsNone(refusal(it.state, StopAsked("me"), it.now))

    def test_refused_by_the_server(self) -> None:
        """A STOP that CasparCG refuses is told, and what it still shows is shown as such."""
        it = stage(clip("a", 250))
        play(it, "a")
        it.run_for(1)
        stop(it)
        token = next(token for token, asked in it.state.asked.items() if asked.what == "stop")
        it.happen(Answered(token, 503))
        self.assertEqual(told(it, "warning"), ["CasparCG refused stop (503)"])


class RefusalTests(SynchronousTestCase):
    """What cannot be done is said before it is tried."""

    def test_unknown_item(self) -> None:
        """Playing an item that is not in the list is refused, and does nothing if it is tried."""
        it = stage(clip("a", 50))
        self.assertEqual(
            refusal(it.state, PlayAsked("nope", "me"), it.now),
            "there is no such item in the playlist",
        )
        it.happen(PlayAsked("nope", "me"))
        it.run_for(1)
        self.assertEqual(seen(it), [])

    def test_nothing_to_take(self) -> None:
        """A take at the end of the list is refused, and does nothing if it is tried."""
        it = stage(clip("a", 50))
        self.assertIsNone(refusal(it.state, TakeAsked("me"), it.now))
        play(it, "a")
        it.run_for(3)
        self.assertEqual(refusal(it.state, TakeAsked("me"), it.now), "there is nothing to take")
        take(it)
        it.run_for(1)
        self.assertEqual(aired(it), [("a", 0, 50)])


class EditTests(SynchronousTestCase):
    """The list is edited while an item is on air."""

    def test_nothing_is_anchored_anew(self) -> None:
        """An edit never moves what is on air, nor its reported start (7.6)."""
        it = stage(clip("a", 250), clip("b", 50))
        it.library.put(evolve(next(iter(it.library)), name="z.mp4", frames=50))
        auto(it)
        it.run_for(3)
        before = report(it.state, it.now).on_air
        it.edit(Add((clip("z", 50),)))
        after = report(it.state, it.now).on_air
        assert before is not None and after is not None
        self.assertAlmostEqual(before.started_at, after.started_at, 6)
        it.run_for(12)
        self.assertEqual(aired(it), [("a", 0, 250), ("b", 0, 50), ("z", 0, 50)])

    def test_on_air_removed(self) -> None:
        """The item on air is removed: it plays on, then comes the one that followed it (7.6)."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(1)
        it.edit(Remove(("a",)))
        on_air = report(it.state, it.now).on_air
        assert on_air is not None
        self.assertEqual((on_air.item.id, on_air.index), ("a", None))
        it.run_for(9)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50), ("c", 0, 50)])

    def test_on_air_removed_from_the_middle(self) -> None:
        """Likewise in the middle of the list."""
        it = stage(clip("a", 50), clip("b", 100), clip("c", 50))
        auto(it)
        it.run_for(3)
        it.edit(Remove(("b",)))
        it.run_for(6)
        self.assertEqual(aired(it), [("a", 0, 50), ("b", 0, 100), ("c", 0, 50)])

    def test_on_air_and_next_removed(self) -> None:
        """The item on air and the next are removed together."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(1)
        it.edit(Remove(("a", "b")))
        it.run_for(7)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("c", 0, 50)])

    def test_on_air_moved(self) -> None:
        """The item on air is moved: what follows it where it stands now comes next."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(1)
        it.edit(Move(0, 1))  # b a c
        it.run_for(6)
        self.assertEqual(aired(it), [("a", 0, 100), ("c", 0, 50)])

    def test_on_air_trimmed(self) -> None:
        """A change of the item on air does not touch what is on air."""
        a = clip("a", 100)
        it = stage(a, clip("b", 50))
        auto(it)
        it.run_for(1)
        it.edit(Change(evolve(a, duration=60)))
        it.run_for(6)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50)])

    def test_next_removed(self) -> None:
        """The cued item is removed: the one after it comes, without a gap."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(1)
        it.edit(Remove(("b",)))
        it.run_for(6)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("c", 0, 50)])

    def test_last_removed(self) -> None:
        """The cued item was the last and is removed: the one on air ends and holds."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run_for(1)
        it.edit(Remove(("b",)))
        it.run_for(6)
        self.assertEqual(aired(it), [("a", 0, 100)])
        self.assertEqual((on_screen(it), frame_on_screen(it)), ("a", 99))

    def test_next_changed(self) -> None:
        """The cued item gets another file: that one comes."""
        b = clip("b", 50)
        it = stage(clip("a", 100), b, clip("z", 50))
        auto(it)
        it.run_for(1)
        it.edit(Change(evolve(b, file="z.mp4")))
        it.run_for(5)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("z", 0, 50)])
        self.assertIn(("start", "b", 0, "schedule"), written(it))

    def test_next_trimmed(self) -> None:
        """The cued item gets another out point, shorter and longer: that one is on air."""
        b = clip("b", 50)
        longer = stage(clip("b", 500), connected=False).library
        for frames in (30, 80):
            it = stage(clip("a", 100), b, clip("c", 50), files=[*longer])
            auto(it)
            it.run_for(1)
            it.edit(Change(evolve(b, duration=frames)))
            it.run_for(9)
            self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, frames), ("c", 0, 50)])

    def test_next_gets_another_in_point(self) -> None:
        """The cued item gets another in point: it starts there."""
        b = clip("b", 50)
        longer = stage(clip("b", 500), connected=False).library
        it = stage(clip("a", 100), b, clip("c", 50), files=[*longer])
        auto(it)
        it.run_for(1)
        it.edit(Change(evolve(b, in_point=33)))
        it.run_for(7)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 33, 50), ("c", 0, 50)])

    def test_inserted_before_the_next(self) -> None:
        """An item is put in before the cued one: it comes first."""
        it = stage(clip("a", 100), clip("b", 50))
        it.library.put(evolve(next(iter(it.library)), name="z.mp4", frames=50))
        auto(it)
        it.run_for(1)
        it.edit(Add((clip("z", 50),), 1))
        it.run_for(8)
        self.assertEqual(aired(it), [("a", 0, 100), ("z", 0, 50), ("b", 0, 50)])

    def test_next_moved(self) -> None:
        """The order of what is to come is changed."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50), clip("d", 50))
        auto(it)
        it.run_for(1)
        it.edit(Move(1, 3))
        it.run_for(12)
        self.assertEqual([each[0] for each in aired(it)], ["a", "c", "d", "b"])

    def test_cleared(self) -> None:
        """The list is cleared: what is on air goes on to its end and holds, nothing follows."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run_for(1)
        it.edit(Clear())
        it.run_for(10)
        self.assertEqual(aired(it), [("a", 0, 100)])
        self.assertEqual(frame_on_screen(it), 99)

    def test_replaced(self) -> None:
        """The list is replaced: what is on air goes on to its end, then the new list starts."""
        it = stage(clip("a", 100), clip("b", 50))
        for name in "yz":
            it.library.put(evolve(next(iter(it.library)), name=f"{name}.mp4", frames=50))
        auto(it)
        it.run_for(1)
        it.edit(Replace((clip("y", 50), clip("z", 50))))
        it.run_for(8)
        self.assertEqual(aired(it), [("a", 0, 100), ("y", 0, 50), ("z", 0, 50)])

    def test_replaced_with_the_item_on_air_in_it(self) -> None:
        """The new list has the item that is on air: what follows it there comes next."""
        a, b = clip("a", 100), clip("b", 50)
        it = stage(a, b)
        auto(it)
        it.run_for(1)
        it.edit(Replace((b, a, evolve(b, id="b2"))))
        it.run_for(6)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50)])
        self.assertIn(("start", "b2", 0, "schedule"), written(it))

    def test_too_late(self) -> None:
        """
        An edit of the next item within the last frames before the junction: either the old next
        item comes whole or the new one; nothing is black, held or shown for a frame only.
        """
        for ms in range(3500, 4100, 75):
            it = stage(clip("a", 100), clip("b", 50), clip("c", 50), clip("d", 50))
            auto(it)
            it.run_for(ms / 1000)
            it.edit(Remove(("b",)))
            it.run_for(7)
            names = [each[0] for each in aired(it)]
            self.assertIn(names, (["a", "b", "c", "d"], ["a", "c", "d"]), ms)
            self.assertEqual([e for e in seen(it)[: len(names)] if len(e) == 4], [], ms)
            starts = [line[1] for line in written(it) if line and line[0] == "start"]
            self.assertEqual(starts, names, ms)

    def test_wish_removed(self) -> None:
        """An item that an operator wants is removed before it could be shown: it is not shown."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        play(it, "a")
        it.run_for(1)
        play(it, "c")
        it.edit(Remove(("c",)))
        it.run_for(2)
        self.assertEqual(on_screen(it), "a")

    def test_while_stopped(self) -> None:
        """Edits while nothing is on air change what starts."""
        it = stage(clip("a", 50), clip("b", 50))
        it.edit(Move(1, 0))
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_many_edits(self) -> None:
        """A hundred edits in a row while an item is on air leave the junction exact."""
        items = [clip(name, 100) for name in "abcd"]
        it = stage(*items)
        auto(it)
        for n in range(100):
            it.run_for(0.03)
            it.edit(Move(2 + n % 2, 3 - n % 2))
        it.run_for(6)
        self.assertEqual(aired(it)[0], ("a", 0, 100))
        self.assertEqual(aired(it)[1], ("b", 0, 100))

    def test_without_changes(self) -> None:
        """An edit that changes nothing sends nothing."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run_for(1)
        before = len(it.sent)
        playlist, changes = apply(it.state.playlist, Move(1, 1))
        it.happen(Edited(playlist, changes))
        it.run_for(1)
        self.assertEqual(len(it.sent), before)


class ReportedTests(SynchronousTestCase):
    """What an operator is told beside what is seen."""

    def test_impossible_hard_start(self) -> None:
        """The schedule says what a hard start would need and how much there is (case 15)."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        playlist, _ = apply(it.state.playlist, SetHardStart("b", clock_time(1)))
        problems = whole_schedule(evolve(it.state, playlist=playlist), it.now).problems
        self.assertEqual([problem.item_name for problem in problems], ["B"])
        self.assertGreater(problems[0].trim_needed, problems[0].max_trim)
        self.assertTrue(problems[0].blocks)

    def test_next_with_a_hard_start(self) -> None:
        """What comes next is told with its hard start, and when it starts (case 16)."""
        it = stage(clip("a", 250), clip("b", 50, hard=8.0))
        auto(it)
        it.run_for(2)
        upcoming = report(it.state, it.now).upcoming
        assert upcoming is not None and upcoming.start_at is not None
        self.assertEqual(upcoming.item.hard_start, clock_time(8.0))
        self.assertAlmostEqual(upcoming.start_at, EPOCH + 8.0, 1)

    def test_silent_telemetry_is_told_once(self) -> None:
        """OSC that stops is told once, and once that it is back; INFO is asked rarely."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.osc = False
        it.run_for(20)
        self.assertEqual(len(told(it, "warning")), 1)
        looks = sent(it, InfoChannel)
        self.assertLessEqual(len(looks), 5)
        it.osc = True
        it.run_for(3)
        self.assertEqual(told(it, "success"), ["CasparCG's telemetry is back"])
        self.assertEqual(sent(it, InfoChannel), looks)


class IdleTests(SynchronousTestCase):
    """What a channel costs when nothing happens."""

    def test_clocks_that_differ_by_less_than_a_millisecond(self) -> None:
        """Two clocks never read the same twice; for that alone the state is not made anew."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(2)
        state, effects = step(it.state, Ticked(), it.now)
        for wobble in (0.0004, -0.0004, 0.0009, -0.0009):
            now = Now(it.now.wall + wobble, it.now.mono)
            after, more = step(state, Ticked(), now)
            self.assertIs(after, state)
            self.assertEqual((*effects, *more), ())

    def test_clocks_that_drift(self) -> None:
        """Small differences add up to what is noted down, and are no jump."""
        it = stage(clip("a", 1000))
        auto(it)
        state = it.state
        for n in range(1, 2001):
            state, effects = step(state, Ticked(), Now(it.now.wall + n * 0.0005, it.now.mono))
            self.assertFalse([each for each in effects if isinstance(each, Notify)])
            assert state.skew is not None
            self.assertLessEqual(abs(state.skew - (EPOCH + n * 0.0005)), 0.0011)


class StallTests(SynchronousTestCase):
    """
    A server, or a daemon, that stood still for a moment: what was told to go on air has failed only
    when CasparCG said since that it does not show it.
    """

    def setUp(self) -> None:
        item = clip("a")
        setup = Setup(RATE, ZONE, 1, 10)
        cue = Cue(1, item_part(setup, item), False, -1.0, Stage.READY)
        self.state = State(
            setup,
            Playlist(RATE, (item,)),
            linked=True,
            known=True,
            heard=0.0,
            saw=0.0,
            stopped=False,
            rising=Rising(cue, 0.0, 3.0),
            asked={1: Asked(About.TAKE, 1)},
            last_token=1,
            last_serial=1,
        )
        self.notices: list[str] = []

    def at(self, mono: float, event: Event) -> None:
        self.state, effects = step(self.state, event, Now(EPOCH + mono, mono))
        self.notices += [each.notice.message for each in effects if isinstance(each, Notify)]

    def empty(self, mono: float) -> None:
        """Telemetry shows nothing on the layer."""
        self.at(mono, Shown(ChannelStatus(1, round(mono * 25) + 100, RATE)))

    def test_server_stood_still(self) -> None:
        """It says what it shows from before the take, answers late, and is silent a while."""
        for n in range(1, 10):
            self.empty(n / 10)
        self.at(0.95, Answered(1, 202))
        self.at(1.5, Ticked())
        self.assertEqual(self.notices, [])
        self.assertIsNotNone(self.state.rising)

    def test_daemon_stood_still(self) -> None:
        """Its deadline passes while what was said since waits to be read."""
        self.at(0.05, Answered(1, 202))
        self.empty(0.3)
        self.at(0.9, Ticked())
        self.assertEqual(self.notices, [])
        self.assertIsNotNone(self.state.rising)

    def test_it_does_not_show(self) -> None:
        """It says so after it answered: that is a failure, at its time."""
        self.at(0.05, Answered(1, 202))
        for n in range(1, 60):
            self.empty(n / 100 + 0.05)
        self.assertEqual(len(self.notices), 1)
        self.assertIn("did not go on air", self.notices[0])
