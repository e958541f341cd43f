"""Words for what is going on."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.alert import Alert, Kind, News, Severity, plain, span

ALERT = Alert(
    "20261124T140251Z-1",
    News.RAISED,
    Kind.LINK,
    "CasparCG",
    Severity.CRITICAL,
    "CasparCG is not connected.",
    1000.0,
    1000.0,
)


class AlertTests(SynchronousTestCase):
    """L{Alert}."""

    def test_headline(self) -> None:
        """The most important comes first, and it says by itself what is new."""
        for alert, headline in (
            (ALERT, "CRITICAL: CasparCG is not connected."),
            (evolve(ALERT, times=2), "CRITICAL (2 times): CasparCG is not connected."),
            (
                evolve(ALERT, news=News.REMINDER, at=8200.0),
                "STILL CRITICAL after 2 h: CasparCG is not connected.",
            ),
            (
                evolve(ALERT, news=News.RECOVERED, lasted=75.2),
                "RECOVERED after 1 min 15 s: CasparCG is not connected.",
            ),
            (evolve(ALERT, severity=Severity.WARNING), "WARNING: CasparCG is not connected."),
        ):
            self.assertEqual(alert.headline, headline)

    def test_span(self) -> None:
        for seconds, words in (
            (-1.0, "0 s"),
            (59.4, "59 s"),
            (60.0, "1 min"),
            (185.0, "3 min 5 s"),
            (1000.0, "16 min"),
            (3600.0, "1 h"),
            (7260.0, "2 h 1 min"),
            (400_000.0, "4 days"),
        ):
            self.assertEqual(span(seconds), words)

    def test_plain(self) -> None:
        """Whatever names of files and other programs say fits on a line that can be shown."""
        self.assertEqual(plain("a\r\nBcc: x\x00\u202eé\udcff"), "a Bcc: x é?")
        self.assertEqual(plain("x" * 1000, 10), "xxxxxxxxx…")
