"""
Hard starts, on the frame: what is on air before them gives way, and is given everything back when
they are taken away.
"""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import CallLength
from rtgplayout.emulator.media import Media
from rtgplayout.playout.asrun import PlayStart
from rtgplayout.playout.report import report
from rtgplayout.playout.status import Showing
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Add, Change, Remove, SetHardStart

from .scene import (
    EPOCH,
    Scene,
    aired,
    assisted,
    auto,
    clip,
    clock_time,
    first_seen,
    frame_on_screen,
    live,
    loads,
    on_screen,
    play,
    seen,
    sent,
    stage,
    still,
    stop,
    take,
    told,
    written,
)


class HardStartTests(SynchronousTestCase):
    """An item with a hard start is on air at its time, within a frame."""

    def assert_starts(self, it: Scene, name: str, at: float) -> None:
        """It was first seen within one frame of that time."""
        self.assertLessEqual(abs(first_seen(it, name) - at), it.period + 1e-6)

    def test_trims(self) -> None:
        """What is on air before it is cut on the frame, with nothing held or black."""
        it = stage(clip("a", 250), clip("b", 50, hard=6.0))
        auto(it)
        it.run_for(9)
        self.assert_starts(it, "b", 6.0)
        self.assertEqual([each[0] for each in seen(it)[:2]], ["a", "b"])
        self.assertIn(("start", "b", 0, "hard start"), written(it))

    def test_trims_the_item_before(self) -> None:
        """What is trimmed is the item before it, also when that is not on air yet."""
        it = stage(clip("a", 100), clip("b", 250), clip("c", 50, hard=10.0))
        auto(it)
        it.run_for(13)
        self.assert_starts(it, "c", 10.0)
        self.assertEqual(aired(it)[0], ("a", 0, 100))
        self.assertEqual([each[0] for each in seen(it)[:3]], ["a", "b", "c"])

    def test_drops_what_has_no_place(self) -> None:
        """Items that have no place before it at all are left out."""
        it = stage(clip("a", 100), clip("b", 100), clip("c", 100), clip("d", 50, hard=2.0))
        auto(it)
        it.run_for(9)
        self.assert_starts(it, "d", 2.0)
        self.assertNotIn("b", [each[0] for each in aired(it)])
        self.assertNotIn("c", [each[0] for each in aired(it)])

    def test_set_late(self) -> None:
        """A hard start that is set while the item before it runs cuts that one on the frame."""
        it = stage(clip("a", 500), clip("b", 50))
        auto(it)
        it.run(3)
        it.edit(SetHardStart("b", clock_time(7)))
        it.run(10)
        self.assert_starts(it, "b", 7.0)
        self.assertEqual([each[0] for each in seen(it)[:2]], ["a", "b"])

    def test_taken_away(self) -> None:
        """A hard start that is taken away gives everything back, frame by frame."""
        it = stage(clip("a", 500), clip("b", 50, hard=10.0), clip("c", 50))
        auto(it)
        it.run(5)
        it.edit(SetHardStart("b", None))
        it.run(26)
        self.assertEqual(aired(it), [("a", 0, 500), ("b", 0, 50), ("c", 0, 50)])

    def test_set_and_taken_away(self) -> None:
        """Likewise when it was set and taken away while the item runs, several times."""
        it = stage(clip("a", 500), clip("b", 50), clip("c", 50))
        auto(it)
        for n in range(5):
            it.run_for(1)
            it.edit(SetHardStart("b", clock_time(9 + n)))
            it.run_for(1)
            it.edit(SetHardStart("b", None))
        it.run(26)
        self.assertEqual(aired(it), [("a", 0, 500), ("b", 0, 50), ("c", 0, 50)])

    def test_taken_away_from_an_excerpt(self) -> None:
        """Likewise when the item on air is an excerpt of a longer file."""
        files = [Media("a.mp4", 2000)]
        it = stage(clip("a", 300, 50), clip("b", 50, hard=10.0), clip("c", 50), files=files)
        auto(it)
        it.run(5)
        it.edit(SetHardStart("b", None))
        it.run(26)
        self.assertEqual(aired(it), [("a", 50, 300), ("b", 0, 50), ("c", 0, 50)])

    def test_moved(self) -> None:
        """A hard start that is moved, earlier and later, is kept at its new time."""
        for at in (6.0, 12.0):
            it = stage(clip("a", 500), clip("b", 50, hard=9.0), clip("c", 50))
            auto(it)
            it.run(4)
            it.edit(SetHardStart("b", clock_time(at)))
            it.run(15)
            self.assert_starts(it, "b", at)
            self.assertEqual([each[0] for each in seen(it)[:2]], ["a", "b"])

    def test_three_seconds_ahead(self) -> None:
        """A hard start only three seconds ahead is kept."""
        it = stage(clip("a", 500), clip("b", 50))
        auto(it)
        it.run(5)
        it.edit(SetHardStart("b", clock_time(8)))
        it.run(10)
        self.assert_starts(it, "b", 8.0)

    def test_every_phase(self) -> None:
        """It is kept whatever the milliseconds of its time, wherever in a tick the clock is."""
        for ms in (0, 7, 20, 33):
            it = stage(clip("a", 250), clip("b", 50, hard=6 + ms / 1000))
            auto(it)
            it.run(7)
            self.assert_starts(it, "b", 6 + ms / 1000)

    def test_two_in_a_row(self) -> None:
        """Two hard starts one after the other are both kept."""
        it = stage(clip("a", 250), clip("b", 250, hard=6.0), clip("c", 50, hard=10.0))
        auto(it)
        it.run(12)
        self.assert_starts(it, "b", 6.0)
        self.assert_starts(it, "c", 10.0)

    def test_inserted(self) -> None:
        """An item put in before it makes way: the time is kept."""
        it = stage(clip("a", 100), clip("b", 50, hard=8.0), clip("z", 150))
        z = it.state.playlist.items[2]
        it.edit(Remove(("z",)))
        auto(it)
        it.run(2)
        it.edit(Add((z,), 1))
        it.run(10)
        self.assertEqual([each[0] for each in aired(it)], ["a", "z", "b"])
        self.assert_starts(it, "b", 8.0)

    def test_inserted_just_before(self) -> None:
        """
        An item put in before it while its time is waited for, too late to be shown for the
        shortest time, is left out; also when the channel is started that late.
        """
        it = stage(clip("a", 50), clip("b", 50, hard=8.0), clip("z", 150), minimum=125)
        z = it.state.playlist.items[2]
        it.edit(Remove(("z",)))
        auto(it)
        it.run(7.6)
        it.edit(Add((z,), 1))
        it.run(9.9)
        self.assertEqual([each[0] for each in aired(it)], ["a", "b"])
        self.assert_starts(it, "b", 8.0)
        it = stage(clip("z", 150), clip("b", 50, hard=3.0), minimum=125)
        auto(it)
        it.run(4)
        self.assertEqual([each[0] for each in seen(it)], ["b"])
        self.assert_starts(it, "b", 3.0)

    def test_inserted_just_before_with_a_filler(self) -> None:
        """Meanwhile the filler goes on."""
        items = (clip("a", 50), clip("b", 50, hard=8.0), clip("z", 150))
        it = stage(*items, minimum=125, filler="filler.mp4")
        z = it.state.playlist.items[2]
        it.edit(Remove(("z",)))
        auto(it)
        it.run(5)
        it.edit(Add((z,), 1))
        it.run(9.9)
        self.assertNotIn("z", [each[0] for each in aired(it)])
        self.assertEqual([each for each in seen(it) if each[-1] == "held"], [])
        self.assert_starts(it, "b", 8.0)

    def test_in_the_past(self) -> None:
        """One that cannot be kept any more starts as soon as possible after it."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run(5)
        it.edit(SetHardStart("b", clock_time(4)))
        it.run(7)
        self.assertEqual([each[0] for each in seen(it)[:2]], ["a", "b"])
        self.assertLess(first_seen(it, "b"), 6.0)

    def test_gap_held(self) -> None:
        """A gap before it is held, without a filler, and it starts on its frame."""
        it = stage(clip("a", 50), clip("b", 50, hard=5.0))
        auto(it)
        it.run(6)
        self.assertEqual([each[0] for each in seen(it)], ["a", "a", "b"])
        self.assert_starts(it, "b", 5.0)

    def test_gap_covered(self) -> None:
        """A gap is covered by the filler, gaplessly, and it starts on its frame."""
        it = stage(clip("a", 50), clip("b", 50, hard=8.0), filler="filler.mp4")
        auto(it)
        it.run(5)
        self.assertEqual(report(it.state, it.now).showing, Showing.FILLER)
        upcoming = report(it.state, it.now).upcoming
        assert upcoming is not None and upcoming.start_at is not None
        self.assertEqual(upcoming.item.id, "b")
        self.assertAlmostEqual(upcoming.start_at, EPOCH + 8, 1)
        it.run(9)
        self.assertEqual(seen(it)[0], ("a", 0, 50))
        self.assertEqual([each for each in seen(it) if each[-1] == "held"], [])
        self.assert_starts(it, "b", 8.0)

    def test_small_gap_is_held(self) -> None:
        """A gap of a second is held rather than covered."""
        it = stage(clip("a", 50), clip("b", 50, hard=3.5), filler="filler.mp4")
        auto(it)
        it.run(5)
        self.assertEqual([each[0] for each in seen(it)][:3], ["a", "a", "b"])
        self.assert_starts(it, "b", 3.5)

    def test_gap_covered_by_a_broken_filler(self) -> None:
        """A filler that is missing costs nothing: the slate covers, and the time is kept."""
        it = stage(
            clip("a", 50),
            clip("b", 50, hard=8.0),
            filler="filler.mp4",
            slate="#FF0000FF",
            missing=["filler.mp4"],
        )
        auto(it)
        it.run(5)
        self.assertEqual(on_screen(it), "#FF0000FF")
        it.run(9)
        self.assert_starts(it, "b", 8.0)

    def test_after_a_live_item(self) -> None:
        """A live item is cut by our clock, on the frame."""
        it = stage(live("l", 500), clip("b", 50, hard=6.0))
        auto(it)
        it.run(8)
        self.assert_starts(it, "b", 6.0)

    def test_after_a_still(self) -> None:
        """A still is cut on the frame, whether the hard start was known when it was cued or not."""
        it = stage(clip("a", 50), still("s", 500), clip("b", 50, hard=8.0))
        auto(it)
        it.run(9)
        self.assert_starts(it, "b", 8.0)
        it = stage(clip("a", 50), still("s", 500), clip("b", 50))
        auto(it)
        it.run(4)
        it.edit(SetHardStart("b", clock_time(8)))
        it.run(9)
        self.assert_starts(it, "b", 8.0)

    def test_of_a_still(self) -> None:
        """A still can have a hard start."""
        it = stage(clip("a", 250), still("s", 50, hard=6.0), clip("b", 50))
        auto(it)
        it.run(7)
        self.assert_starts(it, "s", 6.0)

    def test_of_a_live_item(self) -> None:
        """A live item can have a hard start."""
        it = stage(clip("a", 250), evolve(live("l", 50), hard_start=clock_time(6.0)))
        auto(it)
        it.run(7)
        self.assert_starts(it, "1", 6.0)

    def test_of_a_broken_item(self) -> None:
        """When the item with the hard start is missing, what was cut for it is given back."""
        it = stage(clip("a", 250), clip("x", 50, hard=6.0), clip("c", 50), missing=["x.mp4"])
        auto(it)
        it.run(14)
        self.assertEqual(aired(it), [("a", 0, 250), ("c", 0, 50)])

    def test_of_the_first_item(self) -> None:
        """The first item's hard start is waited for."""
        it = stage(clip("a", 50, hard=5.0), clip("b", 50))
        auto(it)
        it.run(4.9)
        self.assertEqual(seen(it), [])
        it.run(6)
        self.assert_starts(it, "a", 5.0)

    def test_of_the_first_item_with_a_slate(self) -> None:
        """Meanwhile the slate is on air."""
        it = stage(clip("a", 50, hard=6.0), clip("b", 50), slate="#FF0000FF")
        auto(it)
        it.run(4)
        self.assertEqual(on_screen(it), "#FF0000FF")
        it.run(7)
        self.assert_starts(it, "a", 6.0)

    def test_of_the_item_after_the_list_ended(self) -> None:
        """An item that is added behind the end with a hard start is waited for."""
        it = stage(clip("a", 50), clip("z", 50))
        z = it.state.playlist.items[1]
        it.edit(Remove(("z",)))
        auto(it)
        it.run(5)
        it.edit(Add((evolve(z, hard_start=clock_time(8)),)))
        it.run(9)
        self.assert_starts(it, "z", 8.0)

    def test_after_a_take(self) -> None:
        """A take does not lose the next hard start."""
        it = stage(clip("a", 250), clip("b", 250), clip("c", 50, hard=8.0))
        auto(it)
        it.run(3)
        take(it)
        it.run(9)
        self.assertEqual([each[0] for each in aired(it)], ["a", "b", "c"])
        self.assert_starts(it, "c", 8.0)

    def test_taken_early(self) -> None:
        """An item that was taken before its hard start is not played again at it."""
        it = stage(clip("a", 250), clip("b", 100, hard=8.0), clip("c", 250))
        auto(it)
        it.run(3)
        take(it)
        it.run(12)
        self.assertEqual([each[0] for each in aired(it)], ["a", "b", "c"])

    def test_ignored_in_manual(self) -> None:
        """In manual mode nothing is cut and nothing starts."""
        it = stage(clip("a", 250), clip("b", 50, hard=5.0))
        play(it, "a")
        it.run(14)
        self.assertEqual(aired(it), [("a", 0, 250)])

    def test_going_manual(self) -> None:
        """Going to manual mode gives back what a hard start would have cut."""
        from .scene import manual

        it = stage(clip("a", 250), clip("b", 50, hard=6.0))
        auto(it)
        it.run(3)
        manual(it)
        it.run(14)
        self.assertEqual(aired(it), [("a", 0, 250)])

    def test_in_assisted(self) -> None:
        """In assisted mode it is kept, also while the channel waits for the operator."""
        it = stage(clip("a", 50, stop_after=True), clip("b", 50, hard=6.0), clip("c", 50))
        assisted(it)
        take(it)
        it.run(7)
        self.assert_starts(it, "b", 6.0)

    def test_in_assisted_when_it_could_not_be_cued_in_time(self) -> None:
        """While it waits, an item that could not be cued before its time starts a little late."""
        it = stage(clip("a", 50, stop_after=True), clip("b", 50, hard=6.0), clip("c", 50))
        assisted(it)
        take(it)
        it.fault = lambda command: 503 if loads("b")(command) else None
        it.run(6.2)
        it.fault = lambda command: None
        it.run(8)
        self.assertLessEqual(abs(first_seen(it, "b") - 6.5), 0.5)

    def test_in_assisted_while_waiting_for_another(self) -> None:
        """While it waits for the operator to take another item, a hard start goes first."""
        it = stage(clip("a", 50, stop_after=True), clip("b", 50), clip("c", 50, hard=8.0))
        assisted(it)
        take(it)
        it.run(9)
        self.assertEqual([each[0] for each in aired(it)], ["a", "c"])
        self.assert_starts(it, "c", 8.0)

    def test_in_assisted_two_at_once(self) -> None:
        """Two hard starts close to each other while it waits: both are kept."""
        items = (clip("b", 150, hard=6.0), clip("c", 50, hard=8.0))
        it = stage(clip("a", 50, stop_after=True), *items)
        assisted(it)
        take(it)
        it.run(9)
        self.assert_starts(it, "b", 6.0)
        self.assert_starts(it, "c", 8.0)

    def test_in_assisted_while_a_marked_item_runs(self) -> None:
        """A marked item that is too long is cut by the hard start after it."""
        it = stage(clip("a", 250, stop_after=True), clip("b", 50, hard=6.0))
        assisted(it)
        take(it)
        it.run(7)
        self.assert_starts(it, "b", 6.0)

    def test_not_after_a_stop(self) -> None:
        """A stopped channel starts nothing, whatever the time."""
        it = stage(clip("a", 250), clip("b", 50, hard=6.0))
        auto(it)
        it.run(3)
        stop(it)
        it.run(9)
        self.assertEqual(on_screen(it), "black")

    def test_out_point_moved_before_it(self) -> None:
        """An item before it that gets shorter leaves a gap, not an early start."""
        b = clip("b", 250)
        it = stage(clip("a", 100), b, clip("c", 50, hard=9.0))
        auto(it)
        it.run(2)
        it.edit(Change(evolve(b, duration=50)))
        it.run(11)
        self.assertIn(("b", 0, 50), aired(it))
        self.assert_starts(it, "c", 9.0)


