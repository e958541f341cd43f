# -*- test-case-name: tests.playout.test_presets -*-
"""
Presets: graphics that operators filled in before they need them, each under a name.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType

import orjson
from attrs import evolve, frozen

from ..amcp.commands import LAST_CHANNEL, LAST_LAYER, Target
from ..rundown.playlist import EditRefused

__all__ = [
    "LONGEST_NAME",
    "MOST_BYTES",
    "MOST_PRESETS",
    "Preset",
    "Presets",
    "deleted",
    "fault_of",
    "find",
    "imported",
    "saved",
]

LONGEST_NAME = 500
"""Characters of a preset's name, and of its template's."""

MOST_PRESETS = 1_000
MOST_BYTES = 4 << 20
"""Bytes of the data of all presets: whoever looks at them gets them all, at each change."""

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MARKUP = re.compile("[\"'<>]")
_NOTHING: Mapping[str, object] = MappingProxyType({})


@frozen
class Preset:
    """
    One filled-in template.

    @ivar target: where it is to be loaded.
    @ivar template: its name, as CasparCG is told it.
    @ivar data: what the template is given.
    @ivar saved_at: seconds since the epoch; L{None} when that is not known.
    @ivar extra: what else came with it when it was imported; it is kept, and means nothing.
    """

    name: str
    target: Target
    template: str
    data: Mapping[str, object] = _NOTHING
    saved_at: float | None = None
    extra: Mapping[str, object] = _NOTHING

    @cached_property
    def size(self) -> int:
        """Bytes of its data, and of what else came with it, as JSON."""
        return len(orjson.dumps((self.data, self.extra), default=dict))


@frozen
class Presets:
    """All presets, each name once, in the order in which they were first saved."""

    presets: tuple[Preset, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Preset]:
        """The same, by name."""
        return {preset.name: preset for preset in self.presets}


def fault_of(preset: Preset) -> tuple[str, str] | None:
    """The field of a preset that can't be so, as the wire calls it, and why not."""
    for field, text in (("name", preset.name), ("templateName", preset.template)):
        if not (text.strip() and len(text) <= LONGEST_NAME and not _UNFIT.search(text)):
            return field, f"it must have 1 to {LONGEST_NAME} characters, without line breaks"
    if _MARKUP.search(preset.template) or ".." in preset.template:
        return "templateName", "it must not have quotes, < or > or .. in it"
    if not 1 <= preset.target.channel <= LAST_CHANNEL:
        return "channel", f"it must be 1 to {LAST_CHANNEL}"
    if not 0 <= preset.target.layer <= LAST_LAYER:
        return "layer", f"it must be 0 to {LAST_LAYER}"
    return None


def find(presets: Presets, name: str) -> Preset:
    """
    The preset of that name.

    @raise EditRefused: there is none.
    """
    try:
        return presets.by_name[name]
    except KeyError:
        raise EditRefused("name", f"there is no preset {name}") from None


def saved(presets: Presets, preset: Preset) -> Presets:
    """
    With that preset, in the place of the one of the same name.

    @raise EditRefused: it can't be so, or there are too many.
    """
    fault = fault_of(preset)
    if fault is not None:
        raise EditRefused(*fault)
    return _with(presets, {preset.name: preset}, "name")


def deleted(presets: Presets, name: str) -> Presets:
    """
    Without the preset of that name.

    @raise EditRefused: there is none.
    """
    gone = find(presets, name)
    return evolve(presets, presets=tuple(each for each in presets.presets if each is not gone))


def imported(presets: Presets, new: Iterable[Preset], overwrite: bool) -> tuple[Presets, int]:
    """
    With all new ones, or none.

    @param overwrite: they take the place of those of the same names; else these stay as they are.
    @return: also how many presets came in.
    @raise EditRefused: one can't be so, or there are too many.
    """
    coming: dict[str, Preset] = {}
    for n, preset in enumerate(new):
        fault = fault_of(preset)
        if fault is not None:
            field, reason = fault
            raise EditRefused(f"presets[{n}].{field}", reason)
        if overwrite or (preset.name not in presets.by_name and preset.name not in coming):
            coming[preset.name] = preset
    return _with(presets, coming, "presets"), len(coming)


def _with(presets: Presets, new: Mapping[str, Preset], path: str) -> Presets:
    """
    With the new ones, by name; the very same value when nothing differs.

    @raise EditRefused: at C{path}: there are too many.
    """
    all_of_them = {**presets.by_name, **new}
    if len(all_of_them) > max(MOST_PRESETS, len(presets.presets)):
        raise EditRefused(path, f"there can't be more than {MOST_PRESETS} presets")
    if _size(all_of_them.values()) > max(MOST_BYTES, _size(presets.presets)):
        raise EditRefused(path, f"the data of all presets can't be more than {MOST_BYTES} bytes")
    together = Presets(tuple(all_of_them.values()))
    return presets if together == presets else together


def _size(presets: Iterable[Preset]) -> int:
    return sum(preset.size for preset in presets)
