# -*- test-case-name: tests.playout.test_follow -*-
"""
The link is up: taking what CasparCG shows for what it is, after a restart of the daemon, of
CasparCG, or of the network between them, and having the as-run tell what became of what was on air
before.
"""

from attrs import evolve

from ..amcp.status import ChannelStatus, Foreground
from ..rundown.item import Item
from . import secondary
from .ahead import due_after_restart, due_now
from .asrun import Cause, Confirmation, Ending
from .follow import progress, put_back, shown
from .likeness import is_cued, is_shown, position
from .seams import adopt_foreign, close_open, leave_air
from .state import PATIENCE, Airing, Cover, Part, Rising, State, cover_part, item_part
from .turn import Turn

__all__ = ["adopt"]


def adopt(turn: Turn, status: ChannelStatus) -> None:
    """
    The link is up: take what CasparCG shows for what it is.

    What was known to be on air, or cued, is followed as always; another item of the playlist is
    adopted at its real position; an empty layer gets back what should be there.
    """
    shown(turn, status)
    state = turn.state
    foreground = state.foreground
    if state.rising is not None:
        if not is_shown(state.rising.cue.part, foreground):
            _not_risen(turn, state.rising)
            return
        turn.change(rising=evolve(state.rising, deadline=turn.now.mono + 4 * PATIENCE))
    if state.rising is not None or (
        state.on_air is not None and is_shown(state.on_air.part, foreground)
    ):
        _keep_cue(turn)
        return
    turn.change(cue=None)
    if foreground.producer == "empty":
        if state.on_air is not None:
            put_back(turn)
            return
        _close_open(turn, None)
        if state.resumed is not None and not state.stopped:
            _resume(turn)
        return
    airing = _found(turn, foreground)
    if airing is None:
        if state.open is None or not adopt_foreign(turn, state.open):
            _close_open(turn, None)
        turn.change(open=None, resumed=None)
        return
    leave_air(turn, turn.now.mono, Ending.CASPAR)
    turn.change(on_air=airing, stopped=False, entered=True)
    if airing.part.item is not None:
        turn.change(cursor=turn.state.playlist.positions[airing.part.item.id] + 1)
    _write_found(turn, airing)
    turn.change(open=None, resumed=None)
    secondary.skip_history(turn)
    progress(turn, None)


def _found(turn: Turn, foreground: Foreground) -> Airing | None:
    """What the foreground is, if it is an item of the playlist or a cover, as it is on air."""
    state = turn.state
    cover = _find_cover(state, foreground)
    found = _find(state, foreground, turn.now.wall)
    if cover is not None and (found is None or _is_open(state, cover)):
        started = turn.now.mono if state.open is None else turn.now.mono_at(state.open.at)
        return _adopted(turn, cover, started)
    if found is None:
        return None
    item = state.playlist.items[found]
    resumed = state.resumed
    if resumed is not None and resumed.item_id != item.id:
        resumed = None
    seek = round(foreground.clip_in * state.setup.rate)
    counts = item_part(state.setup, item).has_end and not item_part(state.setup, item).is_still
    if not counts:
        seek = item.in_point
    part = item_part(state.setup, item, seek, max(1, item.out_point - seek))
    at = max(0, position(state, part, foreground))
    excerpt = round(foreground.clip_length * state.setup.rate) or None
    available = round(foreground.total * state.setup.rate) - seek if foreground.total else None
    started = turn.now.mono - float(at / state.setup.rate)
    if not counts:
        started = turn.now.mono_at(_since(state, turn.now.wall))
        if resumed is not None:
            started = turn.now.mono_at(resumed.started_at)
    ended = resumed is not None and resumed.ended
    return evolve(_adopted(turn, part, started), told=excerpt, available=available, ended=ended)


def _since(state: State, wall: float) -> float:
    """
    Since when something without a position is on air, that was not there under the daemon before:
    since what was there then came to its end.
    """
    before = state.open
    if before is None or before.planned is None:
        return wall
    return min(wall, before.at + float(before.planned / state.setup.rate))


def _adopted(turn: Turn, part: Part, started: float) -> Airing:
    """C{part}, which is on air since that instant of the monotonic clock."""
    return Airing(
        turn.next_serial(),
        part,
        started,
        None,
        None,
        None,
        part.length or 0,
        Cause.RECOVERY,
        "",
        Confirmation.INFO,
    )


