# -*- test-case-name: tests.amcp.test_conversation -*-
"""
Tests for L{rtgplayout.amcp.conversation}.
"""

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import (
    AskCueLength,
    Clip,
    Command,
    InfoChannel,
    InfoChannels,
    LoadBackground,
    Play,
    Priority,
    Raw,
    Target,
    Unsendable,
    Version,
)
from rtgplayout.amcp.conversation import Conversation
from rtgplayout.amcp.errors import CommandError, CommandRefused, CommandTimedOut, LinkLost, Overflow
from rtgplayout.amcp.status import ServerVersion
from rtgplayout.amcp.wire import Reply

AIR = Target(1, 10)
TAKE, CUE, PROBE = Play(AIR), LoadBackground(AIR, Clip("a"), auto=True), AskCueLength(AIR)


def answer(number: int | None, code: int = 202, text: str = "PLAY OK") -> Reply:
    return Reply(code, text, (), None if number is None else str(number))


class ConversationTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.written: list[str] = []
        self.out_of_step = 0
        self.ends: list[tuple[Command, float | None, str]] = []
        self.conversation = Conversation(
            self.written.append, self.clock, self.lost_step, self.note_end
        )

    def note_end(self, command: Command, seconds: float | None, error: CommandError | None) -> None:
        self.ends.append((command, seconds, type(error).__name__))

    def lost_step(self) -> None:
        self.out_of_step += 1

    def assert_nothing_left(self) -> None:
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.conversation.pending, 0)
        self.assertEqual(sum(self.conversation.waiting().values()), 0)


