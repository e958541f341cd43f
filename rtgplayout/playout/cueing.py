# -*- test-case-name: tests.playout.test_cueing -*-
"""
Cueing and taking: loading what comes next behind what is on air, finding out in time whether it
can be shown, and putting it on air where CasparCG does not do that by itself.

A cue is loaded without LENGTH, since C{CALLBG LENGTH} tells whether the file could be opened only
then (behaviour (b)). It says so some milliseconds late (measured: 2 to 8 after the answer to
LOADBG), so it is asked again before a file is called bad. If the clip is to end before its file
does, C{CALLBG LENGTH n} says where.
"""

from attrs import evolve

from ..amcp.commands import (
    AskCueLength,
    CallLength,
    Clip,
    Empty,
    LoadBackground,
    Play,
    SetCueLength,
    Source,
)
from .ahead import Aim
from .asrun import Cause, Ending
from .events import Answered, Why
from .seams import end_airing, leave_air, why_replaced
from .state import (
    GUARD,
    PATIENCE,
    About,
    Asked,
    Cue,
    Part,
    Rising,
    Stage,
    State,
    Wanted,
    item_part,
)
from .status import Mode
from .turn import Turn

_UNOPENED = 2**63 - 1
"""What C{CALLBG LENGTH} answers for a file that could not be opened (behaviour (b))."""
_OPENING = 0.5
"""Seconds that a file may take to open."""
_ASK_AGAIN = 0.02
"""Seconds between two questions whether it is open."""
_ANSWER = 1.0
"""Seconds within which CasparCG has to say something to a take, when its telemetry is heard."""
_HUSH = 0.5
"""Seconds before a command that was not answered, or was locked out, is tried again."""
_TRIES = 3
"""How often something that CasparCG does not answer is tried before another item is."""
_OVERLOADED = (503, 504)
"""Answers that say nothing about the item: another client has the lock, or the queue is full."""


def prepare(turn: Turn, aim: Aim | None) -> None:
    """Have what C{aim} says loaded behind what is on air."""
    state = turn.state
    if any(asked.about is About.INFO for asked in state.asked.values()):
        return  # a load while INFO is being answered can crash the server (surprise 4)
    cue = state.cue
    if aim is None:
        if cue is not None and not _too_late(turn):
            turn.send(LoadBackground(state.setup.target, Empty()), About.OTHER, what="no cue")
            turn.change(cue=None, former=cue)
        return
    if cue is not None and _shows_same(cue.part, aim.part):
        if cue.part.item != aim.part.item or cue.planned_at != aim.planned_at:
            cue = evolve(cue, part=evolve(cue.part, item=aim.part.item), planned_at=aim.planned_at)
        cue = evolve(cue, cause=aim.cause, by=aim.by)
        turn.change(cue=cue)
        due = aim.take_at is not None and aim.take_at <= turn.now.mono
        if cue.stage is Stage.READY and not due and not _too_late(turn):
            _fit(turn, cue, aim)
        return
    if turn.now.mono < state.hush or (aim.take_at is None and _too_late(turn)):
        return
    serial = turn.next_serial()
    new = Cue(
        serial,
        aim.part,
        aim.auto,
        turn.now.mono,
        cause=aim.cause,
        by=aim.by,
        planned_at=aim.planned_at,
        attempt=aim.attempt,
    )
    if aim.part.is_still:
        new = evolve(new, sized=aim.part.length)
    turn.change(cue=new, former=cue)
    load = LoadBackground(state.setup.target, source(state, new), aim.auto)
    turn.send(load, About.CUE, serial, aim.part.label)


def source(state: State, cue: Cue) -> Source:
    """What CasparCG is to load for a cue, in its ticks."""
    part = cue.part
    if not isinstance(part.source, Clip):
        return part.source
    if part.is_still:
        # the server goes on from an image one tick before its LENGTH (read in its source)
        return evolve(part.source, length=state.ticks(cue.sized or 1) + 1)
    return evolve(
        part.source,
        seek=state.ticks(part.seek),
        length=None if cue.sized is None else state.ticks(cue.sized),
    )


def _shows_same(one: Part, other: Part) -> bool:
    """Whether two parts start the same picture; they may differ in length, and in words."""
    same_item = (one.item.id if one.item else None) == (other.item.id if other.item else None)
    return same_item and (one.source, one.seek) == (other.source, other.seek)


def _too_late(turn: Turn) -> bool:
    """Whether the cut that CasparCG makes by itself is so near that the cue must be left alone."""
    state = turn.state
    airing = state.on_air
    if state.cue is None or not state.cue.auto or airing is None or airing.length is None:
        return False
    if airing.ended or airing.broken:
        return False
    end = state.started(airing) + float(airing.length / state.setup.rate)
    return -1.0 < end - turn.now.mono < GUARD / state.setup.rate


