"""Errors that nobody handled."""

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import Logger, LogPublisher
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.alarms import Alarms


class AlarmsTests(SynchronousTestCase):
    """Failures in the log are told to everybody."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1000)
        self.told: list[tuple[str, str]] = []
        self.later: list[object] = []
        self.alarms = Alarms(
            lambda what, why: self.told.append((what, why)),
            self.call_later,
            self.clock.seconds,
            frozenset(["the.door"]),
        )
        self.publisher = LogPublisher(self.alarms)
        self.log = Logger("some.room", observer=self.publisher)

    def call_later(self, call: object, *args: object) -> None:
        self.later.append(args)
        call(*args)  # type: ignore[operator]

    def fail(self, log: Logger | None = None) -> None:  # type: ignore[override]
        with (log or self.log).failuresHandled("while {doing}", doing="things"):
            raise ZeroDivisionError("by zero")

    def test_a_failure_is_told(self) -> None:
        """What was being done, and what went wrong; in the reactor's thread."""
        self.fail()
        self.assertEqual(self.told, [("while things", "by zero")])
        self.assertEqual(len(self.later), 1)

    def test_what_twisted_finds_is_told(self) -> None:
        """As an unhandled error in a Deferred."""
        failed: Deferred[None] = Deferred()
        failed.errback(ValueError("nobody waits"))
        try:
            failed.result.raiseException()  # type: ignore[attr-defined]
        except ValueError:
            self.log.failure("")
        failed.addErrback(lambda _: None)
        self.assertEqual(self.told, [("Unhandled error", "nobody waits")])

    def test_what_is_no_failure_is_not(self) -> None:
        self.log.critical("a sentence")
        self.log.error("another")
        with self.log.failuresHandled("handled") as done:
            pass
        self.assertFalse(done.failed)
        self.assertEqual(self.told, [])

    def test_what_is_told_by_who_logs_it_is_not_told_twice(self) -> None:
        self.fail(Logger("the.door", observer=self.publisher))
        self.assertEqual(self.told, [])

    def test_many(self) -> None:
        """The first few are told, then one now and then, with how many were not."""
        for _ in range(20):
            self.fail()
        self.assertEqual(len(self.told), 5)
        self.clock.advance(10)
        self.fail()
        self.assertEqual(self.told[5:], [("while things (15 more before)", "by zero")])
        self.clock.advance(1000)
        for _ in range(20):
            self.fail()
        self.assertEqual(len(self.told), 11)
