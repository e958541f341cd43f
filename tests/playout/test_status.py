"""
What a channel refuses, as its askers are told.
"""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.status import CannotDo, HardStartRefused
from rtgplayout.rundown.playlist import EditRefused


class RefusalTests(SynchronousTestCase):
    """Refusals name the field at fault and say why in a sentence."""

    def test_cannot_do(self) -> None:
        """What cannot be done now has a reason, and a field where one is at fault."""
        error = CannotDo("CasparCG is not connected")
        self.assertEqual((str(error), error.path), ("CasparCG is not connected", ""))
        self.assertEqual(CannotDo("there is no such item", "id").path, "id")

    def test_hard_start(self) -> None:
        """A hard start that cannot be kept is a refused edit, with the problems."""
        error = HardStartRefused("hardStartTime", "it is in the past", ())
        self.assertIsInstance(error, EditRefused)
        self.assertEqual((error.path, error.problems), ("hardStartTime", ()))
        self.assertEqual(str(error), "hardStartTime: it is in the past")
