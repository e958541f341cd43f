# -*- test-case-name: tests.store.test_kept -*-
"""
A small document's way from a change to everybody.
"""

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api import desk
from rtgplayout.playout.status import CannotDo
from rtgplayout.rundown.playlist import EditRefused
from rtgplayout.store.decoded import Decoded
from rtgplayout.store.documents import Document
from rtgplayout.store.kept import Kept

from .threads import Held


def add(letter: str) -> Callable[[str], str]:
    return lambda before: before + letter


def refuse(_: str) -> str:
    raise EditRefused("name", "no")


class KeptTests(SynchronousTestCase):
    """A text, a disk, and what everybody was told."""

    def setUp(self) -> None:
        self.saves: list[tuple[str, Deferred[None]]] = []
        self.told: list[str] = []
        self.kept: Kept[str] = Kept(self.save, "a", self.tell, "the folders")

    def tell(self) -> None:
        self.told.append(self.kept.value)

    def save(self, value: str) -> Deferred[None]:
        saved: Deferred[None] = Deferred()
        self.saves.append((value, saved))
        return saved

    def arrive(self, n: int) -> None:
        self.saves[n][1].callback(None)

    def break_down(self, n: int) -> None:
        self.saves[n][1].errback(OSError("disk full"))

    def state(self) -> tuple[str, int, list[str]]:
        return self.kept.value, self.kept.revision, self.told

    def test_saved_then_told_then_answered(self) -> None:
        """Nothing is known before it is on disk."""
        done = self.kept.change(add("b"))
        self.assertNoResult(done)
        self.assertEqual(self.state(), ("a", 1, []))
        answered: list[object] = []
        done.addCallback(lambda value: answered.append((value, *self.told)))
        self.arrive(0)
        self.assertEqual(answered, [("ab", "ab")])
        self.assertEqual(self.state(), ("ab", 2, ["ab"]))

    def test_in_quick_succession(self) -> None:
        """Each is made of what those before it lead to."""
        dones = [self.kept.change(add(letter)) for letter in "bcd"]
        self.assertEqual([value for value, _ in self.saves], ["ab", "abc", "abcd"])
        self.arrive(0)
        self.assertEqual(self.successResultOf(dones[0]), "ab")
        self.assertNoResult(dones[1])
        self.arrive(2)
        self.assertEqual([self.successResultOf(done) for done in dones[1:]], ["abc", "abcd"])
        self.assertEqual(self.state(), ("abcd", 4, ["ab", "abc", "abcd"]))
        self.arrive(1)
        self.assertEqual(self.kept.revision, 4)

    def test_refused(self) -> None:
        self.failureResultOf(self.kept.change(refuse), EditRefused)
        self.assertEqual((self.saves, self.state()), ([], ("a", 1, [])))

    def test_nothing_differs(self) -> None:
        """Nothing is saved or told; but what is on its way must arrive before it is so."""
        self.assertEqual(self.successResultOf(self.kept.change(lambda value: value)), "a")
        self.assertEqual((self.saves, self.state()), ([], ("a", 1, [])))
        self.kept.change(add("b"))
        done = self.kept.change(lambda value: value)
        self.assertNoResult(done)
        self.arrive(0)
        self.arrive(1)
        self.assertEqual(self.successResultOf(done), "ab")

    def test_not_saved(self) -> None:
        """What is not on disk never happened; the next change works."""
        done = self.kept.change(add("b"))
        self.break_down(0)
        reason = self.failureResultOf(done, CannotDo).value.reason
        self.assertEqual(reason, "the folders could not be saved: disk full")
        self.assertEqual(self.state(), ("a", 1, []))
        done = self.kept.change(add("c"))
        self.arrive(1)
        self.assertEqual(self.successResultOf(done), "ac")

    def test_what_was_built_on_it_may_still_arrive(self) -> None:
        """The write of a later change has the earlier ones in it."""
        first, second = self.kept.change(add("b")), self.kept.change(add("c"))
        self.break_down(0)
        self.assertNoResult(first)
        self.arrive(1)
        self.assertEqual(self.successResultOf(first), "ab")
        self.assertEqual(self.successResultOf(second), "abc")
        self.assertEqual(self.state(), ("abc", 3, ["ab", "abc"]))

    def test_all_fail_together(self) -> None:
        first, second = self.kept.change(add("b")), self.kept.change(add("c"))
        self.break_down(0)
        self.break_down(1)
        for done in (first, second):
            self.failureResultOf(done, CannotDo)
        self.assertEqual(self.state(), ("a", 1, []))

    def test_one_before_it_is_still_on_its_way(self) -> None:
        """A change that fails at once does not take along the one before it."""
        first, second = self.kept.change(add("b")), self.kept.change(add("c"))
        self.break_down(1)
        self.assertNoResult(second)
        self.arrive(0)
        self.assertEqual(self.successResultOf(first), "ab")
        self.failureResultOf(second, CannotDo)
        self.assertEqual(self.state(), ("ab", 2, ["ab"]))
        self.kept.change(add("d"))
        self.assertEqual(self.saves[-1][0], "abd")

    def test_whoever_is_told_makes_a_mistake(self) -> None:
        """It is logged; the change stands, and so does what comes after it."""

        def told() -> None:
            raise ZeroDivisionError

        kept = Kept(lambda _: succeed(None), "a", told, "the folders")
        self.assertEqual(self.successResultOf(kept.change(add("b"))), "ab")
        self.assertEqual(self.successResultOf(kept.change(add("c"))), "abc")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)

    def test_changes_made_of_what_is_told(self) -> None:
        """They are made of the last accepted change, whichever is being told."""

        def echo() -> None:
            self.told.append(kept.value)
            if kept.value == "ab":
                kept.change(add("x"))

        kept: Kept[str] = Kept(self.save, "a", echo, "the folders")
        kept.change(add("b"))
        kept.change(add("c"))
        self.arrive(1)
        self.arrive(2)
        self.assertEqual(self.told, ["ab", "abc", "abcx"])

    def test_on_a_document(self) -> None:
        """With a real document, on a real disk: the contract of the door is kept."""
        path = Path(self.mktemp())
        path.mkdir()
        thread = Held()
        document = Document(
            path / "text", str.encode, lambda b: Decoded(b.decode()), thread, lambda: 0.0
        )
        kept: desk.Kept[str] = Kept(document.save, "a", self.tell, "the text")
        dones = [kept.change(add(letter)) for letter in "bcd"]
        thread.work()
        self.assertEqual((kept.value, (path / "text").read_text()), ("ab", "ab"))
        thread.work()
        self.assertEqual([self.successResultOf(done) for done in dones], ["ab", "abc", "abcd"])
        self.assertEqual((kept.revision, (path / "text").read_text()), (4, "abcd"))