class ByIdTests(ConversationTests):
    """With a server that knows request ids."""

    def test_answers_in_any_order(self) -> None:
        """Each command gets its own answer, whatever order they come in."""
        play, info = self.conversation.send(TAKE), self.conversation.send(InfoChannels())
        self.assertEqual(self.written, ["REQ 1 PLAY 1-10", "REQ 2 INFO"])
        self.conversation.received(answer(2, 200))
        self.assertNoResult(play)
        self.assertEqual(self.successResultOf(info).code, 200)
        self.conversation.received(answer(1))
        self.assertEqual(self.successResultOf(play).code, 202)
        self.assert_nothing_left()

    def test_refused(self) -> None:
        """A refusal fails with the command and what the server said."""
        play = self.conversation.send(Play(AIR, Clip("a")))
        self.conversation.received(answer(1, 404, "PLAY FAILED"))
        error = self.failureResultOf(play, CommandRefused).value
        self.assertEqual((error.command, error.reply.code), (Play(AIR, Clip("a")), 404))
        self.assertEqual(str(error), 'PLAY 1-10 "a" CUT 0: 404 PLAY FAILED')
        self.assert_nothing_left()

    def test_overflow(self) -> None:
        """A command that the server dropped fails, and is not sent again."""
        play = self.conversation.send(TAKE)
        self.conversation.received(answer(1, 504, "QUEUE OVERFLOW"))
        self.failureResultOf(play, Overflow)
        self.assertEqual(len(self.written), 1)

    def test_no_answer(self) -> None:
        """A command that is not answered in time fails; an answer that comes later is nobody's."""
        probe = self.conversation.send(PROBE)
        self.clock.advance(0.29)
        self.assertNoResult(probe)
        self.clock.advance(0.02)
        error = self.failureResultOf(probe, CommandTimedOut).value
        self.assertEqual((error.command, error.sent), (PROBE, True))
        self.assert_nothing_left()
        take = self.conversation.send(TAKE)
        self.conversation.received(answer(1))
        self.assertNoResult(take)
        self.conversation.received(answer(2))
        self.successResultOf(take)
        self.assertEqual(self.out_of_step, 0)

    def test_answers_without_id(self) -> None:
        """Once ids are known, an answer without one is nobody's."""
        version = self.conversation.send(Version())
        self.conversation.received(answer(1, 201))
        self.successResultOf(version)
        take = self.conversation.send(TAKE)
        self.conversation.received(answer(None))
        self.assertNoResult(take)
        self.conversation.received(answer(99))
        self.assertNoResult(take)
        take.addErrback(lambda _: None)

    def test_a_take_overtakes_questions(self) -> None:
        """However many questions wait, a take is sent at once."""
        asked = [self.conversation.send(InfoChannel(n)) for n in range(1, 6)]
        self.assertEqual(len(self.written), 2)
        self.assertEqual(self.conversation.waiting()[Priority.REST], 3)
        take = self.conversation.send(TAKE)
        self.assertEqual(self.written[-1], "REQ 3 PLAY 1-10")
        self.conversation.received(answer(1, 201))
        self.assertEqual(self.written[3:], [], "a question waits until two are answered")
        self.conversation.received(answer(2, 201))
        self.assertEqual(self.written[3:], ["REQ 4 INFO 3"])
        for each in (*asked, take):
            each.addErrback(lambda _: None)

    def test_waiting_too_long(self) -> None:
        """A command that cannot be sent in time fails without being sent."""
        asked = [self.conversation.send(Raw("CLS")) for _ in range(2)]
        late = self.conversation.send(InfoChannels())
        self.clock.advance(2.1)
        self.assertFalse(self.failureResultOf(late, CommandTimedOut).value.sent)
        self.assertEqual(len(self.written), 2)
        self.clock.advance(3)
        for each in asked:
            self.failureResultOf(each, CommandTimedOut)
        self.assert_nothing_left()

    def test_deadline_counts_from_sending(self) -> None:
        """Waiting to be sent takes nothing from the time that the server has to answer."""
        busy = [self.conversation.send(Raw("CLS")) for _ in range(2)]
        late = self.conversation.send(InfoChannels())
        self.clock.advance(1.5)
        self.conversation.received(answer(1, 200))
        self.assertEqual(len(self.written), 3)
        self.clock.advance(1.5)
        self.assertNoResult(late)
        self.conversation.received(answer(3, 200))
        self.successResultOf(late)
        self.assertEqual(self.conversation.round_trip, 1.5)
        busy[1].addErrback(lambda _: None)

    def test_time_out_makes_room(self) -> None:
        """A command that was given up makes room for the next."""
        first = [self.conversation.send(InfoChannel(n)) for n in range(1, 4)]
        self.clock.advance(1.9)
        self.conversation.received(answer(1, 201))
        self.assertEqual(len(self.written), 3)
        later = self.conversation.send(InfoChannels())
        self.clock.advance(0.2)
        self.failureResultOf(first[1], CommandTimedOut)
        self.assertEqual(self.written[-1], "REQ 4 INFO")
        for each in (*first, later):
            each.addErrback(lambda _: None)

    def test_unsendable(self) -> None:
        """What cannot be sent fails at once and leaves nothing."""
        self.failureResultOf(self.conversation.send(Raw("A\r\nB")), Unsendable)
        self.assert_nothing_left()

    def test_dialect(self) -> None:
        """Commands are written for the server's version."""
        self.conversation.version = ServerVersion(2, 3, 3)
        self.conversation.send(CUE).addErrback(lambda _: None)
        self.assertEqual(self.written, ['REQ 1 LOADBG 1-10 "a" AUTO MIX 1'])

    def test_closed(self) -> None:
        """When the connection is gone, all fail at once by name, and later ones too."""
        sent = [self.conversation.send(InfoChannel(n)) for n in (1, 2)]
        waiting = self.conversation.send(InfoChannels())
        failed: list[bool] = []

        def note(failure: Failure) -> None:
            assert isinstance(failure.value, LinkLost)
            failed.append(failure.value.sent)

        for each in (*sent, waiting):
            each.addErrback(note)
        self.conversation.close()
        self.assertEqual(failed, [True, True, False])
        error = self.failureResultOf(self.conversation.send(TAKE), LinkLost).value
        self.assertEqual((error.command, error.sent), (TAKE, False))
        self.assert_nothing_left()

    def test_closed_while_failing(self) -> None:
        """One who asks again when told of the loss fails again, and is not sent."""
        again: list[Deferred[Reply]] = []
        self.conversation.send(TAKE).addErrback(
            lambda _: again.append(self.conversation.send(TAKE))
        )
        self.conversation.close()
        self.failureResultOf(again[0], LinkLost)
        self.assertEqual(len(self.written), 1)

    def test_cancelled(self) -> None:
        """A cancelled command is forgotten, before it is sent and after."""
        sent = [self.conversation.send(InfoChannel(n)) for n in (1, 2)]
        waiting = self.conversation.send(InfoChannels())
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        sent[0].cancel()
        self.failureResultOf(sent[0], CancelledError)
        self.conversation.received(answer(1, 201))
        self.conversation.received(answer(2, 201))
        self.successResultOf(sent[1])
        self.assertEqual(len(self.written), 2)
        self.assert_nothing_left()


