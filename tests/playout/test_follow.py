"""
What is on air, confirmed: followed through restarts of the daemon and of CasparCG, lost links,
silent telemetry, and other clients that meddle.
"""

from itertools import pairwise

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import (
    AskCueLength,
    Command,
    InfoChannel,
    LoadBackground,
    Play,
    SetCueLength,
)
from rtgplayout.amcp.status import ChannelStatus, Foreground, Layer
from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Media
from rtgplayout.playout.asrun import Confirmation, PlayStart
from rtgplayout.playout.events import LinkUp, Shown
from rtgplayout.playout.report import Memory, memory, report, revive
from rtgplayout.playout.status import Mode, Showing
from rtgplayout.rundown.playlist import Clear, Remove

from .scene import (
    Scene,
    aired,
    auto,
    clip,
    first_seen,
    frame_on_screen,
    live,
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


def another_daemon(it: Scene, seconds: float = 1.0, remembered: Memory | None = None) -> None:
    """The daemon ends and another one starts, that much later."""
    known = memory(it.state, it.now) if remembered is None else remembered
    it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
    it.run_for(seconds)
    it.connect()


def another_server(it: Scene, seconds: float = 1.0) -> None:
    """CasparCG ends, and another one is up that much later."""
    it.crash()
    it.run_for(seconds)
    it.revive()
    it.connect()
    it.dense(100_000)


def meddle(it: Scene, line: str) -> None:
    """Another client commands the server."""
    it.catch_up()
    execute(it.server, line.encode(), it.server.connect())
    it.dense(100_000)


def lines(it: Scene, *kinds: str) -> list[tuple[object, ...]]:
    """What the as-run has of starts and ends, in short."""
    return [line[:2] for line in written(it) if line and line[0] in (kinds or ("start", "end"))]


class DaemonRestartTests(SynchronousTestCase):
    """Another daemon takes over what is on air; the viewer notices nothing."""

    def test_undisturbed(self) -> None:
        """The item on air goes on, is reported as such, and its end and the next follow."""
        it = stage(clip("a", 250), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(3)
        another_daemon(it)
        on_air = report(it.state, it.now).on_air
        assert on_air is not None
        self.assertEqual(on_air.item.id, "a")
        self.assertLessEqual(abs(on_air.started_at - it.epoch - (0.52)), 0.1)
        self.assertEqual(it.state.mode, Mode.AUTO)
        it.run_for(12)
        self.assertEqual(aired(it), [("a", 0, 250), ("b", 0, 50), ("c", 0, 50)])
        self.assertEqual(
            lines(it),
            [
                ("start", "a"),
                ("end", "a"),
                ("start", "b"),
                ("end", "b"),
                ("start", "c"),
                ("end", "c"),
            ],
        )
        self.assertEqual(told(it), [])

    def test_excerpt(self) -> None:
        """Likewise with an excerpt of a file: its out point is kept."""
        it = stage(clip("a", 250, 40), clip("b", 50), files=[Media("a.mp4", 1000)])
        auto(it)
        it.run_for(3)
        another_daemon(it)
        it.run_for(12)
        self.assertEqual(aired(it), [("a", 40, 250), ("b", 0, 50)])
        self.assertIn(("end", "a", 250), written(it))

    def test_without_memory(self) -> None:
        """When nothing was remembered, the item is found by what CasparCG shows."""
        it = stage(clip("a", 50), clip("b", 250), clip("c", 50))
        auto(it)
        it.run_for(4)
        another_daemon(it, remembered=Memory(Mode.AUTO))
        on_air = report(it.state, it.now).on_air
        assert on_air is not None
        self.assertEqual(on_air.item.id, "b")
        it.run_for(13)
        self.assertEqual(aired(it), [("a", 0, 50), ("b", 0, 250), ("c", 0, 50)])

    def test_same_clip_twice(self) -> None:
        """Of two items with the same clip, the one that was on air is adopted (7.8)."""
        again = clip("c", 250, file="a.mp4")
        it = stage(clip("a", 250), clip("b", 50), again, clip("d", 50))
        play(it, "c")
        auto(it)
        it.run_for(3)
        another_daemon(it)
        it.run_for(10)
        self.assertEqual([line[1] for line in lines(it, "start")], ["c", "d"])

    def test_same_base_name(self) -> None:
        """Items with the same base name in different folders are not mixed up (7.8)."""
        x, y = clip("a", 250, file="x/a.mp4"), clip("b", 250, file="y/a.mp4")
        it = stage(x, y, clip("c", 50))
        play(it, "b")
        auto(it)
        it.run_for(3)
        another_daemon(it, remembered=Memory(Mode.AUTO))
        it.run_for(10)
        self.assertEqual([line[1] for line in lines(it, "start")][-1], "c")
        self.assertEqual(aired(it), [("y/a", 0, 250), ("c", 0, 50)])

    def test_in_manual(self) -> None:
        """In manual mode it stays manual, and nothing goes on by itself (7.7)."""
        it = stage(clip("a", 100), clip("b", 50))
        play(it, "a")
        it.run_for(2)
        another_daemon(it)
        it.run_for(10)
        self.assertEqual(aired(it), [("a", 0, 100)])
        self.assertEqual(frame_on_screen(it), 99)
        self.assertEqual(it.state.mode, Mode.MANUAL)
        self.assertIn(("end", "a", 100), written(it))
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_after_the_end_in_manual(self) -> None:
        """An item that ended and is held is adopted as ended, and its end is not written twice."""
        it = stage(clip("a", 50), clip("b", 50))
        play(it, "a")
        it.run_for(5)
        another_daemon(it)
        it.run_for(2)
        self.assertEqual(report(it.state, it.now).showing, Showing.HELD)
        self.assertEqual(lines(it), [("start", "a"), ("end", "a")])
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_junction_meanwhile(self) -> None:
        """What CasparCG cut to while no daemon ran is adopted, and what follows it comes."""
        it = stage(clip("a", 100), clip("b", 150), clip("c", 50))
        auto(it)
        it.run_for(3.5)
        another_daemon(it, 2)
        it.run_for(10)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 150), ("c", 0, 50)])
        self.assertEqual([line[1] for line in lines(it, "start")], ["a", "b", "c"])

    def test_ended_meanwhile(self) -> None:
        """When all that was cued is over, the daemon that comes goes on with what follows."""
        it = stage(clip("a", 50), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(1)
        another_daemon(it, 10)
        it.run_for(1)
        self.assertEqual(on_screen(it), "c")

    def test_hard_start_meanwhile(self) -> None:
        """A hard start shortly after the restart is kept."""
        it = stage(clip("a", 500), clip("b", 50, hard=8.0))
        auto(it)
        it.run_for(3)
        another_daemon(it)
        it.run(9)
        self.assertLessEqual(abs(first_seen(it, "b") - 8.0), it.period)

    def test_live(self) -> None:
        """A live item is adopted, and ends when it was to end."""
        it = stage(live("l", 250), clip("b", 50))
        auto(it)
        it.run_for(3)
        another_daemon(it)
        self.assertEqual(lines(it), [("start", "l")])
        it.run_for(10)
        self.assertEqual(on_screen(it), "b")
        self.assertLessEqual(abs(first_seen(it, "b") - first_seen(it, "1") - (10.0)), 0.2)

    def test_still(self) -> None:
        """A still is adopted, and ends when it was to end."""
        it = stage(clip("a", 50), still("s", 250), clip("b", 50))
        auto(it)
        it.run_for(5)
        another_daemon(it)
        it.run_for(10)
        self.assertEqual(on_screen(it), "b")
        self.assertLessEqual(abs(first_seen(it, "b") - first_seen(it, "s") - (10.0)), 0.2)

    def test_stopped(self) -> None:
        """A stopped channel stays stopped."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        stop(it)
        it.run_for(1)
        another_daemon(it)
        it.run_for(5)
        self.assertEqual(on_screen(it), "black")

    def test_item_removed_meanwhile(self) -> None:
        """What CasparCG shows and is not in the list is left alone until somebody acts."""
        it = stage(clip("a", 250), clip("b", 50))
        play(it, "a")
        it.run_for(2)
        it.edit(Remove(("a",)))
        another_daemon(it)
        it.run_for(2)
        self.assertEqual(on_screen(it), "a")
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_both_restarted(self) -> None:
        """With both restarted, the item is put back where it would be."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(5)
        known = memory(it.state, it.now)
        it.crash()
        it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
        it.run_for(5)
        it.revive()
        it.connect()
        it.dense(1000)
        it.run_for(1)
        self.assertEqual(on_screen(it), "a")
        self.assertLessEqual(abs(frame_on_screen(it) / 25 - (it.time - 0.52)), 0.5)
        self.assertLess(first_seen(it, "a") - 10.5, 1.0)

    def test_both_restarted_across_a_junction(self) -> None:
        """Likewise when another item's time has come, and when the mode stops there."""
        it = stage(clip("a", 200), clip("b", 1000), clip("c", 50))
        auto(it)
        it.run_for(5)
        known = memory(it.state, it.now)
        for mode, name in ((Mode.AUTO, "b"), (Mode.MANUAL, "a")):
            again = stage(*it.state.playlist.items, connected=False)
            again.epoch = it.epoch + it.time
            again.state = revive(again.state.setup, again.state.playlist, evolve(known, mode=mode))
            again.run_for(6)
            again.connect()
            again.run_for(1)
            self.assertEqual(on_screen(again), name)
        self.assertEqual(frame_on_screen(again), 199)

    def test_both_restarted_item_gone(self) -> None:
        """When what was on air is not in the list any more, the channel goes on from the next."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        known = memory(it.state, it.now)
        again = stage(it.state.playlist.items[1], connected=False)
        again.state = revive(again.state.setup, again.state.playlist, known)
        again.connect()
        again.run_for(1)
        self.assertEqual(on_screen(again), "b")


class ServerRestartTests(SynchronousTestCase):
    """CasparCG restarts, empty."""

    def test_put_back(self) -> None:
        """The item is back within a second of the port's opening, where it would have been."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(5)
        another_server(it, 3)
        opened = it.time
        it.run_for(2)
        self.assertLess(first_seen(it, "a") - opened, 1.0)
        self.assertLessEqual(abs(frame_on_screen(it) / 25 - (it.time - 0.52)), 0.5)
        it.run_for(34)
        self.assertEqual(on_screen(it), "b")
        self.assertEqual(
            lines(it, "start", "end", "again")[:5],
            [
                ("start", "a"),
                ("end", "a"),
                ("again", "a"),
                ("end", "a"),
                ("start", "b"),
            ],
        )

    def test_across_a_junction(self) -> None:
        """When the next item's time has come meanwhile, that one is put on air, at its offset."""
        it = stage(clip("a", 150), clip("b", 1000), clip("c", 50))
        auto(it)
        it.run_for(5)
        another_server(it, 5)
        opened = it.time
        it.run_for(1)
        self.assertLess(first_seen(it, "b") - opened, 1.0)
        self.assertLessEqual(abs(frame_on_screen(it) / 25 - (it.time - 6.52)), 0.5)

    def test_in_manual(self) -> None:
        """In manual mode the item is put back too; past its end its last frame is held."""
        for frames, down in ((1000, 2), (100, 6)):
            it = stage(clip("a", frames), clip("b", 50))
            play(it, "a")
            it.run_for(2)
            another_server(it, down)
            it.run_for(1)
            self.assertEqual(on_screen(it), "a")
            if frames == 100:
                it.run_for(2)
                self.assertEqual(frame_on_screen(it), 99)

    def test_held_in_manual(self) -> None:
        """An item that had ended before is put back as its last frame."""
        it = stage(clip("a", 50), clip("b", 50))
        play(it, "a")
        it.run_for(5)
        another_server(it)
        it.run_for(2)
        self.assertEqual((on_screen(it), frame_on_screen(it)), ("a", 49))
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_held_at_the_end_of_the_list(self) -> None:
        """Also in AUTO, when the list had come to its end."""
        it = stage(clip("a", 50), clip("b", 50))
        auto(it)
        it.run_for(7)
        another_server(it)
        it.run_for(2)
        self.assertEqual((on_screen(it), frame_on_screen(it)), ("b", 49))

    def test_live(self) -> None:
        """A live item is put back, and ends when it would have ended."""
        it = stage(live("l", 500), clip("b", 50))
        auto(it)
        it.run_for(5)
        another_server(it, 2)
        it.run_for(1)
        self.assertEqual(on_screen(it), "1")
        it.run(22)
        self.assertLessEqual(abs(first_seen(it, "b") - (20.52)), 0.5)

    def test_still(self) -> None:
        """A still is put back, and ends when it would have ended."""
        it = stage(still("s", 500), clip("b", 50))
        auto(it)
        it.run_for(5)
        another_server(it, 2)
        it.run_for(1)
        self.assertEqual(on_screen(it), "s")
        it.run(22)
        self.assertLessEqual(abs(first_seen(it, "b") - (20.52)), 0.5)

    def test_filler(self) -> None:
        """The filler is put back, and the hard start behind it is kept."""
        it = stage(clip("a", 50), clip("b", 50, hard=20.0), filler="filler.mp4")
        auto(it)
        it.run_for(5)
        self.assertEqual(on_screen(it), "filler")
        another_server(it, 2)
        it.run_for(1)
        self.assertEqual(on_screen(it), "filler")
        it.run(21)
        self.assertLessEqual(abs(first_seen(it, "b") - 20.0), it.period)

    def test_stopped(self) -> None:
        """A stopped channel stays stopped."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        stop(it)
        it.run_for(1)
        another_server(it)
        it.run_for(5)
        self.assertEqual(seen(it), [])

    def test_while_a_take_is_under_way(self) -> None:
        """A server that dies between a take and its picture gets what was taken."""
        for ms in (0, 5, 30, 60, 100):
            it = stage(clip("a", 1000), clip("b", 1000))
            play(it, "a")
            it.run_for(2)
            take(it)
            it.run_for(ms / 1000)
            another_server(it, 2)
            it.run_for(2)
            self.assertEqual(on_screen(it), "b", ms)

    def test_removed_meanwhile(self) -> None:
        """The item on air is removed from the list while the server is down: it is put back."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.crash()
        it.edit(Remove(("a",)))
        it.run_for(1)
        it.revive()
        it.connect()
        it.dense(1000)
        it.run_for(1)
        self.assertEqual(on_screen(it), "a")

    def test_cleared_meanwhile(self) -> None:
        """Likewise when the whole list is cleared."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.crash()
        it.edit(Clear())
        it.run_for(1)
        it.revive()
        it.connect()
        it.dense(1000)
        it.run_for(1)
        self.assertEqual(on_screen(it), "a")

    def test_twice(self) -> None:
        """Two restarts in a row end well."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(2)
        another_server(it)
        it.run_for(0.3)
        another_server(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "a")
        self.assertLessEqual(abs(frame_on_screen(it) / 25 - (it.time - 0.52)), 0.5)

    def test_many_times(self) -> None:
        """Restarts with minutes between them are not the item's fault: it is put back each time."""
        it = stage(clip("a", 20_000), clip("b", 50), dense=False)
        auto(it)
        for _ in range(5):
            it.run_for(100)
            it.crash()
            it.run_for(1)
            it.revive()
            it.connect()
            it.run_for(1)
            self.assertEqual(on_screen(it), "a")

    def test_item_that_kills_the_server(self) -> None:
        """An item with which the server dies again and again is given up; the next one comes."""
        it = stage(clip("a", 3000), clip("b", 3000))
        auto(it)
        for _ in range(4):
            it.run_for(2)
            another_server(it)
            it.run_for(1)
        self.assertEqual(on_screen(it), "b")
        self.assertIn(("error", "a", "it does not stay on air"), written(it))

    def test_unnoticed_by_the_link(self) -> None:
        """A tick counter that goes back is a restart, whatever the link says."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(2)
        status = it.state.foreground
        shown = ChannelStatus(1, 3, it.state.rate, "", {10: Layer(evolve(status))})
        it.happen(Shown(shown))
        self.assertIn(("system", "CASPAR_RESTARTED"), written(it))


class LinkTests(SynchronousTestCase):
    """The link is lost and comes back; CasparCG goes on meanwhile."""

    def test_auto_fires_meanwhile(self) -> None:
        """What was cued goes on by itself; on return nothing is replayed."""
        for osc in (True, False):
            it = stage(clip("a", 100), clip("b", 250), clip("c", 50))
            auto(it)
            it.run_for(3)
            it.osc = osc
            it.cut()
            it.run_for(4)
            plays = len(sent(it, Play))
            it.osc = True
            it.connect()
            it.run_for(12)
            self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 250), ("c", 0, 50)], osc)
            self.assertEqual(len(sent(it, Play)), plays)
            self.assertEqual([line[1] for line in lines(it, "start")], ["a", "b", "c"])
            self.assertEqual([line[1] for line in lines(it, "end")], ["a", "b", "c"])

    def test_told(self) -> None:
        """A lost link is told and written down, once."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.cut("no route to host")
        it.run_for(2)
        self.assertEqual(told(it, "error"), ["the link to CasparCG is lost: no route to host"])
        self.assertEqual(lines(it, "system"), [("system", "CASPAR_LOST")])

    def test_unknown_meanwhile(self) -> None:
        """Without link and telemetry, what is on air is reported as unknown, not as playing."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.osc = False
        it.cut()
        it.run_for(3)
        self.assertEqual(report(it.state, it.now).showing, Showing.UNKNOWN)

    def test_nothing_is_sent_meanwhile(self) -> None:
        """While the link is down nothing is sent, not even to follow an edit."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.cut()
        before = len(it.sent)
        it.edit(Remove(("b",)))
        it.run_for(3)
        self.assertEqual(len(it.sent), before)

    def test_take_that_was_done(self) -> None:
        """A take whose answer was lost with the link is not sent again when it was done."""
        it = stage(clip("a", 500), clip("b", 500))
        play(it, "a")
        it.run_for(2)
        it.fault = lambda command: "mute" if isinstance(command, Play) else None
        take(it)
        it.run_for(0.02)
        it.cut()
        it.run_for(1)
        it.connect()
        it.run_for(2)
        self.assertEqual([each[0] for each in aired(it)], ["a", "b"])
        self.assertEqual(len(sent(it, Play)), 2)

    def test_take_that_was_not_done(self) -> None:
        """A take that was lost with the link is decided again from what is on air."""
        for osc in (True, False):
            it = stage(clip("a", 500), clip("b", 500))
            play(it, "a")
            it.run_for(2)
            it.fault = lambda command: "lost" if isinstance(command, Play) else None
            take(it)
            it.run_for(0.02)
            it.osc = osc
            it.cut()
            it.run_for(1)
            it.osc = True
            it.fault = lambda command: None
            it.connect()
            it.run_for(4)
            self.assertIsNone(it.state.rising)
            self.assertEqual(on_screen(it), "b", osc)

    def test_cut_while_cueing(self) -> None:
        """A cue that was lost with the link is made again; the junction is exact."""
        for ms in (1, 4, 8, 12):
            it = stage(clip("a", 250), clip("b", 50, 10), files=[Media("b.mp4", 200)])
            auto(it)
            while not any(isinstance(command, LoadBackground) for _, command in it.sent[3:]):
                it.run_for(0.01)
            it.run_for(ms / 1000)
            it.cut()
            it.run_for(1)
            it.connect()
            it.run_for(12)
            self.assertEqual(aired(it), [("a", 0, 250), ("b", 10, 50)], ms)

    def test_edited_meanwhile(self) -> None:
        """The next item is removed while the link is down and the junction far: it does not air."""
        it = stage(clip("a", 250), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(2)
        it.cut()
        it.edit(Remove(("b",)))
        it.run_for(1)
        it.connect()
        it.run_for(10)
        self.assertEqual(aired(it), [("a", 0, 250), ("c", 0, 50)])

    def test_removed_item_aired_meanwhile(self) -> None:
        """
        When the removed item was cut to while nobody could be told, what the viewer sees is
        reported, and the list goes on behind it.
        """
        it = stage(clip("a", 100), clip("b", 100), clip("c", 50))
        auto(it)
        it.run_for(2)
        it.cut()
        it.edit(Remove(("b",)))
        it.run_for(3)
        it.connect()
        it.run_for(8)
        self.assertEqual([each[0] for each in aired(it)], ["a", "b", "c"])
        self.assertEqual([line[1] for line in lines(it, "start")], ["a", "b", "c"])

    def test_short_cuts(self) -> None:
        """Links that come and go every second do not disturb the air."""
        it = stage(clip("a", 100), clip("b", 100), clip("c", 100))
        auto(it)
        for _ in range(12):
            it.run_for(0.9)
            it.cut()
            it.run_for(0.1)
            it.connect()
        it.run_for(3)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 100), ("c", 0, 100)])

    def test_info_fails_on_connecting(self) -> None:
        """When nothing is known on connecting, nothing is sent but INFO until something is."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.osc = False
        it.cut()
        it.linked = True
        it._connection = it.server.connect()
        before = len(it.sent)
        it.happen(LinkUp(None))
        it.run_for(0.5)
        self.assertEqual(it.sent[before:], [])
        it.run_for(2)
        self.assertIsInstance(it.sent[before][1], InfoChannel)
        it.run_for(10)
        self.assertEqual(aired(it), [("a", 0, 250), ("b", 0, 50)])


class SilenceTests(SynchronousTestCase):
    """Telemetry is lost, or was never heard: a firewall."""

    def assert_looks_are_safe(self, it: Scene, least: float) -> None:
        """INFO was asked rarely, and never near a load (surprise 4)."""
        looks = sent(it, InfoChannel)
        for one, other in pairwise(looks):
            self.assertGreaterEqual(other - one, least)

    def test_gapless(self) -> None:
        """Without telemetry the junctions are exact all the same, and the as-run says how known."""
        items = [clip(name, 150, 5) for name in "abcde"]
        it = stage(*items, files=[Media(f"{name}.mp4", 400) for name in "abcde"], connected=False)
        it.osc = False
        it.connect()
        auto(it)
        it.run_for(40)
        self.assertEqual(aired(it), [(name, 5, 150) for name in "abcde"])
        starts = [entry for _, entry in it.entries if isinstance(entry, PlayStart)]
        self.assertEqual([start.aired.item_id for start in starts], list("abcde"))
        self.assertEqual({start.confirmation for start in starts}, {Confirmation.INFO})
        self.assertEqual(told(it, "error"), [])
        self.assert_looks_are_safe(it, 0.9)

    def test_rarely(self) -> None:
        """While nothing happens INFO is asked every five seconds at most."""
        it = stage(clip("a", 2500), clip("b", 50))
        auto(it)
        it.run_for(5)
        it.osc = False
        before = it.time
        it.run_for(60)
        looks = [at for at in sent(it, InfoChannel) if at > before]
        self.assertLessEqual(len(looks), 13)
        self.assert_looks_are_safe(it, 4.9)

    def test_not_near_a_load(self) -> None:
        """INFO is never asked within a second of a load (surprise 4: that can crash the server)."""
        items = [clip(name, 200, 5) for name in "abcdef"]
        it = stage(*items, files=[Media(f"{name}.mp4", 400) for name in "abcdef"])
        auto(it)
        it.run_for(3)
        it.osc = False
        it.run_for(50)
        loads = [at for at, command in it.sent if _loads(command)]
        for look in sent(it, InfoChannel):
            near = [at for at in loads if 0 <= look - at < 1.0 and at > 1]
            self.assertEqual(near, [], look)

    def test_not_after_an_edit(self) -> None:
        """An edit that makes a load puts INFO off by a second."""
        it = stage(clip("a", 1000), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(2)
        it.osc = False
        it.run_for(10)
        it.run(sent(it, InfoChannel)[-1] + 4.8)
        edited = it.time
        it.edit(Remove(("b",)))
        it.run_for(4)
        later = [at for at in sent(it, InfoChannel) if at > edited]
        self.assertGreaterEqual(later[0] - edited, 1.0)

    def test_no_load_while_it_is_answered(self) -> None:
        """No load is sent while INFO is not answered yet; it follows when that is over."""
        it = stage(clip("a", 1000), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(2)
        it.osc = False
        it.fault = lambda command: "mute" if isinstance(command, InfoChannel) else None
        while not sent(it, InfoChannel):
            it.run_for(0.1)
        before = len(sent(it, LoadBackground))
        it.edit(Remove(("b",)))
        it.run_for(1)
        self.assertEqual(len(sent(it, LoadBackground)), before)
        it.fault = lambda command: None
        it.run_for(40)
        self.assertEqual(aired(it), [("a", 0, 1000), ("c", 0, 50)])

    def test_breaks_in_the_middle(self) -> None:
        """Telemetry that stops in the middle of an item changes nothing that the viewer sees."""
        it = stage(*(clip(name, 100) for name in "abcdef"))
        auto(it)
        it.run_for(3)
        it.osc = False
        it.run_for(9)
        it.osc = True
        it.run_for(20)
        self.assertEqual(aired(it), [(name, 0, 100) for name in "abcdef"])
        self.assertEqual([line[1] for line in lines(it, "start")], list("abcdef"))

    def test_hard_start(self) -> None:
        """A hard start is kept also when telemetry has stopped meanwhile."""
        it = stage(clip("a", 500), clip("b", 50, hard=12.0))
        auto(it)
        it.run_for(3)
        it.osc = False
        it.run(14)
        self.assertLessEqual(abs(first_seen(it, "b") - 12.0), 2 * it.period)

    def test_take(self) -> None:
        """A take works, and is confirmed by INFO."""
        it = stage(clip("a", 500), clip("b", 500))
        play(it, "a")
        it.run_for(2)
        it.osc = False
        it.run_for(5)
        take(it)
        it.run_for(5)
        self.assertEqual(on_screen(it), "b")
        on_air = report(it.state, it.now).on_air
        assert on_air is not None
        self.assertEqual(on_air.item.id, "b")

    def test_frozen(self) -> None:
        """A clip that stands still is noticed without telemetry too, if later."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.osc = False
        it.server.freeze(1, 10)
        it.run_for(20)
        self.assertIn(("error", "a", "it stands still on air"), written(it))

    def test_lost_packets(self) -> None:
        """Two packets of three lost: nothing is different."""
        it = stage(*(clip(name, 50) for name in "abcdef"))
        auto(it)
        it.osc = False
        for n in range(400):
            it.osc = n % 3 == 0
            it.run_for(0.04)
        self.assertEqual(aired(it), [(name, 0, 50) for name in "abcdef"])
        self.assertEqual([line[1] for line in lines(it, "start")], list("abcdef"))
        self.assertEqual(told(it), [])


