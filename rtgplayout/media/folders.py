# -*- test-case-name: tests.media.test_folders -*-
"""
Virtual folders: coloured shelves that operators sort the library's files on, wherever on the disk
these are.

A file is shown in the folder that it was assigned to. Without an assignment it is shown in the
folder that is called like the top directory that it is in, and else in the default one. That
second step is computed each time, not stored: a file is where it belongs the moment it appears.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

from attrs import evolve, frozen

from ..rundown.playlist import EditRefused

__all__ = [
    "COLOR",
    "DEFAULT",
    "LONGEST_NAME",
    "MOST_ASSIGNMENTS",
    "MOST_FOLDERS",
    "Folder",
    "Folders",
    "assign",
    "counts",
    "create",
    "delete",
    "displayable",
    "folder_of",
    "get",
    "initial",
    "is_color",
    "is_name",
    "update",
]

DEFAULT = 1
"""The id of the folder that shows what is in no other."""

COLOR = "#118ab2"
"""What a folder has when nobody chose one."""

LONGEST_NAME = 100
MOST_FOLDERS = 1_000
MOST_ASSIGNMENTS = 200_000

_COLOR = re.compile("#[0-9A-Fa-f]{6}")
# The old page puts names into HTML as they are; halves of surrogate pairs can't be written.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\"'<>&`\\\\]")
_FIT = str.maketrans({"'": "’", '"': "”", "<": "‹", ">": "›", "&": "+", "`": "’", "\\": "-"})


@frozen
class Folder:
    """
    One virtual folder.

    @ivar id: 1 and up.
    @ivar name: what L{is_name} takes; several folders may have the same, as they always could.
    @ivar color: C{#rrggbb}.
    @ivar parent_id: the folder that it stands in; L{None} at the top.
    @ivar created_at: seconds since the epoch; C{0.0} when that is not known.
    """

    id: int
    name: str
    color: str = COLOR
    parent_id: int | None = None
    created_at: float = 0.0

    @property
    def is_default(self) -> bool:
        """It can't be renamed or deleted."""
        return self.id == DEFAULT


@frozen
class Folders:
    """
    All folders, and what was assigned to them.

    @ivar folders: by id, in that order; the default one is always there.
    @ivar assignments: the id of the folder that a file was put in, by the file's path below the
        media folder. Files that are not there now keep theirs; one to a folder that was deleted
        says nothing. A folder that was renamed goes on showing the directory that it was called
        like, which stands here with C{/} behind its name, as no file does.
    @ivar next_id: what the next folder gets; no folder ever had it.
    """

    folders: Mapping[int, Folder]
    assignments: Mapping[str, int]
    next_id: int

    @cached_property
    def named(self) -> Mapping[str, int]:
        """The id of the folder that a directory belongs to; of several, the oldest."""
        return {_alike(folder.name): id for id, folder in reversed(tuple(self.folders.items()))}


def initial(now: float) -> Folders:
    """The folders that a station starts with."""
    names = (
        ("Non classé", "#6c757d"),
        ("Vidéos", "#118ab2"),
        ("Jingles", "#06d6a0"),
        ("Publicités", "#e63946"),
        ("Génériques", "#f77f00"),
    )
    folders = {
        id: Folder(id, name, color, None, now) for id, (name, color) in enumerate(names, DEFAULT)
    }
    return Folders(folders, {}, len(folders) + 1)


# What a folder may be.


def is_name(name: str) -> bool:
    """Whether a folder may be called so: no control characters, nothing that HTML knows."""
    return bool(name.strip()) and len(name) <= LONGEST_NAME and not _UNFIT.search(name)


def is_color(color: str) -> bool:
    """Whether it is C{#rrggbb}."""
    return _COLOR.fullmatch(color) is not None


def displayable(name: str) -> str:
    """The name nearest to C{name} that a folder may have; empty when there is none."""
    return _UNFIT.sub(" ", name.translate(_FIT)).strip()[:LONGEST_NAME].rstrip()


@lru_cache(4_096)
def _alike(name: str) -> str:
    """What is the same of a folder's name and that of the directory that it is called like."""
    return unicodedata.normalize("NFC", displayable(name)).casefold()


def _check(folders: Folders, folder: Folder) -> None:
    """
    Refuse a folder that must not be.

    @raise EditRefused: with the field at fault.
    """
    if not is_name(folder.name):
        raise EditRefused(
            "name",
            f"it must have 1 to {LONGEST_NAME} characters, and none of \" ' < > & ` \\"
            " nor line breaks",
        )
    if not is_color(folder.color):
        raise EditRefused("color", "it must be # and six hexadecimal digits")
    above = folder.parent_id
    if above is not None and above not in folders.folders:
        raise EditRefused("parentId", f"there is no folder {above}")
    while above is not None:
        if above == folder.id:
            raise EditRefused("parentId", "a folder can't stand in itself")
        above = folders.folders[above].parent_id


def get(folders: Folders, id: int) -> Folder:
    """
    The folder of that id.

    @raise EditRefused: there is none.
    """
    try:
        return folders.folders[id]
    except KeyError:
        raise EditRefused("id", f"there is no folder {id}") from None


# Edits: each gives the very same value when nothing differs.


def create(folders: Folders, name: str, color: str, parent_id: int | None, now: float) -> Folders:
    """
    One more folder; it gets the id C{folders.next_id}.

    @raise EditRefused: it must not be, or there are too many.
    """
    folder = Folder(folders.next_id, name, color, parent_id, now)
    _check(folders, folder)
    if len(folders.folders) >= MOST_FOLDERS:
        raise EditRefused("name", f"there are {MOST_FOLDERS} folders; there can't be more")
    return evolve(
        folders, folders={**folders.folders, folder.id: folder}, next_id=folders.next_id + 1
    )


def update(folders: Folders, folder: Folder) -> Folders:
    """
    Give the folder with the id of C{folder} its name, colour and parent.

    @raise EditRefused: there is none, it must not be so, or it is the default one and would be
        called otherwise or stand in another.
    """
    before = get(folders, folder.id)
    after = evolve(before, name=folder.name, color=folder.color, parent_id=folder.parent_id)
    if after == before:
        return folders
    _check(folders, after)
    if after.is_default and after.name != before.name:
        raise EditRefused("name", "the default folder can't be renamed")
    if after.is_default and after.parent_id is not None:
        raise EditRefused("parentId", "the default folder stays at the top")
    directory = _alike(before.name)
    assignments = folders.assignments
    if directory != _alike(after.name) and folders.named[directory] == after.id:
        assignments = _assigned(folders, f"{directory}/", after.id, "name")
    return evolve(folders, folders={**folders.folders, after.id: after}, assignments=assignments)


def delete(folders: Folders, id: int) -> Folders:
    """
    Without that folder: its files lose their assignments, its sub-folders move up.

    @raise EditRefused: there is none, or it is the default one.
    """
    gone = get(folders, id)
    if gone.is_default:
        raise EditRefused("id", "the default folder can't be deleted")
    left = {
        each.id: evolve(each, parent_id=gone.parent_id) if each.parent_id == id else each
        for each in folders.folders.values()
        if each.id != id
    }
    return evolve(folders, folders=left)


def assign(folders: Folders, file: str, folder_id: int | None) -> Folders:
    """
    Put a file in a folder; with L{None}, leave it to the directory that it is in.

    @param file: its path; the file need not be there.
    @raise EditRefused: there is no such folder, that is no path of a file, or there are too many.
    """
    if not file or file.endswith("/"):
        raise EditRefused("mediaFile", "it names no file")
    if folder_id is not None and folder_id not in folders.folders:
        raise EditRefused("folderId", f"there is no folder {folder_id}")
    if folders.assignments.get(file) == folder_id:
        return folders
    return evolve(folders, assignments=_assigned(folders, file, folder_id, "mediaFile"))


def _assigned(folders: Folders, file: str, folder_id: int | None, path: str) -> Mapping[str, int]:
    """
    The assignments with one put, or taken out.

    @raise EditRefused: at C{path}: there are too many.
    """
    before = folders.assignments
    after = before.copy() if isinstance(before, dict) else dict(before)
    if folder_id is None:
        del after[file]
    else:
        after[file] = folder_id
    if len(after) > MOST_ASSIGNMENTS:
        raise EditRefused(path, f"{MOST_ASSIGNMENTS} files are assigned; there can't be more")
    return after


# What is shown where.


def folder_of(folders: Folders, file: str) -> int:
    """The id of the folder that a file is shown in."""
    assigned = folders.assignments.get(file, 0)
    if assigned in folders.folders:
        return assigned
    directory, slash, _ = file.partition("/")
    if not slash:
        return DEFAULT
    directory = _alike(directory)
    shown = folders.named.get(directory) or folders.assignments.get(f"{directory}/", 0)
    return shown if shown in folders.folders else DEFAULT


def counts(folders: Folders, files: Iterable[str]) -> Mapping[int, int]:
    """How many of these files each folder shows. With 100,000, it is for a thread."""
    shown = dict.fromkeys(folders.folders, 0)
    for file in files:
        shown[folder_of(folders, file)] += 1
    return shown
