# -*- test-case-name: tests.playout.test_follow -*-
"""
Following what CasparCG shows: what is on air, confirmed; what ended, stands still, or is gone.

On air is what CasparCG shows, moving, not what it answered to a command (behaviour, surprises 1
and 2).
"""

from attrs import evolve

from ..amcp.commands import Clip, Live
from ..amcp.status import ChannelStatus, Foreground
from ..rundown.item import Item
from .ahead import due_now
from .asrun import Cause, Confirmation, Ending
from .likeness import is_cued, is_shown, position
from .seams import (
    end_airing,
    leave_air,
    leave_foreign,
    reason,
    stop_seen,
    watch_foreign,
    watch_stop,
    why_replaced,
)
from .state import PATIENCE, Airing, Cue, Part, Rising, State
from .tickclock import TickClock
from .turn import Turn

_LOST = 0.1
"""Seconds without any picture of ours before it is put back."""
_LAG = 0.2
"""Seconds after which telemetry surely shows what a command did (behaviour (c): 0.08)."""
_FOREIGN = 1.0
"""Seconds of somebody else's picture before ours is put back."""
_SETTLED = 2.0
"""Seconds after which a stumble is history."""
_STUTTER = 5
"""Ticks that a first frame may stay; more is no stutter but another clip's time."""
_STAYED = 60.0
"""Seconds on air after which an item that is lost is not blamed for having been lost before."""
_RESTORES = 3
"""How often one item is put back before it is given up."""


def shown(turn: Turn, status: ChannelStatus) -> None:
    """CasparCG says what the channel shows."""
    tick = None
    if status.tick is not None:
        if not _heard(turn, status, status.tick):
            return
        tick = turn.state.clock.tick if turn.state.clock is not None else None
    if status.rate is not None and status.rate != turn.state.rate:
        turn.change(rate=status.rate)
    layer = status.layer(turn.state.setup.layer)
    back = _went_back(turn.state.foreground, layer.foreground)
    turn.change(foreground=layer.foreground, background=layer.background)
    watch_stop(turn, tick)
    _identify(turn, tick, back)
    watch_foreign(turn, tick)
    turn.change(saw=turn.now.mono)


def _went_back(before: Foreground, after: Foreground) -> bool:
    """Whether the same file is at an earlier place than a moment ago: it was started again."""
    return before.name == after.name and after.time < before.time


def _heard(turn: Turn, status: ChannelStatus, counter: int) -> bool:
    """Take the time from a packet; whether it tells something new."""
    state, mono = turn.state, turn.now.mono
    rate = status.rate or state.rate or state.setup.rate
    clock = state.clock
    if clock is not None and clock.rate == rate and counter == clock.counter:
        return False
    if clock is None or (clock.rate, clock.channels) != (rate, state.channels):
        _forget_ticks(turn)
        clock = TickClock.started(rate, counter, mono, state.channels)
    elif counter < clock.counter:
        turn.system("CASPAR_RESTARTED")
        _forget_ticks(turn)
        clock = TickClock.started(rate, counter, mono, state.channels)
    else:
        clock = clock.heard(counter, mono)
    if state.silent:
        turn.notify("success", "CasparCG's telemetry is back")
    turn.change(clock=clock, heard=mono, silent=False)
    return True


def _forget_ticks(turn: Turn) -> None:
    """The server counts anew: keep the instant, drop the number."""
    airing = turn.state.on_air
    if airing is not None and airing.tick is not None:
        turn.change_on_air(started=turn.state.started(airing), tick=None)


def _pictured(part: Part, foreground: Foreground) -> bool:
    """Whether the first picture of C{part} is there; a file that is not open shows none yet."""
    if not part.has_end or part.is_still:
        return True
    return foreground.total > 0 and foreground.time >= foreground.clip_in


def _moves(state: State, part: Part, foreground: Foreground) -> bool:
    """Whether C{part} is not only named but running."""
    match part.source:
        case Clip() if part.is_still:
            return foreground.producer == "image"
        case Clip():
            running = foreground.producer in ("ffmpeg", "separated") or (
                foreground.producer == "transition" and foreground.transition not in (None, (0, 0))
            )
            return running and foreground.total > 0 and position(state, part, foreground) >= 1
        case Live():
            return foreground.producer == "decklink"
        case _:
            return True


