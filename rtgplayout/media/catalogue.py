# -*- test-case-name: tests.media.test_catalogue -*-
"""
Keeps the library true to what is on disk: has somebody L{look out <rtgplayout.media.lookout>} for
what changes, files looked into, and thumbnails made, puts on the shelf what is new, and tells
everybody.

That, and the cache, is worked on in threads, one piece at a time, beside the one that looks at the
media folder: a share that does not answer keeps nothing else waiting.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..playout.status import CannotDo
from .cache import Cache
from .facts import Facts
from .library import Entry, Library, Progress, State, find
from .listed import Listed
from .lookout import Lookout
from .probes import NotProbed
from .shelving import (
    Again,
    News,
    Probed,
    ServerLists,
    Shelf,
    Turned,
    shelve,
    stocked,
)
from .thumbnails import Thumbnails
from .watch import Watch

__all__ = ["Catalogue"]

_TURN = 0.25
"""Seconds between two changes of the library."""
_LOOK = 1.0
"""Seconds between two looks at files that grow."""
_AGAIN = 300.0
"""Seconds after which files are looked into again that could not be for no fault of theirs."""
_AT_ONCE = 4
"""Files that are given away to be looked into; those who do it are never without."""
_SKIPPED = 500
"""Files that need no look any more are left out in one go."""
_LOG = 10.0
"""Seconds between two lines on how far it is."""
_TIDY_AFTER = 5.0
_TIDY = 3600.0
"""Seconds after the start, and between two times, that thumbnails are tidied."""


class Catalogue(Service):
    """
    The media library; see L{MediaShelf <rtgplayout.api.desk.MediaShelf>}.
    """

    _log = Logger()

    def __init__(
        self,
        root: Path,
        cache: Cache,
        watch: Watch,
        probe: Callable[[str], Deferred[Facts]],
        thumbnails: Thumbnails,
        in_thread: Callable[..., Deferred[Any]],
        in_turn: Callable[..., Deferred[Any]],
        clock: IReactorTime,
        now: Callable[[], float],
        told: Callable[[], None],
        progress_told: Callable[[], None],
        on_disk: bool = True,
        shelf: Shelf | None = None,
    ) -> None:
        """
        @param root: the media folder; it need not be there.
        @param watch: of the same folder; it is opened and closed with this.
        @param probe: see L{Probes.probe <rtgplayout.media.probes.Probes.probe>}; those stop after
            this did.
        @param in_thread: calls its first argument with the others in some thread; it may wait long
            there for the media folder.
        @param in_turn: likewise, one after the other.
        @param now: the wall clock.
        @param told: called when the library is another.
        @param progress_told: called when the progress is, a few times a second at most.
        @param on_disk: else nobody looks at the media folder, and what CasparCG lists is all.
        @param shelf: of the one before this, shown until what is remembered is read.
        """
        self.setName("library")
        self._root = root.absolute()
        self._cache = cache
        self._watch = watch
        self._probe = probe
        self._thumbnails = thumbnails
        self._in_turn = in_turn
        self._clock = clock
        self._now = now
        self._told = told
        self._progress_told = progress_told
        self._on_disk = on_disk
        self._lookout = Lookout(self._root, watch, in_thread, clock, self.library, self._hear)
        self._timers: dict[Callable[[], None], IDelayedCall] = {}
        # What is put on the shelf.
        self._shelf = shelf or Shelf()
        self._fault = ""
        self._news: list[tuple[News, ...]] = []
        self._shelving = False
        self._earliest = 0.0
        self._stopping: Deferred[None] | None = None
        # What is to be looked into.
        self._to_probe: deque[str] = deque()
        self._probing: dict[str, Deferred[Any]] = {}
        self._failed: set[str] = set()
        # How far it is.
        self._asked = False
        self._seen = False
        self._began: float | None = None
        self._logged = 0.0
        self._done = 0
        self._total = 0
        self._progress = Progress()

    # What others ask.

    def library(self) -> Library:
        """What is known now."""
        return self._shelf.library

    def progress(self) -> Progress:
        """How far it is."""
        return Progress(self._asked or self._is_probing, self._done, self._total)

    def scan(self) -> None:
        """
        Walk through all folders now, and look again into files that could not be looked into.

        @raise CannotDo: it is being done, or the daemon stops.
        """
        if self._asked:
            raise CannotDo("a scan runs already")
        if not self.running:
            raise CannotDo("the library is not kept now")
        self._hear((Again(),))
        self._begin_scan()
        if self._on_disk:
            self._lookout.walk()

    def thumbnail(self, file: str) -> Deferred[bytes | None]:
        """
        A JPEG of what that file shows; L{None} when it has none.

        @return: fails with L{CannotDo} when too many are being made.
        """
        entry = find(self._shelf.library, file)
        return succeed(None) if entry is None else self._thumbnails.picture(entry)

    def server_lists(self, listed: Mapping[str, Listed] | None) -> None:
        """
        Mark what CasparCG lists, and add what only it has.

        @param listed: as L{Listing.listed <rtgplayout.media.listing.Listing>}; L{None} when nobody
            could say, which changes nothing.
        """
        self._hear((ServerLists(listed),))

    @property
    def shelf(self) -> Shelf:
        """All that is known now."""
        return self._shelf

    @property
    def seen(self) -> bool:
        """Since the start all folders were walked through once; what is not known is not there."""
        return self._seen and not self._fault

    def fault(self) -> str:
        """What failed so that this keeps the library no more; empty while nothing did."""
        return self._fault

    def health(self) -> Mapping[str, object]:
        """What monitoring is told."""
        counts = self._shelf.counts
        return {
            "files": len(self._shelf.library.entries),
            "ready": counts.get(State.READY, 0),
            "broken": counts.get(State.BROKEN, 0),
            "away": counts.get(State.AWAY, 0),
            "waiting": counts.get(State.WAITING, 0) + counts.get(State.GROWING, 0),
            "scanning": self.progress().scanning,
            "watching": self._watching(),
        }

    def _watching(self) -> str:
        if not self._on_disk:
            return "nothing"
        return "polling" if self._watch.polling else "inotify"

    # Its life.

    def startService(self) -> None:
        """Remember what is known, and walk through all folders."""
        super().startService()
        self._asked = True
        self._shelving = True
        opened = maybeDeferred(self._in_turn, self._open)
        opened.addErrback(self._logs("while remembering the library"))
        opened.addCallback(self._opened)
        opened.addErrback(self._breaks("while the library is begun"))
        opened.addCallback(self._shelved)

    def stopService(self) -> Deferred[None]:
        """
        Stop all of it.

        @return: fires when the cache is closed; what looks at the folder may still have to wait
            for it.
        """
        super().stopService()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._to_probe.clear()
        for asked in tuple(self._probing.values()):
            asked.cancel()
        self._thumbnails.stop()
        self._lookout.stop()
        stopping = self._stopping = Deferred()
        if not self._shelving:
            self._close()
        return stopping

    def _close(self) -> None:
        if self._stopping is not None:
            closed = maybeDeferred(self._in_turn, self._cache.close)
            closed.addErrback(self._logs("while closing the library"))
            closed.chainDeferred(self._stopping)

    def _open(self) -> Shelf:
        """In a thread. What is remembered is of the disk; it stays for when that is looked at."""
        if not self._on_disk:
            return Shelf()
        self._watch.open()
        return self._cache.load(stocked)

    def _opened(self, shelf: Shelf | None) -> None:
        if self.running:
            self._put(shelf or Shelf())
            self._begin_scan()
            self._later(_TIDY_AFTER, self._tidy)
            if self._on_disk:
                self._lookout.start()

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call that then, unless it will be called anyway."""
        if self.running and call not in self._timers:
            self._timers[call] = self._clock.callLater(seconds, self._ring, call)

    def _ring(self, call: Callable[[], None]) -> None:
        del self._timers[call]
        try:
            call()
        except Exception:
            self._breaks("while keeping the library")(Failure())

    def _logs(self, what: str) -> Callable[[Failure], None]:
        return lambda failure: self._log.failure("{what}", failure, what=what)

    def _breaks(self, what: str) -> Callable[[Failure], None]:
        """Log a failure after which what is shown may not be what there is."""

        def broke(failure: Failure) -> None:
            self._log.failure("{what}", failure, what=what)
            self._fault = f"{what}: {failure.getErrorMessage()}"

        return broke

    # What is put on the shelf.

    def _hear(self, news: tuple[News, ...]) -> None:
        """Have it put on the shelf, soon."""
        if news:
            self._news.append(news)
        if not self._shelving:
            self._later(max(0.0, self._earliest - self._clock.seconds()), self._shelve)

    def _shelve(self) -> None:
        if self._shelving:
            return
        news, self._news = self._news, []
        self._earliest = self._clock.seconds() + _TURN
        self._shelving = True
        turned = maybeDeferred(self._in_turn, self._turn, self._shelf, news)
        turned.addCallback(self._turned)
        turned.addErrback(self._breaks("while keeping the library"))
        turned.addCallback(self._shelved)

    def _turn(self, shelf: Shelf, news: list[tuple[News, ...]]) -> Turned:
        """In a thread."""
        now, wall = self._clock.seconds(), self._now()
        turned = shelve(shelf, news, now, wall, self._cache.find)
        self._cache.write(turned.learnt, turned.gone, turned.back)
        return turned

    def _turned(self, turned: Turned) -> None:
        if not self.running:
            return
        self._put(turned.shelf)
        if turned.to_probe:
            if not self._is_probing and not self._asked:
                self._done = self._total = 0
            if self._began is None:
                self._began = self._logged = self._clock.seconds()
            self._total += len(turned.to_probe)
            self._to_probe.extend(turned.to_probe)
        if turned.learnt:
            self._thumbnails.want(turned.learnt)
        if self._shelf.growing:
            self._later(_LOOK, self._look_at_growing)
        self._probe_more()

    def _look_at_growing(self) -> None:
        self._lookout.look_at(self._shelf.growing)

    def _put(self, shelf: Shelf) -> None:
        before, self._shelf = self._shelf, shelf
        if shelf.library.revision != before.library.revision:
            with self._log.failuresHandled("while telling of the library"):
                self._told()

    def _shelved(self, _: object) -> None:
        self._shelving = False
        if not self.running:
            self._close()
            return
        if self._news:
            self._hear(())
        elif self._lookout.idle:
            self._asked = False
            self._seen = True
        self._tell_progress()

    # What is looked into.

    @property
    def _is_probing(self) -> bool:
        return bool(self._to_probe or self._probing)

    def _probe_more(self) -> None:
        """Give away as much as is taken at once."""
        for _ in range(_SKIPPED):
            if not self._to_probe or len(self._probing) >= _AT_ONCE:
                return
            file = self._to_probe.popleft()
            entry = find(self._shelf.library, file)
            if entry is None or entry.state is not State.WAITING or file in self._probing:
                self._done += 1
            else:
                self._have_probed(entry)
        self._later(0.0, self._probe_more)

    def _have_probed(self, entry: Entry) -> None:
        probed = maybeDeferred(self._probe, str(self._root / entry.file))
        self._probing[entry.file] = probed
        probed.addBoth(self._probed, entry)
        probed.addErrback(self._logs("while having files looked into"))

    def _probed(self, result: Facts | Failure, entry: Entry) -> None:
        del self._probing[entry.file]
        if not self.running:
            return
        self._done += 1
        self._later(0.0, self._probe_more)
        probed = partial(Probed, entry.file, entry.size, entry.modified_ns)
        if isinstance(result, Facts):
            self._hear((probed(result),))
            return
        error = result.value
        if isinstance(error, NotProbed):
            reason, settled = error.reason, error.settled
        else:
            self._log.failure("while looking into {file!r}", result, file=entry.file)
            reason, settled = "it could not be looked into", False
        if not settled:
            self._failed.add(entry.file)
            self._later(_AGAIN, self._try_again)
        self._hear((probed(None, reason, settled),))
        self._lookout.look_at([entry.file])  # it may not be there any more

    def _try_again(self) -> None:
        failed, self._failed = frozenset(self._failed), set()
        self._hear((Again(failed),))

    def _tidy(self) -> None:
        """Once an hour."""
        tidied = self._thumbnails.tidy(self._shelf.library)
        tidied.addErrback(self._logs("while tidying thumbnails"))
        self._later(_TIDY, self._tidy)

    # How far it is.

    def _begin_scan(self) -> None:
        """Somebody waits, until all is seen and put on the shelf."""
        self._asked = True
        if not self._is_probing:
            self._done = self._total = 0
        self._tell_progress()

    def _tell_progress(self) -> None:
        progress, now = self.progress(), self._clock.seconds()
        before, self._progress = self._progress, progress
        if self._is_probing and now - self._logged >= _LOG:
            self._logged = now
            self._log.info(
                "library: {done:,} of {total:,} files looked into",
                done=progress.done,
                total=progress.total,
            )
        elif self._began is not None and not self._is_probing:
            self._log.info(
                "library: {total:,} of {total:,} files looked into, in {seconds:.1f} s",
                total=progress.total,
                seconds=now - self._began,
            )
            self._began = None
        if progress != before:
            with self._log.failuresHandled("while telling the progress"):
                self._progress_told()
