"""Lines that wait for a disk."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.backlog import Backlog


class BacklogTests(SynchronousTestCase):
    """In order; bounded; what matters stays longest."""

    def test_order(self) -> None:
        backlog = Backlog()
        self.assertFalse(backlog)
        backlog.add(b"a", True)
        backlog.add(b"b", False)
        self.assertTrue(backlog)
        lines, dropped = backlog.take()
        self.assertEqual((list(lines), dropped), ([b"a", b"b"], 0))
        self.assertFalse(backlog)

    def test_the_oldest_that_matter_little_go_first(self) -> None:
        backlog = Backlog(most=100)
        for n in range(8):
            backlog.add(b"%d" % n * 10, n % 2 == 0)
        backlog.add(b"x" * 30, False)
        lines, dropped = backlog.take()
        self.assertEqual([line[:1] for line in lines], [b"1", b"3", b"5", b"7", b"x"])
        self.assertEqual(dropped, 4)

    def test_then_the_oldest_of_all(self) -> None:
        backlog = Backlog(most=100)
        for n in range(10):
            backlog.add(b"%d" % n * 10, False)
        backlog.add(b"x" * 10, True)
        lines, dropped = backlog.take()
        self.assertEqual([line[:1] for line in lines], [b"3", b"4", b"5", b"6", b"7", b"8", b"9"])
        self.assertEqual(dropped, 4)
        self.assertEqual(backlog.take()[1], 0)

    def test_it_does_not_grow(self) -> None:
        backlog = Backlog(most=1000)
        for n in range(5_000):
            backlog.add(b"y" * (n % 90 + 1), n % 3 > 0)
            self.assertLessEqual(backlog._size, 1000)
        lines, dropped = backlog.take()
        self.assertEqual(len(lines) + dropped, 5_000)

    def test_one_that_is_too_long(self) -> None:
        backlog = Backlog(most=10)
        backlog.add(b"z" * 11, False)
        lines, dropped = backlog.take()
        self.assertEqual((list(lines), dropped), ([], 1))