def _identify(turn: Turn, tick: int | None, back: bool = False) -> None:
    """
    What is it that the layer shows?

    @param back: it is at an earlier place than a moment ago.
    """
    _notice_cue(turn)
    state = turn.state
    foreground, background = state.foreground, state.background
    gone = background.producer == "empty"
    still = state.on_air is not None and _is_still_on(state, state.on_air, foreground, tick)
    if still and gone and _same_again(state, turn.now.mono):
        still = False
    if state.rising is not None:
        # Right after its start a clip that is started again is where it would be anyway, or nearly.
        still = still and not back and state.rising.seen is None
        if gone and not still and is_shown(state.rising.cue.part, foreground):
            _rise(turn, state.rising, tick)
            return
    elif not still:
        # AUTO: the server itself cuts; to the cue before, when that one was replaced too late
        for cue in (state.cue, state.former):
            if cue is not None and _cut_to(state, cue, gone):
                rising = Rising(cue, turn.now.mono, turn.now.mono + PATIENCE)
                if _unasked(state, cue, turn.now.mono):
                    taken = evolve(cue, cause=Cause.CASPAR, by="", planned_at=None)
                    rising = evolve(rising, cue=taken)
                _rise(turn, rising, tick)
                return
    if state.on_air is None:
        return
    if is_shown(state.on_air.part, foreground):
        if state.on_air.missing is not None:
            turn.change_on_air(missing=None, gone=None)
        progress(turn, tick)
    elif state.rising is None:
        _missing(turn, state.on_air, foreground)


def _notice_cue(turn: Turn) -> None:
    """Remember that what was cued, or told to go on air, was seen in the background."""
    cue, rising, background = turn.state.cue, turn.state.rising, turn.state.background
    if cue is not None and not cue.seen and is_cued(cue.part, background):
        turn.change(cue=evolve(cue, seen=True))
    if rising is not None and not rising.cue.seen and is_cued(rising.cue.part, background):
        turn.change(rising=evolve(rising, cue=evolve(rising.cue, seen=True)))


def _same_again(state: State, mono: float) -> bool:
    """
    Whether a picture without a position, as an input, an image or the last frame of a clip, is on
    air once more: going by its cue, which is not in the background any more.
    """
    airing, rising = state.on_air, state.rising
    if airing is None or (airing.part.has_end and not (airing.part.is_still or airing.ended)):
        return False
    cue = state.cue if rising is None else rising.cue
    if cue is None or not is_shown(cue.part, state.foreground):
        return False
    return cue.seen or (rising is not None and mono - rising.since > _LAG)


def _cut_to(state: State, cue: Cue, gone: bool) -> bool:
    """Whether CasparCG went from what was on air to C{cue} by itself."""
    if not is_shown(cue.part, state.foreground) or not (gone or cue is state.former):
        return False
    if not (cue.auto or cue.seen):
        return False  # a packet from before a stop, which shows what is cued again now
    before = state.on_air is not None and is_shown(state.on_air.part, state.foreground)
    return cue.seen or not before or _jumped_back(state, state.foreground)


def _unasked(state: State, cue: Cue, mono: float) -> bool:
    """
    Whether C{cue} is on air though nothing here took it, nor what was before it came to its end:
    another client took it.
    """
    airing = state.on_air
    if cue.attempt or state.wanted is not None:
        return False  # a take of ours, that was believed to be lost
    if not cue.auto or airing is None:
        return not cue.auto
    if airing.ended or airing.broken or airing.length is None:
        return False
    end = state.started(airing) + float(airing.length / state.setup.rate)
    return mono < end - PATIENCE


def _jumped_back(state: State, foreground: Foreground) -> bool:
    """Whether the same clip runs again from an earlier frame than it must be at."""
    airing = state.on_air
    return airing is not None and position(state, airing.part, foreground) < 0


