"""
Cueing: what is loaded behind what is on air, how it is verified before its time, and what replaces
it when it can not be shown.
"""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import (
    AskCueLength,
    CallLength,
    Clip,
    LoadBackground,
    Play,
    SetCueLength,
)
from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Media
from rtgplayout.playout.report import report
from rtgplayout.playout.status import CueState
from rtgplayout.rundown.playlist import Add, Change, Remove

from .scene import (
    Scene,
    aired,
    at_first,
    auto,
    clip,
    disarm,
    first_seen,
    live,
    loads,
    on_screen,
    play,
    seen,
    sent,
    spoil_cue,
    stage,
    still,
    take,
    told,
    written,
)


def loaded(it: Scene, name: str) -> list[Clip]:
    """How that file was loaded, each time."""
    return [
        command.source
        for _, command in it.sent
        if isinstance(command, LoadBackground)
        and isinstance(command.source, Clip)
        and command.source.name == name
    ]


class VerifyTests(SynchronousTestCase):
    """A cue is verified when it is made, not when it airs."""

    def test_whole_file(self) -> None:
        """A file that ends where the item does is loaded once, without LENGTH, and probed once."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run_for(2)
        self.assertEqual(loaded(it, "b.mp4"), [Clip("b.mp4")])
        self.assertEqual(len(sent(it, AskCueLength)), 2)
        self.assertEqual(report(it.state, it.now).cue, CueState.ARMED)

    def test_part_of_a_file(self) -> None:
        """
        A file that goes on behind the out point is loaded without LENGTH, so that the probe tells
        whether it opened, and ends at the out point all the same.
        """
        it = stage(clip("a", 100), clip("b", 50, 10), files=[Media("b.mp4", 300)])
        auto(it)
        it.run_for(8)
        self.assertEqual(loaded(it, "b.mp4")[0], Clip("b.mp4", 10))
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 10, 50)])

    def test_longer_than_its_file(self) -> None:
        """
        LENGTH is never longer than the file; the operator is told what is missing, and the next
        item comes where the file ends.
        """
        it = stage(clip("a", 50), clip("b", 100), clip("c", 50), files=[Media("b.mp4", 75)])
        auto(it)
        it.run_for(9)
        self.assertEqual(loaded(it, "b.mp4"), [Clip("b.mp4")])
        self.assertEqual(told(it), ["B: the file is 1.00 s shorter than planned"])
        self.assertEqual(aired(it), [("a", 0, 50), ("b", 0, 75), ("c", 0, 50)])

    def test_missing(self) -> None:
        """A file answered 404 is replaced at once, long before its time."""
        it = stage(clip("a", 250), clip("x", 50), clip("c", 50), missing=["x.mp4"])
        auto(it)
        it.run_for(0.5)
        self.assertEqual(written(it)[-1], ("error", "x", "no such file"))
        self.assertEqual(len(loaded(it, "c.mp4")), 1)
        self.assertEqual(report(it.state, it.now).cue, CueState.ARMED)

    def test_corrupt(self) -> None:
        """A file that the probe finds unreadable is replaced before it could wedge the layer."""
        files = [Media("x.mp4", 50, openable=False)]
        it = stage(clip("a", 100), clip("x", 50), clip("c", 50), files=files)
        auto(it)
        it.run_for(1)
        self.assertEqual(written(it)[-1], ("error", "x", "the file cannot be opened"))
        it.run_for(6)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("c", 0, 50)])

    def test_in_point_behind_the_end(self) -> None:
        """An in point behind the file's end is found by the probe (surprise 9: it would wedge)."""
        it = stage(clip("a", 100), clip("x", 50, 60), clip("c", 50), files=[Media("x.mp4", 50)])
        auto(it)
        it.run_for(1)
        self.assertEqual(written(it)[-1], ("error", "x", "it ends before its in point"))
        it.run_for(6)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("c", 0, 50)])

    def test_several_broken_in_a_row(self) -> None:
        """Five broken files in a row are all found and passed over before their time."""
        bad = [clip(f"x{n}", 50) for n in range(5)]
        files = [Media("x1.mp4", 50, openable=False), Media("x3.mp4", 50, openable=False)]
        gone = ["x0.mp4", "x2.mp4", "x4.mp4"]
        it = stage(clip("a", 100), *bad, clip("z", 50), files=files, missing=gone)
        auto(it)
        it.run_for(2)
        self.assertEqual(len(told(it, "error")), 5)
        it.run_for(5)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("z", 0, 50)])

    def test_still(self) -> None:
        """An image gets LENGTH, so that AUTO behind it fires, and is not probed (surprise 11)."""
        it = stage(clip("a", 50), still("s", 75), clip("c", 50))
        auto(it)
        it.run_for(1)
        self.assertEqual(len(loaded(it, "s.png")), 1)
        self.assertEqual(len(sent(it, AskCueLength)), 1)
        it.run_for(7)
        self.assertEqual(seen(it)[:3], [("a", 0, 50), ("s", 0, 75, "held"), ("c", 0, 50)])

    def test_still_with_an_in_point(self) -> None:
        """An in point of an image means nothing."""
        it = stage(clip("a", 50), evolve(still("s", 75), in_point=10), clip("c", 50))
        auto(it)
        it.run_for(8)
        self.assertEqual(seen(it)[:3], [("a", 0, 50), ("s", 0, 75, "held"), ("c", 0, 50)])

    def test_live_is_not_probed(self) -> None:
        """An input is not probed: it never answers."""
        it = stage(clip("a", 50), live("l", 75))
        auto(it)
        it.run_for(1)
        self.assertEqual(len(sent(it, AskCueLength)), 1)

    def test_live_that_is_not_there(self) -> None:
        """An input whose device does not exist is passed over."""
        it = stage(clip("a", 50), live("l", 75, device=7), clip("c", 50))
        auto(it)
        it.run_for(5)
        self.assertEqual(seen(it)[:2], [("a", 0, 50), ("c", 0, 50)])
        self.assertEqual(told(it, "error"), ["L: CasparCG refused it (403)"])

    def test_probe_that_never_answers(self) -> None:
        """Without an answer to the probe the cue counts as good; it is shown in time."""
        it = stage(clip("a", 50), clip("b", 50), clip("c", 50))
        it.fault = lambda command: "lost" if isinstance(command, AskCueLength) else None
        auto(it)
        it.run_for(8)
        self.assertEqual(aired(it), [("a", 0, 50), ("b", 0, 50), ("c", 0, 50)])

    def test_probe_that_is_refused(self) -> None:
        """Likewise when the probe is refused or answers nothing."""
        for code in (202, 400, 504):
            it = stage(clip("a", 50), clip("b", 50), clip("c", 50))
            it.fault = lambda command, code=code: (  # type: ignore[misc]
                code if isinstance(command, AskCueLength) else None
            )
            auto(it)
            it.run_for(8)
            self.assertEqual(aired(it), [("a", 0, 50), ("b", 0, 50), ("c", 0, 50)], code)

    def test_names_that_cannot_be_sent(self) -> None:
        """A name with a line end in it fails alone; nothing of it reaches the server."""
        bad = clip("x", 50, file="x.mp4\r\nSTOP 1-10")
        it = stage(clip("a", 50), bad, clip("c", 50))
        auto(it)
        it.run_for(5)
        self.assertEqual(seen(it)[:2], [("a", 0, 50), ("c", 0, 50)])
        self.assertEqual(told(it), ["X: it cannot be put into a command"])

    def test_failed_item_is_tried_again_once_changed(self) -> None:
        """An item that failed is tried again as soon as its file is another."""
        x = clip("x", 50)
        it = stage(clip("a", 100), x, clip("c", 50), clip("z", 50), missing=["x.mp4"])
        auto(it)
        it.run_for(1)
        it.edit(Change(evolve(x, file="z.mp4")))
        it.run_for(5)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("z", 0, 50)])

    def test_failed_item_is_tried_again_later(self) -> None:
        """A file that arrives after it was missing is found before its time, a minute later."""
        items = (clip("a", 2000), clip("x", 50), clip("c", 50))
        it = stage(*items, missing=["x.mp4"], dense=False)
        auto(it)
        it.run_for(10)
        it.library.put(Media("x.mp4", 50))
        it.run_for(75)
        self.assertEqual(seen(it)[:2], [("a", 0, 2000), ("x", 0, 50)])

    def test_still_missing_later(self) -> None:
        """Trying again what is still missing neither disturbs the junction nor floods."""
        items = (clip("a", 3750), clip("x", 50), clip("c", 50))
        it = stage(*items, missing=["x.mp4"], dense=False)
        auto(it)
        it.run_for(155)
        self.assertEqual(seen(it)[:2], [("a", 0, 3750), ("c", 0, 50)])
        self.assertLessEqual(len(told(it)), 4)

    def test_failed_item_played_by_hand(self) -> None:
        """An operator who plays an item that failed gets it tried again."""
        it = stage(clip("a", 100), clip("x", 50), missing=["x.mp4"])
        play(it, "a")
        it.run_for(1)
        it.library.put(Media("x.mp4", 50))
        play(it, "x")
        it.run_for(1)
        self.assertEqual(on_screen(it), "x")


