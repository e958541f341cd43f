# -*- test-case-name: tests.playout.test_report -*-
"""
What a channel tells of itself, out of the rules' state: to operators, and to the daemon that comes
after this one.
"""

from attrs import evolve, frozen

from ..rundown.playlist import Playlist
from ..rundown.schedule import Anchor, Schedule, first_start, schedule
from .ahead import plan_at, plan_from, prospect, runs_on
from .asrun import Aired
from .events import Now
from .state import Airing, Cover, Resumed, Setup, Stage, State
from .status import CueState, Document, Mode, OnAir, Showing, Status, Upcoming

__all__ = ["Memory", "anchor_of", "memory", "report", "revive", "steady", "whole_schedule"]


@frozen
class Memory:
    """
    What must outlive the daemon, beside the playlist.

    @ivar on_air_id: the item on air; L{None} for none.
    @ivar started_at: seconds since the epoch of its in point.
    @ivar next_id: the item that comes next; L{None} at the end of the list.
    @ivar ended: what is on air came to its end, or broke, and that is written down.
    @ivar aired: what is on air, item or not, as its start is written down.
    """

    mode: Mode = Mode.MANUAL
    on_air_id: str | None = None
    started_at: float | None = None
    next_id: str | None = None
    ended: bool = False
    aired: Aired | None = None


def memory(state: State, now: Now) -> Memory:
    """What to remember now."""
    items = state.playlist.items
    coming = items[state.cursor].id if state.cursor < len(items) else None
    airing, foreign, stopping = state.on_air, state.foreign, state.stopping
    resumed = state.resumed
    if resumed is not None:  # CasparCG was not heard yet
        known = resumed.item_id, resumed.started_at
        return Memory(state.mode, *known, coming, resumed.ended, state.open)
    if airing is None or airing.part.item is None:
        there = airing or (stopping and stopping.airing) or foreign
        aired = there.aired if there is not None else state.open
        return Memory(state.mode, None, None, coming, aired=aired)
    started = round(now.wall_at(state.in_point_started(airing)), 1)
    over = airing.ended or airing.broken
    return Memory(state.mode, airing.part.item.id, started, coming, over, airing.aired)


def revive(setup: Setup, playlist: Playlist, remembered: Memory) -> State:
    """The state of a daemon that starts, before CasparCG was heard."""
    resumed = None
    if remembered.on_air_id is not None and remembered.started_at is not None:
        resumed = Resumed(remembered.on_air_id, remembered.started_at, remembered.ended)
    cursor = playlist.index_of(remembered.next_id) if remembered.next_id else None
    if cursor is None and resumed is not None:
        index = playlist.index_of(resumed.item_id)
        cursor = None if index is None else index + 1
    known = resumed is not None or (cursor is not None and cursor > 0)
    return State(
        setup,
        playlist,
        remembered.mode,
        cursor or 0,
        stopped=remembered.mode is not Mode.AUTO and resumed is None,
        entered=known,
        resumed=resumed,
        open=remembered.aired,
    )


def report(state: State, now: Now) -> Status:
    """What operators are told now."""
    return Status(
        state.setup.channel,
        state.mode,
        _showing(state, now),
        _on_air(state, now),
        _upcoming(state, now),
        _cue(state),
        _backtime(state, now),
        state.linked,
        state.follows(now.mono),
    )


def _showing(state: State, now: Now) -> Showing:
    """What the viewer sees, as far as it is confirmed."""
    airing = state.on_air
    if not state.linked and not state.follows(now.mono) and airing is not None:
        return Showing.UNKNOWN
    if state.rising is not None and airing is None:
        return Showing.STARTING
    if airing is None:
        return Showing.NOTHING
    if airing.part.cover is not None:
        return Showing.FILLER if airing.part.cover is Cover.FILLER else Showing.SLATE
    return Showing.HELD if airing.ended or airing.broken else Showing.PLAYING


