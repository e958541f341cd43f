# -*- test-case-name: tests.playout.test_rules -*-
"""
One turn of the rules: the state as it becomes, and the effects as they are decided.

Lives only inside L{step <rtgplayout.playout.rules.step>}.
"""

from typing import Any

from attrs import define, evolve, field

from ..amcp.commands import CgCommand, Command, LoadBackground, Play
from .asrun import Entry, PlayEnd, PlayError, PlayStart
from .effects import Effect, Graphic, Notify, Record, Send
from .events import Now
from .state import About, Airing, Asked, Failure, Part, State
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

    def record_start(self, airing: Airing, planned_at: float | None) -> None:
        """An item went on air."""
        if airing.part.item is None:
            return
        at = self.wall(self._first_picture(airing))
        self.record(
            PlayStart(
                airing.part.item.id,
                airing.part.item.file,
                at,
                at if planned_at is None else planned_at,
                airing.part.seek,
                None if airing.tick is None else airing.tick - airing.stutter,
                airing.cause,
                airing.by,
                airing.confirmation,
            )
        )

    def record_end(self, airing: Airing, frames: int) -> None:
        """An item went off the air, or reached its end, after C{frames} frames."""
        item = airing.part.item
        if item is None:
            return
        started = self.state.started(airing)
        self.record(
            PlayEnd(
                item.id,
                item.file,
                self.wall(self._first_picture(airing)),
                self.wall(started + float(frames / self.state.setup.rate)),
                airing.part.seek,
                frames,
                airing.expected,
                None if airing.tick is None else airing.tick + self.state.ticks(frames),
                self.state.setup.rate,
            )
        )

    def fail(self, part: Part, reason: str) -> None:
        """
        C{part} cannot be shown: remember that; write it down and tell everybody, unless that was
        done for the same reason before.
        """
        key = part.item.id if part.item else part.label
        before = self.state.failed.get(key)
        failed = {**self.state.failed, key: Failure(part, reason, self.now.mono)}
        self.change(failed=failed)
        if before is not None and (before.part.source, before.reason) == (part.source, reason):
            return
        if part.item is not None:
            self.record(PlayError(part.item.id, part.item.file, self.now.wall, reason))
        self.notify("error", f"{part.label}: {reason}")
