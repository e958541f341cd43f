# -*- test-case-name: tests.playout.test_ahead -*-
"""
Looking ahead: what has to come next, when, and who makes the cut.

The plan is laid out from what is on air over the items that follow, at most L{HORIZON} of them,
so that a decision costs the same in a list of ten thousand.
"""

from itertools import islice

from attrs import evolve, frozen

from ..amcp.status import Foreground
from ..rundown.item import Item
from ..rundown.playlist import Playlist
from ..rundown.schedule import Anchor, Planned, Schedule, first_start, schedule
from ..rundown.timing import resolve
from .asrun import Cause
from .events import Now
from .state import GUARD, Airing, Cover, Part, State, Wanted, cover_part, item_part
from .status import Mode

HORIZON = 50
"""How many items ahead the plan is laid out."""

NOW = float("-inf")
"""As C{take_at}: without waiting."""

_COVERED = 2.0
"""Seconds from which on a gap is covered; a shorter one holds the last frame."""
_RETRY = 60.0
"""Seconds after which an item that failed may be tried again: its file may have arrived."""
_NEVER = 2**31
"""C{frames_left} from which on there is no end (behaviour, surprise 11)."""
_LEAD = 0.1
"""Seconds that a cold start takes to be on air (behaviour (c))."""
_IMMINENT = 3.0
"""Seconds before a hard start within which it goes before an item that waits for the operator."""


@frozen
class Aim:
    """
    What has to be cued, and how it gets on air.

    @ivar auto: CasparCG cuts to it when what is on air ends.
    @ivar take_at: the monotonic clock at which to send the take; L{None} to leave it to CasparCG
        or to the operator.
    @ivar planned_at: seconds since the epoch at which it is meant to start.
    """

    part: Part
    auto: bool = False
    take_at: float | None = None
    cause: Cause = Cause.SCHEDULE
    by: str = ""
    planned_at: float | None = None
    attempt: int = 0


@frozen
class Prospect:
    """
    @ivar aim: what to cue; L{None} when there is nothing to come.
    @ivar cut: the length that what is on air is to have, from its C{part.seek}; L{None} to leave
        it as it is.
    """

    aim: Aim | None = None
    cut: int | None = None


def playable(state: State, item: Item, now: Now) -> bool:
    """Whether C{item} did not fail, or was changed since, or long enough ago."""
    failure = state.failed.get(item.id)
    if failure is None or now.mono - failure.at > _RETRY:
        return True
    was = failure.part.item
    return was is None or (was.file, was.kind) != (item.file, item.kind)


def upcoming(state: State, now: Now, far: bool = False) -> tuple[Item, ...]:
    """
    The items to come, as far as the plan looks: to the next hard start, which is all that the next
    junction depends on, or beyond it when C{far}.
    """
    found: list[Item] = []
    for listed in islice(state.playlist.items, state.cursor, None):
        if playable(state, listed, now):
            target = hard_target(state, listed, now)
            late = target is not None and target <= state.floor
            found.append(evolve(listed, hard_start=None) if late else listed)
            if len(found) == HORIZON or (target is not None and not late and not far):
                break
    return tuple(found)


def plan_from(state: State, airing: Airing, now: Now, far: bool = False) -> Schedule:
    """The schedule from an item on air on; its first entry is that item."""
    assert airing.part.item is not None
    head = airing.part.item
    skipped = airing.part.seek - head.in_point
    if airing.available is not None and airing.part.has_end and not airing.part.is_still:
        head = evolve(head, duration=max(1, min(head.duration, skipped + airing.available)))
    started = state.in_point_started(airing)
    played = max(0, round((now.mono - started) * state.setup.rate))
    if airing.length is not None and skipped + airing.length - played <= GUARD + 2:
        head = evolve(head, duration=max(1, skipped + airing.length))  # too late to change that
    sequel = Playlist(state.setup.rate, (head, *upcoming(state, now, far)))
    anchor = Anchor(0, now.wall_at(started), played)
    return schedule(sequel, anchor, state.setup.zone, minimum=state.setup.minimum_trim)


