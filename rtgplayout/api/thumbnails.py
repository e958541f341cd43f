# -*- test-case-name: tests.api.test_thumbnails -*-
"""
Thumbnails over HTTP: of each clip under its own path, and under the flat names that the old system
gave them, which stand in playlists of its time.
"""

from hashlib import sha256

from twisted.internet.defer import DeferredLock
from twisted.web.server import Request

from ..media.library import Library, find
from ..media.naming import file_of_thumbnail_path, old_thumbnail_name
from ..playout.status import CannotDo
from .asked import BadPath, has_it, names_in
from .desk import MediaShelf
from .pages import Pages
from .resources import InThread, Text, is_gone, not_found

__all__ = ["Thumbnails", "file_of_old_name"]

_RETRY = b"2"
"""Seconds after which another try makes sense when too many are being made."""
_FOR_EVER = b"public, max-age=31536000, immutable"
"""For those that are asked for with a version, C{?v=…}, which changes with the clip."""
_FOR_NOW = b"max-age=60"


def file_of_old_name(library: Library, name: str) -> str | None:
    """
    The first clip whose thumbnail the old system called that. It looks at all: for a thread.

    @param name: as in C{"PUB_spot7.jpg"}; L{None} when there is no such clip.
    """
    begins = name[:1]
    for entry in library.order:
        if entry.file[:1] == begins and old_thumbnail_name(entry.file) == name:
            return entry.file
    return None


class Thumbnails:
    """What is under C{/thumbnails}."""

    def __init__(self, shelf: MediaShelf, in_thread: InThread, pages: Pages | None = None) -> None:
        """
        @param pages: where a thumbnail may be too, when no clip is meant or it has no picture.
        """
        self._shelf = shelf
        self._in_thread = in_thread
        self._pages = pages
        # Who asks for names that do not exist keeps one thread at work, and not all.
        self._searching = DeferredLock()

    async def serve(self, request: Request) -> None:
        """Find the clip, have its picture made if need be, send it."""
        try:
            file = await self._file(request.path)
            picture = None if file is None else await self._shelf.thumbnail(file)
        except BadPath:
            answer = Text(400, b"the path is not percent-encoded as it must be\n")
        except CannotDo:
            answer = Text(503, b"too many are being made\n", {b"retry-after": _RETRY})
        else:
            if picture is not None:
                answer = self._picture(picture, request)
            elif self._pages is not None:
                await self._pages.serve(request)
                return
            else:
                answer = not_found()
        if not is_gone(request):
            request.render(answer)

    async def _file(self, path: bytes) -> str | None:
        """The clip that is meant."""
        names, library = names_in(path), self._shelf.library()
        file = file_of_thumbnail_path(path.decode())
        if file is not None and find(library, file) is not None:
            return file
        if names is None or len(names) != 2:
            return None
        async with self._searching:
            found: str | None = await self._in_thread(file_of_old_name, library, names[1])
        return found

    def _picture(self, picture: bytes, request: Request) -> Text:
        tag = f'"{sha256(picture).hexdigest()[:32]}"'
        headers = {
            b"content-type": b"image/jpeg",
            b"cache-control": _FOR_EVER if b"v" in request.args else _FOR_NOW,
            b"etag": tag.encode(),
        }
        if has_it(tag, None, request.getHeader("if-none-match"), None):
            return Text(304, b"", headers)
        return Text(200, picture, headers)
