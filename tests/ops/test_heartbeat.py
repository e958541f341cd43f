"""The dead man's switch."""

from typing import cast

from attrs import evolve
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.heartbeat import Heartbeat, withheld
from rtgplayout.ops.vitals import Vitals
from rtgplayout.playout.status import Mode, Showing, Status, Upcoming
from tests.playout.scene import clip

from .elsewhere import URL, Web

ON_AIR = Status(1, Mode.AUTO, Showing.PLAYING, connected=True, telemetry=True)
WELL = Vitals(1000.0, statuses=(ON_AIR,))
DUE = Upcoming(clip("a"), 0, 900.0, 100)


class HeartbeatTests(SynchronousTestCase):
    """L{Heartbeat}, every minute."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.web = Web()
        self.vitals = WELL
        self.broken = False
        self.beat = Heartbeat(URL, 60.0, self.look, self.web.agent, self.clock)
        self.beat.startService()
        self.lines: list[str] = []

        observer = cast(ILogObserver, self.note)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def note(self, event: LogEvent) -> None:
        self.lines.append(formatEvent(event))

    def look(self) -> Vitals:
        if self.broken:
            raise ValueError("look")
        return self.vitals

    def minutes(self, number: int) -> int:
        """How often it was asked for in so many minutes."""
        before = len(self.web.server.asked)
        for _ in range(number * 6):
            self.clock.advance(10)
            self.web.flush()
        return len(self.web.server.asked) - before

    def test_as_long_as_all_is_well(self) -> None:
        self.assertEqual(self.minutes(5), 5)
        self.assertEqual(self.web.server.asked[0][:2], (b"GET", b"/secret/path?key=secret"))
        self.assertEqual(self.lines, [])

    def test_withheld(self) -> None:
        """While nothing is on air though something is due, and logged once."""
        nothing = evolve(ON_AIR, showing=Showing.NOTHING, upcoming=DUE)
        self.vitals = evolve(WELL, statuses=(nothing,))
        self.assertEqual(self.minutes(5), 0)
        self.vitals = WELL
        self.assertEqual(self.minutes(2), 2)
        self.assertEqual(
            self.lines,
            [
                "The heartbeat http://monitor.example is withheld, channel 1: nothing is on air",
                "The heartbeat http://monitor.example is sent again",
            ],
        )

    def test_when_it_is_withheld(self) -> None:
        """What is degraded withholds nothing."""
        slate = evolve(ON_AIR, showing=Showing.SLATE)
        for vitals, why in (
            (WELL, ""),
            (evolve(WELL, statuses=(slate,)), ""),
            (evolve(WELL, broken={"the library": "gone"}), ""),
            (evolve(WELL, away=3.0), ""),
            (evolve(WELL, away=6.0), "CasparCG is not connected"),
            (evolve(WELL, broken={"channel 1": "no tick"}), "channel 1 stands still: no tick"),
        ):
            self.assertEqual(withheld(vitals), why)

    def test_not_taken(self) -> None:
        """A monitor that refuses is asked on, and that is logged once."""
        self.web.server.code = 503
        self.assertEqual(self.minutes(3), 3)
        self.web.server.code = 500
        self.assertEqual(self.minutes(1), 1)
        self.assertEqual(self.lines, ["The heartbeat http://monitor.example is not taken, 503 ok"])

    def test_hangs(self) -> None:
        """A monitor that hangs is left, and asked again at the next time."""
        self.web.server.hold = b""
        self.assertEqual(self.minutes(3), 3)

    def test_look_that_fails(self) -> None:
        """It falls silent, and goes on when that is over."""
        self.broken = True
        self.assertEqual(self.minutes(2), 0)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 2)
        self.broken = False
        self.assertEqual(self.minutes(2), 2)

    def test_stopped_while_it_is_not_taken(self) -> None:
        """The end of the daemon is no answer."""
        self.web.server.hold = b""
        self.clock.pump([1] * 131)
        self.assertEqual(len(self.lines), 1, self.lines)
        self.beat.stopService()
        self.assertEqual(len(self.lines), 1, self.lines)

    def test_stopped(self) -> None:
        self.web.server.hold = b""
        self.clock.advance(60)
        self.beat.stopService()
        self.beat.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.lines, [])