def _is_still_on(state: State, airing: Airing, foreground: Foreground, tick: int | None) -> bool:
    """Whether the foreground is still this airing, and not the same file again."""
    if not is_shown(airing.part, foreground) or not isinstance(airing.part.source, Clip):
        return is_shown(airing.part, foreground) and not isinstance(airing.part.source, Clip)
    at = position(state, airing.part, foreground)
    if airing.part.is_still or airing.part.source.loop:
        return True
    if airing.ended:
        return airing.length is None or at >= airing.length
    if tick is not None and airing.tick is not None:
        expected = state.frames(tick - airing.tick)
        return abs(expected - airing.slip - at) <= max(2, int(PATIENCE * state.setup.rate))
    return at >= 1


def _rise(turn: Turn, rising: Rising, tick: int | None) -> None:
    """What was to go on air is named; is it running?"""
    state, mono = turn.state, turn.now.mono
    if rising.seen is None:
        rising = evolve(rising, seen=mono, deadline=mono + PATIENCE)
        if not state.follows(mono):
            rising = evolve(rising, deadline=mono + 4 * PATIENCE)
        risen = state.cue is not None and state.cue.serial == rising.cue.serial
        turn.change(rising=rising, cue=None if risen else state.cue)
    if rising.tick is None and _pictured(rising.cue.part, state.foreground):
        rising = evolve(rising, tick=tick)
        turn.change(rising=rising)
    if not _moves(state, rising.cue.part, state.foreground):
        return
    cue = rising.cue
    stutter = 0
    # A loop has come round since, perhaps; telemetry saw it begin, a look did not.
    if not cue.part.is_still and (cue.part.has_end or (tick is None and _loops(cue.part))):
        at = max(0, position(state, cue.part, state.foreground))
        first = None if tick is None else tick - state.ticks(at)
        started = mono - float(at / state.setup.rate)
        if first is not None and rising.tick is not None:
            stutter = max(0, min(_STUTTER, first - rising.tick))
    else:
        first, started = rising.tick, rising.seen or mono
    if first is not None and state.clock is not None:
        started = state.clock.start_of(first)
    available = cue.available
    if state.foreground.total > 0 and cue.part.has_end:
        available = round(state.foreground.total * state.setup.rate) - cue.part.seek
    airing = Airing(
        cue.serial,
        cue.part,
        started,
        first,
        cue.sized,
        available,
        cue.part.length or 0,
        cue.cause,
        cue.by,
        Confirmation.INFO if tick is None else Confirmation.OSC,
        stutter,
        restores=cue.attempt if cue.cause is Cause.RECOVERY else 0,
    )
    go_on_air(turn, airing, cue.planned_at)


def _loops(part: Part) -> bool:
    return isinstance(part.source, Clip) and part.source.loop


def go_on_air(turn: Turn, airing: Airing, planned_at: float | None) -> None:
    """It is confirmed: it is on air, and what was there before is not any more."""
    started = turn.state.started(airing)
    stop_seen(turn, started)
    leave_air(turn, started, why_replaced(airing.cause, airing.by), airing.by)
    leave_foreign(turn, started, airing.tick)
    turn.change(on_air=airing, rising=None, cue=None, former=None, stopped=False, entered=True)
    if airing.part.item is not None:
        index = turn.state.playlist.index_of(airing.part.item.id)
        if index is not None:
            turn.change(cursor=index + 1)
            follow_item(turn, airing, turn.state.playlist.items[index])
        failed = {k: v for k, v in turn.state.failed.items() if k != airing.part.item.id}
        turn.change(failed=failed)
        if airing.part.item.hard_start is not None:
            turn.change(floor=turn.wall(turn.state.started(airing)))
    assert turn.state.on_air is not None
    turn.record_start(turn.state.on_air, planned_at)


def follow_item(turn: Turn, airing: Airing, edited: Item) -> bool:
    """
    The item on air was edited, now or while it was going on air: what is on air stays, but its
    graphics to come, and whether to stop after it, are the new ones.

    @return: whether that differs.
    """
    assert airing.part.item is not None
    item = evolve(
        airing.part.item,
        secondary_events=edited.secondary_events,
        stop_after=edited.stop_after,
    )
    if item == airing.part.item:
        return False
    turn.change_on_air(part=evolve(airing.part, item=item))
    return True


