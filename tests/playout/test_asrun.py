"""
The as-run log in the old system's fields (control protocol 13).
"""

import json
from fractions import Fraction

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.asrun import (
    Cause,
    Confirmation,
    PlayEnd,
    PlayError,
    PlayStart,
    PlayStop,
    SystemEvent,
    TemplateHide,
    TemplateShow,
    as_fields,
)

from .scene import EPOCH, auto, clip, stage

AT = 1_772_388_000.02


class FieldsTests(SynchronousTestCase):
    """Each entry has the fields that the old system's had, and more behind them."""

    def test_start(self) -> None:
        """PLAY_START, with the real delay (it was always 0)."""
        entry = PlayStart(
            "item-1", "GEN/opener.mov", AT, AT - 0.04, 25, 77,
            Cause.HARD_START, "10.0.0.1", Confirmation.OSC,
        )  # fmt: skip
        self.assertEqual(
            as_fields(entry, AT + 0.001),
            {
                "timestamp": "2026-03-01T18:00:00.021Z",
                "eventType": "PLAY_START",
                "itemId": "item-1",
                "fileName": "GEN/opener.mov",
                "scheduledTime": "2026-03-01T17:59:59.980Z",
                "actualTime": "2026-03-01T18:00:00.020Z",
                "delayMs": 40,
                "status": "started",
                "firstFrame": 25,
                "tick": 77,
                "cause": "hard start",
                "by": "10.0.0.1",
                "confirmation": "osc",
            },
        )

    def test_end(self) -> None:
        """PLAY_END, with durations as HH:MM:SS.mmm and the difference."""
        entry = PlayEnd("i", "f.mov", AT, AT + 15, 0, 375, 400, 452, Fraction(25))
        fields = as_fields(entry, AT + 15.1)
        self.assertEqual(
            {key: fields[key] for key in list(fields)[1:]},
            {
                "eventType": "PLAY_END",
                "itemId": "i",
                "fileName": "f.mov",
                "startTime": "2026-03-01T18:00:00.020Z",
                "endTime": "2026-03-01T18:00:15.020Z",
                "expectedDuration": "00:00:16.000",
                "actualDuration": "00:00:15.000",
                "varianceMs": -1000,
                "status": "completed",
                "frames": 375,
                "tick": 452,
            },
        )

    def test_rates(self) -> None:
        """Durations at 30000/1001 frames a second are right."""
        entry = PlayEnd("i", "f", AT, AT, 0, 30_000, 30_000, None, Fraction(30000, 1001))
        fields = as_fields(entry, AT)
        self.assertEqual((fields["actualDuration"], fields["varianceMs"]), ("00:16:41.000", 0))

    def test_stop(self) -> None:
        """PLAY_STOP, with who stopped it."""
        fields = as_fields(PlayStop("i", "f.mov", AT, "me"), AT)
        self.assertEqual(fields["eventType"], "PLAY_STOP")
        self.assertEqual((fields["reason"], fields["status"]), ("manual", "stopped"))
        self.assertEqual((fields["itemId"], fields["fileName"], fields["by"]), ("i", "f.mov", "me"))

    def test_error(self) -> None:
        """PLAY_ERROR, with why."""
        fields = as_fields(PlayError("i", "f.mov", AT, "no such file"), AT)
        self.assertEqual(fields["eventType"], "PLAY_ERROR")
        self.assertEqual((fields["error"], fields["status"]), ("no such file", "error"))
        self.assertIsNone(fields["errorStack"])

    def test_templates(self) -> None:
        """TEMPLATE_SHOW has its data as text; TEMPLATE_HIDE how long it was seen."""
        shown = TemplateShow("rtg-bug/index", 1, 20, '{"a": 1}', AT, Cause.SCHEDULE, "", "i")
        fields = as_fields(shown, AT)
        self.assertEqual(
            {key: fields[key] for key in list(fields)[1:]},
            {
                "eventType": "TEMPLATE_SHOW",
                "templateName": "rtg-bug/index",
                "channel": 1,
                "layer": 20,
                "data": '{"a": 1}',
                "status": "displayed",
                "itemId": "i",
                "cause": "schedule",
                "by": "",
            },
        )
        hidden = TemplateHide("rtg-bug/index", 1, 20, 3661.0405, AT, Cause.OPERATOR, "10.0.0.1")
        fields = as_fields(hidden, AT)
        self.assertEqual(
            {key: fields[key] for key in list(fields)[1:]},
            {
                "eventType": "TEMPLATE_HIDE",
                "templateName": "rtg-bug/index",
                "channel": 1,
                "layer": 20,
                "displayDuration": "01:01:01.040",
                "status": "hidden",
                "itemId": "",
                "cause": "operator",
                "by": "10.0.0.1",
            },
        )

    def test_system(self) -> None:
        """SYSTEM_EVENT, with its details."""
        fields = as_fields(SystemEvent("CLOCK_JUMPED", AT, "+1.000 s"), AT)
        self.assertEqual(
            (fields["eventType"], fields["event"], fields["details"]),
            ("SYSTEM_EVENT", "CLOCK_JUMPED", "+1.000 s"),
        )


class TruthTests(SynchronousTestCase):
    """What is written is what was seen."""

    def test_instants_are_those_of_the_picture(self) -> None:
        """Starts and ends are those of the first and the last picture, to the millisecond."""
        it = stage(clip("a", 100), clip("b", 50, 10), clip("c", 50))
        auto(it)
        it.run_for(10)
        runs = [run for run in it.finish()[-1].runs if not run.is_black and run.ticks > 1]
        seen = [
            (it.starts_at(run.start_tick) + EPOCH, it.starts_at(run.end_tick) + EPOCH)
            for run in runs
        ]
        starts = [entry for _, entry in it.entries if isinstance(entry, PlayStart)]
        ends = [entry for _, entry in it.entries if isinstance(entry, PlayEnd)]
        self.assertEqual(len(starts), 3)
        for (first, last), start, end in zip(seen, starts, ends, strict=False):
            self.assertLessEqual(abs(start.at - first), 0.002)
            self.assertLessEqual(abs(end.at - last), 0.002)
            self.assertLessEqual(abs(end.started_at - first), 0.002)
        self.assertEqual([start.tick for start in starts], [run.start_tick for run in runs[:3]])
        self.assertEqual([end.tick for end in ends], [run.end_tick for run in runs[:3]])

    def test_every_line_can_be_written(self) -> None:
        """Each entry of a day with faults is JSON."""
        it = stage(clip("a", 100), clip("x", 50), clip("c", 50), missing=["x.mp4"])
        auto(it)
        it.run_for(2)
        it.cut()
        it.run_for(1)
        it.connect()
        it.run_for(6)
        for at, entry in it.entries:
            json.loads(json.dumps(as_fields(entry, at)))
