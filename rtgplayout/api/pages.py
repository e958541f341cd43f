# -*- test-case-name: tests.api.test_pages -*-
"""
The station's own page: the files of a folder, and nothing outside of it.

A disk that answers late, or never, holds up nobody else: it is asked in threads, a piece at a time.
"""

import os
from pathlib import Path, PurePath
from stat import S_ISREG
from typing import Any, BinaryIO, Final
from urllib.parse import quote

from attrs import frozen
from twisted.internet.defer import Deferred, DeferredSemaphore, TimeoutError, succeed
from twisted.internet.interfaces import IPushProducer, IReactorTime
from twisted.web.http import datetimeToString
from twisted.web.server import Request
from zope.interface import implementer

from .asked import BadPath, content_type, has_it, names_in
from .resources import InThread, Text, is_gone, not_found

__all__ = ["Pages"]

_POLICY: Final = (
    b"default-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:;"
    b" frame-ancestors 'self'; base-uri 'self'; object-src 'none'"
)
"""What a page of the old kind does: scripts in attributes, a WebSocket on another port."""
_INDEX: Final = "index.html"
_PIECE: Final = 1 << 18
"""Bytes that are read at a time."""
_PATIENCE: Final = 60.0
"""Seconds that a client may take none of what it is sent."""
_READERS: Final = 2
"""How many threads the pages may keep waiting for a disk."""


@frozen
class _File:
    """
    A file, open.

    @ivar tag: its entity tag, with the quotes.
    @ivar modified: when it was changed, as the header C{Last-Modified} has it.
    """

    file: BinaryIO
    name: str
    size: int
    tag: str
    modified: str


@frozen
class _Elsewhere:
    """
    A folder that was asked for without a slash, so that what is in it would not be found.

    @ivar location: where it is, as a path.
    """

    location: str


def _look_up(folder: Path, names: tuple[str, ...]) -> _File | _Elsewhere | None:
    """
    What is there; for a thread.

    @param names: as L{names_in} gives them.
    @return: L{None} when there is nothing that may be shown: what links lead to counts as that.
    """
    base = os.path.realpath(folder)
    wanted = os.path.realpath(os.path.join(base, *names, *(() if names[-1] else (_INDEX,))))
    path = PurePath(wanted)
    if not path.is_relative_to(base):
        return None
    if any(part.startswith(".") for part in path.relative_to(base).parts):
        return None
    if os.path.isdir(path):
        if names[-1] and os.path.isfile(path / _INDEX):
            return _Elsewhere(quote("/" + "/".join(names)) + "/")
        return None
    try:
        # What is no file is not waited for: a pipe, say.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    file = open(number, "rb", buffering=0)
    facts = os.fstat(number)
    if not S_ISREG(facts.st_mode):
        file.close()
        return None
    tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}-{facts.st_ino:x}"'
    modified = datetimeToString(int(facts.st_mtime)).decode()
    return _File(file, path.name, facts.st_size, tag, modified)


@implementer(IPushProducer)
class _Flow:
    """How a client takes what it is sent."""

    def __init__(self) -> None:
        self._held: Deferred[None] | None = None

    def pauseProducing(self) -> None:
        """It has enough for now."""
        if self._held is None:
            self._held = Deferred()

    def resumeProducing(self) -> None:
        """It can take more."""
        held, self._held = self._held, None
        if held is not None and not held.called:
            held.callback(None)

    stopProducing = resumeProducing

    def free(self) -> Deferred[None]:
        """Fires when it can take more, or is gone; to be waited for by one at a time."""
        return succeed(None) if self._held is None else self._held


class Pages:
    """The files of one folder, as they are at any time."""

    def __init__(self, folder: Path, in_thread: InThread, clock: IReactorTime) -> None:
        """
        @param clock: for how long a client may do nothing.
        """
        self._folder = folder
        self._in_thread = in_thread
        self._clock = clock
        self._readers = DeferredSemaphore(_READERS)

    async def serve(self, request: Request) -> None:
        """Send the file that is asked for."""
        try:
            names = names_in(request.path)
        except BadPath:
            request.render(Text(400, b"the path is not percent-encoded as it must be\n"))
            return
        found = None if names is None else await self._disk(_look_up, self._folder, names)
        if isinstance(found, _File):
            with found.file:
                await self._send(request, found)
        elif not is_gone(request):
            if found is None:
                request.render(not_found())
            else:
                headers = {b"location": found.location.encode()}
                request.render(Text(301, b"it is in this folder\n", headers))

    async def _disk(self, work: Any, *args: Any) -> Any:
        """Have the disk asked."""
        async with self._readers:
            return await self._in_thread(work, *args)

    async def _send(self, request: Request, found: _File) -> None:
        """Send a file, if it is not there already, as fast as it is taken."""
        if is_gone(request):
            return
        request.setHeader(b"content-security-policy", _POLICY)
        request.setHeader(b"cache-control", b"no-cache")
        request.setHeader(b"etag", found.tag.encode())
        request.setHeader(b"last-modified", found.modified.encode())
        asked = request.getHeader("if-none-match"), request.getHeader("if-modified-since")
        if has_it(found.tag, found.modified, *asked):
            request.setResponseCode(304)
        else:
            request.setHeader(b"content-type", content_type(found.name).encode())
            request.setHeader(b"content-length", b"%d" % found.size)
            if request.method == b"GET" and not await self._pour(request, found):
                return
        request.finish()

    async def _pour(self, request: Request, found: _File) -> bool:
        """
        Send what is in a file.

        @return: whether all of it was; else the connection is lost.
        """
        flow, left = _Flow(), found.size
        request.registerProducer(flow, True)
        request.write(b"")  # what fails from here on is seen by what is missing
        try:
            while left:
                piece = await self._disk(found.file.read, min(left, _PIECE))
                if is_gone(request):
                    return False
                if not piece:  # it became shorter, and its length is said already
                    request.loseConnection()
                    return False
                request.write(piece)
                left -= len(piece)
                await flow.free().addTimeout(_PATIENCE, self._clock)
        except TimeoutError:
            request.channel.timeoutConnection()
            return False
        finally:
            if not is_gone(request):
                request.unregisterProducer()
        return not is_gone(request)
