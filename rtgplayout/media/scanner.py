# -*- test-case-name: tests.media.test_scanner -*-
"""
Asks CasparCG what media it has: its media-scanner over HTTP, or itself with C{CLS}; every so often
and when there is reason to.
"""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, Protocol

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Protocol as ByteProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.iweb import IResponse

from ..amcp.commands import Command, Raw
from ..amcp.errors import NotConnected
from ..amcp.wire import Reply
from .listing import Listing, listing_of_documents, listing_of_lines

__all__ = [
    "MOST",
    "Lister",
    "NotAnswered",
    "NotNow",
    "ScannerLister",
    "ServerLister",
    "ServerMedia",
]

MOST = 64 * 1024 * 1024
"""Bytes of a list; more is not believed."""
_PATIENCE = 10.0
"""Seconds within which the media-scanner has to answer, and its list to be here."""
_OK, _NOT_MODIFIED = 200, 304
_QUIET_AGAIN = 5.0
"""Seconds after which it is looked again whether CasparCG may be disturbed."""


class NotNow(Exception):
    """CasparCG is left alone: something is about to happen on air, or it is not connected yet."""


class NotAnswered(Exception):
    """The media-scanner did not say what media there is."""


class Lister(Protocol):
    """
    Who can say what media CasparCG has.

    @ivar every: seconds between two questions.
    """

    every: float

    def ask(self) -> Deferred[Listing]:
        """What there is now. Fails when it is not told."""


@define(eq=False)
class ScannerLister:
    """
    CasparCG's media-scanner, over HTTP. While nothing changes, no list is sent (it gives each a
    tag).

    @ivar get: C{get} of a treq client whose agent uses the reactor that C{clock} is of.
    @ivar base: where it listens, as in C{http://127.0.0.1:8000}.
    @ivar in_thread: where the list is read.
    @ivar prefix: see L{rtgplayout.amcp.addressing}.
    """

    get: Callable[..., Deferred[IResponse]]
    base: str
    clock: IReactorTime
    in_thread: Callable[..., Deferred[Any]]
    prefix: str = ""
    every: float = 60.0
    _tag: bytes = field(default=b"", init=False)
    _last: Listing = field(factory=Listing, init=False)

    def ask(self) -> Deferred[Listing]:
        """
        See L{Lister.ask}. Fails with L{NotAnswered}, with
        L{Unreadable <rtgplayout.amcp.status.Unreadable>}, or with what the network says.
        """
        return Deferred.fromCoroutine(self._ask())

    async def _ask(self) -> Listing:
        body = await Deferred.fromCoroutine(self._fetch()).addTimeout(_PATIENCE, self.clock)
        if body is not None:
            content, tag = body
            self._last = await self.in_thread(
                listing_of_documents, content, self.prefix, self._last
            )
            self._tag = tag
        return self._last

    async def _fetch(self) -> tuple[bytearray, bytes] | None:
        """The list and its tag; L{None} when it is still the same."""
        response = await self.get(
            f"{self.base.rstrip('/')}/media",
            headers={b"If-None-Match": self._tag} if self._tag else {},
            allow_redirects=False,
            unbuffered=True,
            reactor=self.clock,
        )
        body = _Body()
        response.deliverBody(body)
        if response.code == _OK:
            tags = response.headers.getRawHeaders(b"etag", [b""])
            return await body.done, tags[0]
        body.done.addErrback(lambda _: None)
        body.done.cancel()
        if response.code == _NOT_MODIFIED and self._tag:
            return None
        raise NotAnswered(f"the media-scanner answered {response.code}")


class _Body(ByteProtocol):
    """
    What an answer holds.

    @ivar done: fires with it; cancelled, it closes the connection.
    """

    def __init__(self) -> None:
        self.done: Deferred[bytearray] = Deferred(lambda _: self._abort())
        self._content = bytearray()

    def dataReceived(self, data: bytes) -> None:
        """Keep it, unless it is too much."""
        if self.done.called:
            return
        self._content += data
        if len(self._content) > MOST:
            self._content = bytearray()
            self.done.errback(NotAnswered("the list of the media-scanner is too long"))
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """That was all, or it is cut off."""
        if self.done.called:
            return
        if reason.check(ResponseDone):
            self.done.callback(self._content)
        else:
            self.done.errback(reason)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


