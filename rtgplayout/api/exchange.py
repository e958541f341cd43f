# -*- test-case-name: tests.api.test_exchange -*-
"""What is asked of playlists from elsewhere, and for elsewhere."""

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any

from attrs import evolve, frozen
from twisted.internet.defer import Deferred

from ..playout.status import CannotDo, Document
from ..rundown.item import Item, Kind
from ..rundown.playlist import Add, Edit, Replace, examined
from ..store.exchange import Format, Imported, ImportReport, read, report, write
from .answers import ImportList, PlaylistExport
from .answers import ImportReport as ReportAnswer
from .desk import Desk, Shelves
from .lists import import_report
from .messages import (
    ExportPlaylist,
    ImportMode,
    ImportPlaylist,
    ImportXml,
    ListImports,
)
from .piecewise import Piecewise, text_pieces

__all__ = ["ExchangeCounter", "ExchangeMessage", "export_name"]


ExchangeMessage = ImportXml | ImportPlaylist | ListImports | ExportPlaylist


def export_name(format: Format, channel: int) -> str:
    """What a file with an exported playlist is called."""
    return f"playlist-{channel}.{format.value}"


@frozen
class ExchangeCounter:
    """
    Does what is asked of imports and exports.

    @ivar new_id: gives ids of items and secondary events.
    @ivar in_thread: calls its first argument with the others, in some thread.
    """

    shelves: Shelves
    new_id: Callable[[str], str]
    in_thread: Callable[..., Deferred[Any]]

    async def serve(
        self, asked: ExchangeMessage, desk: Desk, by: str
    ) -> ImportList | ReportAnswer | Piecewise | None:
        """
        Do it.

        @return: what the one who asked is told, once it is done.
        @raise CannotDo: it cannot be done, or what is to be imported has faults.
        @raise EditRefused: the items make no sense in the playlist.
        """
        match asked:
            case ListImports():
                return ImportList(await self.shelves.imports.names())
            case ExportPlaylist(format):
                return await self._export(format, desk)
            case ImportXml(path, text):
                wanted = ImportPlaylist(Format.XML, text, path)
                answer = await self._import(wanted, desk, by, "xmlPath")
                if answer.faults:
                    first = answer.faults[0]
                    raise CannotDo(f"XML import failed: line {first.line}: {first.message}")
                return None
            case ImportPlaylist():
                return await self._import(asked, desk, by, "file")

    async def _import(self, asked: ImportPlaylist, desk: Desk, by: str, path: str) -> ReportAnswer:
        """Import, or say why not; C{path} is what the file's field is called."""
        if (asked.text is None) == (asked.file is None):
            raise CannotDo("a text or a file is to be imported, one of the two", path)
        text: str = asked.text or ""
        if asked.file is not None:
            try:
                text = await self.shelves.imports.read(asked.file)
            except CannotDo as refused:
                raise CannotDo(refused.reason, path) from None
        library, plan = self.shelves.library, desk.plan()
        appended = asked.mode is ImportMode.APPEND
        work = partial(
            read,
            asked.format,
            text,
            plan.rate,
            self.new_id,
            library.length_of,
            roots=self.shelves.roots,
            zone=self.shelves.zone,
            taken=plan.positions if appended else (),
        )
        imported: Imported = await self.in_thread(work)
        told: ImportReport = await self.in_thread(report, imported, plan.rate, library.length_of)
        if imported.faults or asked.dry_run:
            return import_report(told, imported=False)
        items: tuple[Item, ...] = await self.in_thread(_exact, imported.items, library.exact)
        edit: Edit = Add(items) if appended else Replace(items, imported.base_start)
        await desk.edit(edit, by)
        return import_report(told, imported=True)

    async def _export(self, format: Format, desk: Desk) -> Piecewise:
        document = desk.document()
        pieces: tuple[bytes, ...] = await self.in_thread(
            _written, format, document, self.shelves.zone
        )
        name = export_name(format, document.channel)
        return Piecewise(PlaylistExport(format.value, name), pieces)


def _written(format: Format, document: Document, zone: tzinfo) -> tuple[bytes, ...]:
    """The pieces of an export; for a thread."""
    text = write(format, document.playlist, document.schedule, zone, document.channel)
    return text_pieces(text)


def _exact(items: tuple[Item, ...], exact: Callable[[str], str]) -> tuple[Item, ...]:
    """The items with their files as the library calls them; for a thread."""
    return examined(
        item if item.kind is Kind.LIVE else evolve(item, file=exact(item.file)) for item in items
    )
