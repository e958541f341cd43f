"""What is wrong at a moment."""

import time

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.preflight import Fault, Finding
from rtgplayout.ops.alert import Condition, Kind, Severity
from rtgplayout.ops.conditions import (
    NEAR,
    SINGLES,
    Failed,
    Thresholds,
    conditions,
    happened,
)
from rtgplayout.ops.vitals import Disk, Vitals
from rtgplayout.playout.status import Mode, Showing, Status, Upcoming
from tests.playout.scene import clip

WALL = 1_700_000_000.0
MB = 1024 * 1024
THRESHOLDS = Thresholds()
NONE_FAILED = Failed()
ON_AIR = Status(1, Mode.AUTO, Showing.PLAYING, connected=True, telemetry=True)
WELL = Vitals(
    WALL,
    statuses=(ON_AIR,),
    schedule_left={1: 86_400.0, 2: None},
    memory=100 * MB,
    disks=(Disk("the data folder", 50, 100),),
    mono=5000.0,
)


def finding(file: str, left: float | None, grave: bool = True, channel: int = 1) -> Finding:
    """A faulty file that starts in C{left} seconds."""
    deadline = None if left is None else WALL + left
    fault = Fault.MISSING if grave else Fault.RATE
    return Finding(channel, file, file, fault, "It is not there.", deadline, grave)


