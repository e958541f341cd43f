"""
What a channel tells of itself: to operators, and to the daemon that comes after this one.
"""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import LoadBackground
from rtgplayout.emulator.media import Media
from rtgplayout.playout.report import (
    Memory,
    anchor_of,
    memory,
    report,
    revive,
    steady,
    whole_schedule,
)
from rtgplayout.playout.state import Setup
from rtgplayout.playout.status import CueState, Document, Mode, OnAir, Showing, Status, Upcoming
from rtgplayout.rundown.playlist import Add, Clear, Move, Playlist, Remove
from rtgplayout.rundown.schedule import Anchor

from .scene import (
    EPOCH,
    RATE,
    ZONE,
    Scene,
    assisted,
    auto,
    clip,
    live,
    play,
    stage,
    stop,
    take,
)


def status(it: Scene) -> Status:
    """What operators are told now."""
    return report(it.state, it.now)


def on_air(it: Scene) -> OnAir:
    """The item that is told to be on air."""
    told = status(it).on_air
    assert told is not None
    return told


def upcoming(it: Scene) -> Upcoming:
    """The item that is told to come next."""
    told = status(it).upcoming
    assert told is not None
    return told


class ReportTests(SynchronousTestCase):
    """What operators are told."""

    def test_nothing(self) -> None:
        """Before anything was started: nothing on air, the first item next, when it is taken."""
        it = stage(clip("a"), clip("b"))
        told = status(it)
        self.assertEqual((told.channel, told.mode, told.showing), (1, Mode.MANUAL, Showing.NOTHING))
        self.assertIsNone(told.on_air)
        self.assertEqual(upcoming(it), Upcoming(it.state.playlist.items[0], 0, None, 100))
        self.assertEqual(told.cue, CueState.READY)
        self.assertTrue(told.connected and told.telemetry)

    def test_empty(self) -> None:
        """An empty list has nothing on air and nothing next."""
        it = stage()
        told = status(it)
        self.assertEqual((told.on_air, told.upcoming, told.cue), (None, None, CueState.NONE))
        self.assertEqual(whole_schedule(it.state, it.now).entries, ())

    def test_starting(self) -> None:
        """Between a take and the first moving picture it is starting, not playing."""
        it = stage(clip("a"), clip("b"))
        take(it)
        it.run_for(0.02)
        self.assertEqual(status(it).showing, Showing.STARTING)
        self.assertEqual(upcoming(it).item.id, "a")
        it.run_for(1)
        self.assertEqual(status(it).showing, Showing.PLAYING)

    def test_playing(self) -> None:
        """On air: the item, where it stands, since when and for how long; and what is next."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run_for(2)
        told = on_air(it)
        self.assertEqual((told.item.id, told.index, told.duration), ("a", 0, 100))
        self.assertTrue(told.confirmed)
        self.assertLessEqual(abs(told.started_at - (EPOCH + 0.52)), 0.01)
        following = upcoming(it)
        self.assertEqual((following.item.id, following.index, following.duration), ("b", 1, 50))
        assert following.start_at is not None
        self.assertLessEqual(abs(following.start_at - (EPOCH + 4.52)), 0.01)
        self.assertEqual(status(it).cue, CueState.ARMED)

    def test_cueing(self) -> None:
        """While the next item is being loaded, that is told."""
        it = stage(clip("a", 100), clip("b", 50))
        it.fault = lambda command: "lost" if isinstance(command, LoadBackground) else None
        play(it, "a")
        it.run_for(1)
        self.assertEqual(status(it).cue, CueState.LOADING)

    def test_manual(self) -> None:
        """In manual mode the next item has no time; an item that ended is held."""
        it = stage(clip("a", 50), clip("b", 50))
        play(it, "a")
        it.run_for(1)
        self.assertIsNone(upcoming(it).start_at)
        it.run_for(3)
        self.assertEqual(status(it).showing, Showing.HELD)
        self.assertEqual(upcoming(it).item.id, "b")

    def test_trimmed(self) -> None:
        """A hard start shows in the duration of what is on air, in what is next, as backtime."""
        it = stage(clip("a", 500), clip("b", 50, hard=10.5))
        auto(it)
        it.run(5.5)
        self.assertLessEqual(abs(on_air(it).duration - 250), 1)
        start = upcoming(it).start_at
        assert start is not None
        self.assertLessEqual(abs(start - (EPOCH + 10.5)), 0.04)
        self.assertEqual(status(it).backtime, 125)

    def test_no_backtime(self) -> None:
        """Without a hard start to come there is no backtime."""
        it = stage(clip("a", 500), clip("b", 50))
        self.assertIsNone(status(it).backtime)
        auto(it)
        it.run_for(1)
        self.assertIsNone(status(it).backtime)

    def test_put_back_in_the_middle(self) -> None:
        """An item that was put back in its middle is told as since its in point, and whole."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(5)
        it.crash()
        it.run_for(2)
        it.revive()
        it.connect()
        it.dense(1000)
        it.run_for(2)
        self.assertLessEqual(abs(on_air(it).started_at - (EPOCH + 0.52)), 0.5)
        self.assertEqual(on_air(it).duration, 1000)

    def test_slate(self) -> None:
        """The slate is told as the slate; no item is on air then."""
        it = stage(clip("a", 50), clip("z", 50), slate="#FF0000FF")
        it.edit(Remove(("z",)))
        auto(it)
        it.run_for(5)
        told = status(it)
        self.assertEqual((told.showing, told.on_air, told.upcoming), (Showing.SLATE, None, None))

    def test_behind_filler_to_come(self) -> None:
        """While an item runs, what comes behind the filler that is to follow is told as next."""
        it = stage(clip("a", 100), clip("b", 50, hard=12.0), filler="filler.mp4")
        auto(it)
        it.run_for(2)
        following = upcoming(it)
        self.assertEqual(following.item.id, "b")
        assert following.start_at is not None
        self.assertLessEqual(abs(following.start_at - (EPOCH + 12)), 0.04)

    def test_next_removed_at_the_last_moment(self) -> None:
        """A next item that is rising and not in the list any more is not told as next."""
        it = stage(clip("a", 50), clip("b", 50))
        take(it)
        it.edit(Clear())
        self.assertIsNone(status(it).upcoming)

    def test_silent_telemetry(self) -> None:
        """Telemetry that is not heard is told."""
        it = stage(clip("a", 500))
        auto(it)
        it.run_for(2)
        it.osc = False
        it.run_for(2)
        self.assertFalse(status(it).telemetry)
        self.assertEqual(status(it).showing, Showing.PLAYING)


