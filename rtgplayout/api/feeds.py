# -*- test-case-name: tests.api.test_websocket -*-
"""
What every client is kept up to date of, each thing encoded once a change.

A client is I{owed} what changed. What is owed goes out when the client takes it, as it is then:
the latest state wins, and a slow client costs the others nothing. A long list is encoded a piece a
turn of the reactor; what a client is owed after it waits for it, so that the order stays right.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum, IntEnum
from typing import Protocol

from attrs import Factory, define, evolve, frozen
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from ..playout.status import Document, OnAir, Published
from ..playout.status import Status as ChannelStatus
from ..rundown.playlist import Inserted
from .answers import (
    Answer,
    CasparStatus,
    FolderList,
    MediaLibrary,
    PresetList,
    TemplateActiveList,
    data_of,
)
from .codec import encode
from .desk import Desk
from .encodings import SHORT, Encodings, Messages
from .frames import Long
from .messages import RequestId, Version, wire_type
from .views import (
    autoplay_status,
    changed,
    on_screen,
    playback_status,
    playlist_pieces,
    snapshot_pages,
    status,
)

__all__ = ["Client", "Contents", "Feed", "Feeds", "message"]


class Client(Protocol):
    """
    One connection, as the room sees it.

    @ivar name: who it is, for the log and the as-run.
    """

    version: Version
    name: str

    @property
    def ready(self) -> bool:
        """Whether what is sent now leaves soon, and does not pile up or wait for a long message."""

    def send(self, *messages: bytes | Long) -> None:
        """
        Send messages, all or none, in their order. A long one is sent as the client takes it; until
        it has it, the client is not C{ready}, and what is sent to it waits.
        """


@frozen
class Contents:
    """What clients are shown beside the playlist, each a JSON object."""

    files: tuple[object, ...] = ()
    scanning: bool = False
    folders: tuple[object, ...] = ()
    presets: tuple[object, ...] = ()
    templates: tuple[object, ...] = ()


class Feed(IntEnum):
    """A thing that clients are kept up to date of, in the order in which they are told."""

    PLAYLIST = 1
    FOLDERS = 2
    MEDIA = 3
    STATUS = 4
    PLAYBACK = 5
    CASPAR = 6
    PRESETS = 7
    TEMPLATES = 8


class Whole(Enum):
    """The messages that hold a whole playlist."""

    FULL = "PLAYLIST_FULL"
    UPDATED = "PLAYLIST_UPDATED"
    SNAPSHOT = "SNAPSHOT"


_ALL = frozenset(Feed)
_GREETING = {
    Version.ONE: (
        Feed.PLAYLIST,
        Feed.FOLDERS,
        Feed.MEDIA,
        Feed.STATUS,
        Feed.PRESETS,
        Feed.TEMPLATES,
    ),
    Version.TWO: (Feed.PLAYLIST, Feed.STATUS),
}


def message(answer: Answer, id: RequestId | None = None, channel: int | None = None) -> bytes:
    """C{answer} as it travels."""
    return encode(wire_type(type(answer)), data_of(answer), id, channel)


@define
class _Seat:
    """
    A client, and what it is owed.

    @ivar owed: channels and feeds.
    @ivar full: the next playlist is to be a C{PLAYLIST_FULL}.
    """

    client: Client
    owed: set[tuple[int, Feed]] = Factory(set)
    full: bool = True

    @property
    def whole(self) -> Whole:
        """As which message it gets the playlist."""
        if self.client.version is Version.TWO:
            return Whole.SNAPSHOT
        return Whole.FULL if self.full else Whole.UPDATED


class Feeds:
    """
    Keeps all clients up to date.

    @ivar desks: the channels by number; version 1 knows only the first.
    """

    _log = Logger()

    def __init__(
        self,
        desks: Mapping[int, Desk],
        contents: Callable[[], Contents],
        clock: IReactorTime,
        now: Callable[[], float],
    ) -> None:
        """
        @param clock: gives turns of the reactor.
        @param now: seconds since the epoch.
        """
        self.desks = desks
        self._contents = contents
        self._now = now
        self._seats: dict[Client, _Seat] = {}
        self._documents: dict[int, Document] = {}
        self._statuses: dict[int, ChannelStatus] = {}
        self._screens: dict[int, OnAir | None] = {}
        self._gists: dict[int, object] = {}
        self._encodings = Encodings(clock, self._made)

    @property
    def clients(self) -> tuple[Client, ...]:
        """All who are there."""
        return tuple(self._seats)

    @property
    def first(self) -> int:
        """The channel that version 1 knows."""
        return min(self.desks)

    def document(self, channel: int) -> Document:
        """The channel's playlist as published last."""
        if channel not in self._documents:
            self._documents[channel] = self.desks[channel].document()
        return self._documents[channel]

    def status(self, channel: int) -> ChannelStatus:
        """The channel's status as told last."""
        if channel not in self._statuses:
            current = self._statuses[channel] = self.desks[channel].status()
            self._screens[channel] = on_screen(current, None)
            self._gists[channel] = self._gist(current)
        return self._statuses[channel]

    # Who is there.

    def join(self, client: Client) -> None:
        """Greet a new client with all there is."""
        seat = self._seats[client] = _Seat(client)
        channels = [self.first] if client.version is Version.ONE else list(self.desks)
        seat.owed = {(channel, feed) for channel in channels for feed in _GREETING[client.version]}
        self._pay(seat, {})

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._seats.pop(client, None)

    def resume(self, client: Client) -> None:
        """Send what a client is owed, now that it takes things again."""
        if seat := self._seats.get(client):
            self._pay(seat, {})

    def owe(self, client: Client, channel: int, feed: Feed) -> None:
        """Send one thing to one client, when it takes it; the playlist whole."""
        if seat := self._seats.get(client):
            seat.full = seat.full or feed is Feed.PLAYLIST
            seat.owed.add((channel, feed))
            self._pay(seat, {})

    # What happens.

    def changed(self, published: Published) -> None:
        """Tell all of a new document."""
        document = published.document
        channel = document.channel
        before = self.document(channel)
        self._documents[channel] = document
        new_items = sum(
            len(operation.items)
            for operation in published.changes.operations
            if isinstance(operation, Inserted)
        )
        payload = None
        for seat in self._seated(channel):
            if seat.client.version is Version.ONE:
                seat.owed |= {(channel, Feed.PLAYLIST), (channel, Feed.STATUS)}
            elif (
                new_items > SHORT or not seat.client.ready or (channel, Feed.PLAYLIST) in seat.owed
            ):
                seat.owed.add((channel, Feed.PLAYLIST))
            else:
                if payload is None:
                    payload = message(changed(published, before), channel=channel)
                self._send(seat, payload)
        self.happened(self.desks[channel].status())

    def happened(self, current: ChannelStatus) -> None:
        """Tell all of a new status, and what else they are owed."""
        channel = current.channel
        before, screen = self.status(channel), self._screens[channel]
        self._statuses[channel] = current
        self._screens[channel] = on_screen(current, screen)
        owed = set()
        gist = self._gist(current)
        if gist != self._gists[channel]:
            self._gists[channel] = gist
            owed.add(Feed.STATUS)
        if not _same_show(screen, self._screens[channel]):
            owed.add(Feed.PLAYBACK)
        if current.connected != before.connected:
            owed.add(Feed.CASPAR)
        for seat in self._seated(channel):
            known = _ALL if seat.client.version is Version.ONE else {Feed.STATUS}
            seat.owed |= {(channel, feed) for feed in owed & known}
        self._pay_all()

    def _gist(self, current: ChannelStatus) -> object:
        """
        What has to differ for a status to be told: instants to a tenth of a second, and the time
        left to a hard start as the instant of that.
        """
        rate = self.document(current.channel).playlist.rate
        backtime, on_air, upcoming = current.backtime, current.on_air, current.upcoming
        start_at = None if upcoming is None else upcoming.start_at
        return (
            evolve(current, backtime=None, on_air=None, upcoming=None),
            None if backtime is None else round(self._now() + float(backtime / rate), 1),
            on_air and evolve(on_air, started_at=round(on_air.started_at, 1)),
            upcoming
            and evolve(upcoming, start_at=None if start_at is None else round(start_at, 1)),
        )

    def tell(self, answer: Answer, channel: int | None = None) -> None:
        """Send one message to all: nothing that a later one makes void."""
        old, new = message(answer), message(answer, channel=channel)
        for seat in self._seated(channel):
            self._send(seat, old if seat.client.version is Version.ONE else new)

    # How it is done.

    def _seated(self, channel: int | None) -> list[_Seat]:
        """Those whom a channel concerns."""
        return [
            seat
            for seat in self._seats.values()
            if seat.client.version is Version.TWO or channel in {None, self.first}
        ]

    def _send(self, seat: _Seat, *messages: bytes | Long) -> None:
        """Send; what fails for one is nothing to the others."""
        with self._log.failuresHandled("while sending to {client}", client=seat.client.name):
            seat.client.send(*messages)

    def _pay_all(self) -> None:
        """Send what is owed, each thing encoded once."""
        encoded: dict[tuple[Version, int, Feed], bytes] = {}
        for seat in tuple(self._seats.values()):
            self._pay(seat, encoded)

    def _pay(self, seat: _Seat, encoded: dict[tuple[Version, int, Feed], bytes]) -> None:
        """
        Send what is owed, as far as the client takes it and it is made.

        @param encoded: what was encoded already in this round.
        """
        if not seat.client.ready:
            return
        messages: list[bytes | Long] = []
        try:
            while seat.owed:
                channel, feed = due = min(seat.owed)
                if feed is Feed.PLAYLIST:
                    made = self._playlist(seat.whole, self.document(channel))
                    if made is None:
                        return
                    seat.full = False
                    messages += made
                else:
                    key = seat.client.version, channel, feed
                    if key not in encoded:
                        encoded[key] = self._encode(*key)
                    messages.append(encoded[key])
                seat.owed.discard(due)
        finally:
            if messages:
                self._send(seat, *messages)

    def _playlist(self, whole: Whole, document: Document) -> Messages | None:
        """The playlist, when it is encoded; if not, L{_made} is told."""
        key, size = (whole, document.channel), len(document.playlist.items)
        if whole is Whole.SNAPSHOT:
            return self._encodings.get(key, document, snapshot_pages, size, paged=True)

        def pieces(document: Document) -> Iterator[bytes]:
            return playlist_pieces(document, whole.value, self._now())

        return self._encodings.get(key, document, pieces, size)

    def _made(self, key: tuple[Whole, int], document: Document, messages: Messages) -> None:
        """
        A long list is encoded: send it to those who wait for it. When it changed meanwhile they
        are shown what there was, and go on waiting for the newest.
        """
        whole, channel = key
        if document is not self.document(channel):
            for seat in self._seated(channel):
                waits = (channel, Feed.PLAYLIST) in seat.owed and seat.whole is whole
                if waits and seat.client.ready:
                    self._send(seat, *messages)
        self._pay_all()

    def _encode(self, version: Version, channel: int, feed: Feed) -> bytes:
        """One of the short things."""
        current, document = self.status(channel), self.document(channel)
        contents, screen = self._contents(), self._screens[channel]
        match feed:
            case Feed.STATUS if version is Version.TWO:
                return message(status(current, document, self._now()), channel=channel)
            case Feed.STATUS:
                return message(autoplay_status(current, screen, document))
            case Feed.PLAYBACK:
                return message(playback_status(screen))
            case Feed.CASPAR:
                return message(CasparStatus(current.connected))
            case Feed.FOLDERS:
                return message(FolderList(contents.folders))
            case Feed.MEDIA:
                return message(MediaLibrary(contents.files, contents.scanning))
            case Feed.PRESETS:
                return message(PresetList(contents.presets))
            case _:
                return message(TemplateActiveList(contents.templates))


def _same_show(one: OnAir | None, other: OnAir | None) -> bool:
    """Whether the same playing of the same item is on screen, give or take a second."""
    if one is None or other is None:
        return one is other
    return one.item.id == other.item.id and abs(one.started_at - other.started_at) < 1