@define(eq=False)
class ServerLister:
    """
    CasparCG itself, with C{CLS}. Its answer waits in the queue of other commands (field, P12), so
    it is asked seldom, and not while something is about to happen.

    @ivar send: has a command done.
    @ivar quiet: whether nothing is about to happen on air.
    @ivar zone: of the machine that it runs on.
    @ivar in_thread: where the answer is read.
    @ivar prefix: see L{rtgplayout.amcp.addressing}.
    """

    send: Callable[[Command], Deferred[Reply]]
    quiet: Callable[[], bool]
    zone: tzinfo
    in_thread: Callable[..., Deferred[Any]]
    prefix: str = ""
    every: float = 300.0
    _last: Listing = field(factory=Listing, init=False)

    def ask(self) -> Deferred[Listing]:
        """
        See L{Lister.ask}. Fails with L{NotNow}, or with what L{send
        <rtgplayout.amcp.client.Link.send>} fails with.
        """
        return Deferred.fromCoroutine(self._ask())

    async def _ask(self) -> Listing:
        if not self.quiet():
            raise NotNow
        try:
            reply = await self.send(Raw("CLS"))
        except NotConnected:
            raise NotNow from None  # which is told by who connects
        self._last = await self.in_thread(
            listing_of_lines, reply.lines, self.zone, self.prefix, self._last
        )
        return self._last


class ServerMedia(Service):
    """
    What CasparCG has, kept up: asked for every so often, and soon when there is reason to. While
    nobody says, what is known stays; that is logged once.
    """

    _log = Logger()

    def __init__(
        self, lister: Lister, clock: IReactorTime, heard: Callable[[Listing], None]
    ) -> None:
        """
        @param heard: called with every answer, also when it is the same L{Listing} again.
        """
        self.setName("server-media")
        self._lister = lister
        self._clock = clock
        self._heard = heard
        self._asking: Deferred[None] | None = None
        self._busy = self._again = self._silent = False
        self._due: IDelayedCall | None = None
        self._broken = 0

    def startService(self) -> None:
        """Ask for the first time."""
        super().startService()
        self.ask_soon()

    def stopService(self) -> None:
        """Ask no more, and forget the question that is under way."""
        super().stopService()
        self._forget_due()
        if self._asking is not None:
            self._asking.cancel()

    def ask_soon(self) -> None:
        """
        There is reason to ask: CasparCG is connected, or an operator wants a scan. What is asked
        already may come too early, so it is asked once more after it.
        """
        if not self.running:
            return
        if self._busy:
            self._again = True
            return
        self._forget_due()
        self._busy = True
        self._asking = Deferred.fromCoroutine(self._ask())
        self._asking.addErrback(lambda f: self._log.failure("while asking for media", f))

    def _forget_due(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _ask_due(self) -> None:
        self._due = None
        self.ask_soon()

    async def _ask(self) -> None:
        wait = self._lister.every
        try:
            listing = await self._lister.ask()
        except NotNow:
            wait = _QUIET_AGAIN
        except Exception as error:
            self._not_told(error)
        else:
            with self._log.failuresHandled("while hearing what media CasparCG has"):
                self._told(listing)
        self._busy = False
        if self.running:
            self._due = self._clock.callLater(0 if self._again else wait, self._ask_due)
            self._again = False

    def _told(self, listing: Listing) -> None:
        if self._silent:
            self._log.info("It is told again what media CasparCG has")
        if listing.broken > self._broken:
            self._log.warn(
                "{count} files that CasparCG lists are left out: what it tells of them makes no"
                " sense",
                count=listing.broken,
            )
        self._silent, self._broken = False, listing.broken
        self._heard(listing)

    def _not_told(self, error: Exception) -> None:
        if self.running and not self._silent:
            self._log.warn(
                "Nobody says what media CasparCG has; what is known stays: {kind}: {error}",
                kind=type(error).__name__,
                error=error,
            )
            self._silent = True
