# -*- test-case-name: tests.playout.test_status -*-
"""
What a channel is doing, as operators are told: a value that follows from the rules' state.
"""

from collections.abc import Callable
from enum import Enum

from attrs import frozen

from ..rundown.item import Item
from ..rundown.playlist import Changes, EditRefused, Playlist
from ..rundown.schedule import Problem, Schedule


class Mode(Enum):
    """Who goes on to the next item."""

    MANUAL = "MANUAL"
    """The operator; each item holds its last frame when it ends."""
    ASSISTED = "ASSISTED"
    """The channel, but it stops after items marked C{stop_after}."""
    AUTO = "AUTO"
    """The channel."""


class Showing(Enum):
    """What the viewer sees, as far as CasparCG confirmed it."""

    NOTHING = "nothing"
    STARTING = "starting"
    """Told to CasparCG, not confirmed yet; the viewer still sees what was there before."""
    PLAYING = "playing"
    HELD = "held"
    """The item ended; its last frame stays."""
    FILLER = "filler"
    SLATE = "slate"
    UNKNOWN = "unknown"
    """The link is down and telemetry is silent: what was cued goes on by itself, unseen."""


class CueState(Enum):
    """How far the next item is prepared."""

    NONE = "none"
    LOADING = "loading"
    READY = "ready"
    """CasparCG opened the file."""
    ARMED = "armed"
    """And will cut to it by itself."""


@frozen
class OnAir:
    """
    The item on air.

    @ivar item: as it went on air; of later edits it has the graphics and the stop mark.
    @ivar index: where it stands in the playlist now; L{None} once it was removed.
    @ivar started_at: seconds since the epoch at which its in point was, or would have been, shown.
    @ivar duration: frames it will have been on air from its in point, trims included.
    @ivar confirmed: CasparCG showed it moving.
    """

    item: Item
    index: int | None
    started_at: float
    duration: int
    confirmed: bool


@frozen
class Upcoming:
    """
    The item that comes next.

    @ivar start_at: seconds since the epoch at which it is planned to start; L{None} when it waits
        for the operator.
    """

    item: Item
    index: int
    start_at: float | None
    duration: int


@frozen
class Status:
    """
    All that an operator needs at a glance.

    @ivar backtime: frames left to the next hard start; L{None} when there is none.
    @ivar connected: whether CasparCG can be commanded.
    @ivar telemetry: whether what CasparCG shows is being followed by OSC.
    """

    channel: int
    mode: Mode
    showing: Showing
    on_air: OnAir | None = None
    upcoming: Upcoming | None = None
    cue: CueState = CueState.NONE
    backtime: int | None = None
    connected: bool = False
    telemetry: bool = False


@frozen
class Document:
    """
    A channel's playlist as of one revision.

    @ivar revision: grows by one with every change that was saved.
    """

    channel: int
    revision: int
    playlist: Playlist
    schedule: Schedule


@frozen
class Published:
    """
    A change that is on disk and in force.

    @ivar changes: what led from the revision before to this document's.
    @ivar new_problems: hard starts that could be kept before and cannot be now.
    @ivar by: who asked for it, as the door named them.
    """

    document: Document
    changes: Changes
    new_problems: tuple[Problem, ...] = ()
    by: str = ""


@frozen
class Notice:
    """
    Something everybody should see: a toast.

    @ivar level: C{info}, C{success}, C{warning} or C{error}.
    """

    level: str
    message: str


@frozen
class Watcher:
    """
    Who is told what a channel does, as it happens.

    @ivar published: a change that is on disk and in force, or the schedule anew.
    @ivar status: what the channel does now.
    @ivar notice: something everybody should see, and the channel it is about.
    """

    published: Callable[[Published], None]
    status: Callable[[Status], None]
    notice: Callable[[int, Notice], None]


class CannotDo(Exception):
    """
    What was asked cannot be done now; nothing was changed.

    @ivar path: the field of the request at fault; empty when none is.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


class HardStartRefused(EditRefused):
    """
    The edit sets a hard start that cannot be kept; nothing changed.

    @ivar problems: why not, the worst first.
    """

    def __init__(self, path: str, reason: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(path, reason)
        self.problems = problems


_CALM = 10.0


def is_calm(status: Status, now: float) -> bool:
    """
    Whether nothing is about to happen on air: no item is starting, and none will in ten seconds.

    @param now: seconds since the epoch.
    """
    start_at = None if status.upcoming is None else status.upcoming.start_at
    return status.showing is not Showing.STARTING and (start_at is None or start_at - now > _CALM)


def schedule_left(status: Status, document: Document, now: float) -> float | None:
    """
    Seconds until nothing is scheduled any more; 0 when nothing is. L{None} in manual mode, in which
    items wait for somebody to start them.

    @param now: seconds since the epoch.
    """
    if status.mode is Mode.MANUAL:
        return None
    entries, schedule = document.schedule.entries, document.schedule
    return max(0.0, schedule.instant(entries[-1].end) - now) if entries else 0.0
