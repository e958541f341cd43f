"""
Asking CasparCG what media it has: its media-scanner over HTTP, or itself with CLS.
"""

import json
from collections.abc import Callable
from datetime import UTC
from typing import Any, cast

from treq.testing import StubTreq
from twisted.internet.defer import Deferred, TimeoutError, fail, maybeDeferred, succeed
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from twisted.web.util import Redirect

from rtgplayout.amcp.commands import Command, Raw
from rtgplayout.amcp.errors import CommandRefused, NotConnected
from rtgplayout.amcp.status import Unreadable
from rtgplayout.amcp.wire import Reply, ReplyParser
from rtgplayout.media import scanner
from rtgplayout.media.listing import Listing
from rtgplayout.media.scanner import (
    NotAnswered,
    NotNow,
    ScannerLister,
    ServerLister,
    ServerMedia,
)
from tests.recorded import exchanges

from .test_listed import document

NOTHING = Listing()
LIST = json.dumps([document(), {}]).encode()


class Media(Resource):
    """
    The media-scanner's list.

    @ivar asked: the tags that were sent with each question.
    """

    isLeaf = True

    def __init__(self, body: bytes = LIST) -> None:
        super().__init__()
        self.body = body
        self.code = 200
        self.asked: list[bytes | None] = []
        self.held: list[Request] = []
        self.hold = False
        self.gone = 0

    def render_GET(self, request: Request) -> bytes | int:
        self.asked.append(request.getHeader(b"if-none-match"))
        request.setResponseCode(self.code)
        if self.hold:
            self.held.append(request)
            request.notifyFinish().addErrback(self._left)
            request.write(self.body)
            return NOT_DONE_YET
        if request.setETag(b'W/"%d"' % len(self.body)):
            return b""
        return self.body

    def _left(self, _: object) -> None:
        self.gone += 1


class ScannerListerTests(SynchronousTestCase):
    """L{ScannerLister}."""

    def setUp(self) -> None:
        self.media = Media()
        self.clock = Clock()
        root = Resource()
        root.putChild(b"media", self.media)
        root.putChild(b"moved", Redirect(b"/media"))
        below = Resource()
        root.putChild(b"old", below)
        below.putChild(b"media", Redirect(b"/media"))
        self.treq = cast(Any, StubTreq(root))
        self.lister = ScannerLister(
            self.treq.get, "http://127.0.0.1:8000/", self.clock, maybeDeferred
        )

    def test_list(self) -> None:
        """What it lists is told, with how much of it makes no sense."""
        listing = self.successResultOf(self.lister.ask())
        self.assertEqual((list(listing.listed), listing.broken), (["jingles/été.mp4"], 1))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_prefix(self) -> None:
        """Files are told as seen from the media folder."""
        self.lister.prefix = "jingles"
        self.assertEqual(list(self.successResultOf(self.lister.ask()).listed), ["été.mp4"])

    def test_same_again(self) -> None:
        """While nothing changes no list is sent, and the same is told."""
        first = self.successResultOf(self.lister.ask())
        self.assertIs(self.successResultOf(self.lister.ask()), first)
        self.media.body = b"[]"
        self.assertEqual(self.successResultOf(self.lister.ask()), Listing())
        tag = b'W/"%d"' % len(LIST)
        self.assertEqual(self.media.asked, [None, tag, tag])

    def test_same_before_first(self) -> None:
        """Nothing new, where nothing is known, is no answer."""
        self.media.code = 304
        self.failureResultOf(self.lister.ask(), NotAnswered)

    def test_unreadable(self) -> None:
        """What is no list fails, and is asked for anew."""
        self.media.body = b"<html>"
        self.failureResultOf(self.lister.ask(), Unreadable)
        self.failureResultOf(self.lister.ask(), Unreadable)
        self.assertEqual(self.media.asked, [None, None])

    def test_error(self) -> None:
        """Any other answer fails, and closes the connection without its body being read."""
        self.media.code, self.media.hold = 500, True
        failure = self.failureResultOf(self.lister.ask(), NotAnswered)
        self.assertIn("500", str(failure.value))
        self.treq.flush()
        self.assertEqual(self.media.gone, 1)

    def test_redirect(self) -> None:
        """It is not followed."""
        self.lister.base = "http://127.0.0.1:8000/old"
        failure = self.failureResultOf(self.lister.ask(), NotAnswered)
        self.assertIn("302", str(failure.value))
        self.assertEqual(self.media.asked, [])

    def test_stalled(self) -> None:
        """An answer that does not come to its end in 10 s is given up, its connection closed."""
        self.media.hold = True
        asked = self.lister.ask()
        self.treq.flush()
        self.clock.advance(9.9)
        self.assertNoResult(asked)
        self.clock.advance(0.1)
        self.failureResultOf(asked, TimeoutError)
        self.treq.flush()
        self.assertEqual(self.media.gone, 1)

    def test_too_long(self) -> None:
        """One that is longer than can be believed is given up, its connection closed."""
        self.patch(scanner, "MOST", 1_000)
        self.media.hold, self.media.body = True, b"[" + b" " * 500
        asked = self.lister.ask()
        self.treq.flush()
        self.assertNoResult(asked)
        for _ in range(2):
            self.media.held[0].write(b" " * 500)
        self.treq.flush()
        self.failureResultOf(asked, NotAnswered)
        self.assertEqual(self.media.gone, 1)

    def test_cut_off(self) -> None:
        """A connection that is lost in the middle is no list."""
        self.media.hold = True
        asked = self.lister.ask()
        self.treq.flush()
        transport = self.media.held[0].transport
        assert transport is not None
        transport.loseConnection()
        self.treq.flush()
        self.failureResultOf(asked)


