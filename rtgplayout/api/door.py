# -*- test-case-name: tests.api.test_websocket -*-
"""
What comes in is understood, asked of a desk, and answered when it is in force; what happens is
told to everybody. How it travels is not known here.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

from attrs import define
from twisted.internet.defer import Deferred, DeferredLock, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..ops.alert import Alert
from ..ops.vitals import Clients
from ..playout.status import CannotDo, HardStartRefused, Notice, Published, Watcher
from ..playout.status import Status as ChannelStatus
from ..rundown.playlist import Edit, EditRefused, Playlist
from ..rundown.timing import iso
from .admission import MOST_WAITING
from .alerts import alert_toasts, alert_told, greeting_toasts, still_standing
from .answers import (
    Ack,
    Answer,
    AsrunExported,
    AsrunLogs,
    AsrunReportGenerated,
    CasparStatus,
    CriticalError,
    Error,
    HardStartError,
    HealthStatus,
    Notification,
    PresetImportSuccess,
    Ready,
    ServerShutdown,
    ServerStats,
    data_of,
)
from .codec import decode
from .desk import Desk, Health, Shelves
from .edits import EditMessage, make_id, to_edit, wire_path
from .exchange import ExchangeCounter, ExchangeMessage
from .feeds import Client, Feed, Feeds, message
from .graphics import GraphicsCounter, GraphicsMessage
from .library import LibraryCounter, LibraryMessage
from .messages import (
    AsrunExport,
    AsrunGenerateReport,
    AsrunGetLogs,
    BadMessage,
    ConnectCaspar,
    FolderGetAll,
    GetAlerts,
    GetAutoplayStatus,
    GetMediaLibrary,
    GetPlaylist,
    GetPreflight,
    GetServerStats,
    GetSnapshot,
    GetStatus,
    HealthCheck,
    ImportPlaylist,
    ImportXml,
    Message,
    Next,
    PlayItem,
    PlaylistCleanOrphanedTrims,
    PresetGetAll,
    ReplacePlaylist,
    Request,
    SetAutoplayMode,
    StopPlayback,
    TableForm,
    Take,
    TemplateGetActive,
    Undo,
    Version,
)
from .piecewise import Piecewise, list_pieces
from .views import autoplay_status, on_screen, preflight, problem, websocket_told

__all__ = ["Door", "Guest", "Traffic"]

_SHOWN = 200
"""Characters of what a client sent that the log shows."""
_BUSY = Error("too many requests are waiting", "busy")
_MOST_COMING = 4 << 20
"""Bytes of one client's messages that may wait for being understood."""
_IN_THREADS = ReplacePlaylist | ImportXml | ImportPlaylist
"""Edits that are made in a thread: what comes after them waits, so that it is done after them."""
_READING = AsrunGetLogs | AsrunGenerateReport | AsrunExport
"""
Questions that can take seconds: one is answered after the other, and none for who is gone. Those
who ask too much keep one thread at work, and not all that others need.
"""
_SHORT = 16 * 1024
"""Bytes of a message that is understood at once, in a millisecond or two."""

_ASKED: Mapping[type, Feed] = {
    GetPlaylist: Feed.PLAYLIST,
    GetSnapshot: Feed.PLAYLIST,
    GetStatus: Feed.STATUS,
    GetAutoplayStatus: Feed.STATUS,
    GetMediaLibrary: Feed.MEDIA,
    FolderGetAll: Feed.FOLDERS,
    PresetGetAll: Feed.PRESETS,
    TemplateGetActive: Feed.TEMPLATES,
    GetAlerts: Feed.ALERTS,
}


_Result = Published | Answer | Piecewise | None
"""What comes of a request, for the one who asked."""


class Guest(Client, Protocol):
    """A client that can be sent away."""

    @property
    def queued(self) -> int:
        """Bytes that wait until it takes more."""

    def fail(self) -> None:
        """Close the connection: something went wrong here, not there."""


