# -*- test-case-name: tests.playout.test_channel -*-
"""
One channel at work: feeds the rules with what happens, does what they decide, and is the desk that
operators work it from.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import define, evolve, field, frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..amcp.commands import Command, InfoChannel, Unsendable
from ..amcp.errors import CommandError, CommandRefused, CommandTimedOut, NotConnected
from ..amcp.errors import LinkLost as LostLink
from ..amcp.status import ChannelStatus, Unreadable, channel_from_info
from ..amcp.wire import Reply
from ..rundown.playlist import Changes, Edit, Playlist, SetHardStart, apply, undo
from ..rundown.schedule import Problem, Schedule, describe, new_problems
from .asrun import as_fields
from .effects import Effect, Notify, Record, Send
from .events import (
    Answered,
    Edited,
    Event,
    LinkLost,
    LinkUp,
    ModeSet,
    Now,
    PlayAsked,
    Shown,
    StopAsked,
    TakeAsked,
    Ticked,
    Unanswered,
    Why,
)
from .report import Memory, memory, report, whole_schedule
from .rules import refusal, step
from .state import State
from .status import CannotDo, Document, HardStartRefused, Mode, Notice, Published, Status

__all__ = ["Channel", "Link", "Records", "Watcher"]

TICK = 0.1
"""Seconds between two looks at the clock; what has to be exact has a wake-up call of its own."""
_CONFIRM = 5.0
"""Seconds within which CasparCG has to show what an operator asked for."""
_UNDOS = 100
"""How many edits can be taken back."""


class Link(Protocol):
    """What the channel needs of the link."""

    def send(self, command: Command) -> Deferred[Reply]:
        """Tell CasparCG; fails with a L{CommandError <rtgplayout.amcp.errors.CommandError>}."""


@frozen
class Records:
    """
    Where the channel writes.

    @ivar playlist: fires when it is on disk.
    @ivar memory: likewise.
    @ivar entry: a line for the as-run log.
    """

    playlist: Callable[[Playlist], Deferred[None]]
    memory: Callable[[Memory], Deferred[None]]
    entry: Callable[[Mapping[str, object]], Deferred[None]]


@frozen
class Watcher:
    """Who is told what the channel does."""

    published: Callable[[Published], None]
    status: Callable[[Status], None]
    notice: Callable[[int, Notice], None]


@define(eq=False)
class _Asked:
    """An operator waits to see an item on air."""

    item_id: str
    serial: int
    since: float
    done: Deferred[None] = field(factory=Deferred)


@define(eq=False)
class _Accepted:
    """An edit on its way to the disk."""

    playlist: Playlist
    changes: Changes
    by: str
    done: Deferred[Published] = field(factory=Deferred)


class Channel(Service):
    """
    @ivar state: what the rules know; replaced at each event.
    """

    _log = Logger()

    def __init__(
        self,
        state: State,
        link: Link,
        records: Records,
        watcher: Watcher,
        clock: IReactorTime,
        now: Callable[[], float],
    ) -> None:
        """
        @param clock: the monotonic clock, and timers on it.
        @param now: the wall clock, seconds since the epoch.
        """
        self.state = state
        self.setName(f"channel {state.setup.channel}")
        self._link = link
        self._records = records
        self._watcher = watcher
        self._clock = clock
        self._now = now
        self._events: deque[Event] = deque()
        self._busy = False
        self._wake: IDelayedCall | None = None
        self._ticking = LoopingCall(self._tick)
        self._ticking.clock = clock
        self._revision = 1
        self._schedule: Schedule = whole_schedule(state, self._when())
        self._accepted: list[_Accepted] = []
        self._undos: deque[Changes] = deque(maxlen=_UNDOS)
        self._asked: list[_Asked] = []
        self._told: object = None
        self._remembered: Memory | None = None
        self._aired = 0

    # The life of the channel.

    def startService(self) -> None:
        """Start ticking."""
        super().startService()
        self._ticking.start(TICK).addErrback(
            lambda failure: self._log.failure("the tick of {name} ended", failure, name=self.name)
        )

    def stopService(self) -> None:
        """Stop ticking; what is on air stays on air."""
        super().stopService()
        if self._ticking.running:
            self._ticking.stop()
        self._set_wake(None)
        for asked in self._asked:
            asked.done.errback(CannotDo("the daemon is stopping"))
        self._asked = []

    def _tick(self) -> None:
        """Time passes; an error in one tick must not end the ticking."""
        with self._log.failuresHandled("in a tick of {name}", name=self.name):
            self.happen(Ticked())

    def _when(self) -> Now:
        return Now(self._now(), self._clock.seconds())

    # What happens to it.

    def happen(self, event: Event) -> None:
        """Let C{event} happen now; what happens meanwhile happens right after it."""
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._events:
                now = self._when()
                self.state, effects = step(self.state, self._events.popleft(), now)
                for effect in effects:
                    self._perform(effect, now)
        finally:
            self._busy = False
        self._tell()

    def link_up(self) -> None:
        """CasparCG can be commanded: ask what it shows."""
        self._guard(Deferred.fromCoroutine(self._look()), "while connecting")

    def link_down(self, reason: str) -> None:
        """CasparCG cannot be commanded."""
        self.happen(LinkLost(reason))

    def shown(self, status: ChannelStatus) -> None:
        """CasparCG's telemetry arrived."""
        self.happen(Shown(status))

    async def _look(self) -> None:
        """Tell the rules that the link is up, and what CasparCG shows."""
        status: ChannelStatus | None = None
        try:
            status = self._read_info(await self._link.send(InfoChannel(self.state.setup.channel)))
        except (NotConnected, LostLink):
            return  # it was lost again meanwhile
        except (CommandError, Unreadable) as error:
            self._log.warn("INFO tells nothing: {error}", error=error)
        self.happen(LinkUp(status))

    def _read_info(self, reply: Reply) -> ChannelStatus:
        return channel_from_info(reply.body, self.state.setup.channel)

    def _guard(self, done: Deferred[Any], what: str) -> None:
        """Nobody waits for C{done}: log what goes wrong."""
        done.addErrback(lambda failure: self._log.failure("{what}", failure, what=what))

    # What the rules decide.

    def _perform(self, effect: Effect, now: Now) -> None:
        match effect:
            case Send(token, command):
                self._send(token, command)
            case Record(entry):
                done = self._records.entry(as_fields(entry, now.wall))
                self._guard(done, "while writing the as-run log")
            case Notify(notice):
                level = self._log.error if notice.level == "error" else self._log.info
                level("{name}: {message}", name=self.name, message=notice.message)
                self._watcher.notice(self.state.setup.channel, notice)

    def _send(self, token: int, command: Command) -> None:
        """Tell CasparCG; the answer is an event."""
        done = self._link.send(command)
        done.addCallbacks(
            lambda reply: self._answered(token, command, reply),
            lambda failure: self._unanswered(token, command, failure),
        )
        self._guard(done, "while taking an answer")

    def _answered(self, token: int, command: Command, reply: Reply) -> None:
        self.happen(Answered(token, reply.code, reply.body))
        if isinstance(command, InfoChannel):
            try:
                status = self._read_info(reply)
            except Unreadable as error:
                self._log.warn("INFO tells nothing: {error}", error=error)
            else:
                self.happen(Shown(status))

    def _unanswered(self, token: int, command: Command, failure: Failure) -> None:
        error = failure.value
        self._log.info("{command}: {error}", command=type(command).__name__, error=error)
        if isinstance(error, CommandRefused):
            self.happen(Answered(token, error.reply.code, error.reply.body))
        elif isinstance(error, Unsendable):
            self.happen(Unanswered(token, Why.UNSENDABLE))
        elif isinstance(error, CommandTimedOut):
            self.happen(Unanswered(token, Why.TIMED_OUT))
        else:
            self.happen(Unanswered(token, Why.LINK_LOST))

    # Who is told.

    def _tell(self) -> None:
        """Tell what changed, and to whom it matters."""
        state, now = self.state, self._when()
        self._set_wake(state.wake)
        self._answer_operators(state, now)
        airing, rising, cue = state.on_air, state.rising, state.cue
        serial = airing.serial if airing else 0
        if serial != self._aired:
            self._aired = serial
            self._publish(Changes(()), "")
        told = (
            state.mode,
            serial,
            airing and (airing.ended, airing.broken, airing.length),
            rising and rising.cue.serial,
            cue and (cue.serial, cue.stage, cue.seen),
            state.linked,
            state.follows(now.mono),
            state.cursor,
            state.cut,
            self._revision,
        )
        if told == self._told:
            return
        self._told = told
        self._watcher.status(report(state, now))
        remembered = memory(state, now)
        if remembered != self._remembered:
            self._remembered = remembered
            self._guard(self._records.memory(remembered), "while writing the state file")

    def _set_wake(self, at: float | None) -> None:
        """Be called when something is due."""
        if self._wake is not None and self._wake.active():
            if at is not None and abs(self._wake.getTime() - at) < 0.0005:
                return
            self._wake.cancel()
        self._wake = None
        if at is not None and self.running:
            wait = max(0.0, at - self._clock.seconds())
            if wait < 2 * TICK:
                self._wake = self._clock.callLater(wait, self._tick)

    def _publish(self, changes: Changes, by: str) -> Published:
        """Compute the schedule anew and tell everybody."""
        before = self._schedule
        self._schedule = whole_schedule(self.state, self._when())
        problems = new_problems(before, self._schedule)
        published = Published(self.document(), changes, problems, by)
        self._watcher.published(published)
        return published

    def _answer_operators(self, state: State, now: Now) -> None:
        """Answer those who waited to see their item on air."""
        if not self._asked:
            return
        waiting, self._asked = self._asked, []
        for asked in waiting:
            airing = state.on_air
            failure = state.failed.get(asked.item_id)
            if airing is not None and airing.part.item is not None and airing.serial > asked.serial:
                if airing.part.item.id == asked.item_id:
                    asked.done.callback(None)
                    continue
            if failure is not None and failure.at >= asked.since:
                asked.done.errback(CannotDo(failure.reason, "id"))
            elif now.mono - asked.since > _CONFIRM:
                asked.done.errback(CannotDo("CasparCG does not show it"))
            else:
                self._asked.append(asked)

    # The desk.

    def document(self) -> Document:
        """The playlist and its schedule, as last published."""
        setup = self.state.setup
        return Document(setup.channel, self._revision, self.state.playlist, self._schedule)

    def plan(self) -> Playlist:
        """The playlist that the next edit will be applied to."""
        return self._accepted[-1].playlist if self._accepted else self.state.playlist

    def status(self) -> Status:
        """What the channel does now."""
        return report(self.state, self._when())

    def edit(self, edit: Edit, by: str) -> Deferred[Published]:
        """Change the playlist; see L{Desk <rtgplayout.api.desk.Desk>}."""
        try:
            playlist, changes = apply(self.plan(), edit)
            if isinstance(edit, SetHardStart) and edit.at is not None:
                self._check_hard_start(playlist, edit)
        except Exception:
            return fail(Failure())
        return self._accept(_Accepted(playlist, changes, by), keep=True)

    def undo(self, by: str) -> Deferred[Published]:
        """Take back the last edit."""
        if not self._undos:
            return fail(CannotDo("there is nothing to take back"))
        try:
            playlist, changes = undo(self.plan(), self._undos.pop())
        except Exception:
            return fail(Failure())
        return self._accept(_Accepted(playlist, changes, by), keep=False)

    def take(self, by: str) -> Deferred[None]:
        """Put the next item on air now."""
        state = self.state
        event = TakeAsked(by)
        why = refusal(state, event, self._when())
        if why is not None:
            return fail(CannotDo(why))
        self.happen(event)
        wanted = self.state.wanted.part if self.state.wanted else None
        if wanted is None and self.state.rising is not None:
            wanted = self.state.rising.cue.part
        if wanted is None or wanted.item is None:
            return succeed(None)
        return self._await_air(wanted.item.id, state)

    def play(self, item_id: str, by: str) -> Deferred[None]:
        """Put that item on air now."""
        state = self.state
        event = PlayAsked(item_id, by)
        why = refusal(state, event, self._when())
        if why is not None:
            known = state.playlist.index_of(item_id) is not None
            return fail(CannotDo(why, "" if known else "id"))
        self.happen(event)
        return self._await_air(item_id, state)

    def stop(self, by: str) -> Deferred[None]:
        """Stop the item on air and go to manual."""
        event = StopAsked(by)
        why = refusal(self.state, event, self._when())
        if why is not None:
            return fail(CannotDo(why))
        self.happen(event)
        return succeed(None)

    def set_mode(self, mode: Mode, by: str) -> Deferred[None]:
        """Change who goes on to the next item."""
        self.happen(ModeSet(mode, by))
        return succeed(None)

    def _await_air(self, item_id: str, before: State) -> Deferred[None]:
        """Fire when that item is on air, confirmed."""
        serial = before.on_air.serial if before.on_air else 0
        asked = _Asked(item_id, serial, self._clock.seconds())
        self._asked.append(asked)
        self._answer_operators(self.state, self._when())
        return asked.done

    def _check_hard_start(self, playlist: Playlist, edit: SetHardStart) -> None:
        """
        Refuse a hard start that cannot be kept.

        @raise HardStartRefused: it cannot.
        """
        tried = whole_schedule(evolve(self.state, playlist=playlist), self._when())
        bad: tuple[Problem, ...] = tuple(
            p for p in tried.problems if p.item_id == edit.id and p.blocks
        )
        if bad:
            raise HardStartRefused("hardStartTime", describe(bad[0], tried), bad)

    def _accept(self, accepted: _Accepted, keep: bool) -> Deferred[Published]:
        """Bring an edit to the disk, then into force, in the order in which they were asked."""
        if not accepted.changes:
            return succeed(Published(self.document(), accepted.changes, (), accepted.by))
        self._accepted.append(accepted)
        saved = self._records.playlist(accepted.playlist)
        saved.addCallbacks(
            lambda _: self._in_force(accepted, keep),
            lambda failure: self._not_saved(accepted, failure),
        )
        self._guard(saved, "while putting an edit in force")
        return accepted.done

    def _in_force(self, accepted: _Accepted, keep: bool) -> None:
        """The edit is on disk."""
        if accepted not in self._accepted:
            return
        self._accepted.remove(accepted)
        self._revision += 1
        if keep:
            self._undos.append(accepted.changes)
        self.happen(Edited(accepted.playlist, accepted.changes))
        accepted.done.callback(self._publish(accepted.changes, accepted.by))

    def _not_saved(self, accepted: _Accepted, failure: Failure) -> None:
        """The edit is not on disk, so it and what was built on it never happened."""
        if accepted not in self._accepted:
            return
        lost, self._accepted = self._accepted, []
        why = f"the playlist could not be saved: {failure.getErrorMessage()}"
        self._log.error("{name}: {why}", name=self.name, why=why)
        for each in lost:
            each.done.errback(CannotDo(why))
