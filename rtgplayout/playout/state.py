# -*- test-case-name: tests.playout.test_rules -*-
"""
All that a channel knows: one frozen value, from which the rules decide.

Lengths and positions are frames at the channel's configured rate; CasparCG counts ticks at the
rate it reports. They are the same when the configuration is right; L{State.ticks} and
L{State.frames} translate where it is not (25 configured for 1080i50, where CasparCG counts 50).
"""

from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from zoneinfo import ZoneInfo

from attrs import field, frozen

from ..amcp.addressing import addressed
from ..amcp.commands import Clip, Colour, Live, Source, Target, written_name
from ..amcp.status import Background, Foreground
from ..rundown.item import Item, Kind
from ..rundown.playlist import Playlist
from ..rundown.timing import to_frames
from .asrun import Aired, Cause, Confirmation
from .status import Mode
from .tickclock import TickClock

PATIENCE = 0.5
"""Seconds within which what is told to be on air has to move, and a clip on air must not stand."""

GUARD = 10
"""Frames before a junction within which the cue is left alone: a reload could come too late."""

STILLS = tuple(
    ".png .jpg .jpeg .bmp .tga .tif .tiff .gif .webp .jp2 .jpx .j2k .j2c".split()  # of 2.5
)
"""Files that CasparCG shows as images: they have no length of their own."""


class Cover(Enum):
    """What stands in when there is nothing to show."""

    FILLER = "filler"
    SLATE = "slate"


@frozen
class Setup:
    """
    What does not change while the channel runs.

    @ivar rate: frames a second.
    @ivar minimum_trim: frames that a trimmed item keeps at least.
    @ivar filler: a clip that covers gaps, looped; L{None} for none.
    @ivar slate: a clip or a colour (C{#AARRGGBB}) for when nothing else is left; L{None} for none.
    @ivar prefix: what CasparCG is to be told before the name of every file.
    """

    rate: Fraction
    zone: ZoneInfo
    channel: int = 1
    layer: int = 10
    minimum_trim: int = 125
    filler: str | None = None
    slate: str | None = None
    prefix: str = ""

    @property
    def target(self) -> Target:
        """The layer that the playlist is shown on."""
        return Target(self.channel, self.layer)


@frozen
class Part:
    """
    What is to be shown: an item from some frame on, or a cover.

    @ivar item: L{None} for a cover.
    @ivar seek: the first frame, counted from the start of the file.
    @ivar length: how many frames from C{seek}; L{None} when it is not limited (a cover).
    """

    item: Item | None
    cover: Cover | None
    source: Source
    seek: int = 0
    length: int | None = None

    @property
    def written(self) -> str:
        """The name that CasparCG shows for it; C{""} when it shows none."""
        return written_name(self.source.name) if isinstance(self.source, Clip) else ""

    @property
    def is_still(self) -> bool:
        """Whether it is an image."""
        return isinstance(self.source, Clip) and self.source.name.lower().endswith(STILLS)

    @property
    def has_end(self) -> bool:
        """Whether CasparCG itself comes to its end, so that an AUTO cue behind it fires."""
        return isinstance(self.source, Clip) and not self.source.loop

    @property
    def label(self) -> str:
        """What operators call it."""
        return self.item.name if self.item else self.cover.value if self.cover else ""


def item_part(setup: Setup, item: Item, seek: int | None = None, length: int | None = None) -> Part:
    """
    The part that shows C{item}.

    @param seek: where to start, in the file; the in point when not given.
    @param length: frames from there; up to the out point when not given.
    """
    start = item.in_point if seek is None else seek
    source: Source = (
        Live(int(item.file)) if item.kind is Kind.LIVE else Clip(addressed(setup.prefix, item.file))
    )
    return Part(item, None, source, start, item.out_point - start if length is None else length)


def cover_part(setup: Setup, cover: Cover, name: str) -> Part:
    """The part that shows a cover of that name."""
    colour = name.startswith("#")
    source = Colour(name) if colour else Clip(addressed(setup.prefix, name), loop=True)
    return Part(None, cover, source)


class Stage(Enum):
    """How far a cue is."""

    LOADING = "loading"
    PROBING = "probing"
    """Loaded; whether the file could be opened is being asked."""
    SIZING = "sizing"
    """Opened; being given the length, or the way of cutting, that it is to have."""
    READY = "ready"