class MemoryTests(SynchronousTestCase):
    """What outlives the daemon."""

    def test_nothing(self) -> None:
        """A channel that never started remembers its mode and what is next."""
        it = stage(clip("a"), clip("b"))
        self.assertEqual(memory(it.state, it.now), Memory(Mode.MANUAL, None, None, "a"))

    def test_on_air(self) -> None:
        """The item on air, since when its in point, and what is next; steady while it runs."""
        it = stage(clip("a", 250), clip("b"))
        auto(it)
        it.run_for(2)
        known = memory(it.state, it.now)
        self.assertEqual((known.mode, known.on_air_id, known.next_id), (Mode.AUTO, "a", "b"))
        assert known.started_at is not None
        self.assertLessEqual(abs(known.started_at - (EPOCH + 0.52)), 0.1)
        it.run_for(5)
        self.assertEqual(memory(it.state, it.now), known)

    def test_ended(self) -> None:
        """An item that ended and is held is remembered as that."""
        it = stage(clip("a", 50), clip("b"))
        play(it, "a")
        it.run_for(4)
        known = memory(it.state, it.now)
        self.assertEqual((known.on_air_id, known.ended), ("a", True))

    def test_end_of_the_list(self) -> None:
        """At the end of the list nothing is next."""
        it = stage(clip("a", 250))
        auto(it)
        it.run_for(2)
        self.assertIsNone(memory(it.state, it.now).next_id)

    def test_stopped(self) -> None:
        """A stopped channel remembers the stopped item as next, and takes it up there."""
        it = stage(clip("a", 50), clip("b", 250), clip("c"))
        auto(it)
        it.run_for(4)
        stop(it)
        it.run_for(1)
        known = memory(it.state, it.now)
        self.assertEqual(known, Memory(Mode.MANUAL, None, None, "b"))
        state = revive(it.state.setup, it.state.playlist, known)
        self.assertEqual(state.cursor, 1)
        self.assertTrue(state.stopped)

    def test_revive(self) -> None:
        """A remembered mode and place are taken up; what is not in the list any more is not."""
        playlist = Playlist(RATE, (clip("a"), clip("b"), clip("c")))
        setup = Setup(RATE, ZONE)
        cases = (
            (Memory(), 0, True),
            (Memory(Mode.AUTO), 0, False),
            (Memory(Mode.AUTO, "a", EPOCH, "b"), 1, False),
            (Memory(Mode.MANUAL, "a", EPOCH, "b"), 1, False),
            (Memory(Mode.MANUAL, "b", EPOCH, None), 2, False),
            (Memory(Mode.MANUAL, "b", EPOCH, "gone"), 2, False),
            (Memory(Mode.AUTO, "gone", EPOCH, "c"), 2, False),
            (Memory(Mode.AUTO, "gone", EPOCH, "gone"), 0, False),
            (Memory(Mode.AUTO, "a", None, None), 0, False),
        )
        for remembered, cursor, stopped in cases:
            with self.subTest(remembered=remembered):
                state = revive(setup, playlist, remembered)
                self.assertEqual((state.cursor, state.stopped), (cursor, stopped))
                self.assertIs(state.mode, remembered.mode)


