# -*- test-case-name: tests.playout.test_rules -*-
"""What can happen to a channel: everything that L{step <rtgplayout.playout.rules.step>} is told."""

from enum import Enum

from attrs import frozen

from ..amcp.status import ChannelStatus
from ..rundown.playlist import Changes, Playlist
from .status import Mode

__all__ = [
    "Answered",
    "Edited",
    "Event",
    "LinkLost",
    "LinkUp",
    "ModeSet",
    "Now",
    "PlayAsked",
    "Shown",
    "StopAsked",
    "TakeAsked",
    "Ticked",
    "Unanswered",
    "Why",
]


@frozen
class Now:
    """
    The two clocks, read together.

    @ivar wall: seconds since the epoch; may jump.
    @ivar mono: seconds of a clock that never jumps; its zero means nothing.
    """

    wall: float
    mono: float

    def wall_at(self, mono: float) -> float:
        """What the wall clock shows when the monotonic one shows C{mono}, without a jump."""
        return self.wall + (mono - self.mono)

    def mono_at(self, wall: float) -> float:
        """What the monotonic clock shows when the wall clock shows C{wall}, without a jump."""
        return self.mono + (wall - self.wall)


@frozen
class Ticked:
    """Time passed."""


@frozen
class LinkUp:
    """
    CasparCG can be commanded, and this is what it shows.

    @ivar status: from INFO, asked right after connecting; L{None} when that failed.
    @ivar channels: how many the server has, which share its tick counter.
    """

    status: ChannelStatus | None
    channels: int = 1


@frozen
class LinkLost:
    """CasparCG cannot be commanded; what was sent and unanswered has failed already."""

    reason: str


@frozen
class Shown:
    """CasparCG says what the channel shows: by OSC (with a tick) or by INFO (without)."""

    status: ChannelStatus


@frozen
class Answered:
    """
    CasparCG answered a command.

    @ivar token: of the L{Send <rtgplayout.playout.effects.Send>}.
    @ivar code: 200 to 202 when it was accepted.
    @ivar body: the answer's data.
    """

    token: int
    code: int
    body: str = ""


class Why(Enum):
    """Why there is no answer."""

    TIMED_OUT = "not answered in time"
    LINK_LOST = "the link was lost"
    UNSENDABLE = "it cannot be put into a command"


@frozen
class Unanswered:
    """A command will not be answered any more."""

    token: int
    why: Why


@frozen
class Edited:
    """The playlist was changed, and the change is on disk."""

    playlist: Playlist
    changes: Changes


@frozen
class TakeAsked:
    """An operator wants the next item now."""

    by: str


@frozen
class PlayAsked:
    """An operator wants that item now, from its in point."""

    item_id: str
    by: str


@frozen
class StopAsked:
    """An operator wants nothing on air; the mode becomes manual."""

    by: str


@frozen
class ModeSet:
    """An operator chose another mode."""

    mode: Mode
    by: str


Event = (
    Ticked
    | LinkUp
    | LinkLost
    | Shown
    | Answered
    | Unanswered
    | Edited
    | TakeAsked
    | PlayAsked
    | StopAsked
    | ModeSet
)
