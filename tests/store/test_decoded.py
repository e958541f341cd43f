# -*- test-case-name: tests.store.test_decoded -*-
"""
JSON as it is found on disk.
"""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.decoded import Unreadable, parsed


class ParsedTests(SynchronousTestCase):
    """Everything that was ever written is read; everything else is named unreadable."""

    def test_plain(self) -> None:
        self.assertEqual(parsed(b'{"a":[1,2.5,"\xc3\xa9"]}'), {"a": [1, 2.5, "é"]})

    def test_byte_order_mark(self) -> None:
        """An editor's byte order mark is passed over."""
        self.assertEqual(parsed(b"\xef\xbb\xbf[1]"), [1])

    def test_half_a_pair(self) -> None:
        """Half a surrogate pair, which JavaScript writes for a name cut in the middle of a sign."""
        self.assertEqual(parsed(b'["a\\ud83d"]'), ["a?"])

    def test_not_a_number(self) -> None:
        """What JSON has no number for is taken as Python takes it."""
        self.assertEqual(parsed(b"[Infinity]"), [float("inf")])

    def test_large_integers(self) -> None:
        """An integer that could not be written again becomes a float, found either way."""
        self.assertEqual(parsed(b"[18446744073709551616]"), [float(2**64)])
        self.assertEqual(parsed(b"[18446744073709551616, NaN]")[0], float(2**64))  # type: ignore[index]

    def test_not_json(self) -> None:
        """Anything else is unreadable: empty, cut short, not text, too deep, absurd."""
        for content in (b"", b'{"a":', b"\xff\xfe{}", b"[" * 100_000, b"9" * 5_000, b"\0" * 512):
            with self.subTest(content=content[:10]):
                self.assertRaises(Unreadable, parsed, content)
