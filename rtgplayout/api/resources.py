# -*- test-case-name: tests.api.test_http -*-
"""
What the HTTP port is made of: answers that are there, and answers that have to be waited for.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

__all__ = ["Headers", "InThread", "Leaf", "Slow", "Text", "header", "is_gone", "not_found"]

Headers = Mapping[bytes, bytes]
InThread = Callable[..., Awaitable[Any]]
"""Calls its first argument with the others, in a thread."""

_NONE: Headers = MappingProxyType({})
_TEXT: Headers = {b"content-type": b"text/plain; charset=utf-8"}


class Leaf(Resource):
    """A resource with nothing below it."""

    def getChild(self, path: bytes, request: IRequest) -> Resource:
        """There is nothing there, whatever it is called."""
        return not_found()


class Text(Leaf):
    """A few words, or whatever else is in memory."""

    def __init__(self, code: int, text: bytes, headers: Headers = _NONE) -> None:
        """
        @param headers: beside, or in the place of, those that say that it is a text.
        """
        super().__init__()
        self._code = code
        self._text = text
        self._headers = {**_TEXT, **headers}

    def render(self, request: Request) -> bytes:
        """Say it, however it is asked for."""
        request.setResponseCode(self._code)
        for name, value in self._headers.items():
            request.setHeader(name, value)
        if request.method == b"HEAD":
            request.setHeader(b"content-length", b"%d" % len(self._text))
            return b""
        return self._text


def not_found() -> Text:
    """There is nothing there."""
    return Text(404, b"not found\n")


def header(request: Request, name: bytes) -> str | None:
    """What a header says; L{None} when it is not there."""
    said = request.getHeader(name)
    return None if said is None else said.decode("latin-1")


def is_gone(request: Request) -> bool:
    """Whether nobody waits for the answer any more."""
    return request.channel is None


class Slow(Leaf):
    """
    An answer that has to be waited for, for a path and all below it.

    Who L{is_gone} meanwhile gets none; that is no error.
    """

    isLeaf = True
    _log = Logger()

    def __init__(
        self, serve: Callable[[Request], Coroutine[Any, Any, None]], posts: bool = False
    ) -> None:
        """
        @param posts: whether it is asked by POST, too.
        """
        super().__init__()
        self.posts = posts
        self._serve = serve

    def render(self, request: Request) -> int:
        """Begin."""
        served = Deferred.fromCoroutine(self._serve(request))
        served.addErrback(lambda failure: self._broke(request, failure))
        return NOT_DONE_YET

    def _broke(self, request: Request, failure: Failure) -> None:
        """Something failed that should not."""
        self._log.failure(
            "while answering {client} over HTTP: {path!r}",
            failure,
            client=getattr(request.client, "host", "?"),
            path=request.path[:200].decode(errors="replace"),
        )
        if is_gone(request):
            return
        if request.startedWriting:
            request.loseConnection()
        else:
            request.render(Text(500, b"something failed here\n"))
