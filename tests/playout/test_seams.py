"""
Every change of what is on air has its entry, whoever caused it: each airing is begun once and
closed once, with why.
"""

from typing import TypeVar

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Play, Stop
from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.clip import Clip as Played
from rtgplayout.emulator.media import Media
from rtgplayout.playout.asrun import (
    Aired,
    Confirmation,
    Ending,
    PlayEnd,
    PlayError,
    PlayStart,
    PlayStop,
)
from rtgplayout.playout.events import PlayAsked, TakeAsked
from rtgplayout.playout.report import Memory, memory, revive
from rtgplayout.playout.status import Mode
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Remove

from .scene import (
    EPOCH,
    Scene,
    aired,
    assisted,
    at_first,
    auto,
    clip,
    live,
    manual,
    on_screen,
    play,
    seen,
    spoil_cue,
    stage,
    still,
    stop,
    take,
    told,
)

E = TypeVar("E", PlayStart, PlayEnd, PlayStop)

FOREIGN = Media("z.mp4", 1000)


def meddle(it: Scene, line: str) -> None:
    """Another client commands the server."""
    it.catch_up()
    execute(it.server, line.encode(), it.server.connect())
    it.dense(100_000)


def away(it: Scene, seconds: float = 1.0, known: Memory | None = None) -> None:
    """The daemon ends, and another one is there that much later."""
    known = memory(it.state, it.now) if known is None else known
    it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
    it.run_for(seconds)
    it.connect()


def crashed(it: Scene, seconds: float = 1.0) -> None:
    """CasparCG ends, and another one is there that much later."""
    it.crash()
    it.run_for(seconds)
    it.revive()
    it.connect()
    it.dense(100_000)


def named(what: Aired) -> str:
    return what.item_id or what.cover or what.file


def story(it: Scene) -> list[tuple[object, ...]]:
    """The as-run's C{PLAY_} entries: kind, of what, how many frames, why; and who, if anybody."""
    found: list[tuple[object, ...]] = []
    for _, entry in it.entries:
        match entry:
            case PlayStart(_, what):
                kind = "again" if what.continued else "start"
                line: tuple[object, ...] = (kind, named(what), entry.cause.value, entry.by)
            case PlayEnd(_, what):
                line = ("end", named(what), entry.frames, entry.cause.value, entry.by)
            case PlayStop(_, what):
                kind = "stop" if entry.closes else "stop held"
                line = (kind, named(what), entry.frames, entry.by)
            case PlayError(_, what):
                kind = "broke" if entry.closes else "error"
                line = (kind, named(what), entry.frames)
            case _:
                continue
        found.append(line[:-1] if line[-1] == "" else line)
    return found


def entries(it: Scene, kind: type[E]) -> list[E]:
    """The entries of that kind."""
    return [entry for _, entry in it.entries if isinstance(entry, kind)]


class SeamTestCase(SynchronousTestCase):
    """A stage whose as-run is told as a story."""

    def started(self, *items: Item, seconds: float = 2.0, **more: object) -> Scene:
        """A channel in AUTO with those items, after that time."""
        it = stage(*items, files=[FOREIGN], **more)  # type: ignore[arg-type]
        auto(it)
        it.run_for(seconds)
        return it

    def assert_story(self, it: Scene, *lines: tuple[object, ...]) -> None:
        """That, and nothing else, was written; and what closes an airing says the same of it."""
        self.assertEqual(story(it), [*lines])
        open_: Aired | None = None
        for _, entry in it.entries:
            if isinstance(entry, PlayStart):
                again = open_ is not None and entry.aired.at == open_.at
                self.assertTrue(open_ is None or (again and entry.aired.continued), entry)
                open_ = entry.aired
            elif isinstance(entry, PlayEnd) or (
                isinstance(entry, PlayStop | PlayError) and entry.closes
            ):
                self.assertEqual(entry.aired, open_)
                open_ = None


