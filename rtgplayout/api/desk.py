# -*- test-case-name: tests.api.test_websocket -*-
"""
What the door asks of a channel, and of the daemon. The composition root joins them; what a channel
tells is L{Watcher <rtgplayout.playout.status.Watcher>}.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, tzinfo
from typing import Protocol, TypeVar

from attrs import field, frozen
from twisted.internet.defer import Deferred

from ..amcp.commands import Target
from ..media.folders import Folders
from ..media.library import Library, Progress
from ..media.preflight import Finding
from ..playout.graphics import Template
from ..playout.presets import Presets
from ..playout.status import Document, Mode, Published, Status
from ..rundown.playlist import Edit, Playlist

T = TypeVar("T")


class Desk(Protocol):
    """
    One channel, as operators work it. C{by} names who asks, for the as-run and the log.

    Every Deferred fires when what was asked is in force (an edit: on disk too) and fails with
    L{EditRefused <rtgplayout.rundown.playlist.EditRefused>} (a
    L{HardStartRefused <rtgplayout.playout.status.HardStartRefused>} when a hard start cannot be
    kept) or L{CannotDo <rtgplayout.playout.status.CannotDo>}, nothing changed.
    """

    def document(self) -> Document:
        """The playlist and its schedule now, as last published."""

    def plan(self) -> Playlist:
        """
        The playlist that the next edit will be applied to: edits that are still on their way to
        the disk are in it. What is asked as "change this field of that item" is worked out on it,
        so that two changes in quick succession are both kept.
        """

    def status(self) -> Status:
        """What the channel does now."""

    def edit(self, edit: Edit, by: str) -> Deferred[Published]:
        """Change the playlist."""

    def undo(self, by: str) -> Deferred[Published]:
        """Take back the last edit that was not taken back yet."""

    def take(self, by: str) -> Deferred[None]:
        """Put the cued item on air now; without a cue, the next one. Also called "next"."""

    def play(self, item_id: str, by: str) -> Deferred[None]:
        """Put that item on air now, from its in point."""

    def stop(self, by: str) -> Deferred[None]:
        """Stop the item on air and go to manual."""

    def set_mode(self, mode: Mode, by: str) -> Deferred[None]:
        """Change who goes on to the next item."""


@frozen
class Health:
    """
    What C{HEALTH_CHECK}, C{GET_SERVER_STATS} and C{/health} tell.

    @ivar status: C{healthy}, C{degraded} or C{failing}.
    @ivar reasons: sentences that say why it is not healthy.
    @ivar uptime: seconds.
    @ivar caspar: the link's health: C{connected}, C{healthy}, C{reconnectAttempts},
        C{pendingCommands}, C{socketState}, C{roundTripMs} ….
    @ivar memory_bytes: resident memory.
    """

    status: str
    uptime: float
    memory_bytes: int
    reasons: tuple[str, ...] = ()
    caspar: Mapping[str, object] = field(factory=dict)
    media: Mapping[str, object] = field(factory=dict)


class Kept(Protocol[T]):
    """
    A small document that clients see and change whole: folders, presets.
    """

    @property
    def value(self) -> T:
        """As last saved."""

    @property
    def revision(self) -> int:
        """Grows by one with each change that was saved."""

    def change(self, edit: Callable[[T], T]) -> Deferred[T]:
        """
        Make C{edit} of the value that the last accepted change leads to, save it, tell everybody.

        @return: fires with what is on disk then; fails with
            L{EditRefused <rtgplayout.rundown.playlist.EditRefused>} when C{edit} raised it, with
            L{CannotDo <rtgplayout.playout.status.CannotDo>} when it could not be saved.
        """


class MediaShelf(Protocol):
    """The media library, as operators and the HTTP port see it."""

    def library(self) -> Library:
        """What is known now; a value that never changes."""

    def progress(self) -> Progress:
        """How far it is."""

    def scan(self) -> None:
        """
        Walk through all folders now.

        @raise CannotDo: it is being done.
        """

    def exact(self, file: str) -> str:
        """
        What the library calls the one file that is the same but for case, or for how accents are
        written; any other as it is.
        """

    def length_of(self, file: str) -> float | None:
        """
        Seconds that a file lasts; 0 when that is not known, and for a still; L{None} when there is
        no such file.
        """

    def warning_of(self, file: str) -> str:
        """
        What operators should know of a file's name, as a sentence; C{""} when there is nothing. It
        takes microseconds, in any thread.
        """

    def thumbnail(self, file: str) -> Deferred[bytes | None]:
        """
        A JPEG of what that file shows, made when there is none; L{None} when it has no picture.
        Fails with L{CannotDo <rtgplayout.playout.status.CannotDo>} when too many are being made.
        """


class GraphicsDesk(Protocol):
    """
    The graphics of all channels, as operators work them.

    Every Deferred fires when CasparCG took the command, and fails with L{CannotDo
    <rtgplayout.playout.status.CannotDo>}, nothing changed: it is not connected, refused it (its
    words are in the reason), or the layer is the playlist's own (path C{"layer"}).
    """

    def active(self) -> tuple[Template, ...]:
        """What is on graphics layers, by channel and layer."""

    def load(
        self, target: Target, name: str, data: Mapping[str, object], play: bool, by: str
    ) -> Deferred[None]:
        """Put a template on a layer, in the place of what was there; C{play} shows it at once."""

    def play(self, target: Target, by: str) -> Deferred[None]:
        """Show the template on that layer."""

    def stop(self, target: Target, by: str) -> Deferred[None]:
        """Have the template on that layer play its end; it stays loaded."""

    def update(self, target: Target, data: Mapping[str, object], by: str) -> Deferred[None]:
        """Give the template on that layer new data; what it doesn't name stays."""

    def remove(self, target: Target, by: str) -> Deferred[None]:
        """Empty that layer."""


