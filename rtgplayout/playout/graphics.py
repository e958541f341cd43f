# -*- test-case-name: tests.playout.test_graphics -*-
"""
What is on graphics layers: which template where, with which data, as far as CasparCG confirmed it.

CasparCG confirms twice. It takes a command; and it shows, tick by tick, whose page is on a layer,
though neither the page's data nor whether it was told to play. A page that closed itself, or did
not load, stays on its layer and has no address any more: it is gone.
"""

import json
import re
from collections.abc import Mapping
from enum import Enum
from math import inf
from types import MappingProxyType

from attrs import define, evolve, field, frozen

from ..amcp.commands import CgAdd, CgClear, CgCommand, CgPlay, CgStop, CgUpdate, Target
from ..amcp.status import ChannelStatus, Layer
from .asrun import Cause, Confirmation, Entry, TemplateHide, TemplateShow
from .events import Now

__all__ = [
    "MOST_DATA",
    "MOST_TEMPLATES",
    "PATIENCE",
    "After",
    "Graphics",
    "GraphicsChange",
    "Template",
    "What",
    "active",
    "answered",
    "asked",
    "differs",
    "json_text",
    "no_room",
    "on_layer",
    "seen",
    "taken",
    "template_name",
]

PATIENCE = 0.5
"""Seconds after a command until what CasparCG shows surely shows it (behaviour (c): 0.08)."""

MOST_TEMPLATES = 100
"""Layers that operators put templates on: each is a browser in CasparCG."""
MOST_DATA = 1 << 17
"""Bytes of the data of a template, all updates included: all of it is told at each change."""

_NO_DATA: Mapping[str, object] = MappingProxyType({})
_FOLDER = re.compile(r".*/templates?/", re.IGNORECASE | re.DOTALL)
_NO_SLOTS: Mapping[int, "_Slot"] = MappingProxyType({})


@frozen
class Template:
    """
    A template on a layer.

    @ivar name: as the command named it; worked out of CasparCG's path when it was found there.
    @ivar data: what it was given, all updates included; empty when it was found.
    @ivar playing: it was told to play, and not to stop since.
    @ivar loaded_at: seconds since the epoch.
    @ivar played_at: likewise; L{None} when it was not told to play yet.
    @ivar found: it was not put there by this daemon: CasparCG says that it is there.
    """

    target: Target
    name: str
    data: Mapping[str, object] = _NO_DATA
    playing: bool = False
    loaded_at: float = 0.0
    played_at: float | None = None
    found: bool = False


class What(Enum):
    """What became of a template."""

    LOADED = "loaded"
    """It is there, in the place of what was."""
    PLAYING = "playing"
    STOPPED = "stopped"
    UPDATED = "updated"
    REMOVED = "removed"


@frozen
class GraphicsChange:
    """
    Something that operators should know.

    @ivar template: as it is now; as it was last, when it was removed.
    """

    what: What
    template: Template


@frozen
class _Slot:
    """
    What is known of a layer.

    @ivar template: what is on it; L{None} while that is only awaited.
    @ivar path: where CasparCG has its page from; empty until that was seen.
    @ivar since: when it was first told to play, on the monotonic clock; L{None} when it does not.
    @ivar settled: from when on what CasparCG shows tells of it, on the monotonic clock.
    """

    template: Template | None = None
    path: str = ""
    since: float | None = None
    settled: float = -inf


@frozen
class Graphics:
    """
    What is known of all graphics layers.

    @ivar reserved: layers of playlists, which are none.
    @ivar folder: where CasparCG has its templates; empty when it is not known.
    @ivar slots: by channel and layer.
    @ivar looked: the channels that were seen once: what is found there later came meanwhile.
    """

    reserved: frozenset[Target] = frozenset()
    folder: str = ""
    slots: Mapping[int, Mapping[int, _Slot]] = field(factory=dict)
    looked: frozenset[int] = frozenset()


@frozen
class After:
    """
    What came of something that happened.

    @ivar changes: what operators should know, in order.
    @ivar entries: what the as-run log should.
    """

    graphics: Graphics
    changes: tuple[GraphicsChange, ...] = ()
    entries: tuple[Entry, ...] = ()


def active(graphics: Graphics) -> tuple[Template, ...]:
    """What is there, by channel and layer."""
    return tuple(
        slot.template
        for _, slots in sorted(graphics.slots.items())
        for _, slot in sorted(slots.items())
        if slot.template is not None
    )


def on_layer(graphics: Graphics, target: Target) -> Template | None:
    """The template there."""
    return _slot(graphics, target).template


