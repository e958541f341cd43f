# -*- test-case-name: tests.store.test_kept -*-
"""
A small document's way from a change to everybody: made, on disk, in force, told.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..playout.status import CannotDo
from ..rundown.playlist import EditRefused

__all__ = ["Kept"]

T = TypeVar("T")


@define(eq=False)
class _Accepted(Generic[T]):
    """
    A change on its way to the disk.

    @ivar value: what it leads to.
    @ivar why: a sentence, once its own save failed; a later one may still bring it.
    """

    value: T
    done: Deferred[T] = field(factory=Deferred)
    why: str = ""


class Kept(Generic[T]):
    """
    A document that is changed whole; see L{Kept <rtgplayout.api.desk.Kept>}.

    @ivar value: as last saved.
    @ivar revision: grows by one with each change that was saved.
    """

    _log = Logger()

    def __init__(
        self, save: Callable[[T], Deferred[None]], value: T, told: Callable[[], None], name: str
    ) -> None:
        """
        @param save: fires when what it was given, or something later, is on disk.
        @param told: called when the value is another, which is on disk then.
        @param name: what operators call the document: C{"the folders"}.
        """
        self.value = value
        self.revision = 1
        self._save = save
        self._told = told
        self._name = name
        self._accepted: list[_Accepted[T]] = []

    def change(self, edit: Callable[[T], T]) -> Deferred[T]:
        """Change the document; nothing is saved when C{edit} gives the very same value back."""
        before = self._accepted[-1].value if self._accepted else self.value
        try:
            value = edit(before)
        except EditRefused:
            return fail()
        if value is before and not self._accepted:
            return succeed(value)
        accepted = _Accepted(value)
        self._accepted.append(accepted)
        saved: Deferred[None] = maybeDeferred(self._save, value)
        saved.addCallbacks(
            lambda _: self._saved(accepted), lambda why: self._not_saved(accepted, why)
        )
        saved.addErrback(lambda f: self._log.failure("while changing {name}", f, name=self._name))
        return accepted.done

    def _saved(self, last: _Accepted[T]) -> None:
        """A value is on disk, and so are all changes that led to it."""
        while last in self._accepted:
            accepted = self._accepted.pop(0)
            self.value = accepted.value
            self.revision += 1
            with self._log.failuresHandled("while telling of {name}", name=self._name):
                self._told()
            accepted.done.callback(accepted.value)
        self._give_up()

    def _not_saved(self, accepted: _Accepted[T], why: Failure) -> None:
        """A value is not on disk, unless something that was made of it is, or will be."""
        accepted.why = f"{self._name} could not be saved: {why.getErrorMessage()}"
        reason = why.getErrorMessage()
        self._log.error("{name} could not be saved: {why}", name=self._name, why=reason)
        self._give_up()

    def _give_up(self) -> None:
        """When nothing is on its way any more, what did not arrive never happened."""
        if all(accepted.why for accepted in self._accepted):
            lost, self._accepted = self._accepted, []
            for accepted in lost:
                accepted.done.errback(CannotDo(accepted.why))
