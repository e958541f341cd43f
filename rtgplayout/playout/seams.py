# -*- test-case-name: tests.playout.test_seams -*-
"""
Where one airing ends and another begins: each that was written into the as-run log is closed there,
once, with why it ended; and what nobody here asked for is written down as well.
"""

from attrs import evolve

from . import secondary
from .asrun import Aired, Cause, Ending, PlayEnd, PlayStart, PlayStop
from .likeness import is_shown, name_of
from .state import Airing, Foreign, State, Stopping
from .turn import Turn

__all__ = [
    "adopt_foreign",
    "close_open",
    "end_airing",
    "frames_until",
    "leave_air",
    "leave_foreign",
    "reason",
    "stop_airing",
    "stop_seen",
    "watch_foreign",
    "watch_stop",
    "why_replaced",
]

_OBEYED = 1.0
"""Seconds after which what was stopped, and is shown still, was not stopped."""
_SURE = 0.5
"""Seconds after which somebody else's picture on our layer is no passing one."""
_REPLACED = {
    Cause.HARD_START: Ending.HARD_START,
    Cause.OPERATOR: Ending.TAKE,
    Cause.CASPAR: Ending.CASPAR,
}


def why_replaced(cause: Cause, by: str) -> Ending:
    """Why something ends in whose place something else goes on air, for that cause."""
    return Ending.TAKE if by else _REPLACED.get(cause, Ending.END)


def frames_until(state: State, airing: Airing, at: float) -> int:
    """How many of its frames were shown at that instant of the monotonic clock."""
    at = at if airing.gone is None else min(at, airing.gone)
    frames = round((at - state.started(airing)) * state.setup.rate)
    return max(0, frames if airing.length is None else min(frames, airing.length))


def reason(state: State, airing: Airing, frames: int, why: Ending) -> Ending:
    """Why an airing is over after C{frames} frames: C{why}, unless it was over by itself."""
    item = airing.part.item
    if item is None or why is Ending.CASPAR:
        return why
    whole = item.out_point - airing.part.seek
    if airing.part.has_end and airing.available is not None:
        whole = min(whole, airing.available)
    if frames >= whole - 1:
        return Ending.END
    cuts = [cut for cut in (airing.told, state.cut) if cut is not None and cut < whole]
    return Ending.HARD_START if why is Ending.END and cuts else why


def end_airing(turn: Turn, airing: Airing, at: float, why: Ending, by: str = "") -> None:
    """Write down that it went off the air at C{at}, or before, unless its end is written."""
    if airing.ended or airing.broken:
        return
    frames = frames_until(turn.state, airing, at)
    why = reason(turn.state, airing, frames, why)
    turn.record_end(airing, frames, why, by if why is Ending.TAKE else "")


def leave_air(turn: Turn, at: float, why: Ending, by: str = "") -> None:
    """
    What is on air goes off it.

    @param at: the monotonic clock.
    @param by: the operator who put something else there.
    """
    airing = turn.state.on_air
    if airing is None:
        return
    end_airing(turn, airing, at, why, by)
    turn.change(on_air=None)
    secondary.close(turn, airing)


# What an operator stops is over when CasparCG does not show it any more.


def stop_airing(turn: Turn, by: str) -> None:
    """An operator had the layer stopped; what was on air is in a moment no more."""
    airing, foreign = turn.state.on_air, turn.state.foreign
    if airing is not None:
        turn.change(on_air=None, stopping=Stopping(airing, by, turn.now.mono))
        secondary.close(turn, airing)
    elif foreign is not None:
        turn.change(foreign=evolve(foreign, stopped_by=by))


def stop_seen(turn: Turn, at: float) -> None:
    """What was stopped is not shown any more since that instant of the monotonic clock."""
    stopping = turn.state.stopping
    if stopping is None:
        return
    airing = stopping.airing
    closed = airing.ended or airing.broken
    frames = 0 if closed else frames_until(turn.state, airing, max(at, stopping.since))
    turn.change(stopping=None)
    turn.record_stop(airing, frames, stopping.by)


def watch_stop(turn: Turn, tick: int | None) -> None:
    """CasparCG told what it shows: is what was stopped gone?"""
    state = turn.state
    stopping = state.stopping
    if stopping is None:
        return
    if not is_shown(stopping.airing.part, state.foreground):
        if tick is None or state.clock is None:  # it was told of late
            stop_seen(turn, stopping.since + float(1 / state.setup.rate))
        else:
            stop_seen(turn, state.clock.start_of(tick))
    elif turn.now.mono - stopping.since > _OBEYED and state.rising is None:
        airing = stopping.airing
        turn.change(stopping=None, on_air=airing)
        item = airing.part.item
        index = None if item is None else state.playlist.index_of(item.id)
        if index is not None:
            turn.change(cursor=index + 1)
        turn.notify("error", f"{airing.part.label} was stopped, and CasparCG shows it still")


