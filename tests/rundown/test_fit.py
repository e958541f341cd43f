"""How items give way to a hard start."""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.fit import Fit, fit

from .examples import item

modest = settings(deadline=None, max_examples=200, derandomize=True)


def fitted(frames: list[int], surplus: int, head_keeps: int = 50, minimum: int = 50) -> Fit:
    items = [item(f"i{n}", count / 25) for n, count in enumerate(frames)]
    return fit(items, 0, len(items), surplus, head_keeps, minimum)


class FitTests(SynchronousTestCase):
    """Each rule by its example."""

    def test_exact(self) -> None:
        """Nothing is touched."""
        self.assertEqual(fitted([100, 200], 0), Fit(2, (), gap=0, missed=0, room=0))

    def test_too_short(self) -> None:
        """A gap after the last; clips are never extended."""
        self.assertEqual(fitted([100, 200], -30), Fit(1, (200,), gap=30, missed=0, room=0))

    def test_last_first(self) -> None:
        """The last item is trimmed down to the minimum before the one before it is touched."""
        self.assertEqual(fitted([100, 100, 200], 150).lengths, (50,))
        self.assertEqual(fitted([100, 100, 200], 151).lengths, (99, 50))
        self.assertEqual(fitted([100, 100, 200], 250).lengths, (50, 50, 50))

    def test_short_items_keep_all(self) -> None:
        """What is shorter than the minimum is not trimmed."""
        found = fitted([100, 40, 30], 20)
        self.assertEqual((found.first, found.lengths), (0, (80, 40, 30)))

    def test_head_keeps(self) -> None:
        """The item on air keeps what it must."""
        self.assertEqual(fitted([100, 60], 20, head_keeps=90).lengths, (90, 50))
        self.assertEqual(fitted([100, 60], 20, head_keeps=200).kept, 1)

    def test_drop(self) -> None:
        """When trimming is not enough, the last is dropped; then no more is trimmed than needed."""
        found = fitted([100, 100, 100], 160)
        self.assertEqual((found.lengths, found.kept, found.room), ((90, 50), 2, 150))
        self.assertEqual((found.gap, found.missed), (0, 0))

    def test_drop_leaves_a_gap(self) -> None:
        """A short item dropped whole may leave more room than was needed."""
        found = fitted([40, 40, 40], 15)
        self.assertEqual((found.first, found.lengths, found.kept, found.gap), (1, (40,), 2, 25))

    def test_missed(self) -> None:
        """The head is not dropped: then the hard start is late by what is left."""
        found = fitted([100, 100], 170)
        self.assertEqual((found.lengths, found.kept, found.missed), ((50,), 1, 20))

    @given(
        st.lists(st.integers(1, 300), min_size=1, max_size=8),
        st.integers(-200, 2500),
        st.integers(1, 150),
        st.integers(1, 150),
    )
    @modest
    def test_all_is_accounted_for(
        self, frames: list[int], surplus: int, head_keeps: int, minimum: int
    ) -> None:
        """What is on air, the gap and what is missed add up; nobody is cut below its minimum."""
        found = fitted(frames, surplus, head_keeps, minimum)
        lengths = [*frames[: found.first], *found.lengths]
        self.assertEqual(sum(lengths) + found.gap, sum(frames) - surplus + found.missed)
        self.assertFalse(found.gap and found.missed)
        self.assertGreaterEqual(found.kept, 1)
        for n, (length, whole) in enumerate(zip(lengths, frames, strict=False)):
            self.assertLessEqual(length, whole)
            self.assertGreaterEqual(length, min(whole, minimum if n else head_keeps))
        if found.kept < len(frames):
            self.assertGreater(surplus, found.room)
        if found.missed:
            self.assertEqual(lengths, [min(frames[0], head_keeps)])
