# -*- test-case-name: tests.api.test_answers -*-
"""
What the server tells: every message a class, its docstring the documentation of the protocol.

The type is the name of the class in capitals, the fields of C{data} are those of the class in
camelCase. Version 2 has C{channel} beside C{data} when a message speaks of one channel, and C{id}
when it answers a request; what a request asked for comes before its C{ACK}.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from attrs import field, fields, frozen, has

from .messages import Version, wire_name, wire_type

__all__ = [
    "ANSWERS",
    "CODES",
    "Ack",
    "Alert",
    "Alerts",
    "Answer",
    "AsrunExported",
    "AsrunLogs",
    "AsrunReportGenerated",
    "AutoplayStatus",
    "CasparStatus",
    "CriticalError",
    "CurrentItem",
    "Error",
    "FolderList",
    "HardStartError",
    "HardStartProblem",
    "HealthStatus",
    "ImportFault",
    "ImportList",
    "ImportReport",
    "LibraryPage",
    "LibraryState",
    "MediaLibrary",
    "NextItem",
    "Notification",
    "OnAirItem",
    "PlaybackStatus",
    "PlaylistChanged",
    "PlaylistExport",
    "PlaylistFull",
    "PlaylistUpdated",
    "Preflight",
    "PresetDeleted",
    "PresetImportSuccess",
    "PresetList",
    "Ready",
    "ScanStarted",
    "ServerShutdown",
    "ServerStats",
    "Snapshot",
    "Status",
    "TemplateActiveList",
    "TemplateLoaded",
    "TemplatePlaying",
    "TemplateRemoved",
    "TemplateStopped",
    "TemplateUpdated",
    "UpcomingItem",
    "data_of",
]

Json = object
"""Anything that JSON can say."""


def _omitted() -> Any:
    """A field that is left out when there is nothing to say."""
    return field(default=None, metadata={"omit": True})


@frozen
class Ready:
    """
    Something that is in the terms of JSON already.

    @ivar data: a list of objects.
    """

    data: Json


# Answers to one client.


@frozen
class Ack:
    """
    What was asked is in force; an edit is on disk.

    @ivar revision: of the playlist: the edit's, or the newest when it was no edit. The change
        itself reaches a client that is slow after this answer.
    """

    revision: int


@frozen
class HardStartProblem:
    """
    Why a hard start can not be kept.

    @ivar item_id: of the item that has it.
    @ivar item_name: that one's name.
    @ivar hard_start_time: the time of day.
    @ivar reason: a sentence.
    @ivar trim_needed: seconds that had to go before it.
    @ivar max_trim: seconds that could go.
    @ivar scheduled_start: when it would start otherwise.
    @ivar target_start: when it is to start.
    @ivar conflict: C{{prevItem, prevTime, currTime}} when it is not after the hard start before it.
    """

    item_id: str
    item_name: str
    hard_start_time: str
    reason: str
    trim_needed: float | None = _omitted()
    max_trim: float | None = _omitted()
    scheduled_start: str | None = _omitted()
    target_start: str | None = _omitted()
    conflict: Mapping[str, Json] | None = _omitted()


CODES: Mapping[str, str] = {
    "not_json": "the message is not JSON",
    "not_an_object": "it is JSON, but no object",
    "not_text": "it came as a binary message",
    "too_large": "it is too long",
    "too_deep": "lists and objects in it are nested too deeply",
    "unknown_type": "there is no message of that type in this version",
    "missing": "a field that must be there is not",
    "unknown_field": "there is a field that is not known; version 1 passes over those",
    "wrong_type": "a field has another JSON type than it must",
    "bad_value": "a field has a value that it cannot have",
    "unknown_channel": "the daemon has no such channel",
    "refused": "it makes no sense as things are: there is no such item, folder, preset …",
    "hard_start": "the hard start cannot be kept; C{errors} says why",
    "cannot": "it cannot be done now: CasparCG is not connected, or says no; the disk is full",
    "busy": "too many requests of this client wait for their answers",
    "too_fast": "the client sends too much: this message, and more like it, are not looked at",
}
"""What kinds of errors there are."""


@frozen
class Error:
    """
    What was asked was not done, and nothing changed; to its sender alone.

    @ivar message: a sentence for people.
    @ivar code: for programs.
    @ivar path: the field at fault, as in C{"items[3].name"}; empty when none is.
    @ivar errors: with C{hard_start}, why not.
    """

    message: str
    code: str
    path: str = ""
    errors: tuple[HardStartProblem, ...] | None = _omitted()


@frozen
class HardStartError:
    """
    A hard start was refused because it can not be kept; to its sender alone.

    @ivar errors: why not.
    """

    errors: tuple[HardStartProblem, ...]


# The playlist.


@frozen
class PlaylistFull:
    """
    The playlist with its computed schedule; on connecting and on C{GET_PLAYLIST}.

    C{{id, baseStartAt, items: [{id, name, file, path, type, durationSeconds, trimInSeconds,
    trimOutSeconds, thumbnail, hardStartTime, secondaryEvents, stopAfter, startAt, endAt,
    durationMs, frames, backtime}]}}. C{durationSeconds} is the planned time slot: what is on air
    and the gap after it; C{trimOutSeconds} what a hard start cut off (less than 0: the gap).
    C{file} is safe to show, C{path} the true one.
    """


@frozen
class PlaylistUpdated:
    """The same as C{PLAYLIST_FULL}, after a change."""


@frozen
class Snapshot:
    """
    The playlist; on connecting, on C{GET_SNAPSHOT}, after an edit that put in very many items, and
    to a client that was slow.

    A long list comes in several of these, one after another, all of one revision.

    @ivar revision: of the playlist.
    @ivar total: how many items there are in all.
    @ivar offset: where in the list the items of this message stand.
    @ivar rate: frames a second, as C{[numerator, denominator]}; every count of frames is in these.
    @ivar base_start: when the first item is to start; null when somebody starts it.
    @ivar origin: the instant of frame 0 of the schedule.
    @ivar items: C{{id, name, file, type, frames, durationSeconds, inFrames, trimInSeconds,
        thumbnail, hardStartTime, secondaryEvents, stopAfter, warnings}}; C{warnings} only where
        something is wrong with the file: a list of C{{fault, sentence, grave}} as in C{PREFLIGHT},
        which tells what becomes of them.
    @ivar adjustments: by item id, where an item does not start right after the whole of the one
        before: C{{id, start, trim, gap, dropped, target}}. An item starts at C{start} frames when
        that is given (the first one's always is), otherwise C{frames - trim + gap} after the one
        before started, C{gap} when that one is C{dropped}.
    @ivar problems: hard starts that can not be kept.
    """

    revision: int
    rate: tuple[int, int]
    base_start: str | None
    origin: str
    total: int
    offset: int
    items: Ready
    adjustments: Ready
    problems: tuple[HardStartProblem, ...]


@frozen
class PlaylistChanged:
    """
    What one edit did, or, when C{from} and C{to} are the same, how the schedule changed because
    another item is on air.

    It is for a copy of the playlist at revision C{from}. A client whose copy is newer passes over
    it; one whose copy is older asks for a snapshot (C{GET_SNAPSHOT}).

    @ivar from_: the revision before.
    @ivar to: the revision after.
    @ivar operations: to be repeated on the copy, in order: C{{op: "insert", index, items}},
        C{{op: "delete", index, count}}, C{{op: "move", fromIndex, toIndex}}, C{{op: "update",
        index, item}}, C{{op: "baseStart", at}}.
    @ivar origin: the new instant of frame 0.
    @ivar adjustments: those that changed, as in C{SNAPSHOT}; one with nothing but an C{id} is no
        more.
    @ivar problems: hard starts that can not be kept; absent when the same as before.
    @ivar by: who asked for it; empty when nobody did.
    """

    from_: int
    to: int
    operations: Ready
    origin: str
    adjustments: Ready
    by: str
    problems: tuple[HardStartProblem, ...] | None = _omitted()


@frozen
class Preflight:
    """
    What is wrong with the files of what is scheduled; on connecting, at each change and on
    C{GET_PREFLIGHT}. It takes the place of all warnings of the channel's items that the client had;
    when there are more than are told, C{GET_PREFLIGHT} asks for the others.

    @ivar total: how many findings there are.
    @ivar offset: how many of them come before those told here.
    @ivar findings: by deadline, those without one last: C{{itemId, file, fault, sentence, deadline,
        grave}}. C{itemId} is null when it is the channel's filler or slate; C{fault} is C{missing},
        C{growing} (it is still being written), C{short} (it ends before the out point),
        C{unreadable}, C{rate} (not the channel's) or C{name} (CasparCG may take it for something
        else); C{sentence} says it in words; C{deadline} is when it is to start, null when nothing
        says so; C{grave}: it cannot be shown as scheduled.
    """

    total: int
    offset: int
    findings: Ready


# On air.


@frozen
class CurrentItem:
    """
    The item that the viewer sees.

    @ivar id: of the item.
    @ivar name: of the item.
    @ivar file: safe to show; which file it really is, C{PLAYLIST_FULL} tells.
    @ivar start_at: when its in point was, or would have been, shown.
    @ivar duration_seconds: how long it will have been on air.
    @ivar status: nothing else.
    """

    id: str
    name: str
    file: str
    start_at: str
    duration_seconds: float
    status: str = "PLAYING"


@frozen
class NextItem:
    """
    The item that comes next.

    @ivar id: of the item.
    @ivar name: of the item.
    @ivar file: safe to show.
    @ivar start_at: when it is planned to start.
    @ivar duration_seconds: how long it will be on air.
    @ivar hard_start_time: the time of day at which it must start.
    @ivar thumbnail: where its picture is found.
    """

    id: str
    name: str
    file: str
    start_at: str
    duration_seconds: float
    hard_start_time: str | None
    thumbnail: str | None


@frozen
class AutoplayStatus:
    """
    What is on air, what comes next and who goes on; on connecting, at each change and on
    C{GET_AUTOPLAY_STATUS}.

    @ivar mode: C{MANUAL}, C{ASSISTED} or C{AUTO}.
    @ivar current_item: null when the viewer sees no item.
    @ivar next_item: null when none comes.
    """

    mode: str
    current_item: CurrentItem | None
    next_item: NextItem | None


@frozen
class PlaybackStatus:
    """
    What is on air changed; after C{AUTOPLAY_STATUS}.

    @ivar item_id: null when none is.
    @ivar status: C{playing} or C{stopped}.
    @ivar file: safe to show.
    @ivar start_time: when its in point was, or would have been, shown.
    """

    item_id: str | None
    status: str
    file: str | None = _omitted()
    start_time: str | None = _omitted()


@frozen
class OnAirItem:
    """
    The item on air.

    @ivar item: as in C{SNAPSHOT}, as it was when it went on air.
    @ivar index: where it stands in the playlist; null once it was removed.
    @ivar started_at: when its in point was shown.
    @ivar frames: how long it will have been on air.
    @ivar duration_seconds: the same in seconds.
    @ivar confirmed: CasparCG showed it moving.
    """

    item: Json
    index: int | None
    started_at: str
    frames: int
    duration_seconds: float
    confirmed: bool


@frozen
class UpcomingItem:
    """
    The item that comes next.

    @ivar item: as in C{SNAPSHOT}.
    @ivar index: where it stands in the playlist.
    @ivar start_at: when it is planned to start; null when it waits for the operator.
    @ivar frames: how long it will be on air.
    @ivar duration_seconds: the same in seconds.
    """

    item: Json
    index: int
    start_at: str | None
    frames: int
    duration_seconds: float


@frozen
class Status:
    """
    All that an operator needs at a glance; on connecting, at each change and on C{GET_STATUS}.

    @ivar mode: C{MANUAL}, C{ASSISTED} or C{AUTO}.
    @ivar showing: what the viewer sees, as CasparCG confirmed it: C{nothing}, C{starting} (told to
        CasparCG and not confirmed yet), C{playing}, C{held} (the item ended, its last frame stays),
        C{filler}, C{slate} or C{unknown} (the link is down).
    @ivar on_air: null when no item is.
    @ivar next: null when none comes.
    @ivar cue: how far the next item is prepared: C{none}, C{loading}, C{ready} (CasparCG opened the
        file) or C{armed} (and will cut to it by itself).
    @ivar backtime_seconds: left to the next hard start at C{timestamp}; null when there is none.
    @ivar connected: CasparCG can be commanded.
    @ivar telemetry: what CasparCG shows is followed by OSC.
    @ivar timestamp: when this was told.
    """

    mode: str
    showing: str
    on_air: OnAirItem | None
    next: UpcomingItem | None
    cue: str
    backtime_seconds: float | None
    connected: bool
    telemetry: bool
    timestamp: str


# For everybody.


@frozen
class Notification:
    """
    Something that everybody should see: a toast. Of one channel when C{channel} stands beside
    C{data}.

    @ivar level: C{info}, C{success}, C{warning} or C{error}.
    @ivar message: a sentence.
    """

    level: str
    message: str


@frozen
class CasparStatus:
    """
    Whether CasparCG can be commanded; on C{CONNECT_CASPAR}, and to version 1 at each change.
    Version 2 sees changes in C{STATUS}.

    @ivar connected: it can.
    """

    connected: bool


@frozen
class CriticalError:
    """
    Something in the server failed that should not; the show goes on.

    @ivar message: a sentence.
    @ivar details: for those who mend it.
    """

    message: str
    details: str


@frozen
class ServerShutdown:
    """
    The server stops; the connection is closed after this, with code 1001.

    @ivar message: a sentence.
    """

    message: str


# The media library.


@frozen
class MediaLibrary:
    """
    All media files; on connecting, after changes and on C{GET_MEDIA_LIBRARY}.

    C{{files: [{name, file, path, size, durationSeconds, modified, thumbnail, folderId, state,
    fault, sources}], isScanning}}. C{path} is the same as C{file}. C{durationSeconds} is 0 for what
    has none, or is not known yet; C{folderId} is always there, as are C{state} (C{ready},
    C{waiting}, C{growing}, C{broken} with C{fault}, C{away}) and C{sources} (C{disk}, C{server}).
    """


@frozen
class ScanStarted:
    """The media folders are being walked through, and what is new is looked into."""


@frozen
class LibraryState:
    """
    How the media library is; on connecting, at each change and on C{GET_MEDIA_LIBRARY}. What is in
    it, C{SEARCH_LIBRARY} tells.

    @ivar revision: grows with each change.
    @ivar files: how many there are.
    @ivar scanning: a scan runs, or files wait to be looked into.
    @ivar done: of the files that had to be looked into since it began, how many were.
    @ivar total: how many those are, as far as known.
    """

    revision: int
    files: int
    scanning: bool
    done: int
    total: int


@frozen
class LibraryPage:
    """
    A part of the media library; to the one who asked.

    @ivar revision: of the library that was looked through.
    @ivar total: how many files were found.
    @ivar offset: how many of them come before those told here.
    @ivar files: C{{name, file, kind, state, fault, warning, sources, size, modified,
        durationSeconds, duration, rate, frames, width, height, fieldOrder, codec, container, audio,
        complete, thumbnail, folderId, clip}}; C{warning} is what operators should know of a name
        that works, as of one that another file has but for its case; C{duration} is exact,
        C{[numerator, denominator]} in seconds, as is C{rate} in frames a second; C{audio} is a list
        of C{{codec, channels, layout, sampleRate}}. What is not known is null.
    """

    revision: int
    total: int
    offset: int
    files: Ready


@frozen
class FolderList:
    """
    The folders that media files are sorted into; on connecting, at each change and on
    C{FOLDER_GET_ALL}.

    @ivar folders: C{{id, name, parentId, color, isDefault, createdAt, mediaCount}}, by id;
        C{mediaCount} is how many files are shown in it.
    @ivar revision: grows with each change; version 2.
    """

    folders: Ready
    revision: int | None = _omitted()


# Graphics.


@frozen
class PresetList:
    """
    The graphics presets; on connecting, at each change and on C{PRESET_GET_ALL}.

    @ivar presets: C{{name, channel, layer, templateName, data, savedAt}}, and whatever else an
        imported one has.
    @ivar revision: grows with each change; version 2.
    """

    presets: Ready
    revision: int | None = _omitted()


@frozen
class PresetDeleted:
    """
    A preset is no more; to everybody, after C{PRESET_LIST}.

    @ivar name: of the preset.
    """

    name: str


@frozen
class PresetImportSuccess:
    """
    Presets were imported; to the one who asked. Version 1 reads C{count} beside C{data}, where it
    stands too.

    @ivar count: how many came in.
    """

    count: int


@frozen
class TemplateActiveList:
    """
    The templates on graphics layers, as far as CasparCG confirmed them; on connecting, at each
    change and on C{TEMPLATE_GET_ACTIVE}.

    @ivar templates: C{{key, channel, layer, templateName, data, playing, loadedAt, playedAt,
        syncedFromCaspar}}; the last two only where they mean something.
    """

    templates: Ready


@frozen
class TemplateLoaded:
    """
    A template was put on a layer.

    @ivar channel: of CasparCG.
    @ivar layer: of that channel.
    @ivar template_name: safe to show.
    """

    channel: int
    layer: int
    template_name: str


@frozen
class TemplatePlaying:
    """
    The template on a layer is shown.

    @ivar channel: of CasparCG.
    @ivar layer: of that channel.
    """

    channel: int
    layer: int


@frozen
class TemplateStopped:
    """
    The template on a layer plays its end.

    @ivar channel: of CasparCG.
    @ivar layer: of that channel.
    """

    channel: int
    layer: int


@frozen
class TemplateUpdated:
    """
    The template on a layer has new data.

    @ivar channel: of CasparCG.
    @ivar layer: of that channel.
    @ivar data: all that it has now.
    """

    channel: int
    layer: int
    data: Mapping[str, Json]


@frozen
class TemplateRemoved:
    """
    A graphics layer is empty.

    @ivar channel: of CasparCG.
    @ivar layer: of that channel.
    """

    channel: int
    layer: int


# Playlists from elsewhere, and for elsewhere.


@frozen
class ImportFault:
    """
    What is wrong, or worth knowing, in what is to be imported.

    @ivar line: of the text, the first is 1; 0 when it is none.
    @ivar message: a sentence.
    """

    line: int
    message: str


@frozen
class ImportReport:
    """
    What an import did, or would do; to the one who asked.

    @ivar imported: it was done; else nothing was changed.
    @ivar items: how many there are.
    @ivar duration_seconds: of all of them.
    @ivar hard_starts: how many start at a time.
    @ivar unknown_files: files that the media library does not have; at most 100.
    @ivar faults: why nothing is imported.
    @ivar warnings: what is imported otherwise than it is written.
    """

    imported: bool
    items: int
    duration_seconds: float
    hard_starts: int
    unknown_files: tuple[str, ...]
    faults: tuple[ImportFault, ...]
    warnings: tuple[ImportFault, ...]


@frozen
class ImportList:
    """
    The files that stand in the import folder.

    @ivar files: their names in it, C{/} between folders, by name.
    """

    files: tuple[str, ...]


@frozen
class PlaylistExport:
    """
    The playlist as a text. C{/export/playlist-1.csv}, C{.json} and C{.m3u} of the HTTP
    port give the same as a file.

    @ivar format: as it was asked for.
    @ivar file_name: what a file with it is to be called.
    @ivar text: comes last; in pieces when it is long, as all of WebSocket may.
    """

    format: str
    file_name: str
    text: str = ""


# As-run.


@frozen
class AsrunLogs:
    """
    What was on air.

    @ivar count: how many entries these are.
    @ivar more: there are more; C{offset} asks for them.
    @ivar logs: entries as they stand in the as-run files.
    """

    count: int
    more: bool
    logs: Ready


@frozen
class AsrunReportGenerated:
    """
    The report of a day was written.

    @ivar report_file: its name in the as-run folder.
    @ivar stats: C{{totalEvents, playStarts, playEnds, playErrors, playStops, templatesShown,
        templatesHidden, systemEvents}}.
    """

    report_file: str
    stats: Mapping[str, Json]


@frozen
class AsrunExported:
    """
    A table of what was on air was written.

    @ivar file: its name in the as-run folder.
    @ivar url: where the HTTP port gives it.
    """

    file: str
    url: str


# Alerts.


@frozen
class Alert:
    """
    Something is wrong that people must know of, or it is over; to everybody. Version 1 is told in a
    C{NOTIFICATION}.

    @ivar id: of what is going on; the same in all that is told of it.
    @ivar news: C{raised} (it began), C{worse} (it was a warning and is critical now), C{reminder}
        (it is critical and goes on), C{recovered} (it is over).
    @ivar kind: C{link} (CasparCG cannot be commanded), C{osc} (no telemetry), C{nothing-on-air},
        C{slate}, C{item-failed}, C{schedule} (it runs out), C{file} (one that cannot be shown as
        scheduled), C{file-flaw} (one that can, with a flaw), C{disk}, C{unsaved}, C{as-run} (its
        chain is broken), C{clock}, C{memory}, C{part} (of the daemon, that does not work) or
        C{test}.
    @ivar subject: what it is about, as in C{channel 1} or the name of a file.
    @ivar severity: C{warning} or C{critical}.
    @ivar sentence: what is wrong, and what to do about it.
    @ivar since: when it began.
    @ivar at: when this was told first.
    @ivar times: how often it began; more than once when it comes and goes.
    @ivar lasted_seconds: how long it went on, when it is over.
    """

    id: str
    news: str
    kind: str
    subject: str
    severity: str
    sentence: str
    since: str
    at: str
    times: int
    lasted_seconds: float | None = _omitted()


@frozen
class Alerts:
    """
    What is wrong now, as far as it was told; on connecting and on C{GET_ALERTS}. What becomes of
    it, C{ALERT} tells.

    @ivar alerts: the gravest first.
    """

    alerts: tuple[Alert, ...]


# Figures.


@frozen
class HealthStatus:
    """
    How the server is.

    @ivar status: C{healthy}, C{degraded} or C{failing}.
    @ivar reasons: sentences that say why it is not healthy.
    @ivar timestamp: when this was told.
    @ivar uptime: seconds since the start.
    @ivar caspar: the link to CasparCG: C{connected}, C{healthy}, C{reconnectAttempts},
        C{pendingCommands}, C{queuedCommands}, C{socketState}, C{roundTripMs}, C{version}.
    @ivar websocket: C{clients}, how many are connected; of these C{slow}, how many do not take
        what they are sent now; C{queuedBytes} that wait for them; and since the start C{errors},
        how many messages were answered with one, and C{dropped}, how many clients were let go
        because they took nothing.
    @ivar playlist: C{items}, how many the channel has.
    @ivar media: C{files}, how many there are, and of these C{ready}, C{broken}, C{away}, and
        C{waiting} to be looked into or still growing; C{scanning}; C{watching}, how changes are
        noticed: C{inotify} or C{polling}.
    @ivar memory: of the process, C{rss} as in C{"54 MB"}, and C{memoryMB}.
    """

    status: str
    timestamp: str
    uptime: float
    caspar: Mapping[str, Json]
    websocket: Mapping[str, Json]
    playlist: Mapping[str, Json]
    media: Mapping[str, Json]
    memory: Mapping[str, Json]
    reasons: tuple[str, ...]


@frozen
class ServerStats:
    """
    Figures of the server.

    @ivar uptime: seconds since the start.
    @ivar memory: C{rss} as in C{"54 MB"}, C{memoryMB} as a number; the heap's figures of the old
        system mean nothing here and are null.
    @ivar connections: C{websocket} the number of clients, C{caspar} the link as in
        C{HEALTH_STATUS}, C{traffic} what went through the door since the start.
    @ivar playlist: C{itemCount} and C{baseStartAt}.
    @ivar media: C{fileCount} and C{scanning}.
    @ivar autoplay: C{mode}, and C{status} as C{AUTOPLAY_STATUS} has it.
    """

    uptime: float
    memory: Mapping[str, Json]
    connections: Mapping[str, Json]
    playlist: Mapping[str, Json]
    media: Mapping[str, Json]
    autoplay: Mapping[str, Json]


Answer = (
    Ack
    | Error
    | HardStartError
    | PlaylistFull
    | PlaylistUpdated
    | Snapshot
    | PlaylistChanged
    | Preflight
    | AutoplayStatus
    | PlaybackStatus
    | Status
    | Notification
    | CasparStatus
    | CriticalError
    | ServerShutdown
    | MediaLibrary
    | ScanStarted
    | LibraryState
    | LibraryPage
    | FolderList
    | PresetList
    | PresetDeleted
    | PresetImportSuccess
    | TemplateActiveList
    | TemplateLoaded
    | TemplatePlaying
    | TemplateStopped
    | TemplateUpdated
    | TemplateRemoved
    | ImportReport
    | ImportList
    | PlaylistExport
    | AsrunLogs
    | AsrunReportGenerated
    | AsrunExported
    | Alert
    | Alerts
    | HealthStatus
    | ServerStats
)


_OLD = (
    HardStartError,
    PlaylistFull,
    PlaylistUpdated,
    AutoplayStatus,
    PlaybackStatus,
    MediaLibrary,
    TemplateLoaded,
    TemplatePlaying,
    TemplateStopped,
    TemplateUpdated,
    TemplateRemoved,
)
_NEW = (
    Ack,
    Snapshot,
    PlaylistChanged,
    Preflight,
    Status,
    LibraryState,
    LibraryPage,
    ImportReport,
    ImportList,
    PlaylistExport,
    Alert,
    Alerts,
)

ANSWERS: Mapping[Version, Mapping[str, type[Answer]]] = {
    Version.ONE: {wire_type(kind): kind for kind in Answer.__args__ if kind not in _NEW},
    Version.TWO: {wire_type(kind): kind for kind in Answer.__args__ if kind not in _OLD},
}
"""Which types each version is told."""


def data_of(value: object) -> Json:
    """C{value} in what JSON has."""
    if isinstance(value, Ready):
        return value.data
    kind = type(value)
    if has(kind):
        return {
            wire_name(attribute.name.rstrip("_")): data_of(inner)
            for attribute in fields(kind)
            if (inner := getattr(value, attribute.name)) is not None
            or not attribute.metadata.get("omit")
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [data_of(inner) for inner in value]
    if isinstance(value, Mapping):
        return {key: data_of(inner) for key, inner in value.items()}
    return value
