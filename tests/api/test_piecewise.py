# -*- test-case-name: tests.api.test_piecewise -*-
"""Answers of which the last field is long."""

import json

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.answers import AsrunLogs, PlaylistExport, Ready
from rtgplayout.api.piecewise import Piecewise, list_pieces, text_pieces

from .memory import text


class PiecewiseTests(SynchronousTestCase):
    """What arrives is one message."""

    def test_text(self) -> None:
        """A text, whatever is in it and wherever it was cut."""
        for pieces in ((), ("",), ('a"\\', "\n\u2028", "é🎬")):
            answer = Piecewise(PlaylistExport("csv", "x.csv"), text_pieces(pieces))
            self.assertEqual(
                json.loads(text(answer.message(7, 1))),
                {
                    "type": "PLAYLIST_EXPORT",
                    "id": 7,
                    "channel": 1,
                    "data": {"format": "csv", "fileName": "x.csv", "text": "".join(pieces)},
                },
            )

    def test_list(self) -> None:
        """A list, of any length."""
        for count in (0, 1, 100, 101, 250):
            entries = [{"n": n} for n in range(count)]
            answer = Piecewise(AsrunLogs(count, False, Ready([])), list_pieces(entries))
            self.assertEqual(
                json.loads(text(answer.message(None, None)))["data"],
                {"count": count, "more": False, "logs": entries},
            )
