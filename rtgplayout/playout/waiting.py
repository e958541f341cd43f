# -*- test-case-name: tests.playout.test_waiting -*-
"""
Operators who wait to see on air what they asked for.
"""

from attrs import define, field
from twisted.internet.defer import Deferred

from .state import State
from .status import CannotDo

__all__ = ["PATIENCE", "WaitingOperators"]

PATIENCE = 5.0
"""Seconds within which CasparCG has to show what an operator asked for."""


@define(eq=False)
class _Wish:
    """
    An item that somebody wants to see.

    @ivar serial: of what was on air when it was asked for.
    @ivar since: the monotonic clock then.
    """

    item_id: str
    serial: int
    since: float
    done: Deferred[None] = field(factory=Deferred)


@define(eq=False)
class WaitingOperators:
    """Each is answered once: it is on air, as CasparCG confirmed, or why it is not."""

    _wishes: list[_Wish] = field(init=False, factory=list)

    def wait(self, item_id: str, before: State, mono: float) -> Deferred[None]:
        """
        Wait until that item goes on air. Nobody waits any longer for another that was asked for
        before.

        @param before: the channel before it was asked for.
        @param mono: the monotonic clock.
        @return: fails with L{CannotDo}.
        """
        others = [wish for wish in self._wishes if wish.item_id != item_id]
        self._wishes = [wish for wish in self._wishes if wish.item_id == item_id]
        for other in others:
            other.done.errback(CannotDo("another item was asked for"))
        wish = _Wish(item_id, before.on_air.serial if before.on_air else 0, mono)
        self._wishes.append(wish)
        return wish.done

    def look(self, state: State, mono: float) -> None:
        """Answer those who can be answered now."""
        wishes, self._wishes = self._wishes, []
        for wish in wishes:
            airing, failure = state.on_air, state.failed.get(wish.item_id)
            item = airing.part.item if airing is not None else None
            if airing is not None and item is not None and airing.serial > wish.serial:
                if item.id == wish.item_id:
                    wish.done.callback(None)
                    continue
            if failure is not None and failure.at >= wish.since:
                wish.done.errback(CannotDo(failure.reason, "id"))
            elif mono - wish.since > PATIENCE:
                wish.done.errback(CannotDo("CasparCG does not show it"))
            else:
                self._wishes.append(wish)

    def give_up(self, reason: str) -> None:
        """Tell all that it will not be."""
        wishes, self._wishes = self._wishes, []
        for wish in wishes:
            wish.done.errback(CannotDo(reason))