@define
class Traffic:
    """
    What went through the door since the start.

    @ivar clients: connections that were let in.
    @ivar refused: connections that were not.
    @ivar requests: messages that were looked at.
    @ivar errors: of those, how many were answered with an error.
    @ivar slow: clients that were dropped because they did not take what they were sent.
    @ivar flooding: clients that were dropped because they sent too much.
    @ivar bytes_in: what came in messages.
    @ivar bytes_out: what went out in messages.
    """

    clients: int = 0
    refused: int = 0
    requests: int = 0
    errors: int = 0
    slow: int = 0
    flooding: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Door:
    """
    Where operators come in.

    @ivar feeds: what all are kept up to date of.
    @ivar traffic: counts.
    @ivar watcher: to be told by every channel.
    @ivar standing: what everybody who comes is told too, and the channel it is about.
    """

    _log = Logger()

    def __init__(
        self,
        desks: Mapping[int, Desk],
        shelves: Shelves,
        health: Callable[[], Health],
        clock: IReactorTime,
        now: Callable[[], float],
        pick: Callable[[str], str],
        in_thread: Callable[..., Deferred[Any]],
    ) -> None:
        """
        @param desks: the channels by number; all must be there before the first client is.
        @param shelves: what there is beside the channels.
        @param clock: gives turns of the reactor.
        @param now: seconds since the epoch.
        @param pick: gives one of the characters of a string, at random.
        @param in_thread: calls its first argument with the others, in some thread.
        """
        self.feeds = Feeds(desks, shelves, clock, now, in_thread)
        self.traffic = Traffic()
        self.watcher = Watcher(self._published, self._status, self._notice)
        self.standing: list[tuple[int, Notice]] = []
        self._desks = desks
        self._health = health
        self._now = now
        self._in_thread = in_thread
        self._new_id = lambda kind: make_id(kind, now(), pick)
        self._shelf = shelves.library
        self._preflight = shelves.preflight
        self._as_run = shelves.as_run
        self._library = LibraryCounter(
            shelves.library, shelves.folders, self.feeds.tell_each, now, in_thread
        )
        self._graphics = GraphicsCounter(shelves.graphics, shelves.presets, self.feeds.tell, now)
        self._exchange = ExchangeCounter(shelves, self._new_id, in_thread)
        self._waiting: dict[Guest, int] = {}
        self._coming: dict[Guest, deque[bytes]] = {}
        self._reading = DeferredLock()

    # Clients.

    def join(self, client: Guest) -> None:
        """Let a client in and greet it."""
        self.traffic.clients += 1
        self._waiting[client] = 0
        self._coming[client] = deque()
        self.feeds.join(client)
        for channel, notice in self.standing:
            if client.version is Version.TWO:
                client.send(message(_toast(notice), channel=channel))
            elif channel == self.feeds.first:
                client.send(message(_toast(notice)))
        if client.version is Version.ONE:
            for toast in greeting_toasts(self.feeds.alerts):
                client.send(message(toast))

    def leave(self, client: Guest) -> None:
        """Forget a client. What it asked for goes on."""
        self._waiting.pop(client, None)
        self._coming.pop(client, None)
        self.feeds.leave(client)

    def refuse(self, client: Guest, error: Error, request: Request | None = None) -> None:
        """Tell one client, and nobody else, that what it sent was not done."""
        self.traffic.errors += 1
        id, channel = (None, None) if request is None else (request.id, request.channel)
        self._log.debug(
            "{client} refused: {code} at {path!r}, id {id}: {why}",
            client=client.name,
            code=error.code,
            path=(error.path or "")[:_SHOWN],
            id=id,
            why=error.message[:_SHOWN],
        )
        if client.version is Version.TWO:
            client.send(message(error, id, channel))
            return
        if error.errors:
            client.send(message(HardStartError(error.errors)))
            return
        text = f"{error.path}: {error.message}" if error.path else error.message
        client.send(message(Error(text, error.code, error.path)))

    def received(self, client: Guest, payload: bytes) -> None:
        """A message came. Long ones are understood in a thread; those after it wait."""
        self.traffic.requests += 1
        self.traffic.bytes_in += len(payload)
        coming = self._coming[client]
        if sum(map(len, coming)) > _MOST_COMING:
            self.refuse(client, _BUSY)
            return
        coming.append(payload)
        if len(coming) == 1:
            attended = Deferred.fromCoroutine(self._attend(client))
            attended.addErrback(lambda failure: self.broke(client, failure))

    async def _attend(self, client: Guest) -> None:
        """Look at what came, in order, until there is nothing more."""
        while coming := self._coming.get(client):
            if len(coming[0]) > _SHORT:
                request = await self._in_thread(_decoded, coming[0], client.version)
                if client not in self._coming:
                    return  # it is gone
            else:
                request = _decoded(coming[0], client.version)
            if isinstance(request, BadMessage):
                error = Error(request.message, request.code, request.path)
                known = None if request.id is None else Request(GetStatus(), request.id)
                self.refuse(client, error, known)
            else:
                served = self._take(client, request)
                if isinstance(request.message, _IN_THREADS):
                    await served
            coming.popleft()

    def _take(self, client: Guest, request: Request) -> Deferred[None]:
        """Have done what a message asks for; fires when it is, or is not."""
        channel = self.feeds.first if request.channel is None else request.channel
        if channel not in self._desks:
            error = Error("there is no such channel", "unknown_channel", "channel")
            self.refuse(client, error, request)
        elif self._waiting[client] >= MOST_WAITING:
            self.refuse(client, _BUSY, request)
        else:
            self._waiting[client] += 1
            served = Deferred.fromCoroutine(self._serve(client, channel, request))
            return served.addErrback(lambda failure: self.broke(client, failure, request))
        return succeed(None)

    async def _serve(self, client: Guest, channel: int, request: Request) -> None:
        """Do what is asked, and say so to the one who asked."""
        try:
            if isinstance(request.message, _READING):
                async with self._reading:
                    if client not in self._waiting:
                        return
                    result = await self._do(client, channel, request.message)
            else:
                result = await self._do(client, channel, request.message)
        except EditRefused as refused:
            self.refuse(client, self._error(refused, channel, request), request)
        except CannotDo as refused:
            path = wire_path(request.message, refused.path)
            self.refuse(client, Error(refused.reason, "cannot", path), request)
        else:
            self._confirm(client, channel, request, result)
        finally:
            if client in self._waiting:
                self._waiting[client] -= 1

    async def _do(self, client: Guest, channel: int, asked: Message) -> _Result:
        """Do what is asked; what comes of it is for the one who asked."""
        desk, by = self._desks[channel], client.name
        match asked:
            case Undo():
                return await desk.undo(by)
            case Take() | Next():
                await desk.take(by)
            case PlayItem(item_id):
                await desk.play(item_id, by)
            case StopPlayback():
                await desk.stop(by)
            case SetAutoplayMode(mode):
                await desk.set_mode(mode, by)
            case ConnectCaspar():
                return CasparStatus(desk.status().connected)
            case PlaylistCleanOrphanedTrims():
                return Notification("info", "trims are computed, there is nothing to clean")
            case GetPreflight(offset, limit):
                return preflight(self._preflight.ahead(channel), offset, limit)
            case HealthCheck():
                return self._health_status(channel)
            case GetServerStats():
                return self._server_stats(channel)
            case ReplacePlaylist():
                edit = await self._in_thread(self._edit, asked, desk.plan())
                return await desk.edit(edit, by)
            case _ if isinstance(asked, EditMessage):
                return await desk.edit(self._edit(asked, desk.plan()), by)
            case AsrunGetLogs(start, end, offset, limit):
                until = self._now() if end is None else end
                entries = await self._as_run.entries(start, until, offset, limit + 1)
                told, more = entries[:limit], len(entries) > limit
                pieces = await self._in_thread(list_pieces, told)
                return Piecewise(AsrunLogs(len(told), more, Ready([])), pieces)
            case AsrunGenerateReport(day):
                return await self._report(day)
            case AsrunExport(first, last, form):
                return await self._export(asked, first, last, form)
            case _ if isinstance(asked, LibraryMessage):
                return await self._library.serve(asked)
            case _ if isinstance(asked, GraphicsMessage):
                return await self._graphics.serve(asked, by)
            case _ if isinstance(asked, ExchangeMessage):
                return await self._exchange.serve(asked, desk, by)
            case _:
                self.feeds.owe(client, channel, _ASKED[type(asked)])
        return None

    async def _report(self, day: date | None) -> AsrunReportGenerated:
        try:
            return AsrunReportGenerated(*await self._as_run.report(day))
        except FileNotFoundError:
            raise CannotDo("nothing was written down that day", "date") from None
        except OSError as error:
            raise CannotDo(f"the report cannot be written: {error.strerror}") from None

    async def _export(
        self, asked: AsrunExport, first: date, last: date, form: TableForm
    ) -> AsrunExported:
        try:
            name = await self._as_run.export(first, last, form.value)
        except OSError as error:
            raise CannotDo(f"the export cannot be written: {error.strerror}") from None
        return AsrunExported(name, f"/asrun/{name}")

    def _edit(self, asked: EditMessage, plan: Playlist) -> Edit:
        return to_edit(asked, plan, self._new_id, self._shelf.exact)

    def _confirm(self, client: Guest, channel: int, request: Request, result: _Result) -> None:
        """It is in force."""
        new = client.version is Version.TWO
        if isinstance(result, Published):
            revision = result.document.revision
        else:
            revision = self.feeds.document(channel).revision
            told = (request.id, channel) if new else (None, None)
            if isinstance(result, Piecewise):
                client.send(result.message(*told))
            elif isinstance(result, PresetImportSuccess) and not new:
                client.send(message(result, beside={"count": result.count}))
            elif result is not None:
                client.send(message(result, *told))
        if new:
            client.send(message(Ack(revision), request.id, channel))

    def _error(self, refused: EditRefused, channel: int, request: Request) -> Error:
        """Why an edit was refused."""
        path = wire_path(request.message, refused.path)
        if not isinstance(refused, HardStartRefused):
            return Error(refused.reason, "refused", path)
        rate = self.feeds.document(channel).playlist.rate
        errors = tuple(problem(found, rate) for found in refused.problems)
        return Error(refused.reason, "hard_start", path, errors or None)

    def broke(self, client: Guest, failure: Failure, request: Request | None = None) -> None:
        """Something failed, that should not, while serving a client."""
        asked, id = ("?", None) if request is None else (type(request.message).__name__, request.id)
        self._log.failure(
            "while serving {client}: {asked}, id {id}",
            failure,
            client=client.name,
            asked=asked,
            id=id,
        )
        client.fail()
        self.alarm("A request of a client failed in the server", failure.getErrorMessage())

    # Everybody.

    def alarm(self, what: str, details: str) -> None:
        """Tell everybody that something failed that should not."""
        with self._log.failuresHandled("while telling of a critical error"):
            self.feeds.tell(CriticalError(what, details))

    def alert(self, alert: Alert) -> None:
        """
        Tell everybody what is going wrong, or is over: version 2 as it is, version 1 as a toast.
        Those who come later are told what still stands.
        """
        with self._log.failuresHandled("while telling of an alert"):
            self.feeds.alerts = still_standing(self.feeds.alerts, alert)
            self.feeds.tell_version(Version.TWO, alert_told(alert))
            for toast in alert_toasts(alert):
                self.feeds.tell_version(Version.ONE, toast)

    def farewell(self) -> None:
        """Tell everybody that the server stops."""
        with self._log.failuresHandled("while saying goodbye"):
            self.feeds.tell(ServerShutdown("the server stops"))

    def _published(self, published: Published) -> None:
        channel = published.document.channel
        with self._log.failuresHandled("while telling of an edit"):
            self.feeds.changed(published)
            for found in published.new_problems:
                told = problem(found, published.document.playlist.rate)
                text = f"{told.item_name} at {told.hard_start_time}: {told.reason}"
                self.feeds.tell(Notification("warning", text), channel)

    def _status(self, status: ChannelStatus) -> None:
        with self._log.failuresHandled("while telling of a status"):
            self.feeds.happened(status)

    def _notice(self, channel: int, notice: Notice) -> None:
        with self._log.failuresHandled("while telling of a notice"):
            self.feeds.tell(_toast(notice), channel)

    # Figures.

    def figures(self) -> Clients:
        """How those who are here are; it takes as long as there are clients."""
        guests = tuple(self._waiting)
        return Clients(
            connected=len(guests),
            slow=sum(not guest.ready for guest in guests),
            dropped=self.traffic.slow,
            errors=self.traffic.errors,
            queued=sum(guest.queued for guest in guests),
            received=self.traffic.bytes_in,
            sent=self.traffic.bytes_out,
        )

    def _health_status(self, channel: int) -> HealthStatus:
        health = self._health()
        return HealthStatus(
            status=health.status,
            timestamp=iso(self._now()),
            uptime=health.uptime,
            caspar=health.caspar,
            websocket=websocket_told(self.figures()),
            playlist={"items": len(self.feeds.document(channel).playlist.items)},
            media={"files": 0, "scanning": False, **health.media},
            memory=_memory(health.memory_bytes),
            reasons=health.reasons,
        )

    def _server_stats(self, channel: int) -> ServerStats:
        health, document = self._health(), self.feeds.document(channel)
        current = self.feeds.status(channel)
        status = autoplay_status(current, on_screen(current, current.on_air), document)
        base = document.playlist.base_start
        return ServerStats(
            uptime=health.uptime,
            memory={
                "heapUsed": None,
                "heapTotal": None,
                "external": None,
                **_memory(health.memory_bytes),
            },
            connections={
                "websocket": len(self.feeds.clients),
                "caspar": health.caspar,
                "traffic": data_of(self.traffic),
            },
            playlist={
                "itemCount": len(document.playlist.items),
                "baseStartAt": None if base is None else iso(base),
            },
            media={
                "fileCount": health.media.get("files", 0),
                "scanning": health.media.get("scanning", False),
            },
            autoplay={"mode": current.mode.value, "status": status},
        )


def _decoded(payload: bytes, version: Version) -> Request | BadMessage:
    """What a message asks for, or what is wrong with it."""
    try:
        return decode(payload, version)
    except BadMessage as fault:
        return fault


def _memory(size: int) -> Mapping[str, object]:
    """What the process holds, as the old system says it, and as a number."""
    megabytes = round(size / 2**20)
    return {"rss": f"{megabytes} MB", "memoryMB": megabytes}


def _toast(notice: Notice) -> Notification:
    return Notification(notice.level.lower(), notice.message)
