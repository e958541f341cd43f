# -*- test-case-name: tests.media.test_exact -*-
"""What a file is really called."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.exact import ExactNames
from rtgplayout.media.facts import Facts, MediaKind
from rtgplayout.media.library import Entry, Library, State, changed


class ExactNamesTests(SynchronousTestCase):
    """
    Names in an index that is made in a thread.

    @ivar jobs: what the thread has to do.
    """

    def setUp(self) -> None:
        facts = Facts(MediaKind.VIDEO, Fraction(5, 2))
        entries = (
            Entry("GEN/opener.mov", 1, 1, State.READY, facts),
            Entry("e\u0301te\u0301.mov", 1, 1, clip="été.mov"),
            Entry("a.mov", 1, 1),
            Entry("A.mov", 1, 1),
        )
        self.library = Library(1, {entry.file: entry for entry in entries})
        self.jobs: list[tuple[Deferred[Any], Callable[[], Any]]] = []
        self.names = ExactNames(lambda: self.library, self.in_thread)

    def in_thread(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.jobs.append((done, lambda: work(*args)))
        return done

    def work(self) -> None:
        jobs, self.jobs = self.jobs, []
        for done, job in jobs:
            done.callback(job())

    def test_before_the_index(self) -> None:
        """Only names that are exact are known; none is made up."""
        self.assertEqual(self.names.exact("GEN/opener.mov"), "GEN/opener.mov")
        self.assertEqual(self.names.exact("gen/OPENER.mov"), "gen/OPENER.mov")
        self.assertEqual(self.names.length_of("GEN/opener.mov"), 2.5)

    def test_found(self) -> None:
        """Whatever the case, and the way of writing accents; as CasparCG wants it called."""
        self.names.renew()
        self.work()
        for written, exact in (
            ("gen/OPENER.mov", "GEN/opener.mov"),
            ("GEN/OPENER", "GEN/opener.mov"),
            ("été.mov", "été.mov"),
            ("e\u0301te\u0301.mov", "été.mov"),
            ("A.mov", "A.mov"),
            ("a.MOV", "a.MOV"),
            ("nothing.mov", "nothing.mov"),
        ):
            self.assertEqual(self.names.exact(written), exact)
        self.assertEqual(self.names.length_of("gen/OPENER.mov"), 2.5)
        self.assertEqual(self.names.length_of("a.mov"), 0.0)
        self.assertIsNone(self.names.length_of("nothing.mov"))

    def test_indexed(self) -> None:
        """What is compared with the index is the library that it is of, not a newer one."""
        library, names = self.names.indexed()
        self.assertEqual((len(library.entries), names.find("gen/opener")), (0, None))
        self.names.renew()
        known, self.library = self.library, changed(self.library, [Entry("new.mov", 1, 1)])
        self.work()
        library, names = self.names.indexed()
        self.assertIs(library, known)
        self.assertEqual(names.find("gen/opener"), "GEN/opener.mov")
        self.work()
        self.assertIs(self.names.indexed()[0], self.library)

    def test_follows(self) -> None:
        """Changes while it is made lead to one more, and no change to none."""
        self.names.renew()
        for n in range(3):
            self.library = changed(self.library, [Entry(f"new {n}.mov", 1, 1)])
            self.names.renew()
        self.assertEqual(len(self.jobs), 1)
        self.work()
        self.assertEqual(self.names.exact("NEW 2.mov"), "NEW 2.mov")
        self.work()
        self.assertEqual(self.names.exact("NEW 2.mov"), "new 2.mov")
        self.names.renew()
        self.assertEqual(self.jobs, [])

    def test_gone(self) -> None:
        """A file that went since is not named any more, and stands in no other's way."""
        self.names.renew()
        self.work()
        self.library = changed(self.library, [], ["GEN/opener.mov", "A.mov"])
        self.assertEqual(self.names.exact("gen/OPENER.mov"), "gen/OPENER.mov")
        self.names.renew()
        self.work()
        self.assertEqual(self.names.exact("a.MOV"), "a.mov")

    def test_twins(self) -> None:
        """Of two that differ in case alone both are warned of, once they are in the index."""
        self.assertEqual(self.names.warning_of("a.mov"), "")
        self.names.renew()
        self.work()
        for file in "a.mov", "A.mov":
            self.assertIn("differs in case alone", self.names.warning_of(file))
        self.assertEqual(self.names.warning_of("GEN/opener.mov"), "")

    def test_failed(self) -> None:
        """What fails is logged, and tried again with the next change."""
        self.names.renew()
        ((done, _),) = self.jobs
        self.jobs = []
        done.errback(MemoryError())
        self.assertEqual(len(self.flushLoggedErrors(MemoryError)), 1)
        self.names.renew()
        self.work()
        self.assertEqual(self.names.exact("gen/OPENER.mov"), "GEN/opener.mov")