class ScheduleTests(SynchronousTestCase):
    """The schedule of the whole list hangs on what is on air."""

    def starts(self, it: Scene) -> list[float]:
        """When each item starts, on the stage's clock."""
        plan = whole_schedule(it.state, it.now)
        return [round(plan.instant(entry.start) - EPOCH, 1) for entry in plan.entries]

    def test_before_the_start(self) -> None:
        """With nothing on air it hangs on now, or on when the list is to start."""
        it = stage(clip("a", 100), clip("b", 50))
        it.run(3)
        self.assertEqual(self.starts(it), [3.0, 7.0])
        it = stage(clip("a", 100), clip("b", 50), base_start=60)
        self.assertEqual(self.starts(it), [60.0, 64.0])
        it = stage(clip("a", 100, hard=90), clip("b", 50))
        self.assertEqual(self.starts(it), [90.0, 94.0])

    def test_on_air(self) -> None:
        """It hangs on the first frame of what is on air, and edits do not move that."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(3)
        self.assertEqual(self.starts(it), [0.5, 4.5, 6.5])
        it.edit(Move(2, 1))
        self.assertEqual(self.starts(it), [0.5, 4.5, 6.5])

    def test_on_air_removed(self) -> None:
        """When what is on air was removed, the next item starts at its end."""
        it = stage(clip("a", 250), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(3)
        it.edit(Remove(("a",)))
        self.assertEqual(self.starts(it), [10.5, 12.5])

    def test_live_on_air_removed(self) -> None:
        """Also when that has no end of its own."""
        it = stage(live("l", 250), clip("b", 50))
        auto(it)
        it.run_for(3)
        it.edit(Remove(("l",)))
        (start,) = self.starts(it)
        self.assertLessEqual(abs(start - 10.5), 0.1)

    def test_removed_in_manual(self) -> None:
        """In manual mode what follows a removed item starts now at the earliest."""
        it = stage(clip("a", 250), clip("b", 50))
        play(it, "a")
        it.run(3)
        it.edit(Remove(("a",)))
        self.assertEqual(self.starts(it), [3.0])

    def test_after_the_end(self) -> None:
        """When the list is over, it tells when things were."""
        it = stage(clip("a", 50), clip("b", 50))
        auto(it)
        it.run_for(10)
        self.assertEqual(self.starts(it), [0.5, 2.5])

    def test_waiting_in_assisted(self) -> None:
        """An item that was marked and removed has nothing to hang on but now."""
        it = stage(evolve(clip("a", 50), stop_after=True), clip("b", 50))
        assisted(it)
        take(it)
        it.run(6)
        it.edit(Remove(("a",)))
        self.assertEqual(self.starts(it), [6.0])

    def test_added_behind_the_end(self) -> None:
        """What is added behind a list that is over hangs on its last item."""
        it = stage(clip("a", 50), files=[Media("z.mp4", 50)])
        it.edit(Add((clip("z", 50),)))
        self.assertEqual(len(self.starts(it)), 2)

    def test_steady(self) -> None:
        """An anchor less than a frame from where its item was planned is the planned one."""
        it = stage(clip("a", 50), clip("b", 50))
        auto(it)
        it.run_for(1)
        playlist = it.state.playlist
        before = Document(1, 1, playlist, whole_schedule(it.state, it.now))
        anchor = anchor_of(it.state, it.now)
        planned = before.schedule.instant(before.schedule.entries[1].start)
        near, far = Anchor(1, planned + 0.01), Anchor(1, planned + 0.1)
        self.assertEqual(steady(near, playlist, before), Anchor(1, planned))
        self.assertEqual(steady(far, playlist, before), far)
        self.assertLessEqual(abs(steady(anchor, playlist, before).at - anchor.at), 0.04)
        beyond = Anchor(2, planned)
        self.assertEqual(steady(beyond, playlist, before), beyond)
        other = evolve(playlist, items=(clip("z"), clip("y")))
        self.assertEqual(steady(near, other, before), near)
