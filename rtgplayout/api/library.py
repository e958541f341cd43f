# -*- test-case-name: tests.api.test_library -*-
"""What is asked of the media library and of its folders."""

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, DeferredSemaphore

from ..media import folders
from ..media.folders import Folders, folder_of
from ..media.library import Library, Query, search
from .answers import Answer, LibraryPage, Notification, Ready
from .desk import Kept, MediaShelf
from .lists import found_file
from .messages import (
    UNCHANGED,
    FolderAssignMedia,
    FolderChanges,
    FolderCreate,
    FolderDelete,
    FolderUpdate,
    ScanMedia,
    SearchLibrary,
)

__all__ = ["LibraryCounter", "LibraryMessage"]

LibraryMessage = (
    SearchLibrary | ScanMedia | FolderCreate | FolderUpdate | FolderDelete | FolderAssignMedia
)

_SEARCHES = 1
"""How many searches run at a time; between two of them others have their turn in the thread."""


@define
class LibraryCounter:
    """
    Does what is asked of the library.

    @ivar tell_all: told what everybody is to know, beside the lists: what version 1 says, in the
        language of its page, and version 2.
    @ivar in_thread: calls its first argument with the others, in some thread.
    """

    library: MediaShelf
    folders: Kept[Folders]
    tell_all: Callable[[Answer, Answer], None]
    now: Callable[[], float]
    in_thread: Callable[..., Deferred[Any]]
    _searching: DeferredSemaphore = field(factory=partial(DeferredSemaphore, _SEARCHES))

    async def serve(self, asked: LibraryMessage) -> Answer | None:
        """
        Do it.

        @return: what the one who asked is told, once it is done.
        @raise CannotDo: it cannot be done now.
        @raise EditRefused: it makes no sense.
        """
        match asked:
            case SearchLibrary():
                library, known = self.library.library(), self.folders.value
                page: LibraryPage = await self._searching.run(
                    self.in_thread, _page, library, known, self.library.warning_of, asked
                )
                return page
            case ScanMedia():
                self.library.scan()
            case FolderCreate(name, color, parent_id):
                await self.folders.change(
                    lambda before: folders.create(before, name, color, parent_id, self.now())
                )
                self._toast(f"Dossier « {name} » créé", f"Folder {name} was made")
            case FolderUpdate(id, updates):
                await self.folders.change(partial(_updated, id=id, updates=updates))
            case FolderDelete(id):
                gone = folders.get(self.folders.value, id).name
                await self.folders.change(lambda before: folders.delete(before, id))
                self._toast(f"Dossier « {gone} » supprimé", f"Folder {gone} was taken away")
            case FolderAssignMedia(file, folder_id):
                await self.folders.change(lambda before: folders.assign(before, file, folder_id))
        return None

    def _toast(self, old: str, new: str) -> None:
        self.tell_all(Notification("success", old), Notification("success", new))


def _updated(before: Folders, id: int, updates: FolderChanges) -> Folders:
    """
    The folders with what is named of one changed.

    @raise EditRefused: there is no such folder, or it must not be so.
    """
    named = {
        name: value
        for name in ("name", "color", "parent_id")
        if (value := getattr(updates, name)) is not UNCHANGED
    }
    return folders.update(before, evolve(folders.get(before, id), **named))


def _page(
    library: Library, known: Folders, warning_of: Callable[[str], str], asked: SearchLibrary
) -> LibraryPage:
    """What was found; for a thread."""
    query = Query(
        text=asked.text,
        folder_id=asked.folder_id,
        state=asked.states,
        kind=asked.kinds,
        minimum=asked.min_seconds,
        maximum=asked.max_seconds,
        sort=asked.sort,
        descending=asked.descending,
    )
    where = partial(folder_of, known)
    found = search(library, where, query, asked.offset, asked.limit)
    files = [
        found_file(entry, where(entry.file), warning_of(entry.file)) for entry in found.entries
    ]
    return LibraryPage(library.revision, found.total, asked.offset, Ready(files))
