# -*- test-case-name: tests.playout.test_overlay -*-
"""
The graphics over all channels: the one way on which templates are told anything, whoever asks, and
the list of what is there.
"""

from collections.abc import Callable, Collection, Mapping

from attrs import evolve
from twisted.internet.defer import CancelledError, Deferred, DeferredLock, fail
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from ..amcp.commands import (
    CgAdd,
    CgClear,
    CgCommand,
    CgPlay,
    CgStop,
    CgUpdate,
    Command,
    InfoChannel,
    InfoChannels,
    InfoPaths,
    Target,
    Unsendable,
)
from ..amcp.errors import CommandError, CommandRefused, CommandTimedOut, LinkLost, NotConnected
from ..amcp.status import (
    ChannelStatus,
    Unreadable,
    channel_from_info,
    channels_from_info,
    template_folder_from_info,
)
from ..amcp.wire import Reply
from .asrun import as_fields
from .events import Now
from .graphics import (
    After,
    Graphics,
    GraphicsChange,
    Template,
    active,
    answered,
    asked,
    differs,
    json_text,
    no_room,
    on_layer,
    seen,
    taken,
)
from .status import CannotDo

__all__ = ["Overlay"]

_HEARING = 1.0
"""
Seconds after connecting in which telemetry tells what is on the channels. Those it does not tell of
are looked at by INFO, which can crash a server that is just loading something.
"""


class Overlay:
    """
    Satisfies L{GraphicsDesk <rtgplayout.api.desk.GraphicsDesk>}. Each layer is told one thing after
    the other, the next when the one before is answered.
    """

    _log = Logger()

    def __init__(
        self,
        send: Callable[[Command], Deferred[Reply]],
        record: Callable[[Mapping[str, object]], Deferred[None]],
        told: Callable[[GraphicsChange], None],
        clock: IReactorTime,
        now: Callable[[], float],
        reserved: Collection[Target] = (),
    ) -> None:
        """
        @param send: tells CasparCG; fails with a L{CommandError
            <rtgplayout.amcp.errors.CommandError>}.
        @param record: writes a line into the as-run log.
        @param told: called with each change, when L{active} tells it already.
        @param clock: the monotonic clock.
        @param now: the wall clock, seconds since the epoch.
        @param reserved: the layers of the playlists: no graphics are put there.
        """
        self._send = send
        self._record = record
        self._told = told
        self._clock = clock
        self._now = now
        self._graphics = Graphics(frozenset(reserved))
        self._lines: dict[Target, DeferredLock] = {}
        self._placed = False
        self._heard: set[int] = set()
        self._hearing: Deferred[None] | None = None

    def _when(self) -> Now:
        return Now(self._now(), self._clock.seconds())

    # What operators do.

    def active(self) -> tuple[Template, ...]:
        """What is on graphics layers, by channel and layer."""
        return active(self._graphics)

    def load(
        self, target: Target, name: str, data: Mapping[str, object], play: bool, by: str
    ) -> Deferred[None]:
        """Put a template on a layer, in the place of what was there."""
        return self._tell(lambda: CgAdd(target, name, json_text(data), play), by)

    def play(self, target: Target, by: str) -> Deferred[None]:
        """Show the template on that layer."""
        return self.perform(CgPlay(target), by)

    def stop(self, target: Target, by: str) -> Deferred[None]:
        """Have the template on that layer play its end; it stays loaded."""
        return self.perform(CgStop(target), by)

    def update(self, target: Target, data: Mapping[str, object], by: str) -> Deferred[None]:
        """Give the template on that layer new data."""
        return self._tell(lambda: CgUpdate(target, json_text(data)), by)

    def remove(self, target: Target, by: str) -> Deferred[None]:
        """Empty that layer."""
        return self.perform(CgClear(target), by)

    def _tell(self, command: Callable[[], CgCommand], by: str) -> Deferred[None]:
        try:
            return self.perform(command(), by)
        except ValueError as error:
            return fail(CannotDo(str(error), "templateData"))

    def perform(self, command: CgCommand, by: str, item_id: str = "") -> Deferred[None]:
        """
        Tell a template something.

        @param by: who asks.
        @param item_id: of the item whose graphics these are; empty when it is no item's.
        @return: fires when CasparCG took it; fails with L{CannotDo}, and with nothing else.
        """
        target = command.target
        if target in self._graphics.reserved:
            return fail(CannotDo(f"{_layer(target)} is the playlist's own", "layer"))
        line = self._lines.setdefault(target, DeferredLock())
        done: Deferred[None] = line.run(
            lambda: Deferred.fromCoroutine(self._perform(command, by, item_id))
        )
        return done.addBoth(self._forget, target)

    def _forget(self, result: None, target: Target) -> None:
        """The line before a layer is not needed when nobody stands there."""
        line = self._lines.get(target)
        if line is not None and not line.locked:
            del self._lines[target]
        return result

    async def _perform(self, command: CgCommand, by: str, item_id: str) -> None:
        target = command.target
        if isinstance(command, CgPlay) and on_layer(self._graphics, target) is None:
            raise CannotDo(f"there is no template on {_layer(target)}", "layer")  # it says OK
        if not item_id and (full := no_room(self._graphics, command)):
            path, why = full
            raise CannotDo(why, path)
        self._graphics = asked(self._graphics, target)
        try:
            await self._send(command)
        except (CommandError, Unsendable) as error:
            raise _refusal(command, error) from error
        finally:
            self._graphics = answered(self._graphics, target, self._when())
        self._become(taken(self._graphics, command, self._when(), by, item_id))

    # What CasparCG shows.

    def link_up(self) -> None:
        """CasparCG can be commanded: find out what is on its layers."""
        self._placed = False
        self._heard.clear()
        done = Deferred.fromCoroutine(self._look())
        done.addErrback(lambda f: self._log.failure("while looking for graphics", f))

    def link_down(self) -> None:
        """CasparCG cannot be commanded; what is on the layers goes on."""
        if self._hearing is not None:
            self._hearing.cancel()

    def shown(self, status: ChannelStatus) -> None:
        """CasparCG's telemetry arrived, of any channel."""
        if not self._placed:
            return  # in a moment it is known where templates are
        self._heard.add(status.channel)
        self._see(status)

    def _see(self, status: ChannelStatus) -> None:
        if differs(self._graphics, status, self._clock.seconds()):
            self._become(seen(self._graphics, status, self._when()))

    async def _look(self) -> None:
        """Look at every channel once."""
        try:
            await self._place()
            channels = channels_from_info(await self._send(InfoChannels()))
            if not channels:
                raise Unreadable("INFO names no channel")
            self._hearing = deferLater(self._clock, _HEARING)
            await self._hearing
            for number, _ in channels:
                if number not in self._heard:
                    reply = await self._send(InfoChannel(number))
                    self._see(channel_from_info(reply.body, number))
            for number in set(self._graphics.slots) - {number for number, _ in channels}:
                self._see(ChannelStatus(number))  # there is no such channel any more
        except (NotConnected, LinkLost, CancelledError):
            pass  # it was lost again meanwhile
        except (CommandError, Unreadable) as error:
            self._log.warn("INFO tells nothing of graphics: {error}", error=error)
        finally:
            self._hearing = None

    async def _place(self) -> None:
        """Find out where templates are, so that those which are found can be named."""
        try:
            folder = template_folder_from_info((await self._send(InfoPaths())).body)
            self._graphics = evolve(self._graphics, folder=folder)
        except (CommandRefused, CommandTimedOut, Unreadable) as error:
            self._log.warn("it is not known where templates are: {error}", error=error)
        finally:
            self._placed = True

    # What came of it.

    def _become(self, after: After) -> None:
        """Make it so; write it down and tell it, one as well as the other."""
        self._graphics = after.graphics
        for entry in after.entries:
            with self._log.failuresHandled("while writing the as-run log"):
                done = self._record(as_fields(entry, self._now()))
                done.addErrback(lambda f: self._log.failure("while writing the as-run log", f))
        for change in after.changes:
            with self._log.failuresHandled("while telling of graphics"):
                self._told(change)


