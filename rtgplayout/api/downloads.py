# -*- test-case-name: tests.api.test_downloads -*-
"""Playlists as files, over HTTP."""

import re
from collections.abc import Mapping
from datetime import tzinfo
from typing import Final

from attrs import frozen
from twisted.web.server import Request

from ..playout.status import Document
from ..store.exchange import EXPORTS, Format, write
from .asked import BadPath, content_type, names_in
from .desk import Desk
from .exchange import export_name
from .resources import InThread, Text, is_gone, not_found

__all__ = ["Downloads"]

_NAME: Final = re.compile(r"playlist-(\d{1,4})\.(\w+)")
_FORMATS: Final = {format.value: format for format in EXPORTS}


@frozen
class Downloads:
    """
    What is under C{/export}: C{playlist-1.csv} and the like.

    @ivar desks: the channels by number.
    @ivar zone: in which starts are written.
    @ivar in_thread: where the text is made.
    """

    desks: Mapping[int, Desk]
    zone: tzinfo
    in_thread: InThread

    async def serve(self, request: Request) -> None:
        """Send the playlist of a channel."""
        try:
            names = names_in(request.path)
        except BadPath:
            names = None
        wanted = _NAME.fullmatch(names[-1]) if names is not None and len(names) == 2 else None
        format = None if wanted is None else _FORMATS.get(wanted[2])
        desk = None if wanted is None else self.desks.get(int(wanted[1]))
        if format is None or desk is None:
            request.render(not_found())
            return
        document = desk.document()
        text: bytes = await self.in_thread(_written, format, document, self.zone)
        name = export_name(format, document.channel)
        headers = {
            b"content-type": content_type(name).encode(),
            b"content-disposition": f'attachment; filename="{name}"'.encode(),
        }
        if not is_gone(request):
            request.render(Text(200, text, headers))


def _written(format: Format, document: Document, zone: tzinfo) -> bytes:
    """The file; for a thread."""
    pieces = write(format, document.playlist, document.schedule, zone, document.channel)
    return b"".join(piece.encode() for piece in pieces)
