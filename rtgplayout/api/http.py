# -*- test-case-name: tests.api.test_http -*-
"""
The HTTP port: a status page, C{/health}, C{/ready} and C{/metrics} for whoever watches the daemon,
the door under C{/ws}.

Only GET and HEAD, and POST where a resource takes it; nothing of what is asked comes back in an
answer.
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

import orjson
from autobahn.twisted.resource import WebSocketResource
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.http import NOT_MODIFIED, combinedLogFormatter, datetimeToLogString
from twisted.web.iweb import IAccessLogFormatter, IRequest
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from zope.interface import provider

from .answers import data_of
from .broadcast_log import BroadcastLog
from .desk import Health
from .door import Door
from .downloads import Downloads
from .pages import Pages
from .resources import Leaf, Slow, Text, header, is_gone
from .thumbnails import Thumbnails
from .turns import Turns
from .views import websocket_told
from .websocket import SubscriberFactory

__all__ = ["make_site"]

Exposition = Callable[[str | None], tuple[bytes, bytes]]

_LONGEST_BODY: Final = 4096
_METHODS: Final = frozenset({b"GET", b"HEAD"})
_UNLESS_SAID: Final = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'",
}


def _page() -> tuple[bytes, bytes]:
    """
    The status page, and what it may do.

    @return: the HTML and the value of Content-Security-Policy: its own script and style, by their
        hashes, and connections to where it came from.
    """
    html = files(__package__).joinpath("status.html").read_bytes()
    hashes = {}
    for element in b"style", b"script":
        content = html.split(b"<%s>" % element)[1].split(b"</%s>" % element)[0]
        hashes[element] = b"'sha256-" + b64encode(sha256(content).digest()) + b"'"
    policy = (
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        b" connect-src 'self'; style-src %s; script-src %s" % (hashes[b"style"], hashes[b"script"])
    )
    return html, policy


class _Site(Site):
    """
    @ivar turns: in which requests are answered.
    """

    _log = Logger()
    turns: Turns

    def log(self, request: Any) -> None:
        """Tell of a request, to who looks for the like of it."""
        told = self._logFormatter("", request)
        client = getattr(request.client, "host", "?")
        self._log.debug("{told}", told=told, client=client, code=request.code)


class _Request(Request):
    """A request whose answer says nothing of what gives it."""

    _taken = 0

    def gotLength(self, length: int | None) -> None:
        """A body, of whatever length, goes to memory: it stays short."""
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Bodies are short: a long one ends the connection."""
        self._taken += len(data)
        if self._taken > _LONGEST_BODY:
            self.channel.loseConnection()
        else:
            super().handleContentChunk(data)

    def process(self) -> None:
        """Answer, when it is its turn: two thousand fit into what is read at once."""
        channel: Any = self.channel  # knows its site
        channel.site.turns.take(self._process)

    def _process(self) -> bool:
        if not is_gone(self):
            super().process()
        return False

    def render(self, resrc: Resource) -> None:
        """Answer GET and HEAD, and POST where that means something."""
        posts = getattr(resrc, "posts", False)
        if self.method in _METHODS or (posts and self.method == b"POST"):
            super().render(resrc)
        elif posts:
            super().render(Text(405, b"only GET, HEAD and POST\n", {b"allow": b"GET, HEAD, POST"}))
        else:
            super().render(Text(405, b"only GET and HEAD\n", {b"allow": b"GET, HEAD"}))

    def write(self, data: bytes) -> None:
        """Send a piece of the answer; before the first, see to the headers."""
        if not self.startedWriting:
            headers = self.responseHeaders
            headers.removeHeader(b"server")
            headers.setRawHeaders(b"x-content-type-options", [b"nosniff"])
            headers.setRawHeaders(b"referrer-policy", [b"no-referrer"])
            for name, value in _UNLESS_SAID.items():
                if not headers.hasHeader(name):
                    headers.setRawHeaders(name, [value])
            if self.code == NOT_MODIFIED:
                headers.removeHeader(b"content-length")  # it would be that of the whole
        super().write(data)


class _StatusPage(Leaf):
    """What every channel does, in a browser."""

    def __init__(self) -> None:
        super().__init__()
        self._html, self._policy = _page()

    def render_GET(self, request: Request) -> bytes:
        """Send the page; what it shows, it asks for itself."""
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        request.setHeader(b"content-security-policy", self._policy)
        return self._html


