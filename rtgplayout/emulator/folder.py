# -*- test-case-name: tests.emulator.test_folder -*-
"""
A real media folder, watched: a file dropped into it can be played as soon as it was probed.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from rtgplayout.emulator.media import Library, Media

_KNOWN = frozenset(
    ".m2t .m2ts .mov .mp4 .dv .flv .mpg .dnxhd .h264 .prores .mkv .mxf .ts .mp3 .wav .wma .nut "
    ".flac .opus .ogg .ogv .oga .webm .webp".split()
)
_REFUSED = frozenset(".swf .ct .html .htm".split())


@frozen
class Found:
    """
    A file as it was found.

    @ivar name: below the folder.
    """

    path: Path
    name: str
    size: int
    modified_ns: int


Probe = Callable[[Sequence[Found]], Deferred[dict[str, Media]]]


@define
class Folder:
    """
    @ivar root: the folder.
    @ivar library: what it holds for the server; its C{root} is this folder.
    @ivar probe: what tells what files hold, by name; those that are no media are left out.
    """

    root: Path
    probe: Probe
    library: Library = field(init=False)
    _known: dict[str, Found] = field(factory=dict)
    _looking: bool = False
    _log = Logger()

    def __attrs_post_init__(self) -> None:
        self.library = Library(f"{self.root.resolve()}/")

    def look(self) -> Deferred[None]:
        """Find what is new, changed or gone. Never fails; a look during a look does nothing."""
        return Deferred.fromCoroutine(self._look())

    async def _look(self) -> None:
        if self._looking:
            return
        self._looking = True
        try:
            await self._compare()
        except Exception:
            self._log.failure("The media folder {root} could not be read", root=self.root)
        finally:
            self._looking = False

    async def _compare(self) -> None:
        found = {each.name: each for each in files(self.root)}
        for name in [name for name in self._known if name not in found]:
            del self._known[name]
            self.library.remove(name)
        new = [each for each in found.values() if self._known.get(each.name) != each]
        if not new:
            return
        media = await self.probe(new)
        for each in new:
            self._known[each.name] = each
            self.library.remove(each.name)
            if each.name in media:
                self.library.put(media[each.name])


def files(root: Path) -> Iterator[Found]:
    """Every file below C{root} that might be media, but hidden ones and those being written."""
    for folder, folders, names in os.walk(root):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") or path.suffix.lower() in _REFUSED or not _written(name):
                continue
            try:
                status = path.stat()
            except OSError:
                continue
            relative = path.relative_to(root).as_posix()
            yield Found(path, relative, status.st_size, status.st_mtime_ns)


def known_extension(name: str) -> bool:
    """The server takes such a file for media without looking inside."""
    return Path(name).suffix.lower() in _KNOWN


def _written(name: str) -> bool:
    """The name is text, in the encoding that the network speaks."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
