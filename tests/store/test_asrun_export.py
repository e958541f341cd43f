# -*- test-case-name: tests.store.test_asrun_export -*-
"""What was on air, as advertisers want it."""

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.asrun_export import (
    COLUMNS,
    TOTALS,
    Airing,
    Totals,
    airings,
    csv_line,
    harmless,
)


def at(second: int) -> str:
    return f"2026-03-01T18:{second // 60:02}:{second % 60:02}.000Z"


def start(second: int, file: str = "ADS/a", **more: Any) -> dict[str, object]:
    fields = {"eventType": "PLAY_START", "fileName": file, "itemId": f"i-{file}"}
    return {"timestamp": at(second), **fields, "actualTime": at(second), **more}


def end(second: int, file: str = "ADS/a", **more: Any) -> dict[str, object]:
    fields = {"eventType": "PLAY_END", "fileName": file, "itemId": f"i-{file}"}
    return {"timestamp": at(second), **fields, "endTime": at(second), **more}


def stop(second: int, file: str = "ADS/a", **more: Any) -> dict[str, object]:
    return {**end(second, file, **more), "eventType": "PLAY_STOP"}


def of(*entries: dict[str, object]) -> list[Airing]:
    return [each for each in airings(entries, lambda _: True) if each is not None]


class AiringTests(SynchronousTestCase):
    """Pairs of entries."""

    def test_pair(self) -> None:
        """Everything that they say."""
        said: dict[str, Any] = {
            "cause": "operator",
            "by": "console",
            "confirmation": "osc",
            "delayMs": 20,
        }
        begun = start(0, channel=2, layer=10, scheduledTime=at(0), **said)
        over = end(15, channel=2, layer=10, actualDuration="00:00:15.040", actualFrames=376,
                   plannedFrames=375, sourceIn=0, sourceOut=376, cause="take")  # fmt: skip
        (airing,) = of(begun, over)
        self.assertEqual(
            dict(zip(COLUMNS, airing.cells(), strict=True)),
            {
                "channel": 2,
                "layer": 10,
                "item": "i-ADS/a",
                "file": "ADS/a",
                "folder": "ADS",
                "planned": at(0),
                "started": at(0),
                "ended": at(15),
                "seconds": 15.04,
                "frames": 376,
                "delay": 20,
                "cause": "operator",
                "by": "console",
                "confirmation": "osc",
                "outcome": "completed",
                "planned_frames": 375,
                "source_in": 0,
                "source_out": 376,
                "ending": "take",
                "cover": "",
                "continued": "",
            },
        )

    def test_at_junctions(self) -> None:
        """The next one may start before the end of the last is written."""
        found = of(start(0, "a"), end(10, "a"), start(10, "b"), end(20, "b"))
        self.assertEqual([(each.file, each.seconds) for each in found], [("a", 10), ("b", 10)])

    def test_old_entries(self) -> None:
        """The old system wrote starts and nothing else: lengths are not known."""
        found = of(start(0, "a"), start(10, "b"))
        self.assertEqual(
            [(each.seconds, each.outcome, each.channel) for each in found],
            [(None, "unknown", 1)] * 2,
        )

    def test_end_alone(self) -> None:
        """It says when it had started."""
        (airing,) = of(end(20, startTime=at(5)))
        self.assertEqual((airing.started, airing.seconds), (at(5), 15))

    def test_end_of_another(self) -> None:
        """Neither takes the other's time."""
        found = of(start(0, "a"), end(20, "b", startTime=at(5)), end(30, "a"))
        self.assertEqual([(each.file, each.seconds) for each in found], [("b", 15), ("a", 30)])

    def test_stopped(self) -> None:
        """With the end that follows or without."""
        (airing,) = of(start(0), stop(5), end(6))
        self.assertEqual((airing.outcome, airing.seconds), ("stopped", 6))
        (airing,) = of(start(0), stop(5))
        self.assertEqual((airing.outcome, airing.seconds), ("stopped", 5))
        self.assertEqual(of(stop(5)), [])

    def test_found_by_another_daemon(self) -> None:
        """What goes on under another daemon is one airing, as long as its end says."""
        found = of(start(0), start(0, continued=True), end(15, startTime=at(0)))
        self.assertEqual([(each.seconds, each.continued) for each in found], [(15, "")])
        found = of(start(0), start(5, continued=True), end(15, startTime=at(5)))
        self.assertEqual([(each.seconds, each.outcome) for each in found][1:], [(10, "completed")])

    def test_closed_by_one_entry(self) -> None:
        """A stop, or an error on air, that says all that an end says; others close nothing."""
        for kind, outcome in (("PLAY_STOP", "stopped"), ("PLAY_ERROR", "error")):
            closing = {**end(6, startTime=at(0), actualFrames=150), "eventType": kind}
            (airing,) = of(start(0), closing)
            self.assertEqual((airing.outcome, airing.seconds, airing.frames), (outcome, 6, 150))
            (airing,) = of(closing)
            self.assertEqual((airing.started, airing.outcome), (at(0), outcome))
        found = of(start(0, "b"), {**end(6, startTime=at(1)), "eventType": "PLAY_STOP"})
        self.assertEqual([(each.file, each.seconds) for each in found], [("ADS/a", 5), ("b", None)])
        unseen = {**end(6, startTime=at(0)), "eventType": "PLAY_ERROR", "endTime": None}
        self.assertEqual([each.seconds for each in of(start(0), unseen)], [None])
        never = {**end(3), "eventType": "PLAY_ERROR", "startTime": None}
        (airing,) = of(start(0), never, end(10))
        self.assertEqual((airing.outcome, airing.seconds), ("completed", 10))

    def test_continued(self) -> None:
        """After a restart of the daemon an airing goes on: one, with the time of both."""
        totals = Totals()
        for airing in of(start(0), start(5, continued=True), end(10, frames=125)):
            totals.add(airing)
        (total,) = totals.files()
        self.assertEqual((total.count, total.frames), (1, 125))

    def test_channels(self) -> None:
        """Each has its own."""
        found = of(start(0, channel=1), start(1, channel=2), end(5, channel=1), end(7, channel=2))
        self.assertEqual([(each.channel, each.seconds) for each in found], [(1, 5), (2, 6)])

    def test_wanted(self) -> None:
        """By its start; the others are passed over one by one."""
        begin = datetime.fromisoformat(at(5))
        found = list(airings([start(0), end(3), start(6), end(9)], lambda moment: moment >= begin))
        self.assertEqual([each and each.started for each in found], [None, None, None, at(6)])

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from(
                    [
                        "eventType", "timestamp", "fileName", "itemId", "channel", "layer",
                        "actualTime", "startTime", "endTime", "actualDuration", "frames",
                    ]
                ),
                st.sampled_from(
                    [
                        "PLAY_START", "PLAY_END", "PLAY_STOP", "", "a/b", at(1), at(0), None,
                        True, 7, -1, 1.5, "x:y:z", "00:00:01.000", "2026-03-01T00:00:00",
                        [], {}, "0001-01-01T00:00:00+14:00",
                    ]
                ),
            ),
            max_size=12,
        )
    )  # fmt: skip
    def test_anything(self, entries: list[dict[str, object]]) -> None:
        """Whatever entries say, there are rows of cells that a table can hold."""
        totals = Totals()
        for airing in of(*entries):
            totals.add(airing)
            csv_line(airing.cells())
        for total in (*totals.files(), *totals.folders()):
            csv_line(total.cells())


