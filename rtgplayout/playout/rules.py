# -*- test-case-name: tests.playout.test_rules -*-
"""
What one channel does about what happens to it: L{step}, a pure and total function.

Each event first changes what is known (L{follow <rtgplayout.playout.follow>}); then, whatever it
was, what should be is compared with what is (L{ahead <rtgplayout.playout.ahead>}), and the
difference is sent to CasparCG (L{cueing <rtgplayout.playout.cueing>}).
"""

from attrs import evolve

from ..amcp.commands import InfoChannel, Stop
from ..rundown.playlist import follow as follow_position
from . import cueing, secondary
from .adoption import adopt
from .ahead import endless, prospect, upcoming
from .asrun import Cause
from .effects import Effect
from .events import (
    Answered,
    Edited,
    Event,
    LinkLost,
    LinkUp,
    ModeSet,
    Now,
    PlayAsked,
    Shown,
    StopAsked,
    TakeAsked,
    Ticked,
    Unanswered,
)
from .follow import follow_item, shown
from .seams import stop_airing
from .state import PATIENCE, About, Rising, State, Wanted, item_part
from .status import Mode
from .turn import Turn

__all__ = ["refusal", "step"]

_JUMP = 0.5
"""Seconds by which the wall clock may be off the monotonic one before it is called a jump."""
_STEADY = 0.001
"""Seconds by which the two clocks may differ from before without anybody noting it down."""
_SLOWEST_LOOK = 0.5
"""Seconds after which what should be is worked out anew, though nothing happened."""
_SILENCE = 2.0
"""Seconds without OSC after which operators are told."""
_LOOK = 5.0
"""Seconds between two INFO while OSC is silent: asking often can crash the server (surprise 4)."""
_LOOK_SOON = 1.0
"""Seconds after a load, a take or an INFO when INFO may be asked while OSC is silent."""
_BLIND = 5.0
"""Seconds for which a take is given the benefit of the doubt when nothing is seen at all."""
_LAG = 0.2
"""Seconds after which what CasparCG says surely shows what a command did (behaviour (c): 0.08)."""


def step(state: State, event: Event, now: Now) -> tuple[State, tuple[Effect, ...]]:
    """What the channel is after C{event}, and what has to be done."""
    turn = Turn(state, now)
    _watch_clock(turn)
    _happen(turn, event)
    _decide(turn)
    return turn.state, tuple(turn.effects)


def refusal(state: State, event: TakeAsked | PlayAsked | StopAsked, now: Now) -> str | None:
    """Why an operator cannot have that now, as a sentence; L{None} when it can be done."""
    if not state.linked:
        return "CasparCG is not connected"
    match event:
        case TakeAsked():
            if not upcoming(state, now):
                return "there is nothing to take"
        case PlayAsked(item_id):
            if state.playlist.index_of(item_id) is None:
                return "there is no such item in the playlist"
        case StopAsked():
            pass
    return None


def _watch_clock(turn: Turn) -> None:
    """Notice when the wall clock jumps."""
    skew = turn.now.wall - turn.now.mono
    was = turn.state.skew
    if was is not None and abs(skew - was) > _JUMP:
        turn.notify("warning", f"the wall clock jumped by {skew - was:+.3f} s")
        turn.system("CLOCK_JUMPED", f"{skew - was:+.3f} s")
    if was is None or abs(skew - was) > _STEADY:
        turn.change(skew=skew)