class ServerListerTests(SynchronousTestCase):
    """L{ServerLister}."""

    def setUp(self) -> None:
        self.sent: list[Command] = []
        self.quiet = True

    def lister(self, send: Callable[[Command], Deferred[Reply]]) -> ServerLister:
        return ServerLister(send, lambda: self.quiet, UTC, maybeDeferred)

    def recorded(self, command: Command) -> Deferred[Reply]:
        self.sent.append(command)
        (asked, *_) = [each for each in exchanges("library") if each.sent == b"CLS\r\n"]
        (reply,) = ReplyParser().feed(asked.received)
        return succeed(reply)

    def test_list(self) -> None:
        """CLS is sent, and its answer told."""
        listing = self.successResultOf(self.lister(self.recorded).ask())
        self.assertEqual((len(listing.listed), listing.broken), (26, 0))
        self.assertEqual(self.sent, [Raw("CLS")])

    def test_not_quiet(self) -> None:
        """Nothing is sent while something is about to happen."""
        self.quiet = False
        self.failureResultOf(self.lister(self.recorded).ask(), NotNow)
        self.assertEqual(self.sent, [])

    def test_not_connected(self) -> None:
        """At every start it is asked before it is there: that is no trouble with its media."""
        away = NotConnected(Raw("CLS"))
        self.failureResultOf(self.lister(lambda _: fail(away)).ask(), NotNow)

    def test_refused(self) -> None:
        """Without a media-scanner CasparCG refuses it."""
        refused = CommandRefused(Raw("CLS"), Reply(501, "CLS FAILED"))
        self.failureResultOf(self.lister(lambda _: fail(refused)).ask(), CommandRefused)


class Lister:
    """
    Somebody who is asked.

    @ivar asked: what was asked, in order.
    """

    def __init__(self) -> None:
        self.every = 60.0
        self.asked: list[Deferred[Listing]] = []

    def ask(self) -> Deferred[Listing]:
        self.asked.append(Deferred())
        return self.asked[-1]


