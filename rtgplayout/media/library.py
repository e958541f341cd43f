# -*- test-case-name: tests.media.test_library -*-
"""
The media library: every file that can be played, and what is known of it.
"""

from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen

from .facts import Facts

__all__ = ["Entry", "Library", "State"]


class State(Enum):
    """How far a file is known."""

    READY = "ready"
    WAITING = "waiting"
    """Found; nobody looked into it yet."""
    GROWING = "growing"
    """It is still being written."""
    BROKEN = "broken"
    """It can't be played, and why is said."""
    AWAY = "away"
    """It was there; the folder that it is in can't be read now."""


@frozen
class Entry:
    r"""
    One file.

    @ivar file: its path below the media folder, C{/} between folders, with extension, exactly as
        the disk has it. Bytes of a name that are no UTF-8 are written C{\xff}; such a file is
        C{BROKEN}.
    @ivar size: bytes.
    @ivar modified_ns: nanoseconds since the epoch.
    @ivar facts: as last known; kept while the file is C{AWAY} or C{WAITING} to be probed again.
    @ivar fault: why it is C{BROKEN}, as a sentence for operators; else C{""}.
    @ivar on_disk: this machine sees it.
    @ivar on_server: CasparCG, or its media-scanner, lists it.
    @ivar clip: what CasparCG is to be told to play it, when that is not C{file}; else C{""}.
    """

    file: str
    size: int
    modified_ns: int
    state: State = State.WAITING
    facts: Facts | None = None
    fault: str = ""
    on_disk: bool = True
    on_server: bool = False
    clip: str = ""


@frozen
class Library:
    """
    All files, as of one revision.

    @ivar revision: grows by one with each change.
    @ivar entries: by C{file}.
    """

    revision: int = 0
    entries: Mapping[str, Entry] = field(factory=dict)
