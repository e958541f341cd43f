"""The channel's shell: events in, effects out, one wake-up call."""

import gc

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import LoopingCall
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import provider

from rtgplayout.amcp.commands import InfoChannel, LoadBackground, Play, Unsendable
from rtgplayout.amcp.errors import CommandTimedOut, NotConnected
from rtgplayout.amcp.status import Unreadable
from rtgplayout.emulator.media import Media
from rtgplayout.playout import channel as channel_module
from rtgplayout.playout import revisions as revisions_module
from rtgplayout.playout.channel import SILENCE, TICK
from rtgplayout.playout.events import Event, Now, Ticked
from rtgplayout.playout.report import Memory
from rtgplayout.playout.rules import step
from rtgplayout.playout.state import State
from rtgplayout.playout.status import CannotDo, Mode, Published, Showing, Status
from rtgplayout.rundown.playlist import Add, Remove
from tests.store.threads import Held

from .scene import clip
from .studio import EPOCH, Studio


def unreadable() -> None:
    raise Unreadable("no XML")


class LifeTests(SynchronousTestCase):
    """A channel from its start to its stop."""

    def test_a_list_plays_itself(self) -> None:
        """In AUTO the items follow one another, are reported, remembered and written down."""
        studio = Studio([clip("a"), clip("b"), clip("c")])
        studio.connect()
        self.assertEqual(studio.on_air(), None)
        self.successResultOf(studio.channel.set_mode(Mode.AUTO, "me"))
        studio.run(1)
        self.assertEqual(studio.on_air(), "a")
        self.assertEqual(studio.disk.memories[-1].on_air_id, "a")
        self.assertEqual(studio.disk.memories[-1].mode, Mode.AUTO)
        studio.run(4)
        self.assertEqual(studio.on_air(), "b")
        self.assertEqual(studio.channel.status().upcoming.item.id, "c")  # type: ignore[union-attr]
        events = [(e["eventType"], e.get("itemId")) for e in studio.disk.entries]
        self.assertEqual(
            [each for each in events if each[0] in ("PLAY_START", "PLAY_END")],
            [("PLAY_START", "a"), ("PLAY_END", "a"), ("PLAY_START", "b")],
        )

    def test_what_comes_next_is_told_with_the_schedule_that_it_follows_from(self) -> None:
        """At a junction the schedule is published before the status that speaks of it."""
        studio = Studio([clip("a"), clip("b"), clip("c")])
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(2)
        studio.told.clear()
        studio.run(3)
        told = [each for each in studio.told if isinstance(each, Published | Status)]
        published = next(n for n, each in enumerate(told) if isinstance(each, Published))
        for status in told[:published]:
            assert isinstance(status, Status)
            assert status.on_air is not None
            self.assertEqual(status.on_air.item.id, "a")
        self.assertEqual(studio.statuses[-1].on_air.item.id, "b")  # type: ignore[union-attr]
        self.assertEqual(studio.channel.document().schedule.anchor, 1)

    def test_stopping_leaves_nothing_behind(self) -> None:
        """No call is left on the clock, and CasparCG is told nothing."""
        studio = Studio([clip("a"), clip("b")], base_start=3.05)
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(2.4)
        sent = len(studio.link.sent)
        self.assertIsNotNone(studio.channel.state.wake)
        waiting = studio.channel.play("missing", "me")
        self.failureResultOf(waiting, CannotDo)
        waiting = studio.channel._operators.wait("a", studio.channel.state, 0.0)
        sent = len(studio.link.sent)
        studio.channel.stopService()
        studio.ticking.stop()
        self.assertEqual(studio.clock.getDelayedCalls(), [])
        self.assertEqual(len(studio.link.sent), sent)
        self.failureResultOf(waiting, CannotDo)

    def test_what_happens_after_stopping_starts_no_clock(self) -> None:
        """The last answers may come when nothing is to be called any more."""
        studio = Studio([clip("a"), clip("b")], base_start=1.0)
        studio.channel.stopService()
        studio.ticking.stop()
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(1)
        self.assertEqual(studio.clock.getDelayedCalls(), [])

    def test_stopping_while_a_command_has_failed(self) -> None:
        """One that could not be sent at all, and was not told of yet, is forgotten."""
        studio = Studio([clip("a"), clip("b")])
        studio.connect()
        studio.link.raising = ZeroDivisionError()
        studio.channel.play("b", "me").addErrback(lambda _: None)
        studio.channel.stopService()
        studio.ticking.stop()
        self.assertNotIn("Channel", str(studio.clock.getDelayedCalls()))
        del studio
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_a_restarted_daemon_adopts_what_is_on_air(self) -> None:
        """What CasparCG plays goes on, is reported at its real position, and is followed."""
        first = Studio([clip("a"), clip("b")])
        first.connect()
        first.channel.set_mode(Mode.AUTO, "me")
        first.run(2)
        remembered = first.disk.memories[-1]
        first.channel.stopService()
        first.ticking.stop()
        second = Studio([clip("a"), clip("b")], memory=remembered, clock=first.clock)
        second.link.server = first.link.server
        sent = len(second.link.sent)
        second.connect()
        self.assertEqual(second.on_air(), "a")
        self.assertEqual(second.channel.status().mode, Mode.AUTO)
        self.assertEqual([c for _, c in second.link.sent[sent:] if isinstance(c, Play)], [])
        showing = second.channel.status().on_air
        assert showing is not None
        assert remembered.started_at is not None
        self.assertLess(abs(showing.started_at - remembered.started_at), 0.05)
        second.run(2.5)
        self.assertEqual(second.on_air(), "b")


