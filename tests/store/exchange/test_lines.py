"""
Tests of a text line by line.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.exchange.lines import LONGEST_LINE, TooLong, lines


class LinesTests(SynchronousTestCase):
    """Where a line ends."""

    @settings(deadline=None, max_examples=50, derandomize=True)
    @given(st.text("a\n\r\x0b\u2028"))
    def test_nothing_is_lost(self, text: str) -> None:
        """Joined they are the text; only C{\\n} ends one."""
        found = list(lines(text))
        self.assertEqual("".join(found), text)
        self.assertTrue(all(line.find("\n") in (-1, len(line) - 1) for line in found))

    def test_too_long(self) -> None:
        """The longest is given, a longer one refused by its number."""
        longest = "x" * LONGEST_LINE
        self.assertEqual(list(lines(f"a\n{longest}")), ["a\n", longest])
        found = lines(f"a\n{longest}x\nb")
        self.assertEqual(next(found), "a\n")
        self.assertEqual(self.assertRaises(TooLong, next, found).line, 2)