def _happen(turn: Turn, event: Event) -> None:
    """Change what is known."""
    state = turn.state
    match event:
        case Ticked():
            pass
        case TakeAsked() | PlayAsked() | StopAsked() if refusal(state, event, turn.now):
            pass
        case Shown(status):
            if state.linked and not state.known:
                turn.change(known=True)
                adopt(turn, status)
            else:
                shown(turn, status)
        case Answered(token):
            asked = state.asked.get(token)
            if asked is not None:
                _forget(turn, token)
                cueing.answered(turn, asked, event)
        case Unanswered(token, why):
            asked = state.asked.get(token)
            if asked is not None:
                _forget(turn, token)
                cueing.unanswered(turn, asked, why)
        case LinkUp(status, channels):
            turn.change(
                linked=True, channels=channels, known=status is not None, asked_info=turn.now.mono
            )
            turn.change(look_at=turn.now.mono)
            if status is not None:
                adopt(turn, status)
        case LinkLost(reason):
            if state.linked:
                turn.notify("error", f"the link to CasparCG is lost: {reason}")
                turn.system("CASPAR_LOST", reason)
            rising = state.rising and evolve(state.rising, deadline=None)
            turn.change(linked=False, known=False, asked={}, rising=rising)
        case Edited():
            _edited(turn, event)
        case TakeAsked(by):
            following = upcoming(state, turn.now)[0]
            _want(turn, Wanted(item_part(state.setup, following), Cause.OPERATOR, by))
        case PlayAsked(item_id) if _is_on_its_way(state, item_id):
            pass
        case PlayAsked(item_id, by):
            item = state.playlist.items[state.playlist.positions[item_id]]
            failed = {k: v for k, v in state.failed.items() if k != item_id}
            turn.change(failed=failed)
            _want(turn, Wanted(item_part(state.setup, item), Cause.OPERATOR, by))
        case StopAsked(by):
            _stop(turn, by)
        case ModeSet(mode, _):
            turn.change(mode=mode, failed={})
            if mode is Mode.AUTO:
                turn.change(stopped=False)


def _forget(turn: Turn, token: int) -> None:
    """That command is answered, or never will be."""
    turn.change(asked={k: v for k, v in turn.state.asked.items() if k != token})


def _want(turn: Turn, wanted: Wanted) -> None:
    """An operator's wish goes before everything but what is just going on air."""
    turn.change(wanted=wanted, stopped=False, hush=0.0)


def _is_on_its_way(state: State, item_id: str) -> bool:
    """Whether an operator asked for that item already, and it is not on air yet."""
    rising, wanted = state.rising, state.wanted
    if wanted is not None:
        part, cause = wanted.part, wanted.cause
    elif rising is not None:
        part, cause = rising.cue.part, rising.cue.cause
    else:
        return False
    return cause is Cause.OPERATOR and part.item is not None and part.item.id == item_id


def _edited(turn: Turn, edited: Edited) -> None:
    """The playlist is another; what is on air stays, what comes next may not."""
    playlist, changes = edited.playlist, edited.changes
    cursor = min(follow_position(turn.state.cursor, changes), len(playlist.items))
    turn.change(playlist=playlist, cursor=cursor)
    airing = turn.state.on_air
    if airing is not None and airing.part.item is not None:
        index = playlist.index_of(airing.part.item.id)
        if index is not None:
            turn.change(cursor=index + 1)
            if follow_item(turn, airing, playlist.items[index]):
                secondary.skip_history(turn)
    wanted = turn.state.wanted
    if wanted is not None and wanted.part.item is not None:
        if wanted.cause is Cause.OPERATOR and playlist.index_of(wanted.part.item.id) is None:
            turn.change(wanted=None)


def _stop(turn: Turn, by: str) -> None:
    """Nothing on air, and nobody but an operator changes that."""
    airing = turn.state.on_air
    turn.send(Stop(turn.state.setup.target), About.OTHER, what="stop")
    stop_airing(turn, by)
    if airing is not None and airing.part.item is not None:
        index = turn.state.playlist.index_of(airing.part.item.id)
        if index is not None:
            turn.change(cursor=index)
    turn.change(
        mode=Mode.MANUAL,
        stopped=True,
        wanted=None,
        rising=None,
        cue=None,
        entered=True,
        resumed=None,
    )