class RefusedTests(SynchronousTestCase):
    """Answers that say nothing about the item."""

    def test_locked_by_another_client(self) -> None:
        """A cue that another client's lock refuses is tried again until the lock is gone."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run_for(0.05)
        other = it.server.connect()
        execute(it.server, b"LOCK 1 ACQUIRE secret", other)
        it.run_for(1)
        execute(it.server, b"LOCK 1 RELEASE", other)
        it.run_for(5)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("b", 0, 50)])
        self.assertEqual(told(it, "error"), [])

    def test_queue_overflow(self) -> None:
        """A cue refused with 504 is tried again."""
        it = stage(clip("a", 100), clip("b", 50))
        auto(it)
        it.run_for(0.05)
        it.fault = lambda command: 504
        it.run_for(0.5)
        it.fault = lambda command: None
        it.run_for(6)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("b", 0, 50)])

    def test_not_answered(self) -> None:
        """A LOADBG that is never answered is tried again; after some tries the next item is."""
        it = stage(clip("a", 1000), clip("x", 50), clip("c", 50))
        it.fault = lambda command: "lost" if loads("x")(command) else None
        auto(it)
        it.run_for(45)
        self.assertEqual(seen(it)[:2], [("a", 0, 1000), ("c", 0, 50)])
        self.assertEqual(written(it).count(("error", "x", "not answered in time")), 1)
        self.assertLessEqual(len(loaded(it, "x.mp4")), 6)

    def test_locked_for_long(self) -> None:
        """A lock blames no item, and is told once; what was to come comes when it is gone."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(0.05)
        other = it.server.connect()
        execute(it.server, b"LOCK 1 ACQUIRE secret", other)
        it.run_for(10)
        self.assertEqual(told(it), ["CasparCG refuses what is to be cued (503)"])
        self.assertNotIn("error", [line[0] for line in written(it) if line])
        execute(it.server, b"LOCK 1 RELEASE", other)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_nothing_starts_by_itself(self) -> None:
        """Trying again in manual mode with nothing on air puts nothing on air."""
        it = stage(clip("a", 50), clip("b", 50), connected=False)
        it.fault = at_first(504, LoadBackground)
        it.connect()
        it.run_for(5)
        self.assertEqual(seen(it), [])
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "a")

    def test_first_item_not_answered(self) -> None:
        """With nothing on air, the next item is tried as well."""
        it = stage(clip("x", 50), clip("b", 50), connected=False)
        it.fault = lambda command: "lost" if loads("x")(command) else None
        it.connect()
        auto(it)
        it.run_for(20)
        self.assertEqual(aired(it), [("b", 0, 50)])

    def test_length_refused(self) -> None:
        """A length that is refused, or whose answer is lost, is told again."""
        wrongs: tuple[int | str, ...] = (504, "lost", "mute")
        for wrong in wrongs:
            files = [Media("b.mp4", 300)]
            it = stage(clip("a", 200), clip("b", 50), clip("c", 50), files=files)
            it.fault = at_first(wrong, SetCueLength)
            auto(it)
            it.run_for(13)
            self.assertEqual(aired(it), [("a", 0, 200), ("b", 0, 50), ("c", 0, 50)], wrong)

    def test_server_without_callbg(self) -> None:
        """A server that does not know CALLBG gets LENGTH with LOADBG."""
        it = stage(clip("a", 50), clip("b", 50, 5), clip("c", 50), files=[Media("b.mp4", 300)])
        it.fault = lambda command: 400 if isinstance(command, AskCueLength | SetCueLength) else None
        auto(it)
        it.run_for(8)
        self.assertEqual(aired(it), [("a", 0, 50), ("b", 5, 50), ("c", 0, 50)])

    def test_take_refused(self) -> None:
        """A take that is refused is tried once more, then the next item."""
        it = stage(clip("a", 250), clip("b", 50))
        play(it, "a")
        it.run_for(1)
        it.fault = at_first(503, Play)
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")
        self.assertEqual(told(it), ["B: CasparCG refused it (503); it is tried once more"])


