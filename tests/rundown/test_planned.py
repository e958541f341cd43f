"""The schedule as a value."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.planned import Adjustment, Planned, Schedule, starting
from rtgplayout.rundown.timing import RATES

from .examples import NTSC, PAL, at, item

modest = settings(deadline=None, max_examples=60, derandomize=True)
rates = st.sampled_from([*RATES.values()])
instants = st.floats(1e9, 4e9)


class PlannedTests(SynchronousTestCase):
    """One item's place."""

    def test_end(self) -> None:
        """The gap is after the end."""
        self.assertEqual(Planned(item("a", 4), 1000, 75, trim=25, gap=10).end, 1075)


class AdjustedTests(SynchronousTestCase):
    """What does not follow from the items alone."""

    def test_which(self) -> None:
        """The first, and those that are cut, dropped, waited for, or have a hard start."""
        a, b, c, d, e = (item(name, 4) for name in "abcde")
        entries = (
            Planned(a, 1000, 100),
            Planned(b, 1100, 100),
            Planned(c, 1200, 75, trim=25),
            Planned(d, 1275, 0, dropped=True),
            Planned(e, 1275, 100, gap=5, target=1.0),
        )
        self.assertEqual(
            Schedule(PAL, 0.0, entries).adjusted,
            {
                a.id: Adjustment(1000, 0, 0, False, None),
                c.id: Adjustment(None, 25, 0, False, None),
                d.id: Adjustment(None, 0, 0, True, None),
                e.id: Adjustment(None, 0, 5, False, 1.0),
            },
        )

    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=6))
    @modest
    def test_enough(self, cuts: list[tuple[int, int]]) -> None:
        """With them and the items, everybody finds all starts."""
        start, entries = 1000, []
        for n, (trim, gap) in enumerate(cuts):
            entries.append(Planned(item(str(n), 4), start, 100 - trim, trim, gap))
            start = entries[-1].end + gap
        adjusted = Schedule(PAL, 0.0, tuple(entries)).adjusted
        expected = 0
        for entry in entries:
            found = adjusted.get(entry.item.id, Adjustment(None, 0, 0, False, None))
            begins = expected if found.start is None else found.start
            self.assertEqual(begins, entry.start)
            expected = begins + entry.item.duration - found.trim + found.gap


class GridTests(SynchronousTestCase):
    """Frames are counted from the epoch, in phase with what is on air."""

    @given(rates, instants)
    @modest
    def test_starts_where_told(self, rate: Fraction, instant: float) -> None:
        """To the microsecond, and near the epoch's frame of that number."""
        grid, frame = starting(rate, instant)
        self.assertApproximates(grid.instant(frame), instant, 2e-6)
        self.assertEqual(grid.frame(instant), frame)
        self.assertLess(abs(grid.origin), 0.05)

    @given(rates, instants, st.integers(-(10**7), 10**7))
    @modest
    def test_stays_comparable(self, rate: Fraction, instant: float, frames: int) -> None:
        """Started again some frames later it has the same frames, within clock precision."""
        grid, frame = starting(rate, instant)
        again, later = starting(rate, grid.instant(frame + frames))
        if abs(again.origin - grid.origin) < 1e-3:  # else just across half a frame
            self.assertApproximates(again.origin, grid.origin, 2e-6)
            self.assertEqual(later, frame + frames)

    def test_same_origin(self) -> None:
        """On the frames of a whole rate the origin is the same to the bit."""
        for text in ("12:00:00", "12:00:00.040", "20:15:09.960"):
            self.assertEqual(starting(PAL, at(text))[0].origin, 0.0)

    @given(rates, instants, st.integers(-(10**7), 10**7))
    @modest
    def test_frame_of_instant(self, rate: Fraction, instant: float, frames: int) -> None:
        """The instant of a frame is nearest to that frame."""
        grid, frame = starting(rate, instant)
        self.assertEqual(grid.frame(grid.instant(frame + frames)), frame + frames)

    def test_nearest(self) -> None:
        """Of two frames equally near, the later."""
        grid = Schedule(PAL, 1000.0)
        self.assertEqual(
            [grid.frame(1000.0 + ms / 1000) for ms in (-21, -20, 19, 20)], [-1, 0, 0, 1]
        )

    def test_does_not_drift(self) -> None:
        """At 30000/1001, a year of frames on, it is where exact arithmetic says."""
        grid, frame = starting(NTSC, at("12:00"))
        exact = Fraction(at("12:00")) + 10**9 / NTSC
        self.assertApproximates(grid.instant(frame + 10**9), float(exact), 2e-6)
