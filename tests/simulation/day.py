"""
A day of broadcasting out of a seed: a list of about 700 items, operators at work, and everything
that breaks.
"""

import random
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from fractions import Fraction
from zoneinfo import ZoneInfo

from attrs import define, evolve, field, frozen

from rtgplayout.emulator.media import Library, Media
from rtgplayout.playout.events import ModeSet, PlayAsked, TakeAsked
from rtgplayout.playout.report import memory, revive
from rtgplayout.playout.state import Setup, State
from rtgplayout.playout.status import Mode
from rtgplayout.rundown.item import Item, Kind, SecondaryEvent, SecondaryType, Trigger
from rtgplayout.rundown.playlist import Add, Change, Move, Playlist, Remove, SetHardStart
from rtgplayout.rundown.timing import ClockTime

from .stage import Era, Stage

RATE = Fraction(25)
ZONE = ZoneInfo("Europe/Paris")
EPOCH = 1_773_633_600.0  # 2026-03-16 05:00 in Paris
DAY = 86_400.0
FILES = 160
_MISSING, _CORRUPT, _HALF = 0.008, 0.008, 0.004
_LIVE, _GRAPHICS = 0.015, 0.1
_MEDDLING = ('PLAY 1-10 "foreign.mp4"', "CLEAR 1-10", "STOP 1-10", "PLAY 1-10", "CLEAR 1")
_SECONDS = (20, 226)
"""Shortest and longest item; a day is about 700 of them."""


class Fault(Enum):
    """What can break."""

    SERVER = "the server restarts"
    LINK = "the link is lost"
    DAEMON = "the daemon restarts"
    SILENCE = "telemetry is lost"
    FREEZE = "the clip on air freezes"
    BAD_FILE = "a file is missing or broken"
    OPERATOR = "an operator cuts"
    CLIENT = "another client meddles"


@frozen
class Trouble:
    """
    Something broke, or was cut, from then to then on the simulated clock.

    @ivar ends: when it is mended; what follows it must be right again soon.
    """

    fault: Fault
    starts: float
    ends: float


@frozen
class Rehearsal:
    """
    How much of everything there is in a day; faults can be left out.
    """

    seed: int = 0
    days: float = 1.0
    faults: bool = True
    edits: bool = True
    filler: bool = False