class ClockTests(SynchronousTestCase):
    """The wall clock steps and the server's clock drifts."""

    def test_wall_clock_steps(self) -> None:
        """A step of the wall clock is told, and the hard start follows the wall clock."""
        for by in (1.0, -1.0):
            it = stage(clip("a", 500), clip("b", 50, hard=10.0))
            auto(it)
            it.run(4)
            it.epoch += by
            it.run(13)
            self.assertLessEqual(abs(first_seen(it, "b") + by - 10.0), it.period, by)
            self.assertEqual(told(it), [f"the wall clock jumped by {by:+.3f} s"])
            self.assertIn(("system", "CLOCK_JUMPED"), written(it))
            self.assertEqual([each[0] for each in seen(it)[:2]], ["a", "b"])

    def test_step_at_a_junction(self) -> None:
        """A step at a junction without hard starts moves nothing."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run(4.4)
        it.epoch -= 3600
        it.run(8)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50)])

    def test_slow_step(self) -> None:
        """A wall clock that is slewed is no jump; the hard start is at its time all the same."""
        it = stage(clip("a", 500), clip("b", 50, hard=12.0))
        auto(it)
        for _ in range(100):
            it.epoch += 0.004
            it.run_for(0.1)
        it.run(14)
        self.assertEqual(told(it), [])
        self.assertLessEqual(abs(first_seen(it, "b") + 0.4 - 12.0), it.period)

    def test_clocks_that_wobble(self) -> None:
        """A time between two frames, and clocks that wobble, do not make the length flicker."""
        for ms in (18, 20, 22, 24):
            it = stage(clip("a", 1000), clip("b", 50, hard=20 + ms / 1000))
            auto(it)
            for n in range(38):
                it.epoch += 0.004 * (-1) ** n
                it.run_for(0.5)
            it.run(22)
            self.assertLessEqual(len(sent(it, CallLength)), 2, ms)

    def test_drift(self) -> None:
        """Over an hour, with the server 50 ppm fast, a hard start is within a frame; also slow."""
        for ppm, at in ((50, 3600.0), (-50, 1200.0)):
            items: tuple[Item, ...] = (clip("a", 100_000), clip("b", 50, hard=at))
            it = stage(*items, ppm=ppm, dense=False)
            auto(it)
            it.run(at + 2)
            self.assertLessEqual(abs(first_seen(it, "b") - at), it.period, ppm)
            self.assertEqual([each[0] for each in seen(it)[:2]], ["a", "b"])
            self.assertLess(len(sent(it, CallLength)), 10)
            self.assertLess(len(sent(it, object)), 40)


class LiveTests(SynchronousTestCase):
    """A live input has no end that the server knows."""

    def test_timed_by_our_clock(self) -> None:
        """It is on air exactly as long as it is to be, and what follows starts at once."""
        it = stage(clip("a", 50), live("l", 100), live("m", 75, 2), clip("c", 50))
        auto(it)
        it.run(12)
        lengths = [(each[0], each[2]) for each in aired(it)]
        self.assertEqual(lengths, [("a", 50), ("1", 100), ("2", 75), ("c", 50)])

    def test_same_input_twice(self) -> None:
        """Two live items of the same input are two items in the as-run, each with its end."""
        it = stage(live("l", 100), live("m", 75), clip("c", 50))
        auto(it)
        it.run(12)
        lines = [line for line in written(it) if line and line[0] in ("start", "end")]
        self.assertEqual(
            [line[:2] for line in lines][:4],
            [
                ("start", "l"),
                ("end", "l"),
                ("start", "m"),
                ("end", "m"),
            ],
        )

    def test_in_manual(self) -> None:
        """In manual mode it stays until the operator goes on."""
        it = stage(live("l", 50), clip("b", 50))
        play(it, "l")
        it.run(10)
        self.assertEqual(on_screen(it), "1")
        take(it)
        it.run(11)
        self.assertEqual(on_screen(it), "b")

    def test_last(self) -> None:
        """The last item of the list stays, since black would be worse."""
        it = stage(clip("a", 50), live("l", 50))
        auto(it)
        it.run(10)
        self.assertEqual(on_screen(it), "1")

    def test_last_with_a_slate(self) -> None:
        """With a slate, that follows the last item."""
        it = stage(clip("a", 50), live("l", 50), slate="#FF0000FF")
        auto(it)
        it.run(10)
        self.assertEqual(on_screen(it), "#FF0000FF")
        lengths = [(each[0], each[2]) for each in seen(it)[:2]]
        self.assertEqual(lengths, [("a", 50), ("1", 50)])

    def test_edited_on_air(self) -> None:
        """An edit of a live item on air does not move it; its planned end stays."""
        live_item = live("l", 200)
        it = stage(clip("a", 50), live_item, clip("c", 50))
        auto(it)
        it.run(5)
        it.edit(Change(evolve(live_item, name="Other")))
        it.run(13)
        self.assertEqual([(e[0], e[2]) for e in aired(it)], [("a", 50), ("1", 200), ("c", 50)])


class HoldTests(SynchronousTestCase):
    """What the viewer sees when nothing comes."""

    def test_held_still(self) -> None:
        """A still that is the last item stays."""
        it = stage(clip("a", 50), still("s", 50))
        auto(it)
        it.run(10)
        self.assertEqual(on_screen(it), "s")

    def test_held_in_assisted(self) -> None:
        """A still that is marked stays."""
        it = stage(evolve(still("s", 50), stop_after=True), clip("b", 50))
        assisted(it)
        take(it)
        it.run(10)
        self.assertEqual(on_screen(it), "s")
        self.assertEqual(frame_on_screen(it), 0)


class LastFramesTests(SynchronousTestCase):
    """What cannot be changed any more is planned as it is."""

    def test_trimmed_item_ends_as_planned(self) -> None:
        """Up to its last frame, what follows a trimmed item is planned at where it will be cut."""
        d = clip("d", 20)
        it = stage(clip("a", 200), clip("b", 20), d, clip("c", 50), minimum=150)
        auto(it)
        it.run_for(1)
        it.edit(SetHardStart("c", clock_time(10)))
        it.run(8.2)
        it.edit(Change(evolve(d, name="Other")))
        it.run(14)
        starts = [e.aired for _, e in it.entries if isinstance(e, PlayStart)][1:]
        self.assertEqual([start.item_id for start in starts], ["b", "d", "c"])
        for start in (starts[0], starts[2]):
            assert start.planned_at is not None
            self.assertAlmostEqual(start.at, start.planned_at, places=2)


class WrongOrderTests(SynchronousTestCase):
    """A hard start that stands behind a later one."""

    def test_nothing_is_cut_for_it(self) -> None:
        """Its time has gone by on purpose: it follows without waiting, and without hurry."""
        it = stage(clip("a", 100), clip("b", 50, hard=4), clip("c", 300), clip("d", 50, hard=3))
        auto(it)
        it.run_for(25)
        self.assertEqual(
            [(e[0], e[2]) for e in seen(it)[-4:-1]], [("b", 50), ("c", 300), ("d", 50)]
        )
