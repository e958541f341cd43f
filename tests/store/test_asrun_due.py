# -*- test-case-name: tests.store.test_asrun_due -*-
"""What the daily work on the as-run is."""

from datetime import date, timedelta

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.asrun_due import to_compress, to_delete, to_report
from rtgplayout.store.asrun_names import Key, name_of

TODAY = date(2026, 3, 31)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


FILES: list[Key] = [(ago(n),) for n in range(10, -1, -1)]


class ReportTests(SynchronousTestCase):
    """Which reports."""

    def test_over_and_not_made(self) -> None:
        days = [ago(n) for n in (3, 2, 1, 0)]
        self.assertEqual(to_report(days, {ago(2): ago(1)}, TODAY), (ago(3), ago(1)))

    def test_made_too_early(self) -> None:
        """One that was asked for at noon does not tell of the evening."""
        self.assertEqual(to_report([ago(1)], {ago(1): ago(1)}, TODAY), (ago(1),))

    def test_not_for_years(self) -> None:
        """A station that begins with old files is not given all their reports."""
        self.assertEqual(to_report([ago(32), ago(31)], {}, TODAY), (ago(31),))


class CompressTests(SynchronousTestCase):
    """What is compressed."""

    def test_old(self) -> None:
        self.assertEqual(to_compress(FILES, FILES, (), TODAY, 8), ((ago(10),), (ago(9),)))
        self.assertEqual(to_compress(FILES[1:], FILES, (), TODAY, 8), ((ago(9),),))

    def test_never(self) -> None:
        """When that is wished, what is bad, and what is still written to."""
        self.assertEqual(to_compress(FILES, FILES, (), TODAY, 0), ())
        self.assertEqual(to_compress(FILES, FILES, {name_of(FILES[0])}, TODAY, 8), ((ago(9),),))
        self.assertEqual(to_compress(FILES[:1], FILES[:1], (), TODAY, 8), ())
        self.assertNotIn((TODAY,), to_compress(FILES, FILES, (), TODAY, 1))


class DeleteTests(SynchronousTestCase):
    """What is deleted."""

    def test_oldest(self) -> None:
        self.assertEqual(to_delete(FILES, (), TODAY, 8), ((ago(10),), (ago(9),)))

    def test_never(self) -> None:
        """When that is wished, and nothing from the first bad file on."""
        self.assertEqual(to_delete(FILES, (), TODAY, 0), ())
        self.assertEqual(to_delete(FILES, {name_of(FILES[1])}, TODAY, 2), ((ago(10),),))
        self.assertEqual(to_delete(FILES, {name_of(FILES[0])}, TODAY, 2), ())
        self.assertEqual(to_delete([], (), TODAY, 2), ())

    def test_clock_far_ahead(self) -> None:
        """A wrong clock makes all files old, and they stay all the same."""
        files = [*FILES, (date(2036, 1, 1),)]
        self.assertEqual(to_delete(files, (), date(2036, 1, 1), 12), ())
        self.assertEqual(to_delete(files, (), date(2036, 1, 1), 11), (FILES[0],))

    def test_in_the_order_of_writing(self) -> None:
        """A day of a clock that was far behind goes when those before it have gone."""
        files: list[Key] = [(ago(5),), (ago(5), date(1970, 1, 1)), *FILES[-4:]]
        self.assertEqual(to_delete(files, (), TODAY, 5), ())
        self.assertEqual(to_delete(files, (), TODAY, 4), tuple(files[:2]))