@define(eq=False)
class Day:
    """
    @ivar troubles: everything that broke.
    @ivar edits: when operators changed the list, on the simulated clock.
    """

    plan: Rehearsal
    chance: random.Random = field(init=False)
    stage: Stage = field(init=False)
    troubles: list[Trouble] = field(factory=list, init=False)
    edits: list[float] = field(factory=list, init=False)
    _files: list[Media] = field(factory=list, init=False)
    _number: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(self.plan.seed)
        self._files = [
            Media(f"clips/file{n:03d}.mp4", self.chance.randint(*_SECONDS) * 25 + n % 7)
            for n in range(FILES)
        ]
        broken = [
            Media("clips/corrupt.mp4", 2500, openable=False),
            Media("clips/half.mp4", 2500, present=1250),
            Media("filler.mp4", 750),
            Media("slate.png", 0),
            Media("foreign.mp4", 2500),
        ]
        library = Library.of([*self._files, *broken])
        setup = Setup(RATE, ZONE, filler="filler.mp4" if self.plan.filler else None)
        playlist = Playlist(RATE, self._list())
        self.stage = Stage(State(setup, playlist), library, self.plan.seed, EPOCH)

    # The list.

    def _item(self) -> Item:
        """An item as a day has them."""
        self._number += 1
        name = f"i{self._number:05d}"
        if self.chance.random() < _LIVE:
            frames = self.chance.randint(30, 300) * 25
            return Item(name, name, str(self.chance.randint(1, 2)), frames, 0, Kind.LIVE)
        luck = self.chance.random()
        if luck < _MISSING:
            return Item(name, name, "clips/missing.mp4", 1000)
        if luck < _MISSING + _CORRUPT:
            return Item(name, name, "clips/corrupt.mp4", 2500)
        if luck < _MISSING + _CORRUPT + _HALF:
            return Item(name, name, "clips/half.mp4", 2500)
        media = self.chance.choice(self._files)
        start = self.chance.randint(0, media.frames // 4) if self.chance.random() < 0.3 else 0
        length = media.frames - start
        if self.chance.random() < 0.3:
            length = self.chance.randint(250, length) if length > 250 else length
        events: tuple[SecondaryEvent, ...] = ()
        if self.chance.random() < _GRAPHICS:
            events = (
                SecondaryEvent("on", SecondaryType.CG_ADD, Trigger.START, 2000, 20, "bug"),
                SecondaryEvent("off", SecondaryType.CG_STOP, Trigger.END, 1000, 20),
            )
        return Item(name, name, media.name, length, start, secondary_events=events)

    def _list(self) -> tuple[Item, ...]:
        """A list that lasts as long as the plan, with hard starts near where items fall anyway."""
        items: list[Item] = []
        at, next_hard = EPOCH, EPOCH + 1800
        while at < EPOCH + self.plan.days * DAY + 3600:
            item = self._item()
            if at >= next_hard:
                wanted = round(at + self.chance.uniform(-45, 45))
                item = evolve(item, hard_start=_clock_time(wanted))
                next_hard = at + self.chance.uniform(1500, 3600)
                at = float(wanted)
            items.append(item)
            at += float(item.duration / RATE)
        return tuple(items)

    # The day.

    def run(self) -> list[Era]:
        """Let the day pass; what the viewer saw."""
        stage = self.stage
        stage.connect()
        stage.run_for(0.3)
        stage.happen(ModeSet(Mode.AUTO, "operator"))
        end = self.plan.days * DAY
        for happen, per_day in self._happenings():
            count = self._poisson(per_day * self.plan.days)
            for _ in range(count):
                stage.at(self.chance.uniform(60, end - 120), happen)
        stage.run(end)
        return stage.finish()

    def _happenings(self) -> list[tuple[Callable[[], None], float]]:
        """What happens, and how often a day."""
        edits: list[tuple[Callable[[], None], float]] = [
            (self._edited(self._remove), 12),
            (self._edited(self._add), 15),
            (self._edited(self._move), 12),
            (self._edited(self._trim), 8),
            (self._edited(self._set_hard), 4),
            (self._edited(self._clear_hard), 2),
            (self._take, 8),
            (self._play, 4),
        ]
        faults: list[tuple[Callable[[], None], float]] = [
            (self._restart_server, 4),
            (self._cut_link, 8),
            (self._restart_daemon, 4),
            (self._silence, 6),
            (self._freeze, 5),
            (self._meddle, 6),
        ]
        return (edits if self.plan.edits else []) + (faults if self.plan.faults else [])

    def _poisson(self, mean: float) -> int:
        count, left = 0, mean
        while (left := left - self.chance.expovariate(1.0)) > 0:
            count += 1
        return count

    def trouble(self, fault: Fault, seconds: float = 0.0) -> None:
        """Note that something breaks now."""
        self.troubles.append(Trouble(fault, self.stage.time, self.stage.time + seconds))

    # Operators.

    def _ahead(self, least: int = 0) -> int:
        """The index of an item that comes soon."""
        cursor, length = self.stage.state.cursor, len(self.stage.state.playlist.items)
        return min(length - 1, cursor + least + int(self.chance.expovariate(0.4)))

    def _edited(self, edit: Callable[[], None]) -> Callable[[], None]:
        """C{edit}, noted."""

        def happen() -> None:
            self.edits.append(self.stage.time)
            edit()

        return happen

    def _remove(self) -> None:
        index = self._ahead()
        item = self.stage.state.playlist.items[index]
        self.stage.edit(Remove((item.id,)))

    def _add(self) -> None:
        self.stage.edit(Add((self._item(),), self._ahead()))

    def _move(self) -> None:
        self.stage.edit(Move(self._ahead(), self._ahead()))

    def _trim(self) -> None:
        item = self.stage.state.playlist.items[self._ahead()]
        if item.duration > 500:
            changed = evolve(item, duration=item.duration - self.chance.randint(1, 250))
            self.stage.edit(Change(changed))

    def _set_hard(self) -> None:
        item = self.stage.state.playlist.items[self._ahead(3)]
        at = round(self.stage.now.wall + self.chance.uniform(120, 900))
        self.stage.edit(SetHardStart(item.id, _clock_time(at)))

    def _clear_hard(self) -> None:
        items = self.stage.state.playlist.items
        for item in items[self.stage.state.cursor :]:
            if item.hard_start is not None:
                self.stage.edit(SetHardStart(item.id, None))
                return

    def _take(self) -> None:
        self.trouble(Fault.OPERATOR, 1.0)
        self.stage.happen(TakeAsked("operator"))

    def _play(self) -> None:
        self.trouble(Fault.OPERATOR, 1.0)
        item = self.stage.state.playlist.items[self._ahead()]
        self.stage.happen(PlayAsked(item.id, "operator"))

    # What breaks.

    def _restart_server(self) -> None:
        if not self.stage.server.alive:
            return
        seconds = self.chance.uniform(0.5, 8)
        self.trouble(Fault.SERVER, seconds + 0.5)
        self.stage.crash()
        self.stage.after(seconds, self.stage.revive)
        self.stage.after(seconds + self.chance.uniform(0.01, 0.2), self.stage.connect)

    def _cut_link(self) -> None:
        seconds = self.chance.choice((0.2, 2.0, 10.0, 60.0)) * self.chance.uniform(0.5, 1.5)
        self.trouble(Fault.LINK, seconds)
        self.stage.cut()
        self.stage.after(seconds, self.stage.connect)

    def _restart_daemon(self) -> None:
        seconds = self.chance.uniform(0.5, 6)
        self.trouble(Fault.DAEMON, seconds)
        stage = self.stage
        remembered = memory(stage.state, stage.now)
        playlist = stage.state.playlist
        stage.restart_daemon(evolve(revive(stage.state.setup, playlist, remembered)))
        stage.after(seconds, stage.connect)

    def _silence(self) -> None:
        seconds = self.chance.uniform(2, 90)
        self.trouble(Fault.SILENCE, seconds)
        self.stage.osc = False
        self.stage.after(seconds, self._heard_again)

    def _heard_again(self) -> None:
        self.stage.osc = True

    def _freeze(self) -> None:
        self.trouble(Fault.FREEZE, 1.0)
        setup = self.stage.state.setup
        self.stage.catch_up()
        self.stage.server.freeze(setup.channel, setup.layer)
        self.stage.dense(50)

    def _meddle(self) -> None:
        """Somebody else commands the server; what is ours is put back."""
        line = self.chance.choice(_MEDDLING)
        if self.stage.server.alive:
            self.trouble(Fault.CLIENT, 2.0)
            self.stage.meddle(line)


def _clock_time(instant: float) -> ClockTime:
    """What the station's clock shows then."""
    local = datetime.fromtimestamp(instant, ZONE)
    return ClockTime(((local.hour * 60 + local.minute) * 60 + local.second) * 1000)
