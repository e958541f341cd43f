# -*- test-case-name: tests.api.test_codec -*-
"""
What clients ask: every message a class, its docstring the documentation of the protocol.

A message travels as C{{"type": "ADD_ITEM", "data": {…}}}. Its type is the name of the class in
capitals (L{wire_type}), the fields of C{data} are those of the class in camelCase. In version 2 it
has also an C{id} (a number or a string, chosen by the client and repeated in the answer) and a
C{channel} (default: the first). Durations and points are seconds in JSON numbers, times of day
C{"HH:MM:SS"}, instants ISO 8601 with a zone.
"""

import re
from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import NewType

from attrs import frozen

from ..playout.status import Mode
from ..rundown.item import Kind, SecondaryType, Trigger
from ..rundown.timing import ClockTime

__all__ = [
    "LATER",
    "MESSAGES",
    "UNCHANGED",
    "AddItem",
    "BadMessage",
    "ClearPlaylist",
    "ConnectCaspar",
    "EventSpec",
    "FolderGetAll",
    "GetAutoplayStatus",
    "GetMediaLibrary",
    "GetPlaylist",
    "GetServerStats",
    "GetSnapshot",
    "GetStatus",
    "HealthCheck",
    "ItemSpec",
    "Message",
    "Next",
    "PlayItem",
    "PlaylistCleanOrphanedTrims",
    "PlaylistSetHardStart",
    "PresetGetAll",
    "RemoveItem",
    "ReorderPlaylist",
    "ReplacePlaylist",
    "Request",
    "RequestId",
    "SecondaryEventAdd",
    "SecondaryEventRemove",
    "SetAutoplayMode",
    "SetBaseStart",
    "StopPlayback",
    "Take",
    "TemplateGetActive",
    "Unchanged",
    "Undo",
    "UpdateItem",
    "Version",
    "wire_name",
    "wire_type",
]


class Version(IntEnum):
    """Which protocol a client speaks."""

    ONE = 1
    """That of the system this one replaces: no answers but errors, whole documents."""
    TWO = 2
    """Requests with an id, each answered; changes instead of whole documents."""


class BadMessage(Exception):
    """
    What a client sent cannot be understood; for its sender alone.

    @ivar code: what kind of fault, for programs.
    @ivar message: a sentence for people.
    @ivar path: the field at fault, as in C{"items[3].name"}; empty when it is the whole message.
    @ivar id: the id of the request, when it could be read.
    """

    def __init__(
        self, code: str, message: str, path: str = "", id: "RequestId | None" = None
    ) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.code = code
        self.message = message
        self.path = path
        self.id = id


# What fields hold. The codec knows what each of these accepts.

RequestId = int | str
"""What a version 2 client calls a request: an integer, or a string of at most 64 characters."""
Name = NewType("Name", str)
"""A label: 1 to 500 characters, no control characters, not only blanks."""
FileName = NewType("FileName", str)
"""A path relative to the media folder: 1 to 1000 characters, no control characters, no C{..}."""
Thumbnail = NewType("Thumbnail", str)
"""Where a picture is found: at most 1000 characters, no control characters."""
TemplateName = NewType("TemplateName", str)
"""A template's path: 1 to 500 characters; no control characters, quotes, C{<}, C{>} or C{..}."""
NewId = NewType("NewId", str)
"""An id chosen by the client: 1 to 100 of C{A-Z a-z 0-9 _ -}."""
Seconds = NewType("Seconds", float)
"""How long: more than 0, at most seven days."""
Point = NewType("Point", float)
"""A point in a file: 0 seconds to seven days."""
Index = NewType("Index", int)
"""A place in the list: 0 and up."""
Milliseconds = NewType("Milliseconds", int)
"""0 to seven days."""
Layer = NewType("Layer", int)
"""A layer of the channel: 0 to 9999."""
Instant = NewType("Instant", float)
"""Seconds since the epoch; on the wire ISO 8601 with a zone, of the years 2000 to 2099."""
TemplateData = NewType("TemplateData", Mapping[str, object])
"""What a template is given: a JSON object of at most 64 kB."""


