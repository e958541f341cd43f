# -*- test-case-name: tests.api.test_websocket -*-
"""
What the door asks of a channel, and of the daemon. The composition root joins them; what a channel
tells is L{Watcher <rtgplayout.playout.status.Watcher>}.
"""

from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen
from twisted.internet.defer import Deferred

from ..playout.status import Document, Mode, Published, Status
from ..rundown.playlist import Edit, Playlist


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