def _loads(command: Command) -> bool:
    return isinstance(command, LoadBackground | AskCueLength | SetCueLength)


class MeddlingTests(SynchronousTestCase):
    """Other clients of CasparCG use our layer."""

    def test_cleared(self) -> None:
        """A layer that somebody cleared is put back within half a second, at its offset."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(5)
        meddle(it, "CLEAR 1-10")
        it.run_for(1)
        self.assertEqual(on_screen(it), "a")
        black = [each for each in seen(it) if each[0] == "black"]
        self.assertLess(black[0][2], 13)
        self.assertLessEqual(abs(frame_on_screen(it) / 25 - (it.time - 0.52)), 0.2)
        self.assertEqual(told(it, "error"), ["A went off the air; it is put back"])

    def test_stopped(self) -> None:
        """Likewise one that somebody stopped."""
        it = stage(clip("a", 1000), clip("b", 50))
        auto(it)
        it.run_for(5)
        meddle(it, "STOP 1-10")
        it.run_for(1)
        self.assertEqual(on_screen(it), "a")

    def test_somebody_elses_clip(self) -> None:
        """Somebody else's clip on our layer is given a second, then ours is put back."""
        it = stage(clip("a", 1000), clip("b", 50), files=[Media("z.mp4", 1000)])
        auto(it)
        it.run_for(5)
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(2)
        self.assertEqual(on_screen(it), "a")
        foreign = [each for each in seen(it) if each[0] == "z"]
        self.assertLess(foreign[0][2], 40)

    def test_given_up(self) -> None:
        """What is taken off again and again is given up after three times, and said."""
        it = stage(clip("a", 3000), clip("b", 3000))
        auto(it)
        for _ in range(4):
            it.run_for(1)
            meddle(it, "CLEAR 1-10")
            it.run_for(1)
        self.assertIn(("error", "a", "it does not stay on air"), written(it))
        self.assertEqual(on_screen(it), "b")

    def test_cue_taken_away(self) -> None:
        """A cue that somebody took away is noticed at the junction; the next item comes."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(2)
        meddle(it, "LOADBG 1-10 EMPTY")
        it.run_for(5)
        self.assertIn("b", [each[0] for each in aired(it)])

    def test_taken_by_somebody(self) -> None:
        """A PLAY from somebody else takes our cue: it is on air, and followed as such."""
        it = stage(clip("a", 1000), clip("b", 100), clip("c", 50))
        auto(it)
        it.run_for(3)
        meddle(it, "PLAY 1-10")
        it.run_for(1)
        on_air = report(it.state, it.now).on_air
        assert on_air is not None
        self.assertEqual(on_air.item.id, "b")
        it.run_for(6)
        self.assertEqual([each[0] for each in aired(it)], ["a", "b", "c"])

    def test_paused(self) -> None:
        """A clip that somebody paused is not broken; when it goes on, so does the list."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(3)
        meddle(it, "PAUSE 1-10")
        it.run_for(5)
        self.assertEqual(told(it, "error"), [])
        meddle(it, "RESUME 1-10")
        it.run_for(10)
        self.assertEqual([each[0] for each in aired(it)], ["a", "a", "b"])
        self.assertEqual(told(it, "error"), [])

    def test_sought(self) -> None:
        """A clip that somebody sought in goes on from there; its end is the server's."""
        it = stage(clip("a", 500), clip("b", 50))
        auto(it)
        it.run_for(3)
        meddle(it, "CALL 1-10 SEEK 400")
        it.run_for(7)
        self.assertEqual([each[0] for each in aired(it)][-1], "b")


