"""
Secondary events: graphics at their offsets from the start and the end of the item on air, for
every way in which an item can get there.
"""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import CgAdd, CgClear, CgStop
from rtgplayout.emulator.media import Media
from rtgplayout.playout.asrun import TemplateHide, TemplateShow
from rtgplayout.playout.graphics import active
from rtgplayout.playout.report import memory, revive
from rtgplayout.rundown.item import SecondaryEvent, SecondaryType, Trigger
from rtgplayout.rundown.playlist import Change, SetHardStart

from .scene import (
    Scene,
    aired,
    assisted,
    at_first,
    auto,
    clip,
    clock_time,
    first_seen,
    live,
    manual,
    on_screen,
    play,
    sent,
    stage,
    still,
    stop,
    take,
    told,
    written,
)


def on(ms: int = 0, trigger: Trigger = Trigger.START, name: str = "on") -> SecondaryEvent:
    """A graphic that comes."""
    data = {"title": 'Éric "the" <b>'}
    return SecondaryEvent(name, SecondaryType.CG_ADD, trigger, ms, 20, "bug", data)


def off(ms: int = 0, trigger: Trigger = Trigger.END, name: str = "off") -> SecondaryEvent:
    """A graphic that goes."""
    return SecondaryEvent(name, SecondaryType.CG_STOP, trigger, ms, 20)


def cleared(ms: int = 0) -> SecondaryEvent:
    """A graphics layer that is cleared before the end."""
    return SecondaryEvent("clear", SecondaryType.CG_CLEAR, Trigger.END, ms, 21)


def shown(it: Scene, name: str) -> list[float]:
    """When graphics were put on, in seconds after that item was first seen."""
    return [at - first_seen(it, name) for at in sent(it, CgAdd)]


def hidden(it: Scene, name: str) -> list[float]:
    """When graphics were taken off, in seconds after that item was first seen."""
    return [at - first_seen(it, name) for at in sent(it, CgStop)]


