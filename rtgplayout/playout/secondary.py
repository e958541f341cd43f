# -*- test-case-name: tests.playout.test_secondary -*-
"""Secondary events: graphics at their offsets from the start and the end of the item on air."""

from ..amcp.commands import CgAdd, CgClear, CgStop, Target
from ..rundown.item import SecondaryEvent, SecondaryType, Trigger
from ..rundown.playlist import Add, Change, Edit, EditRefused, Playlist, Replace
from .graphics import json_text
from .state import Airing, State
from .turn import Turn

_STALE = 2.0
"""Seconds after which an event that was due before its item was on air here is history."""


def check_layers(edit: Edit, playlist: Playlist, layer: int) -> None:
    """
    Refuse new graphics on the layer that the playlist is shown on: they would end it.

    @param playlist: what C{edit} is to be made of.
    @param layer: that one.
    @raise EditRefused: there are such.
    """
    match edit:
        case Add(items) | Replace(items):
            for n, item in enumerate(items):
                if item.secondary_events:
                    _check_events(item.secondary_events, layer, f"items[{n}]")
        case Change(item):
            index = playlist.index_of(item.id)
            if index is None or playlist.items[index].secondary_events != item.secondary_events:
                _check_events(item.secondary_events, layer, "item")


def _check_events(events: tuple[SecondaryEvent, ...], layer: int, path: str) -> None:
    for n, event in enumerate(events):
        if event.layer == layer:
            where = f"{path}.secondaryEvents[{n}].layer"
            raise EditRefused(where, "the playlist is shown on that layer")


def due_at(state: State, airing: Airing, event: SecondaryEvent, cut: int | None) -> float | None:
    """
    When C{event} is due, on the monotonic clock; L{None} while the end is not known.

    @param cut: the length that the item on air is to have, from its C{part.seek}.
    """
    offset = event.offset_ms / 1000
    if event.trigger is Trigger.START:
        return state.in_point_started(airing) + offset
    length = airing.length if cut is None else cut
    if length is None:
        return None
    return state.started(airing) + float(length / state.setup.rate) - offset


def fire_due(turn: Turn, cut: int | None) -> None:
    """Do the events of the item on air that are due and were not done."""
    airing = turn.state.on_air
    if airing is None or airing.part.item is None or not turn.state.linked:
        return
    for event in airing.part.item.secondary_events:
        if event.id in airing.fired:
            continue
        at = due_at(turn.state, airing, event, cut)
        if at is not None and at <= turn.now.mono:
            _fire(turn, airing, event)


def skip_history(turn: Turn) -> None:
    """
    The item on air was found running: what its start events did is on air already.
    """
    airing = turn.state.on_air
    if airing is None or airing.part.item is None:
        return
    done = set(airing.fired)
    for event in airing.part.item.secondary_events:
        at = due_at(turn.state, airing, event, None)
        if at is not None and at < turn.now.mono - _STALE:
            done.add(event.id)
    turn.change_on_air(fired=frozenset(done))


def close(turn: Turn, airing: Airing) -> None:
    """
    The item goes off the air: graphics that were to be taken off at its end are taken off, however
    it ended.
    """
    if airing.part.item is None or not turn.state.linked:
        return
    for event in airing.part.item.secondary_events:
        ends = event.trigger is Trigger.END and event.type is not SecondaryType.CG_ADD
        if ends and event.id not in airing.fired:
            _fire(turn, airing, event)


def _fire(turn: Turn, airing: Airing, event: SecondaryEvent) -> None:
    """Do one event; none of them touches the layer of the playlist itself."""
    assert airing.part.item is not None
    target = Target(turn.state.setup.channel, event.layer)
    item_id = airing.part.item.id
    match event.type:
        case _ if target == turn.state.setup.target:
            where = f"{airing.part.item.name}: graphics on layer {target.layer}"
            turn.notify("error", f"{where} are left out: the playlist is shown there")
        case SecondaryType.CG_ADD:
            _add(turn, target, event, item_id)
        case SecondaryType.CG_STOP:
            turn.show(CgStop(target), item_id, f"graphics layer {target.layer}")
        case SecondaryType.CG_CLEAR:
            turn.show(CgClear(target), item_id, f"graphics layer {target.layer}")
    now_on = turn.state.on_air
    if now_on is not None and now_on.serial == airing.serial:
        turn.change_on_air(fired=now_on.fired | {event.id})


def _add(turn: Turn, target: Target, event: SecondaryEvent, item_id: str) -> None:
    """Put a graphic on, if its data can be sent."""
    template = event.template or ""
    try:
        data = json_text(event.data)
    except ValueError as error:
        turn.notify("warning", f"graphic {template}: {error}")
    else:
        turn.show(CgAdd(target, template, data), item_id, f"graphic {template}")
