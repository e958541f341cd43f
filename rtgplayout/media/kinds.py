# -*- test-case-name: tests.media.test_kinds -*-
"""
Which files are media, by their names alone.
"""

from .facts import MediaKind

__all__ = ["EXTENSIONS", "kind_of"]

EXTENSIONS = {
    MediaKind.VIDEO: frozenset(
        "mp4 m4v mov avi mxf mpg mpeg mkv webm ts m2t m2ts mts flv dv".split()
    ),
    MediaKind.STILL: frozenset("png jpg jpeg bmp gif tga tif tiff webp".split()),
    MediaKind.AUDIO: frozenset("wav mp3 m4a aac flac ogg oga opus wma".split()),
}
"""What a playlist can use, without the dot and in lower case."""

_KINDS = {extension: kind for kind, names in EXTENSIONS.items() for extension in names}


def kind_of(name: str) -> MediaKind | None:
    """
    What a file is for, as its extension says; upper and lower case are the same.

    @param name: of the file, or its path with C{/} between folders.
    @return: L{None} when it is no media.
    """
    stem, _, extension = name.rpartition("/")[2].rpartition(".")
    return _KINDS.get(extension.lower()) if stem else None