class PlannedTests(SeamTestCase):
    """What the schedule does."""

    def test_junctions(self) -> None:
        """Each item starts and ends, by the schedule; also the last one, which is held."""
        it = self.started(clip("a", 50, 10), clip("b", 75), seconds=10)
        self.assert_story(
            it,
            ("start", "a", "schedule"),
            ("end", "a", 50, "end"),
            ("start", "b", "schedule"),
            ("end", "b", 75, "end"),
        )
        first = entries(it, PlayStart)[0].aired
        self.assertEqual((first.first_frame, first.planned, first.file), (10, 50, "a.mp4"))

    def test_cut_by_a_hard_start(self) -> None:
        """The item before is cut, and says so; what starts on its time was planned for it."""
        it = self.started(clip("a", 500), clip("b", 50, hard=8), seconds=12)
        start = entries(it, PlayStart)[1]
        self.assertEqual(
            [line[0] + line[-1] for line in map(lambda x: tuple(map(str, x)), story(it))],
            ["startschedule", "endhard start", "starthard start", "endend"],
        )
        self.assertEqual(start.aired.planned_at, EPOCH + 8)
        self.assertLessEqual(abs(start.aired.at - EPOCH - 8), 0.04)
        end = entries(it, PlayEnd)[0]
        self.assertEqual(end.at, start.aired.at)

    def test_ends_before_a_hard_start(self) -> None:
        """An item that came to its own end was not cut."""
        it = self.started(clip("a", 100), clip("b", 50, hard=5.2), seconds=9)
        self.assertIn(("end", "a", 100, "end"), story(it))
        self.assertIn(("start", "b", "hard start"), story(it))

    def test_live_cut_by_a_hard_start(self) -> None:
        """An input is cut by our own clock, for the same reason."""
        it = self.started(live("l", 500), clip("b", 50, hard=8), seconds=12)
        ends = [e for e in entries(it, PlayEnd) if e.aired.item_id == "l"]
        self.assertEqual([e.cause for e in ends], [Ending.HARD_START])

    def test_still_and_live_end(self) -> None:
        """What has no end of its own ends when it is to."""
        it = self.started(still("s", 75), live("l", 75), clip("c", 25), seconds=11)
        ends = [(e.aired.item_id, e.cause) for e in entries(it, PlayEnd)]
        self.assertEqual(ends, [("s", Ending.END), ("l", Ending.END), ("c", Ending.END)])

    def test_short_file(self) -> None:
        """A file that ends early came to its end; the frames say how much of it there was."""
        it = stage(clip("a", 100), clip("b", 50), files=[Media("a.mp4", 60)])
        auto(it)
        it.run_for(7)
        self.assertIn(("end", "a", 60, "end"), story(it))
        self.assertEqual(entries(it, PlayEnd)[0].aired.planned, 100)

    def test_filler_in_a_gap(self) -> None:
        """A gap is covered: the cover is an airing of no item, for as long as it took."""
        it = self.started(clip("a", 50), clip("b", 50, hard=10), filler="filler.mp4", seconds=13.5)
        lines = story(it)
        self.assertEqual(
            [line[:2] for line in lines][:5],
            [("start", "a"), ("end", "a"), ("start", "filler"), ("end", "filler"), ("start", "b")],
        )
        cover = entries(it, PlayStart)[1]
        self.assertEqual((cover.aired.item_id, cover.aired.file), ("", "filler.mp4"))
        self.assertIsNone(cover.aired.planned)
        shown = sum(run[2] for run in seen(it) if run[0] == "filler" and isinstance(run[2], int))
        self.assertLessEqual(abs(int(str(lines[3][2])) - min(shown, int(str(lines[3][2])))), 1)
        self.assertEqual(lines[3][3], "hard start")

    def test_slate_at_the_end(self) -> None:
        """After the last item the slate stands in, until somebody has something to show."""
        it = self.started(clip("a", 50), slate="#FF0000FF", seconds=5)
        self.assertEqual(
            story(it)[2:],
            [("start", "slate", "fallback")],
        )
        self.assertEqual(entries(it, PlayStart)[1].aired.file, "#FF0000FF")
        play(it, "a")
        it.run_for(1)
        self.assertEqual(story(it)[3][:2], ("end", "slate"))
        self.assertEqual(story(it)[3][3:], ("take", "me"))


