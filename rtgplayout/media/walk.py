# -*- test-case-name: tests.media.test_walk -*-
"""
Looks at what there is below the media folder. It blocks, as long as the disk or the network makes
it, so it is done in a thread, piece by piece.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from attrs import define, field

from .kinds import kind_of
from .shelving import Found, Gone, Sighting, Unreadable, Unusable

__all__ = ["MOST_FOLDERS", "Walker", "as_text"]

_PIECE = 500
"""How many names are looked at in one go."""
_DEEPEST = 64
"""Folders inside folders; what is deeper is left out."""
MOST_FOLDERS = 100_000
"""
Folders that a walk goes into. A dozen that have links to each other can be walked through in more
ways than there is time for, without any loop.
"""


def as_text(path: str) -> str:
    r"""
    A path as L{Entry.file <rtgplayout.media.library.Entry>} has it: bytes that are no UTF-8, which
    C{os.fsdecode} makes surrogates of, are written C{\xff}.
    """
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "backslashreplace")


@define(eq=False)
class Walker:
    """
    Walks below one folder. Symbolic links are followed, and only loops are cut: a folder that can
    be reached by two ways is seen twice. Names that begin with a dot are not seen.

    @ivar root: the media folder.
    @ivar entered: called with each folder, before it is read, and the number of the device that it
        is on; in the thread. Folders are named by their paths below the root, as C{os.fsdecode}
        has them; C{""} is the root.
    """

    root: str
    entered: Callable[[str, int], object] = lambda path, device: None
    _elsewhere: dict[str, int] = field(factory=dict, init=False)
    _left: int = field(default=MOST_FOLDERS, init=False)

    def walk(self, paths: Iterable[str] = ("",)) -> Iterator[tuple[Sighting, ...]]:
        """
        See what is at and below C{paths}.

        @param paths: below the root, as C{os.fsdecode} has them; there may be nothing any more.
        @return: pieces of what is seen, each of them the work of some milliseconds where disks are
            as fast as they should be. Nothing that disks do raises an error.
        """
        self._left = MOST_FOLDERS
        seen = self._see(paths)
        while piece := list(islice(seen, _PIECE)):
            yield tuple(each for each in piece if each is not None)

    def _see(self, paths: Iterable[str]) -> Iterator[Sighting | None]:
        """L{None} for each name that is of no interest."""
        try:
            with os.scandir(self.root) as entries:
                empty = not any(_is_visible(entry.name) for entry in entries)
        except OSError as error:
            yield Unreadable("", f"it cannot be read: {_why(error)}")
            return
        if empty:
            yield Unreadable("", "it is empty")
            return
        for path in paths:
            if all(map(_is_visible, path.split("/"))) or not path:
                yield from self._see_path(path)

    def _see_path(self, path: str) -> Iterator[Sighting | None]:
        try:
            above = [os.stat(self._full(folder)) for folder in _folders(path)]
            status = os.stat(self._full(path))
        except (FileNotFoundError, NotADirectoryError):
            if kind_of(path) is not None and os.path.islink(self._full(path)):
                yield Unusable(as_text(path), _DANGLING)
            else:
                yield Gone(as_text(path))
        except OSError as error:
            yield Unreadable(as_text(path), _why(error))
        else:
            if stat.S_ISDIR(status.st_mode):
                yield from self._see_folder(path, status, above)
            else:
                yield self._file(path, status)

    def _see_folder(
        self, path: str, status: os.stat_result, above: list[os.stat_result]
    ) -> Iterator[Sighting | None]:
        """
        @param above: the folders on the way to it.
        """
        if len(above) >= _DEEPEST or any(os.path.samestat(status, each) for each in above):
            return
        if not self._left:
            yield Unreadable(as_text(path), f"there are more than {MOST_FOLDERS} folders")
            return
        self._left -= 1
        self.entered(path, status.st_dev)
        yield None
        folders: list[str] = []
        empty = True
        try:
            with os.scandir(self._full(path)) as entries:
                for entry in entries:
                    if not _is_visible(entry.name):
                        yield None
                        continue
                    empty = False
                    below = f"{path}/{entry.name}" if path else entry.name
                    if _is_folder(entry):
                        folders.append(below)
                    elif kind_of(entry.name) is None:
                        yield None
                    else:
                        yield self._see_file(entry, below)
        except (FileNotFoundError, NotADirectoryError):
            return  # it went in this moment
        except OSError as error:
            yield Unreadable(as_text(path), _why(error))
            return
        if above and self._was_mounted(path, status.st_dev, above[-1].st_dev, empty):
            yield Unreadable(as_text(path), "nothing is mounted there any more")
        for folder in folders:
            try:
                inner = os.stat(self._full(folder))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                yield Unreadable(as_text(folder), _why(error))
            else:
                yield from self._see_folder(folder, inner, [*above, status])

    def _was_mounted(self, path: str, device: int, around: int, empty: bool) -> bool:
        """Whether it is only the empty place of a disk, or a share, that was there before."""
        if empty:
            return self._elsewhere.get(path, device) != device
        if device != around:
            self._elsewhere[path] = device
        else:
            self._elsewhere.pop(path, None)
        return False

    def _see_file(self, entry: os.DirEntry[str], path: str) -> Sighting | None:
        try:
            return self._file(path, entry.stat())
        except FileNotFoundError:
            return Unusable(as_text(path), _DANGLING) if entry.is_symlink() else None
        except OSError as error:
            return Unusable(as_text(path), f"it cannot be opened: {_why(error)}")

    def _file(self, path: str, status: os.stat_result) -> Sighting | None:
        """Pipes and devices are no files. Most files may be read by everybody: no need to ask."""
        if not stat.S_ISREG(status.st_mode) or kind_of(path) is None:
            return None
        if not status.st_mode & stat.S_IROTH and not os.access(self._full(path), os.R_OK):
            return Unusable(as_text(path), "it cannot be opened: this user may not read it")
        return Found(as_text(path), status.st_size, status.st_mtime_ns)

    def _full(self, path: str) -> str:
        return os.path.join(self.root, path)


_DANGLING = "its symbolic link leads nowhere"


def _is_visible(name: str) -> bool:
    return not name.startswith(".")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """What cannot be told, such as a link to itself, is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _folders(path: str) -> Iterator[str]:
    """The folders that a path leads through, the root first; none for the root."""
    if path:
        yield ""
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)


def _why(error: OSError) -> str:
    return error.strerror or str(error)
