"""The HTTP port in memory."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.testing import StringTransport
from twisted.logger import LogEvent, Logger, formatEvent
from twisted.web.server import Site

from rtgplayout.api.http import make_site

from .memory import START
from .rig import DoorTestCase


class Answer(NamedTuple):
    """What came back."""

    code: int
    headers: dict[str, str]
    body: bytes


def at_once(work: Callable[..., Any], *args: Any) -> Deferred[Any]:
    """In no thread at all."""
    return maybeDeferred(work, *args)


def read(came: bytes) -> Answer:
    """An answer's code, headers and body."""
    head, _, body = came.partition(b"\r\n\r\n")
    status, *named = head.decode().split("\r\n")
    pairs = (line.split(": ", 1) for line in named)
    headers = {name.lower(): value for name, value in pairs}
    return Answer(int(status.split()[1]), headers, body)


class HttpTestCase(DoorTestCase):
    """
    @ivar lines: the access log.
    @ivar transport: of the last connection.
    """

    def setUp(self) -> None:
        super().setUp()
        self.site = self.make_site()
        self.lines: list[str] = []
        observer: Any = self.write
        self.patch(type(self.site), "_log", Logger("access", observer=observer))

    def make_site(self) -> Site:
        return make_site(self.factory, lambda: self.health, self.clock, lambda: START)

    def write(self, event: LogEvent) -> None:
        self.lines.append(formatEvent(event))

    def begin(self, request: bytes) -> Any:
        """A connection on which that was sent."""
        channel: Any = self.site.buildProtocol(None)
        self.transport: Any = StringTransport()
        channel.makeConnection(self.transport)
        channel.dataReceived(request)
        return channel

    def send(self, request: bytes) -> bytes:
        """All that comes back."""
        self.begin(request).connectionLost(None)
        came: bytes = self.transport.value()
        return came

    def ask(self, path: str, method: str = "GET", headers: Sequence[str] = ()) -> Answer:
        return read(self.send(asking(path, method, headers)))


def asking(path: str, method: str = "GET", headers: Sequence[str] = ()) -> bytes:
    """A request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()