def plan_at(state: State, start: float, now: Now, far: bool = False) -> Schedule:
    """The schedule of the items to come, were the first one started at C{start}."""
    sequel = Playlist(state.setup.rate, upcoming(state, now, far))
    return schedule(sequel, Anchor(0, start), state.setup.zone, minimum=state.setup.minimum_trim)


def runs_on(state: State) -> bool:
    """Whether the channel goes on by itself after what is on air."""
    if state.mode is Mode.AUTO:
        return True
    item = state.on_air.part.item if state.on_air else None
    return state.mode is Mode.ASSISTED and not (item is not None and item.stop_after)


def cover(state: State) -> Part | None:
    """What stands in: the filler, the slate when that failed or is not there, or nothing."""
    for kind, name in ((Cover.FILLER, state.setup.filler), (Cover.SLATE, state.setup.slate)):
        if name is not None and kind.value not in state.failed:
            return cover_part(state.setup, kind, name)
    return None


def prospect(state: State, now: Now) -> Prospect:
    """What has to come next, as of now."""
    if state.wanted is not None:
        w = state.wanted
        return Prospect(Aim(w.part, False, NOW, w.cause, w.by, None, w.attempt))
    airing = state.on_air
    if airing is None:
        return Prospect(_from_nothing(state, now))
    if airing.part.item is None:
        return Prospect(_from_hold(state, now, airing, state.mode is not Mode.MANUAL))
    if airing.broken:
        if state.mode is Mode.MANUAL:
            stand_in = cover(state)
            return Prospect(Aim(stand_in, False, NOW, Cause.FALLBACK) if stand_in else None)
        return Prospect(_from_hold(state, now, airing, True, Cause.FALLBACK))
    if airing.ended:
        return Prospect(_from_hold(state, now, airing, runs_on(state)))
    return _from_running(state, airing, now)


def _from_running(state: State, airing: Airing, now: Now) -> Prospect:
    """An item runs: what follows it, and where it has to end."""
    assert airing.part.item is not None
    plan = plan_from(state, airing, now)
    head = plan.entries[0]
    following = next((e for e in plan.entries[1:] if not e.dropped), None)
    skipped = airing.part.seek - airing.part.item.in_point
    whole = head.item.duration - skipped
    if state.mode is Mode.MANUAL:
        aim = Aim(item_part(state.setup, following.item)) if following else None
        return Prospect(aim, whole)
    hard = following is not None and following.target is not None
    if not (runs_on(state) or hard):
        return Prospect(Aim(item_part(state.setup, following.item)) if following else None, whole)
    cut = _steady(state, airing, plan, following, head.duration - skipped)
    by_server = airing.part.has_end and airing.length is not None and not endless(state.foreground)
    if airing.part.is_still and cut != airing.length:
        by_server = False  # an image does not answer to CALL LENGTH
    if following is None:
        stand_in = cover(state)
        if stand_in is None or not runs_on(state):
            return Prospect(None, cut)
        return Prospect(Aim(stand_in, by_server, _end(state, airing, cut), Cause.FALLBACK), cut)
    gap = following.start - head.end
    start = _start(state, airing, plan, following, now)
    cause = Cause.HARD_START if hard else Cause.SCHEDULE
    if gap > 1 or not runs_on(state):
        stand_in = cover(state)
        if stand_in is not None and gap > _COVERED * state.setup.rate:
            at = None if by_server else _end(state, airing, cut)
            return Prospect(Aim(stand_in, by_server, at, Cause.FALLBACK), cut)
        at = _send_at(state, now, start)
        return Prospect(
            Aim(item_part(state.setup, following.item), False, at, cause, "", start), cut
        )
    part = _planned_part(state, following)
    at = _send_at(state, now, start) if hard else _end(state, airing, cut)
    at = None if by_server else at
    return Prospect(Aim(part, by_server, at, cause, "", start), cut)


def _start(state: State, airing: Airing, plan: Schedule, following: Planned, now: Now) -> float:
    """
    When what follows is to start.

    The plan leaves CasparCG time to be told to cut, so close before a hard start it moves that
    ahead of us; our own take comes when it was meant to.
    """
    start = plan.instant(following.start)
    if following.target is None:
        return start
    shortest = float(state.setup.minimum_trim / state.setup.rate)
    soonest = now.wall_at(state.in_point_started(airing)) + shortest
    return max(following.target, min(start, soonest))


