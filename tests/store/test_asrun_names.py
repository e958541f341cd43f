# -*- test-case-name: tests.store.test_asrun_names -*-
"""Names of as-run files, whatever the clock did."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.asrun_names import MOST_NESTED, Key, day_of, key_of, keys, name_of, next_key


def day(text: str) -> date:
    return date.fromisoformat(text)


class NameTests(SynchronousTestCase):
    """Names and what they say."""

    def test_both_ways(self) -> None:
        for name in ("as-run-2026-03-01.log", "as-run-2030-01-01.2026-03-01.log"):
            key = key_of(name)
            assert key is not None
            self.assertEqual(name_of(key), name)
            self.assertEqual(key_of(f"{name}.gz"), key)
            self.assertEqual(day_of(key), day("2026-03-01"))

    def test_no_such_file(self) -> None:
        """Reports, what was set aside, and dates that there are not."""
        for name in (
            "as-run-2026-02-30.log",
            "as-run-2026-03-01.log.torn",
            "as-run-2026-03-01.log.gz.1-1.tmp",
            "as-run-٢٠٢٦-03-01.log",
            "report-2026-03-01.txt",
            "as-run.head",
            "as-run-.log",
        ):
            self.assertIsNone(key_of(name))

    def test_in_order_and_once(self) -> None:
        """A file that is there twice, compressed and not, is one."""
        names = [
            "as-run-2026-03-02.log",
            "x",
            "as-run-2026-03-01.log.gz",
            "as-run-2026-03-01.2025-01-01.log",
            "as-run-2026-03-01.log",
        ]
        self.assertEqual(
            [name_of(key) for key in keys(names)],
            [
                "as-run-2026-03-01.log",
                "as-run-2026-03-01.2025-01-01.log",
                "as-run-2026-03-02.log",
            ],
        )


class NextTests(SynchronousTestCase):
    """Where an entry goes."""

    def after(self, last: str, wanted: str, closed: bool = False) -> str:
        return name_of(next_key(key_of(last), day(wanted), closed))

    def test_days(self) -> None:
        self.assertEqual(name_of(next_key(None, day("2026-03-01"))), "as-run-2026-03-01.log")
        last = "as-run-2026-03-01.log"
        self.assertEqual(self.after(last, "2026-03-01"), last)
        self.assertEqual(self.after(last, "2026-03-02"), "as-run-2026-03-02.log")

    def test_back_over_midnight(self) -> None:
        """An entry of yesterday, after one of today, stands behind it."""
        last = "as-run-2026-03-01.log"
        self.assertEqual(self.after(last, "2026-02-28"), last)

    def test_clock_was_ahead(self) -> None:
        """Once it is right again each day has its file, behind that of the wrong day."""
        first = self.after("as-run-2030-01-01.log", "2026-03-01")
        self.assertEqual(first, "as-run-2030-01-01.2026-03-01.log")
        second = self.after(first, "2026-03-02")
        self.assertEqual(second, "as-run-2030-01-01.2026-03-02.log")
        self.assertEqual(self.after(second, "2030-01-02"), "as-run-2030-01-02.log")

    def test_clock_was_behind(self) -> None:
        """A machine that started in 1970 finds back."""
        wrong = self.after("as-run-2026-03-01.log", "1970-01-01")
        self.assertEqual(wrong, "as-run-2026-03-01.1970-01-01.log")
        again = self.after(wrong, "2026-03-01")
        self.assertEqual(again, "as-run-2026-03-01.2026-03-01.log")
        self.assertEqual(self.after(again, "2026-03-02"), "as-run-2026-03-02.log")

    def test_compressed_by_hand(self) -> None:
        """What cannot be appended to is left alone."""
        self.assertEqual(
            self.after("as-run-2026-03-01.log", "2026-03-01", True),
            "as-run-2026-03-01.2026-03-01.log",
        )

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.lists(st.integers(-400, 400), max_size=40))
    def test_never_back(self, days: list[int]) -> None:
        """However the clock jumps: names rise, are no longer than they may, and can be read."""
        last: Key | None = None
        for each in days:
            key = next_key(last, day("2026-03-01") + timedelta(days=each))
            self.assertLessEqual(len(key), MOST_NESTED)
            self.assertEqual(key_of(name_of(key)), key)
            if last is not None:
                self.assertGreaterEqual(key, last)
            last = key
