# -*- test-case-name: tests.store.test_asrun_report -*-
"""The report of a day, as the old system wrote it."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.asrun_report import report, stats

ENTRIES = [
    {"timestamp": "2026-03-01T18:00:00.000Z", "eventType": "SYSTEM_EVENT", "event": "START"},
    {
        "timestamp": "2026-03-01T18:00:00.021Z",
        "eventType": "PLAY_START",
        "fileName": "GEN/opener.mov",
    },
    {
        "timestamp": "2026-03-01T18:00:15.021Z",
        "eventType": "PLAY_END",
        "fileName": "GEN/opener.mov",
    },
    {
        "timestamp": "2026-03-01T18:02:11.004Z",
        "eventType": "PLAY_ERROR",
        "fileName": "pub7.mxf",
        "error": "404 PLAY\nFAILED",
    },
]

EXPECTED = """\
=================================================
  AS-RUN REPORT - 2026-03-01
  RTG Playout System
=================================================

SUMMARY
-------
Total Events:        4
Videos Started:      1
Videos Completed:    1
Videos Stopped:      0
Playback Errors:     1
Graphics Displayed:  0
System Events:       1

HOURLY BREAKDOWN
----------------
18:00 - 18:59  =>  4 events

ERRORS LOG
----------
[2026-03-01T18:02:11.004Z] pub7.mxf: 404 PLAY FAILED

COMPLETE BROADCAST LOG
----------------------
[18:00:00] START    | GEN/opener.mov
[18:00:15] END      | GEN/opener.mov

=================================================
End of Report
Generated: 2026-03-01T19:00:00.000Z
================================================="""

DAY, MADE = date(2026, 3, 1), "2026-03-01T19:00:00.000Z"


class ReportTests(SynchronousTestCase):
    """The text."""

    maxDiff = None

    def test_as_the_old_system(self) -> None:
        """Line by line what the facts show (control protocol 13)."""
        self.assertEqual("\n".join(report(DAY, ENTRIES, UTC, MADE)), EXPECTED)

    def test_hours_of_the_station(self) -> None:
        """An hour is the station's, not that of Greenwich."""
        lines = list(report(DAY, ENTRIES, ZoneInfo("Africa/Libreville"), MADE))
        self.assertIn("19:00 - 19:59  =>  4 events", lines)
        self.assertIn("[19:00:00] START    | GEN/opener.mov", lines)

    def test_no_errors(self) -> None:
        """Without errors there is no such part."""
        self.assertNotIn("ERRORS LOG", list(report(DAY, ENTRIES[:2], UTC, MADE)))

    def test_entries_that_say_little(self) -> None:
        """An entry without a time counts, and stands in no hour."""
        lines = list(report(DAY, [{"eventType": "PLAY_START"}, {"timestamp": 3}], UTC, MADE))
        self.assertIn("Total Events:        2", lines)
        self.assertFalse([line for line in lines if "=>" in line])


class StatsTests(SynchronousTestCase):
    """The counts."""

    def test_names(self) -> None:
        """Under the names that the old system gave them."""
        self.assertEqual(
            stats(ENTRIES),
            {
                "totalEvents": 4,
                "playStarts": 1,
                "playEnds": 1,
                "playErrors": 1,
                "playStops": 0,
                "templatesShown": 0,
                "templatesHidden": 0,
                "systemEvents": 1,
            },
        )