class OperatorTests(SeamTestCase):
    """What operators do."""

    def test_take(self) -> None:
        """The next item instead of the one on air: its end says who, and why."""
        it = self.started(clip("a", 500), clip("b", 50))
        it.happen(TakeAsked("Anna"))
        it.run_for(1)
        shown = aired(it)[0][2]
        self.assert_story(
            it,
            ("start", "a", "schedule"),
            ("end", "a", shown, "take", "Anna"),
            ("start", "b", "operator", "Anna"),
        )
        self.assertIsNone(entries(it, PlayStart)[1].aired.planned_at)

    def test_play(self) -> None:
        """Likewise another item, and the same one once more."""
        it = self.started(clip("a", 500), clip("b", 50), clip("c", 250))
        it.happen(PlayAsked("c", "Anna"))
        it.run_for(2)
        it.happen(PlayAsked("c", "Ben"))
        it.run_for(2)
        self.assertEqual(
            [line[0:2] + line[3:] for line in story(it)][1:],
            [
                ("end", "a", "take", "Anna"),
                ("start", "c", "Anna"),
                ("end", "c", "take", "Ben"),
                ("start", "c", "Ben"),
            ],
        )

    def test_after_its_end(self) -> None:
        """What is held has its end already: what replaces it closes nothing."""
        it = stage(clip("a", 50), clip("b", 250))
        play(it, "a")
        it.run_for(4)
        take(it)
        it.run_for(1)
        self.assertEqual([line[:2] for line in story(it)].count(("end", "a")), 1)
        self.assertEqual(story(it)[-1], ("start", "b", "operator", "me"))

    def test_stop(self) -> None:
        """One entry, with how much was seen; written when CasparCG does not show it any more."""
        it = self.started(clip("a", 500), clip("b", 50))
        stop(it)
        self.assertEqual(len(story(it)), 1)
        it.run_for(1)
        self.assert_story(it, ("start", "a", "schedule"), ("stop", "a", aired(it)[0][2], "me"))
        (entry,) = entries(it, PlayStop)
        self.assertIs(entry.confirmation, Confirmation.OSC)
        self.assertEqual(entry.tick, next(r.end_tick for r in it.finish()[-1].runs if r.step))

    def test_stop_without_telemetry(self) -> None:
        """Then INFO confirms it, in a while; what is written is when it was."""
        it = self.started(clip("a", 500), clip("b", 50))
        it.osc = False
        it.run_for(3)
        at = it.time
        stop(it)
        it.run_for(8)
        (entry,) = entries(it, PlayStop)
        self.assertIs(entry.confirmation, Confirmation.INFO)
        self.assertLessEqual(abs(entry.at - EPOCH - at), 0.1)

    def test_stop_what_is_held(self) -> None:
        """The held picture goes: an entry that closes nothing, since its end is written."""
        it = self.started(clip("a", 50), seconds=4)
        stop(it)
        it.run_for(1)
        self.assert_story(
            it, ("start", "a", "schedule"), ("end", "a", 50, "end"), ("stop held", "a", 0, "me")
        )

    def test_stop_a_cover(self) -> None:
        """A cover is stopped as an item is."""
        it = self.started(filler="filler.mp4", seconds=2)
        stop(it)
        it.run_for(1)
        self.assertEqual(
            [line[:2] for line in story(it)], [("start", "filler"), ("stop", "filler")]
        )

    def test_stopped_and_played_at_once(self) -> None:
        """What replaces it before it was seen to be gone is its end."""
        it = self.started(clip("a", 500), clip("b", 500))
        stop(it)
        play(it, "b")
        it.run_for(2)
        self.assertEqual(
            [line[:2] for line in story(it)], [("start", "a"), ("stop", "a"), ("start", "b")]
        )

    def test_not_stopped(self) -> None:
        """When CasparCG goes on with it, it is on air, and everybody knows."""
        it = self.started(clip("a", 200), clip("b", 50))
        it.fault = at_first("lost", Stop)
        stop(it)
        it.run_for(3)
        self.assertEqual(story(it), [("start", "a", "schedule")])
        self.assertEqual((on_screen(it), it.state.on_air is not None), ("a", True))
        self.assertIn("A was stopped, and CasparCG shows it still", told(it, "error"))
        it.run_for(5)
        self.assert_story(it, ("start", "a", "schedule"), ("end", "a", 200, "end"))

    def test_assisted(self) -> None:
        """What the operator waits with ends by itself, once."""
        it = stage(clip("a", 50, stop_after=True), clip("b", 50))
        assisted(it)
        take(it)
        it.run_for(5)
        self.assert_story(it, ("start", "a", "operator", "me"), ("end", "a", 50, "end"))


