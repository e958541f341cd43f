# -*- test-case-name: tests.ops.test_garbage -*-
"""
What stays is not looked at again and again.
"""

import gc
import weakref

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.garbage import Garbage


class Thing:
    """Something that may refer to itself."""

    me: "Thing | None" = None


class GarbageTests(SynchronousTestCase):
    """With Python's own collection of garbage."""

    def setUp(self) -> None:
        self.addCleanup(gc.set_threshold, *gc.get_threshold())
        self.addCleanup(gc.unfreeze)
        gc.unfreeze()
        self.garbage = Garbage()

    def test_seldom(self) -> None:
        """All there is must not be looked at while a scan finds 100,000 files."""
        self.garbage.begin()
        youngest, younger, all_there_is = gc.get_threshold()
        self.assertGreaterEqual(youngest * younger * all_there_is, 4_000_000)
        self.assertTrue(gc.isenabled())

    def test_settled(self) -> None:
        """What is there stays; what was garbage already does not."""
        garbage, stays = Thing(), Thing()
        garbage.me = garbage
        gone = weakref.ref(garbage)
        del garbage
        self.garbage.settle()
        self.assertIsNone(gone())
        self.assertFalse(any(each is stays for each in gc.get_objects()))

    def test_kept(self) -> None:
        """When there is much more, or less, than the last time, and not for each change."""
        for much, frozen in ((1_000, False), (1_001, True), (1_900, False), (0, True)):
            gc.unfreeze()
            self.garbage.keep(much)
            self.assertEqual(gc.get_freeze_count() > 0, frozen)

    def test_what_is_kept_can_be_forgotten(self) -> None:
        """As soon as nobody refers to it."""
        thing = Thing()
        gone = weakref.ref(thing)
        self.garbage.keep(10_000)
        del thing
        self.assertIsNone(gone())
