# -*- test-case-name: tests.api.test_websocket -*-
"""
What comes in is understood, asked of a desk, and answered when it is in force; what happens is
told to everybody. How it travels is not known here.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..playout.status import CannotDo, HardStartRefused, Notice, Published, Watcher
from ..playout.status import Status as ChannelStatus
from ..rundown.playlist import EditRefused
from .answers import (
    Ack,
    Answer,
    CasparStatus,
    CriticalError,
    Error,
    HardStartError,
    HealthStatus,
    Notification,
    ServerShutdown,
    ServerStats,
    data_of,
)
from .codec import decode
from .desk import Desk, Health
from .edits import EditMessage, make_id, to_edit, wire_path
from .feeds import Client, Contents, Feed, Feeds, message
from .messages import (
    BadMessage,
    ConnectCaspar,
    FolderGetAll,
    GetAutoplayStatus,
    GetMediaLibrary,
    GetPlaylist,
    GetServerStats,
    GetSnapshot,
    GetStatus,
    HealthCheck,
    Message,
    Next,
    PlayItem,
    PlaylistCleanOrphanedTrims,
    PresetGetAll,
    Request,
    SetAutoplayMode,
    StopPlayback,
    Take,
    TemplateGetActive,
    Undo,
    Version,
)
from .views import autoplay_status, instant, on_screen, problem

__all__ = ["Door", "Guest", "Traffic"]

_MOST_WAITING = 200
"""How many requests of one client may wait for their answers."""

_ASKED: Mapping[type, Feed] = {
    GetPlaylist: Feed.PLAYLIST,
    GetSnapshot: Feed.PLAYLIST,
    GetStatus: Feed.STATUS,
    GetAutoplayStatus: Feed.STATUS,
    GetMediaLibrary: Feed.MEDIA,
    FolderGetAll: Feed.FOLDERS,
    PresetGetAll: Feed.PRESETS,
    TemplateGetActive: Feed.TEMPLATES,
}


class Guest(Client, Protocol):
    """A client that can be sent away."""

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
        health: Callable[[], Health],
        contents: Callable[[], Contents],
        clock: IReactorTime,
        now: Callable[[], float],
        pick: Callable[[str], str],
    ) -> None:
        """
        @param desks: the channels by number; all must be there before the first client is.
        @param contents: what clients are shown beside the playlist.
        @param clock: gives turns of the reactor.
        @param now: seconds since the epoch.
        @param pick: gives one of the characters of a string, at random.
        """
        self.feeds = Feeds(desks, contents, clock, now)
        self.traffic = Traffic()
        self.watcher = Watcher(self._published, self._status, self._notice)
        self.standing: list[tuple[int, Notice]] = []
        self._desks = desks
        self._health = health
        self._now = now
        self._new_id = lambda kind: make_id(kind, now(), pick)
        self._waiting: dict[Guest, int] = {}

    # Clients.

    def join(self, client: Guest) -> None:
        """Let a client in and greet it."""
        self.traffic.clients += 1
        self._waiting[client] = 0
        self.feeds.join(client)
        for channel, notice in self.standing:
            if client.version is Version.TWO:
                client.send(message(_toast(notice), channel=channel))
            elif channel == self.feeds.first:
                client.send(message(_toast(notice)))

    def leave(self, client: Guest) -> None:
        """Forget a client. What it asked for goes on."""
        self._waiting.pop(client, None)
        self.feeds.leave(client)

    def refuse(self, client: Guest, error: Error, request: Request | None = None) -> None:
        """Tell one client, and nobody else, that what it sent was not done."""
        self.traffic.errors += 1
        if client.version is Version.TWO:
            id, channel = (None, None) if request is None else (request.id, request.channel)
            client.send(message(error, id, channel))
            return
        if error.errors:
            client.send(message(HardStartError(error.errors)))
            return
        text = f"{error.path}: {error.message}" if error.path else error.message
        client.send(message(Error(text, error.code, error.path)))

    def received(self, client: Guest, payload: bytes) -> None:
        """A message came."""
        self.traffic.requests += 1
        self.traffic.bytes_in += len(payload)
        try:
            request = decode(payload, client.version)
        except BadMessage as fault:
            error = Error(fault.message, fault.code, fault.path)
            client_request = None if fault.id is None else Request(GetStatus(), fault.id)
            self.refuse(client, error, client_request)
            return
        channel = self.feeds.first if request.channel is None else request.channel
        if channel not in self._desks:
            error = Error("there is no such channel", "unknown_channel", "channel")
            self.refuse(client, error, request)
        elif self._waiting[client] >= _MOST_WAITING:
            self.refuse(client, Error("too many requests are waiting", "busy"), request)
        else:
            self._waiting[client] += 1
            served = Deferred.fromCoroutine(self._serve(client, channel, request))
            served.addErrback(lambda failure: self.broke(client, failure))

    async def _serve(self, client: Guest, channel: int, request: Request) -> None:
        """Do what is asked, and say so to the one who asked."""
        try:
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

    async def _do(self, client: Guest, channel: int, asked: Message) -> Published | Answer | None:
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
            case HealthCheck():
                return self._health_status(channel)
            case GetServerStats():
                return self._server_stats(channel)
            case _ if isinstance(asked, EditMessage):
                return await desk.edit(to_edit(asked, desk.plan(), self._new_id), by)
            case _:
                self.feeds.owe(client, channel, _ASKED[type(asked)])
        return None

    def _confirm(
        self, client: Guest, channel: int, request: Request, result: Published | Answer | None
    ) -> None:
        """It is in force."""
        new = client.version is Version.TWO
        if isinstance(result, Published):
            revision = result.document.revision
        else:
            revision = self.feeds.document(channel).revision
            if result is not None:
                told = (request.id, channel) if new else (None, None)
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

    def broke(self, client: Guest, failure: Failure) -> None:
        """Something failed, that should not, while serving a client."""
        self._log.failure("while serving {client}", failure, client=client.name)
        client.fail()
        self.alarm("A request of a client failed in the server", failure.getErrorMessage())

    # Everybody.

    def alarm(self, what: str, details: str) -> None:
        """Tell everybody that something failed that should not."""
        with self._log.failuresHandled("while telling of a critical error"):
            self.feeds.tell(CriticalError(what, details))

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

    def _health_status(self, channel: int) -> HealthStatus:
        health = self._health()
        return HealthStatus(
            status=health.status,
            timestamp=instant(self._now()),
            uptime=health.uptime,
            caspar=health.caspar,
            websocket={"clients": len(self.feeds.clients)},
            playlist={"items": len(self.feeds.document(channel).playlist.items)},
            media={"files": 0, "scanning": False, **health.media},
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
                "rss": f"{round(health.memory_bytes / 2**20)} MB",
                "external": None,
            },
            connections={
                "websocket": len(self.feeds.clients),
                "caspar": health.caspar,
                "traffic": data_of(self.traffic),
            },
            playlist={
                "itemCount": len(document.playlist.items),
                "baseStartAt": None if base is None else instant(base),
            },
            media={
                "fileCount": health.media.get("files", 0),
                "scanning": health.media.get("scanning", False),
            },
            autoplay={"mode": current.mode.value, "status": status},
        )


def _toast(notice: Notice) -> Notification:
    return Notification(notice.level.lower(), notice.message)
