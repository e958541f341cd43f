# -*- test-case-name: tests.store.test_state_file -*-
"""
What a channel was doing, through a restart.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.asrun import Aired
from rtgplayout.playout.status import Mode
from rtgplayout.store.decoded import Decoded, Unreadable
from rtgplayout.store.state_file import Remembered, decode, encode, file_name

texts = st.text(st.characters(codec="utf-8"))


class StateFileTests(SynchronousTestCase):
    """The file of what a channel was doing."""

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(
        st.builds(
            Remembered,
            st.sampled_from(Mode),
            st.none() | texts,
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
            st.none() | texts,
            st.booleans(),
            st.none()
            | st.builds(
                Aired,
                texts,
                texts,
                st.floats(allow_nan=False, allow_infinity=False),
                st.none() | st.floats(allow_nan=False, allow_infinity=False),
                st.integers(0, 2**31),
                st.none() | st.integers(0, 2**31),
                st.sampled_from(("", "filler", "slate")),
                st.booleans(),
            ),
        )
    )
    def test_round_trip(self, remembered: Remembered) -> None:
        """What is written is read again, to the last bit of the instant."""
        self.assertEqual(decode(encode(remembered)), Decoded(remembered))

    def test_defaults(self) -> None:
        """Nothing is on air, in manual, until something else is said."""
        self.assertEqual(decode(b'{"mode":"MANUAL"}'), Decoded(Remembered()))

    def test_unreadable(self) -> None:
        """What is no JSON object is unreadable, so that the backup is tried."""
        for content in (b"", b"{", b"[]", b"null", b'"AUTO"'):
            with self.subTest(content=content):
                self.assertRaises(Unreadable, decode, content)

    def test_one_bad_field(self) -> None:
        """A field that says nothing sensible has its default and is told; the others are kept."""
        good = Remembered(Mode.AUTO, "a", 5.0, "b")
        written = '{"mode":%s,"onAirId":%s,"startedAt":%s,"nextId":%s}'
        cases = (
            (('"auto"', '"a"', "5", '"b"'), Remembered(Mode.MANUAL, "a", 5.0, "b"), "mode"),
            (("[]", '"a"', "5", '"b"'), Remembered(Mode.MANUAL, "a", 5.0, "b"), "mode"),
            (('"AUTO"', "3", "5", '"b"'), Remembered(Mode.AUTO, None, 5.0, "b"), "onAirId"),
            (('"AUTO"', '"a"', "NaN", '"b"'), Remembered(Mode.AUTO, "a", None, "b"), "startedAt"),
            (('"AUTO"', '"a"', "true", '"b"'), Remembered(Mode.AUTO, "a", None, "b"), "startedAt"),
            (('"AUTO"', '"a"', '"5"', '"b"'), Remembered(Mode.AUTO, "a", None, "b"), "startedAt"),
            (('"AUTO"', '"a"', "5", "{}"), Remembered(Mode.AUTO, "a", 5.0, None), "nextId"),
        )
        self.assertEqual(decode((written % ('"AUTO"', '"a"', "5", '"b"')).encode()), Decoded(good))
        for fields, expected, named in cases:
            with self.subTest(fields=fields):
                decoded = decode((written % fields).encode())
                self.assertEqual(decoded.value, expected)
                self.assertEqual(len(decoded.repairs), 1)
                self.assertIn(named, decoded.repairs[0])

    def test_bad_airing(self) -> None:
        """An airing that is not whole is none, and that is told."""
        whole = Remembered(aired=Aired("a", "a.mov", 5.0, 5.5, 0, 100))
        for good, bad in (('"a"', "7"), ("5.0", '"5"'), ("5.5", "true"), ("100", '"100"')):
            with self.subTest(bad=bad):
                content = encode(whole).decode().replace(f": {good}", f": {bad}", 1)
                decoded = decode(content.encode())
                self.assertEqual(decoded.value, Remembered())
                self.assertIn("aired", decoded.repairs[0])

    def test_file_name(self) -> None:
        """Each channel has a file of its own."""
        self.assertEqual([file_name(n) for n in (1, 2)], ["channel-1.json", "channel-2.json"])