class TotalsTests(SynchronousTestCase):
    """What airings come to."""

    def test_files_and_folders(self) -> None:
        totals = Totals()
        for airing in of(
            start(0, "ADS/b"), end(10, "ADS/b", frames=250),
            start(10, "ADS/a"), end(15, "ADS/a", frames=125),
            start(20, "ADS/b"), end(30, "ADS/b", frames=250),
            start(40, "top"),
        ):  # fmt: skip
            totals.add(airing)
        rows = [dict(zip(TOTALS, each.cells(), strict=True)) for each in totals.files()]
        self.assertEqual(
            [(row["name"], row["count"], row["seconds"], row["frames"]) for row in rows],
            [("ADS/a", 1, 5, 125), ("ADS/b", 2, 20, 500), ("top", 1, 0, 0)],
        )
        self.assertEqual((rows[1]["first"], rows[1]["last"]), (at(0), at(20)))
        self.assertEqual(rows[2]["unknown"], 1)
        self.assertEqual(
            [(each.name, each.count, each.milliseconds) for each in totals.folders()],
            [("", 1, 0), ("ADS", 3, 25_000)],
        )

    def test_many(self) -> None:
        """In order, however many there are."""
        totals, names = Totals(), [f"{n * 7919 % 2003:04}" for n in range(2003)]
        for name in names:
            totals.add(of(start(0, name))[0])
        self.assertEqual([each.name for each in totals.files()], sorted(names))


class CellTests(SynchronousTestCase):
    """Cells that a spreadsheet takes as they are meant."""

    def test_formulas(self) -> None:
        for text in ("=1+1", "+1", "-1", "@x", "\tx", "\rx", "\n=x", " =1", '=cmd|"/C calc"!A0'):
            self.assertEqual(harmless(text), "'" + text)

    def test_others(self) -> None:
        """A name with a sign within, nothing, and numbers, which are never formulas."""
        for cell in ("a=b", "", "  ", "é-1", -20, 0.5, None):
            self.assertEqual(harmless(cell), cell)

    def test_long(self) -> None:
        """No longer than a sheet takes."""
        self.assertEqual(harmless("x" * 40_000), "x" * 32_000)

    def test_csv(self) -> None:
        """What means something in CSV is quoted."""
        self.assertEqual(
            csv_line(("a,b", 'c"d', "e\nf", None, -1, 0.5, "=g,h")),
            '"a,b","c""d","e\nf",,-1,0.5,"\'=g,h"\r\n',
        )
