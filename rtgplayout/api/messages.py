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
from datetime import date
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import NewType

from attrs import frozen

from ..media.facts import MediaKind
from ..media.library import Sort, State
from ..playout.status import Mode
from ..rundown.item import Kind, SecondaryType, Trigger
from ..rundown.timing import ClockTime
from ..store.exchange import Format

__all__ = [
    "MESSAGES",
    "UNCHANGED",
    "AddItem",
    "AsrunExport",
    "AsrunGenerateReport",
    "AsrunGetLogs",
    "BadMessage",
    "ClearPlaylist",
    "ConnectCaspar",
    "EventSpec",
    "ExportPlaylist",
    "FolderAssignMedia",
    "FolderChanges",
    "FolderCreate",
    "FolderDelete",
    "FolderGetAll",
    "FolderUpdate",
    "GetAlerts",
    "GetAutoplayStatus",
    "GetMediaLibrary",
    "GetPlaylist",
    "GetPreflight",
    "GetServerStats",
    "GetSnapshot",
    "GetStatus",
    "HealthCheck",
    "ImportMode",
    "ImportPlaylist",
    "ImportXml",
    "ItemSpec",
    "ListImports",
    "Message",
    "Next",
    "PlayItem",
    "PlaylistCleanOrphanedTrims",
    "PlaylistSetHardStart",
    "PresetDelete",
    "PresetGetAll",
    "PresetImport",
    "PresetLoad",
    "PresetSave",
    "PresetSpec",
    "RemoveItem",
    "ReorderPlaylist",
    "ReplacePlaylist",
    "Request",
    "RequestId",
    "ScanMedia",
    "SearchLibrary",
    "SecondaryEventAdd",
    "SecondaryEventRemove",
    "SetAutoplayMode",
    "SetBaseStart",
    "StopPlayback",
    "TableForm",
    "Take",
    "TemplateGetActive",
    "TemplateLoad",
    "TemplateLoadAndPlay",
    "TemplatePlay",
    "TemplateRemove",
    "TemplateStop",
    "TemplateUpdate",
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


# What fields hold; the table L{rtgplayout.api.values.FIELDS} says which values each of these takes.

RequestId = int | str
"""What a version 2 client calls a request: an integer, or a string of at most 64 characters."""
Name = NewType("Name", str)
FileName = NewType("FileName", str)
Thumbnail = NewType("Thumbnail", str)
TemplateName = NewType("TemplateName", str)
NewId = NewType("NewId", str)
Seconds = NewType("Seconds", float)
Point = NewType("Point", float)
Index = NewType("Index", int)
Milliseconds = NewType("Milliseconds", int)
Layer = NewType("Layer", int)
ChannelNumber = NewType("ChannelNumber", int)
FolderId = NewType("FolderId", int)
FolderName = NewType("FolderName", str)
Color = NewType("Color", str)
SearchText = NewType("SearchText", str)
Text = NewType("Text", str)
Day = NewType("Day", date)
LogSize = NewType("LogSize", int)
PageSize = NewType("PageSize", int)
Instant = NewType("Instant", float)
"""Seconds since the epoch."""
TemplateData = NewType("TemplateData", Mapping[str, object])

_NO_DATA: Mapping[str, object] = MappingProxyType({})


class ImportMode(Enum):
    """What becomes of the items that are there when others are imported."""

    REPLACE = "replace"
    APPEND = "append"


class TableForm(Enum):
    """What a table of the as-run is."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


class Unchanged(Enum):
    """For fields that keep their value when a message does not name them."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@frozen
class PresetSpec:
    """
    A graphics preset as a client describes it; whatever else an imported one has is kept.

    @ivar name: the import passes over presets without one.
    @ivar template_name: likewise.
    @ivar saved_at: when that was; null when it is not known.
    @ivar extra: any other field.
    """

    name: Name | None = None
    template_name: TemplateName | None = None
    channel: ChannelNumber = ChannelNumber(1)
    layer: Layer = Layer(20)
    data: TemplateData = TemplateData(_NO_DATA)
    saved_at: Instant | None = None
    extra: TemplateData = TemplateData(_NO_DATA)


@frozen
class FolderChanges:
    """
    What is to be changed of a folder: what is named, and nothing else.

    @ivar parent_id: the folder that it stands in; null at the top.
    """

    name: FolderName | Unchanged = UNCHANGED
    color: Color | Unchanged = UNCHANGED
    parent_id: FolderId | Unchanged | None = UNCHANGED


@frozen
class EventSpec:
    """
    A secondary event as a client describes it.

    @ivar type: C{CG_ADD} loads and shows a template, C{CG_STOP} has it play its end, C{CG_CLEAR}
        empties the layer.
    @ivar trigger: from which end of the item C{offsetMs} counts.
    @ivar offset_ms: milliseconds after the start of the item, or before its end.
    @ivar layer: of the item's channel; not the one that the playlist is shown on.
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
    @ivar type: C{clip}, a media file, or C{live}, a DeckLink input.
    @ivar duration_seconds: how long it is to be on air.
    @ivar trim_in_seconds: where in the file it starts.
    @ivar hard_start_time: the time of day at which it must start; null for none.
    @ivar secondary_events: graphics tied to it.
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

    @ivar at: before which item it is put in, the first is 0; null: at the end.
    """

    item: ItemSpec
    at: Index | None = None


@frozen
class RemoveItem:
    """
    Take an item out. When it is on air it stays there until it ends.

    @ivar id: of the item.
    """

    id: str


@frozen
class ReorderPlaylist:
    """Take the item at C{fromIndex} out and put it in at C{toIndex} of what is left."""

    from_index: Index
    to_index: Index


@frozen
class SetBaseStart:
    """
    When the first item is to start.

    @ivar iso_date: null for "when somebody starts it".
    """

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
    At which time of day an item must start. Refused when it cannot be kept: with
    C{HARD_START_ERROR}, in version 2 with C{ERROR} of the code C{hard_start}.

    @ivar item_id: of the item.
    @ivar hard_start_time: null takes it away.
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
    """
    Tie graphics to an item; to one that has 100 already, no more.

    @ivar item_id: of the item.
    @ivar event: what is to happen, and when.
    """

    item_id: str
    event: EventSpec


@frozen
class SecondaryEventRemove:
    """
    Take graphics from an item.

    @ivar item_id: of the item.
    @ivar event_id: of the secondary event.
    """

    item_id: str
    event_id: str


@frozen
class UpdateItem:
    """
    Change what is named of an item, and nothing else; L{ItemSpec} tells what each of it is.

    @ivar id: of the item; that does not change.
    @ivar type: C{clip}, a media file, or C{live}, a DeckLink input.
    @ivar secondary_events: all that it is to have.
    @ivar stop_after: assisted mode stops after it.
    """

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
    """
    Another list altogether.

    @ivar items: all of it.
    @ivar base_start: when the first item is to start; null for "when somebody starts it".
    """

    items: tuple[ItemSpec, ...]
    base_start: Instant | None = None


@frozen
class Undo:
    """Take back the last edit that was not taken back yet."""


# On air.


@frozen
class PlayItem:
    """
    Put that item on air now, from its in point.

    @ivar id: of the item.
    @ivar file: not looked at: which file it is, the playlist says.
    """

    id: str
    file: str | None = None


@frozen
class Take:
    """Put the cued item on air now."""


@frozen
class Next:
    """Another name for C{TAKE}."""


@frozen
class StopPlayback:
    """Stop the item on air and go to C{MANUAL}."""


@frozen
class SetAutoplayMode:
    """
    Who goes on to the next item.

    @ivar mode: C{MANUAL} the operator, C{ASSISTED} the channel except after items marked
        C{stopAfter}, C{AUTO} the channel.
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
    """Ask for C{SNAPSHOT}: after a change was missed."""


@frozen
class GetPreflight:
    """
    Ask for C{PREFLIGHT}: what is wrong with the files of what is scheduled.

    @ivar offset: how many findings are passed over.
    @ivar limit: how many are told.
    """

    offset: Index = Index(0)
    limit: PageSize = PageSize(100)


@frozen
class GetStatus:
    """Ask for C{STATUS}."""


# The media library.


@frozen
class GetMediaLibrary:
    """Ask for C{MEDIA_LIBRARY}, in version 2 for C{LIBRARY_STATE}."""


@frozen
class SearchLibrary:
    """
    Ask for a part of the media library, a C{LIBRARY_PAGE}.

    @ivar text: words that all have to occur in the path, whatever their case and accents.
    @ivar folder_id: only what is in that folder; null for all.
    @ivar states: only files in one of these states; none for all.
    @ivar kinds: only files of one of these kinds; none for all.
    @ivar min_seconds: only what is at least that long.
    @ivar max_seconds: only what is at most that long.
    @ivar sort: by what the answer is ordered: the path, how long it is, when it changed, its size.
    @ivar descending: the largest, or last, first.
    @ivar offset: how many of what is found are passed over.
    @ivar limit: how many are told.
    """

    text: SearchText = SearchText("")
    folder_id: FolderId | None = None
    states: tuple[State, ...] = ()
    kinds: tuple[MediaKind, ...] = ()
    min_seconds: Point | None = None
    max_seconds: Point | None = None
    sort: Sort = Sort.NAME
    descending: bool = False
    offset: Index = Index(0)
    limit: PageSize = PageSize(100)


@frozen
class ScanMedia:
    """Walk through the media folders now. C{SCAN_STARTED} says to everybody that it begins."""


# Folders.


@frozen
class FolderGetAll:
    """Ask for C{FOLDER_LIST}."""


@frozen
class FolderCreate:
    """
    Make a folder to sort media files into.

    @ivar parent_id: the folder that it stands in; null at the top.
    """

    name: FolderName
    color: Color = Color("#118ab2")
    parent_id: FolderId | None = None


@frozen
class FolderUpdate:
    """
    Change a folder. The default one, 1, keeps its name.

    @ivar id: of the folder.
    @ivar updates: what is to be changed.
    """

    id: FolderId
    updates: FolderChanges


@frozen
class FolderDelete:
    """
    Take a folder away. Its files are shown where their directories say, else in the default one,
    which stays.

    @ivar id: of the folder.
    """

    id: FolderId


@frozen
class FolderAssignMedia:
    """
    Put a file into a folder.

    @ivar media_file: its path, C{file} in the library.
    @ivar folder_id: null takes it out of the one that it was put into.
    """

    media_file: str
    folder_id: FolderId | None


# Graphics.


@frozen
class TemplateGetActive:
    """Ask for C{TEMPLATE_ACTIVE_LIST}."""


@frozen
class TemplateLoad:
    """Put a template on a layer, without showing it."""

    channel: ChannelNumber
    layer: Layer
    template_name: TemplateName
    template_data: TemplateData = TemplateData(_NO_DATA)


@frozen
class TemplatePlay:
    """Show the template on a layer."""

    channel: ChannelNumber
    layer: Layer


@frozen
class TemplateStop:
    """Have the template on a layer play its end; it stays loaded."""

    channel: ChannelNumber
    layer: Layer


@frozen
class TemplateUpdate:
    """Give the template on a layer new data; what is not named stays."""

    channel: ChannelNumber
    layer: Layer
    template_data: TemplateData


@frozen
class TemplateRemove:
    """Empty a graphics layer."""

    channel: ChannelNumber
    layer: Layer


@frozen
class TemplateLoadAndPlay:
    """Put a template on a layer and show it."""

    channel: ChannelNumber
    layer: Layer
    template_name: TemplateName
    template_data: TemplateData = TemplateData(_NO_DATA)


@frozen
class PresetGetAll:
    """Ask for C{PRESET_LIST}."""


@frozen
class PresetSave:
    """Keep a template with its place and data under a name; what had that name is replaced."""

    name: Name
    channel: ChannelNumber
    layer: Layer
    template_name: TemplateName
    template_data: TemplateData = TemplateData(_NO_DATA)


@frozen
class PresetLoad:
    """
    Put a preset on its layer.

    @ivar name: of the preset.
    @ivar play: show it.
    """

    name: Name
    play: bool = True


@frozen
class PresetDelete:
    """Forget a preset."""

    name: Name


@frozen
class PresetImport:
    """
    Keep presets that were exported; those without a name or a template are passed over.

    @ivar presets: as C{PRESET_LIST} tells them.
    @ivar overwrite: those whose names are taken replace what has them; else they are passed over.
    """

    presets: tuple[PresetSpec, ...]
    overwrite: bool = False


# Playlists from elsewhere, and for elsewhere.


@frozen
class ImportXml:
    """
    Replace the playlist by one in XML; one fault in it and nothing is changed.

    @ivar xml_path: the name of a file in the import folder.
    @ivar xml: or the text itself; one of the two.
    """

    xml_path: str | None = None
    xml: Text | None = None


@frozen
class ListImports:
    """Ask for C{IMPORT_LIST}: what stands in the import folder."""


@frozen
class ImportPlaylist:
    """
    Take items from a text or a file; one fault in it and nothing is changed. The answer is an
    C{IMPORT_REPORT}.

    @ivar format: C{json} is as the playlist is stored, C{ffplayout} a day of ffplayout's.
    @ivar text: what is to be imported.
    @ivar file: or the name of a file in the import folder; one of the two.
    @ivar mode: C{replace} the playlist, or C{append} to it.
    @ivar dry_run: only tell what would happen.
    """

    format: Format
    text: Text | None = None
    file: str | None = None
    mode: ImportMode = ImportMode.REPLACE
    dry_run: bool = False


@frozen
class ExportPlaylist:
    """
    Ask for the playlist as a text, a C{PLAYLIST_EXPORT}.

    @ivar format: C{json}, C{m3u} or C{csv}.
    """

    format: Format


# As-run.


@frozen
class AsrunGetLogs:
    """
    Ask for what was on air, C{ASRUN_LOGS}.

    @ivar end_date: now when absent.
    @ivar offset: how many entries are passed over.
    @ivar limit: how many are told.
    """

    start_date: Instant
    end_date: Instant | None = None
    offset: Index = Index(0)
    limit: LogSize = LogSize(10_000)


@frozen
class AsrunGenerateReport:
    """
    Have the report of a day written, C{ASRUN_REPORT_GENERATED}.

    @ivar date: today when absent.
    """

    date: Day | None = None


@frozen
class AsrunExport:
    """
    Have a table of what was on air written, with totals for each file and folder:
    C{ASRUN_EXPORTED}.

    @ivar start_date: the first day.
    @ivar end_date: the last day; at most 400 of them.
    @ivar format: C{csv}, C{json} or C{xlsx}.
    """

    start_date: Day
    end_date: Day
    format: TableForm = TableForm.CSV


# The server.


@frozen
class HealthCheck:
    """Ask for C{HEALTH_STATUS}."""


@frozen
class GetServerStats:
    """Ask for C{SERVER_STATS}."""


@frozen
class GetAlerts:
    """Ask for C{ALERTS}."""


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
    | ScanMedia
    | FolderCreate
    | FolderUpdate
    | FolderDelete
    | FolderAssignMedia
    | TemplateLoad
    | TemplatePlay
    | TemplateStop
    | TemplateUpdate
    | TemplateRemove
    | TemplateLoadAndPlay
    | PresetSave
    | PresetLoad
    | PresetDelete
    | PresetImport
    | ImportXml
    | AsrunGetLogs
    | AsrunGenerateReport
    | AsrunExport
    | UpdateItem
    | ReplacePlaylist
    | Undo
    | Take
    | Next
    | GetSnapshot
    | GetPreflight
    | GetStatus
    | SearchLibrary
    | ListImports
    | ImportPlaylist
    | ExportPlaylist
    | GetAlerts
)

_NEW = (
    UpdateItem,
    ReplacePlaylist,
    Undo,
    Take,
    Next,
    GetSnapshot,
    GetPreflight,
    GetStatus,
    SearchLibrary,
    ListImports,
    ImportPlaylist,
    ExportPlaylist,
    GetAlerts,
)


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
