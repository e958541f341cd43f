# -*- test-case-name: tests.media.test_exact -*-
"""
What a file is really called, whoever wrote its name: looked up in an index that follows the library
a moment behind.
"""

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from .library import Library, files_since, find
from .naming import Names, warning_of_name

__all__ = ["ExactNames"]


@define(eq=False)
class ExactNames:
    """
    @ivar library: what there is now.
    @ivar in_thread: calls its first argument with the others, in some thread.
    """

    library: Callable[[], Library]
    in_thread: Callable[..., Deferred[Any]]
    _names: Names = field(init=False, factory=Names)
    _indexed: Library = field(init=False, factory=Library)
    _making: bool = field(init=False, default=False)

    _log = Logger()

    def exact(self, file: str) -> str:
        """
        What CasparCG is to be told for the file that C{file} means; C{file} itself when none does,
        or several could.
        """
        library = self.library()
        entry = find(library, file)
        if entry is None and (known := self._names.find(file)) is not None:
            entry = find(library, known)
        return file if entry is None else entry.clip or entry.file

    def length_of(self, file: str) -> float | None:
        """Seconds; 0 when it is not known, and for a still; L{None} when there is no such file."""
        library = self.library()
        entry = find(library, file) or find(library, self._names.find(file) or "")
        return None if entry is None else entry.seconds

    def warning_of(self, file: str) -> str:
        """See L{warning_of_name}; for any thread."""
        return warning_of_name(file, self._names)

    def indexed(self) -> tuple[Library, Names]:
        """The index, and exactly the library that it is of."""
        return self._indexed, self._names

    def renew(self) -> None:
        """The library is another: make another index, now or when the one is made."""
        library = self.library()
        if self._making or library is self._indexed:
            return
        self._making = True
        made = self.in_thread(_renewed, self._names, self._indexed, library)
        made.addCallback(self._made, library)
        made.addErrback(self._not_made)

    def _made(self, names: Names, library: Library) -> None:
        self._names, self._indexed, self._making = names, library, False
        self.renew()

    def _not_made(self, failure: Any) -> None:
        self._making = False
        self._log.failure("while indexing the library", failure)


def _renewed(names: Names, before: Library, library: Library) -> Names:
    """The index of what there is now: the very same when no file came or went."""
    came, went = files_since(before, library)
    return names.changed(came, went) if came or went else names
