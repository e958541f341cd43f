# -*- test-case-name: tests.store.test_written -*-
"""
Instants and sentences of small documents.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.timing import iso
from rtgplayout.store.written import few, instant


class InstantTests(SynchronousTestCase):
    """Instants as JSON has them."""

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(st.integers(-(10**13), 10**14))
    def test_round_trip(self, milliseconds: int) -> None:
        self.assertEqual(instant(iso(milliseconds / 1_000)), milliseconds / 1_000)

    def test_other_zones(self) -> None:
        self.assertEqual(instant("1970-01-01T01:00:01+01:00"), 1.0)

    def test_no_instants(self) -> None:
        """A date without a zone could be any of many instants."""
        cases: tuple[object, ...] = (
            None,
            5,
            True,
            "",
            "yesterday",
            "2026-03-01T18:00:00",
            "2026-13-01",
            [],
        )
        for written in cases:
            with self.subTest(written=written):
                self.assertIsNone(instant(written))


class FewTests(SynchronousTestCase):
    """Sentences."""

    def test_few(self) -> None:
        self.assertEqual(few(["a", "b"]), ("a", "b"))

    def test_many(self) -> None:
        """The rest is counted."""
        sentences = few([str(n) for n in range(60)])
        self.assertEqual((len(sentences), sentences[-1]), (51, "… and 10 more such repairs."))
