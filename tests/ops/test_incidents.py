"""What is told of what is wrong, and how often."""

from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.alert import Alert, Condition, Kind, News, Severity
from rtgplayout.ops.incidents import (
    MOST,
    OTHERS,
    SAME,
    Incidents,
    standing,
    step,
)

WALL = 1_700_000_000.0
SLATE = Condition(Kind.SLATE, "channel 1", Severity.CRITICAL, "The slate is on air.")
DISK = Condition(Kind.DISK, "data", Severity.WARNING, "It is nearly full.")
HOVERS = evolve(DISK, begins=False)


@define
class Story:
    """What is told, second by second."""

    mono: float = 0.0
    incidents: Incidents = field(factory=Incidents)
    told: list[Alert] = field(factory=list)

    def go(self, seconds: int, *conditions: Condition) -> list[tuple[float, News]]:
        """
        For so many seconds this is wrong.

        @return: when what was told.
        """
        found: list[tuple[float, News]] = []
        for _ in range(seconds):
            self.incidents, alerts = step(self.incidents, conditions, self.mono, WALL + self.mono)
            found += [(self.mono, each.news) for each in alerts]
            self.told += alerts
            self.mono += 1
        return found


class IncidentTests(SynchronousTestCase):
    """L{step}."""

    def setUp(self) -> None:
        self.story = Story()

    def test_once(self) -> None:
        """It is told at once, and then no more until it is over, with how long it lasted."""
        self.assertEqual(self.story.go(100, SLATE), [(0, News.RAISED)])
        self.assertEqual(self.story.go(100), [(110, News.RECOVERED)])
        raised, over = self.story.told
        self.assertEqual(raised.id, over.id)
        self.assertEqual((raised.since, raised.at, raised.lasted), (WALL, WALL, None))
        self.assertEqual((over.since, over.at, over.lasted), (WALL, WALL + 110, 100))

    def test_hysteresis(self) -> None:
        """What hovers below the threshold begins nothing and ends nothing."""
        self.assertEqual(self.story.go(50, HOVERS), [])
        self.assertEqual(self.story.go(50, DISK), [(50, News.RAISED)])
        self.assertEqual(self.story.go(5000, HOVERS), [])
        self.assertEqual(self.story.go(20), [(5110, News.RECOVERED)])

    def test_patience(self) -> None:
        """It is told when it lasts; what is gone before never was."""
        waited = evolve(SLATE, patience=20.0)
        self.assertEqual(self.story.go(20, waited) + self.story.go(5), [])
        self.assertEqual(self.story.incidents.known, {})
        self.assertEqual(self.story.go(30, waited), [(45, News.RAISED)])
        self.assertEqual(self.story.told[0].since, WALL + 25)

    def test_what_held_already_counts(self) -> None:
        self.assertEqual(
            self.story.go(1, evolve(SLATE, patience=20.0, held=30.0)), [(0, News.RAISED)]
        )
        self.assertEqual(self.story.told[0].since, WALL - 30)

    def test_gone_for_a_moment(self) -> None:
        """Is not over."""
        self.story.go(10, SLATE)
        for _ in range(50):
            self.assertEqual(self.story.go(9) + self.story.go(1, SLATE), [])

    def test_comes_and_goes(self) -> None:
        """What comes back soon is the same, told once more, and then only when it is quiet."""
        self.assertEqual(
            self.story.go(5, SLATE) + self.story.go(15), [(0, News.RAISED), (15, News.RECOVERED)]
        )
        told = []
        for _ in range(100):
            told += self.story.go(5, SLATE) + self.story.go(15)
        self.assertEqual(told, [(20, News.RAISED)])
        self.assertEqual({each.id for each in self.story.told}, {self.story.told[0].id})
        self.assertEqual(self.story.told[-1].times, 2)
        (over,) = self.story.go(700)
        self.assertEqual(over, (2005 + SAME, News.RECOVERED))
        self.assertEqual(self.story.told[-1].lasted, 2005 - 20)

    def test_comes_back_with_patience(self) -> None:
        """What flickers within ten minutes of its end, too short to be told, is not told."""
        waited = evolve(SLATE, patience=5.0)
        self.story.go(10, waited)
        self.story.go(20)
        self.assertEqual(self.story.go(3, waited) + self.story.go(30), [])
        self.assertEqual(self.story.go(10, waited), [(68, News.RAISED)])
        self.assertEqual(self.story.told[-1].times, 2)

    def test_comes_back_late(self) -> None:
        """Then it is another one."""
        self.story.go(5, SLATE)
        self.story.go(700)
        self.assertEqual(self.story.incidents.known, {})
        self.story.go(5, SLATE)
        first, _, other = self.story.told
        self.assertNotEqual(first.id, other.id)
        self.assertEqual(other.times, 1)

    def test_worse(self) -> None:
        """A warning that becomes critical is told once, and critical it stays."""
        bad = evolve(DISK, severity=Severity.CRITICAL)
        self.story.go(5, DISK)
        self.assertEqual(self.story.go(5, bad), [(5, News.WORSE)])
        self.assertEqual(self.story.go(5, DISK) + self.story.go(5, bad), [])
        (alert,) = standing(self.story.incidents, WALL)
        self.assertIs(alert.severity, Severity.CRITICAL)

    def test_reminders(self) -> None:
        """Of what is critical, every hour; of warnings never."""
        told = self.story.go(7300, SLATE, DISK)
        self.assertEqual(
            told, [(0, News.RAISED)] * 2 + [(3600, News.REMINDER), (7200, News.REMINDER)]
        )

    def test_standing(self) -> None:
        """What goes on, critical ones first; no less while it is gone for a moment."""
        self.story.go(5, DISK, SLATE)
        self.story.go(3)
        found = standing(self.story.incidents, WALL)
        self.assertEqual([each.kind for each in found], [Kind.SLATE, Kind.DISK])
        self.assertEqual([each.news for each in found], [News.RAISED] * 2)
        self.story.go(20)
        self.assertEqual(standing(self.story.incidents, WALL), ())


