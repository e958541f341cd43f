# -*- test-case-name: tests.api.test_examples -*-
"""
An example of every message of the protocol, for its reference, and for tests. What the server
tells is made as it makes it, of a channel with two items and of all that stands beside it.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import orjson
from attrs import evolve

from ..amcp.commands import Target
from ..media import preflight as checked
from ..media.facts import AudioTrack, Facts, FieldOrder, MediaKind
from ..media.folders import Folders, assign, counts, create, folder_of, initial
from ..media.library import Entry, Library, State
from ..ops.alert import Alert, Kind, News, Severity
from ..ops.vitals import Clients
from ..playout import status as playout
from ..playout.asrun import Aired, Cause, Confirmation, Place, PlayStart, as_fields
from ..playout.graphics import GraphicsChange, Template, What
from ..playout.presets import Preset, Presets
from ..playout.status import CueState, Document, Mode, OnAir, Published, Showing, Upcoming
from ..rundown.item import Item, SecondaryEvent, SecondaryType, Trigger
from ..rundown.playlist import Change, Playlist, apply
from ..rundown.schedule import Anchor, Problem, Trouble, schedule
from ..rundown.timing import iso, parse_clock_time
from ..store.exchange import Fault, ImportReport
from . import answers
from .alerts import alert_told, alerts_told
from .answers import Answer, Ready, data_of
from .codec import encode
from .lists import (
    active_templates,
    folder_list,
    found_file,
    graphics_told,
    import_report,
    library_pieces,
    preset_list,
)
from .messages import Version, wire_type
from .views import (
    autoplay_status,
    changed,
    playback_status,
    playlist_pieces,
    preflight,
    problem,
    snapshot_pages,
    status,
    websocket_told,
)

__all__ = ["EVENT", "ITEM", "PLACE", "PRESET", "REQUESTS", "requested", "told"]

# What clients ask.

ITEM: Final[Mapping[str, object]] = {
    "name": "spot 7",
    "file": "PUB/spot7.mxf",
    "durationSeconds": 30,
}
EVENT: Final[Mapping[str, object]] = {
    "type": "CG_ADD",
    "trigger": "START",
    "template": "rtg-bug/index",
}
PLACE: Final[Mapping[str, object]] = {"channel": 1, "layer": 20}
PRESET: Final[Mapping[str, object]] = {
    "name": "guest 1",
    **PLACE,
    "templateName": "rtg-lower-third/index",
    "data": {"title": "x"},
    "savedAt": "2026-03-01T18:00:00.000Z",
    "colour": "blue",
}

REQUESTS: Final[Mapping[str, Mapping[str, object]]] = {
    "ADD_ITEM": {**ITEM, "secondaryEvents": [EVENT], "hardStartTime": "20:00", "at": 0},
    "REMOVE_ITEM": {"id": "item-1"},
    "REORDER_PLAYLIST": {"fromIndex": 4, "toIndex": 1},
    "SET_BASE_START": {"isoDate": "2026-03-01T18:00:00.000Z"},
    "GET_PLAYLIST": {},
    "CLEAR_PLAYLIST": {},
    "PLAYLIST_SET_HARD_START": {"itemId": "item-1", "hardStartTime": "20:00:00"},
    "PLAYLIST_CLEAN_ORPHANED_TRIMS": {},
    "SECONDARY_EVENT_ADD": {"itemId": "item-1", "event": EVENT},
    "SECONDARY_EVENT_REMOVE": {"itemId": "item-1", "eventId": "evt-1"},
    "UPDATE_ITEM": {"id": "item-1", "name": "OPENER", "thumbnail": None},
    "REPLACE_PLAYLIST": {"items": [ITEM], "baseStart": None},
    "UNDO": {},
    "PLAY_ITEM": {"id": "item-1", "file": "PUB/spot7.mxf"},
    "TAKE": {},
    "NEXT": {},
    "STOP_PLAYBACK": {},
    "SET_AUTOPLAY_MODE": {"mode": "ASSISTED"},
    "GET_AUTOPLAY_STATUS": {},
    "CONNECT_CASPAR": {},
    "GET_SNAPSHOT": {},
    "GET_PREFLIGHT": {"offset": 0, "limit": 100},
    "GET_STATUS": {},
    "GET_MEDIA_LIBRARY": {},
    "FOLDER_GET_ALL": {},
    "PRESET_GET_ALL": {},
    "TEMPLATE_GET_ACTIVE": {},
    "HEALTH_CHECK": {},
    "GET_SERVER_STATS": {},
    "GET_ALERTS": {},
    "SCAN_MEDIA": {},
    "SEARCH_LIBRARY": {
        "text": "spot",
        "folderId": 1,
        "states": ["ready", "away"],
        "kinds": ["video"],
        "minSeconds": 1,
        "maxSeconds": None,
        "sort": "duration",
        "descending": True,
        "offset": 0,
        "limit": 100,
    },
    "FOLDER_CREATE": {"name": "Archives", "color": "#118ab2", "parentId": None},
    "FOLDER_UPDATE": {"id": 6, "updates": {"name": "Archives", "color": "#e63946"}},
    "FOLDER_DELETE": {"id": 6},
    "FOLDER_ASSIGN_MEDIA": {"mediaFile": "PUB/spot7.mxf", "folderId": 4},
    "TEMPLATE_LOAD": {
        **PLACE,
        "templateName": "rtg-lower-third/index",
        "templateData": {"title": "x"},
    },
    "TEMPLATE_PLAY": PLACE,
    "TEMPLATE_STOP": PLACE,
    "TEMPLATE_UPDATE": {**PLACE, "templateData": {"title": "é"}},
    "TEMPLATE_REMOVE": PLACE,
    "TEMPLATE_LOAD_AND_PLAY": {**PLACE, "templateName": "rtg-bug/index"},
    "PRESET_SAVE": {
        "name": "guest 1",
        **PLACE,
        "templateName": "rtg-lower-third/index",
        "templateData": {"title": "x"},
    },
    "PRESET_LOAD": {"name": "guest 1", "play": False},
    "PRESET_DELETE": {"name": "guest 1"},
    "PRESET_IMPORT": {"presets": [PRESET, {"name": "no template"}], "overwrite": True},
    "IMPORT_XML": {"xmlPath": "monday.xml"},
    "ASRUN_GET_LOGS": {"startDate": "2026-03-01T00:00:00Z", "endDate": None},
    "ASRUN_GENERATE_REPORT": {"date": "2026-03-01"},
    "ASRUN_EXPORT": {"startDate": "2026-03-01", "endDate": "2026-03-31", "format": "xlsx"},
    "LIST_IMPORTS": {},
    "IMPORT_PLAYLIST": {
        "format": "csv",
        "text": "file,duration\nPUB/spot7.mxf,30\n",
        "mode": "append",
        "dryRun": True,
    },
    "EXPORT_PLAYLIST": {"format": "m3u"},
}
"""The data of a message of each type."""


def requested(kind: str, version: Version = Version.TWO) -> bytes:
    """A message of that type, as a client sends it."""
    envelope: dict[str, object] = {"type": kind}
    if version >= Version.TWO:
        envelope["id"] = 7
    return orjson.dumps({**envelope, "data": REQUESTS[kind]})


# What the server tells.

_START = 1772388000.0
"""2026-03-01T18:00:00Z."""
_NOW = _START + 5
_RATE = Fraction(25)
_OPENER = Item("item-1", "OPENER", "GEN/opener.mov", 750, thumbnail="/thumbnails/GEN_opener.jpg")
_NEWS = Item("item-2", "NEWS", "news.mxf", 45_000, hard_start=parse_clock_time("18:00:29"))
_BUG = SecondaryEvent("evt-1", SecondaryType.CG_ADD, Trigger.START, template="rtg-bug/index")
_FACTS = Facts(
    MediaKind.VIDEO,
    Fraction(30),
    _RATE,
    750,
    1920,
    1080,
    FieldOrder.TOP_FIRST,
    "mpeg2video",
    "mxf",
    (AudioTrack("pcm_s24le", 2, "stereo", 48_000),),
)
_SPOT = Entry("PUB/spot7.mxf", 187_500_000, int(_START * 1e9), State.READY, _FACTS)
_CASPAR: Final[Mapping[str, object]] = {
    "connected": True,
    "healthy": True,
    "reconnectAttempts": 0,
    "pendingCommands": 0,
    "queuedCommands": 0,
    "socketState": "open",
    "roundTripMs": 0.41,
    "version": "2.5.0",
}


_FINDINGS = (
    checked.Finding(
        1,
        "item-2",
        "news.mxf",
        checked.Fault.GROWING,
        "The file is still being written.",
        _START + 29,
        grave=True,
    ),
)


def _warnings_of(item_id: str) -> tuple[checked.Finding, ...]:
    return tuple(finding for finding in _FINDINGS if finding.item_id == item_id)


def _documents() -> tuple[Document, Published]:
    """A playlist, and what an edit of it leads to."""
    zone, anchor = ZoneInfo("UTC"), Anchor(0, _START)
    before = Playlist(_RATE, (_OPENER, _NEWS), _START)
    with_bug = Item("item-2", "NEWS", "news.mxf", 45_000, secondary_events=(_BUG,))
    after, changes = apply(before, Change(with_bug))
    documents = [
        Document(1, revision, playlist, schedule(playlist, anchor, zone))
        for revision, playlist in ((12, before), (13, after))
    ]
    return documents[0], Published(documents[1], changes, by="tcp4:192.0.2.20:50312")


def _folders() -> Folders:
    made = create(initial(_START), "Archives", "#118ab2", None, _START)
    return assign(made, _SPOT.file, 4)


def told() -> Mapping[str, bytes]:
    """
    A message of each type, as it travels: in version 2 when that knows it, else in version 1. What
    only answers a request has the C{id} of that.
    """
    return MappingProxyType(dict(_told()))


def _told() -> Iterator[tuple[str, bytes]]:
    yield from _of_the_playlist()
    lone: Iterable[Answer] = (*_of_the_library(), *_of_graphics(), *_for_all())
    for answer in lone:
        yield _message(answer)
    for answer in _answers():
        yield _message(answer, id=7, channel=1)
    library = Library(40, {_SPOT.file: _SPOT})
    yield (
        "MEDIA_LIBRARY",
        b"".join(library_pieces(library, lambda file: folder_of(_folders(), file), False)),
    )


def _message(answer: Answer, **envelope: int) -> tuple[str, bytes]:
    kind = wire_type(type(answer))
    return kind, encode(kind, data_of(answer), envelope.get("id"), envelope.get("channel"))


def _of_the_playlist() -> Iterator[tuple[str, bytes]]:
    document, published = _documents()
    for kind in ("PLAYLIST_FULL", "PLAYLIST_UPDATED"):
        yield kind, b"".join(playlist_pieces(document, kind, _NOW))
    yield "SNAPSHOT", next(snapshot_pages(document, _warnings_of))
    yield _message(changed(published, document), channel=1)
    yield _message(preflight(_FINDINGS, 0, 100), channel=1)
    on_air = OnAir(_OPENER, 0, _START, 725, True)
    upcoming = Upcoming(_NEWS, 1, _START + 29, 45_000)
    current = playout.Status(
        1,
        Mode.AUTO,
        Showing.PLAYING,
        on_air,
        upcoming,
        CueState.ARMED,
        600,
        connected=True,
        telemetry=True,
    )
    yield _message(status(current, document, _NOW), channel=1)
    yield _message(autoplay_status(current, on_air, document))
    yield _message(playback_status(on_air))


def _of_the_library() -> Iterator[Answer]:
    yield answers.ScanStarted()
    yield answers.LibraryState(40, 240, True, 12, 31)
    folders = _folders()
    yield answers.FolderList(Ready(folder_list(folders, counts(folders, [_SPOT.file]))), 3)


def _of_graphics() -> Iterator[Answer]:
    target, name = Target(1, 20), "rtg-lower-third/index"
    template = Template(target, name, {"title": "x"}, True, _START, _START + 2)
    preset = Preset("guest 1", target, name, {"title": "x"}, _START)
    yield answers.PresetList(Ready(preset_list(Presets((preset,)), safe=False)), 5)
    yield answers.PresetDeleted("guest 1")
    yield answers.TemplateActiveList(Ready(active_templates([template], safe=False)))
    for what in What:
        yield graphics_told(GraphicsChange(what, template))


def _for_all() -> Iterator[Answer]:
    begun = Alert(
        "20260301T175000Z-1",
        News.RAISED,
        Kind.SCHEDULE,
        "channel 1",
        Severity.WARNING,
        "Channel 1: nothing is scheduled after 18:40. Put more into the playlist.",
        _START - 600,
        _START - 590,
    )
    yield alert_told(evolve(begun, news=News.RECOVERED, at=_START, lasted=590.0))
    yield alerts_told((begun,))
    yield answers.Notification("warning", "NEWS at 18:00:29: the time has passed")
    yield answers.CriticalError("A request of a client failed in the server", "KeyError: 7")
    yield answers.ServerShutdown("the server stops")
    lacking = Problem(
        "item-2",
        "NEWS",
        Trouble.TRIM_TOO_LARGE,
        parse_clock_time("18:00:02"),
        trim_needed=700,
        max_trim=625,
        scheduled_start=_START + 30,
        target_start=_START + 2,
    )
    yield answers.HardStartError((problem(lacking, _RATE),))


def _answers() -> Iterator[Answer]:
    """What only the one who asked is told."""
    yield answers.Ack(13)
    yield answers.Error("must be more than 0", "bad_value", "durationSeconds")
    yield answers.CasparStatus(True)
    yield answers.LibraryPage(40, 1, 0, Ready([found_file(_SPOT, 4)]))
    yield answers.PresetImportSuccess(1)
    found = Fault(3, "Item 2 'News': it has no <duration>.")
    yield import_report(
        ImportReport(items=1, seconds=30.0, hard_starts=0, unknown_files=(), faults=(found,)),
        imported=False,
    )
    yield answers.ImportList(("monday.xml", "week/tuesday.csv"))
    text = "#EXTM3U\n#EXTINF:30,OPENER\nGEN/opener.mov\n"
    yield answers.PlaylistExport("m3u", "playlist-1.m3u", text)
    aired = Aired("item-1", "GEN/opener.mov", _START, _START, 0, 725)
    start = PlayStart(Place(1, 10, _RATE), aired, 4711, Cause.SCHEDULE, "", Confirmation.OSC)
    yield answers.AsrunLogs(count=1, more=False, logs=Ready([as_fields(start, _START)]))
    yield answers.AsrunReportGenerated(
        "report-2026-03-01.txt",
        {
            "totalEvents": 1,
            "playStarts": 1,
            "playEnds": 0,
            "playErrors": 0,
            "playStops": 0,
            "templatesShown": 0,
            "templatesHidden": 0,
            "systemEvents": 0,
        },
    )
    name = "export-2026-03-01-2026-03-31.xlsx"
    yield answers.AsrunExported(name, f"/asrun/{name}")
    yield answers.HealthStatus(
        "healthy",
        iso(_NOW),
        86_400.5,
        _CASPAR,
        websocket_told(Clients(connected=3, dropped=1, errors=2)),
        {"items": 2},
        {
            "files": 240,
            "ready": 238,
            "broken": 1,
            "away": 0,
            "waiting": 1,
            "scanning": True,
            "watching": "inotify",
        },
        {"rss": "96 MB", "memoryMB": 96},
        (),
    )
    yield answers.ServerStats(
        86_400.5,
        {
            "heapUsed": None,
            "heapTotal": None,
            "external": None,
            "rss": "96 MB",
            "memoryMB": 96,
        },
        {
            "websocket": 3,
            "caspar": _CASPAR,
            "traffic": {
                "clients": 41,
                "refused": 0,
                "requests": 1830,
                "errors": 2,
                "slow": 0,
                "flooding": 0,
                "bytesIn": 163_840,
                "bytesOut": 52_428_800,
            },
        },
        {"itemCount": 2, "baseStartAt": iso(_START)},
        {"fileCount": 240, "scanning": True},
        {"mode": "AUTO", "status": {"mode": "AUTO", "currentItem": None, "nextItem": None}},
    )