class BrokenTests(SeamTestCase):
    """What fails."""

    def test_never_on_air(self) -> None:
        """A missing file is an error, and no airing."""
        it = self.started(clip("a", 50), clip("x", 50), clip("c", 50), missing=["x.mp4"], seconds=6)
        self.assert_story(
            it,
            ("start", "a", "schedule"),
            ("error", "x", 0),
            ("end", "a", 50, "end"),
            ("start", "c", "schedule"),
            ("end", "c", 50, "end"),
        )

    def test_stands_still(self) -> None:
        """What breaks on air is closed by its error, with the frames that moved."""
        it = self.started(clip("a", 500), clip("b", 250))
        it.server.freeze(1, 10)
        it.run_for(3)
        shown = aired(it)[0][2]
        self.assert_story(
            it, ("start", "a", "schedule"), ("broke", "a", shown), ("start", "b", "fallback")
        )

    def test_moves_again(self) -> None:
        """What stood still with nothing to follow, and moves again, is on air again."""
        it = self.started(clip("a", 500))
        layer = it.server.channels[1].layers[10]
        it.server.freeze(1, 10)
        it.run_for(3)
        self.assertEqual(story(it)[-1][:2], ("broke", "a"))
        it.catch_up()
        assert isinstance(layer.foreground, Played)
        layer.foreground.frozen = False
        it.dense(100_000)
        it.run_for(30)
        kinds = [line[:2] for line in story(it)]
        self.assertEqual(kinds, [("start", "a"), ("broke", "a"), ("again", "a"), ("end", "a")])
        frames = [line[2] for line in story(it) if line[0] in ("broke", "end")]
        self.assertLessEqual(abs(sum(map(int, map(str, frames))) - 500), 3)
        self.assertIn("A moves again", told(it))

    def test_does_not_start(self) -> None:
        """When the next one comes broken, the one before ended when it came."""
        it = self.started(clip("a", 100), clip("x", 100), clip("c", 100), seconds=3)
        spoil_cue(it)
        it.run_for(4)
        self.assert_story(
            it,
            ("start", "a", "schedule"),
            ("end", "a", 100, "end"),
            ("error", "x", 0),
            ("start", "c", "fallback"),
        )

    def test_take_lost(self) -> None:
        """A take that is tried once more is one airing."""
        it = stage(clip("a", 250), clip("b", 50))
        it.fault = at_first("lost", Play)
        auto(it)
        it.run_for(6)
        self.assertEqual([line[:2] for line in story(it)], [("start", "a")])

    def test_cover_breaks(self) -> None:
        """A filler that stands still is replaced by the slate; both are written down."""
        it = self.started(filler="x.mp4", slate="#FF0000FF", missing=["x.mp4"], seconds=3)
        self.assertEqual(
            [line[:2] for line in story(it)], [("error", "filler"), ("start", "slate")]
        )


