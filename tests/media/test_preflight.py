"""What is wrong with the files of scheduled items."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.preflight import Fault


class FaultTests(SynchronousTestCase):
    """What may be wrong."""

    def test_words(self) -> None:
        """Clients and monitors are told these words: they stay."""
        words = {"missing", "growing", "short", "unreadable", "rate", "name"}
        self.assertEqual({fault.value for fault in Fault}, words)
