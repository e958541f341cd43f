# -*- test-case-name: tests.emulator.test_media -*-
"""
The media folder as CasparCG sees it: what a file holds, and which file a name means.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import PurePosixPath

from attrs import define, field, frozen


class Kind(Enum):
    """What a media file is."""

    VIDEO = "video"
    STILL = "still"
    AUDIO = "audio"


@frozen
class Media:
    """
    A file that CasparCG takes for media: its name exists and has a known extension. Whether it
    can be decoded is another matter.

    @ivar name: path below the media folder, with extension, C{/} as separator.
    @ivar frames: how long the file says it is, in ticks of the channel; 0 for a still.
    @ivar openable: L{False} for random bytes, an empty file, a missing moov: C{202}, then nothing.
    @ivar present: how many frames are really there, in ticks of the channel; L{None} for all
        of them. Fewer in a file that was cut.
    @ivar has_audio: the sound's last packet is short, which slows time down past the end.
    @ivar fps: of the picture, as the file says; what C{file/streams/0/fps} shows.
    @ivar size: bytes.
    @ivar modified: as the media-scanner writes it, C{20261123212211}.
    @ivar file_frames: length in units of C{time_base}, as the media-scanner writes it.
    @ivar time_base: as in C{1/25}.
    @ivar thumbnail: when it was made, as in C{20261123T213142}, and its size; L{None} for none.
    """

    name: str
    frames: int = 0
    kind: Kind = Kind.VIDEO
    openable: bool = True
    present: int | None = None
    has_audio: bool = True
    fps: tuple[int, int] = (25, 1)
    size: int = 0
    modified: str = "20260101000000"
    file_frames: int = 0
    time_base: str = "1/25"
    thumbnail: tuple[str, int] | None = None

    @property
    def available(self) -> int:
        """How many frames can be shown."""
        return self.frames if self.present is None else min(self.present, self.frames)

    @property
    def streams(self) -> tuple[tuple[int, int], ...]:
        """The rate of each stream; the one of sound is 0/0."""
        pictures = (self.fps,) if self.kind is Kind.VIDEO else ()
        return (*pictures, (0, 0)) if self.has_audio else pictures


@frozen
class _Entry:
    """A file with the keys it is found by."""

    media: Media
    folder: str
    file_name: str
    stem: str


def fold(text: str) -> str:
    """
    Letter by letter in capitals: what C{boost::iequals} compares. Composed and decomposed accents
    stay different, and no letter becomes two.
    """
    return "".join(up if len(up := letter.upper()) == 1 else letter for letter in text)


def _extension(name: str) -> str:
    """The last dot and what follows; nothing for a name that only starts with a dot."""
    return PurePosixPath(name).suffix if name not in ("", ".", "..") else ""


@define
class Library:
    """
    A media folder.

    @ivar root: where the folder is on the server, ending in C{/}.
    """

    root: str = "/media/"
    _entries: dict[str, _Entry] = field(factory=dict, init=False)

    @classmethod
    def of(cls, media: Iterable[Media], root: str = "/media/") -> "Library":
        """A folder that holds those files."""
        library = cls(root)
        for each in media:
            library.put(each)
        return library

    def put(self, media: Media) -> None:
        """Add a file, or replace the one of that name."""
        path = PurePosixPath(media.name)
        folder = "" if str(path.parent) == "." else str(path.parent)
        stem = path.name.removesuffix(_extension(path.name))
        self._entries[media.name] = _Entry(media, fold(folder), fold(path.name), fold(stem))

    def remove(self, name: str) -> None:
        """Take a file away; clips that have it open go on playing."""
        self._entries.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[Media]:
        return (entry.media for _, entry in sorted(self._entries.items()))

    def path(self, media: Media) -> str:
        """Where the file is on the server, as C{file/path} shows it."""
        return self.root + media.name

    def find(self, name: str) -> Media | None:
        """
        The file that C{name} means: first as an absolute path, then below the folder; without
        regard to case; with its extension or without.
        """
        if not name:
            return None
        return self._probe(name) or self._probe(f"{self.root}/{name}")

    def _probe(self, path: str) -> Media | None:
        where = self._below_root(path)
        if where is None:
            return None
        folder, _, leaf = where.rpartition("/")
        folder, leaf = fold(folder), fold(leaf)
        whole = bool(_extension(leaf))
        for entry in self._entries.values():
            named = leaf == entry.stem or (whole and leaf == entry.file_name)
            if named and entry.folder == folder:
                return entry.media
        return None

    def _below_root(self, path: str) -> str | None:
        """C{path} with its dots resolved, relative to the folder; L{None} for one outside."""
        if not path.startswith("/"):
            return None
        parts: list[str] = []
        for part in path.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        resolved, root = "/" + "/".join(parts), self.root
        if fold(resolved).startswith(fold(root)):
            return resolved[len(root) :]
        return None
