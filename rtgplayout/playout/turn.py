# -*- test-case-name: tests.playout.test_rules -*-
"""
One turn of the rules: the state as it becomes, and the effects as they are decided.

Lives only inside L{step <rtgplayout.playout.rules.step>}.
"""

from typing import Any

from attrs import define, evolve, field

from ..amcp.commands import CgCommand, Command, LoadBackground, Play
from .asrun import (
    Aired,
    Cause,
    Confirmation,
    Ending,
    Entry,
    Place,
    PlayEnd,
    PlayError,
    PlayStart,
    PlayStop,
    SystemEvent,
)
from .effects import Effect, Graphic, Notify, Record, Send
from .events import Now
from .state import About, Airing, Asked, Cover, Failure, Part, State
from .status import Notice


@define
class Turn:
    """
    @ivar state: the state so far.
    @ivar now: when this turn happens.
    @ivar effects: what was decided so far, in order.
    """

    state: State
    now: Now
    effects: list[Effect] = field(factory=list)

    def change(self, **changes: Any) -> None:
        """Put other values into the state."""
        self.state = evolve(self.state, **changes)

    def change_on_air(self, **changes: Any) -> None:
        """Put other values into what is on air."""
        assert self.state.on_air is not None
        self.change(on_air=evolve(self.state.on_air, **changes))

    def send(self, command: Command, about: About, serial: int = 0, what: str = "") -> None:
        """Tell CasparCG."""
        token = self.state.last_token + 1
        asked = {**self.state.asked, token: Asked(about, serial, what)}
        self.change(last_token=token, asked=asked)
        if isinstance(command, LoadBackground | Play):
            self.change(touched=self.now.mono)
        self.effects.append(Send(token, command))

    def show(self, command: CgCommand, item_id: str, what: str) -> None:
        """Tell a template something."""
        self.effects.append(Graphic(command, item_id, what))

    def record(self, entry: Entry) -> None:
        """Write into the as-run log."""
        self.effects.append(Record(entry))

    def notify(self, level: str, message: str) -> None:
        """Tell every operator."""
        self.effects.append(Notify(Notice(level, message)))

    def next_serial(self) -> int:
        """A number that was not used yet."""
        self.change(last_serial=self.state.last_serial + 1)
        return self.state.last_serial

    # What is written down, from the state's own terms.

    def wall(self, mono: float) -> float:
        """Seconds since the epoch of an instant on the monotonic clock."""
        return self.now.wall_at(mono)

    def _first_picture(self, airing: Airing) -> float:
        """The monotonic clock when the viewer first saw it."""
        return self.state.started(airing) - airing.stutter * float(1 / self.state.setup.rate)

    @property
    def place(self) -> Place:
        """Where the playlist is shown."""
        setup = self.state.setup
        return Place(setup.channel, setup.layer, setup.rate)

    def confirmation(self) -> Confirmation:
        """How it is known now what CasparCG shows."""
        return Confirmation.OSC if self.state.follows(self.now.mono) else Confirmation.INFO

    def system(self, event: str, details: str = "") -> None:
        """Write down that something is the matter."""
        channel = self.state.setup.channel
        self.record(SystemEvent(event, self.now.wall, details, channel))

    def _aired(self, part: Part, at: float, planned_at: float | None, planned: int | None) -> Aired:
        """An airing of C{part}."""
        if part.item is not None:
            item_id, file, cover = part.item.id, part.item.file, ""
        else:
            setup, item_id = self.state.setup, ""
            file = (setup.filler if part.cover is Cover.FILLER else setup.slate) or ""
            cover = part.cover.value if part.cover is not None else ""
        return Aired(item_id, file, at, planned_at, part.seek, planned or None, cover)

    def as_aired(self, airing: Airing) -> Aired:
        """C{airing}, as far as it is known by itself."""
        at = self.wall(self._first_picture(airing))
        return self._aired(airing.part, at, None, airing.expected)

    def record_start(self, airing: Airing, planned_at: float | None) -> None:
        """What is on air, C{airing}, went on air."""
        aired, left = evolve(self.as_aired(airing), planned_at=planned_at), self.state.left
        again = airing.cause is Cause.FALLBACK and airing.part.item is not None and not airing.by
        if left is not None and (airing.cause is Cause.RECOVERY or again):
            before = left.item_id, left.file, left.cover
            same = before == (aired.item_id, aired.file, aired.cover)
            aired = evolve(aired, continued=same)
        self.write_start(airing, aired)

    def write_start(self, airing: Airing, aired: Aired) -> None:
        """Write down that C{airing} is on air, as C{aired} says."""
        self.change_on_air(aired=aired)
        tick = None if airing.tick is None else airing.tick - airing.stutter
        self.record(
            PlayStart(self.place, aired, tick, airing.cause, airing.by, airing.confirmation)
        )

    def _end_of(self, airing: Airing, frames: int) -> tuple[float, int | None]:
        """When that many frames of it were over, on the wall clock and in CasparCG's ticks."""
        at = self.wall(self.state.started(airing) + float(frames / self.state.setup.rate))
        return at, None if airing.tick is None else airing.tick + self.state.ticks(frames)

    def record_end(self, airing: Airing, frames: int, why: Ending, by: str = "") -> None:
        """It went off the air, or reached its end, after C{frames} frames."""
        if airing.aired is None:
            return
        at, tick = self._end_of(airing, frames)
        how = self.confirmation()
        self.change(left=airing.aired)
        self.record(PlayEnd(self.place, airing.aired, at, frames, tick, why, by, how))

    def record_stop(self, airing: Airing, frames: int, by: str) -> None:
        """An operator stopped it, after C{frames} frames that are not written down yet."""
        if airing.aired is None:
            return
        held = airing.ended or airing.broken
        at, tick = (self.now.wall, None) if held else self._end_of(airing, frames)
        how = self.confirmation()
        self.change(left=airing.aired)
        self.record(PlayStop(self.place, airing.aired, at, frames, tick, by, how, not held))

    def record_unknown(self, aired: Aired, reason: str) -> None:
        """It was on air, and nobody knows for how long."""
        self.change(left=aired)
        self.record(
            PlayError(
                self.place,
                aired,
                self.now.wall,
                reason,
                Ending.CASPAR,
                closes=True,
                frames=None,
                confirmation=self.confirmation(),
            )
        )

    def fail(self, part: Part, reason: str, airing: Airing | None = None, frames: int = 0) -> None:
        """
        C{part} cannot be shown: remember that; write it down and tell everybody, unless that was
        done for the same reason before.

        @param airing: it was on air, and is it no more after C{frames} frames.
        """
        key = part.item.id if part.item else part.label
        before = self.state.failed.get(key)
        failed = {**self.state.failed, key: Failure(part, reason, self.now.mono)}
        self.change(failed=failed)
        if airing is not None and airing.aired is not None:
            at, tick = self._end_of(airing, frames)
            self.change(left=airing.aired)
            how = self.confirmation()
            self.record(
                PlayError(
                    self.place, airing.aired, at, reason, Ending.BROKEN, True, frames, tick, how
                )
            )
        elif before is not None and (before.part.source, before.reason) == (part.source, reason):
            return
        else:
            aired = self._aired(part, self.now.wall, None, part.length)
            self.record(PlayError(self.place, aired, self.now.wall, reason))
        self.notify("error", f"{part.label}: {reason}")
