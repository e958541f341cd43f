# -*- test-case-name: tests.media.test_naming -*-
"""
Names of media files: which can be used, which are traps, which file on disk is meant by one that
is written a little differently, and how they are written into URLs.

CasparCG itself compares names without regard to case, takes the first that fits, and tells é in
one character from é in two; its library (C{CLS}) has them in capitals and without extension.
"""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, unquote_to_bytes

from attrs import define, field

from ..amcp.commands import is_trap
from .kinds import kind_of

__all__ = [
    "Names",
    "alike",
    "fault_of_name",
    "file_of_thumbnail_path",
    "old_thumbnail_name",
    "stem",
    "thumbnail_url",
    "warning_of_name",
    "warning_of_neighbours",
]

_LONGEST = 4_000
"""Bytes of a path; Linux opens none that is longer."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_UNDECODED = re.compile(r"[\ud800-\udfff]|\\x[89a-f][0-9a-f]")
_BACKSLASHES = re.compile(r"\\+")
_THUMBNAILS = "/thumbnails/"
_JPEG = ".jpg"


def fault_of_name(file: str) -> str:
    """
    Why a file of that name cannot be told to CasparCG, as a sentence; C{""} when it can.

    @param file: as in L{Entry.file <rtgplayout.media.library.Entry>}.
    """
    if not file:
        return "the file has no name"
    if _UNDECODED.search(file):
        return "its name holds bytes that are no UTF-8: rename the file"
    if _CONTROL.search(file):
        return "its name holds a line end or another control character: rename the file"
    if len(file.encode()) > _LONGEST:
        return f"its path is longer than {_LONGEST} bytes: rename the file or its folders"
    return ""


def warning_of_name(file: str, names: "Names") -> str:
    """
    What operators should know of a name that works, as a sentence; C{""} when there is nothing.

    What is told to CasparCG with its extension is only ever taken for what differs in case; without
    one, it is taken for a fill when there is its key (both seen on a real one).

    @param names: of all files.
    """
    return is_trap(file) or warning_of_neighbours(file, file, names)


def warning_of_neighbours(file: str, written: str, names: "Names") -> str:
    """
    What operators should know of the names of other files, as a sentence; C{""} when there is
    nothing.

    @param file: as the library has it.
    @param written: what CasparCG is told for it.
    @param names: of all files.
    """
    if names.is_twin(file):
        return "another file differs in case alone: CasparCG plays the one that it finds first"
    if kind_of(written) is None:
        for ending in ("_a", "_alpha"):
            if names.is_beside(file, written + ending):
                return f"CasparCG takes the file named {ending} beside it for its key"
    return ""


def stem(file: str) -> str:
    """A path without its last extension, as CasparCG's media-scanner cuts it."""
    folder, slash, base = file.rpartition("/")
    name, dot, extension = base.rpartition(".")
    return folder + slash + name if dot and extension else file


def alike(text: str) -> str:
    r"""
    What is the same in paths that may mean the same file: whatever the case, the composition of
    its accents, and with C{\} for C{/}.
    """
    if "\\" in text:
        text = _BACKSLASHES.sub("/", text)
    if text.isascii():
        return text.lower()
    # Capitals first: what stands in CLS went through them, and ı comes out of them as i.
    folded = unicodedata.normalize("NFD", text).upper().casefold()
    return unicodedata.normalize("NFD", folded)


@define(eq=False)
class Names:
    """
    An index over the files of a library, to find the one that is meant.

    Every step takes microseconds, however many files there are.
    """

    # By the hash of what is alike in their stems, so that the index keeps no text of its own.
    _files: dict[int, str | tuple[str, ...]] = field(factory=dict, init=False)

    @classmethod
    def of(cls, files: Iterable[str]) -> "Names":
        """An index over those files."""
        names = cls()
        for file in files:
            names.put(file)
        return names

    def changed(self, came: Iterable[str], went: Iterable[str]) -> "Names":
        """Another index, with some files more and some less."""
        names = Names()
        names._files = self._files.copy()
        for file in went:
            names.remove(file)
        for file in came:
            names.put(file)
        return names

    def put(self, file: str) -> None:
        """Add a file; one that is there already stays."""
        key = hash(alike(stem(file)))
        there = self._files.get(key)
        if there is None:
            self._files[key] = file
        elif file not in (files := (there,) if isinstance(there, str) else there):
            self._files[key] = (*files, file)

    def remove(self, file: str) -> None:
        """Forget a file, if it is there."""
        key = hash(alike(stem(file)))
        left = tuple(each for each in self._of(key) if each != file)
        if len(left) > 1:
            self._files[key] = left
        elif left:
            self._files[key] = left[0]
        else:
            self._files.pop(key, None)

    def find(self, written: str) -> str | None:
        """The file that is meant, as the disk has it; L{None} when none is, or several could be."""
        found = self.meant(written)
        return found[0] if len(found) == 1 else None

    def meant(self, written: str) -> tuple[str, ...]:
        """
        All files that could be meant: the one of exactly that name alone; else those that are
        L{alike}; else those that are when it is taken for a path without extension.
        """
        same = alike(written)
        near = self._of(hash(alike(stem(written))))
        if written in near:
            return (written,)
        if found := tuple(file for file in near if alike(file) == same):
            return found
        return tuple(file for file in self._of(hash(same)) if alike(stem(file)) == same)

    def is_beside(self, file: str, path: str) -> bool:
        """Whether there is a file, other than C{file}, that is C{path} with some extension."""
        same = alike(path)
        return any(other != file and alike(stem(other)) == same for other in self._of(hash(same)))

    def is_twin(self, file: str) -> bool:
        """Whether there is a file, other than C{file}, that differs from it in case alone."""
        there = self._of(hash(alike(stem(file))))
        return any(other != file and other.upper() == file.upper() for other in there)

    def _of(self, key: int) -> tuple[str, ...]:
        there = self._files.get(key, ())
        return (there,) if isinstance(there, str) else there


def old_thumbnail_name(file: str) -> str:
    """What the old system called a file's thumbnail; playlists of its time have such URLs (5.4)."""
    name, dot, extension = file.rpartition("/")[2].rpartition(".")
    flat = file.replace("/", "_").replace("\\", "_")
    return (flat.replace(f".{extension.lower()}", "", 1) if name and dot else flat) + _JPEG


def thumbnail_url(file: str, version: str) -> str:
    """
    Where a file's thumbnail is served, safe in HTML: ASCII without quotes, spaces and C{&}.

    @param version: changes with the file, so that browsers may keep what they have.
    """
    path = quote(file, errors="surrogatepass")
    return f"{_THUMBNAILS}{path}{_JPEG}?v={quote(version, safe='')}"


def file_of_thumbnail_path(path: str) -> str | None:
    """
    The file whose thumbnail is asked for.

    @param path: of a request, percent-encoded, without its query.
    @return: L{None} when it is nothing that L{thumbnail_url} makes.
    """
    if not (path.startswith(_THUMBNAILS) and path.endswith(_JPEG)):
        return None
    names = []
    for part in path[len(_THUMBNAILS) : -len(_JPEG)].split("/"):
        try:
            name = unquote_to_bytes(part).decode()
        except UnicodeError:
            return None
        if name in ("", ".", "..") or "/" in name or "\0" in name:
            return None
        names.append(name)
    return "/".join(names)