@frozen
class Cue:
    """
    What is loaded behind what is on air.

    @ivar serial: its number; what is asked about it carries the number.
    @ivar auto: CasparCG cuts to it by itself.
    @ivar since: the monotonic clock when it was loaded.
    @ivar ask_at: the monotonic clock at which to ask again whether it could be opened.
    @ivar available: frames that the file has from C{part.seek}; L{None} while unknown.
    @ivar sized: the LENGTH that was sent with it; L{None} when none was.
    @ivar seen: telemetry showed it in the background.
    @ivar attempt: how often what it shows was tried already.
    """

    serial: int
    part: Part
    auto: bool
    since: float
    stage: Stage = Stage.LOADING
    ask_at: float | None = None
    available: int | None = None
    sized: int | None = None
    seen: bool = False
    cause: Cause = Cause.SCHEDULE
    by: str = ""
    planned_at: float | None = None
    attempt: int = 0


@frozen
class Rising:
    """
    What was told to go on air, or cut to by CasparCG, and is not yet seen moving.

    @ivar since: when, on the monotonic clock, it was told to.
    @ivar deadline: when, on the monotonic clock, it has failed; L{None} while the link is down.
    @ivar seen: when, on the monotonic clock, CasparCG first showed its name.
    @ivar tick: the server's tick at which it first showed a picture, as far as is known.
    @ivar taken: when, on the monotonic clock, CasparCG answered that it does so.
    """

    cue: Cue
    since: float
    deadline: float | None
    seen: float | None = None
    tick: int | None = None
    taken: float | None = None


@frozen
class Airing:
    """
    What is on air, confirmed.

    @ivar started: the monotonic clock at its first frame, C{part.seek}.
    @ivar tick: the server's tick of that frame; L{None} when it is not known.
    @ivar stutter: ticks that its first frame stayed longer than one, when it was not buffered.
    @ivar told: its length as CasparCG has it, from C{part.seek}; L{None} when it was not limited.
    @ivar available: frames that the file has from C{part.seek}; L{None} when unknown.
    @ivar expected: the length that was planned when it started.
    @ivar ended: it came to its end and holds its last frame (or was found gone).
    @ivar broken: it stands still, or slows down, where it should move.
    @ivar slip: frames that it is behind, when it stumbled; and since when that did not change.
    @ivar fired: ids of the secondary events that were done.
    @ivar missing: since when, on the monotonic clock, CasparCG shows something else.
    @ivar gone: when, on the monotonic clock, it was last known to be on air before that.
    @ivar restores: how often it was put back.
    @ivar aired: what its C{PLAY_START} says.
    """

    serial: int
    part: Part
    started: float
    tick: int | None
    told: int | None
    available: int | None
    expected: int
    cause: Cause
    by: str
    confirmation: Confirmation
    stutter: int = 0
    ended: bool = False
    broken: bool = False
    slip: int = 0
    slip_since: float = 0.0
    fired: frozenset[str] = frozenset()
    missing: float | None = None
    gone: float | None = None
    restores: int = 0
    aired: Aired | None = None

    @property
    def length(self) -> int | None:
        """Frames from C{part.seek} to where CasparCG ends it; L{None} when it never does."""
        limits = [n for n in (self.told, self.available) if n is not None]
        return min(limits) if limits and self.part.has_end else None


@frozen
class Wanted:
    """
    What has to be on air now, ahead of the plan.

    @ivar attempt: how often it was tried.
    """

    part: Part
    cause: Cause
    by: str = ""
    attempt: int = 0


@frozen
class Failure:
    """An item (or cover) that could not be shown; not tried again while it is the same."""

    part: Part
    reason: str
    at: float


class About(Enum):
    """What a command was sent for."""

    CUE = "cue"
    PROBE = "probe"
    SIZE = "size"
    TAKE = "take"
    LENGTH = "length"
    INFO = "info"
    OTHER = "other"


@frozen
class Asked:
    """A command that CasparCG has not answered."""

    about: About
    serial: int = 0
    what: str = ""


@frozen
class Resumed:
    """
    What was on air when the daemon stopped, from the state file.

    @ivar started_at: seconds since the epoch of its in point.
    @ivar ended: it came to its end, and that is written down.
    """

    item_id: str
    started_at: float
    ended: bool = False


@frozen
class Stopping:
    """
    What an operator stopped, and what CasparCG may show for a moment yet.

    @ivar since: the monotonic clock when it was told to stop.
    """

    airing: Airing
    by: str
    since: float


