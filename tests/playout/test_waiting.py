"""Operators who wait to see what they asked for."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.asrun import Cause, Confirmation
from rtgplayout.playout.state import Airing, Cover, Failure, Setup, State, cover_part, item_part
from rtgplayout.playout.status import CannotDo
from rtgplayout.playout.waiting import PATIENCE, WaitingOperators
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Playlist

from .scene import RATE, ZONE, clip

A, B = clip("a"), clip("b")
NOTHING = State(Setup(RATE, ZONE), Playlist(RATE, (A, B)))


def showing(item: Item, serial: int) -> State:
    """With that on air."""
    airing = Airing(
        serial,
        item_part(NOTHING.setup, item),
        0.0,
        1,
        None,
        None,
        1,
        Cause.OPERATOR,
        "",
        Confirmation.OSC,
    )
    return evolve(NOTHING, on_air=airing)


class WaitingOperatorsTests(SynchronousTestCase):
    """Each is answered once."""

    def setUp(self) -> None:
        self.operators = WaitingOperators()

    def test_seen(self) -> None:
        """It is answered when that item is on air, and not by another."""
        done = self.operators.wait("b", showing(A, 1), 10.0)
        self.operators.look(showing(A, 1), 10.1)
        self.operators.look(showing(A, 2), 10.2)
        self.assertNoResult(done)
        self.operators.look(showing(B, 3), 10.3)
        self.successResultOf(done)
        self.operators.look(showing(B, 3), 100.0)

    def test_asked_twice(self) -> None:
        """Who clicks twice is answered twice; another item is another wish."""
        first = self.operators.wait("b", NOTHING, 10.0)
        second = self.operators.wait("b", NOTHING, 10.1)
        self.operators.look(showing(B, 3), 10.3)
        self.successResultOf(first)
        self.successResultOf(second)
        third = self.operators.wait("b", showing(B, 3), 11.0)
        self.operators.wait("a", showing(B, 3), 11.1)
        failed = self.failureResultOf(third, CannotDo).value
        self.assertEqual(failed.reason, "another item was asked for")

    def test_seen_again(self) -> None:
        """The same item, when it is on air already, has to start anew."""
        done = self.operators.wait("a", showing(A, 1), 10.0)
        self.operators.look(showing(A, 1), 10.1)
        self.assertNoResult(done)
        self.operators.look(showing(A, 2), 10.2)
        self.successResultOf(done)

    def test_a_cover_is_nobodys_wish(self) -> None:
        done = self.operators.wait("a", NOTHING, 10.0)
        shown = showing(A, 5)
        assert shown.on_air is not None
        cover = evolve(shown.on_air, part=cover_part(NOTHING.setup, Cover.SLATE, "slate.mp4"))
        self.operators.look(evolve(shown, on_air=cover), 10.1)
        self.assertNoResult(done)

    def test_failed(self) -> None:
        """The reason is passed on; an old failure of the same item is none."""
        done = self.operators.wait("a", NOTHING, 10.0)
        old = Failure(item_part(NOTHING.setup, A), "then", 9.0)
        self.operators.look(evolve(NOTHING, failed={"a": old}), 10.1)
        self.assertNoResult(done)
        new = Failure(item_part(NOTHING.setup, A), "404 PLAY FAILED", 10.1)
        self.operators.look(evolve(NOTHING, failed={"a": new}), 10.2)
        failed = self.failureResultOf(done, CannotDo).value
        self.assertEqual((failed.reason, failed.path), ("404 PLAY FAILED", "id"))

    def test_too_late(self) -> None:
        done = self.operators.wait("a", NOTHING, 10.0)
        self.operators.look(NOTHING, 10.0 + PATIENCE)
        self.assertNoResult(done)
        self.operators.look(NOTHING, 10.1 + PATIENCE)
        self.assertIn("does not show", self.failureResultOf(done, CannotDo).value.reason)

    def test_another_wish(self) -> None:
        """Whose wish is overtaken is told so at once."""
        first = self.operators.wait("a", NOTHING, 10.0)
        second = self.operators.wait("b", NOTHING, 10.1)
        self.assertIn("another", self.failureResultOf(first, CannotDo).value.reason)
        self.operators.give_up("over")
        self.assertEqual(self.failureResultOf(second, CannotDo).value.reason, "over")