class LadderTests(SynchronousTestCase):
    """What fails at the junction: take, play with seek, next item, filler, slate."""

    def test_auto_that_does_not_fire(self) -> None:
        """An AUTO that does not fire is noticed when the item ends, and taken by us."""
        it = stage(clip("a", 100), clip("b", 50), clip("c", 50))
        auto(it)
        it.run_for(2)
        disarm(it)
        it.run_for(7)
        self.assertEqual([each[:2] for each in aired(it)], [("a", 0), ("b", 0), ("c", 0)])
        held = [each for each in seen(it) if each[0] == "a" and each[-1] == "held"]
        self.assertLessEqual(held[0][2], 4)

    def test_wedge_on_auto(self) -> None:
        """
        A file that opened when it was cued and is unreadable on air: known within half a second,
        and the next item comes.
        """
        it = stage(clip("a", 100), clip("x", 50), clip("c", 50))
        auto(it)
        it.run_for(2)
        spoil_cue(it)
        it.run_for(5)
        self.assertEqual([each[0] for each in aired(it)], ["a", "c"])
        held = [each for each in seen(it) if each[0] == "a" and each[-1] == "held"]
        self.assertLessEqual(held[0][2], 17)
        self.assertIn(("error", "x", "it does not start to move"), written(it))

    def test_take_that_changes_nothing(self) -> None:
        """
        A take answered with 202 that changes nothing is tried once more, from where the item
        would be by now; then the next item comes.
        """
        it = stage(clip("a", 500), clip("x", 200), clip("c", 50))
        auto(it)
        it.run_for(1)
        it.fault = at_first(202, Play, 2)
        take(it)
        it.run_for(21)
        self.assertEqual(seen(it)[:2], [("a", 0, 500), ("c", 0, 50)])
        seeks = [source.seek for source in loaded(it, "x.mp4")]
        self.assertEqual(seeks[0], 0)
        self.assertGreater(seeks[-1], 10)
        self.assertIn(("error", "x", "it did not go on air"), written(it))

    def test_take_that_is_lost_once(self) -> None:
        """One lost take costs the item its first second, no more."""
        it = stage(clip("a", 500), clip("b", 200), clip("c", 50))
        play(it, "a")
        it.run_for(1)
        it.fault = at_first("lost", Play)
        asked = it.time
        take(it)
        it.run_for(3)
        self.assertLess(first_seen(it, "b") - asked, 1.5)
        self.assertEqual(told(it, "error"), [])

    def test_still_that_is_lost_once(self) -> None:
        """What has no frames to catch up is simply taken again."""
        it = stage(clip("a", 500), still("s", 200))
        play(it, "a")
        it.run_for(1)
        it.fault = at_first("lost", Play)
        take(it)
        it.run_for(3)
        self.assertEqual(on_screen(it), "s")

    def test_frozen_on_air(self) -> None:
        """A clip that stands still on air in AUTO is replaced by the next one within a second."""
        it = stage(clip("a", 250), clip("b", 50))
        auto(it)
        it.run_for(2)
        it.server.freeze(1, 10)
        frozen = it.time
        it.run_for(2)
        self.assertLess(first_seen(it, "b") - frozen, 1.0)
        self.assertEqual(told(it, "error"), ["A: it stands still on air"])
        self.assertIn(("error", "a", "it stands still on air"), written(it))

    def test_slow_clock(self) -> None:
        """A truncated file, whose clock slows down at the end of its data, is left soon after."""
        files = [Media("a.mp4", 250, present=100)]
        it = stage(clip("a", 250), clip("b", 50), files=files)
        auto(it)
        it.run_for(7)
        self.assertEqual(aired(it)[0], ("a", 0, 100))
        self.assertLess(first_seen(it, "b") - first_seen(it, "a"), 4.0 + 1.2)

    def test_broken_in_manual(self) -> None:
        """In manual mode a clip that stands still is told, and left to the operator."""
        it = stage(clip("a", 250), clip("b", 50))
        play(it, "a")
        it.run_for(2)
        it.server.freeze(1, 10)
        it.run_for(5)
        self.assertEqual(on_screen(it), "a")
        self.assertEqual(told(it, "error"), ["A: it stands still on air"])
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_broken_in_manual_with_a_slate(self) -> None:
        """With a slate, that stands in, in manual mode too."""
        it = stage(clip("a", 250), clip("b", 50), slate="#FF0000FF")
        play(it, "a")
        it.run_for(2)
        it.server.freeze(1, 10)
        it.run_for(2)
        self.assertEqual(on_screen(it), "#FF0000FF")
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "b")

    def test_take_that_wedges_in_manual(self) -> None:
        """
        In manual mode an item that does not start to move is told and given up; what was on air
        before is not claimed to be on air still (7.10 case 21).
        """
        it = stage(clip("a", 250), clip("x", 50), clip("c", 50))
        play(it, "a")
        it.run_for(2)
        spoil_cue(it)
        take(it)
        it.run_for(11)
        self.assertEqual(told(it, "error"), ["X: it does not start to move"])
        self.assertIsNone(report(it.state, it.now).on_air)
        take(it)
        it.run_for(1)
        self.assertEqual(on_screen(it), "c")

    def test_everything_broken(self) -> None:
        """When nothing of the list can be shown the slate is, without a hold, and it is said."""
        files = [Media("a.mp4", 100), Media("y.mp4", 50, openable=False)]
        it = stage(
            clip("a", 100),
            clip("x", 50),
            clip("y", 50),
            files=files,
            missing=["x.mp4"],
            slate="slate.mp4",
        )
        auto(it)
        it.run_for(6)
        self.assertEqual(seen(it)[:2], [("a", 0, 100), ("slate", 0, 50)])
        self.assertEqual(len(told(it, "error")), 2)

    def test_filler_before_slate(self) -> None:
        """The filler stands in; when that is broken too, the slate."""
        for broken, expected in ((False, "filler"), (True, "#FF0000FF")):
            it = stage(
                clip("a", 50),
                clip("x", 50),
                missing=["x.mp4", *(["filler.mp4"] if broken else [])],
                filler="filler.mp4",
                slate="#FF0000FF",
            )
            auto(it)
            it.run_for(4)
            self.assertEqual(on_screen(it), expected)
            self.assertEqual([each for each in seen(it) if each[0] == "black"], [])

    def test_list_goes_on_after_the_slate(self) -> None:
        """An item that is added while the slate is on air is shown at once."""
        it = stage(clip("a", 50), clip("z", 50), slate="#FF0000FF")
        z = it.state.playlist.items[1]
        it.edit(Remove(("z",)))
        auto(it)
        it.run_for(5)
        self.assertEqual(on_screen(it), "#FF0000FF")
        it.edit(Add((z,)))
        it.run_for(1)
        self.assertEqual(on_screen(it), "z")


class LateTests(SynchronousTestCase):
    """What is asked of a running clip."""

    def test_length_of_a_running_clip_refused(self) -> None:
        """A CALL LENGTH that is refused or lost is tried again while there is time."""
        wrongs: tuple[int | str, ...] = (503, "lost")
        for wrong in wrongs:
            it = stage(clip("a", 500), clip("b", 50, hard=10.0))
            it.fault = at_first(wrong, CallLength)
            auto(it)
            it.run_for(12)
            self.assertLessEqual(abs(first_seen(it, "b") - 10.0), it.period, wrong)