class LinkTests(SynchronousTestCase):
    """What comes of the link's state and answers."""

    def test_status_tells_of_the_link(self) -> None:
        studio = Studio([clip("a")])
        self.assertFalse(studio.channel.status().connected)
        studio.connect()
        self.assertTrue(studio.statuses[-1].connected)
        self.assertTrue(studio.statuses[-1].telemetry)
        studio.disconnect("cable cut")
        self.assertFalse(studio.statuses[-1].connected)
        self.assertIn("cable cut", studio.notices[-1].message)

    def test_a_link_that_is_lost_again_at_once(self) -> None:
        """The question what is on air fails with it; the next connection asks again."""
        studio = Studio([clip("a")])
        studio.link.connection = studio.link.server.connect()
        studio.channel.link_up()
        studio.disconnect()
        studio.run(0.1)
        self.assertFalse(studio.channel.state.linked)
        studio.connect()
        self.assertTrue(studio.channel.state.linked)

    def test_a_link_that_is_lost_while_something_is_cued(self) -> None:
        """
        The cue fails before the link tells that it is down; what is sent between fails too, and
        nothing of that counts against the item.
        """
        studio = Studio([clip("a"), clip("b")])
        studio.connect()
        sent = len(studio.link.sent)
        done = studio.channel.play("b", "me")
        self.assertGreater(len(studio.link.sent), sent)
        studio.disconnect()
        studio.run(1)
        self.assertEqual(studio.channel.state.failed, {})
        studio.connect()
        studio.run(1)
        self.assertEqual(studio.on_air(), "b")
        self.successResultOf(done)

    def test_info_that_tells_nothing(self) -> None:
        """Without INFO the channel waits for telemetry to say what is on air."""
        studio = Studio([clip("a")])
        studio.telemetry = False
        studio.link.failing[InfoChannel] = CommandTimedOut(InfoChannel(1), sent=True)
        studio.link.connection = studio.link.server.connect()
        studio.channel.link_up()
        studio.run(0.1)
        self.assertTrue(studio.channel.state.linked)
        self.assertFalse(studio.channel.state.known)
        del studio.link.failing[InfoChannel]
        studio.run(1.5)
        self.assertTrue(studio.channel.state.known, "INFO is asked again")

    def test_an_answer_that_tells_nothing(self) -> None:
        """INFO that cannot be read is logged, and asked again later."""
        studio = Studio([clip("a")])
        studio.connect()
        studio.telemetry = False
        self.patch(studio.channel, "_read_info", lambda reply: unreadable())
        studio.run(8)
        asked = len(studio.link.sent_as(InfoChannel))
        self.assertGreater(asked, 1)
        studio.run(10)
        self.assertGreater(len(studio.link.sent_as(InfoChannel)), asked)

    def test_every_way_to_fail_is_an_event(self) -> None:
        """
        A deadline, an unsendable command, a lost link, an error that nobody thought of: rules that
        insist do not stop the clock, and go on when it works again.
        """
        for error in (
            Unsendable("no"),
            CommandTimedOut(InfoChannel(1), sent=True),
            NotConnected(InfoChannel(1)),
            ConnectionDone(),
        ):
            studio = Studio([clip("a"), clip("b")])
            studio.link.failing[LoadBackground] = error
            studio.connect()
            self.assertIn(len(studio.link.sent_as(LoadBackground)), range(1, 40))
            studio.link.failing.clear()
            done = studio.channel.play("b", "me")
            studio.run(1)
            self.successResultOf(done)
        self.flushLoggedErrors(ConnectionDone)

    def test_refusals_are_answers(self) -> None:
        """A file that is not there is known when it is cued."""
        studio = Studio([clip("a"), clip("b")], missing=["a.mp4"])
        studio.connect()
        self.assertIn("a", studio.channel.state.failed)


