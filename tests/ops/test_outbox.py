"""Alerts on their way to one place."""

from itertools import pairwise
from typing import cast

from attrs import evolve
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.alert import Alert, Severity
from rtgplayout.ops.outbox import MOST, NotDelivered, Outbox

from .test_alert import ALERT

CRITICAL = ALERT
WARNING = evolve(ALERT, severity=Severity.WARNING)


class OutboxTests(SynchronousTestCase):
    """L{Outbox}."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.sent: list[tuple[float, tuple[str, ...]]] = []
        self.answers: list[Deferred[str]] = []
        self.why: NotDelivered | None = None
        self.box = self.make()
        self.lines: list[str] = []

        observer = cast(ILogObserver, self.note)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def note(self, event: LogEvent) -> None:
        self.lines.append(formatEvent(event))

    def make(self, at_once: int = 1, gather: float = 0.0) -> Outbox:
        box = Outbox("there", self.send, self.clock, lambda: 0.5, at_once, gather)
        box.startService()
        return box

    def send(self, alerts: tuple[Alert, ...]) -> Deferred[str]:
        self.sent.append((self.clock.seconds(), tuple(each.id for each in alerts)))
        if self.why is not None:
            return fail(self.why)
        if self.answers:
            return self.answers.pop(0)
        return succeed("200")

    def put(self, *ids: str, alert: Alert = CRITICAL) -> None:
        for id in ids:
            self.box.put(evolve(alert, id=id))

    def test_in_order(self) -> None:
        self.put("1", "2", "3")
        self.clock.pump([0] * 5)
        self.assertEqual(self.sent, [(0, ("1",)), (0, ("2",)), (0, ("3",))])
        self.assertEqual((len(self.box), self.clock.getDelayedCalls()), (0, []))

    def test_gathered(self) -> None:
        """What happens within a few seconds goes at once, up to so many."""
        self.box = self.make(at_once=2, gather=5.0)
        self.put("1")
        self.clock.advance(4)
        self.put("2", "3")
        self.clock.advance(1)
        self.clock.advance(0)
        self.assertEqual(self.sent, [(5, ("1", "2")), (5, ("3",))])

    def test_tried_again(self) -> None:
        """Less and less often, the first first; the first failure and the end are logged."""
        self.why = NotDelivered("503 busy")
        self.put("1", "2")
        self.clock.pump([1] * 1000)
        times = [at for at, _ in self.sent]
        waits = [b - a for a, b in pairwise(times)]
        self.assertEqual(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300])
        self.assertEqual({ids for _, ids in self.sent}, {("1",)})
        self.why = None
        self.clock.pump([1] * 301)
        self.assertEqual([ids for _, ids in self.sent[-2:]], [("1",), ("2",)])
        self.assertEqual(
            self.lines,
            [
                "Alerts cannot be delivered to there, which is tried again: 503 busy",
                "Alerts are delivered again to there",
            ],
        )

    def test_jitter(self) -> None:
        """Waits differ by up to a fifth."""
        self.box = Outbox("there", self.send, self.clock, lambda: 1.0)
        self.box.startService()
        self.why = NotDelivered("no")
        self.put("1")
        self.clock.pump([0, 2.39])
        self.assertEqual(len(self.sent), 1)
        self.clock.advance(0.02)
        self.assertEqual(len(self.sent), 2)

    def test_given_up(self) -> None:
        """After an hour; it is in the log."""
        self.why = NotDelivered("503")
        self.put("1")
        self.clock.pump([10] * 400)
        self.assertEqual((len(self.box), self.box.dropped), (0, 1))
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertIn("An alert was not delivered to there (it could not be", self.lines[-1])
        self.assertIn(CRITICAL.headline, self.lines[-1])
        self.why = None
        self.put("2")
        self.clock.pump([0, 0])
        self.assertEqual(self.sent[-1][1], ("2",))

    def test_refused_for_good(self) -> None:
        """What is refused three times holds up nothing."""
        self.why = NotDelivered("400 what?", refused=True)
        self.put("1", "2")
        self.clock.pump([1] * 30)
        self.assertEqual([ids for _, ids in self.sent], [("1",)] * 3 + [("2",)] * 3)
        self.assertEqual((len(self.box), self.box.dropped), (0, 2))

    def test_bounded(self) -> None:
        """A place that hangs keeps so many, the oldest that is not critical goes first."""
        self.answers = [Deferred()]
        self.put("under way", alert=WARNING)
        self.clock.advance(0)
        self.put("w1", "w2", alert=WARNING)
        self.put(*map(str, range(MOST - 3)))
        self.assertEqual((len(self.box), self.box.dropped), (MOST, 0))
        self.put("a")
        self.put("b")
        self.put("c")
        self.put("w3", alert=WARNING)
        self.assertEqual((len(self.box), self.box.dropped), (MOST, 4))
        self.assertEqual(len(self.lines), 4)

    def test_anything_else_that_fails(self) -> None:
        """A mistake of ours is a failure like any other; nothing stops."""
        self.answers = [fail(ValueError("https://user:secret@x"))]
        self.put("1")
        self.clock.pump([0, 2])
        self.assertEqual(len(self.sent), 2)
        self.assertIn("tried again: ValueError", self.lines[0])
        self.assertNotIn("secret", "".join(self.lines))

    def test_stopped(self) -> None:
        """What is under way is left, what waits is logged; nothing goes on."""
        cancelled: list[object] = []
        self.answers = [Deferred(cancelled.append)]
        self.put("1", "2")
        self.clock.advance(0)
        self.box.stopService()
        self.assertEqual((len(cancelled), len(self.box), self.box.dropped), (1, 0, 2))
        self.assertIn("(the daemon ends)", self.lines[-1])
        self.put("3")
        self.assertEqual((len(self.sent), self.clock.getDelayedCalls()), (1, []))

    def test_stopped_between(self) -> None:
        self.why = NotDelivered("no")
        self.put("1")
        self.clock.advance(0)
        self.box.stopService()
        self.assertEqual((self.box.dropped, self.clock.getDelayedCalls()), (1, []))

    def test_begun_with_something(self) -> None:
        """What was put before the start goes with it."""
        self.box = Outbox("there", self.send, self.clock, lambda: 0.5)
        self.put("1")
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.box.startService()
        self.clock.advance(0)
        self.assertEqual(self.sent, [(0, ("1",))])