def no_room(graphics: Graphics, command: CgCommand) -> tuple[str, str] | None:
    """
    Why an operator cannot do that, as a path and a sentence: it would be too much; L{None} when it
    is not.
    """
    target = command.target
    match command:
        case CgAdd():
            others = [
                slot
                for channel, slots in graphics.slots.items()
                for layer, slot in slots.items()
                if (channel, layer) != (target.channel, target.layer)
                and (slot.template is not None or slot.settled == inf)
            ]
            if len(others) >= MOST_TEMPLATES:
                return "layer", f"{MOST_TEMPLATES} layers have templates; remove one first"
        case CgUpdate(_, text) if (template := on_layer(graphics, target)) is not None:
            data = {**template.data, **_object(text)}
            if len(json_text(data).encode("utf-8", "replace")) > MOST_DATA:
                why = f"the template would have more than {MOST_DATA} bytes of data in all"
                return "templateData", why
    return None


# What is told to CasparCG.


def asked(graphics: Graphics, target: Target) -> Graphics:
    """A command is on its way there: until it is L{answered}, nobody knows what is there."""
    return _with(graphics, target, evolve(_slot(graphics, target), settled=inf))


def answered(graphics: Graphics, target: Target, now: Now) -> Graphics:
    """It was answered, or never will be."""
    settled = now.mono + PATIENCE
    return _with(graphics, target, evolve(_slot(graphics, target), settled=settled))


def taken(
    graphics: Graphics, command: CgCommand, now: Now, by: str = "", item_id: str = ""
) -> After:
    """
    CasparCG took C{command}.

    @param by: who asked for it.
    @param item_id: of the item whose graphics these are; empty when an operator asked.
    """
    turn = _Turn(graphics, now, Cause.SECONDARY if item_id else Cause.OPERATOR, by, item_id)
    slot = _slot(graphics, command.target)
    match command:
        case CgAdd(target, name, text, play):
            turn.hide(slot)
            template = Template(target, name, _object(text), loaded_at=now.wall)
            turn.tell(What.LOADED, template)
            slot = evolve(slot, template=template, path="", since=None)
            slot = turn.play(slot, template) if play else slot
        case CgPlay() if slot.template is not None:
            slot = turn.play(slot, slot.template)
        case CgStop() if slot.template is not None and slot.template.playing:
            stopped = evolve(slot.template, playing=False)
            slot = evolve(turn.hide(slot), template=stopped)
            turn.tell(What.STOPPED, stopped)
        case CgUpdate(_, text) if slot.template is not None:
            data = MappingProxyType({**slot.template.data, **_object(text)})
            updated = evolve(slot.template, data=data)
            slot = evolve(slot, template=updated)
            turn.tell(What.UPDATED, updated)
        case CgClear():
            slot = turn.remove(slot)
    return turn.after(_with(graphics, command.target, slot))


# What CasparCG shows.


def differs(graphics: Graphics, status: ChannelStatus, mono: float) -> bool:
    """
    Whether C{status} tells anything that is not known. Asked at every tick of every channel, and
    nothing is made for it.

    @param mono: the monotonic clock.
    """
    if status.channel not in graphics.looked:
        return True
    slots = graphics.slots.get(status.channel, _NO_SLOTS)
    for number, slot in slots.items():
        if mono >= slot.settled:
            if not slot.path or _page(status.layers.get(number)) != slot.path:
                return True
    for number, layer in status.layers.items():
        if number not in slots and _page(layer):
            if Target(status.channel, number) not in graphics.reserved:
                return True
    return False


def seen(graphics: Graphics, status: ChannelStatus, now: Now) -> After:
    """
    CasparCG shows that: what is not there any more is gone, and what is there and is not known was
    found. What is found at the first look was there before this daemon was.
    """
    how = Confirmation.INFO if status.tick is None else Confirmation.OSC
    first = status.channel not in graphics.looked
    turn = _Turn(graphics, now, Cause.CASPAR, confirmation=how, first=first)
    channel, slots = status.channel, {}
    for number, slot in graphics.slots.get(status.channel, _NO_SLOTS).items():
        page = _page(status.layers.get(number))
        if now.mono < slot.settled:
            slots[number] = slot
        elif slot.template is not None and page and _is(slot, page):
            slots[number] = evolve(slot, path=page)
        else:
            turn.remove(slot)
    for number, layer in status.layers.items():
        target, page = Target(channel, number), _page(layer)
        if page and number not in slots and target not in graphics.reserved:
            name = template_name(page, graphics.folder)
            template = Template(target, name, loaded_at=now.wall, found=True)
            turn.tell(What.LOADED, template)
            slots[number] = turn.play(_Slot(path=page), template)
    slots_now, looked = {**graphics.slots, channel: slots}, graphics.looked | {channel}
    return turn.after(evolve(graphics, slots=slots_now, looked=looked))


