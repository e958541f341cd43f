# -*- test-case-name: tests.api.test_edits -*-
"""From what a client asks to an edit of the playlist."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import TypeVar

from attrs import evolve

from ..rundown.item import Item, Kind, SecondaryEvent
from ..rundown.playlist import (
    Add,
    Change,
    Clear,
    Edit,
    EditRefused,
    Move,
    Playlist,
    Remove,
    Replace,
    SetHardStart,
    examined,
)
from ..rundown.playlist import SetBaseStart as SetBaseStartEdit
from ..rundown.timing import to_frames
from ..store.exchange.bounds import is_device
from .messages import (
    UNCHANGED,
    AddItem,
    AsrunExport,
    ClearPlaylist,
    EventSpec,
    FolderUpdate,
    ItemSpec,
    PlaylistSetHardStart,
    RemoveItem,
    ReorderPlaylist,
    ReplacePlaylist,
    SecondaryEventAdd,
    SecondaryEventRemove,
    SetBaseStart,
    Unchanged,
    UpdateItem,
)

__all__ = ["EditMessage", "NewId", "make_id", "to_edit", "wire_path"]

T = TypeVar("T")

NewId = Callable[[str], str]
"""Gives a new id, for an item (C{"item"}) or a secondary event (C{"evt"})."""

EditMessage = (
    AddItem
    | RemoveItem
    | ReorderPlaylist
    | SetBaseStart
    | ClearPlaylist
    | PlaylistSetHardStart
    | SecondaryEventAdd
    | SecondaryEventRemove
    | UpdateItem
    | ReplacePlaylist
)

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_EVENTS = 100


def make_id(kind: str, now: float, pick: Callable[[str], str]) -> str:
    """
    An id as the old system made them: C{item-<epoch ms>-<9 of base 36>}.

    @param now: seconds since the epoch.
    @param pick: gives one of the characters of a string, at random.
    """
    length = 9 if kind == "item" else 5
    return f"{kind}-{int(now * 1000)}-{''.join(pick(_DIGITS) for _ in range(length))}"


def _event(spec: EventSpec, new_id: NewId) -> SecondaryEvent:
    return SecondaryEvent(
        id=spec.id or new_id("evt"),
        type=spec.type,
        trigger=spec.trigger,
        offset_ms=spec.offset_ms,
        layer=spec.layer,
        template=spec.template,
        data=MappingProxyType(dict(spec.data or {})),
    )


def _events(specs: tuple[EventSpec, ...], new_id: NewId) -> tuple[SecondaryEvent, ...]:
    return tuple(_event(spec, new_id) for spec in specs)


def _file(file: str, kind: Kind, path: str, exact: Callable[[str], str]) -> str:
    """C{file} as the library has it, when an item of that kind can be played from it."""
    if kind is Kind.CLIP:
        return exact(file)
    if not is_device(file):
        raise EditRefused(path, "must be the number of a DeckLink device, 1 to 64")
    return file


def _frames(seconds: float, rate: Fraction) -> int:
    """The number of frames, at least one."""
    return max(1, to_frames(seconds, rate))


def _thumbnail(thumbnail: str | None) -> str | None:
    """
    Where the picture is found, without the version of the file that the library showed: the item
    is to show the newest.
    """
    if thumbnail is not None and thumbnail.startswith("/thumbnails/"):
        return thumbnail.partition("?")[0]
    return thumbnail


def _item(
    spec: ItemSpec, path: str, rate: Fraction, new_id: NewId, exact: Callable[[str], str]
) -> Item:
    """
    The item that C{spec} describes.

    @param path: what stands before the names of its fields.
    """
    return Item(
        id=spec.id or new_id("item"),
        name=spec.name,
        file=_file(spec.file, spec.type, f"{path}file", exact),
        duration=_frames(spec.duration_seconds, rate),
        in_point=to_frames(spec.trim_in_seconds, rate),
        kind=spec.type,
        thumbnail=_thumbnail(spec.thumbnail),
        hard_start=spec.hard_start_time,
        secondary_events=_events(spec.secondary_events, new_id),
        stop_after=spec.stop_after,
    )


def _found(playlist: Playlist, item_id: str, path: str) -> Item:
    index = playlist.index_of(item_id)
    if index is None:
        raise EditRefused(path, "there is no such item")
    return playlist.items[index]


def _or(value: T | Unchanged, kept: T) -> T:
    """C{value}, or what was there when it was not named."""
    return kept if isinstance(value, Unchanged) else value


def _updated(
    item: Item,
    message: UpdateItem,
    rate: Fraction,
    new_id: NewId,
    exact: Callable[[str], str],
) -> Item:
    """C{item} with what C{message} names."""
    kind = _or(message.type, item.kind)
    duration, trim_in = message.duration_seconds, message.trim_in_seconds
    events = message.secondary_events
    return Item(
        id=item.id,
        name=_or(message.name, item.name),
        file=item.file
        if message.file is UNCHANGED and kind is item.kind
        else _file(_or(message.file, item.file), kind, "file", exact),
        duration=item.duration if duration is UNCHANGED else _frames(duration, rate),
        in_point=item.in_point if trim_in is UNCHANGED else to_frames(trim_in, rate),
        kind=kind,
        thumbnail=item.thumbnail
        if isinstance(message.thumbnail, Unchanged)
        else _thumbnail(message.thumbnail),
        hard_start=_or(message.hard_start_time, item.hard_start),
        secondary_events=item.secondary_events if events is UNCHANGED else _events(events, new_id),
        stop_after=_or(message.stop_after, item.stop_after),
    )


def to_edit(
    message: EditMessage,
    playlist: Playlist,
    new_id: NewId,
    exact: Callable[[str], str] = lambda file: file,
) -> Edit:
    """
    The edit that C{message} asks for.

    @param playlist: what it will be applied to.
    @param exact: what the library calls a file that is the same but for case, or for how accents
        are written; any other as it is.
    @raise EditRefused: it makes no sense; the path is that of the message's field.
    """
    rate = playlist.rate
    match message:
        case AddItem(spec, at):
            return Add((_item(spec, "", rate, new_id, exact),), at)
        case RemoveItem(item_id):
            return Remove((item_id,))
        case ReorderPlaylist(from_index, to_index):
            return Move(from_index, to_index)
        case SetBaseStart(at):
            return SetBaseStartEdit(at)
        case ClearPlaylist():
            return Clear()
        case PlaylistSetHardStart(item_id, time):
            return SetHardStart(item_id, time)
        case SecondaryEventAdd(item_id, spec):
            item = _found(playlist, item_id, "itemId")
            if len(item.secondary_events) >= _MAX_EVENTS:
                raise EditRefused("event", f"an item has at most {_MAX_EVENTS} secondary events")
            events = (*item.secondary_events, _event(spec, new_id))
            return Change(evolve(item, secondary_events=events))
        case SecondaryEventRemove(item_id, event_id):
            item = _found(playlist, item_id, "itemId")
            events = tuple(event for event in item.secondary_events if event.id != event_id)
            if len(events) == len(item.secondary_events):
                raise EditRefused("eventId", "the item has no such secondary event")
            return Change(evolve(item, secondary_events=events))
        case UpdateItem():
            item = _found(playlist, message.id, "id")
            return Change(_updated(item, message, rate, new_id, exact))
        case ReplacePlaylist(specs, base_start):
            items = (
                _item(spec, f"items[{n}].", rate, new_id, exact) for n, spec in enumerate(specs)
            )
            return Replace(examined(items), base_start)


_PATHS: Mapping[type, tuple[tuple[str, str], ...]] = {
    AddItem: ((r"items\[0\]\.", ""),),
    RemoveItem: ((r"ids\[0\]", "id"),),
    SetBaseStart: (("at", "isoDate"),),
    PlaylistSetHardStart: (("id", "itemId"),),
    SecondaryEventAdd: ((r"item\.id", "itemId"), (r"item\.secondaryEvents\[[0-9]+\]", "event")),
    SecondaryEventRemove: ((r"item\.id", "itemId"),),
    UpdateItem: ((r"item\.", ""),),
    AsrunExport: (("first", "startDate"), ("last", "endDate"), ("form$", "format")),
    FolderUpdate: (("(?=name|color|parentId)", "updates."),),
}


def wire_path(message: object, path: str) -> str:
    """
    The field of C{message} that C{path}, of a refused edit that was made from it, speaks of.
    """
    for pattern, name in _PATHS.get(type(message), ()):
        path = re.sub(f"^{pattern}", name, path)
    return path
