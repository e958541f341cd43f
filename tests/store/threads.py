"""
Stand-ins for the threads that the records write in.
"""

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred, maybeDeferred


def at_once(work: Callable[..., Any], *args: object) -> Deferred[Any]:
    """A thread that has finished before anybody could wait for it."""
    return maybeDeferred(work, *args)


@define(eq=False)
class Held:
    """A thread that works only when told to, one piece of work at a time."""

    waiting: list[Callable[[], object]] = field(factory=list)
    begun: int = 0

    def __call__(self, work: Callable[..., Any], *args: object) -> Deferred[Any]:
        self.begun += 1
        done: Deferred[Any] = Deferred()
        self.waiting.append(lambda: maybeDeferred(work, *args).chainDeferred(done))
        return done

    def work(self) -> None:
        """Do the oldest piece of work."""
        self.waiting.pop(0)()