class OffsetTests(SynchronousTestCase):
    """Events happen once, at their offsets."""

    def near(self, found: list[float], *expected: float) -> None:
        """The times are those expected, within three frames."""
        self.assertEqual(len(found), len(expected), found)
        for one, other in zip(found, expected, strict=True):
            self.assertLessEqual(abs(one - other), 0.12)

    def test_in_auto(self) -> None:
        """Of an item that CasparCG cut to by itself; END counts back from its end."""
        it = stage(clip("a", 50), clip("b", 250, events=[on(2000), off(1000)]), clip("c", 50))
        auto(it)
        it.run_for(16)
        self.near(shown(it, "b"), 2.0)
        self.near(hidden(it, "b"), 9.0)
        self.assertEqual([each[0] for each in aired(it)], ["a", "b", "c"])

    def test_at_once(self) -> None:
        """An offset of 0 from the start is as soon as it is confirmed on air."""
        it = stage(clip("a", 50), clip("b", 250, events=[on(0)]))
        auto(it)
        it.run_for(5)
        self.near(shown(it, "b"), 0.1)

    def test_at_the_very_end(self) -> None:
        """An END offset below two seconds, and of 0, is done (14.6: it never was)."""
        for ms in (1500, 500, 40, 0):
            it = stage(clip("a", 100, events=[off(ms)]), clip("b", 100))
            auto(it)
            it.run_for(6)
            self.near(hidden(it, "a"), 4.0 - ms / 1000)

    def test_in_manual(self) -> None:
        """Of an item that was played by hand in manual mode (14.6: never)."""
        it = stage(clip("a", 250, events=[on(2000), off(1000)]))
        play(it, "a")
        it.run_for(12)
        self.near(shown(it, "a"), 2.0)
        self.near(hidden(it, "a"), 9.0)

    def test_after_a_take(self) -> None:
        """Of an item that was taken."""
        it = stage(clip("a", 250), clip("b", 250, events=[on(1000), off(1000)]))
        play(it, "a")
        it.run_for(2)
        take(it)
        it.run_for(12)
        self.near(shown(it, "b"), 1.0)
        self.near(hidden(it, "b"), 9.0)

    def test_in_assisted(self) -> None:
        """In assisted mode, of an item after which it stops, too."""
        it = stage(evolve(clip("a", 100, events=[on(1000), off(500)]), stop_after=True))
        assisted(it)
        take(it)
        it.run_for(6)
        self.near(shown(it, "a"), 1.0)
        self.near(hidden(it, "a"), 3.5)

    def test_of_a_live_item(self) -> None:
        """Of a live item, whose end our clock knows."""
        it = stage(live("l", 250, events=[on(2000), off(1000)]), clip("b", 50))
        auto(it)
        it.run_for(12)
        self.near(shown(it, "1"), 2.0)
        self.near(hidden(it, "1"), 9.0)

    def test_of_a_still(self) -> None:
        """Of a still."""
        s = evolve(still("s", 250), secondary_events=(on(2000), off(1000)))
        it = stage(clip("a", 50), s, clip("b", 50))
        auto(it)
        it.run_for(14)
        self.near(shown(it, "s"), 2.0)
        self.near(hidden(it, "s"), 9.0)

    def test_of_an_excerpt(self) -> None:
        """Offsets count from the in point and back from the out point, not in the file."""
        a = clip("a", 250, 100, events=[on(2000), off(1000)])
        it = stage(a, clip("b", 50), files=[Media("a.mp4", 1000)])
        auto(it)
        it.run_for(12)
        self.near(shown(it, "a"), 2.0)
        self.near(hidden(it, "a"), 9.0)

    def test_of_a_trimmed_item(self) -> None:
        """END counts from where a hard start ends the item."""
        it = stage(clip("a", 500, events=[off(1000)]), clip("b", 50, hard=10.0))
        auto(it)
        it.run(12)
        self.near(hidden(it, "a"), 10.0 - 1.0 - first_seen(it, "a"))

    def test_of_an_item_trimmed_late(self) -> None:
        """Likewise when the hard start is set while it runs."""
        it = stage(clip("a", 500, events=[off(1000)]), clip("b", 50))
        auto(it)
        it.run(4)
        it.edit(SetHardStart("b", clock_time(8)))
        it.run(10)
        self.near(hidden(it, "a"), 8.0 - 1.0 - first_seen(it, "a"))

    def test_of_a_file_that_is_too_short(self) -> None:
        """END counts from where the file ends, when that is before the item's out point."""
        it = stage(clip("a", 250, events=[off(1000)]), clip("b", 50), files=[Media("a.mp4", 100)])
        auto(it)
        it.run_for(7)
        self.near(hidden(it, "a"), 3.0)

    def test_played_again(self) -> None:
        """An item that is played again has its events again (14.6: not on manual replay)."""
        it = stage(clip("a", 100, events=[on(1000)]))
        for _ in range(2):
            play(it, "a")
            it.run_for(3)
        self.assertEqual(len(sent(it, CgAdd)), 2)

    def test_edits_do_not_delay(self) -> None:
        """Edits while the item is on air do not move its events (14.6: they did)."""
        b = clip("b", 50)
        it = stage(clip("a", 250, events=[on(3000), off(1000)]), b)
        auto(it)
        for n in range(20):
            it.run_for(0.4)
            it.edit(Change(evolve(b, name=f"B{n}")))
        it.run_for(4)
        self.near(shown(it, "a"), 3.0)
        self.near(hidden(it, "a"), 9.0)

    def test_added_on_air(self) -> None:
        """Events that are added to the item on air happen, if their time is still to come."""
        a = clip("a", 250)
        it = stage(a, clip("b", 50))
        auto(it)
        it.run_for(4)
        past = on(1000, name="past")
        it.edit(Change(evolve(a, secondary_events=(past, on(6000), off(1000)))))
        it.run_for(8)
        self.near(shown(it, "a"), 6.0)
        self.near(hidden(it, "a"), 9.0)

    def test_added_while_it_goes_on_air(self) -> None:
        """Nor is an event lost that comes between a take and its confirmation."""
        a = clip("a", 100)
        it = stage(a)
        play(it, "a")
        while it.state.rising is None:
            it.run_for(0.01)
            self.assertLess(it.time, 5)
        it.edit(Change(evolve(a, secondary_events=(on(1000),))))
        it.run_for(3)
        self.near(shown(it, "a"), 1.0)

    def test_removed_on_air(self) -> None:
        """Events that are removed from the item on air do not happen."""
        a = clip("a", 250, events=[on(6000)])
        it = stage(a, clip("b", 50))
        auto(it)
        it.run_for(4)
        it.edit(Change(evolve(a, secondary_events=())))
        it.run_for(4)
        self.assertEqual(shown(it, "a"), [])

    def test_end_unknown_in_manual(self) -> None:
        """A live item in manual mode has no end: what counts from its planned end happens then."""
        it = stage(live("l", 100, events=[on(1000, Trigger.END)]))
        play(it, "l")
        it.run_for(8)
        self.near(shown(it, "1"), 3.0)

    def test_beyond_the_end(self) -> None:
        """An event after the item's end does not happen, nor does it in the next item."""
        it = stage(clip("a", 50, events=[on(10_000)]), clip("b", 250))
        auto(it)
        it.run_for(14)
        self.assertEqual(sent(it, CgAdd), [])