def template_name(path: str, folder: str = "") -> str:
    """
    The name by which the page at C{path} can be put on a layer again.

    @param path: as CasparCG shows it: C{file://} and a path, or an address on the web, which is its
        own name.
    @param folder: where CasparCG has its templates; when that is not known, it is taken to be the
        last folder called C{template} or C{templates}.
    """
    if "://" in path and not path.lower().startswith("file://"):
        return path
    name = path[7:] if "://" in path else path
    name, folder = name.replace("\\", "/"), folder.replace("\\", "/").rstrip("/") + "/"
    if len(folder) > 1 and name[: len(folder)].casefold() == folder.casefold():
        name = name[len(folder) :]
    else:
        name = _FOLDER.sub("", name, count=1)
    return name[:-5] if name.lower().endswith(".html") else name


def json_text(data: Mapping[str, object]) -> str:
    """
    The JSON of a template's data, with its letters as they are.

    @raise ValueError: JSON cannot say it.
    """
    try:
        text = json.dumps(dict(data), ensure_ascii=False, allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"it is no JSON: {error}") from None
    try:
        text.encode()
    except UnicodeEncodeError:  # half an emoji: JSON can say it, in ASCII
        return json.dumps(dict(data))
    return text


def _object(text: str) -> Mapping[str, object]:
    return MappingProxyType(json.loads(text))


def _page(layer: Layer | None) -> str:
    """Where the page on a layer is from; empty when there is none."""
    if layer is None:
        return ""
    shown = layer.foreground
    return shown.path if shown.producer == "html" or shown.leads_to == "html" else ""


def _is(slot: _Slot, page: str) -> bool:
    """Whether that page is the one of the template in the slot."""
    if slot.path or slot.template is None:
        return slot.path == page
    name = slot.template.name
    plain = "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
    return page == name or page.replace("\\", "/").casefold().endswith(f"/{plain}.html".casefold())


def _slot(graphics: Graphics, target: Target) -> _Slot:
    return graphics.slots.get(target.channel, _NO_SLOTS).get(target.layer) or _Slot()


def _with(graphics: Graphics, target: Target, slot: _Slot) -> Graphics:
    slots = {**graphics.slots.get(target.channel, _NO_SLOTS), target.layer: slot}
    return evolve(graphics, slots={**graphics.slots, target.channel: slots})


@define
class _Turn:
    """
    What is told and written down of one thing that happened, as it is found out.

    @ivar first: it is the first look at the channel.
    """

    _before: Graphics
    now: Now
    cause: Cause
    by: str = ""
    item_id: str = ""
    confirmation: Confirmation = Confirmation.AMCP
    first: bool = False
    changes: list[GraphicsChange] = field(factory=list)
    entries: list[Entry] = field(factory=list)

    def tell(self, what: What, template: Template) -> None:
        """Operators should know."""
        self.changes.append(GraphicsChange(what, template))

    def play(self, slot: _Slot, template: Template) -> _Slot:
        """It is told to play, or found."""
        since = slot.since
        if since is None:
            since = self.now.mono
            self.entries.append(
                TemplateShow(
                    template.name,
                    template.target.channel,
                    template.target.layer,
                    json_text(template.data),
                    self.now.wall,
                    Cause.RECOVERY if self.first else self.cause,
                    self.by,
                    self.item_id,
                    self.confirmation,
                    self.first,
                )
            )
        played_at = None if template.found and slot.template is None else self.now.wall
        template = evolve(template, playing=True, played_at=played_at)
        self.tell(What.PLAYING, template)
        return evolve(slot, template=template, since=since)

    def hide(self, slot: _Slot) -> _Slot:
        """It is not seen any more, if it was."""
        template = slot.template
        if template is not None and slot.since is not None:
            self.entries.append(
                TemplateHide(
                    template.name,
                    template.target.channel,
                    template.target.layer,
                    self.now.mono - slot.since,
                    self.now.wall,
                    self.cause,
                    self.by,
                    self.item_id,
                    self.confirmation,
                )
            )
        return evolve(slot, since=None)

    def remove(self, slot: _Slot) -> _Slot:
        """It is not there any more, if it was."""
        self.hide(slot)
        if slot.template is not None:
            self.tell(What.REMOVED, slot.template)
        return _Slot(settled=slot.settled)

    def after(self, graphics: Graphics) -> After:
        """All of it."""
        return After(graphics, tuple(self.changes), tuple(self.entries))
