# -*- test-case-name: tests.api.test_admission -*-
"""Who may come in, and how much one may ask."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.admission import Allowance, Verdict, origin_allowed


class OriginTests(SynchronousTestCase):
    """Which pages may drive the playout."""

    def test_allowed(self) -> None:
        """No page at all; pages of this machine; of the host that is connected to; listed ones."""
        for origin, host, listed in (
            (None, "10.0.0.5", ()),
            ("http://localhost:3000", "10.0.0.5", ()),
            ("http://127.0.0.1", "10.0.0.5", ()),
            ("http://[::1]:3000", "10.0.0.5", ()),
            ("http://10.0.0.5:3000", "10.0.0.5", ()),
            ("https://10.0.0.5", "10.0.0.5", ()),
            ("http://[fd00::5]:3000", "[fd00::5]", ()),
            ("http://playout:3000", "playout", ()),
            ("http://Playout:3000", "playout", ()),
            ("http://playout.example", "10.0.0.5", ("http://playout.example",)),
            ("null", "10.0.0.5", ("null",)),
            ("http://evil.example", "10.0.0.5", ("*",)),
        ):
            self.assertTrue(origin_allowed(origin, host, listed), origin)

    def test_refused(self) -> None:
        """
        Other pages; files and sandboxes; a domain's name even when we are called by it, since its
        owner can make it point at us; nonsense.
        """
        for origin, host in (
            ("http://evil.example", "10.0.0.5"),
            ("http://10.0.0.6", "10.0.0.5"),
            ("null", "10.0.0.5"),
            ("file://", "10.0.0.5"),
            ("ftp://localhost", "10.0.0.5"),
            ("http://evil.example", "evil.example"),
            ("http://localhost.evil.example", "10.0.0.5"),
            ("http://", ""),
            ("http://localhost:99999", "10.0.0.5"),
            ("http://[::1", "10.0.0.5"),
            ("", "10.0.0.5"),
        ):
            self.assertFalse(origin_allowed(origin, host, ("http://x",)), origin)


class AllowanceTests(SynchronousTestCase):
    """How much one may send."""

    def test_burst_and_rate(self) -> None:
        """So many at once, then so many a second."""
        allowance = Allowance(rate=10, burst=5)
        self.assertEqual([allowance.spend(0) for _ in range(5)], [Verdict.TAKE] * 5)
        self.assertIs(allowance.spend(0), Verdict.WARN)
        self.assertIs(allowance.spend(0), Verdict.DROP)
        self.assertIs(allowance.spend(0.1), Verdict.TAKE)
        self.assertIs(allowance.spend(0.1), Verdict.DROP)

    def test_steady_excess(self) -> None:
        """Who goes on sending more than is allowed is warned once, and closed in the end."""
        allowance = Allowance(rate=100, burst=200)
        verdicts = [allowance.spend(n / 150) for n in range(2000)]
        self.assertEqual(verdicts.count(Verdict.WARN), 1)
        self.assertIn(Verdict.CLOSE, verdicts)
        self.assertGreater(verdicts.index(Verdict.CLOSE), verdicts.index(Verdict.WARN) + 200)

    def test_rest(self) -> None:
        """After a rest all is forgotten."""
        allowance = Allowance(rate=10, burst=5)
        for _ in range(8):
            allowance.spend(0)
        self.assertIs(allowance.spend(10), Verdict.TAKE)
        for _ in range(4):
            allowance.spend(10)
        self.assertIs(allowance.spend(10), Verdict.WARN)