def _fit(turn: Turn, cue: Cue, aim: Aim) -> None:
    """Make a cue that is ready as long, and as automatic, as it is to be."""
    sized = wanted_size(cue, aim.part.length)
    if sized == cue.sized and aim.auto == cue.auto:
        return
    reload = aim.auto != cue.auto or cue.part.is_still or cue.available is None
    fitted = evolve(cue, auto=aim.auto, part=evolve(cue.part, length=aim.part.length))
    _size(turn, fitted, sized, reload)


def _size(turn: Turn, cue: Cue, sized: int | None, reload: bool = False) -> None:
    """Tell CasparCG how long the cue is to be."""
    target = turn.state.setup.target
    cue = evolve(cue, sized=sized, stage=Stage.SIZING)
    turn.change(cue=cue)
    if reload:
        load = LoadBackground(target, source(turn.state, cue), cue.auto)
        turn.send(load, About.SIZE, cue.serial, cue.part.label)
    else:
        length = turn.state.ticks(sized or cue.available or 1)
        turn.send(SetCueLength(target, length), About.SIZE, cue.serial, cue.part.label)


def ask_again(turn: Turn) -> None:
    """Ask once more whether the cue's file is open by now."""
    cue = turn.state.cue
    if cue is None or cue.ask_at is None or turn.now.mono < cue.ask_at:
        return
    turn.change(cue=evolve(cue, ask_at=None))
    turn.send(AskCueLength(turn.state.setup.target), About.PROBE, cue.serial, cue.part.label)


def wanted_size(cue: Cue, length: int | None) -> int | None:
    """The LENGTH to send: none when the file ends there, or before, by itself."""
    if not cue.part.has_end or length is None:
        return None
    if cue.part.is_still:
        return length
    return length if cue.available is None or length < cue.available else None


def keep_length(turn: Turn, cut: int | None) -> None:
    """Have what is on air end where it is to end, by CasparCG's own count."""
    state = turn.state
    airing = state.on_air
    turn.change(cut=cut)
    if airing is None or cut is None or airing.length is None or airing.ended or airing.broken:
        return
    if airing.part.is_still or airing.part.item is None:
        return
    cut = cut if airing.available is None else min(cut, airing.available)
    if cut == airing.length or cut < 1:
        return
    now_at = round((turn.now.mono - state.started(airing)) * float(state.setup.rate))
    if min(cut, airing.length) - now_at < GUARD:
        return
    turn.change_on_air(told=cut)
    turn.send(
        CallLength(state.setup.target, state.ticks(cut)), About.LENGTH, airing.serial, "length"
    )


def take(turn: Turn, aim: Aim | None) -> None:
    """Put the cue on air when its time has come."""
    state = turn.state
    cue = state.cue
    if aim is None or aim.take_at is None or cue is None or cue.stage is not Stage.READY:
        return
    if not _shows_same(cue.part, aim.part) or turn.now.mono < aim.take_at:
        return
    turn.send(Play(state.setup.target), About.TAKE, cue.serial, cue.part.label)
    turn.change(
        cue=None,
        former=None,
        wanted=None,
        rising=Rising(cue, turn.now.mono, turn.now.mono + _ANSWER),
    )


def answered(turn: Turn, asked: Asked, answer: Answered) -> None:
    """CasparCG answered something that was asked for a cue or a take."""
    state = turn.state
    good = 200 <= answer.code < 300
    match asked.about:
        case About.CUE if state.cue is not None and state.cue.serial == asked.serial:
            if good:
                _loaded(turn, state.cue)
            else:
                _cue_refused(turn, state.cue, answer.code)
        case About.PROBE if state.cue is not None and state.cue.serial == asked.serial:
            _probed(turn, state.cue, answer if good else None)
        case About.SIZE if state.cue is not None and state.cue.serial == asked.serial:
            if good:
                turn.change(cue=evolve(state.cue, stage=Stage.READY), former=None)
            else:
                _cue_refused(turn, state.cue, answer.code)
        case About.TAKE if state.rising is not None and state.rising.cue.serial == asked.serial:
            if not good:
                rising_failed(turn, state.rising, f"CasparCG refused it ({answer.code})")
            elif state.rising.seen is None and state.follows(turn.now.mono):
                mono = turn.now.mono
                turn.change(rising=evolve(state.rising, taken=mono, deadline=mono + PATIENCE))
        case About.LENGTH if not good and state.on_air is not None:
            if state.on_air.serial == asked.serial:
                turn.change_on_air(told=None)
        case About.OTHER if not good:
            turn.notify("warning", f"CasparCG refused {asked.what} ({answer.code})")
        case _:
            pass