class WakeTests(SynchronousTestCase):
    """What has to be exact has a wake-up call of its own."""

    def test_a_take_is_sent_when_it_is_due(self) -> None:
        """To the millisecond, between two ticks."""
        studio = Studio([clip("a"), clip("b")], base_start=2.037)
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(1.35)
        due = studio.channel.state.wake
        assert due is not None
        self.assertEqual(studio.link.sent_as(Play), [])
        studio.clock.pump([0.0005] * 600)
        at = next(at for at, command in studio.link.sent if isinstance(command, Play))
        self.assertLess(abs(at - due), 0.001)
        self.assertGreater(min(at % TICK, TICK - at % TICK), 0.005)

    def test_one_call_at_a_time(self) -> None:
        """What is due changes with every event; the clock holds one call for it."""
        studio = Studio([clip("a"), clip("b")], base_start=1.0)
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        for _ in range(20):
            studio.run(0.02)
            calls = [str(call) for call in studio.clock.getDelayedCalls()]
            wakes = [each for each in calls if "_tick" in each and "LoopingCall" not in each]
            self.assertLessEqual(len(wakes), 1)


class TroubleTests(SynchronousTestCase):
    """Errors of our own are logged, and the show goes on."""

    def test_a_tick_that_raises_does_not_end_the_ticking(self) -> None:
        studio = Studio([clip("a")])
        count = 0

        def failing(state: State, event: Event, now: Now) -> object:
            nonlocal count
            if isinstance(event, Ticked):
                count += 1
                raise ZeroDivisionError
            return step(state, event, now)

        self.patch(channel_module, "step", failing)
        studio.run(1.0)
        self.assertGreater(count, 5)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), count)
        studio.connect()
        self.assertTrue(studio.channel.state.linked)
        self.flushLoggedErrors(ZeroDivisionError)

    def test_an_effect_that_fails_takes_no_other_with_it(self) -> None:
        """A disk error in the as-run log does not keep commands from being sent."""
        studio = Studio([clip("a"), clip("b")])

        def broken(entry: object) -> Deferred[None]:
            raise OSError("disk full")

        studio.channel._records = evolve(studio.channel._records, entry=broken)
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(5)
        self.assertEqual(studio.on_air(), "b")
        self.assertGreaterEqual(len(self.flushLoggedErrors(OSError)), 3)

    def test_a_state_that_cannot_be_saved(self) -> None:
        """One line says so, and nobody is alarmed: it is the disk's fault and no fault of ours."""
        studio = Studio([clip("a")])
        studio.disk.broken = OSError(28, "No space left on device")
        lines: list[str] = []

        @provider(ILogObserver)
        def observer(event: LogEvent) -> None:
            lines.append(formatEvent(event))

        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        studio.channel.set_mode(Mode.AUTO, "me")
        self.assertEqual(
            lines,
            ["the state of channel 1 could not be saved: [Errno 28] No space left on device"],
        )

    def test_a_link_that_raises(self) -> None:
        """It is as if CasparCG did not answer."""
        studio = Studio([clip("a")])
        studio.connect()
        studio.link.raising = RuntimeError("no")
        refused = studio.channel.play("a", "me")
        studio.run(2)
        self.failureResultOf(refused, CannotDo)
        self.assertIsNone(studio.on_air())
        self.assertNotEqual(self.flushLoggedErrors(RuntimeError), [])
        studio.link.raising = None
        done = studio.channel.play("a", "me")
        studio.run(1)
        self.successResultOf(done)

    def test_a_watcher_that_raises(self) -> None:
        """Who listens badly changes nothing on air."""
        studio = Studio([clip("a")])

        def broken(status: Status) -> None:
            raise ValueError

        studio.channel._watcher = evolve(studio.channel._watcher, status=broken)
        studio.connect()
        done = studio.channel.play("a", "me")
        studio.run(1)
        self.successResultOf(done)
        self.assertNotEqual(self.flushLoggedErrors(ValueError), [])

    def test_a_loop_that_ends_is_logged(self) -> None:
        studio = Studio([])
        failing = LoopingCall(lambda: 1 / 0)
        failing.clock = studio.clock
        studio.channel._ticking.stop()
        studio.channel._ticking = failing
        studio.channel.startService()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class LatenessTests(SynchronousTestCase):
    """How late each tick comes is told."""

    def setUp(self) -> None:
        self.studio = Studio([clip("a"), clip("b")])
        self.late: list[float] = []
        self.studio.channel._tell_late = lambda channel, seconds: self.late.append(seconds)

    def run_smoothly(self) -> None:
        """Half a second, a millisecond at a time; then to the middle between two ticks."""
        self.studio.clock.pump([0.001] * 500)
        self.pass_to(-TICK / 2)

    def pass_to(self, after: float) -> None:
        """Let it be that many seconds after the next tick is due, at once."""
        self.studio.clock.advance(self.studio.channel._due + after - self.studio.clock.seconds())

    def test_ticks_that_come_in_time(self) -> None:
        self.run_smoothly()
        self.assertGreaterEqual(len(self.late), 4)
        self.assertLess(max(self.late), 0.0011)

    def test_a_tick_that_comes_late(self) -> None:
        """All of the time that passed since it was due, and the next one is in time again."""
        self.run_smoothly()
        self.late.clear()
        self.pass_to(0.255)
        self.assertAlmostEqual(self.late[0], 0.255)
        self.late.clear()
        self.run_smoothly()
        self.assertLess(max(self.late), 0.0011)

    def test_a_tick_that_takes_long(self) -> None:
        """The next one comes at its own time, and is not late for those that were left out."""
        self.run_smoothly()
        told = self.studio.channel._ticked
        self.studio.channel._ticked = lambda channel: self.studio.clock.pump([2.5 * TICK])
        self.pass_to(0)
        self.studio.channel._ticked = told
        self.late.clear()
        self.run_smoothly()
        self.assertGreaterEqual(len(self.late), 4)
        self.assertLess(max(self.late), 0.0011)

    def test_a_wake_up_call(self) -> None:
        """What has to be exact counts most."""
        self.run_smoothly()
        self.studio.channel._set_wake(self.studio.clock.seconds() + 0.02)
        self.late.clear()
        self.studio.clock.advance(0.03)
        self.assertAlmostEqual(self.late[0], 0.01)

    def test_begun_again(self) -> None:
        """A channel that is begun again is not as late as it was silent."""
        self.studio.channel._ticking.stop()
        self.studio.run(9)
        self.late.clear()
        self.studio.channel.restart()
        self.run_smoothly()
        self.assertLess(max(self.late), 0.0011)

    def test_who_is_told_may_fail(self) -> None:
        """The ticking goes on."""

        def broken(channel: int, seconds: float) -> None:
            raise ZeroDivisionError

        self.studio.channel._tell_late = broken
        self.studio.run(1)
        self.assertTrue(self.studio.channel._ticking.running)
        self.assertEqual(self.studio.channel.fault(), "")
        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))


