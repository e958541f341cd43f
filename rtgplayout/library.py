# -*- test-case-name: tests.test_library -*-
"""
The media library put together: what is on disk, what CasparCG says it has, what is found by looking
into files, and what they are called.
"""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, cast

from treq.client import HTTPClient
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.web.client import Agent

from .amcp.commands import Command
from .amcp.wire import Reply
from .config import Config
from .media.cache import Cache
from .media.catalogue import Catalogue
from .media.exact import ExactNames
from .media.files import Files
from .media.library import Library, Progress
from .media.listing import Listing
from .media.probes import Probes
from .media.scanner import Lister, ScannerLister, ServerLister, ServerMedia
from .media.shelving import Shelf
from .media.thumbnails import Thumbnails
from .media.watch import How, Watch

__all__ = ["MediaLibrary"]

_CONNECT = 10
"""Seconds in which the media-scanner has to take a connection."""
_PATIENCE = 60.0
"""Seconds after the start in which CasparCG should have said what it has beside our disk."""


class MediaLibrary(Service):
    """All parts of the library; see L{MediaShelf <rtgplayout.api.desk.MediaShelf>}."""

    def __init__(
        self,
        settings: Config,
        reactor: Any,
        now: Callable[[], float],
        in_thread: Callable[..., Deferred[Any]],
        in_turn: Callable[..., Deferred[Any]],
        send: Callable[[Command], Deferred[Reply]],
        quiet: Callable[[], bool],
        told: Callable[[], None],
        progress_told: Callable[[], None],
    ) -> None:
        """
        @param reactor: its C{seconds} is monotonic.
        @param now: the wall clock.
        @param in_thread: calls its first argument with the others in some thread; it may wait long
            there.
        @param in_turn: likewise, one after the other, for what takes long with many files.
        @param send: has CasparCG do something.
        @param quiet: whether nothing is about to happen on air.
        @param told: called when the library is another.
        @param progress_told: called when the progress is.
        """
        self.setName("media")
        self._settings = settings
        self._reactor = reactor
        self._now = now
        self._in_thread = in_thread
        self._in_turn = in_turn
        self._send = send
        self._quiet = quiet
        self._told = told
        self._progress_told = progress_told
        self._make(None)

    def _make(self, shelf: Shelf | None) -> None:
        """
        Make all parts.

        @param shelf: what is known already.
        """
        settings, reactor, in_turn = self._settings, self._reactor, self._in_turn
        in_thread, now = self._in_thread, self._now
        folder, data = settings.media_dir.absolute(), settings.data_dir.absolute()
        self._probes = Probes(reactor, reactor)
        thumbnails = Thumbnails(folder, data / "thumbnails", self._probes.thumbnail, in_thread, now)
        self._catalogue = Catalogue(
            folder,
            Cache(data / "library.sqlite3", now),
            Watch(folder, reactor, reactor, cast(How, settings.media_watch)),
            self._probes.probe,
            thumbnails,
            in_thread,
            in_turn,
            reactor,
            now,
            self._changed,
            self._progress_told,
            "disk" in settings.media_sources,
            shelf,
        )
        self._names = ExactNames(self._catalogue.library, in_turn)
        self._servers = tuple(
            ServerMedia(lister, reactor, self._heard)
            for lister in _listers(settings, reactor, in_turn, self._send, self._quiet)
        )

        self._since = 0.0
        self._complete: int | None = None

    # Its life.

    def startService(self) -> None:
        """Keep the library."""
        super().startService()
        self._start()

    def _start(self) -> None:
        self._since = self._reactor.seconds()
        for part in (self._probes, self._catalogue, *self._servers):
            part.startService()

    def stopService(self) -> Deferred[Any]:
        """Keep it no more; fires when its cache is closed and its children are gone."""
        super().stopService()
        return self._stop()

    def _stop(self) -> Deferred[Any]:
        parts = (*self._servers, self._catalogue, self._probes)
        return DeferredList([maybeDeferred(part.stopService) for part in parts])

    def fault(self) -> str:
        """Why the library is not kept any more; empty while it is."""
        return self._catalogue.fault() if self.running else ""

    async def restart(self) -> None:
        """Keep it again, by parts made anew: nothing of what failed is used again."""
        await self._stop()
        if self.running:
            self._make(self._catalogue.shelf)
            self._start()

    def link_up(self) -> None:
        """CasparCG is connected: what it has may be other media."""
        for server in self._servers:
            server.ask_soon()

    def _heard(self, listing: Listing) -> None:
        self._catalogue.server_lists(listing.listed)

    def _changed(self) -> None:
        self._names.renew()
        self._told()

    # What others ask.

    def library(self) -> Library:
        """What is known now."""
        return self._catalogue.library()

    def progress(self) -> Progress:
        """How far it is."""
        return self._catalogue.progress()

    def scan(self) -> None:
        """
        Look again at all there is.

        @raise CannotDo: it is being done.
        """
        self._catalogue.scan()
        self.link_up()

    def files(self) -> Files:
        """What is known of files, to compare with what is scheduled; a moment old at times."""
        library, names = self._names.indexed()
        if self._complete is None and self._has_looked():
            self._complete = self._catalogue.library().revision
        seen = self._complete is not None and library.revision >= self._complete
        return Files(library, names, seen, self._settings.clip_prefix)

    def _has_looked(self) -> bool:
        """Whether all places were looked at; one that does not answer is not waited for long."""
        if not self._catalogue.seen:
            return False
        if not self._servers or self._catalogue.shelf.listed is not None:
            return True
        waited = self._reactor.seconds() - self._since
        return "disk" in self._settings.media_sources and waited > _PATIENCE

    def exact(self, file: str) -> str:
        """What CasparCG is to be told for the file that is meant."""
        return self._names.exact(file)

    def length_of(self, file: str) -> float | None:
        """Seconds; L{None} when there is no such file."""
        return self._names.length_of(file)

    def warning_of(self, file: str) -> str:
        """What operators should know of its name."""
        return self._names.warning_of(file)

    def thumbnail(self, file: str) -> Deferred[bytes | None]:
        """A JPEG of what that file shows."""
        return self._catalogue.thumbnail(file)

    def health(self) -> Mapping[str, object]:
        """What monitoring is told."""
        return self._catalogue.health()


def _listers(
    settings: Config,
    reactor: Any,
    in_turn: Callable[..., Deferred[Any]],
    send: Callable[[Command], Deferred[Reply]],
    quiet: Callable[[], bool],
) -> tuple[Lister, ...]:
    """Those who are to say what media CasparCG has."""
    zone: tzinfo = settings.zone
    if "scanner" in settings.media_sources:
        get: Any = HTTPClient(Agent(reactor, connectTimeout=_CONNECT)).get
        return (ScannerLister(get, settings.scanner, reactor, in_turn, settings.clip_prefix),)
    if "caspar" in settings.media_sources:
        return (ServerLister(send, quiet, zone, in_turn, settings.clip_prefix),)
    return ()