class ServerTests(SeamTestCase):
    """CasparCG restarts."""

    def test_put_back(self) -> None:
        """The rest of the item is the same airing, continued; the frames add up."""
        it = self.started(clip("a", 1000), clip("b", 50), seconds=5)
        first = aired(it)[0][2]
        crashed(it, 3)
        it.run_for(40)
        lines = story(it)
        self.assertEqual(lines[0], ("start", "a", "schedule"))
        self.assertEqual((lines[1][:2], lines[1][3]), (("end", "a"), "caspar"))
        self.assertLessEqual(abs(int(str(lines[1][2])) - int(str(first))), 1)
        self.assertEqual(lines[2], ("again", "a", "recovery"))
        again = entries(it, PlayStart)[1].aired
        self.assertEqual(lines[3], ("end", "a", 1000 - again.first_frame, "end"))
        self.assertEqual(lines[4], ("start", "b", "schedule"))

    def test_another_one_meanwhile(self) -> None:
        """What has its time by now is another airing."""
        it = self.started(clip("a", 150), clip("b", 1000), seconds=5)
        crashed(it, 5)
        it.run_for(2)
        self.assertEqual(story(it)[-1], ("start", "b", "recovery"))

    def test_cover(self) -> None:
        """A cover that is put back is continued."""
        it = self.started(filler="filler.mp4", seconds=3)
        crashed(it)
        it.run_for(2)
        self.assertEqual(
            [line[:2] for line in story(it)],
            [("start", "filler"), ("end", "filler"), ("again", "filler")],
        )


class UnheardTests(SeamTestCase):
    """No telemetry: looks by INFO, seconds apart, see all of a change at once."""

    def test_foreign_replaced(self) -> None:
        """What another client showed ends before ours is told to start, and at that instant."""
        it = stage(clip("a", 900), clip("b", 250), files=[FOREIGN])
        it.osc = False
        auto(it)
        it.run_for(3)
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(20)
        kinds = [line[:2] for line in story(it)]
        start = kinds.index(("start", "z.mp4"))
        self.assertEqual(kinds[start + 1 : start + 3], [("end", "z.mp4"), ("again", "a")])
        end = next(entry for entry in entries(it, PlayEnd) if entry.aired.file == "z.mp4")
        again = next(entry for entry in entries(it, PlayStart) if entry.aired.continued)
        self.assertEqual(end.at, again.aired.at)
        self.assertEqual(end.frames, round((end.at - end.aired.at) * 25))

    def test_filler(self) -> None:
        """Where the filler is tells when it began, though that was seen later."""
        it = stage(clip("a", 150), clip("b", 150, hard=30), filler="filler.mp4")
        it.osc = False
        auto(it)
        it.run_for(19)
        end, start = entries(it, PlayEnd)[-1], entries(it, PlayStart)[-1]
        self.assertEqual((named(end.aired), named(start.aired)), ("a", "filler"))
        self.assertLessEqual(abs(start.aired.at - end.at), 0.08)