class ByOrderTests(ConversationTests):
    """With a server that knows no request ids."""

    def setUp(self) -> None:
        super().setUp()
        version = self.conversation.send(Version())
        self.conversation.received(answer(None, 400, "ERROR"))
        self.failureResultOf(version, CommandRefused)
        self.conversation.by_order = True
        self.written.clear()

    def test_one_at_a_time(self) -> None:
        """The next command is sent when the one before is answered."""
        take, info = self.conversation.send(TAKE), self.conversation.send(InfoChannels())
        self.assertEqual(self.written, ["PLAY 1-10"])
        self.conversation.received(answer(None))
        self.successResultOf(take)
        self.assertEqual(self.written, ["PLAY 1-10", "INFO"])
        self.conversation.received(answer(None, 200))
        self.successResultOf(info)
        self.assert_nothing_left()

    def test_no_answer(self) -> None:
        """Without an answer nobody knows whose the next one is: the connection has to go."""
        probe, take = self.conversation.send(PROBE), self.conversation.send(TAKE)
        self.clock.advance(0.4)
        self.failureResultOf(probe, CommandTimedOut)
        self.assertEqual(self.out_of_step, 1)
        self.assertEqual(len(self.written), 1)
        self.conversation.close()
        self.failureResultOf(take, LinkLost)
        self.assert_nothing_left()

    def test_cancelled(self) -> None:
        """The answer of a cancelled command is not taken for the next one's."""
        probe, take = self.conversation.send(PROBE), self.conversation.send(TAKE)
        probe.cancel()
        self.failureResultOf(probe, CancelledError)
        self.conversation.received(answer(None, 201))
        self.assertNoResult(take)
        self.conversation.received(answer(None))
        self.successResultOf(take)
        self.assert_nothing_left()

    def test_cancelled_and_refused(self) -> None:
        """Nor is its refusal."""
        probe = self.conversation.send(PROBE)
        probe.cancel()
        self.failureResultOf(probe, CancelledError)
        self.conversation.received(answer(None, 400))
        self.assert_nothing_left()

    def test_cancelled_and_not_answered(self) -> None:
        """Nor does it keep the others waiting for ever."""
        probe = self.conversation.send(PROBE)
        probe.cancel()
        self.failureResultOf(probe, CancelledError)
        self.clock.advance(0.4)
        self.assertEqual(self.out_of_step, 1)
        self.assert_nothing_left()

    def test_answers_to_nothing(self) -> None:
        """An answer when nothing was asked is nobody's."""
        self.conversation.received(answer(None))
        self.assert_nothing_left()


class EndTests(ConversationTests):
    """Each command's end is told once, with how long its answer took and why it failed."""

    def test_answers(self) -> None:
        """An answer that says no took its time too."""
        play, cue = self.conversation.send(TAKE), self.conversation.send(CUE)
        cue.addErrback(lambda _: None)
        self.clock.advance(0.25)
        self.conversation.received(answer(1))
        self.clock.advance(0.25)
        self.conversation.received(answer(2, 404, "LOADBG FAILED"))
        self.conversation.received(answer(2, 404, "LOADBG FAILED"))
        self.successResultOf(play)
        self.assertEqual(self.ends, [(TAKE, 0.25, "NoneType"), (CUE, 0.5, "CommandRefused")])

    def test_no_answers(self) -> None:
        for _ in range(2):
            self.conversation.send(PROBE).addErrback(lambda _: None)
            self.clock.advance(60)
        self.conversation.send(TAKE).addErrback(lambda _: None)
        self.conversation.close()
        self.conversation.close()
        timed_out, lost = (PROBE, None, "CommandTimedOut"), (TAKE, None, "LinkLost")
        self.assertEqual(self.ends, [timed_out, timed_out, lost])

    def test_who_no_longer_waits(self) -> None:
        """A command that was given up has no end; nobody knows what became of it."""
        given_up = self.conversation.send(TAKE)
        given_up.addErrback(lambda _: None)
        given_up.cancel()
        self.conversation.received(answer(1))
        self.assertEqual(self.ends, [])