class ConditionTests(SynchronousTestCase):
    """L{conditions}."""

    def found(self, vitals: Vitals, failed: Failed = NONE_FAILED) -> tuple[Condition, ...]:
        return conditions(vitals, THRESHOLDS, failed)

    def one(self, vitals: Vitals, failed: Failed = NONE_FAILED) -> Condition:
        (only,) = self.found(vitals, failed)
        return only

    def test_nothing_is_wrong(self) -> None:
        self.assertEqual(self.found(WELL), ())

    def test_link(self) -> None:
        """It is told once it is away for long enough, with why."""
        soon = self.one(evolve(WELL, away=9.9))
        self.assertEqual((soon.kind, soon.begins), (Kind.LINK, False))
        late = self.one(evolve(WELL, away=10.0, why_away="refused\r\nX: y"))
        self.assertEqual((late.begins, late.held, late.severity), (True, 10, Severity.CRITICAL))
        self.assertIn("(refused X: y)", late.sentence)

    def test_a_link_that_hangs(self) -> None:
        """Connected and silent is away too, if that lasts."""
        condition = self.one(evolve(WELL, answers=False))
        self.assertEqual((condition.kind, condition.patience), (Kind.LINK, 10))

    def test_slate(self) -> None:
        condition = self.one(evolve(WELL, statuses=(evolve(ON_AIR, showing=Showing.SLATE),)))
        self.assertEqual((condition.kind, condition.subject), (Kind.SLATE, "channel 1"))
        self.assertIs(condition.severity, Severity.CRITICAL)

    def test_nothing_on_air(self) -> None:
        """Only where something is due."""
        nothing = evolve(ON_AIR, showing=Showing.NOTHING)
        self.assertEqual(self.found(evolve(WELL, statuses=(nothing,))), ())
        due = evolve(nothing, upcoming=Upcoming(clip("a"), 0, WALL - 10, 100))
        self.assertIs(self.one(evolve(WELL, statuses=(due,))).kind, Kind.NOTHING)

    def test_osc(self) -> None:
        """Silence is told when it lasts, and not while CasparCG is away altogether."""
        silent = (evolve(ON_AIR, telemetry=False),)
        condition = self.one(evolve(WELL, statuses=silent))
        self.assertEqual((condition.kind, condition.patience), (Kind.OSC, 20))
        self.assertIs(self.one(evolve(WELL, statuses=silent, away=60.0)).kind, Kind.LINK)

    def test_schedule(self) -> None:
        """Between the threshold and a tenth above it nothing begins and nothing ends."""
        for left, begins, severity in (
            (3959.0, False, Severity.WARNING),
            (3599.0, True, Severity.WARNING),
            (599.0, True, Severity.CRITICAL),
            (0.0, True, Severity.CRITICAL),
        ):
            condition = self.one(evolve(WELL, schedule_left={2: left}))
            self.assertEqual((condition.begins, condition.severity), (begins, severity))
            self.assertEqual((condition.kind, condition.subject), (Kind.SCHEDULE, "channel 2"))
        self.assertEqual(self.found(evolve(WELL, schedule_left={2: 3961.0})), ())

    def test_schedule_never(self) -> None:
        never = evolve(THRESHOLDS, schedule=0.0)
        self.assertEqual(conditions(evolve(WELL, schedule_left={1: 0.0}), never), ())

    def test_file(self) -> None:
        """One that cannot be shown is critical near its time; far ahead and long ago it is none."""
        for left, severity in (
            (14_399.0, Severity.WARNING),
            (NEAR, Severity.WARNING),
            (NEAR - 1, Severity.CRITICAL),
            (-59.0, Severity.CRITICAL),
        ):
            condition = self.one(evolve(WELL, findings=(finding("a.mp4", left),)))
            self.assertEqual((condition.kind, condition.severity), (Kind.FILE, severity))
            self.assertIn("a.mp4", condition.sentence)
        for away in (14_400.0, -60.0, None):
            self.assertEqual(self.found(evolve(WELL, findings=(finding("a.mp4", away),))), ())

    def test_file_that_is_being_written(self) -> None:
        """It has some seconds to be finished: each file counts as that when it is first found."""
        growing = evolve(finding("a.mp4", 10), fault=Fault.GROWING)
        vitals = evolve(WELL, findings=(growing, finding("b.mp4", 20)))
        self.assertEqual([each.patience for each in self.found(vitals)], [10, 0])

    def test_flaw(self) -> None:
        """What is only to be known is never critical, and takes no room from the others."""
        condition = self.one(evolve(WELL, findings=(finding("a.mp4", 10, grave=False),)))
        self.assertEqual((condition.kind, condition.severity), (Kind.FLAW, Severity.WARNING))

    def test_a_file_is_one(self) -> None:
        """However often it is scheduled; the first time counts."""
        findings = (finding("a.mp4", 5000), finding("a.mp4", 60), finding("", 60))
        found = self.found(evolve(WELL, findings=findings))
        self.assertEqual([each.subject for each in found], ["a.mp4", ""])
        self.assertIs(found[0].severity, Severity.CRITICAL)

    def test_very_many_files(self) -> None:
        """Those that start first get a condition, the others are named; and it takes no time."""
        findings = tuple(finding(f"{n}.mp4", 14_000 - n) for n in range(10_000))
        vitals = evolve(WELL, findings=findings)
        before = time.perf_counter()
        found = self.found(vitals)
        self.assertLess(time.perf_counter() - before, 0.5)
        self.assertEqual(len(found), SINGLES)
        self.assertEqual(found[0].subject, "9999.mp4")
        self.assertEqual(len(found[0].also), 10_000 - SINGLES)
        self.assertEqual([each.also for each in found[1:]], [frozenset()] * (SINGLES - 1))

    def test_disk(self) -> None:
        for free, begins, severity in (
            (119, False, Severity.WARNING),
            (100, True, Severity.WARNING),
            (50, True, Severity.CRITICAL),
            (0, True, Severity.CRITICAL),
        ):
            condition = self.one(evolve(WELL, disks=(Disk("the as-run", free, 1000),)))
            self.assertEqual((condition.begins, condition.severity), (begins, severity))
        self.assertEqual(self.found(evolve(WELL, disks=(Disk("x", 121, 1000),))), ())
        self.assertEqual(self.found(evolve(WELL, disks=(Disk("x", 0, 0),))), ())

    def test_records(self) -> None:
        condition = self.one(evolve(WELL, unsaved={"the playlist": "disk full"}))
        self.assertEqual((condition.kind, condition.subject), (Kind.UNSAVED, "the playlist"))
        self.assertIs(self.one(evolve(WELL, chain="line 7 was changed")).kind, Kind.AS_RUN)

    def test_clock(self) -> None:
        """A jump is told for ten minutes."""
        condition = self.one(evolve(WELL, jumped_at=4401.0, jumped_by=-3600.0))
        self.assertIn("3,600.0 s backwards", condition.sentence)
        self.assertEqual(self.found(evolve(WELL, jumped_at=4400.0, jumped_by=1.0)), ())

    def test_memory(self) -> None:
        for held, begins in ((381, False), (401, True)):
            self.assertEqual(self.one(evolve(WELL, memory=held * MB)).begins, begins)
        self.assertEqual(self.found(evolve(WELL, memory=380 * MB)), ())

    def test_part(self) -> None:
        """One that is begun again at once is not told; a channel is more than the others."""
        found = self.found(evolve(WELL, broken={"the library": "gone", "channel 1": "still"}))
        self.assertEqual({each.patience for each in found}, {3})
        severities = [Severity.WARNING, Severity.CRITICAL]
        self.assertEqual([each.severity for each in found], severities)


