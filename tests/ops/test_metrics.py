# -*- test-case-name: tests.ops.test_metrics -*-
"""What happens is counted, how things are is asked, and both are shown."""

from fractions import Fraction

from attrs import evolve
from prometheus_client import REGISTRY
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_open_metrics,
)
from prometheus_client.parser import text_string_to_metric_families as read_text
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout import __version__
from rtgplayout.amcp.commands import Play, Target
from rtgplayout.amcp.errors import CommandTimedOut
from rtgplayout.ops.exposition import OPEN_METRICS, TEXT
from rtgplayout.ops.metrics import Metrics
from rtgplayout.ops.vitals import Vitals
from rtgplayout.playout.status import Mode, Showing, Status
from rtgplayout.playout.tickclock import TickClock
from tests.ops.sample import busy, most

PLAY = Play(Target(1, 10))
FINE = Status(1, Mode.AUTO, Showing.PLAYING, connected=True, telemetry=True)


class MetricsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1000)
        self.wall = 5000.0
        self.vitals = Vitals(self.wall, statuses=(FINE,))
        self.metrics = Metrics(self.now, self.clock, lambda: self.wall, (1, 2))

    def now(self) -> Vitals:
        return evolve(self.vitals, wall=self.wall)

    def value(self, name: str, **labels: str) -> float | None:
        """As it is shown; L{None} when it is not."""
        _, body = self.metrics.exposition()
        for family in read_text(body.decode()):
            for sample in family.samples:
                if sample.name == f"rtgplayout_{name}" and sample.labels == labels:
                    return float(sample.value)
        return None

    def test_commands(self) -> None:
        """Answered and refused ones have a round trip; each failure is counted."""
        self.assertIs(self.value("amcp_round_trip_seconds_count", command="PLAY"), None)
        self.metrics.amcp(PLAY, 0.004, None)
        self.assertEqual(self.value("amcp_errors_total", command="PLAY", error="timed_out"), 0)
        self.metrics.amcp(PLAY, None, CommandTimedOut(PLAY, sent=True))
        self.assertEqual(self.value("amcp_round_trip_seconds_count", command="PLAY"), 1)
        self.assertEqual(
            self.value("amcp_round_trip_seconds_bucket", command="PLAY", le="0.005"), 1
        )
        self.assertEqual(self.value("amcp_round_trip_seconds_sum", command="PLAY"), 0.004)
        self.assertEqual(self.value("amcp_errors_total", command="PLAY", error="timed_out"), 1)
        self.assertEqual(self.value("amcp_errors_total", command="PLAY", error="4xx"), 0)

    def test_junctions(self) -> None:
        """What has not happened yet is 0, so that the first time is seen to be one more."""
        self.assertEqual(self.value("junctions_total", channel="2", outcome="failed"), 0)
        start = {"eventType": "PLAY_START", "cause": "hard start", "channel": 1, "delayMs": 500}
        self.metrics.entry(start)
        self.metrics.entry({**start, "channel": 2, "delayMs": -40})
        self.metrics.entry({"eventType": "PLAY_ERROR", "channel": 2})
        self.metrics.entry({"eventType": "PLAY_END", "channel": 2})
        self.assertEqual(self.value("junctions_total", channel="1", outcome="late"), 1)
        self.assertEqual(self.value("junctions_total", channel="2", outcome="confirmed"), 1)
        self.assertEqual(self.value("junctions_total", channel="2", outcome="failed"), 1)
        self.assertEqual(self.value("hard_starts_total", channel="1", outcome="late"), 1)
        self.assertEqual(self.value("hard_starts_total", channel="2", outcome="on_time"), 1)
        self.assertEqual(self.value("hard_start_error_seconds_sum", channel="2"), 0.04)
        self.assertEqual(self.value("hard_start_error_seconds_bucket", channel="2", le="0.042"), 1)
        self.assertEqual(self.value("as_run_entries_total", event="PLAY_START"), 2)

    def test_entries_of_no_channel_of_ours(self) -> None:
        """They are entries, and nothing else."""
        for channel in (None, 7, "1", 1.5, [1]):
            self.metrics.entry({"eventType": "PLAY_ERROR", "channel": channel})
        self.assertEqual(self.value("as_run_entries_total", event="PLAY_ERROR"), 5)
        self.assertEqual(self.value("junctions_total", channel="1", outcome="failed"), 0)

    def test_entries_that_are_lost(self) -> None:
        """Counted once, and the one who wrote them learns it as before."""
        entry = {"eventType": "SYSTEM_EVENT"}
        self.assertEqual(self.successResultOf(self.metrics.recorded(entry, succeed(7))), 7)
        lost: Deferred[None] = fail(OSError())
        self.failureResultOf(self.metrics.recorded(entry, lost), OSError)
        self.assertEqual(self.value("as_run_entries_total", event="SYSTEM_EVENT"), 2)
        self.assertEqual(self.value("as_run_failures_total"), 1)

    def test_saves(self) -> None:
        """From the change until it is on disk."""
        saved: Deferred[int] = Deferred()
        told = self.metrics.saving("the folders", saved)
        self.clock.advance(0.25)
        saved.callback(3)
        self.assertEqual(self.successResultOf(told), 3)
        self.failureResultOf(self.metrics.saving("the folders", fail(OSError())), OSError)
        self.assertEqual(self.value("save_seconds_sum", document="the folders"), 0.25)
        self.assertEqual(self.value("save_seconds_count", document="the folders"), 1)
        self.assertEqual(self.value("save_failures_total", document="the folders"), 1)

    def test_ticks(self) -> None:
        """The longest is that of the last minute."""
        self.assertEqual(self.value("tick_late_longest_seconds", channel="1"), 0)
        self.metrics.ticked(1, 0.3)
        self.clock.advance(30)
        self.metrics.ticked(1, 0.002)
        self.metrics.ticked(9, 99)
        self.assertEqual(self.value("tick_late_seconds_count", channel="1"), 2)
        self.assertEqual(self.value("tick_late_seconds_bucket", channel="1", le="0.005"), 1)
        self.assertEqual(self.value("tick_late_longest_seconds", channel="1"), 0.3)
        self.clock.advance(31)
        self.metrics.ticked(1, 0.004)
        self.assertEqual(self.value("tick_late_longest_seconds", channel="1"), 0.004)

    def test_a_tick_that_does_not_come(self) -> None:
        """It is late from the moment on at which it should have come."""
        self.metrics.ticked(1, 0.0)
        self.clock.advance(5.1)
        self.assertAlmostEqual(self.value("tick_late_longest_seconds", channel="1") or 0, 5.0)

    def test_the_frame_clock(self) -> None:
        """Shown while telemetry tells of it, and how fast after five minutes."""
        for n in range(40):
            if n == 19:
                self.assertIs(self.value("frame_clock_drift_ppm", channel="1"), None)
            late = n * 15 * 100e-6
            tick = round(self.clock.seconds() * 25)
            self.vitals = evolve(self.vitals, clocks={1: TickClock(Fraction(25), late, tick, tick)})
            self.metrics.exposition()
            self.clock.advance(15)
        drift = self.value("frame_clock_drift_ppm", channel="1")
        self.assertLess(abs((drift or 0) - 100), 1)
        self.assertAlmostEqual(self.value("frame_clock_offset_seconds", channel="1") or 0, 0.0585)
        self.vitals = evolve(self.vitals, statuses=(evolve(FINE, telemetry=False),))
        self.assertIs(self.value("frame_clock_drift_ppm", channel="1"), None)
        self.assertIs(self.value("frame_clock_offset_seconds", channel="1"), None)

    def test_a_clock_that_was_set(self) -> None:
        self.assertEqual(self.value("wall_clock_steps_seconds"), 0)
        self.clock.advance(60)
        self.wall += 60 - 3600
        self.assertEqual(self.value("wall_clock_steps_seconds"), -3600)

    def test_build(self) -> None:
        [sample] = [
            sample
            for family in read_text(self.metrics.exposition()[1].decode())
            for sample in family.samples
            if sample.name == "rtgplayout_build_info"
        ]
        self.assertEqual((sample.labels["version"], sample.value), (__version__, 1))
        self.assertRegex(sample.labels["python"], r"^3\.\d+\.\d+")

    def test_both_formats_can_be_read(self) -> None:
        """By prometheus-client's own readers, and OpenMetrics' rules are strict."""
        metrics = busy(Clock())
        kind, text = metrics.exposition("text/plain")
        self.assertEqual(kind, TEXT)
        plain = {sample.name for family in read_text(text.decode()) for sample in family.samples}
        kind, text = metrics.exposition("application/openmetrics-text; version=1.0.0")
        self.assertEqual(kind, OPEN_METRICS)
        families = list(read_open_metrics(text.decode()))
        self.assertEqual(plain, {sample.name for each in families for sample in each.samples})
        self.assertFalse([name for name in plain if name.endswith("_created")])

    def test_the_number_of_lines_is_bounded(self) -> None:
        """With eight channels and every command; and looking again adds none."""
        metrics = most(Clock())
        _, body = metrics.exposition()
        self.assertLess(body.count(b"\n"), 1800)
        self.assertEqual(metrics.exposition()[1].count(b"\n"), body.count(b"\n"))

    def test_nothing_is_in_the_registry_of_all(self) -> None:
        names = {family.name for family in REGISTRY.collect()}
        self.assertFalse([name for name in names if name.startswith("rtgplayout")])

    def test_who_looks_is_told_when_it_cannot_be_said(self) -> None:
        """No figures are better than half of them."""

        def broken() -> Vitals:
            raise ZeroDivisionError

        metrics = Metrics(broken, self.clock, lambda: 0.0, (1,))
        self.assertRaises(ZeroDivisionError, metrics.exposition)