def _on_air(state: State, now: Now) -> OnAir | None:
    """The item on air; also once it ended, as long as its last frame is held."""
    airing = state.on_air
    if airing is None or airing.part.item is None:
        return None
    item = airing.part.item
    length = state.cut if state.cut is not None else airing.length
    skipped = airing.part.seek - item.in_point
    started = now.wall_at(state.in_point_started(airing))
    duration = item.duration if length is None else length + skipped
    return OnAir(item, state.playlist.index_of(item.id), started, duration, True)


def _upcoming(state: State, now: Now) -> Upcoming | None:
    """The item that comes next."""
    rising = state.rising
    if rising is not None and rising.cue.part.item is not None:
        part, at = rising.cue.part, rising.cue.planned_at
    else:
        aim = prospect(state, now).aim
        if aim is None or aim.part.item is None:
            return _behind_cover(state, now)
        part, at = aim.part, aim.planned_at
    assert part.item is not None
    index = state.playlist.index_of(part.item.id)
    if index is None:
        return None
    return Upcoming(part.item, index, at, part.length or part.item.duration)


def _behind_cover(state: State, now: Now) -> Upcoming | None:
    """The item that follows the filler or the slate."""
    airing = state.on_air
    if airing is None or airing.part.item is None or airing.ended or airing.broken:
        plan = plan_at(state, now.wall, now)
        entries = plan.entries
    else:
        plan = plan_from(state, airing, now)
        entries = plan.entries[1:]
    for entry in entries:
        index = state.playlist.index_of(entry.item.id)
        if not entry.dropped and index is not None:
            return Upcoming(entry.item, index, plan.instant(entry.start), entry.duration)
    return None


def _cue(state: State) -> CueState:
    """How far the next item is prepared."""
    cue = state.cue
    if cue is None:
        return CueState.NONE
    if cue.stage is not Stage.READY:
        return CueState.LOADING
    armed = cue.auto and cue.seen and state.foreground.frames_left is not None
    return CueState.ARMED if armed else CueState.READY


def _backtime(state: State, now: Now) -> int | None:
    """Frames left to the next hard start."""
    if state.on_air is None or state.on_air.part.item is None:
        return None
    plan = plan_from(state, state.on_air, now)
    for entry in plan.entries[1:]:
        if entry.target is not None:
            return round((entry.target - now.wall) * float(state.setup.rate))
    return None


def whole_schedule(state: State, now: Now) -> Schedule:
    """The schedule of the whole list."""
    setup = state.setup
    return schedule(state.playlist, anchor_of(state, now), setup.zone, minimum=setup.minimum_trim)


def anchor_of(state: State, now: Now) -> Anchor:
    """
    What the schedule of the whole list hangs on: what is on air; when nothing is, on when the list
    is to start, or on now.
    """
    airing: Airing | None = state.on_air
    if airing is not None and airing.part.item is not None:
        started = now.wall_at(state.in_point_started(airing))
        index = state.playlist.index_of(airing.part.item.id)
        if index is not None:
            played = max(0, round((now.wall - started) * float(state.setup.rate)))
            return Anchor(index, started, played)
        length = state.cut if state.cut is not None else airing.length
        if length is not None and runs_on(state) and not airing.ended:
            end = state.started(airing) + float(length / state.setup.rate)
            return Anchor(state.cursor, now.wall_at(end))
    start = None
    if not state.entered and state.cursor == 0:
        start = first_start(state.playlist, state.setup.zone, now.wall)
    return Anchor(min(state.cursor, max(0, len(state.playlist.items) - 1)), start or now.wall)


def steady(anchor: Anchor, playlist: Playlist, before: Document) -> Anchor:
    """
    The same anchor, at the instant that the schedule before gives to its item when that is less
    than a frame away: what was planned has happened, and the whole schedule need not be computed
    anew, and told, because of how exactly it can be measured.
    """
    if anchor.index >= len(playlist.items):
        return anchor
    index = before.playlist.index_of(playlist.items[anchor.index].id)
    if index is None:
        return anchor
    planned = before.schedule.instant(before.schedule.entries[index].start)
    near = abs(planned - anchor.at) * playlist.rate < 1
    return evolve(anchor, at=planned) if near else anchor