class _Health(Leaf):
    """How the daemon is, for machines: 200 when the show goes on, 503 when not."""

    def __init__(self, health: Callable[[], Health], door: Door) -> None:
        super().__init__()
        self._health = health
        self._door = door

    def render_GET(self, request: Request) -> bytes:
        """Send what is known."""
        health = self._health()
        request.setResponseCode(503 if health.status == "failing" else 200)
        request.setHeader(b"content-type", b"application/json")
        fields: Any = data_of(health)
        websocket = websocket_told(self._door.figures())
        return orjson.dumps({**fields, "websocket": websocket}) + b"\n"


class _Ready(Leaf):
    """Whether the daemon serves, for those who start it and those who send clients to it."""

    def __init__(self, unready: Callable[[], str]) -> None:
        super().__init__()
        self._unready = unready

    def render_GET(self, request: Request) -> bytes:
        """200, or 503 and why not."""
        why = self._unready()
        request.setResponseCode(503 if why else 200)
        request.setHeader(b"content-type", b"text/plain; charset=utf-8")
        return f"{why or 'ready'}\n".encode()


class _Metrics(Leaf):
    """Figures for Prometheus."""

    def __init__(self, exposition: Exposition) -> None:
        super().__init__()
        self._exposition = exposition

    def render_GET(self, request: Request) -> bytes:
        """In the form that is asked for."""
        kind, body = self._exposition(header(request, b"accept"))
        request.setHeader(b"content-type", kind)
        return body


class _Upgrade(WebSocketResource):
    """The door, for those who ask for a WebSocket."""

    def render(self, request: Request) -> bytes | int:
        """Let it through, or say what it takes."""
        if (request.getHeader(b"upgrade") or b"").lower() == b"websocket":
            handed_over: int = super().render(request)
            return handed_over
        return Text(426, b"a WebSocket is here\n", {b"upgrade": b"websocket"}).render(request)


class _Root(Leaf):
    """All that there is; what has no place of its own is looked for among the station's pages."""

    def __init__(self, pages: Pages | None) -> None:
        super().__init__()
        self._pages = pages

    def getChild(self, path: bytes, request: IRequest) -> Resource:
        """The station's page, if it has one."""
        return super().getChild(path, request) if self._pages is None else Slow(self._pages.serve)


def make_site(
    factory: SubscriberFactory,
    health: Callable[[], Health],
    clock: IReactorTime,
    now: Callable[[], float],
    thumbnails: Thumbnails | None = None,
    pages: Pages | None = None,
    downloads: Downloads | None = None,
    broadcast_log: BroadcastLog | None = None,
    unready: Callable[[], str] | None = None,
    exposition: Exposition | None = None,
) -> Site:
    """
    What listens on the HTTP port.

    @param factory: makes the connections under C{/ws}.
    @param clock: monotonic.
    @param now: seconds since the epoch, for the access log.
    @param pages: the station's own, then at C{/}; the status page is at C{/status} in any case.
    @param unready: why the daemon does not serve yet, or any more; empty when it does.
    @param exposition: the figures, given the header C{Accept}: their content type, and they.
    """

    @provider(IAccessLogFormatter)
    def log_line(_: str, request: IRequest) -> str:
        """A line of the access log; the clock that the site runs on knows no date."""
        return str(combinedLogFormatter(datetimeToLogString(now()), request))

    root, status_page = _Root(pages), _StatusPage()
    if pages is None:
        root.putChild(b"", status_page)
    root.putChild(b"status", status_page)
    root.putChild(b"health", _Health(health, factory.door))
    root.putChild(b"ws", _Upgrade(factory))
    if thumbnails is not None:
        root.putChild(b"thumbnails", Slow(thumbnails.serve))
    if broadcast_log is not None:
        root.putChild(b"asrun", Slow(broadcast_log.serve, posts=True))
    if unready is not None:
        root.putChild(b"ready", _Ready(unready))
    if exposition is not None:
        root.putChild(b"metrics", _Metrics(exposition))
    if downloads is not None:
        root.putChild(b"export", Slow(downloads.serve))
    site = _Site(
        root,
        requestFactory=_Request,
        parsePOSTFormSubmission=False,
        logFormatter=log_line,
        reactor=clock,
    )
    site.turns = factory.turns
    site.displayTracebacks = False
    site.noisy = False
    return site