class CutShortTests(SynchronousTestCase):
    """The item leaves the air before its end."""

    def test_graphics_are_taken_off(self) -> None:
        """What was to be taken off at its end is taken off when it leaves early, however."""
        ways = {"take": take, "stop": stop, "play": lambda it: play(it, "c")}
        for way, act in ways.items():
            events = [on(500), off(1000), cleared(500)]
            it = stage(clip("a", 500, events=events), clip("b", 50), clip("c", 50))
            auto(it)
            it.run_for(3)
            act(it)
            it.run_for(1)
            self.assertEqual(len(sent(it, CgStop)), 1, way)
            self.assertEqual(len(sent(it, CgClear)), 1, way)

    def test_nothing_is_put_on(self) -> None:
        """What was to be put on before its end is not put on when it leaves early."""
        it = stage(clip("a", 500, events=[on(1000, Trigger.END)]), clip("b", 50))
        auto(it)
        it.run_for(3)
        take(it)
        it.run_for(1)
        self.assertEqual(sent(it, CgAdd), [])

    def test_not_twice(self) -> None:
        """What was taken off at its time is not taken off again at the end."""
        it = stage(clip("a", 100, events=[off(1000)]), clip("b", 50))
        auto(it)
        it.run_for(7)
        self.assertEqual(len(sent(it, CgStop)), 1)

    def test_broken_on_air(self) -> None:
        """Also when it breaks on air."""
        it = stage(clip("a", 500, events=[on(500), off(1000)]), clip("b", 50))
        auto(it)
        it.run_for(3)
        it.server.freeze(1, 10)
        it.run_for(2)
        self.assertEqual(on_screen(it), "b")
        self.assertEqual(len(sent(it, CgStop)), 1)


class RestartTests(SynchronousTestCase):
    """Graphics through restarts."""

    def test_item_put_back(self) -> None:
        """An item that is put back in its middle does not lose the events to come."""
        it = stage(clip("a", 500, events=[on(9000), off(1000)]), clip("b", 50))
        auto(it)
        it.run_for(3)
        it.crash()
        it.run_for(2)
        it.revive()
        it.connect()
        it.dense(1000)
        it.run(23)
        (add,), (end,) = sent(it, CgAdd), sent(it, CgStop)
        self.assertLessEqual(abs(add - 9.5), 0.2)
        self.assertLessEqual(abs(end - 19.5), 0.2)

    def test_graphics_put_back(self) -> None:
        """What its start events had put on is put on again: the new server has lost it."""
        it = stage(clip("a", 500, events=[on(1000), off(1000)]), clip("b", 50))
        auto(it)
        it.run_for(3)
        it.crash()
        it.run_for(2)
        it.revive()
        it.connect()
        it.dense(1000)
        it.run_for(2)
        self.assertEqual(len(sent(it, CgAdd)), 2)

    def test_adopted(self) -> None:
        """A new daemon does not repeat what is history, and does what is to come."""
        it = stage(clip("a", 500, events=[on(1000), on(8000, name="on2"), off(1000)]))
        auto(it)
        it.run_for(4)
        known = memory(it.state, it.now)
        it.restart_daemon(revive(it.state.setup, it.state.playlist, known))
        it.run_for(1)
        it.connect()
        it.run(22)
        self.assertEqual(len(sent(it, CgAdd)), 2)
        self.assertEqual(len(sent(it, CgStop)), 1)
        self.assertLessEqual(abs(sent(it, CgAdd)[1] - 8.5), 0.2)

    def test_due_while_the_link_was_down(self) -> None:
        """What was due while the link was down is done when it is back."""
        it = stage(clip("a", 500, events=[on(3000)]))
        auto(it)
        it.run_for(2)
        it.cut()
        it.run_for(3)
        self.assertEqual(sent(it, CgAdd), [])
        it.connect()
        it.run_for(1)
        self.assertEqual(len(sent(it, CgAdd)), 1)


