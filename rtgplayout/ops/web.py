# -*- test-case-name: tests.ops.test_web -*-
"""
One request to a server elsewhere that may do to us what it likes: refuse, hang, dribble, answer
without an end, or send us elsewhere. It costs ten seconds and a few kilobytes.
"""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from twisted.internet.defer import CancelledError, Deferred, TimeoutError, succeed
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.interfaces import IConsumer, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed, ResponseNeverReceived
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer

from .alert import plain
from .outbox import NotDelivered

__all__ = ["PATIENCE", "ask", "place"]

PATIENCE = 10.0
"""Seconds for all of it."""
_MOST = 2048
"""Bytes of an answer that are read."""
_WORDS = 200
"""Characters of it that are told."""
_LATER = frozenset({408, 425, 429})
"""Codes below 500 that say that it may work later."""


def place(url: str) -> str:
    """Where C{url} is, with nothing of it that may be a secret: for people and the log."""
    try:
        parts = urlsplit(url)
        return plain(f"{parts.scheme}://{parts.hostname or ''}", 200)
    except ValueError:
        return "an address that makes no sense"


async def ask(
    agent: IAgent,
    clock: IReactorTime,
    method: str,
    url: str,
    headers: Mapping[bytes, bytes] | None = None,
    body: bytes | None = None,
) -> str:
    """
    Ask once.

    @param clock: of the reactor that C{agent} uses.
    @param url: a name and a password in it are sent as HTTP knows them.
    @return: what was answered, in a few words.
    @raise NotDelivered: it was refused, or nothing was answered in time.
    """
    try:
        asked = Deferred.fromCoroutine(_ask(agent, clock, method, url, dict(headers or {}), body))
        return await asked.addTimeout(PATIENCE, clock, _too_late)
    except (NotDelivered, CancelledError):
        raise
    except Exception as error:
        raise NotDelivered(_words(error)) from None


def _too_late(result: Any, _: float) -> Any:
    """What comes of being left: an answer that had begun is one."""
    if isinstance(result, Failure) and not result.check(NotDelivered):
        return Failure(TimeoutError())
    return result


async def _ask(
    agent: IAgent,
    clock: IReactorTime,
    method: str,
    url: str,
    headers: dict[bytes, bytes],
    body: bytes | None,
) -> str:
    from treq.client import HTTPClient  # noqa: PLC0415 - only who sends alerts needs it

    parts = urlsplit(url)
    auth = None
    if parts.username is not None:
        auth = unquote(parts.username), unquote(parts.password or "")
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    headers[b"User-Agent"] = b"rtgplayout"
    client = HTTPClient(_Packed(agent), data_to_body_producer=_Whole)  # a new one: it keeps cookies
    response = await client.request(
        method,
        url,
        headers=Headers({name: [value] for name, value in headers.items()}),
        data=body,
        auth=auth,
        allow_redirects=False,
        unbuffered=True,
        reactor=cast(Any, clock),
    )
    words = await _Beginning.of(response)
    said = f"{response.code}" + (f" {words}" if words else "")
    if 200 <= response.code < 300:
        return said
    if 300 <= response.code < 400:
        said = f"{response.code}, a redirect, which is not followed"
    raise NotDelivered(said, 300 <= response.code < 500 and response.code not in _LATER)


@implementer(IAgent)
class _Packed:
    """An agent whose answers stay packed: unpacked, a kilobyte may be as large as it likes."""

    def __init__(self, agent: IAgent) -> None:
        self._agent = agent

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> "Deferred[IResponse]":
        """See L{IAgent}."""
        headers = headers or Headers()
        headers.setRawHeaders(b"Accept-Encoding", [b"identity"])
        return self._agent.request(method, uri, headers, bodyProducer).addCallback(self._leave)

    def _leave(self, response: IResponse) -> IResponse:
        response.headers.removeHeader(b"content-encoding")
        return response


@implementer(IBodyProducer)
class _Whole:
    """
    What is sent, at once: it is a kilobyte.

    @ivar length: in bytes.
    """

    def __init__(self, content: bytes) -> None:
        self.length = len(content)
        self._content = content

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        """Send it."""
        consumer.write(self._content)
        return succeed(None)

    def pauseProducing(self) -> None:
        """It is sent already."""

    def resumeProducing(self) -> None:
        """It is sent already."""

    def stopProducing(self) -> None:
        """It is sent already."""


class _Beginning(Protocol):
    """
    The beginning of an answer; the connection is closed as soon as it is here.

    @ivar done: fires with it; cancelled, with what is here.
    """

    def __init__(self) -> None:
        self.done: Deferred[bytes] = Deferred(lambda _: self._enough())
        self._content = b""

    @classmethod
    async def of(cls, response: IResponse) -> str:
        """In words."""
        beginning = cls()
        response.deliverBody(beginning)
        return plain((await beginning.done).decode("utf-8", "replace"), _WORDS)

    def dataReceived(self, data: bytes) -> None:
        """Keep as much as is wanted."""
        self._content += data[: _MOST - len(self._content)]
        if len(self._content) >= _MOST:
            self._enough()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """However it ended: what it was about is known from the code."""
        self._tell()

    def _enough(self) -> None:
        self._abort()
        self._tell()

    def _tell(self) -> None:
        if not self.done.called:
            self.done.callback(self._content)

    def _abort(self) -> None:
        # Twisted hands out something that can only close politely, and a server that hangs is not
        # polite: behind TLS, closing would wait for its answer.
        transport: Any = getattr(self.transport, "_producer", None) or self.transport
        if transport is not None:
            getattr(transport, "abortConnection", transport.loseConnection)()


def _words(error: BaseException) -> str:
    """What went wrong, with nothing of the address that may be a secret."""
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE:.0f} s"
    if isinstance(error, ResponseFailed | ResponseNeverReceived) and error.reasons:
        return _words(error.reasons[0].value)
    if isinstance(error, ConnectError | ConnectionClosed | DNSLookupError):
        return plain(str(error), _WORDS)
    return type(error).__name__