def _planned_part(state: State, entry: Planned) -> Part:
    """The part of an entry, as long as the plan gives it."""
    return item_part(state.setup, entry.item, length=max(1, entry.duration))


def _steady(
    state: State, airing: Airing, plan: Schedule, following: Planned | None, length: int
) -> int:
    """
    The length that what is on air is to have; the one it has when the wanted one is less than a
    frame away, since the clocks drift and the rounding must not flicker.
    """
    if following is None or following.target is None or airing.length is None:
        return length
    head = plan.entries[0]
    skipped = airing.part.seek - head.item.in_point
    exact = (following.target - plan.instant(head.start)) * float(state.setup.rate) - skipped
    return airing.length if abs(exact - airing.length) <= 0.75 else length


def endless(foreground: Foreground) -> bool:
    """Whether an armed AUTO cue will not fire by itself."""
    return foreground.frames_left is not None and foreground.frames_left >= _NEVER


def _end(state: State, airing: Airing, cut: int) -> float:
    """When to send the take that is to follow what is on air."""
    if airing.tick is not None and state.clock is not None:
        return state.clock.send_at(airing.tick + state.ticks(cut))
    return state.started(airing) + float((cut - 0.75) / state.setup.rate)


def _send_at(state: State, now: Now, instant: float) -> float:
    """When to send a take that is to show at that instant of the wall clock."""
    mono = now.mono_at(instant)
    if state.clock is not None and state.follows(now.mono):
        return state.clock.send_at(state.clock.tick_near(mono))
    return mono - float(0.75 / state.setup.rate)


def hard_target(state: State, item: Item, now: Now) -> float | None:
    """When C{item} has to start, were it the next to start; L{None} without a hard start."""
    if item.hard_start is None:
        return None
    return resolve(item.hard_start, state.setup.zone, now.wall).instant


def _from_hold(
    state: State, now: Now, airing: Airing, goes_on: bool, cause: Cause = Cause.SCHEDULE
) -> Aim | None:
    """What is on air has ended, or is broken, or is a cover: what comes, and when."""
    items = upcoming(state, now)
    if not items:
        stand_in = cover(state)
        wants = airing.part.cover is None and stand_in is not None and goes_on
        return Aim(stand_in, False, NOW, Cause.FALLBACK) if wants and stand_in else None
    plan = plan_at(state, now.wall, now)
    first, target, due = items[0], None, now.wall
    if state.mode is not Mode.MANUAL:
        pressing = _pressing(state, first, plan, now, goes_on)
        first = first if pressing is None else pressing.item
        target = hard_target(state, first, now)
        if pressing is not None or not goes_on:
            due -= _IMMINENT
    if target is not None and target > due:
        wait = target - now.wall
        stand_in = cover(state)
        if wait > _COVERED and stand_in is not None and airing.part.cover is None and goes_on:
            return Aim(stand_in, False, NOW, Cause.FALLBACK)
        at = _send_at(state, now, target)
        return Aim(item_part(state.setup, first), False, at, Cause.HARD_START, "", target)
    entry = plan.entries[0]
    part = _planned_part(state, entry) if not entry.dropped else item_part(state.setup, first)
    if state.mode is Mode.MANUAL:
        part = item_part(state.setup, first)
    return Aim(part, False, NOW if goes_on else None, cause, "", now.wall if goes_on else None)


def _pressing(state: State, first: Item, plan: Schedule, now: Now, goes_on: bool) -> Planned | None:
    """
    The hard start that is so near that nothing has a place before it: not C{first}, which would
    come next and waits for the operator, or would be cut below the shortest time.
    """
    own = hard_target(state, first, now)
    if own is not None and own > now.wall - _IMMINENT:
        return None
    shortest = min(state.setup.minimum_trim, first.duration)
    near = float(shortest / state.setup.rate) if goes_on else _IMMINENT
    for entry in plan.entries[1:]:
        if entry.target is not None and -_IMMINENT < entry.target - now.wall < near:
            return entry
    return None