def progress(turn: Turn, tick: int | None) -> None:
    """What is on air goes on, comes to its end, or does not move."""
    state = turn.state
    airing, foreground = state.on_air, state.foreground
    assert airing is not None
    if airing.ended or not airing.part.has_end or airing.part.is_still:
        return
    at = position(state, airing.part, foreground)
    if airing.broken:
        _watch_broken(turn, airing, at, tick)
        return
    if foreground.paused:
        _resume_from(turn, at, tick)
        return
    end = round((foreground.clip_in + foreground.clip_length) * state.setup.rate)
    if foreground.clip_length > 0 and at + airing.part.seek >= end:
        frames = end - airing.part.seek
        turn.record_end(airing, frames, reason(state, airing, frames, Ending.END))
        turn.change_on_air(ended=True)
        return
    if tick is not None and airing.tick is not None:
        expected, patience = state.frames(tick - airing.tick), PATIENCE
    else:
        expected = round((turn.now.mono - state.started(airing)) * state.setup.rate)
        patience = 4 * PATIENCE
    lag = expected - at
    if lag > patience * state.setup.rate:
        turn.change_on_air(broken=True)
        turn.fail(airing.part, "it stands still on air", airing, max(0, at + 1))
    elif tick is None or airing.tick is None:
        if tick is not None:
            _resume_from(turn, at, tick)
    elif lag != airing.slip:
        turn.change_on_air(slip=lag, slip_since=turn.now.mono)
    elif lag and turn.now.mono - airing.slip_since > _SETTLED:
        turn.change_on_air(tick=tick - state.ticks(at), slip=0)


def _watch_broken(turn: Turn, airing: Airing, at: int, tick: int | None) -> None:
    """What stood still on air is there still: does it move again, as fast as it should?"""
    state, mono = turn.state, turn.now.mono
    if tick is None or airing.tick is None:
        return
    lag = state.frames(tick - airing.tick) - at
    if lag != airing.slip:
        turn.change_on_air(slip=lag, slip_since=mono)
        return
    if mono - airing.slip_since <= _SETTLED:
        return
    first = at - round((mono - airing.slip_since) * state.setup.rate)
    part, length = airing.part, airing.part.length
    left = [n if n is None else max(1, n - first) for n in (length, airing.told, airing.available)]
    resumed = evolve(
        airing,
        part=evolve(part, seek=part.seek + first, length=left[0]),
        started=mono - float((at - first) / state.setup.rate),
        tick=tick - state.ticks(at - first),
        told=left[1],
        available=left[2],
        expected=max(1, airing.expected - first),
        stutter=0,
        slip=0,
        broken=False,
        cause=Cause.RECOVERY,
        by="",
    )
    failed = {k: v for k, v in state.failed.items() if v.part.item != part.item}
    turn.change(on_air=resumed, failed=failed)
    turn.notify("success", f"{part.label} moves again")
    turn.record_start(resumed, None)


def _resume_from(turn: Turn, at: int, tick: int | None) -> None:
    """Count from where it is now."""
    started = turn.now.mono - float(at / turn.state.setup.rate)
    first = None if tick is None else tick - turn.state.ticks(at)
    turn.change_on_air(started=started, tick=first, slip=0)


def _missing(turn: Turn, airing: Airing, foreground: Foreground) -> None:
    """What should be on air is not shown: wait a moment, then put it back."""
    mono = turn.now.mono
    if airing.missing is None:
        # it was there when CasparCG was last heard; nobody knows for how long after that
        turn.change_on_air(missing=mono, gone=min(mono, max(turn.state.saw, airing.started)))
        return
    empty = foreground.producer == "empty"
    if mono - airing.missing < (_LOST if empty else _FOREIGN):
        return
    turn.notify("error", f"{airing.part.label} went off the air; it is put back")
    put_back(turn)


def put_back(turn: Turn) -> None:
    """
    What should be on air is not: want it at the offset where it would be, or what the schedule
    has there by now.
    """
    airing = turn.state.on_air
    if airing is None:
        return
    stayed = turn.now.mono - turn.state.started(airing) > _STAYED
    restores = 0 if stayed else airing.restores
    wanted = due_now(turn.state, turn.now, restores + 1)
    end_airing(turn, airing, turn.now.mono, Ending.CASPAR)
    turn.change(on_air=None, cue=None, rising=None, wanted=wanted)
    if restores >= _RESTORES and airing.part.item is not None:
        turn.fail(airing.part, "it does not stay on air")
        turn.change(wanted=None)
