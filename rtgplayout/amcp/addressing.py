# -*- test-case-name: tests.amcp.test_addressing -*-
"""
What a media file is called in commands, where the media folder is not CasparCG's own: then every
name has a prefix, as C{nodal/medias} for a folder below CasparCG's media-path, or
C{Z:/nodal/medias} for one anywhere on its machine.
"""

import re

__all__ = ["addressed", "fault_of_prefix", "is_elsewhere"]

_DRIVE = re.compile(r"[A-Za-z]:/")
_UNWANTED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST = 1_000


def addressed(prefix: str, file: str) -> str:
    """
    The name by which CasparCG finds a file.

    @param prefix: one that L{fault_of_prefix} has nothing against; empty for none.
    @param file: relative to the media folder. What is an absolute path, or the address of a
        stream, stays as it is.
    """
    return f"{prefix.rstrip('/')}/{file}" if prefix and not is_elsewhere(file) else file


def is_elsewhere(file: str) -> bool:
    """Whether that is an absolute path or the address of a stream: not in the media folder."""
    return "://" in file or file.startswith("/") or _DRIVE.match(file) is not None


def fault_of_prefix(prefix: str) -> str:
    """
    Why names cannot have that prefix, as a sentence; C{""} when they can.

    A colon is for a drive alone: CasparCG takes C{://} anywhere in a name for a stream.
    """
    if _UNWANTED.search(prefix):
        return "it must be text without control characters"
    if len(prefix) > _LONGEST:
        return f"it must be at most {_LONGEST} characters"
    if "\\" in prefix:
        return "folders are separated with /, on Windows too, as in Z:/nodal/medias"
    drive = _DRIVE.match(prefix)
    # //server/folder is a Windows share
    below = prefix[drive.end() :] if drive else re.sub("^//?", "", prefix)
    folders = below.removesuffix("/").split("/") if below else []
    if any(folder.strip() in ("", ".", "..") for folder in folders):
        return "it must name folders, without . and .. and nothing between two /"
    if ":" in below:
        return "a colon is only for a drive, as in Z:/nodal/medias"
    return ""