def unanswered(turn: Turn, asked: Asked, why: Why) -> None:
    """Something that was asked for a cue or a take will not be answered."""
    state = turn.state
    match asked.about:
        case About.CUE | About.SIZE if state.cue and state.cue.serial == asked.serial:
            if why is Why.UNSENDABLE:
                cue_failed(turn, state.cue, why.value)
            elif why is Why.LINK_LOST:
                turn.change(cue=None)
            elif state.tries + 1 < _TRIES:
                _try_again(turn)
            else:
                cue_failed(turn, state.cue, why.value)
        case About.PROBE if state.cue is not None and state.cue.serial == asked.serial:
            if why is not Why.LINK_LOST:
                _probed(turn, state.cue, None)
        case About.TAKE if state.rising is not None and state.rising.cue.serial == asked.serial:
            if why is Why.LINK_LOST:
                turn.change(rising=evolve(state.rising, deadline=None))
            elif state.rising.seen is None:
                rising_failed(turn, state.rising, f"the take was {why.value}")
        case About.LENGTH if state.on_air is not None:
            if state.on_air.serial == asked.serial:
                turn.change_on_air(told=None)
        case About.OTHER if why is not Why.LINK_LOST:
            turn.notify("warning", f"{asked.what}: {why.value}")
        case _:
            pass


def _loaded(turn: Turn, cue: Cue) -> None:
    """The name exists; can the file be opened?"""
    turn.change(former=None, tries=0)
    if not isinstance(cue.part.source, Clip) or cue.part.is_still:
        turn.change(cue=evolve(cue, stage=Stage.READY))
        return
    turn.change(cue=evolve(cue, stage=Stage.PROBING, since=turn.now.mono))
    turn.send(AskCueLength(turn.state.setup.target), About.PROBE, cue.serial, cue.part.label)


def _probed(turn: Turn, cue: Cue, answer: Answered | None) -> None:
    """The file's length is known, or that it has none, or nothing at all."""
    length = _number(answer.body) if answer is not None else None
    if answer is not None and answer.body and length is None:
        length = _UNOPENED
    if length is None:
        # not a file with a length, or no longer in the background: telemetry will tell
        turn.change(cue=evolve(cue, stage=Stage.READY))
        return
    if length >= _UNOPENED and turn.now.mono - cue.since < _OPENING:
        turn.change(cue=evolve(cue, ask_at=turn.now.mono + _ASK_AGAIN))
        return
    if length >= _UNOPENED or length <= 0:
        reason = "the file cannot be opened" if length > 0 else "it ends before its in point"
        cue_failed(turn, cue, reason)
        return
    available = turn.state.frames(length)
    known = evolve(cue, available=available)
    wanted = cue.part.length
    if wanted is not None and available < wanted and cue.part.item is not None:
        short = float((wanted - available) / turn.state.setup.rate)
        turn.notify("warning", f"{cue.part.label}: the file is {short:.2f} s shorter than planned")
    sized = wanted_size(known, wanted)
    if sized is None:
        turn.change(cue=evolve(known, stage=Stage.READY))
        return
    _size(turn, known, sized)


def _number(body: str) -> int | None:
    """The number in an answer."""
    try:
        return int(body.strip())
    except ValueError:
        return None


def _cue_refused(turn: Turn, cue: Cue, code: int) -> None:
    """CasparCG did not load it; what was cued before is still there (behaviour (b))."""
    if code in _OVERLOADED:
        if turn.state.tries == _TRIES:
            turn.notify("warning", f"CasparCG refuses what is to be cued ({code})")
        _try_again(turn)
    else:
        reason = "no such file" if code == 404 else f"CasparCG refused it ({code})"
        cue_failed(turn, cue, reason)


def _try_again(turn: Turn) -> None:
    """It is not known to be the item's fault."""
    turn.change(cue=None, hush=turn.now.mono + _HUSH, tries=turn.state.tries + 1)


def cue_failed(turn: Turn, cue: Cue, reason: str) -> None:
    """It cannot be shown: the next one is cued instead."""
    turn.fail(cue.part, reason)
    turn.change(cue=None, wanted=None, tries=0)


def rising_failed(turn: Turn, rising: Rising, reason: str) -> None:
    """
    What was to be on air is not: the next rung of the ladder.

    A take that changed nothing is tried once more, from where the item would be by now; what was
    seen and does not move is broken (behaviour (d)), and the next item takes its place.
    """
    cue = rising.cue
    turn.change(rising=None)
    if rising.seen is None and cue.attempt == 0 and cue.part.item is not None:
        late = turn.now.mono - rising.since
        seek = cue.part.seek + round(late * float(turn.state.setup.rate))
        item = cue.part.item
        if cue.part.has_end and not cue.part.is_still and seek < item.out_point:
            part = item_part(turn.state.setup, item, seek)
        else:
            part = cue.part
        turn.notify("warning", f"{cue.part.label}: {reason}; it is tried once more")
        turn.change(wanted=Wanted(part, Cause.FALLBACK, cue.by, 1))
        return
    airing = turn.state.on_air
    if airing is not None and rising.seen is not None:
        end_airing(turn, airing, rising.seen, why_replaced(cue.cause, cue.by), cue.by)
        turn.change_on_air(ended=True, broken=True)
    turn.fail(cue.part, reason)
    turn.change(wanted=None)
    if turn.state.mode is Mode.MANUAL and rising.seen is not None:
        leave_air(turn, turn.now.mono, Ending.BROKEN)
