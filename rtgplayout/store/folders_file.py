# -*- test-case-name: tests.store.test_folders_file -*-
"""
C{mediaFolders.json}: the virtual folders in the old system's format, written exactly and read
tolerantly.

    {"folders": [[1, {"id": 1, "name": "Non classé", "parentId": null, "color": "#6c757d",
                      "isDefault": true, "createdAt": "2026-03-01T10:00:00.000Z",
                      "mediaCount": 0}]],
     "mediaAssignments": [["Jingles/J1.mp4", 1]],
     "nextId": 2}

indented by two, without a newline at the end. C{mediaCount} is how many files were assigned, which
the old system counts itself, as we do.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from reprlib import repr as short

import orjson
from attrs import define, evolve, field

from ..media.folders import (
    COLOR,
    DEFAULT,
    Folder,
    Folders,
    displayable,
    initial,
    is_color,
    is_name,
)
from ..rundown.timing import iso
from .decoded import Decoded, Unreadable, parsed
from .written import few, instant

__all__ = ["FILE_NAME", "decode", "encode"]

FILE_NAME = "mediaFolders.json"

_PIECE = 1_000
"""Assignments that are encoded in one go: a fraction of a millisecond."""

_LARGEST = 2**53 - 1
_KEYS = frozenset("id name parentId color isDefault createdAt mediaCount".split())


def encode(folders: Folders) -> bytes:
    """The file of all folders. It is for a thread; assignments to folders that are gone end."""
    assigned = dict.fromkeys(folders.folders, 0)
    for id in folders.assignments.values():
        if id in assigned:
            assigned[id] += 1
    shelves = [[id, _written(each, assigned[id])] for id, each in folders.folders.items()]
    head = _dump({"folders": shelves}).removesuffix(b"\n}")
    tail = _dump({"nextId": folders.next_id}).removeprefix(b"{")
    # One join, as it lets other threads go on while it copies megabytes.
    return b"".join((head, b',\n  "mediaAssignments": ', *_pieces(folders), b",", tail))


def _pieces(folders: Folders) -> Iterator[bytes]:
    """The list of assignments as it stands in an object, some of them at a time."""
    rest = (pair for pair in folders.assignments.items() if pair[1] in folders.folders)
    before = b"["
    while piece := list(islice(rest, _PIECE)):
        yield before
        yield _dump({"": piece}).removeprefix(b'{\n  "": [').removesuffix(b"\n  ]\n}")
        before = b","
    yield b"[]" if before == b"[" else b"\n  ]"


def _dump(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _written(folder: Folder, assigned: int) -> dict[str, object]:
    return {
        "id": folder.id,
        "name": folder.name,
        "parentId": folder.parent_id,
        "color": folder.color,
        "isDefault": folder.is_default,
        "createdAt": iso(folder.created_at),
        "mediaCount": assigned,
    }


def decode(content: bytes) -> Decoded[Folders]:
    """
    The folders of a file, with all that had to be repaired or left out to make them.

    @raise Unreadable: it is not JSON, or has no list of folders.
    """
    document = parsed(content)
    if not isinstance(document, dict):
        raise Unreadable("it is not a JSON object")
    if not isinstance(document.get("folders"), list):
        raise Unreadable('"folders" is not a list')
    reader = _Reader()
    folders = reader.folders(document["folders"])
    assignments = reader.assignments(document.get("mediaAssignments"), folders)
    next_id = reader.next_id(document.get("nextId"), folders)
    return Decoded(Folders(folders, assignments, next_id), few(reader.sentences))


@define
class _Reader:
    """Reads one document; gathers what had to be repaired."""

    sentences: list[str] = field(init=False, factory=list)

    def folders(self, written: list[object]) -> Mapping[int, Folder]:
        """All folders that there are, by id, and the default one."""
        found: dict[int, Folder] = {}
        for n, pair in enumerate(written, 1):
            match pair:
                case [int(id), dict(each)] if 0 < id < _LARGEST and id is not True:
                    if id in found:
                        self.sentences.append(f"Folder {id} is there twice; the last was taken.")
                    found[id] = self._folder(id, each)
                case _:
                    self.sentences.append(f"Entry {n} is no folder: it was left out.")
        if DEFAULT not in found:
            self.sentences.append("The default folder was missing; it is there again.")
            found[DEFAULT] = initial(0.0).folders[DEFAULT]
        in_order = {id: found[id] for id in sorted(found)}
        for id, folder in in_order.items():
            if _is_lost(in_order, folder):
                self.sentences.append(
                    f"Folder {id} can't stand in {folder.parent_id}; it is at the top."
                )
                in_order[id] = evolve(folder, parent_id=None)
        return in_order

    def _folder(self, id: int, written: Mapping[str, object]) -> Folder:
        """One folder; whether its parent is there is looked at later."""
        name, color, above = written.get("name"), written.get("color"), written.get("parentId")
        if not (isinstance(name, str) and is_name(name)):
            better = displayable(name) if isinstance(name, str) else ""
            better = better or f"{id}"
            self.sentences.append(f"Folder {id} was called {short(name)}; it is now {better}.")
            name = better
        if not (isinstance(color, str) and is_color(color)):
            self.sentences.append(f"Folder {id} has the colour {short(color)}; it is now {COLOR}.")
            color = COLOR
        if not (above is None or type(above) is int):
            self.sentences.append(f"Folder {id} stands in {short(above)}; it is now at the top.")
            above = None
        if written.get("id", id) != id or written.get("isDefault", False) != (id == DEFAULT):
            self.sentences.append(f"Folder {id} is said to be another; it stays what it was.")
        if unknown := written.keys() - _KEYS:
            self.sentences.append(f"Left out of folder {id}, not being known: {short(unknown)}.")
        created = instant(written.get("createdAt"))
        if created is None:
            self.sentences.append(f"Folder {id} doesn't say when it was made.")
        return Folder(id, name, color, above, created or 0.0)

    def assignments(self, written: object, folders: Mapping[int, Folder]) -> Mapping[str, int]:
        """Those of files to folders that there are; of several of one file, the last."""
        found: dict[str, int] = {}
        if not isinstance(written, list):
            self.sentences.append('"mediaAssignments" is no list; no file is assigned.')
            return found
        senseless = 0
        for pair in written:
            match pair:
                case [str(file), int(id)] if file and id is not True and id in folders:
                    found[file] = id
                case _:
                    senseless += 1
        if senseless:
            self.sentences.append(f"Assignments to no folder, or of no file: {senseless}.")
        return found

    def next_id(self, written: object, folders: Mapping[int, Folder]) -> int:
        """What no folder has yet."""
        least = max(folders) + 1
        if type(written) is int and least <= written <= _LARGEST:
            return written
        self.sentences.append(f'"nextId" was {short(written)}; it is now {least}.')
        return least


def _is_lost(folders: Mapping[int, Folder], folder: Folder) -> bool:
    """Whether it can't stand where it is said to: in no folder that there is, or in itself."""
    above = folder.parent_id
    if above is not None and (folder.is_default or above not in folders):
        return True
    passed: set[int] = set()
    while above is not None and above in folders and above not in passed:
        passed.add(above)
        above = folders[above].parent_id
    return folder.id in passed
