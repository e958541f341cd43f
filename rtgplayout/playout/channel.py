# -*- test-case-name: tests.playout.test_channel -*-
"""
One channel at work: feeds the rules with what happens, does what they decide, and is the desk that
operators work it from.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import evolve, frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from ..amcp.commands import CgCommand, Command, InfoChannel, InfoChannels, Unsendable
from ..amcp.errors import CommandError, CommandRefused, NotConnected
from ..amcp.errors import LinkLost as LostLink
from ..amcp.status import ChannelStatus, Unreadable, channel_from_info, channels_from_info
from ..amcp.wire import Reply
from ..rundown.playlist import Edit, Playlist
from .asrun import as_fields
from .effects import Effect, Graphic, Notify, Record, Send
from .events import (
    Answered,
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
from .report import Memory, memory, report
from .revisions import Revisions
from .rules import refusal, step
from .state import State
from .status import CannotDo, Document, Mode, Notice, Published, Status, Watcher
from .waiting import WaitingOperators

__all__ = ["TICK", "Channel", "Link", "Records"]

TICK = 0.1
"""Seconds between two looks at the clock; what has to be exact has a wake-up call of its own."""

SILENCE = 5.0
"""Seconds without a tick that was done after which none is to be expected any more."""

_MOMENT = 0.02
"""Seconds after which a command that could not be sent at all has failed."""
_LATELY = 1.0
"""Seconds for which a status will do for those who look all the time."""

_LEVELS = {
    "info": LogLevel.info,
    "success": LogLevel.info,
    "warning": LogLevel.warn,
    "error": LogLevel.error,
}


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
        graphics: Callable[[CgCommand, str, str], Deferred[None]],
        clock: IReactorTime,
        now: Callable[[], float],
        in_thread: Callable[..., Deferred[Any]],
        ticked: Callable[[int], None] = lambda channel: None,
        late: Callable[[int, float], None] = lambda channel, seconds: None,
    ) -> None:
        """
        @param graphics: tells a template something; who asks, and the id of the item whose graphics
            these are. Fails with L{CannotDo}.
        @param clock: the monotonic clock, and timers on it.
        @param now: the wall clock, seconds since the epoch.
        @param in_thread: calls its first argument with the others in some thread; for what would
            take too long between two ticks.
        @param ticked: called with the channel's number when all that was due at a tick is done,
            without an error.
        """
        self.state = state
        self.setName(f"channel {state.setup.channel}")
        self._link = link
        self._records = records
        self._watcher = watcher
        self._graphics = graphics
        self._clock = clock
        self._now = now
        self._events: deque[Event] = deque()
        self._busy = False
        self._sound = True
        self._ticked = ticked
        self._tell_late = late
        self._due = 0.0
        self._ticked_at = 0.0
        self._wake: IDelayedCall | None = None
        self._late: list[tuple[IDelayedCall, Deferred[Reply]]] = []
        self._ticking = LoopingCall(self._beat)
        self._ticking.clock = clock
        self._operators = WaitingOperators()
        self._revisions = Revisions(
            lambda: self.state,
            self._when,
            records.playlist,
            self.happen,
            self._published,
            in_thread,
        )
        self._told: object = None
        self._lately: tuple[object, float, Status] | None = None
        self._remembered: Memory | None = None
        self._aired = 0

    # The life of the channel.

    def startService(self) -> None:
        """Start ticking."""
        super().startService()
        self._begin_to_tick()

    def _begin_to_tick(self) -> None:
        self._ticked_at = self._clock.seconds()
        self._due = self._ticked_at
        ticking = self._ticking.start(TICK)
        ticking.addErrback(lambda f: self._log.failure("{name} stopped ticking", f, name=self.name))

    def fault(self) -> str:
        """Why nobody looks after what is on air; empty as long as somebody does."""
        if not self.running:
            return ""
        silence = self._clock.seconds() - self._ticked_at
        return f"no tick was done in {silence:.0f} s" if silence > SILENCE else ""

    def restart(self) -> None:
        """Tick on, whatever kept it from that."""
        self._busy = False
        if self._ticking.running:
            self._ticking.stop()
        if self.running:
            self._begin_to_tick()

    def stopService(self) -> None:
        """Stop ticking; what is on air stays on air."""
        super().stopService()
        if self._ticking.running:
            self._ticking.stop()
        self._set_wake(None)
        for call, done in self._late:
            if call.active():
                call.cancel()
                done.addErrback(lambda _: None)
        self._operators.give_up("the daemon is stopping")

    def _beat(self) -> None:
        """One of the steady ticks; one that comes late makes none after it late."""
        try:
            self._tick(self._due)
        finally:
            passed = self._clock.seconds() - self._due
            self._due += TICK * (max(0, math.floor(passed / TICK)) + 1)

    def _tick(self, due: float) -> None:
        """
        @param due: when it should have come.
        """
        with self._log.failuresHandled("{name} failed to tell how late it is", name=self.name):
            self._tell_late(self.state.setup.channel, max(0.0, self._clock.seconds() - due))
        self._sound = True
        self.happen(Ticked())
        if self._sound and not self._busy:
            self._ticked_at = self._clock.seconds()
            self._ticked(self.state.setup.channel)

    def _when(self) -> Now:
        return Now(self._now(), self._clock.seconds())

    # What happens to it.

    def happen(self, event: Event) -> None:
        """
        Let C{event} happen now; what happens meanwhile happens right after it. Nothing that fails
        at it ends the show: it is logged, and the rest is done.
        """
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        while self._events:
            with self._log.failuresHandled("{name} failed at an event", name=self.name) as done:
                self._step(self._events.popleft())
            if done.failed:  # what was due would be due again at once, and fail again
                self._sound = False
                self.state = evolve(self.state, wake=None)
        self._busy = False
        with self._log.failuresHandled("{name} failed to tell of it", name=self.name):
            self._tell()

    def _step(self, event: Event) -> None:
        now = self._when()
        self.state, effects = step(self.state, event, now)
        for effect in effects:
            with self._log.failuresHandled("while doing {effect}", effect=effect):
                self._perform(effect, now)

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
        channels = 1
        try:
            channels = len(channels_from_info(await self._link.send(InfoChannels()))) or 1
            status = self._read_info(await self._link.send(InfoChannel(self.state.setup.channel)))
        except (NotConnected, LostLink):
            return  # it was lost again meanwhile
        except (CommandError, Unreadable) as error:
            self._log.warn("INFO tells nothing: {error}", error=error)
        self.happen(LinkUp(status, channels))

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
            case Graphic(command, item_id, what):
                self._show(command, item_id, what)
            case Record(entry):
                done = maybeDeferred(self._records.entry, as_fields(entry, now.wall))
                self._guard(done, "while writing the as-run log")
            case Notify(notice):
                self.notify(notice)

    def _show(self, command: CgCommand, item_id: str, what: str) -> None:
        """Graphics of the item on air; when they fail, that is all that fails."""

        def failed(failure: Failure) -> None:
            failure.trap(CannotDo)
            self.notify(Notice("warning", f"{what}: {failure.getErrorMessage()}"))

        if self.running:
            done = maybeDeferred(self._graphics, command, "", item_id)
            self._guard(done.addErrback(failed), "while showing graphics")

    def notify(self, notice: Notice) -> None:
        """Tell every operator, and the log."""
        level = _LEVELS.get(notice.level, LogLevel.info)
        self._log.emit(level, "{name}: {message}", name=self.name, message=notice.message)
        self._watcher.notice(self.state.setup.channel, notice)

    def _send(self, token: int, command: Command) -> None:
        """Tell CasparCG; the answer is an event. Once stopped, nothing is told any more."""
        if not self.running:
            return
        done = maybeDeferred(self._link.send, command)
        if done.called:
            # It failed at once, and rules that insist would never come to rest. In a moment the
            # link has told that it is lost.
            call = self._clock.callLater(_MOMENT, self._expect, token, command, done)
            self._late = [each for each in self._late if each[0].active()]
            self._late.append((call, done))
        else:
            self._expect(token, command, done)

    def _expect(self, token: int, command: Command, done: Deferred[Reply]) -> None:
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
        if not isinstance(error, CommandError | Unsendable):
            self._log.failure("{command} failed", failure, command=type(command).__name__)
        else:
            self._log.info("{command}: {error}", command=type(command).__name__, error=error)
        if isinstance(error, CommandRefused):
            self.happen(Answered(token, error.reply.code, error.reply.body))
        elif isinstance(error, Unsendable):
            self.happen(Unanswered(token, Why.UNSENDABLE))
        elif isinstance(error, NotConnected | LostLink):
            self.happen(Unanswered(token, Why.LINK_LOST))
        else:
            self.happen(Unanswered(token, Why.TIMED_OUT))

    # Who is told.

    def _tell(self) -> None:
        """Tell what changed, and to whom it matters."""
        state, now = self.state, self._when()
        self._set_wake(state.wake)
        self._operators.look(state, now.mono)
        serial = state.on_air.serial if state.on_air else 0
        if serial != self._aired:
            self._aired = serial
            self._revisions.publish()
        if self._revisions.up_to_date:  # else a status would speak of a list that nobody has
            self._tell_status()

    def _tell_status(self) -> None:
        state, now = self.state, self._when()
        airing, rising, cue = state.on_air, state.rising, state.cue
        told = (
            state.mode,
            airing and (airing.serial, airing.ended, airing.broken, airing.length),
            rising and rising.cue.serial,
            cue and (cue.serial, cue.stage, cue.seen),
            state.linked,
            state.follows(now.mono),
            state.cursor,
            state.cut,
            state.stopping,
            state.foreign,
            state.open,
            self._revisions.document.revision,
        )
        if told == self._told:
            return
        self._told = told
        self._watcher.status(report(state, now))
        remembered = memory(state, now)
        if remembered != self._remembered:
            self._remembered = remembered
            saved = self._records.memory(remembered).addErrback(self._not_remembered)
            self._guard(saved, "while writing the state file")

    def _not_remembered(self, failure: Failure) -> None:
        """The disk does not take it: that is one line, and the records try again."""
        failure.trap(OSError)
        why = failure.getErrorMessage()
        self._log.error("the state of {name} could not be saved: {why}", name=self.name, why=why)

    def _published(self, published: Published) -> None:
        self._watcher.published(published)
        if not self._busy and self._revisions.up_to_date:
            self._tell_status()

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
                due = self._clock.seconds() + wait
                self._wake = self._clock.callLater(wait, self._tick, due)

    # The desk.

    def document(self) -> Document:
        """The playlist and its schedule, as last published."""
        return self._revisions.document

    def plan(self) -> Playlist:
        """The playlist that the next edit will be applied to."""
        return self._revisions.plan()

    def status(self) -> Status:
        """What the channel does now."""
        return report(self.state, self._when())

    def lately(self) -> Status:
        """
        The same for those who look all the time, whoever they are: as it was at most a second ago,
        if nothing was to be told since.
        """
        known, now = self._lately, self._clock.seconds()
        if known is None or known[0] is not self._told or not 0 <= now - known[1] < _LATELY:
            known = self._lately = self._told, now, self.status()
        return known[2]

    def edit(self, edit: Edit, by: str) -> Deferred[Published]:
        """Change the playlist; see L{Desk <rtgplayout.api.desk.Desk>}."""
        return self._revisions.edit(edit, by)

    def undo(self, by: str) -> Deferred[Published]:
        """Take back the last edit."""
        return self._revisions.undo(by)

    def take(self, by: str) -> Deferred[None]:
        """Put the next item on air now."""
        before, event = self.state, TakeAsked(by)
        why = refusal(before, event, self._when())
        if why is not None:
            return fail(CannotDo(why))
        self.happen(event)
        wanted = self.state.wanted.part if self.state.wanted else None
        if wanted is None and self.state.rising is not None:
            wanted = self.state.rising.cue.part
        if wanted is None or wanted.item is None:
            return succeed(None)
        return self._await_air(wanted.item.id, before)

    def play(self, item_id: str, by: str) -> Deferred[None]:
        """Put that item on air now."""
        before, event = self.state, PlayAsked(item_id, by)
        why = refusal(before, event, self._when())
        if why is not None:
            known = before.playlist.index_of(item_id) is not None
            return fail(CannotDo(why, "" if known else "id"))
        self.happen(event)
        return self._await_air(item_id, before)

    def stop(self, by: str) -> Deferred[None]:
        """Stop the item on air and go to manual."""
        event = StopAsked(by)
        why = refusal(self.state, event, self._when())
        if why is not None:
            return fail(CannotDo(why))
        self._operators.give_up("the channel was stopped")
        self.happen(event)
        return succeed(None)

    def set_mode(self, mode: Mode, by: str) -> Deferred[None]:
        """Change who goes on to the next item."""
        self.happen(ModeSet(mode, by))
        return succeed(None)

    def _await_air(self, item_id: str, before: State) -> Deferred[None]:
        """Fire when that item is on air, confirmed."""
        done = self._operators.wait(item_id, before, self._clock.seconds())
        self._operators.look(self.state, self._clock.seconds())
        return done
