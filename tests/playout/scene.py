"""
What the tests of the rules share: a stage with items on it, and what was seen and written there.

The files are named after their items: item C{a} plays C{a.mp4}. They open at once, so that what a
test expects of a cold start is exact; the days of L{tests.simulation} have them open as measured.
"""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from rtgplayout.emulator.media import Kind as MediaKind
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.viewer import Shown as Run
from rtgplayout.playout.asrun import (
    Entry,
    PlayEnd,
    PlayError,
    PlayStart,
    PlayStop,
    SystemEvent,
    TemplateHide,
    TemplateShow,
)
from rtgplayout.playout.events import ModeSet, PlayAsked, StopAsked, TakeAsked
from rtgplayout.playout.state import Setup, State
from rtgplayout.playout.status import Mode
from rtgplayout.rundown.item import Item, Kind, SecondaryEvent
from rtgplayout.rundown.playlist import Playlist
from rtgplayout.rundown.timing import ClockTime
from tests.simulation.stage import Stage

RATE = Fraction(25)
ZONE = ZoneInfo("Europe/Paris")
EPOCH = 1_773_633_600.0
"""2026-03-16 05:00:00 in Paris: the wall clock at time 0 of a stage."""

PROMPT = ((6, 6, True, 1),)
"""Files that are open and decoded on the first tick."""

Sight = tuple[str, int, int] | tuple[str, int, int, str]
"""Name, first frame, ticks; and C{"held"} when the picture did not move."""


def clip(
    name: str,
    frames: int = 100,
    in_point: int = 0,
    *,
    file: str = "",
    hard: float | None = None,
    events: Iterable[SecondaryEvent] = (),
    stop_after: bool = False,
) -> Item:
    """
    An item that plays a file.

    @param hard: its hard start, in seconds on the stage's clock.
    """
    return Item(
        name,
        name.upper(),
        file or f"{name}.mp4",
        frames,
        in_point,
        hard_start=None if hard is None else clock_time(hard),
        secondary_events=tuple(events),
        stop_after=stop_after,
    )


def live(
    name: str, frames: int = 100, device: int = 1, *, events: Iterable[SecondaryEvent] = ()
) -> Item:
    """An item that shows an input."""
    return Item(name, name.upper(), str(device), frames, 0, Kind.LIVE, secondary_events=(*events,))


def still(name: str, frames: int = 100, **more: float) -> Item:
    """An item that shows an image."""
    return clip(name, frames, file=f"{name}.png", hard=more.get("hard"))


def clock_time(seconds: float) -> ClockTime:
    """What the station's clock shows then."""
    local = datetime.fromtimestamp(EPOCH + seconds, ZONE)
    ms = round(local.microsecond / 1000)
    return ClockTime(((local.hour * 60 + local.minute) * 60 + local.second) * 1000 + ms)


def library(items: Iterable[Item], *files: Media) -> Library:
    """
    A file for each item, that ends where the item does.

    @param files: other files, or others instead.
    """
    made: dict[str, Media] = {}
    for item in items:
        if item.file.endswith(".png"):
            made[item.file] = Media(item.file, 0, MediaKind.STILL)
        elif item.kind is Kind.CLIP:
            known = made.get(item.file)
            longest = max(item.out_point, known.frames if known else 0)
            made[item.file] = Media(item.file, longest)
    for each in files:
        made[each.name] = each
    return Library.of(made.values())


def stage(
    *items: Item,
    files: Iterable[Media] = (),
    missing: Iterable[str] = (),
    filler: str | None = None,
    slate: str | None = None,
    minimum: int = 25,
    base_start: float | None = None,
    connected: bool = True,
) -> Stage:
    """
    A stage with those items in the list and their files in the media folder, connected and in
    manual mode, on which every packet is delivered.

    @param files: others in the folder, or instead of an item's.
    @param missing: names of files that are not there.
    @param base_start: in seconds on the stage's clock.
    """
    covers = [Media(each, 50) for each in (filler, slate) if each and not each.startswith("#")]
    folder = library(items, *covers, *files)
    for name in missing:
        folder.remove(name)
    setup = Setup(RATE, ZONE, minimum_trim=minimum, filler=filler, slate=slate)
    start = None if base_start is None else EPOCH + base_start
    made = Stage(State(setup, Playlist(RATE, items, start)), folder, 0, EPOCH)
    open_promptly(made)
    if connected:
        made.connect()
    made.dense(100_000)
    made.run_for(0.5)
    return made


