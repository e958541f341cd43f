# -*- test-case-name: tests.media.test_lookout -*-
"""
Looks at the media folder, in threads and one piece at a time: all of it now and then, and what is
said to have changed as soon as possible, also in the middle of a long walk. It may have to wait
long for a network share.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from .library import Library
from .shelving import Found, Sighting, Unreadable, Unusable, missing
from .walk import Walker
from .watch import EVERYTHING, Watch

__all__ = ["Lookout"]

Pieces = Iterator[tuple[Sighting, ...]]


@define(eq=False)
class _Walk:
    """
    A walk through all folders.

    @ivar asked: somebody waits for it.
    @ivar began: seconds, monotonic.
    @ivar found: the files that it came by; for the thread, until it is over.
    @ivar unreadable: where it could not look.
    """

    pieces: Pieces
    asked: bool
    began: float
    found: set[str]
    unreadable: set[str] = field(factory=set)


class Lookout:
    """
    Who looks. It begins with L{start} and ends with L{stop}.
    """

    _log = Logger()

    def __init__(
        self,
        root: Path,
        watch: Watch,
        in_thread: Callable[..., Deferred[Any]],
        clock: IReactorTime,
        library: Callable[[], Library],
        saw: Callable[[tuple[Sighting, ...]], None],
    ) -> None:
        """
        @param watch: of the same folder; it is open, and closed with this.
        @param library: what is known now.
        @param saw: called with what is seen, piece by piece, and with an empty piece when a look or
            a walk came to its end.
        """
        self._root = root
        self._watch = watch
        self._in_thread = in_thread
        self._clock = clock
        self._library = library
        self._saw = saw
        self._walker = Walker(str(root), watch.enter)
        self._running = False
        self._busy = False
        self._walk: _Walk | None = None
        self._walk_again = False
        self._next_walk: IDelayedCall | None = None
        self._look: Pieces | None = None
        self._changed: set[str] = set()
        self._unreadable: set[str] = set()

    @property
    def idle(self) -> bool:
        """Nothing is being looked at, or waits to be."""
        return not (self._busy or self._walk or self._look or self._changed)

    def start(self) -> None:
        """Begin, with a walk through all folders."""
        self._running = True
        self._watch.listen(self._told)
        self.walk()

    def stop(self) -> None:
        """End. A thread may still wait for a share; nobody hears of that any more."""
        self._running = False
        self._watch.close()
        self._cancel()
        if not self._busy:
            self._walk = self._look = None

    def walk(self, asked: bool = True) -> None:
        """Walk through all folders now; a walk that is on its way gives way to it."""
        self._cancel()
        self._walk_again = False
        found: set[str] = set()
        self._walk = _Walk(self._all(found), asked, self._clock.seconds(), found)
        self._go_on()

    def look_at(self, paths: Iterable[str]) -> None:
        """Look what is there now; paths are below the media folder, as C{os.fsdecode} has them."""
        self._changed.update(paths)
        self._go_on()

    def _told(self, paths: frozenset[str]) -> None:
        """Something changed there."""
        if EVERYTHING not in paths:
            self.look_at(paths)
        elif self._walk is None:
            self.walk(asked=False)
        else:
            self._walk_again = True

    def _all(self, found: set[str]) -> Pieces:
        """
        A whole walk; in a thread.

        @param found: takes the files that are found; as the library has them, since to forget
            100,000 strings of its own would take six milliseconds in one go.
        """
        self._watch.begin()
        for piece in self._walker.walk():
            known = self._library().entries
            for each in piece:
                if isinstance(each, Found | Unusable):
                    entry = known.get(each.file)
                    found.add(each.file if entry is None else entry.file)
            yield piece
        self._watch.end()

    def _go_on(self) -> None:
        """See one more piece; what changed goes before what is only walked through."""
        if self._busy or not self._running:
            return
        if self._look is None and self._changed:
            self._look = self._walker.walk(tuple(self._changed))
            self._changed = set()
        walk = self._walk
        pieces = self._look or (None if walk is None else walk.pieces)
        if pieces is not None:
            self._busy = True
            seen = maybeDeferred(self._in_thread, next, pieces, None)
            seen.addErrback(self._failed)
            seen.addCallback(self._seen, pieces, walk)
            seen.addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        self._log.failure("while looking at the media folder", failure)

    def _seen(self, piece: tuple[Sighting, ...] | None, pieces: Pieces, walk: _Walk | None) -> None:
        """
        @param piece: L{None} at the end.
        """
        self._busy = False
        if not self._running:
            self._walk = self._look = None
            return
        if pieces is self._look:
            if piece is None:
                self._look = None
        elif walk is not None and walk is self._walk:
            if piece is None:
                self._walked(walk)
                return
            self._remember(piece, walk)
        self._saw(piece or ())
        self._go_on()

    def _remember(self, piece: tuple[Sighting, ...], walk: _Walk) -> None:
        for each in piece:
            if isinstance(each, Unreadable):
                walk.unreadable.add(each.path)
                if each.path not in self._unreadable:
                    self._unreadable.add(each.path)
                    self._log.warn(
                        "library: {path} cannot be looked at: {reason}; what is known of it stays",
                        path=each.path or str(self._root),
                        reason=each.reason,
                    )

    def _walked(self, walk: _Walk) -> None:
        """All folders were seen: what should have been there, and was not, is looked for."""
        self._busy = True
        lacking = maybeDeferred(
            self._in_thread, missing, self._library(), walk.found, walk.unreadable
        )
        lacking.addCallbacks(self._lacks, self._failed)
        lacking.addCallback(self._walk_ended, walk)
        lacking.addErrback(self._failed)

    def _lacks(self, files: list[str]) -> None:
        self._changed.update(files)

    def _walk_ended(self, _: None, walk: _Walk) -> None:
        self._busy = False
        if not self._running:
            self._walk = self._look = None
            return
        if walk is self._walk:
            self._walk = None
            self._after(walk)
        self._saw(())
        self._go_on()

    def _after(self, walk: _Walk) -> None:
        cost = self._clock.seconds() - walk.began
        if walk.asked:
            self._log.info(
                "library: {files:,} files seen in {seconds:.1f} s",
                files=len(walk.found),
                seconds=cost,
            )
        for path in self._unreadable - walk.unreadable:
            self._log.info("library: {path} can be looked at again", path=path or str(self._root))
        self._unreadable &= walk.unreadable
        pause = self._watch.pause(cost)
        self._next_walk = self._clock.callLater(0.0 if self._walk_again else pause, self._walk_on)

    def _walk_on(self) -> None:
        self._next_walk = None
        self.walk(asked=False)

    def _cancel(self) -> None:
        if self._next_walk is not None:
            self._next_walk.cancel()
            self._next_walk = None