class SilenceTests(SynchronousTestCase):
    """A channel that does not tick is noticed, and ticks on when told to."""

    def setUp(self) -> None:
        self.studio = Studio([clip("a"), clip("b")])
        self.studio.connect()
        self.channel = self.studio.channel
        self.ticks: list[int] = []
        self.channel._ticked = self.ticks.append

    def test_a_channel_that_ticks(self) -> None:
        """Each tick that is done is told, with the channel's number."""
        self.studio.run(2.0)
        self.assertEqual(self.channel.fault(), "")
        self.assertEqual(set(self.ticks), {1})
        self.assertIn(len(self.ticks), (19, 20, 21))

    def test_the_loop_ended(self) -> None:
        self.channel._ticking.stop()
        self.studio.run(SILENCE)
        self.assertEqual(self.channel.fault(), "")
        self.studio.run(0.2)
        self.assertIn("no tick was done in 5 s", self.channel.fault())
        self.channel.restart()
        self.assertEqual(self.channel.fault(), "")
        self.channel.set_mode(Mode.AUTO, "me")
        self.studio.run(5)
        self.assertEqual(self.studio.on_air(), "b")

    def test_what_is_never_done(self) -> None:
        """As when something escaped from within an event."""
        self.channel._busy = True
        self.studio.run(SILENCE + 0.2)
        self.assertEqual(self.ticks, [])
        self.assertNotEqual(self.channel.fault(), "")
        self.channel.restart()
        self.studio.run(1)
        self.assertEqual((self.channel.fault(), set(self.ticks)), ("", {1}))

    def test_ticks_that_fail_do_not_count(self) -> None:
        """Else a watchdog would be told that all is well."""

        def failing(state: State, event: Event, now: Now) -> object:
            raise ZeroDivisionError

        broken = self.patch(channel_module, "step", failing)
        self.studio.run(SILENCE + 0.2)
        self.assertEqual(self.ticks, [])
        self.assertNotEqual(self.channel.fault(), "")
        broken.restore()
        self.studio.run(0.2)
        self.assertEqual(self.channel.fault(), "")
        self.flushLoggedErrors(ZeroDivisionError)

    def test_stopped(self) -> None:
        """A channel that was stopped is silent, as it should be, and stays so."""
        self.channel.stopService()
        self.studio.run(2 * SILENCE)
        self.assertEqual(self.channel.fault(), "")
        self.channel.restart()
        self.studio.run(2)
        self.assertEqual(self.ticks, [])