class DaemonTests(SeamTestCase):
    """The daemon restarts."""

    def test_goes_on(self) -> None:
        """Nothing changes on air: the start is told once more as continued, and ends once."""
        it = self.started(clip("a", 250, 10), clip("b", 250), seconds=3)
        away(it)
        it.run_for(12)
        self.assert_story(
            it,
            ("start", "a", "schedule"),
            ("again", "a", "recovery"),
            ("end", "a", 250, "end"),
            ("start", "b", "schedule"),
        )
        one, two = (entry.aired for entry in entries(it, PlayStart)[:2])
        self.assertEqual(two, evolve(one, continued=True))

    def test_twice(self) -> None:
        """Also when the one that comes ends before it heard anything of CasparCG."""
        it = self.started(clip("a", 500), clip("b", 250), seconds=3)
        known = memory(it.state, it.now)
        it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
        it.run_for(1)
        self.assertEqual(memory(it.state, it.now), known)
        away(it)
        it.run_for(1)
        self.assert_story(it, ("start", "a", "schedule"), ("again", "a", "recovery"))

    def test_junction_meanwhile(self) -> None:
        """What ended unseen ended when the next one began; that one was found."""
        it = self.started(clip("a", 100), clip("b", 150), clip("c", 50), seconds=3.5)
        away(it, 2)
        it.run_for(2)
        self.assert_story(
            it,
            ("start", "a", "schedule"),
            ("end", "a", 100, "end"),
            ("start", "b", "recovery"),
        )
        start = entries(it, PlayStart)[1].aired
        seen_at = next(r for r in it.finish()[-1].runs if r.picture.name.endswith("b.mp4"))
        self.assertLessEqual(abs(start.at - EPOCH - it.starts_at(seen_at.start_tick)), 0.08)

    def test_same_file_meanwhile(self) -> None:
        """The next item has the same file: it is another airing, and is not played twice."""
        b = clip("b", 100, file="a.mp4")
        it = self.started(clip("a", 100), b, clip("c", 250), seconds=3.5)
        away(it, 3)
        it.run_for(4)
        self.assertEqual(
            [line[:2] for line in story(it)],
            [("start", "a"), ("end", "a"), ("start", "b"), ("end", "b"), ("start", "c")],
        )

    def test_live_meanwhile(self) -> None:
        """An input tells no position: it began when what was there before came to its end."""
        it = self.started(clip("a", 100), live("l", 250), clip("c", 250), seconds=3.5)
        away(it, 3)
        it.run_for(9)
        self.assertEqual(
            [line[:2] for line in story(it)],
            [("start", "a"), ("end", "a"), ("start", "l"), ("end", "l"), ("start", "c")],
        )
        shown = next(run[2] for run in seen(it) if run[0] == "1")
        self.assertLessEqual(abs(int(str(story(it)[3][2])) - shown), 3)

    def test_cut_meanwhile(self) -> None:
        """What was replaced before its end by somebody else was not shown to its end."""
        it = self.started(clip("a", 500), clip("b", 50), clip("c", 250), seconds=3)
        known = memory(it.state, it.now)
        it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
        it.run_for(1)
        meddle(it, 'PLAY 1-10 "c.mp4"')
        it.run_for(1)
        it.connect()
        it.run_for(1)
        lines = story(it)
        self.assertEqual((lines[1][:2], lines[1][3]), (("end", "a"), "caspar"))
        self.assertLessEqual(abs(int(str(lines[1][2])) - int(str(aired(it)[0][2]))), 3)
        self.assertEqual(lines[2], ("start", "c", "recovery"))

    def test_both_restart(self) -> None:
        """Nobody knows how long it was on air: it is closed without frames, and continued."""
        it = self.started(clip("a", 500), clip("b", 50), seconds=3)
        known = memory(it.state, it.now)
        it.crash()
        it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
        it.run_for(2)
        it.revive()
        it.connect()
        it.dense(1000)
        it.run_for(2)
        self.assert_story(
            it, ("start", "a", "schedule"), ("broke", "a", None), ("again", "a", "recovery")
        )

    def test_removed_meanwhile(self) -> None:
        """What is on air and in no list any more is somebody else's; what was open is closed."""
        it = self.started(clip("a", 500), clip("b", 50), seconds=3)
        it.edit(Remove(("a",)))
        known = memory(it.state, it.now)
        self.assertEqual(known.aired, entries(it, PlayStart)[0].aired)
        manual(it)
        away(it, 1, evolve(known, mode=Mode.MANUAL, on_air_id=None))
        it.run_for(2)
        self.assert_story(
            it, ("start", "a", "schedule"), ("broke", "a", None), ("start", "a.mp4", "caspar")
        )

    def test_held(self) -> None:
        """What is held has its end: another daemon writes nothing, and a stop closes nothing."""
        it = self.started(clip("a", 50), seconds=4)
        manual(it)
        away(it)
        it.run_for(1)
        stop(it)
        it.run_for(1)
        self.assert_story(
            it, ("start", "a", "schedule"), ("end", "a", 50, "end"), ("stop held", "a", 0, "me")
        )

    def test_held_and_lost(self) -> None:
        """A held frame that both lost comes back; its first end is not written again."""
        it = self.started(clip("a", 50), seconds=4)
        known = memory(it.state, it.now)
        it.crash()
        it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
        it.revive()
        it.connect()
        it.dense(1000)
        it.run_for(2)
        self.assertEqual(
            [line[:2] for line in story(it)],
            [("start", "a"), ("end", "a"), ("again", "a"), ("end", "a")],
        )

    def test_filler_goes_on(self) -> None:
        """A cover on air is found and stays; the viewer and the as-run see no other one."""
        it = self.started(clip("a", 50), clip("b", 50, hard=20), filler="filler.mp4", seconds=6)
        away(it)
        it.run_for(16)
        self.assertEqual(
            [line[:2] for line in story(it)],
            [
                ("start", "a"),
                ("end", "a"),
                ("start", "filler"),
                ("again", "filler"),
                ("end", "filler"),
                ("start", "b"),
                ("end", "b"),
                ("start", "filler"),
            ],
        )
        frames = [e.frames for e in entries(it, PlayEnd)]
        self.assertLessEqual(abs(sum(f or 0 for f in frames) - round((20 - 0.52) * 25) - 50), 3)

    def test_foreign_goes_on(self) -> None:
        """What somebody else shows is no other airing for another daemon, while it is there."""
        it = stage(clip("a", 50), files=[FOREIGN])
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(2)
        away(it)
        it.run_for(1)
        self.assert_story(it, ("start", "z.mp4", "caspar"), ("again", "z.mp4", "recovery"))
        away(it, 1, evolve(memory(it.state, it.now)))
        meddle(it, "CLEAR 1-10")
        it.run_for(1)
        self.assertEqual(story(it)[-1][:2], ("end", "z.mp4"))

    def test_foreign_gone(self) -> None:
        """And when it went meanwhile, nobody knows when."""
        it = stage(clip("a", 50), files=[FOREIGN])
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(2)
        known = memory(it.state, it.now)
        it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
        meddle(it, "CLEAR 1-10")
        it.run_for(1)
        it.connect()
        it.run_for(1)
        self.assert_story(it, ("start", "z.mp4", "caspar"), ("broke", "z.mp4", None))

    def test_shutdown(self) -> None:
        """A daemon that only ends changes nothing on air, and writes nothing of it."""
        it = self.started(clip("a", 500), clip("b", 50), seconds=3)
        it.cut("the daemon stops")
        it.run_for(1)
        self.assert_story(it, ("start", "a", "schedule"))


