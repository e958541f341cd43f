# -*- test-case-name: tests.store.test_presets_file -*-
"""
C{presets.json}: the presets in the old system's format, written exactly and read tolerantly; what
the old page exports and imports is the same.

    [{"name": "guest 1", "channel": 1, "layer": 20, "templateName": "rtg-lower-third/index",
      "data": {"title": "x"}, "savedAt": "2026-03-01T18:00:00.000Z"}]

indented by two, without a newline at the end. What else stands in an entry is kept.
"""

from collections.abc import Mapping
from reprlib import repr as short

import orjson

from ..amcp.commands import Target
from ..playout.presets import Preset, Presets, fault_of
from ..rundown.timing import iso
from .decoded import Decoded, Unreadable, parsed
from .written import few, instant

__all__ = ["FILE_NAME", "NoPreset", "decode", "encode", "read", "written"]

FILE_NAME = "presets.json"

_KEYS = frozenset("name channel layer templateName data savedAt".split())


class NoPreset(Exception):
    """Why nothing can be made of an entry."""


def written(preset: Preset) -> dict[str, object]:
    """A preset as a JSON object, as the file has it."""
    return {
        "name": preset.name,
        "channel": preset.target.channel,
        "layer": preset.target.layer,
        "templateName": preset.template,
        "data": preset.data,
        **({} if preset.saved_at is None else {"savedAt": iso(preset.saved_at)}),
        **{key: value for key, value in preset.extra.items() if key not in _KEYS},
    }


def encode(presets: Presets) -> bytes:
    """The file of all presets. It is for a thread."""
    pieces = [_dump([written(preset)])[1:-2] for preset in presets.presets]
    return b"[" + b",".join(pieces) + b"\n]" if pieces else b"[]"


def _dump(value: object) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2)


def _plain(value: object) -> object:
    """What JSON calls an object, for the mappings that orjson does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def decode(content: bytes) -> Decoded[Presets]:
    """
    The presets of a file, with all that had to be repaired or left out.

    @raise Unreadable: it is not a JSON array.
    """
    document = parsed(content)
    if not isinstance(document, list):
        raise Unreadable("it is not a JSON array")
    found: dict[str, Preset] = {}
    sentences: list[str] = []
    for n, each in enumerate(document, 1):
        try:
            preset, notes = read(each)
        except NoPreset as error:
            sentences.append(f"Preset {n} was left out: {error}.")
            continue
        sentences += [f"Preset {n} {note}." for note in notes]
        if preset.name in found:
            sentences.append(f"There are several presets {preset.name}; the last was taken.")
        found[preset.name] = preset
    return Decoded(Presets(tuple(found.values())), few(sentences))


def read(entry: object) -> tuple[Preset, tuple[str, ...]]:
    """
    The preset that a JSON value is, and what had to be repaired in it.

    @raise NoPreset: it is none; says why.
    """
    if not isinstance(entry, dict):
        raise NoPreset("it is not a JSON object")
    notes = []
    name, template = entry.get("name"), entry.get("templateName")
    if not isinstance(name, str):
        raise NoPreset("it has no name")
    if not isinstance(template, str):
        raise NoPreset("it names no template")
    channel, layer = entry.get("channel", 1), entry.get("layer", 20)
    if type(channel) is not int or type(layer) is not int:
        raise NoPreset(f"it is for {short(channel)}-{short(layer)}, which is no layer")
    data = entry.get("data")
    if not isinstance(data, dict):
        notes.append(f"had the data {short(data)}; it has none")
        data = {}
    saved_at = instant(entry.get("savedAt"))
    if saved_at is None and entry.get("savedAt") is not None:
        notes.append(f"was saved at {short(entry['savedAt'])}, which is no date")
    extra = {key: value for key, value in entry.items() if key not in _KEYS}
    preset = Preset(name, Target(channel, layer), template, data, saved_at, extra)
    fault = fault_of(preset)
    if fault is not None:
        raise NoPreset(f"{fault[0]}: {fault[1]}")
    try:
        _dump([[written(preset)]])
    except orjson.JSONEncodeError:
        raise NoPreset("it is nested too deeply") from None
    return preset, tuple(notes)