@frozen
class Foreign:
    """
    What another client of CasparCG shows on the playlist's layer.

    @ivar name: of the file, or what else is known of it.
    @ivar since: the monotonic clock when it was first seen.
    @ivar tick: the server's tick then; L{None} when it is not known.
    @ivar first_frame: of the file, as it was first seen.
    @ivar aired: what its C{PLAY_START} says; L{None} while that is not written.
    @ivar stopped_by: the operator who had the layer stopped since; L{None} when nobody did.
    """

    name: str
    since: float
    tick: int | None
    first_frame: int
    aired: Aired | None = None
    stopped_by: str | None = None


_BLANK, _UNCUED = Foreground(), Background()


@frozen
class State:
    """
    One channel.

    @ivar cursor: index of the item that comes next.
    @ivar linked: CasparCG can be commanded.
    @ivar known: what it shows has been seen since the link came up.
    @ivar channels: how many the server has, which share its tick counter.
    @ivar heard: the monotonic clock at the last OSC packet; L{None} before the first.
    @ivar saw: the monotonic clock when CasparCG last said what it shows, by OSC or by INFO.
    @ivar touched: the monotonic clock when the layer was last told to load or to play.
    @ivar silent: OSC has stopped, and operators were told.
    @ivar stopped: an operator stopped the channel, or nothing was ever started.
    @ivar entered: the base start was used, or something was on air since.
    @ivar former: the cue that C{cue} replaces, until that one is known to be loaded.
    @ivar floor: seconds since the epoch at which the last item with a hard start went on air; an
        earlier hard start after it is in the wrong order, and not waited or hurried for.
    @ivar hush: the monotonic clock before which no cue is tried again.
    @ivar tries: how often in a row a cue was not answered, or refused for no fault of its own.
    @ivar asked_info: the monotonic clock at the last INFO.
    @ivar skew: wall clock minus monotonic clock, to notice a jump.
    @ivar rate: ticks a second as CasparCG reports; L{None} before it did.
    @ivar stopping: what was stopped and is not seen to be gone yet.
    @ivar foreign: what somebody else shows on our layer.
    @ivar open: the airing that the daemon before this one did not close in the as-run log.
    @ivar left: the airing that was closed last.
    @ivar cut: the length that what is on air is to have, from its C{part.seek}.
    @ivar wake: the monotonic clock at which something is due; L{None} for nothing.
    @ivar look_at: the monotonic clock at which to work out anew what should be.
    @ivar basis: what it was worked out from the last time.
    """

    setup: Setup
    playlist: Playlist
    mode: Mode = Mode.MANUAL
    cursor: int = 0
    linked: bool = False
    known: bool = False
    channels: int = 1
    clock: TickClock | None = None
    heard: float | None = None
    saw: float = float("-inf")
    touched: float = float("-inf")
    silent: bool = False
    rate: Fraction | None = None
    foreground: Foreground = _BLANK
    background: Background = _UNCUED
    on_air: Airing | None = None
    rising: Rising | None = None
    cue: Cue | None = None
    former: Cue | None = None
    wanted: Wanted | None = None
    stopped: bool = True
    entered: bool = False
    floor: float = float("-inf")
    failed: Mapping[str, Failure] = field(factory=dict)
    asked: Mapping[int, Asked] = field(factory=dict)
    last_token: int = 0
    last_serial: int = 0
    hush: float = 0.0
    tries: int = 0
    asked_info: float = float("-inf")
    skew: float | None = None
    resumed: Resumed | None = None
    stopping: Stopping | None = None
    foreign: Foreign | None = None
    open: Aired | None = None
    left: Aired | None = None
    cut: int | None = None
    wake: float | None = None
    look_at: float = float("-inf")
    basis: tuple[object, ...] = ()

    def ticks(self, frames: int) -> int:
        """How CasparCG counts that many frames."""
        if self.rate is None or self.rate == self.setup.rate:
            return frames
        return to_frames(frames / self.setup.rate, self.rate)

    def frames(self, ticks: int) -> int:
        """How many frames that many of CasparCG's ticks are."""
        if self.rate is None or self.rate == self.setup.rate:
            return ticks
        return to_frames(ticks / self.rate, self.setup.rate)

    def follows(self, mono: float) -> bool:
        """Whether OSC is being heard."""
        return self.heard is not None and mono - self.heard < 1.0

    def started(self, airing: Airing) -> float:
        """The monotonic clock at the first frame of what is on air, by the best knowledge."""
        if airing.tick is not None and self.clock is not None:
            return self.clock.start_of(airing.tick)
        return airing.started

    def in_point_started(self, airing: Airing) -> float:
        """The monotonic clock at the item's in point, were it shown from there."""
        ahead = airing.part.seek - airing.part.item.in_point if airing.part.item else 0
        return self.started(airing) - float(ahead / self.setup.rate)
