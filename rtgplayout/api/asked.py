# -*- test-case-name: tests.api.test_asked -*-
"""
What a browser asks for: the names in its path, whether it has that already, and what it is told a
file is.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

__all__ = ["BadPath", "content_type", "has_it", "names_in"]

_STRAY: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_FORBIDDEN: Final = re.compile("[\x00-\x1f\x7f/\\\\]")
_TAG: Final = re.compile(r'"[^"]*"')

_TYPES: Final = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".m3u": "audio/x-mpegurl; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml; charset=utf-8",
}


class BadPath(ValueError):
    """A path is not percent-encoded as it must be."""


def names_in(path: bytes) -> tuple[str, ...] | None:
    """
    The names in a path, none of which leads anywhere but down.

    @param path: of a request, percent-encoded, without its query.
    @return: the last one is empty when the path ends with a slash; L{None} when one of them is no
        name of a file that is shown: C{..} or any other that begins with a dot, one with a slash, a
        backslash or a control character in it, one that is no UTF-8.
    @raise BadPath: a percent sign has no two hexadecimal digits behind it.
    """
    if _STRAY.search(path):
        raise BadPath
    before, *parts = path.split(b"/")
    if before or not parts:
        return None
    try:
        names = tuple(unquote_to_bytes(part).decode() for part in parts)
    except UnicodeDecodeError:
        return None
    if "" in names[:-1] or any(name[:1] == "." or _FORBIDDEN.search(name) for name in names):
        return None
    return names


def content_type(name: str) -> str:
    """What a file of that name is; texts are in UTF-8."""
    _, dot, extension = name.rpartition(".")
    return _TYPES.get(dot + extension.lower(), "application/octet-stream")


def has_it(
    tag: str, modified: str | None, if_none_match: str | None, if_modified_since: str | None
) -> bool:
    """
    Whether a browser has what it would be sent (RFC 9110, 13.1).

    @param tag: the entity tag of that, with its quotes.
    @param modified: its date as the header C{Last-Modified} has it.
    @param if_none_match: the header; when it is there, the other one counts for nothing.
    @param if_modified_since: the header; servers only ever meet dates in it that they gave.
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
    return modified is not None and if_modified_since == modified
