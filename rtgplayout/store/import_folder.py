# -*- test-case-name: tests.store.test_import_folder -*-
"""
The one folder that playlists are imported from: files of it are read by name, and nothing else of
the machine can be read or guessed at through it.
"""

import codecs
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen
from twisted.internet.defer import Deferred, DeferredLock

from ..playout.status import CannotDo
from .documents import InThread

__all__ = ["LARGEST", "MOST_NAMES", "ImportFolder"]

LARGEST = 16 << 20
"""Bytes of a file that is read."""

MOST_NAMES = 1_000
"""Names that are listed."""

_EXTENSIONS = frozenset({".xml", ".json", ".m3u", ".m3u8", ".csv"})
_MOST_LOOKED_AT = 20_000
_PIECE = 1 << 16
_NOT_RELATIVE = re.compile(r"[A-Za-z]:|/|.*\\|.*\0", re.DOTALL)
_NO_FILE = "there is no such file in the import folder"


@frozen
class ImportFolder:
    """
    A folder with playlists in it.

    @ivar path: where it is; it need not exist.
    @ivar in_thread: where it is read, one thing after the other: it may be far away, and others
        wait for threads too.
    """

    path: Path
    in_thread: InThread
    _line: DeferredLock = field(factory=DeferredLock, init=False)

    def read(self, name: str) -> Deferred[str]:
        """
        What a file says.

        @param name: relative to the folder, C{/} between folders.
        @return: fails with L{CannotDo <rtgplayout.playout.status.CannotDo>}, path C{"file"}.
        """
        text: Deferred[str] = self._line.run(self.in_thread, self._read, name)
        return text

    def names(self) -> Deferred[tuple[str, ...]]:
        """What can be read, by extension; in order, the first L{MOST_NAMES}."""
        names: Deferred[tuple[str, ...]] = self._line.run(self.in_thread, self._names)
        return names

    # What follows blocks.

    def _read(self, name: str) -> str:
        file = self._open(name)
        try:
            return _text(file)
        except OSError as error:
            raise CannotDo(f"it can't be read: {os.strerror(error.errno or 0)}", "file") from None
        finally:
            os.close(file)

    def _inside(self, name: str) -> tuple[Path, tuple[str, ...]]:
        """
        The folder and the path in it that C{name} leads to, both without symbolic links.

        @raise CannotDo: it leads to nothing in the folder; in the same words wherever it leads.
        """
        try:
            if _NOT_RELATIVE.match(name) or ".." in name.split("/"):
                raise ValueError
            root = self.path.resolve(strict=True)
            parts = (root / name).resolve(strict=True).relative_to(root).parts
        except (OSError, RuntimeError, ValueError):
            raise CannotDo(_NO_FILE, "file") from None
        return root, parts

    def _open(self, name: str) -> int:
        """
        A descriptor of the regular file with that name.

        It is opened folder by folder, following no link: who puts one there in the meantime gains
        nothing.
        """
        root, parts = self._inside(name)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = None
        try:
            file = os.open(root, flags)
            for part in parts:
                folder = file
                file = os.open(part, flags, dir_fd=folder)
                os.close(folder)
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise FileNotFoundError
        except OSError as error:
            if file is not None:
                os.close(file)
            if isinstance(error, PermissionError):
                raise CannotDo("it can't be read: permission denied", "file") from None
            raise CannotDo(_NO_FILE, "file") from None
        return file

    def _names(self) -> tuple[str, ...]:
        found = []
        for looked_at, name in enumerate(self._files()):
            if looked_at == _MOST_LOOKED_AT:
                break
            if os.path.splitext(name)[1].lower() in _EXTENSIONS and self._is_there(name):
                found.append(name)
        return tuple(sorted(found)[:MOST_NAMES])

    def _files(self) -> Iterator[str]:
        """All that is in it and in its folders, hidden ones not."""
        for folder, folders, files in os.walk(self.path):
            folders[:] = [each for each in folders if not each.startswith(".")]
            for file in files:
                if not file.startswith("."):
                    yield os.path.relpath(os.path.join(folder, file), self.path)

    def _is_there(self, name: str) -> bool:
        """Whether a client can ask for it: a regular file, with a name that can be sent."""
        try:
            name.encode()
            root, parts = self._inside(name)
        except (CannotDo, UnicodeEncodeError):
            return False
        return root.joinpath(*parts).is_file()


def _text(file: int) -> str:
    """
    What a file holds, read in pieces: decoding a large one in one call would hold up all threads.

    @raise CannotDo: it is too large, or no text.
    """
    head = os.read(file, _PIECE)
    utf_16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    decoder = codecs.getincrementaldecoder("utf-16" if utf_16 else "utf-8-sig")()
    text, size, piece = "", 0, head
    try:
        while piece:
            size += len(piece)
            if size > LARGEST:
                raise CannotDo(f"it is larger than {LARGEST >> 20} MB", "file")
            text += decoder.decode(piece)  # in its place: nothing else refers to the text
            piece = os.read(file, _PIECE)
        return text + decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        line = text.count("\n") + 1
        reason = f"it is neither UTF-8 nor UTF-16 (near line {line}); save it as UTF-8"
        raise CannotDo(reason, "file") from None