class LinkTests(SeamTestCase):
    """The link is lost and comes back."""

    def test_junction_meanwhile(self) -> None:
        """With telemetry or without, the junction is written where it was."""
        for osc in (True, False):
            it = self.started(clip("a", 100), clip("b", 250), clip("c", 50), seconds=3.5)
            it.osc = osc
            it.cut()
            it.run_for(3)
            it.connect()
            it.run_for(6)
            self.assertEqual(
                story(it)[:3],
                [
                    ("start", "a", "schedule"),
                    ("end", "a", 100, "end"),
                    ("start", "b", "schedule"),
                ],
            )

    def test_something_else_meanwhile(self) -> None:
        """What was on air ended when it was last seen; what is there now began when it did."""
        it = self.started(clip("a", 500), clip("b", 50), clip("c", 250), seconds=4)
        it.osc = False
        it.cut()
        it.run_for(1)
        meddle(it, 'PLAY 1-10 "c.mp4"')
        it.run_for(2)
        it.osc = True
        it.connect()
        it.run_for(1)
        lines = story(it)
        self.assertEqual((lines[1][:2], lines[1][3]), (("end", "a"), "caspar"))
        self.assertLessEqual(int(str(lines[1][2])), int(str(aired(it)[0][2])))
        self.assertEqual(lines[2], ("start", "c", "recovery"))
        start = entries(it, PlayStart)[1].aired
        self.assertLessEqual(abs(start.at - EPOCH - (it.time - 3)), 0.2)