class HarmlessTests(SynchronousTestCase):
    """Graphics that go wrong."""

    def test_refused(self) -> None:
        """A template that CasparCG refuses is told, and disturbs nothing."""
        bad = SecondaryEvent("x", SecondaryType.CG_ADD, Trigger.START, 500, 20, "nope")
        it = stage(clip("a", 100, events=[bad]), clip("b", 50))
        auto(it)
        it.run_for(7)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50)])
        self.assertEqual(told(it), ["graphic nope: 404"])
        self.assertEqual(len(sent(it, CgAdd)), 1)

    def test_unsendable(self) -> None:
        """A template whose name cannot be sent is told, and disturbs nothing."""
        bad = SecondaryEvent("x", SecondaryType.CG_ADD, Trigger.START, 500, 20, "a\r\nSTOP 1-10")
        it = stage(clip("a", 100, events=[bad]), clip("b", 50))
        auto(it)
        it.run_for(7)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50)])
        self.assertEqual(len(told(it)), 1)
        self.assertIn("it cannot be put into a command", told(it)[0])

    def test_on_the_layer_of_the_playlist(self) -> None:
        """Graphics on the layer that the playlist is shown on are told, and never sent."""
        wrong = [
            SecondaryEvent("1", SecondaryType.CG_CLEAR, Trigger.START, 500, 10),
            SecondaryEvent("2", SecondaryType.CG_ADD, Trigger.START, 1000, 10, "bug"),
            SecondaryEvent("3", SecondaryType.CG_STOP, Trigger.END, 500, 10),
        ]
        it = stage(clip("a", 100, events=wrong), clip("b", 50))
        auto(it)
        it.run_for(7)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50)])
        text = "A: graphics on layer 10 are left out: the playlist is shown there"
        self.assertEqual(told(it), [text] * 3)
        self.assertEqual([sent(it, kind) for kind in (CgAdd, CgStop, CgClear)], [[], [], []])
        self.assertEqual(
            [e for _, e in it.entries if isinstance(e, TemplateShow | TemplateHide)], []
        )

    def test_no_json(self) -> None:
        """Data that JSON cannot say are told, and disturb nothing."""
        bad = evolve(on(500), data={"a": float("nan")})
        it = stage(clip("a", 100, events=[bad, off(500)]), clip("b", 50))
        auto(it)
        it.run_for(7)
        self.assertEqual(aired(it), [("a", 0, 100), ("b", 0, 50)])
        self.assertEqual(sent(it, CgAdd), [])
        self.assertIn("graphic bug: ", told(it)[0])

    def test_written(self) -> None:
        """What was shown and hidden is in the as-run, with its data and its item."""
        it = stage(clip("a", 100, events=[on(500), off(500), cleared(200)]), clip("b", 50))
        auto(it)
        it.run_for(7)
        shows = [entry for _, entry in it.entries if isinstance(entry, TemplateShow)]
        hides = [entry for _, entry in it.entries if isinstance(entry, TemplateHide)]
        self.assertEqual([(s.template, s.layer, s.item_id) for s in shows], [("bug", 20, "a")])
        self.assertEqual(shows[0].data, '{"title": "Éric \\"the\\" <b>"}')
        self.assertEqual([(h.template, h.layer, h.item_id) for h in hides], [("bug", 20, "a")])
        self.assertLessEqual(abs(hides[0].shown_for - 3.0), 0.1)

    def test_only_what_casparcg_took_is_written(self) -> None:
        """A graphic that was refused is not in the as-run, nor in the list."""
        it = stage(clip("a", 100, events=[on(500)]))
        it.fault = at_first(404, CgAdd)
        auto(it)
        it.run_for(3)
        self.assertEqual(
            [e for _, e in it.entries if isinstance(e, TemplateShow | TemplateHide)], []
        )
        self.assertEqual(active(it.graphics), ())

    def test_in_the_list(self) -> None:
        """What an item shows is in the list of graphics, and stays there when it is stopped."""
        it = stage(clip("a", 100, events=[on(500), off(1000)]), clip("b", 50))
        auto(it)
        it.run_for(2)
        self.assertEqual([(t.name, t.playing) for t in active(it.graphics)], [("bug", True)])
        it.run_for(2)
        self.assertEqual([(t.name, t.playing) for t in active(it.graphics)], [("bug", False)])

    def test_lost_with_the_server(self) -> None:
        """What a server that died had shown is hidden; put back, it is shown anew."""
        it = stage(clip("a", 500, events=[on(1000)]), clip("b", 50))
        auto(it)
        it.run_for(3)
        it.crash()
        it.run_for(2)
        it.revive()
        it.connect()
        it.dense(1000)
        it.run_for(2)
        lines = [line[:2] for line in written(it) if line and line[0] in ("show", "hide")]
        self.assertEqual(lines, [("show", "bug"), ("hide", "bug"), ("show", "bug")])
        self.assertEqual([(t.name, t.playing) for t in active(it.graphics)], [("bug", True)])

    def test_going_manual(self) -> None:
        """A change of mode changes nothing about the graphics of the item on air."""
        it = stage(clip("a", 250, events=[on(3000), off(1000)]), clip("b", 50))
        auto(it)
        it.run_for(1)
        manual(it)
        it.run_for(11)
        self.assertEqual((len(sent(it, CgAdd)), len(sent(it, CgStop))), (1, 1))
