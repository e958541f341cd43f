# -*- test-case-name: tests.api.test_library_feed -*-
"""
When clients are told of the media library and its folders, and as what.

Version 1 gets the whole list, so it is told of a change at leisure while files are being looked
into, and at once when they all are, or when a folder changed. How many files a folder shows is
counted off the tick's way.
"""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from attrs import Factory, define, evolve, field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from ..media.folders import Folders, counts
from ..media.library import Library, Progress
from .desk import Kept, MediaShelf

__all__ = ["LibraryFeed", "LibraryView"]

_SOONEST = 0.25
"""Seconds between two lists that version 1 gets, at least."""
_PER_FILE = 0.0005
"""More of these seconds for each file: 5 s with 10,000."""


@frozen(eq=False)
class LibraryView:
    """
    What is shown of the library; another value when anything of it changed.

    @ivar counts: how many files each folder shows.
    """

    library: Library
    folders: Folders
    scanning: bool = False
    counts: Mapping[int, int] = field(factory=dict)


@define
class LibraryFeed:
    """
    Watches the library for those who are told of it.

    @ivar clock: monotonic.
    @ivar in_thread: calls its first argument with the others, in some thread.
    @ivar state_changed: version 2 is to be told how the library is.
    @ivar view_changed: L{view} is another: whether the folders are, or what they show, and
        version 1 is to be told the list.
    @ivar scan_started: a scan began.
    @ivar view: what is shown.
    """

    library: MediaShelf
    folders: Kept[Folders]
    clock: IReactorTime
    in_thread: Callable[..., Deferred[Any]]
    state_changed: Callable[[], None]
    view_changed: Callable[[bool], None]
    scan_started: Callable[[], None]
    view: LibraryView = field(
        init=False,
        default=Factory(
            lambda self: LibraryView(self.library.library(), self.folders.value), takes_self=True
        ),
    )
    _making: bool = field(init=False, default=False)
    _again: bool = field(init=False, default=False)
    _told: Progress = field(init=False, factory=Progress)
    _last: float = field(init=False, default=-inf)
    _due: IDelayedCall | None = field(init=False, default=None)

    _log = Logger()

    def begin(self) -> None:
        """The folders were read from the disk: who comes now is told those."""
        self.view = LibraryView(self.library.library(), self.folders.value)

    def library_changed(self) -> None:
        """The library is another."""
        self.state_changed()
        if self._due is None:
            pause = max(_SOONEST, _PER_FILE * len(self.library.library().entries))
            wait = max(0.0, self._last + pause - self.clock.seconds())
            self._due = self.clock.callLater(wait, self._renew)

    def progress_changed(self) -> None:
        """A scan goes on, begins or ends."""
        before, self._told = self._told, self.library.progress()
        self.state_changed()
        if self._told.scanning and not before.scanning:
            self.scan_started()
        if self._told.scanning != before.scanning:
            self._renew()

    def folders_changed(self) -> None:
        """The folders are others."""
        self._renew()

    def stop(self) -> None:
        """Tell nobody any more."""
        due, self._due = self._due, None
        if due is not None and due.active():
            due.cancel()

    def _renew(self) -> None:
        """Make a new view."""
        self.stop()
        if self._making:
            self._again = True
            return
        self._making = True
        self._last = self.clock.seconds()
        wanted = LibraryView(
            self.library.library(), self.folders.value, self.library.progress().scanning
        )
        made = self.in_thread(_counted, wanted)
        made.addCallbacks(self._made, lambda f: self._log.failure("while counting files", f))
        made.addErrback(lambda f: self._log.failure("while telling of the library", f))
        made.addBoth(self._done)

    def _made(self, view: LibraryView) -> None:
        before, self.view = self.view, view
        self.view_changed(before.folders is not view.folders or before.counts != view.counts)

    def _done(self, _: object) -> None:
        self._making = False
        if self._again:
            self._again = False
            self._renew()


def _counted(view: LibraryView) -> LibraryView:
    """The view with its counts; for a thread."""
    return evolve(view, counts=counts(view.folders, view.library.entries))