class MeddlingTests(SeamTestCase):
    """Other clients of CasparCG."""

    def test_cleared(self) -> None:
        """What somebody clears is over, by CasparCG; what is put back is its rest."""
        for line in ("CLEAR 1-10", "STOP 1-10", "CLEAR 1"):
            it = self.started(clip("a", 500), clip("b", 50), seconds=4)
            meddle(it, line)
            it.run_for(2)
            shown = aired(it)[0][2]
            self.assert_story(
                it,
                ("start", "a", "schedule"),
                ("end", "a", shown, "caspar"),
                ("again", "a", "recovery"),
            )

    def test_somebody_elses_clip(self) -> None:
        """It is on air, so it is written down: of no item, from when to when."""
        it = self.started(clip("a", 500), clip("b", 50), seconds=4)
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(3)
        shown = {run[0]: run[2] for run in reversed(aired(it))}
        lines = story(it)
        self.assertEqual(
            [line[:2] for line in lines],
            [("start", "a"), ("end", "a"), ("start", "z.mp4"), ("end", "z.mp4"), ("again", "a")],
        )
        self.assertEqual(lines[1][3], "caspar")
        self.assertEqual(lines[2][2], "caspar")
        self.assertLessEqual(abs(int(str(lines[3][2])) - int(str(shown["z"]))), 1)
        self.assertEqual(lines[3][3], "recovery")
        self.assertEqual(entries(it, PlayStart)[1].aired.first_frame, 0)

    def test_on_a_stopped_channel(self) -> None:
        """Also where nothing of ours is on air; and when it goes, and is stopped by us."""
        it = stage(clip("a", 50), files=[FOREIGN])
        meddle(it, 'PLAY 1-10 "z.mp4" SEEK 100')
        it.run_for(2)
        meddle(it, "CLEAR 1-10")
        it.run_for(1)
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(2)
        stop(it)
        it.run_for(1)
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(2)
        play(it, "a")
        it.run_for(1)
        frames = [run[2] for run in aired(it)][:3]
        self.assert_story(
            it,
            ("start", "z.mp4", "caspar"),
            ("end", "z.mp4", frames[0], "caspar"),
            ("start", "z.mp4", "caspar"),
            ("stop", "z.mp4", frames[1], "me"),
            ("start", "z.mp4", "caspar"),
            ("end", "z.mp4", frames[2], "take", "me"),
            ("start", "a", "fallback", "me"),  # its cue went with their PLAY: it is tried again
        )
        self.assertEqual(entries(it, PlayStart)[0].aired.first_frame, 100)

    def test_for_a_moment(self) -> None:
        """What was there for less than half a second is not written down."""
        it = stage(clip("a", 50), files=[FOREIGN])
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(0.3)
        meddle(it, "CLEAR 1-10")
        it.run_for(1)
        self.assert_story(it)

    def test_one_after_the_other(self) -> None:
        """Another one of theirs is another airing."""
        it = stage(clip("a", 50), files=[FOREIGN, Media("y.mp4", 500)])
        meddle(it, 'PLAY 1-10 "z.mp4"')
        it.run_for(2)
        meddle(it, 'PLAY 1-10 "y.mp4"')
        it.run_for(2)
        self.assertEqual(
            [line[:2] for line in story(it)],
            [("start", "z.mp4"), ("end", "z.mp4"), ("start", "y.mp4")],
        )

    def test_our_cue_taken(self) -> None:
        """A PLAY that nobody here sent takes our cue: CasparCG's doing, at both sides."""
        it = self.started(clip("a", 500), clip("b", 100), clip("c", 50), seconds=4)
        meddle(it, "PLAY 1-10")
        it.run_for(2)
        self.assertEqual(
            story(it)[1:],
            [("end", "a", aired(it)[0][2], "caspar"), ("start", "b", "caspar")],
        )

    def test_our_cue_taken_in_manual(self) -> None:
        """Likewise a cue that waits for the operator."""
        it = stage(clip("a", 500), clip("b", 100))
        play(it, "a")
        it.run_for(3)
        meddle(it, "PLAY 1-10")
        it.run_for(2)
        self.assertEqual(story(it)[-1], ("start", "b", "caspar"))
