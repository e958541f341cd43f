# -*- test-case-name: tests.api.test_frames -*-
"""Frames, against Autobahn's own and the examples of RFC 6455, 5.7."""

from autobahn.websocket.protocol import PreparedMessage
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.frames import Long, frame


class FrameTests(SynchronousTestCase):
    """One frame."""

    def test_examples(self) -> None:
        """What the RFC shows: a text, and one in two fragments."""
        self.assertEqual(b"".join(frame(b"Hello")), bytes.fromhex("810548656c6c6f"))
        first, last = Long((b"Hel", b"lo")).frames
        self.assertEqual(b"".join(first), bytes.fromhex("010348656c"))
        self.assertEqual(b"".join(last), bytes.fromhex("80026c6f"))

    def test_lengths(self) -> None:
        """Each form of the length, to its edges, as Autobahn sends it."""
        for length in 0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20:
            payload = b"x" * length
            expected = PreparedMessage(payload, False, False, False).payloadHybi
            self.assertEqual(b"".join(frame(payload)), expected)


class LongTests(SynchronousTestCase):
    """Many frames."""

    def test_shared(self) -> None:
        """What travels are the very pieces, not copies."""
        pieces = tuple(bytes([65 + n]) * 50_000 for n in range(3))
        long = Long(pieces)
        for piece, (_, payload) in zip(pieces, long.frames, strict=True):
            self.assertIs(payload, piece)

    @settings(deadline=None, max_examples=50, derandomize=True)
    @given(st.lists(st.integers(0, 200_000), max_size=5).filter(any))
    def test_cut(self, lengths: list[int]) -> None:
        """However long the pieces are, no frame is too long or empty, and nothing is lost."""
        pieces = [bytes([65 + n]) * length for n, length in enumerate(lengths)]
        long = Long(pieces)
        payloads = [payload for _, payload in long.frames]
        self.assertEqual(b"".join(payloads), b"".join(pieces))
        self.assertTrue(all(0 < len(payload) <= 1 << 16 for payload in payloads))
        finals = [bool(header[0] & 0x80) for header, _ in long.frames]
        self.assertEqual(finals, [False] * (len(finals) - 1) + [True])
        kinds = [header[0] & 0x0F for header, _ in long.frames]
        self.assertEqual(kinds, [1] + [0] * (len(kinds) - 1))