class Imports(Protocol):
    """The folder that playlists are imported from."""

    def names(self) -> Deferred[tuple[str, ...]]:
        """What in it can be imported."""

    def read(self, name: str) -> Deferred[str]:
        """
        The text of one of its files.

        Fails with L{CannotDo <rtgplayout.playout.status.CannotDo>}, path C{"file"}, in the same
        words for whatever is not such a file.
        """


class AsRun(Protocol):
    """The record of what was on air, to be read again."""

    def entries(
        self, start: float, end: float, offset: int, limit: int
    ) -> Deferred[tuple[Mapping[str, object], ...]]:
        """What was written from C{start} to C{end}, seconds since the epoch."""

    def report(self, day: date | None) -> Deferred[tuple[str, dict[str, int]]]:
        """
        Write the report of a day; fires with its name and its counts.

        Fails with L{FileNotFoundError} when nothing was written that day, else with L{OSError}.
        """

    def export(self, first: date, last: date, form: str) -> Deferred[str]:
        """
        Write a table of what was on air from one day to another, both included, with totals for
        each file and folder; C{csv}, C{json} or C{xlsx}. Fires with its name.

        Fails with L{CannotDo <rtgplayout.playout.status.CannotDo>}, path C{first}, C{last} or
        C{form}, and with L{OSError} when it cannot be written.
        """

    def file(self, name: str) -> Deferred[bytes]:
        """
        A report or an export, by its name.

        Fails with L{CannotDo <rtgplayout.playout.status.CannotDo>}, path C{"file"}, in the same
        words for whatever is none.
        """


class Preflight(Protocol):
    """What is wrong with the files of what is scheduled, as far as it was looked at."""

    def ahead(self, channel: int) -> tuple[Finding, ...]:
        """What is wrong on a channel, by deadline."""

    def of(self, channel: int, item_id: str) -> tuple[Finding, ...]:
        """What is wrong with one item; asked for each of a long list."""


class NoPreflight:
    """Nobody looks."""

    def ahead(self, channel: int) -> tuple[Finding, ...]:
        """Nothing is known."""
        return ()

    def of(self, channel: int, item_id: str) -> tuple[Finding, ...]:
        """Nothing is known."""
        return ()


@frozen
class Shelves:
    """
    What the whole daemon has, beside its channels.

    @ivar zone: of the station's days.
    @ivar roots: what the media folder is called, here and where CasparCG runs, for imports that
        have whole paths.
    """

    library: MediaShelf
    folders: Kept[Folders]
    presets: Kept[Presets]
    graphics: GraphicsDesk
    imports: Imports
    as_run: AsRun
    zone: tzinfo = UTC
    roots: tuple[str, ...] = ()
    preflight: Preflight = field(factory=NoPreflight)
