# -*- test-case-name: tests.api.test_lists -*-
"""
How the lists beside the playlist look on the wire: the media library, folders, presets, graphics.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from typing import Final

import orjson

from ..media.facts import AudioTrack, Facts, MediaKind
from ..media.folders import Folders
from ..media.library import Entry, Library, State, in_order
from ..media.naming import thumbnail_url
from ..playout.graphics import GraphicsChange, Template, What
from ..playout.presets import Presets
from ..rundown.timing import iso
from ..store.exchange import Fault, ImportReport
from . import answers
from .views import SAFE

__all__ = [
    "active_templates",
    "folder_list",
    "found_file",
    "graphics_told",
    "import_report",
    "library_pieces",
    "preset_list",
]

_PIECE: Final = 100
"""Entries made at a time: less than a millisecond's work."""
_MOST_UNKNOWN = 100
_FACTS = (
    "kind",
    "duration",
    "rate",
    "frames",
    "width",
    "height",
    "fieldOrder",
    "codec",
    "container",
    "audio",
    "complete",
)


def _sources(entry: Entry) -> list[str]:
    there = (entry.on_disk, "disk"), (entry.on_server, "server")
    return [name for is_there, name in there if is_there]


def _thumbnail(entry: Entry) -> str | None:
    """Where its picture is found, whether or not it was made yet."""
    facts = entry.facts
    if entry.state is not State.READY or facts is None or facts.kind is MediaKind.AUDIO:
        return None
    if not entry.on_disk:
        return None
    return thumbnail_url(entry.file, f"{entry.modified_ns:x}-{entry.size:x}")


def _old_entry(entry: Entry, folder_id: int) -> dict[str, object]:
    """A file as a version 1 page has it."""
    told: dict[str, object] = {
        "name": entry.name,
        "file": entry.file,
        "path": entry.file,
        "size": entry.size,
        "durationSeconds": entry.seconds,
        "modified": iso(entry.modified_ns / 1e9),
        "thumbnail": _thumbnail(entry),
        "folderId": folder_id,
        "state": entry.state.value,
        "sources": _sources(entry),
    }
    if entry.fault:
        told["fault"] = entry.fault
    return told


def library_pieces(
    library: Library, folder_of: Callable[[str], int], scanning: bool
) -> Iterator[bytes]:
    """A C{MEDIA_LIBRARY} in pieces to be joined; for a thread, when it is long."""
    before = b'{"type":"MEDIA_LIBRARY","data":{"files":['
    entries = iter(in_order(library))
    while some := [_old_entry(each, folder_of(each.file)) for each in islice(entries, _PIECE)]:
        yield before + orjson.dumps(some)[1:-1]
        before = b","
    end = b'],"isScanning":%s}}' % (b"true" if scanning else b"false")
    yield end if before == b"," else before + end


def _ratio(number: Fraction | None) -> tuple[int, int] | None:
    return None if number is None else number.as_integer_ratio()


def _track(track: AudioTrack) -> dict[str, object]:
    return {
        "codec": track.codec,
        "channels": track.channels,
        "layout": track.layout,
        "sampleRate": track.sample_rate,
    }


def found_file(entry: Entry, folder_id: int, warning: str = "") -> dict[str, object]:
    """
    A file as a version 2 client has it.

    @param warning: what operators should know of its name.
    """
    return {
        "name": entry.name,
        "file": entry.file,
        "state": entry.state.value,
        "fault": entry.fault or None,
        "warning": warning or None,
        "sources": _sources(entry),
        "size": entry.size,
        "modified": iso(entry.modified_ns / 1e9),
        "durationSeconds": entry.seconds,
        "thumbnail": _thumbnail(entry),
        "folderId": folder_id,
        "clip": entry.clip or entry.file,
        **_facts(entry.facts),
    }


def _facts(facts: Facts | None) -> dict[str, object]:
    """What a probe found; all of it null when none did."""
    if facts is None:
        return dict.fromkeys(_FACTS)
    values = (
        facts.kind.value,
        _ratio(facts.duration),
        _ratio(facts.rate),
        facts.frames,
        facts.width,
        facts.height,
        facts.field_order.value,
        facts.codec,
        facts.container,
        [_track(track) for track in facts.audio],
        facts.complete,
    )
    return dict(zip(_FACTS, values, strict=True))


def folder_list(folders: Folders, counts: Mapping[int, int]) -> list[dict[str, object]]:
    """
    All folders, by id.

    @param counts: how many files each shows.
    """
    return [
        {
            "id": folder.id,
            "name": folder.name,
            "parentId": folder.parent_id,
            "color": folder.color,
            "isDefault": folder.is_default,
            "createdAt": iso(folder.created_at),
            "mediaCount": counts.get(folder.id, 0),
        }
        for folder in folders.folders.values()
    ]


def preset_list(presets: Presets, safe: bool) -> list[dict[str, object]]:
    """
    All presets.

    @param safe: for pages that put names into HTML as they are.
    """
    return [
        {
            **preset.extra,
            "name": preset.name.translate(SAFE) if safe else preset.name,
            "channel": preset.target.channel,
            "layer": preset.target.layer,
            "templateName": preset.template,
            "data": dict(preset.data),
            "savedAt": None if preset.saved_at is None else iso(preset.saved_at),
        }
        for preset in presets.presets
    ]


def active_templates(templates: Sequence[Template], safe: bool) -> list[dict[str, object]]:
    """
    What is on graphics layers.

    @param safe: for pages that put names into HTML as they are.
    """
    shown = []
    for template in templates:
        channel, layer = template.target.channel, template.target.layer
        told: dict[str, object] = {
            "key": f"{channel}-{layer}",
            "channel": channel,
            "layer": layer,
            "templateName": template.name.translate(SAFE) if safe else template.name,
            "data": dict(template.data),
            "playing": template.playing,
            "loadedAt": iso(template.loaded_at),
        }
        if template.played_at is not None:
            told["playedAt"] = iso(template.played_at)
        if template.found:
            told["syncedFromCaspar"] = True
        shown.append(told)
    return shown


def graphics_told(change: GraphicsChange) -> answers.Answer:
    """What version 1 is told of a template."""
    template = change.template
    channel, layer = template.target.channel, template.target.layer
    match change.what:
        case What.LOADED:
            return answers.TemplateLoaded(channel, layer, template.name.translate(SAFE))
        case What.PLAYING:
            return answers.TemplatePlaying(channel, layer)
        case What.STOPPED:
            return answers.TemplateStopped(channel, layer)
        case What.UPDATED:
            return answers.TemplateUpdated(channel, layer, dict(template.data))
        case What.REMOVED:
            return answers.TemplateRemoved(channel, layer)


def _faults(faults: Sequence[Fault]) -> tuple[answers.ImportFault, ...]:
    return tuple(answers.ImportFault(fault.line, fault.message) for fault in faults)


def import_report(report: ImportReport, imported: bool) -> answers.ImportReport:
    """What an import did, or would do."""
    return answers.ImportReport(
        imported=imported,
        items=report.items,
        duration_seconds=report.seconds,
        hard_starts=report.hard_starts,
        unknown_files=report.unknown_files[:_MOST_UNKNOWN],
        faults=_faults(report.faults),
        warnings=_faults(report.warnings),
    )