def _decide(turn: Turn) -> None:
    """Compare what is with what should be."""
    _watch_telemetry(turn)
    state, mono = turn.state, turn.now.mono
    rising = state.rising
    if rising is not None and rising.deadline is not None and mono >= rising.deadline:
        if mono - rising.since < _BLIND and _nothing_known(state, rising, mono):
            turn.change(rising=evolve(rising, deadline=mono + PATIENCE))
            rising = None
    if rising is not None and rising.deadline is not None and mono >= rising.deadline:
        why = "it did not go on air" if rising.seen is None else "it does not start to move"
        cueing.rising_failed(turn, rising, why)
    if not (turn.state.linked and turn.state.known):
        turn.change(wake=None)
        return
    if turn.state.rising is not None:
        secondary.fire_due(turn, turn.state.cut)
        turn.change(wake=turn.state.rising.deadline)
        return
    if mono < turn.state.look_at and turn.state.basis == _basis(turn.state):
        return
    ahead = prospect(turn.state, turn.now)
    cueing.keep_length(turn, ahead.cut)
    cueing.prepare(turn, ahead.aim)
    cueing.ask_again(turn)
    cueing.take(turn, ahead.aim)
    secondary.fire_due(turn, ahead.cut)
    wake = _wake(turn, None if ahead.aim is None else ahead.aim.take_at)
    look_at = min(mono + _SLOWEST_LOOK, mono + _SLOWEST_LOOK if wake is None else wake)
    turn.change(wake=wake, look_at=look_at, basis=_basis(turn.state))


def _nothing_known(state: State, rising: Rising, mono: float) -> bool:
    """
    Whether CasparCG has not yet said what came of a take: it stood still, or what it says waits to
    be read. What it said before it answered is of the time before.
    """
    told = rising.seen or rising.taken or rising.since
    return state.saw <= told + _LAG or (state.follows(mono) and state.saw < mono - _LAG)


def _basis(state: State) -> tuple[object, ...]:
    """What a decision rests on, besides the time: the same basis, the same decision."""
    return (
        state.on_air,
        state.rising,
        state.cue,
        state.wanted,
        state.playlist,
        state.cursor,
        state.failed,
        state.mode,
        state.stopped,
        endless(state.foreground),
    )


def _wake(turn: Turn, take_at: float | None) -> float | None:
    """When something is due that should not wait for the next tick."""
    state, mono = turn.state, turn.now.mono
    due = [] if take_at is None or take_at <= mono else [take_at]
    if state.rising is not None and state.rising.deadline is not None:
        due.append(state.rising.deadline)
    if state.cue is not None and state.cue.ask_at is not None:
        due.append(state.cue.ask_at)
    airing = state.on_air
    if airing is not None and airing.part.item is not None:
        for event in airing.part.item.secondary_events:
            at = secondary.due_at(state, airing, event, state.cut)
            if event.id not in airing.fired and at is not None and at > mono:
                due.append(at)
    return min(due, default=None)


def _watch_telemetry(turn: Turn) -> None:
    """Notice when OSC stops, and look by INFO instead, rarely."""
    state, mono = turn.state, turn.now.mono
    if not state.linked:
        return
    if state.follows(mono):
        return
    quiet = state.heard is None or mono - state.heard > _SILENCE
    if quiet and state.heard is not None and not state.silent:
        turn.change(silent=True)
        turn.notify("warning", "CasparCG's telemetry (OSC) is silent; looking by INFO instead")
        turn.system("TELEMETRY_SILENT")
    if any(asked.about is About.INFO for asked in state.asked.values()):
        return
    waits = state.rising is not None or state.stopping is not None
    soon = not state.known or waits or _junction_passed(state, mono)
    calm = mono - state.touched >= _LOOK_SOON
    if calm and mono - state.asked_info >= (_LOOK_SOON if soon else _LOOK):
        turn.change(asked_info=mono)
        turn.send(InfoChannel(state.setup.channel), About.INFO)


def _junction_passed(state: State, mono: float) -> bool:
    """Whether what is on air should have ended a moment ago."""
    airing = state.on_air
    if airing is None or airing.ended or airing.length is None:
        return False
    end = state.started(airing) + float(airing.length / state.setup.rate)
    return end + 0.5 <= mono < end + 10
