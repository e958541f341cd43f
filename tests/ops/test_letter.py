"""The e-mail that tells of alerts."""

from email import message_from_bytes, policy

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.alert import Alert, News, Severity
from rtgplayout.ops.letter import letter

from .test_alert import ALERT

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}


class LetterTests(SynchronousTestCase):
    """L{letter}."""

    def read(self, *alerts: Alert, station: str = "Kanal 5") -> tuple[dict[str, str], str]:
        """Its headers and its text, as whoever gets it reads them."""
        written = letter(alerts, station, "a@tv.example", ("b@x.example", "c@x.example"), 1e9)
        written.decode("ascii")
        message = message_from_bytes(written, policy=policy.default)
        self.assertTrue(all(len(line) <= 998 for line in written.splitlines()))
        return dict(message.items()), message.get_content()

    def test_one(self) -> None:
        headers, text = self.read(ALERT)
        self.assertEqual(headers["Subject"], "[Kanal 5] CRITICAL: CasparCG is not connected.")
        self.assertEqual(headers["To"], "b@x.example, c@x.example")
        self.assertEqual(headers["Date"], "Sun, 09 Sep 2001 01:46:40 +0000")
        self.assertEqual(headers["Message-ID"], "<1000000000.000.20261124T140251Z-1@tv.example>")
        self.assertIn("CRITICAL: CasparCG is not connected.\n\n  kind     link\n", text)

    def test_several(self) -> None:
        """The worst is in the subject, all are in the text."""
        over = evolve(ALERT, news=News.RECOVERED, lasted=3.0, sentence="The slate.")
        warning = evolve(ALERT, severity=Severity.WARNING, sentence="The disk.")
        headers, text = self.read(over, warning, ALERT)
        self.assertEqual(
            headers["Subject"], "[Kanal 5] CRITICAL: CasparCG is not connected. (and 2 more)"
        )
        self.assertIn("RECOVERED after 3 s: The slate.", text)
        self.assertIn("WARNING: The disk.", text)

    def test_nothing_is_injected(self) -> None:
        """Whatever a file is called, and a station, there are our headers and no others."""
        evil = "x\r\nBcc: y@z.example\r\n\r\n.\r\nQUIT\u2028é\udcff" + "y" * 5000
        headers, text = self.read(evolve(ALERT, sentence=evil, subject=evil), station=evil)
        self.assertEqual(set(headers), HEADERS)
        self.assertIn("Bcc: y@z.example", headers["Subject"])
        self.assertNotIn("\n.\n", text)
        self.assertNotIn("\nBcc", text)
