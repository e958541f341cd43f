# -*- test-case-name: tests.api.test_websocket -*-
"""
What every client is kept up to date of, each thing encoded once a change.

A client is I{owed} what changed. What is owed goes out when the client takes it, as it is then:
the latest state wins, and a slow client costs the others nothing. A long list is encoded a piece a
turn of the reactor; what a client is owed after it waits for it, so that the order stays right.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from enum import Enum, IntEnum
from functools import partial
from typing import Any, Protocol

from attrs import Factory, define, evolve
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from ..media.folders import folder_of
from ..ops.alert import Alert
from ..playout.graphics import GraphicsChange
from ..playout.status import Document, OnAir, Published
from ..playout.status import Status as ChannelStatus
from ..rundown.playlist import Inserted
from .alerts import alerts_told
from .answers import (
    Answer,
    CasparStatus,
    FolderList,
    LibraryState,
    PresetList,
    Ready,
    ScanStarted,
    TemplateActiveList,
    data_of,
)
from .codec import encode
from .desk import Desk, Shelves
from .encodings import SHORT, Encodings, Messages
from .frames import Long
from .library_feed import LibraryFeed, LibraryView
from .lists import active_templates, folder_list, graphics_told, library_pieces, preset_list
from .messages import RequestId, Version, wire_type
from .views import (
    autoplay_status,
    changed,
    on_screen,
    playback_status,
    playlist_pieces,
    preflight,
    snapshot_pages,
    status,
)

__all__ = ["Client", "Feed", "Feeds", "message"]


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
    ALERTS = 9
    """Of version 2."""
    PREFLIGHT = 10
    """Of version 2."""


class Whole(Enum):
    """The messages that hold a whole playlist."""

    FULL = "PLAYLIST_FULL"
    UPDATED = "PLAYLIST_UPDATED"
    SNAPSHOT = "SNAPSHOT"


_LISTS = frozenset({Feed.FOLDERS, Feed.PRESETS, Feed.TEMPLATES, Feed.ALERTS})
_OF_ALL = _LISTS | {Feed.MEDIA}
"""What is the same whatever the channel; owed as of the first."""
_LONG = 1 << 16
"""Bytes of a list that goes out as its receiver takes it."""
_GREETING = frozenset({Feed.PLAYLIST, Feed.STATUS, Feed.PREFLIGHT}) | _OF_ALL
"""What those who come are told of."""
_FINDINGS = 100
"""How many findings are told to everybody: those that come first."""


def message(
    answer: Answer,
    id: RequestId | None = None,
    channel: int | None = None,
    beside: Mapping[str, object] = {},
) -> bytes:
    """
    C{answer} as it travels.

    @param beside: what stands beside its data too, for pages that look there.
    """
    return encode(wire_type(type(answer)), data_of(answer), id, channel, beside)


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
    @ivar library: when they are told of the media library.
    @ivar alerts: those that stand, the gravest first.
    """

    _log = Logger()

    def __init__(
        self,
        desks: Mapping[int, Desk],
        shelves: Shelves,
        clock: IReactorTime,
        now: Callable[[], float],
        in_thread: Callable[..., Deferred[Any]],
    ) -> None:
        """
        @param clock: gives turns of the reactor.
        @param now: seconds since the epoch.
        @param in_thread: calls its first argument with the others, in some thread.
        """
        self.desks = desks
        self.alerts: tuple[Alert, ...] = ()
        self.library = LibraryFeed(
            shelves.library,
            shelves.folders,
            clock,
            in_thread,
            lambda: self.owe_all({Feed.MEDIA}, Version.TWO),
            self._library_shown,
            lambda: self.tell(ScanStarted()),
        )
        self._shelves = shelves
        self._now = now
        self._seats: dict[Client, _Seat] = {}
        self._documents: dict[int, Document] = {}
        self._statuses: dict[int, ChannelStatus] = {}
        self._screens: dict[int, OnAir | None] = {}
        self._gists: dict[int, object] = {}
        self._encodings = Encodings(clock, self._made)
        self._lists: dict[tuple[Version, Feed], tuple[object, bytes | Long]] = {}

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
        seat.owed = {
            (channel, feed)
            for channel in channels
            for feed in _GREETING
            if feed not in _OF_ALL or channel == self.first
        }
        if client.version is Version.ONE:
            seat.owed -= {(self.first, Feed.ALERTS), (self.first, Feed.PREFLIGHT)}
        self._pay(seat, {})
        if client.version is Version.ONE and self.library.view.scanning:
            self._send(seat, message(ScanStarted()))

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._seats.pop(client, None)

    def resume(self, client: Client) -> None:
        """Send what a client is owed, now that it takes things again."""
        if seat := self._seats.get(client):
            self._pay(seat, {})

    def owe(self, client: Client, channel: int, feed: Feed) -> None:
        """Send one thing to one client, when it takes it; the playlist whole."""
        if feed in _OF_ALL:
            channel = self.first
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
            known = set(Feed) if seat.client.version is Version.ONE else {Feed.STATUS}
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

    def tell_each(self, old: Answer, new: Answer) -> None:
        """Send one message to all: version 1 gets the one, version 2 the other."""
        first, second = message(old), message(new)
        for seat in tuple(self._seats.values()):
            self._send(seat, first if seat.client.version is Version.ONE else second)

    def tell_version(self, version: Version, answer: Answer) -> None:
        """Send one message to all who speak one version."""
        told = message(answer)
        for seat in tuple(self._seats.values()):
            if seat.client.version is version:
                self._send(seat, told)

    def owe_all(self, feeds: Set[Feed], version: Version | None = None) -> None:
        """Send to all, or all of a version, what is the same whatever the channel."""
        for seat in self._seats.values():
            if version in {None, seat.client.version}:
                seat.owed |= {(self.first, feed) for feed in feeds}
        self._pay_all()

    def presets_changed(self) -> None:
        """Tell all of the presets."""
        self.owe_all({Feed.PRESETS})

    def preflight_changed(self, channel: int) -> None:
        """Tell version 2 what is wrong with what a channel is to show."""
        self._encodings.forget((Whole.SNAPSHOT, channel))
        for seat in self._seats.values():
            if seat.client.version is Version.TWO:
                seat.owed.add((channel, Feed.PREFLIGHT))
        self._pay_all()

    def graphics_changed(self, change: GraphicsChange) -> None:
        """Tell all what became of a template; version 1 in its own words, too."""
        self.tell_version(Version.ONE, graphics_told(change))
        self.owe_all({Feed.TEMPLATES})

    def _library_shown(self, folders_changed: bool) -> None:
        """The whole list is to be told anew: folders first, as pages read them."""
        if folders_changed:
            self.owe_all({Feed.FOLDERS})
        self.owe_all({Feed.MEDIA}, Version.ONE)

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
        encoded: dict[tuple[Version, int, Feed], bytes | Long] = {}
        for seat in tuple(self._seats.values()):
            self._pay(seat, encoded)

    def _pay(self, seat: _Seat, encoded: dict[tuple[Version, int, Feed], bytes | Long]) -> None:
        """
        Send what is owed, as far as the client takes it and it is made.

        @param encoded: what was encoded already in this round.
        """
        if not seat.client.ready:
            return
        messages: list[bytes | Long] = []
        try:
            for due in sorted(seat.owed):
                channel, feed = due
                if feed is Feed.PLAYLIST:
                    made = self._playlist(seat.whole, self.document(channel))
                    if made is None:
                        return
                    seat.full = False
                    messages += made
                elif feed is Feed.MEDIA and seat.client.version is Version.ONE:
                    made = self._library(self.library.view)
                    if made is None:
                        continue
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
            warnings_of = partial(self._shelves.preflight.of, document.channel)
            pages = partial(snapshot_pages, warnings_of=warnings_of)
            return self._encodings.get(key, document, pages, size, paged=True)

        def pieces(document: Document) -> Iterator[bytes]:
            return playlist_pieces(document, whole.value, self._now())

        return self._encodings.get(key, document, pieces, size)

    def _library(self, view: LibraryView) -> Messages | None:
        """The media library as version 1 has it, when it is encoded; if not, L{_made} is told."""

        def pieces(view: LibraryView) -> Iterator[bytes]:
            return library_pieces(view.library, partial(folder_of, view.folders), view.scanning)

        return self._encodings.get(Feed.MEDIA, view, pieces, len(view.library.entries))

    def _made(
        self, key: tuple[Whole, int] | Feed, source: Document | LibraryView, messages: Messages
    ) -> None:
        """
        A long list is encoded: send it to those who wait for it. When a playlist changed meanwhile
        they are shown what there was, and go on waiting for the newest; a library that changes all
        the time is shown at leisure.
        """
        if isinstance(key, tuple):
            whole, channel = key
            if source is not self.document(channel):
                for seat in self._seated(channel):
                    waits = (channel, Feed.PLAYLIST) in seat.owed and seat.whole is whole
                    if waits and seat.client.ready:
                        self._send(seat, *messages)
        self._pay_all()

    def _encode(self, version: Version, channel: int, feed: Feed) -> bytes | Long:
        """One of the short things, or of the lists beside the playlist and the library."""
        if feed in _LISTS:
            return self._list(version, feed)
        current, document = self.status(channel), self.document(channel)
        screen, new = self._screens[channel], version is Version.TWO
        match feed:
            case Feed.STATUS if new:
                return message(status(current, document, self._now()), channel=channel)
            case Feed.STATUS:
                return message(autoplay_status(current, screen, document))
            case Feed.PLAYBACK:
                return message(playback_status(screen))
            case Feed.PREFLIGHT:
                found = self._shelves.preflight.ahead(channel)
                return message(preflight(found, 0, _FINDINGS), channel=channel)
            case Feed.CASPAR:
                return message(CasparStatus(current.connected))
            case _:
                return message(self._library_state())

    def _list(self, version: Version, feed: Feed) -> bytes | Long:
        """
        A list that is the same whatever the channel, encoded once as long as it is the same; a long
        one goes out in pieces.
        """
        source = self._source(feed)
        known = self._lists.get((version, feed))
        if known is None or known[0] != source:
            payload = message(self._listed(feed, new=version is Version.TWO))
            known = source, payload if len(payload) < _LONG else Long((payload,))
            self._lists[version, feed] = known
        return known[1]

    def _source(self, feed: Feed) -> object:
        """What a list is made of."""
        match feed:
            case Feed.FOLDERS:
                return self._shelves.folders.revision, self.library.view
            case Feed.PRESETS:
                return self._shelves.presets.revision, self._shelves.presets.value
            case Feed.ALERTS:
                return self.alerts
            case _:
                return self._shelves.graphics.active()

    def _listed(self, feed: Feed, new: bool) -> Answer:
        """A list as a version has it."""
        match feed:
            case Feed.FOLDERS:
                shown = folder_list(self.library.view.folders, self.library.view.counts)
                return FolderList(Ready(shown), self._shelves.folders.revision if new else None)
            case Feed.PRESETS:
                presets = self._shelves.presets
                shown = preset_list(presets.value, safe=not new)
                return PresetList(Ready(shown), presets.revision if new else None)
            case Feed.ALERTS:
                return alerts_told(self.alerts)
            case _:
                shown = active_templates(self._shelves.graphics.active(), safe=not new)
                return TemplateActiveList(Ready(shown))

    def _library_state(self) -> LibraryState:
        """What version 2 is told of the library."""
        library, progress = self._shelves.library.library(), self._shelves.library.progress()
        return LibraryState(
            library.revision,
            len(library.entries),
            progress.scanning,
            progress.done,
            progress.total,
        )


def _same_show(one: OnAir | None, other: OnAir | None) -> bool:
    """Whether the same playing of the same item is on screen, give or take a second."""
    if one is None or other is None:
        return one is other
    return one.item.id == other.item.id and abs(one.started_at - other.started_at) < 1