class FailedTests(SynchronousTestCase):
    """Items that failed, out of the as-run."""

    def error(self, file: str, channel: int = 1, error: str = "404") -> dict[str, object]:
        return {
            "eventType": "PLAY_ERROR",
            "itemId": "i",
            "fileName": file,
            "error": error,
            "channel": channel,
        }

    def told(self, failed: Failed, mono: float) -> list[str]:
        found = conditions(evolve(WELL, mono=mono), THRESHOLDS, failed)
        return [each.subject for each in found if each.kind is Kind.FAILED]

    def test_until_the_next_one_starts(self) -> None:
        """On its own channel."""
        failed = happened(Failed(), self.error("a.mp4"), 100.0)
        failed = happened(failed, self.error("b.mp4", 2), 100.0)
        self.assertEqual(self.told(failed, 101), ["channel 1: a.mp4", "channel 2: b.mp4"])
        start = {"eventType": "PLAY_START", "itemId": "j", "channel": 1}
        self.assertEqual(self.told(happened(failed, start, 102.0), 103), ["channel 2: b.mp4"])

    def test_a_filler_is_no_start(self) -> None:
        failed = happened(Failed(), self.error("a.mp4"), 100.0)
        start: dict[str, object] = {"eventType": "PLAY_START", "itemId": "", "channel": 1}
        self.assertIs(happened(failed, start, 102.0), failed)

    def test_for_ten_minutes(self) -> None:
        failed = happened(Failed(), self.error("a.mp4"), 100.0)
        self.assertEqual(len(self.told(failed, 699)), 1)
        self.assertEqual(self.told(failed, 700), [])

    def test_bounded(self) -> None:
        """Of very many the last are kept."""
        failed = Failed()
        for n in range(300):
            failed = happened(failed, self.error(f"{n}.mp4"), float(n))
        self.assertEqual(len(failed.items), 100)
        self.assertIn((1, "299.mp4"), failed.items)

    def test_what_nobody_knows(self) -> None:
        """What went off the air while nobody looked, as over a restart, did not fail."""
        unknown = self.error("a.mp4") | {"cause": "caspar"}
        self.assertEqual(happened(Failed(), unknown, 100.0), Failed())

    def test_whatever_the_fields_are(self) -> None:
        """An entry without them, or with others, breaks nothing."""
        failed = happened(Failed(), {"eventType": "PLAY_ERROR", "channel": "?"}, 1.0)
        self.assertEqual(self.told(failed, 2), ["channel 0: "])
        self.assertIs(happened(failed, {}, 1.0), failed)
