# -*- test-case-name: tests.api.test_graphics -*-
"""What is asked of graphics and their presets."""

from collections.abc import Callable, Mapping
from functools import partial

from attrs import evolve, frozen

from ..amcp.commands import Target
from ..playout import presets
from ..playout.presets import Preset, Presets
from .answers import Answer, PresetDeleted, PresetImportSuccess
from .desk import GraphicsDesk, Kept
from .messages import (
    PresetDelete,
    PresetImport,
    PresetLoad,
    PresetSave,
    PresetSpec,
    TemplateLoad,
    TemplateLoadAndPlay,
    TemplatePlay,
    TemplateRemove,
    TemplateStop,
    TemplateUpdate,
)
from .views import SAFE

__all__ = ["GraphicsCounter", "GraphicsMessage"]

GraphicsMessage = (
    TemplateLoad
    | TemplatePlay
    | TemplateStop
    | TemplateUpdate
    | TemplateRemove
    | TemplateLoadAndPlay
    | PresetSave
    | PresetLoad
    | PresetDelete
    | PresetImport
)


@frozen
class GraphicsCounter:
    """
    Does what is asked of graphics.

    @ivar tell_all: told what everybody is to know, beside the lists.
    @ivar now: seconds since the epoch.
    """

    graphics: GraphicsDesk
    presets: Kept[Presets]
    tell_all: Callable[[Answer], None]
    now: Callable[[], float]

    async def serve(self, asked: GraphicsMessage, by: str) -> Answer | None:
        """
        Do it.

        @param by: who asks.
        @return: what the one who asked is told, once it is done.
        @raise CannotDo: it cannot be done now.
        @raise EditRefused: it makes no sense.
        """
        match asked:
            case TemplateLoad(channel, layer, name, data):
                await self.graphics.load(Target(channel, layer), name, data, False, by)
            case TemplateLoadAndPlay(channel, layer, name, data):
                await self.graphics.load(Target(channel, layer), name, data, True, by)
            case TemplatePlay(channel, layer):
                await self.graphics.play(Target(channel, layer), by)
            case TemplateStop(channel, layer):
                await self.graphics.stop(Target(channel, layer), by)
            case TemplateUpdate(channel, layer, data):
                await self.graphics.update(Target(channel, layer), data, by)
            case TemplateRemove(channel, layer):
                await self.graphics.remove(Target(channel, layer), by)
            case PresetSave():
                preset = Preset(
                    asked.name,
                    Target(asked.channel, asked.layer),
                    asked.template_name,
                    asked.template_data,
                    self.now(),
                )
                await self.presets.change(partial(presets.saved, preset=preset))
            case PresetLoad(name, play):
                preset = self._found(name)
                await self.graphics.load(preset.target, preset.template, preset.data, play, by)
            case PresetDelete(name):
                known = self._found(name).name
                await self.presets.change(partial(presets.deleted, name=known))
                self.tell_all(PresetDeleted(known))
            case PresetImport(specs, overwrite):
                return PresetImportSuccess(await self._import(specs, overwrite))
        return None

    def _found(self, name: str) -> Preset:
        """
        The preset of that name, as it is or as version 1 shows it.

        @raise EditRefused: there is none.
        """
        known = self.presets.value
        return presets.find(known, _meant(name, known, _shown(known)))

    async def _import(self, specs: tuple[PresetSpec, ...], overwrite: bool) -> int:
        """Keep what was exported, by whichever version; how many."""
        new = [
            Preset(
                spec.name,
                Target(spec.channel, spec.layer),
                spec.template_name,
                spec.data,
                spec.saved_at,
                spec.extra,
            )
            for spec in specs
            if spec.name is not None and spec.template_name is not None
        ]
        counts: list[int] = []

        def edit(before: Presets) -> Presets:
            shown = _shown(before)
            named = [evolve(each, name=_meant(each.name, before, shown)) for each in new]
            after, count = presets.imported(before, named, overwrite)
            counts.append(count)
            return after

        await self.presets.change(edit)
        return counts[-1]


def _shown(known: Presets) -> Mapping[str, str]:
    """The names of presets, by what version 1 shows of them."""
    return {name.translate(SAFE): name for name in reversed(tuple(known.by_name))}


def _meant(name: str, known: Presets, shown: Mapping[str, str]) -> str:
    """The name of the preset that is called so, or shown so by version 1; else C{name} itself."""
    return name if name in known.by_name else shown.get(name, name)