def files(first: int, last: int, severity: Severity = Severity.WARNING) -> list[Condition]:
    """Faulty files."""
    return [
        Condition(Kind.FILE, f"{n}.mp4", severity, f"{n}.mp4 is not there.")
        for n in range(first, last)
    ]


class GatheringTests(SynchronousTestCase):
    """Very many at once."""

    def setUp(self) -> None:
        self.story = Story()

    def test_few_alone_the_others_together(self) -> None:
        self.story.go(100, *files(0, 500))
        self.assertEqual(len(self.story.told), MOST + 1)
        last = self.story.told[-1]
        self.assertEqual(last.subject, OTHERS)
        self.assertIn("490 more", last.sentence)
        self.assertIn("10.mp4 is not there", last.sentence)
        self.assertEqual(len(self.story.go(20)), MOST + 1)

    def test_many_that_may_pass(self) -> None:
        """What is waited for alone is waited for together; one that is not is told at once."""
        many = [evolve(each, patience=10.0) for each in files(0, 500)]
        self.assertEqual(self.story.go(10, *many), [])
        self.assertEqual(len(self.story.go(1, *many)), MOST + 1)
        self.story = Story()
        (lost,) = files(600, 601)
        self.assertEqual(self.story.go(10, *many, lost), [(0, News.RAISED)])
        self.assertEqual(self.story.told[0].subject, OTHERS)

    def test_named_beside_others(self) -> None:
        """Those without a condition of their own are counted."""
        first, *rest = files(0, 20)
        many = evolve(first, also=frozenset(f"{n}.mp4" for n in range(20, 10_000)))
        self.story.go(10, many, *rest)
        self.assertIn("9,990 more", self.story.told[-1].sentence)
        self.assertEqual(len(self.story.told), MOST + 1)

    def test_pushed_aside(self) -> None:
        """A file that is only counted now is not over."""
        self.story.go(10, *files(0, 3))
        first, *rest = files(100, 120)
        many = evolve(first, also=frozenset(["0.mp4", "1.mp4", "2.mp4"]))
        told = self.story.go(30, many, *rest)
        self.assertNotIn(News.RECOVERED, [news for _, news in told])
        self.assertEqual(len(told), MOST - 3 + 1)

    def test_only_counted(self) -> None:
        """When all that have a condition are told alone, the others are told too."""
        (first,) = files(0, 1)
        self.story.go(10, evolve(first, also=frozenset(["a", "b"])))
        self.assertIn("2 more of the same kind (file): a, b", self.story.told[-1].sentence)

    def test_nobody_is_told_of_each(self) -> None:
        """Files that come and are over one after the other, for hours, are told a few of."""
        for n in range(0, 3000, 10):
            self.story.go(12, *files(n, n + 10))
        hours = self.story.mono / 3600
        self.assertLess(len(self.story.told), 150 * hours)
        self.assertLessEqual(len(self.story.incidents.known), MOST + 1)

    def test_others_become_critical(self) -> None:
        self.story.go(10, *files(0, 50))
        told = self.story.go(10, *files(0, 40), *files(40, 50, Severity.CRITICAL))
        self.assertEqual([news for _, news in told], [News.WORSE])


KINDS = st.sampled_from([Kind.SLATE, Kind.FILE])
CONDITIONS = st.builds(
    Condition,
    KINDS,
    st.integers(0, 14).map(str),
    st.sampled_from(Severity),
    st.just("It is wrong."),
    st.booleans(),
    st.sampled_from([0.0, 0.0, 3.0, 15.0]),
    st.just(0.0),
    st.frozensets(st.integers(10, 30).map(str), max_size=4),
)
LOOKS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 1.0, 5.0, 11.0, 200.0, 700.0, 4000.0]),
        st.lists(CONDITIONS, max_size=16, unique_by=lambda each: (each.kind, each.subject)),
    ),
    max_size=25,
)


class AnythingTests(SynchronousTestCase):
    """Whatever happens."""

    @settings(deadline=None, max_examples=150, derandomize=True)
    @given(LOOKS)
    def test_never_twice(self, looks: list[tuple[float, list[Condition]]]) -> None:
        """
        None is told to begin twice without an end between, none to end that did not begin; what
        is standing is what was told to begin and not to end; and it is never many.
        """
        incidents, mono = Incidents(), 0.0
        begun: set[str] = set()
        for seconds, found in looks:
            mono += seconds
            incidents, alerts = step(incidents, tuple(found), mono, WALL)
            for alert in alerts:
                if alert.news is News.RAISED:
                    self.assertNotIn(alert.id, begun)
                    begun.add(alert.id)
                else:
                    self.assertIn(alert.id, begun)
                if alert.news is News.RECOVERED:
                    begun.remove(alert.id)
            self.assertEqual({each.id for each in standing(incidents, WALL)}, begun)
            self.assertLessEqual(len(incidents.known), 2 * (MOST + 1))