class RateTests(SynchronousTestCase):
    """A server that counts 50 ticks a second for a channel of 25 frames."""

    def test_translated(self) -> None:
        """Positions and lengths are told in the server's ticks, and items are whole."""
        files = [Media("a.mp4", 400), Media("b.mp4", 400), Media("c.mp4", 100)]
        it = stage(
            clip("a", 100, 25), clip("b", 50, 10), clip("c", 50), files=files, format="720p5000"
        )
        auto(it)
        it.run_for(11)
        self.assertEqual(aired(it), [("a", 50, 200), ("b", 20, 100), ("c", 0, 100)])
        self.assertIn(("end", "a", 100), written(it))

    def test_hard_start(self) -> None:
        """A hard start is on its tick."""
        it = stage(
            clip("a", 250), clip("b", 50, hard=6.0), files=[Media("a.mp4", 500)], format="720p5000"
        )
        auto(it)
        it.run(7)
        self.assertLessEqual(abs(first_seen(it, "b") - 6.0), 0.04)


class UnknownTests(SynchronousTestCase):
    """Things that CasparCG shows and that mean nothing to us."""

    def test_somebodys_clip_on_connecting(self) -> None:
        """A clip that is not in the list is left on air until the channel is started."""
        it = stage(clip("a", 50), files=[Media("z.mp4", 1000)], connected=False)
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(1)
        it.connect()
        it.run_for(5)
        self.assertEqual(on_screen(it), "z")
        self.assertIsNone(report(it.state, it.now).on_air)
        auto(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "a")

    def test_a_clip_of_ours_on_connecting(self) -> None:
        """One that is in the list is adopted, though nobody remembers it."""
        it = stage(clip("a", 50), clip("b", 500), connected=False)
        meddle(it, 'PLAY 1-10 "b.mp4"')
        it.run_for(1)
        it.connect()
        on_air = report(it.state, it.now).on_air
        assert on_air is not None
        self.assertEqual(on_air.item.id, "b")

    def test_other_layers(self) -> None:
        """What other layers show is no business of ours."""
        it = stage(clip("a", 100), clip("b", 50), files=[Media("z.mp4", 1000)])
        auto(it)
        it.run_for(1)
        meddle(it, 'PLAY 1-20 "z.mp4"')
        it.run_for(7)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50)])

    def test_images_by_their_path(self) -> None:
        """An image is shown without a name; it is known by its path, in any notation."""
        it = stage(still("s", 500), clip("b", 50))
        play(it, "s")
        it.run_for(1)
        for path in ("D:\\media\\s.png", "/media/S.PNG"):
            shown = Layer(Foreground("image", path=path))
            it.happen(Shown(ChannelStatus(1, None, None, "", {10: shown})))
            self.assertEqual(report(it.state, it.now).showing, Showing.PLAYING, path)
        self.assertEqual(told(it), [])
