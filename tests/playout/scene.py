"""
What the tests of the rules share: a stage with items on it, and what was seen and written there.

The files are named after their items: item C{a} plays C{a.mp4}. They open at once, so that what a
test expects of a cold start is exact; the days of L{tests.simulation} have them open as measured.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from attrs import define, evolve, field

from rtgplayout.amcp.commands import Clip, Command
from rtgplayout.emulator.clip import Clip as PlayedClip
from rtgplayout.emulator.formats import FORMATS
from rtgplayout.emulator.media import Kind as MediaKind
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.server import Connection
from rtgplayout.emulator.transition import Transition
from rtgplayout.emulator.viewer import Shown as Run
from rtgplayout.playout.asrun import (
    Aired,
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


@define(eq=False)
class Scene(Stage):
    """
    A stage on which single commands can go wrong.

    @ivar fault: what becomes of a command. A number: it is answered with that code, and not done.
        C{"lost"}: it is neither done nor answered. C{"mute"}: it is done and not answered.
        L{None}: all is well.
    @ivar format: the server's video mode; files' lengths are in its ticks.
    @ivar ppm: by how many millionths the server's clock is fast.
    """

    fault: Callable[[Command], int | str | None] = field(default=lambda _: None, init=False)
    ppm: float = field(default=0.0, kw_only=True)
    format: str = field(default="720p2500", kw_only=True)
    _mute: set[int] = field(factory=set, init=False)

    @property
    def period(self) -> float:
        """Seconds a tick."""
        return float(1 / FORMATS[self.format.upper()].rate) * (1 - self.ppm / 1e6)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.server.format = self.format
        self.server.restart()

    def _arrive(self, token: int, text: str, connection: Connection | None) -> None:
        command = self._waiting.get(token)
        wrong = None if command is None else self.fault(command)
        if isinstance(wrong, int) and command is not None and connection is not None:
            verdict = "OK" if wrong < 300 else "FAILED"
            data = f"{wrong} {text.split(maxsplit=1)[0]} {verdict}\r\n".encode()
            self.after(0.001, lambda: self._answer(token, data, connection))
        elif wrong != "lost":
            if wrong == "mute":
                self._mute.add(token)
            super()._arrive(token, text, connection)

    def _answer(self, token: int, data: bytes, connection: Connection) -> None:
        if token not in self._mute:
            super()._answer(token, data, connection)


def at_first(wrong: int | str, kind: type, times: int = 1) -> Callable[[Command], int | str | None]:
    """A fault of the first commands of that kind."""
    left = [wrong] * times

    def found(command: Command) -> int | str | None:
        return left.pop() if left and isinstance(command, kind) else None

    return found


def loads(name: str) -> Callable[[Command], bool]:
    """Whether a command loads the file of that item."""

    def found(command: Command) -> bool:
        source = getattr(command, "source", None)
        return isinstance(source, Clip) and source.name == f"{name}.mp4"

    return found


def stage(
    *items: Item,
    files: Iterable[Media] = (),
    missing: Iterable[str] = (),
    filler: str | None = None,
    slate: str | None = None,
    minimum: int = 25,
    base_start: float | None = None,
    connected: bool = True,
    dense: bool = True,
    ppm: float = 0.0,
    format: str = "720p2500",
    prefix: str = "",
) -> Scene:
    """
    A stage with those items in the list and their files in the media folder, connected and in
    manual mode, on which every packet is delivered.

    @param files: others in the folder, or instead of an item's.
    @param missing: names of files that are not there.
    @param base_start: in seconds on the stage's clock.
    @param dense: L{False} delivers packets around changes only, for long runs.
    @param format: the server's video mode; lengths of C{files} are in its ticks.
    @param ppm: by how many millionths the server's clock is fast.
    @param prefix: the folder below CasparCG's own that all files are in.
    """
    covers = [Media(each, 50) for each in (filler, slate) if each and not each.startswith("#")]
    folder = library(items, *covers, *files)
    for name in missing:
        folder.remove(name)
    if prefix:
        folder = Library.of(evolve(each, name=f"{prefix}/{each.name}") for each in folder)
    setup = Setup(RATE, ZONE, minimum_trim=minimum, filler=filler, slate=slate, prefix=prefix)
    start = None if base_start is None else EPOCH + base_start
    made = Scene(
        State(setup, Playlist(RATE, items, start)), folder, 0, EPOCH, ppm=ppm, format=format
    )
    open_promptly(made)
    if connected:
        made.connect()
    if dense:
        made.dense(100_000)
    made.run_for(0.5)
    return made


def open_promptly(stage: Stage) -> None:
    """Have the server's files open at once, and say so."""
    stage.server.openings = stage.server.sources.openings = PROMPT
    stage.server.shy = stage.server.sources.shy = 0.0


def spoil_cue(stage: Stage) -> None:
    """The file that is cued can not be decoded any more, though it was opened."""
    cued = stage.server.channels[1].layers[10].background
    assert isinstance(cued, Transition) and isinstance(cued.target, PlayedClip)
    cued.target.media = evolve(cued.target.media, openable=False)


def disarm(stage: Stage) -> None:
    """The server forgets that it is to cut to the cue by itself."""
    stage.server.channels[1].layers[10].auto = False


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


def sight(run: Run, before: Run | None = None) -> Sight:
    """A run in short, when C{before} was seen before it."""
    name = run.picture.name.removeprefix("/media/").rpartition(".")[0] or run.picture.name
    if run.picture.kind == "black":
        name = "black"
    same = before is not None and before.picture.name == run.picture.name
    again = before is not None and same and before.last_frame == run.first_frame
    if run.step == 0 and (run.ticks > 1 or again):
        return (name, run.first_frame, run.ticks, "held")
    return (name, run.first_frame, run.ticks)


def seen(stage: Stage) -> list[Sight]:
    """Everything that the viewer saw, from the first picture on, up to now."""
    all_runs = runs(stage)
    found = [sight(run, before) for before, run in zip((None, *all_runs), all_runs, strict=False)]
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


def _named(aired: Aired) -> str:
    """The item, or what else it is."""
    return aired.item_id or aired.cover or aired.file


def _line(entry: Entry) -> tuple[object, ...] | None:
    match entry:
        case PlayStart(_, aired):
            kind = "again" if aired.continued else "start"
            return (kind, _named(aired), aired.first_frame, entry.cause.value)
        case PlayEnd(_, aired):
            return ("end", _named(aired), entry.frames)
        case PlayStop(_, aired):
            return ("stop", _named(aired), entry.by)
        case PlayError(_, aired):
            return ("error", _named(aired), entry.error)
        case TemplateShow():
            return ("show", entry.template, entry.layer)
        case TemplateHide():
            return ("hide", entry.template, entry.layer)
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