class Unchanged(Enum):
    """For fields that keep their value when a message does not name them."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@frozen
class EventSpec:
    """
    A secondary event as a client describes it.

    @ivar type: C{CG_ADD}, C{CG_STOP} or C{CG_CLEAR}.
    @ivar trigger: C{START} or C{END}: from which end of the item C{offsetMs} counts.
    @ivar template: the template's name; needed for C{CG_ADD}.
    @ivar id: made by the server when absent.
    """

    type: SecondaryType
    trigger: Trigger
    offset_ms: Milliseconds = Milliseconds(0)
    layer: Layer = Layer(20)
    template: TemplateName | None = None
    data: TemplateData | None = None
    id: NewId | None = None


@frozen
class ItemSpec:
    """
    An item as a client describes it.

    @ivar file: for C{clip} the path relative to the media folder; for C{live} the number of the
        DeckLink device, C{"1"} to C{"64"}.
    @ivar type: C{clip} or C{live}.
    @ivar duration_seconds: how long it is to be on air.
    @ivar trim_in_seconds: where in the file it starts.
    @ivar hard_start_time: C{"HH:MM:SS"}; null or C{""} for none.
    @ivar stop_after: assisted mode stops after it.
    @ivar id: made by the server when absent.
    """

    name: Name
    file: FileName
    duration_seconds: Seconds
    type: Kind = Kind.CLIP
    trim_in_seconds: Point = Point(0.0)
    thumbnail: Thumbnail | None = None
    hard_start_time: ClockTime | None = None
    secondary_events: tuple[EventSpec, ...] = ()
    stop_after: bool = False
    id: NewId | None = None


# The playlist.


@frozen
class AddItem:
    """
    Put an item in: at the end, or before position C{at}. The fields of L{ItemSpec} stand in
    C{data} itself, beside C{at}.
    """

    item: ItemSpec
    at: Index | None = None


@frozen
class RemoveItem:
    """Take an item out. When it is on air it stays there until it ends."""

    id: str


@frozen
class ReorderPlaylist:
    """Take the item at C{fromIndex} out and put it in at C{toIndex} of what is left."""

    from_index: Index
    to_index: Index


@frozen
class SetBaseStart:
    """When the first item is to start; null for "when somebody starts it"."""

    iso_date: Instant | None


@frozen
class GetPlaylist:
    """Ask for the playlist: C{PLAYLIST_FULL}, in version 2 C{SNAPSHOT}."""


@frozen
class ClearPlaylist:
    """Take all items out. What is on air stays."""


@frozen
class PlaylistSetHardStart:
    """
    At which time of day an item must start; null, C{""} or nothing takes that away. Refused with
    C{HARD_START_ERROR} when it cannot be kept.
    """

    item_id: str
    hard_start_time: ClockTime | None = None


@frozen
class PlaylistCleanOrphanedTrims:
    """
    Kept for old clients: trims are computed and never stored, so there is nothing to clean, which
    is what a C{NOTIFICATION} says.
    """


@frozen
class SecondaryEventAdd:
    """Tie graphics to an item."""

    item_id: str
    event: EventSpec


@frozen
class SecondaryEventRemove:
    """Take graphics from an item."""

    item_id: str
    event_id: str


@frozen
class UpdateItem:
    """Change what is named of an item, and nothing else; since version 2."""

    id: str
    name: Name | Unchanged = UNCHANGED
    file: FileName | Unchanged = UNCHANGED
    duration_seconds: Seconds | Unchanged = UNCHANGED
    type: Kind | Unchanged = UNCHANGED
    trim_in_seconds: Point | Unchanged = UNCHANGED
    thumbnail: Thumbnail | Unchanged | None = UNCHANGED
    hard_start_time: ClockTime | Unchanged | None = UNCHANGED
    secondary_events: tuple[EventSpec, ...] | Unchanged = UNCHANGED
    stop_after: bool | Unchanged = UNCHANGED


@frozen
class ReplacePlaylist:
    """Another list altogether; since version 2."""

    items: tuple[ItemSpec, ...]
    base_start: Instant | None = None


@frozen
class Undo:
    """Take back the last edit that was not taken back yet; since version 2."""


# On air.


@frozen
class PlayItem:
    """
    Put that item on air now, from its in point. Which file that is, the playlist says: C{file} is
    not looked at.
    """

    id: str
    file: str | None = None


@frozen
class Take:
    """Put the cued item on air now; since version 2."""


@frozen
class Next:
    """Another name for C{TAKE}; since version 2."""


@frozen
class StopPlayback:
    """Stop the item on air and go to C{MANUAL}."""


@frozen
class SetAutoplayMode:
    """
    Who goes on to the next item: C{MANUAL} the operator, C{ASSISTED} the channel except after
    items marked C{stopAfter}, C{AUTO} the channel.
    """

    mode: Mode


@frozen
class GetAutoplayStatus:
    """Ask for C{AUTOPLAY_STATUS}, in version 2 C{STATUS}."""


@frozen
class ConnectCaspar:
    """Ask for C{CASPAR_STATUS}. The link to CasparCG is made, and made again, by itself."""


@frozen
class GetSnapshot:
    """Ask for C{SNAPSHOT}: after a change was missed; since version 2."""


@frozen
class GetStatus:
    """Ask for C{STATUS}; since version 2."""


# Lists.


@frozen
class GetMediaLibrary:
    """Ask for C{MEDIA_LIBRARY}."""


@frozen
class FolderGetAll:
    """Ask for C{FOLDER_LIST}."""


@frozen
class PresetGetAll:
    """Ask for C{PRESET_LIST}."""


@frozen
class TemplateGetActive:
    """Ask for C{TEMPLATE_ACTIVE_LIST}."""


# The server.


@frozen
class HealthCheck:
    """Ask for C{HEALTH_STATUS}."""


@frozen
class GetServerStats:
    """Ask for C{SERVER_STATS}."""


Message = (
    AddItem
    | RemoveItem
    | ReorderPlaylist
    | SetBaseStart
    | GetPlaylist
    | ClearPlaylist
    | PlaylistSetHardStart
    | PlaylistCleanOrphanedTrims
    | SecondaryEventAdd
    | SecondaryEventRemove
    | PlayItem
    | StopPlayback
    | SetAutoplayMode
    | GetAutoplayStatus
    | ConnectCaspar
    | GetMediaLibrary
    | FolderGetAll
    | PresetGetAll
    | TemplateGetActive
    | HealthCheck
    | GetServerStats
    | UpdateItem
    | ReplacePlaylist
    | Undo
    | Take
    | Next
    | GetSnapshot
    | GetStatus
)

_NEW = (UpdateItem, ReplacePlaylist, Undo, Take, Next, GetSnapshot, GetStatus)

LATER = frozenset(
    "IMPORT_XML SCAN_MEDIA TEMPLATE_LOAD TEMPLATE_PLAY TEMPLATE_STOP TEMPLATE_UPDATE"
    " TEMPLATE_REMOVE TEMPLATE_LOAD_AND_PLAY PRESET_SAVE PRESET_LOAD PRESET_DELETE PRESET_IMPORT"
    " FOLDER_CREATE FOLDER_UPDATE FOLDER_DELETE FOLDER_ASSIGN_MEDIA ASRUN_GET_LOGS"
    " ASRUN_GENERATE_REPORT".split()
)
"""Messages of version 1 that this server knows by name but does not answer yet."""


@frozen
class Request:
    """
    One message, as it came.

    @ivar id: what its sender calls it; L{None} in version 1.
    @ivar channel: for which channel; L{None} for the first.
    """

    message: Message
    id: RequestId | None = None
    channel: int | None = None


def wire_type(kind: type) -> str:
    """What a message class is called on the wire: C{AddItem} is C{"ADD_ITEM"}."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper()


def wire_name(attribute: str) -> str:
    """What an attribute is called on the wire: C{duration_seconds} is C{"durationSeconds"}."""
    first, *rest = attribute.split("_")
    return first + "".join(word.capitalize() for word in rest)


MESSAGES: Mapping[Version, Mapping[str, type[Message]]] = {
    Version.ONE: {wire_type(kind): kind for kind in Message.__args__ if kind not in _NEW},
    Version.TWO: {wire_type(kind): kind for kind in Message.__args__},
}
"""Which types each version knows."""