# What somebody else shows on our layer.


def _foreign_name(state: State) -> str:
    """The name of what is on our layer and is not ours; empty when there is none."""
    shown = state.foreground
    if shown.producer == "empty" or (state.on_air and is_shown(state.on_air.part, shown)):
        return ""
    parts = [cue.part for cue in (state.cue, state.former) if cue is not None]
    parts += [state.rising.cue.part] if state.rising is not None else []
    parts += [state.stopping.airing.part] if state.stopping is not None else []
    parts += [failure.part for failure in state.failed.values()]
    return "" if any(is_shown(part, shown) for part in parts) else name_of(shown)


def watch_foreign(turn: Turn, tick: int | None) -> None:
    """CasparCG told what it shows: write down what is somebody else's, and when it goes."""
    state, mono = turn.state, turn.now.mono
    name, foreign = _foreign_name(state), state.foreign
    if foreign is not None and foreign.name != name:
        _end_foreign(turn, foreign, tick, turn.now.wall)
        foreign = None
    if not name or not state.known:
        return
    if foreign is None:
        first = round(state.foreground.time * state.setup.rate)
        turn.change(foreign=Foreign(name, mono, tick, first))
    elif foreign.aired is None and state.on_air is None and mono - foreign.since >= _SURE:
        aired = Aired("", name, turn.wall(foreign.since), None, foreign.first_frame, None)
        _start_foreign(turn, foreign, aired, Cause.CASPAR)


def _start_foreign(turn: Turn, foreign: Foreign, aired: Aired, cause: Cause) -> None:
    turn.change(foreign=evolve(foreign, aired=aired))
    turn.record(PlayStart(turn.place, aired, foreign.tick, cause, "", turn.confirmation()))


def leave_foreign(turn: Turn, at: float, tick: int | None) -> None:
    """Ours is there since that instant of the monotonic clock, instead of somebody else's."""
    foreign = turn.state.foreign
    if foreign is not None:
        _end_foreign(turn, foreign, tick, turn.wall(max(at, foreign.since)))


def _end_foreign(turn: Turn, foreign: Foreign, tick: int | None, at: float) -> None:
    """It is not there any more since C{at}, in seconds since the epoch."""
    turn.change(foreign=None)
    if foreign.aired is None:
        return
    state, how = turn.state, turn.confirmation()
    frames = max(0, round((at - foreign.aired.at) * state.setup.rate))
    if foreign.stopped_by is not None:
        by = foreign.stopped_by
        turn.record(PlayStop(turn.place, foreign.aired, at, frames, tick, by, how))
        return
    ours = state.on_air if state.rising is None else state.rising.cue
    why, by = Ending.CASPAR, ""
    if ours is not None and is_shown(ours.part, state.foreground):
        why, by = why_replaced(ours.cause, ours.by), ours.by
        why = Ending.RECOVERY if why is Ending.END else why
    turn.record(PlayEnd(turn.place, foreign.aired, at, frames, tick, why, by, how))


# What the daemon before this one wrote down, and did not close.


def adopt_foreign(turn: Turn, aired: Aired) -> bool:
    """Whether the airing before is somebody else's picture that is there still; so it goes on."""
    name = _foreign_name(turn.state)
    if not name or (aired.item_id, aired.cover, aired.file) != ("", "", name):
        return False
    since = turn.now.mono_at(aired.at)
    foreign = Foreign(name, since, None, aired.first_frame)
    _start_foreign(turn, foreign, evolve(aired, continued=True), Cause.RECOVERY)
    return True


def close_open(turn: Turn, aired: Aired, until: float | None) -> None:
    """
    What was on air under another daemon is not any more.

    @param until: seconds since the epoch from which on something else is on air, so that it was
        there until then, or came to its end before; L{None} when nobody knows.
    """
    if until is None or until < aired.at:
        turn.record_unknown(aired, "it went off the air while nobody looked")
        return
    rate = turn.state.setup.rate
    frames = round((until - aired.at) * rate)
    why = Ending.CASPAR
    if aired.planned is not None and frames >= aired.planned - 1:
        frames, why = aired.planned, Ending.END
    elif aired.cover:
        why = Ending.END
    at = aired.at + float(frames / rate)
    how = turn.confirmation()
    turn.change(left=aired)
    turn.record(PlayEnd(turn.place, aired, at, frames, None, why, "", how))