def _from_nothing(state: State, now: Now) -> Aim | None:
    """Nothing is on air."""
    items = upcoming(state, now)
    goes_on = not state.stopped and state.mode is not Mode.MANUAL
    if not items:
        stand_in = cover(state)
        return Aim(stand_in, False, NOW, Cause.FALLBACK) if stand_in and goes_on else None
    first = items[0]
    if not goes_on:
        return Aim(item_part(state.setup, first))
    start: float | None = None
    plan = plan_at(state, now.wall, now)
    if not state.entered and state.cursor == 0:
        start = first_start(state.playlist, state.setup.zone, now.wall)
        if start is not None and start < now.wall:
            first, start = _caught_up(state, start, now) or first, None
    if start is None:
        pressing = _pressing(state, first, plan, now, True) if first == items[0] else None
        first = first if pressing is None else pressing.item
        start = hard_target(state, first, now)
    if start is not None and start > now.wall:
        stand_in = cover(state)
        if stand_in is not None and start - now.wall > _COVERED:
            return Aim(stand_in, False, NOW, Cause.FALLBACK)
        at = _send_at(state, now, start)
        return Aim(item_part(state.setup, first), False, at, Cause.SCHEDULE, "", start)
    planned = plan.entries[0]
    part = item_part(state.setup, first)
    if planned.item.id == first.id and not planned.dropped:
        part = _planned_part(state, planned)
    return Aim(part, False, NOW, Cause.SCHEDULE, "", now.wall)


def _caught_up(state: State, start: float, now: Now) -> Item | None:
    """The item whose time it is, when the list was to start in the past (acceptance case 19)."""
    plan = plan_at(state, start, now, far=True)
    for entry in plan.entries:
        if not entry.dropped and plan.instant(entry.start) <= now.wall < plan.instant(entry.end):
            return entry.item
    return None


def due_now(state: State, now: Now, attempt: int = 0) -> Wanted | None:
    """What should be on air now, after what was there was lost."""
    airing = state.on_air
    if airing is None:
        return None
    if airing.part.item is None:
        return Wanted(airing.part, Cause.RECOVERY, "", attempt)
    return _walk(state, plan_from(state, airing, now, far=True), now, attempt)


def due_after_restart(state: State, now: Now) -> Wanted | None:
    """What should be on air now, going by what was on air when the daemon stopped."""
    resumed = state.resumed
    index = None if resumed is None else state.playlist.index_of(resumed.item_id)
    if resumed is None or index is None:
        return None
    sequel = Playlist(state.setup.rate, state.playlist.items[index : index + HORIZON])
    anchor = Anchor(0, resumed.started_at)
    plan = schedule(sequel, anchor, state.setup.zone, minimum=state.setup.minimum_trim)
    return _walk(state, plan, now, 0)


def _walk(state: State, plan: Schedule, now: Now, attempt: int) -> Wanted | None:
    """
    Go along the plan to where it is now.

    Where the channel would have stopped (manual mode, an item to stop after), the last frame of
    the item there is what the viewer should see.
    """
    at = now.wall + _LEAD
    before: Item | None = None
    for entry in plan.entries:
        if entry.dropped:
            continue
        item = entry.item
        if at < plan.instant(entry.start):
            return None if before is None or cover(state) else _held(state, before, attempt)
        before = item
        ends = plan.instant(entry.end)
        if at < ends:
            offset = max(0, round((at - plan.instant(entry.start)) * float(plan.rate)))
            left = max(1, entry.duration - offset)
            return Wanted(
                item_part(state.setup, item, item.in_point + offset, left),
                Cause.RECOVERY,
                "",
                attempt,
            )
        stops = state.mode is Mode.MANUAL or (state.mode is Mode.ASSISTED and item.stop_after)
        if stops:
            return _held(state, item, attempt)
    return None if before is None or cover(state) else _held(state, before, attempt)


def _held(state: State, item: Item, attempt: int) -> Wanted:
    """The last frame of C{item}: better than black."""
    return Wanted(item_part(state.setup, item, item.out_point - 1, 1), Cause.RECOVERY, "", attempt)