class DeskTests(SynchronousTestCase):
    """What operators ask, and what they are answered."""

    def test_play_is_answered_when_it_is_on_air(self) -> None:
        """Not when CasparCG said 202."""
        studio = Studio([clip("a"), clip("b")])
        studio.connect()
        done = studio.channel.play("b", "me")
        studio.clock.pump([0.001] * 5)
        self.assertNoResult(done)
        studio.run(0.5)
        self.successResultOf(done)
        self.assertEqual(studio.on_air(), "b")
        self.assertEqual(studio.channel.status().showing, Showing.PLAYING)

    def test_take_is_answered_when_it_is_on_air(self) -> None:
        studio = Studio([clip("a"), clip("b")])
        studio.connect()
        done = studio.channel.take("me")
        self.assertNoResult(done)
        studio.run(0.5)
        self.successResultOf(done)
        self.assertEqual(studio.on_air(), "a")
        done = studio.channel.take("me")
        studio.run(0.5)
        self.successResultOf(done)
        self.assertEqual(studio.on_air(), "b")

    def test_play_of_the_item_on_air_is_a_new_start(self) -> None:
        studio = Studio([clip("a"), clip("b")])
        studio.connect()
        studio.channel.play("a", "me")
        studio.run(1)
        done = studio.channel.play("a", "me")
        self.assertNoResult(done)
        studio.run(0.5)
        self.successResultOf(done)

    def test_play_fails_with_the_reason(self) -> None:
        studio = Studio([clip("a"), clip("b")], missing=["b.mp4"])
        studio.connect()
        done = studio.channel.play("b", "me")
        studio.run(2)
        reason = self.failureResultOf(done, CannotDo).value
        self.assertEqual(reason.path, "id")
        self.assertTrue(reason.reason)

    def test_refused_at_once(self) -> None:
        """Without CasparCG, with nothing to take, with an unknown item."""
        studio = Studio([])
        for done in (
            studio.channel.take("me"),
            studio.channel.play("a", "me"),
            studio.channel.stop("me"),
        ):
            refused = self.failureResultOf(done, CannotDo).value
            self.assertIn("not connected", refused.reason)
        studio.connect()
        self.assertIn(
            "nothing", self.failureResultOf(studio.channel.take("me"), CannotDo).value.reason
        )
        refused = self.failureResultOf(studio.channel.play("x", "me"), CannotDo).value
        self.assertEqual(refused.path, "id")

    def test_stop(self) -> None:
        """The picture goes, the mode is manual; who waited for another item is told."""
        studio = Studio([clip("a"), clip("b")])
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(1)
        waiting = studio.channel.play("b", "you")
        self.successResultOf(studio.channel.stop("me"))
        self.failureResultOf(waiting, CannotDo)
        studio.run(0.5)
        self.assertIsNone(studio.on_air())
        self.assertEqual(studio.channel.status().mode, Mode.MANUAL)

    def test_those_who_look_all_the_time(self) -> None:
        """They share what was worked out for one of them, until something happens."""
        studio = Studio([clip("a"), clip("b")])
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(0.5)
        before = studio.channel.lately()
        studio.run(0.5)
        self.assertIs(studio.channel.lately(), before)
        studio.run(0.6)
        self.assertIsNot(studio.channel.lately(), before)
        self.assertEqual(studio.channel.lately(), studio.channel.status())
        studio.channel.set_mode(Mode.MANUAL, "me")
        self.assertEqual(studio.channel.lately().mode, Mode.MANUAL)

    def test_edits_are_in_force_when_they_are_answered(self) -> None:
        studio = Studio([clip("a")])
        done = studio.channel.edit(Add((clip("b"),)), "me")
        published = self.successResultOf(done)
        self.assertEqual(studio.ids(), ["a", "b"])
        self.assertEqual(studio.channel.state.playlist, published.document.playlist)
        self.successResultOf(studio.channel.undo("me"))
        self.assertEqual(studio.ids(), ["a"])
        self.assertEqual([i.id for i in studio.channel.plan().items], ["a"])

    def test_an_edit_is_told_before_the_status_that_speaks_of_it(self) -> None:
        studio = Studio([clip("a"), clip("b"), clip("c")])
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(1)
        studio.told.clear()
        studio.channel.edit(Remove(("b",)), "me")
        self.assertIsInstance(studio.told[0], Published)
        upcoming = studio.statuses[-1].upcoming
        assert upcoming is not None
        self.assertEqual((upcoming.item.id, upcoming.index), ("c", 1))

    def test_long_lists_are_told_when_their_schedule_is_made(self) -> None:
        """The status that speaks of the new list waits for it."""
        thread = Held()
        self.patch(revisions_module, "_SHORT", 2)
        more = [Media("d.mp4", 100)]
        studio = Studio([clip("a"), clip("b"), clip("c")], files=more, threads=thread)
        studio.connect()
        studio.channel.set_mode(Mode.AUTO, "me")
        studio.run(1)
        thread.work()
        self.assertEqual(studio.on_air(), "a")
        studio.told.clear()
        done = studio.channel.edit(Add((clip("d"),), 1), "me")
        studio.run(0.3)
        self.assertNoResult(done)
        self.assertEqual(studio.told, [])
        thread.work()
        self.successResultOf(done)
        self.assertIsInstance(studio.told[0], Published)
        upcoming = studio.statuses[-1].upcoming
        assert upcoming is not None
        self.assertEqual(upcoming.item.id, "d")

    def test_a_remembered_item_that_is_gone(self) -> None:
        """A state file may speak of what the playlist has no more."""
        studio = Studio([clip("a")], memory=Memory(Mode.MANUAL, "x", EPOCH, "y"))
        studio.connect()
        self.assertIsNone(studio.on_air())
