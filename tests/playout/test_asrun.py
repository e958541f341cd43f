"""
The as-run log in the old system's fields (control protocol 13).
"""

import json
from fractions import Fraction

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.asrun import (
    Aired,
    Cause,
    Confirmation,
    Ending,
    Place,
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

PLACE = Place(1, 10, Fraction(25))
AIRED = Aired("item-1", "GEN/opener.mov", AT, AT - 0.04, 25, 400)

BEHIND = {
    "channel": 1,
    "layer": 10,
    "rate": "25",
    "plannedFrames": 400,
    "sourceIn": 25,
    "delayFrames": 1,
    "cover": None,
    "continued": False,
    "confirmation": "osc",
}


class FieldsTests(SynchronousTestCase):
    """Each entry has the fields that the old system's had, and more behind them."""

    def test_start(self) -> None:
        """PLAY_START, with the real delay (it was always 0)."""
        entry = PlayStart(PLACE, AIRED, 77, Cause.HARD_START, "10.0.0.1", Confirmation.OSC)
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
                **BEHIND,
                "actualFrames": None,
                "sourceOut": 425,
                "cause": "hard start",
                "by": "10.0.0.1",
                "tick": 77,
            },
        )

    def test_nobody_planned_it(self) -> None:
        """What no schedule wanted then is not late, and has the old fields all the same."""
        aired = evolve(AIRED, planned_at=None)
        entry = PlayStart(PLACE, aired, None, Cause.OPERATOR, "me", Confirmation.INFO)
        fields = as_fields(entry, AT)
        self.assertEqual(fields["scheduledTime"], fields["actualTime"])
        self.assertEqual((fields["delayMs"], fields["delayFrames"]), (0, None))
        self.assertEqual((fields["tick"], fields["confirmation"]), (None, "info"))

    def test_end(self) -> None:
        """PLAY_END, with durations as HH:MM:SS.mmm and the difference."""
        entry = PlayEnd(PLACE, AIRED, AT + 15, 375, 452, Ending.TAKE, "me", Confirmation.OSC)
        fields = as_fields(entry, AT + 15.1)
        self.assertEqual(
            {key: fields[key] for key in list(fields)[1:]},
            {
                "eventType": "PLAY_END",
                "itemId": "item-1",
                "fileName": "GEN/opener.mov",
                "startTime": "2026-03-01T18:00:00.020Z",
                "endTime": "2026-03-01T18:00:15.020Z",
                "expectedDuration": "00:00:16.000",
                "actualDuration": "00:00:15.000",
                "varianceMs": -1000,
                "status": "completed",
                **BEHIND,
                "actualFrames": 375,
                "sourceOut": 400,
                "cause": "take",
                "by": "me",
                "tick": 452,
            },
        )

    def test_rates(self) -> None:
        """Durations at 30000/1001 frames a second are right, and the rate is exact."""
        place = Place(1, 10, Fraction(30000, 1001))
        aired = evolve(AIRED, planned=30_000)
        entry = PlayEnd(place, aired, AT, 30_000, None, Ending.END, "", Confirmation.OSC)
        fields = as_fields(entry, AT)
        self.assertEqual((fields["actualDuration"], fields["varianceMs"]), ("00:16:41.000", 0))
        self.assertEqual(fields["rate"], "30000/1001")

    def test_cover(self) -> None:
        """A cover says so; it is as long as it takes, and has no place in its file."""
        aired = Aired("", "filler.mov", AT, None, 0, None, "filler")
        start = PlayStart(PLACE, aired, 5, Cause.FALLBACK, "", Confirmation.OSC)
        fields = as_fields(start, AT)
        self.assertEqual((fields["itemId"], fields["fileName"]), ("", "filler.mov"))
        self.assertEqual((fields["cover"], fields["cause"]), ("filler", "fallback"))
        frames = "plannedFrames", "actualFrames", "sourceIn", "sourceOut", "delayFrames"
        self.assertEqual({fields[key] for key in frames}, {None})
        fields = as_fields(PlayEnd(PLACE, aired, AT, 75, 80, Ending.END, "", Confirmation.OSC), AT)
        self.assertEqual((fields["plannedFrames"], fields["actualFrames"]), (None, 75))
        self.assertEqual((fields["expectedDuration"], fields["varianceMs"]), ("00:00:03.000", 0))

    def test_stop(self) -> None:
        """PLAY_STOP, with who stopped it, and how much was seen."""
        fields = as_fields(PlayStop(PLACE, AIRED, AT + 3, 75, 152, "me", Confirmation.OSC), AT + 3)
        self.assertEqual(
            {key: fields[key] for key in list(fields)[1:]},
            {
                "eventType": "PLAY_STOP",
                "itemId": "item-1",
                "fileName": "GEN/opener.mov",
                "reason": "manual",
                "status": "stopped",
                "startTime": "2026-03-01T18:00:00.020Z",
                "endTime": "2026-03-01T18:00:03.020Z",
                "actualDuration": "00:00:03.000",
                **BEHIND,
                "actualFrames": 75,
                "sourceOut": 100,
                "cause": "operator",
                "by": "me",
                "tick": 152,
            },
        )

    def test_stop_of_what_is_held(self) -> None:
        """PLAY_STOP of a held frame closes nothing: its end is written."""
        osc = Confirmation.OSC
        fields = as_fields(PlayStop(PLACE, AIRED, AT + 3, 0, None, "me", osc, False), AT + 3)
        self.assertEqual((fields["startTime"], fields["actualFrames"]), (None, 0))

    def test_error(self) -> None:
        """PLAY_ERROR of what never came on air, with why."""
        fields = as_fields(PlayError(PLACE, AIRED, AT, "no such file"), AT)
        self.assertEqual(fields["eventType"], "PLAY_ERROR")
        self.assertEqual((fields["error"], fields["status"]), ("no such file", "error"))
        self.assertEqual((fields["cause"], fields["actualFrames"]), ("broken", 0))
        nothing = "errorStack", "startTime", "endTime", "confirmation", "tick"
        self.assertEqual({fields[key] for key in nothing}, {None})

    def test_error_on_air(self) -> None:
        """PLAY_ERROR of what was on air closes it, with how much was seen, if that is known."""
        osc = Confirmation.OSC
        for frames, end in ((50, "2026-03-01T18:00:02.020Z"), (None, None)):
            entry = PlayError(
                PLACE, AIRED, AT + 2, "it stands", Ending.BROKEN, True, frames, 99, osc
            )
            fields = as_fields(entry, AT + 3)
            self.assertEqual(fields["startTime"], "2026-03-01T18:00:00.020Z")
            self.assertEqual((fields["endTime"], fields["actualFrames"]), (end, frames))
            self.assertEqual(fields["confirmation"], "osc")

    def test_templates(self) -> None:
        """TEMPLATE_SHOW has its data as text; TEMPLATE_HIDE how long it was seen."""
        shown = TemplateShow(
            "rtg-bug/index", 1, 20, '{"a": 1}', AT, Cause.SECONDARY, "", "i", Confirmation.OSC
        )
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
                "cause": "secondary event",
                "by": "",
                "confirmation": "osc",
                "continued": False,
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
                "confirmation": "amcp",
            },
        )

    def test_system(self) -> None:
        """SYSTEM_EVENT, with its details, and the channel when it is one's."""
        fields = as_fields(SystemEvent("CLOCK_JUMPED", AT, "+1.000 s", 2), AT)
        self.assertEqual(
            [fields[key] for key in ("eventType", "event", "details", "channel")],
            ["SYSTEM_EVENT", "CLOCK_JUMPED", "+1.000 s", 2],
        )
        self.assertNotIn("channel", as_fields(SystemEvent("SERVER_START", AT), AT))


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
            self.assertLessEqual(abs(start.aired.at - first), 0.002)
            self.assertLessEqual(abs(end.at - last), 0.002)
            self.assertEqual(end.aired, start.aired)
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