def _layer(target: Target) -> str:
    return f"layer {target.channel}-{target.layer}"


def _refusal(command: CgCommand, error: CommandError | Unsendable) -> CannotDo:
    """Why not, in words for whoever asked."""
    match error:
        case Unsendable():
            return CannotDo(str(error), "templateName" if isinstance(command, CgAdd) else "")
        case NotConnected() | LinkLost(sent=False):
            return CannotDo("CasparCG is not connected")
        case CommandRefused(reply=Reply(404 as code, text)) if isinstance(command, CgAdd):
            words = f"CasparCG has no template {command.template!r} ({code} {text})"
            return CannotDo(words, "templateName")
        case CommandRefused(reply=Reply(403 as code, text)):
            there = _layer(command.target)
            return CannotDo(f"CasparCG has no template on {there} ({code} {text})", "layer")
        case CommandRefused(reply=Reply(400 as code, text)):  # all else has a code of its own
            words = f"CasparCG has no channel {command.target.channel} ({code} {text})"
            return CannotDo(words, "channel")
        case CommandRefused(reply=Reply(code, text)):
            return CannotDo(f"CasparCG refused it ({code} {text})")
        case CommandTimedOut(sent=False):
            return CannotDo("CasparCG is too busy")
        case CommandTimedOut():
            return CannotDo("CasparCG did not answer; it may have been done")
        case _:
            return CannotDo("the link to CasparCG was lost; it may have been done")