def open_promptly(stage: Stage) -> None:
    """Have the server's files open at once."""
    stage.server.openings = stage.server.sources.openings = PROMPT


def auto(stage: Stage) -> None:
    """An operator starts the channel."""
    stage.happen(ModeSet(Mode.AUTO, "me"))


def assisted(stage: Stage) -> None:
    """An operator chooses assisted mode."""
    stage.happen(ModeSet(Mode.ASSISTED, "me"))


def manual(stage: Stage) -> None:
    """An operator chooses manual mode."""
    stage.happen(ModeSet(Mode.MANUAL, "me"))


def play(stage: Stage, item_id: str) -> None:
    """An operator plays that item."""
    stage.happen(PlayAsked(item_id, "me"))


def take(stage: Stage) -> None:
    """An operator takes the next item."""
    stage.happen(TakeAsked("me"))


def stop(stage: Stage) -> None:
    """An operator stops the channel."""
    stage.happen(StopAsked("me"))


# What was seen.


def runs(stage: Stage) -> tuple[Run, ...]:
    """What the viewer saw of this life of the server."""
    stage.catch_up()
    return stage.server.shown(1, 10)


def sight(run: Run) -> Sight:
    """A run in short."""
    name = run.picture.name.removeprefix("/media/").rpartition(".")[0] or run.picture.name
    if run.picture.kind == "black":
        name = "black"
    if run.step == 0 and run.ticks > 1:
        return (name, run.first_frame, run.ticks, "held")
    return (name, run.first_frame, run.ticks)


def seen(stage: Stage) -> list[Sight]:
    """Everything that the viewer saw, from the first picture on, up to now."""
    found = [sight(run) for run in runs(stage)]
    return found[1:] if found and found[0][0] == "black" else found


def aired(stage: Stage) -> list[Sight]:
    """What moved, or was no clip; without holds and black."""
    return [each for each in seen(stage) if each[-1] != "held" and each[0] != "black"]


def on_screen(stage: Stage) -> str:
    """What the viewer sees now."""
    return sight(runs(stage)[-1])[0]


def frame_on_screen(stage: Stage) -> int:
    """Which frame the viewer sees now."""
    return runs(stage)[-1].last_frame


def first_seen(stage: Stage, name: str) -> float:
    """When the viewer first saw that, in seconds on the stage's clock."""
    for run in runs(stage):
        if sight(run)[0] == name:
            return stage.starts_at(run.start_tick)
    raise AssertionError(f"{name} was never seen: {seen(stage)}")


# What was written and told.


def _line(entry: Entry) -> tuple[object, ...] | None:
    match entry:
        case PlayStart():
            return ("start", entry.item_id, entry.first_frame, entry.cause.value)
        case PlayEnd():
            return ("end", entry.item_id, entry.frames)
        case PlayStop():
            return ("stop", entry.item_id, entry.by)
        case PlayError():
            return ("error", entry.item_id, entry.error)
        case TemplateShow():
            return ("show", entry.template, entry.layer)
        case TemplateHide():
            return ("hide", entry.layer)
        case SystemEvent():
            return ("system", entry.event)


def written(stage: Stage) -> list[tuple[object, ...] | None]:
    """The as-run log, in short."""
    return [_line(entry) for _, entry in stage.entries]


def told(stage: Stage, level: str = "") -> list[str]:
    """What operators were told, at that level or at any."""
    return [notice.message for _, notice in stage.notices if level in ("", notice.level)]


def sent(stage: Stage, kind: type) -> list[float]:
    """When commands of that kind were sent."""
    return [at for at, command in stage.sent if isinstance(command, kind)]