def _find_cover(state: State, foreground: Foreground) -> Part | None:
    """The cover that the foreground is."""
    for kind, name in ((Cover.FILLER, state.setup.filler), (Cover.SLATE, state.setup.slate)):
        if name is not None:
            part = cover_part(state.setup, kind, name)
            if is_shown(part, foreground):
                return part
    return None


def _is_open(state: State, part: Part) -> bool:
    """Whether C{part} is what the daemon before had on air."""
    if state.open is None:
        return False
    if part.item is not None:
        return state.open.item_id == part.item.id
    return part.cover is not None and state.open.cover == part.cover.value


def _write_found(turn: Turn, airing: Airing) -> None:
    """
    What was found on air is what the daemon before this one had there, and goes on; or it is
    something else, which came meanwhile.
    """
    state = turn.state
    resumed, item = state.resumed, airing.part.item
    before = item is not None and resumed is not None and resumed.item_id == item.id
    if not before and not (item is None and _is_open(state, airing.part)):
        _close_open(turn, turn.wall(state.started(airing)))
        turn.record_start(airing, None)
        return
    aired = state.open if _is_open(state, airing.part) else turn.as_aired(airing)
    assert aired is not None
    if airing.ended:
        turn.change_on_air(aired=aired)
    else:
        turn.write_start(airing, evolve(aired, continued=True))


def _close_open(turn: Turn, until: float | None) -> None:
    """What the daemon before had on air is not there any more; see L{close_open}."""
    aired, resumed = turn.state.open, turn.state.resumed
    turn.change(open=None, left=aired or turn.state.left)
    if aired is None or (resumed is not None and resumed.ended):
        return
    close_open(turn, aired, until)


def _not_risen(turn: Turn, rising: Rising) -> None:
    """
    The link was lost while something was to go on air, and it is not there: want what would be
    there by now, had it gone on air; what is shown instead stays meanwhile.
    """
    airing = turn.state.on_air
    if airing is not None and not is_shown(airing.part, turn.state.foreground):
        leave_air(turn, rising.since, Ending.CASPAR)
        airing = None
    cue, cursor = rising.cue, turn.state.cursor
    if cue.part.item is not None:
        index = turn.state.playlist.index_of(cue.part.item.id)
        cursor = cursor if index is None else index + 1
    supposed = Airing(
        cue.serial,
        cue.part,
        rising.since,
        None,
        cue.sized,
        cue.available,
        cue.part.length or 0,
        cue.cause,
        cue.by,
        Confirmation.INFO,
    )
    as_if = evolve(turn.state, on_air=supposed, rising=None, cursor=cursor)
    wanted = due_now(as_if, turn.now, cue.attempt)
    turn.change(on_air=airing, rising=None, cue=None, wanted=wanted)


def _keep_cue(turn: Turn) -> None:
    """Compare the cue that was made with what is in the background: keep it, or make it anew."""
    cue = turn.state.cue
    if cue is not None and not (cue.seen and is_cued(cue.part, turn.state.background)):
        turn.change(cue=None)


def _resume(turn: Turn) -> None:
    """Both we and CasparCG were restarted: what the plan has on air now."""
    assert turn.state.resumed is not None
    wanted = due_after_restart(turn.state, turn.now)
    turn.change(wanted=wanted, resumed=None, entered=True)


def _find(state: State, foreground: Foreground, wall: float) -> int | None:
    """
    Which item the foreground is: the one that was on air when the daemon stopped, else the nearest
    one from the cursor on, since the same file may stand in the list more than once.
    """
    items = state.playlist.items
    fits = [n for n, item in enumerate(items) if is_shown(item_part(state.setup, item), foreground)]
    if not fits:
        return None
    resumed = state.resumed
    for n in fits:
        if resumed is not None and items[n].id == resumed.item_id:
            later = [m for m in fits if m > n]
            if not later or not _is_over(state, items[n], resumed.started_at, foreground, wall):
                return n
            return later[0]
    return min(fits, key=lambda n: (n < state.cursor - 1, abs(n - (state.cursor - 1))))


def _is_over(
    state: State, item: Item, started_at: float, foreground: Foreground, wall: float
) -> bool:
    """
    Whether C{item}, whose in point was on air at that instant of the wall clock, must have come to
    its end before what is shown began: it is another one with the same file.
    """
    part = item_part(state.setup, item)
    if not part.has_end or part.is_still:
        return False
    began = wall - float(max(0, position(state, part, foreground)) / state.setup.rate)
    return began > started_at + float(item.duration / state.setup.rate) - PATIENCE