class ServerMediaTests(SynchronousTestCase):
    """L{ServerMedia}."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.lister = Lister()
        self.heard: list[Listing] = []
        self.logged: list[tuple[LogLevel, str]] = []
        observer = cast(ILogObserver, self.log)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.media = ServerMedia(self.lister, self.clock, self.heard.append)
        self.media.startService()

    def log(self, event: LogEvent) -> None:
        if event.get("log_namespace", "").startswith("rtgplayout"):
            self.logged.append((event["log_level"], event["log_format"].format(**event)))

    def answer(self, what: Listing | Exception = NOTHING) -> None:
        """Answer the last question."""
        question = self.lister.asked[-1]
        if isinstance(what, Exception):
            question.errback(what)
        else:
            question.callback(what)

    def test_every_so_often(self) -> None:
        """It is asked at the start, and again so long after each answer."""
        self.assertEqual(len(self.lister.asked), 1)
        self.clock.advance(100)
        self.assertEqual(len(self.lister.asked), 1)
        self.answer()
        self.clock.advance(59)
        self.assertEqual(len(self.lister.asked), 1)
        self.clock.advance(1)
        self.assertEqual(len(self.lister.asked), 2)
        self.assertEqual(self.heard, [Listing()])

    def test_soon(self) -> None:
        """With reason to it is asked at once, and then so long after that."""
        self.answer()
        self.clock.advance(30)
        self.media.ask_soon()
        self.assertEqual(len(self.lister.asked), 2)
        self.answer()
        self.clock.advance(59)
        self.assertEqual(len(self.lister.asked), 2)

    def test_soon_while_asking(self) -> None:
        """One question at a time; reasons that come meanwhile are one more."""
        self.media.ask_soon()
        self.media.ask_soon()
        self.assertEqual(len(self.lister.asked), 1)
        self.answer()
        self.clock.advance(0)
        self.assertEqual(len(self.lister.asked), 2)
        self.answer()
        self.clock.advance(59)
        self.assertEqual(len(self.lister.asked), 2)

    def test_soon_from_who_hears(self) -> None:
        """Who hears an answer may ask for the next."""
        media = ServerMedia(self.lister, self.clock, lambda _: media.ask_soon())
        media.startService()
        self.answer()
        self.clock.advance(0)
        self.assertEqual(len(self.lister.asked), 3)

    def test_not_now(self) -> None:
        """What has to wait is tried again soon, and is no trouble."""
        self.answer(NotNow())
        self.clock.advance(5)
        self.assertEqual(len(self.lister.asked), 2)
        self.assertEqual((self.heard, self.logged), ([], []))

    def test_silent(self) -> None:
        """While nobody says nothing is told, and that is logged once; so is the end of it."""
        for _ in range(3):
            self.answer(NotAnswered("500"))
            self.clock.advance(60)
        self.assertEqual([level for level, _ in self.logged], [LogLevel.warn])
        self.assertIn("NotAnswered: 500", self.logged[0][1])
        self.answer()
        self.assertEqual([level for level, _ in self.logged], [LogLevel.warn, LogLevel.info])
        self.assertEqual(self.heard, [Listing()])
        self.clock.advance(60)
        self.answer(NotAnswered("500"))
        self.assertEqual(len(self.logged), 3)

    def test_broken(self) -> None:
        """Files that make no sense are logged when they get more."""
        for broken in (0, 2, 2, 1, 2):
            self.answer(Listing(broken=broken))
            self.clock.advance(60)
        self.assertEqual(len(self.logged), 2)
        self.assertIn("2 files", self.logged[0][1])

    def test_fault_of_who_hears(self) -> None:
        """What goes wrong with an answer does not end the asking."""
        media = ServerMedia(self.lister, self.clock, lambda _: 1 / 0)  # type: ignore[arg-type]
        media.startService()
        self.answer()
        self.clock.advance(60)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(len(self.lister.asked), 3)

    def test_stop(self) -> None:
        """Stopped, it asks no more, and forgets what it asked."""
        self.media.stopService()
        self.assertTrue(self.lister.asked[0].called)
        self.media.ask_soon()
        self.assertEqual(len(self.lister.asked), 1)
        self.assertEqual((self.clock.getDelayedCalls(), self.logged), ([], []))

    def test_stop_between(self) -> None:
        """Stopped between two questions, nothing is left."""
        self.answer()
        self.media.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
