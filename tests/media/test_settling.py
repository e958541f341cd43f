# -*- test-case-name: tests.media.test_settling -*-
"""Tests for L{rtgplayout.media.settling}."""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.settling import Growth, Verdict, settle

WALL = 1_800_000_000.0
NOW_NS = int(WALL * 1e9)


class SettleTests(SynchronousTestCase):
    def verdicts(self, *looks: tuple[float, int, int]) -> list[Verdict]:
        """What is said at each look: when, which size, changed when (nanoseconds)."""
        growth: Growth | None = None
        said = []
        for now, size, modified_ns in looks:
            verdict, growth = settle(growth, size, modified_ns, now, WALL)
            said.append(verdict)
        return said

    def test_finished_when_it_stays_as_it_is_for_two_seconds(self) -> None:
        said = self.verdicts((5.0, 9, NOW_NS), (6.9, 9, NOW_NS), (7.0, 9, NOW_NS))
        self.assertEqual(said, [Verdict.GROWING, Verdict.GROWING, Verdict.FINISHED])

    def test_each_change_begins_the_wait_anew(self) -> None:
        for changed in ((6.5, 10, NOW_NS), (6.5, 9, NOW_NS + 1), (6.5, 8, NOW_NS)):
            said = self.verdicts((5.0, 9, NOW_NS), changed, (8.4, *changed[1:]))
            self.assertEqual(said, [Verdict.GROWING] * 3)

    def test_what_nobody_changed_for_long_is_finished_at_first_sight(self) -> None:
        old = NOW_NS - 10_100_000_000
        self.assertEqual(self.verdicts((5.0, 9, old)), [Verdict.FINISHED])

    def test_what_was_changed_lately_has_to_wait(self) -> None:
        self.assertEqual(self.verdicts((5.0, 9, NOW_NS - 9_900_000_000)), [Verdict.GROWING])

    def test_an_old_time_of_change_counts_only_at_first_sight(self) -> None:
        """A copy that sets the time of its source at its end was growing a moment ago."""
        old = NOW_NS - 10**12
        self.assertEqual(self.verdicts((5.0, 9, NOW_NS), (6.0, 9, old)), [Verdict.GROWING] * 2)

    def test_a_time_of_change_in_the_future_is_no_trap(self) -> None:
        future = NOW_NS + 10**18
        said = self.verdicts((5.0, 9, future), (7.0, 9, future))
        self.assertEqual(said, [Verdict.GROWING, Verdict.FINISHED])

    def test_an_empty_file_may_still_be_begun_for_ten_seconds(self) -> None:
        said = self.verdicts((5.0, 0, NOW_NS), (14.9, 0, NOW_NS), (15.0, 0, NOW_NS))
        self.assertEqual(said, [Verdict.GROWING, Verdict.GROWING, Verdict.EMPTY])

    def test_an_old_empty_file_is_empty_at_first_sight(self) -> None:
        self.assertEqual(self.verdicts((5.0, 0, NOW_NS - 10**12)), [Verdict.EMPTY])

    @settings(deadline=None, max_examples=50, derandomize=True)
    @given(st.lists(st.tuples(st.floats(0.01, 3.0), st.integers(0, 2)), max_size=12))
    def test_never_finished_within_two_seconds_of_a_change(
        self, looks: list[tuple[float, int]]
    ) -> None:
        now, growth, changed = 0.0, None, 0.0
        for step, size in looks:
            now += step
            if growth is None or size != growth.size:
                changed = now
            verdict, growth = settle(growth, size, NOW_NS, now, WALL)
            self.assertEqual(verdict is Verdict.FINISHED, size > 0 and now - changed >= 2.0)
