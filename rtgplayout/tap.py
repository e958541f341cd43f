# -*- test-case-name: tests.test_tap -*-
"""
The composition root: makes every part of the daemon out of the configuration, joins them, and is
the only place that names the reactor and the clocks.
"""

import fcntl
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import txaio
from attrs import define, field
from autobahn.websocket import USES_NVX
from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, globalLogPublisher
from twisted.python import usage
from twisted.python.failure import Failure
from zope.interface import implementer

from . import __version__, config
from .amcp.client import CasparLink, LinkEvents
from .amcp.osc import OscListener
from .amcp.status import ChannelStatus, ServerVersion
from .api.desk import Health
from .api.door import Door
from .api.feeds import Contents
from .api.http import make_site
from .api.websocket import Limits, SubscriberFactory
from .playout.asrun import SystemEvent, as_fields
from .playout.channel import Channel, Records
from .playout.report import Memory, revive
from .playout.state import Setup
from .playout.status import Notice
from .rundown.playlist import Playlist
from .rundown.timing import to_frames
from .store import playlist_file, state_file
from .store.asrun import AsRunLog
from .store.documents import Document
from .store.state_file import Remembered

__all__ = ["Daemon", "Options", "makeService"]

_STEP = 0.4
"""Seconds that a step of stopping may take."""
_FLUSH = 5.0
"""Seconds between two tries to write as-run entries that could not be written."""
_ALARM = 1.0
"""Seconds between two alarms for errors nobody handled."""


def _quit(sentence: str) -> NoReturn:
    """One clear line, and exit status 1."""
    raise SystemExit(f"rtgplayout: {sentence}")


class Options(usage.Options):
    """The command line of C{twistd rtgplayout}."""

    synopsis = "[options]"
    longdesc = (
        "Puts a television channel on air through CasparCG and keeps it there. Every setting can "
        "also stand in the environment, in .env or in a TOML file."
    )
    optParameters = [[name, None, None, help] for name, help in config.OPTIONS]
    optFlags = [["check-config", None, "Say what the settings are and where from, and exit."]]

    config: config.Config

    def postOptions(self) -> None:
        """
        Read the configuration.

        @raise SystemExit: a setting is wrong; or it was only to be checked.
        """
        try:
            self.config = config.load(self, os.environ)
            if self["check-config"]:
                config.check_folders(self.config)
        except config.BadSetting as bad:
            _quit(str(bad))
        if self["check-config"]:
            sys.stdout.write(config.describe(self.config))
            raise SystemExit(0)


@define(eq=False)
class _Listening(Service):
    """
    A TCP port.

    @ivar what: for people.
    @ivar port: 0 for any; then the one that was given.
    """

    what: str
    reactor: Any
    address: str
    port: int
    factory: "Factory[Any]"
    _open: Any = field(init=False, default=None)
    _log = Logger()

    def __attrs_post_init__(self) -> None:
        self.setName(self.what)

    def privilegedStartService(self) -> None:
        """Listen, or say why not."""
        try:
            self._open = self.reactor.listenTCP(self.port, self.factory, interface=self.address)
        except CannotListenError as error:
            why = getattr(error.socketError, "strerror", None) or error.socketError
            _quit(f"cannot listen on {self.address}:{self.port} ({self.what}): {why}")
        self.port = self._open.getHost().port
        self._log.info(
            "{what}: {address}:{port}", what=self.what, address=self.address, port=self.port
        )

    def stopService(self) -> Deferred[None]:
        """Accept nobody any more."""
        super().stopService()
        listening, self._open = self._open, None
        return maybeDeferred(lambda: listening and listening.stopListening())


class Daemon(Service):
    """
    All of it: starts its parts in order and stops them in the order of the house: accept nobody,
    tell clients, save, leave CasparCG with its picture on air, stop ticking.

    @ivar channels: by number.
    """

    _log = Logger()

    def __init__(
        self,
        settings: config.Config,
        reactor: Any,
        now: Callable[[], float],
    ) -> None:
        """
        @param reactor: its C{seconds} is monotonic.
        @param now: the wall clock, seconds since the epoch.
        """
        self.setName("rtgplayout")
        self.settings = settings
        self._reactor = reactor
        self._now = now
        self._started = reactor.seconds()
        self._lock: int | None = None
        self._unsaved: dict[str, str] = {}
        self._alarmed = float("-inf")
        self._notices: list[str] = []
        self.channels: dict[int, Channel] = {}
        self.door = Door(
            self.channels, self.health, Contents, reactor, now, random.SystemRandom().choice
        )
        self.listener = OscListener(
            reactor,
            settings.osc_port,
            clock=reactor,
            now=reactor.seconds,
            told=self._shown,
            restarted=lambda at: None,  # the rules know it by the tick counter
        )
        self.link = CasparLink(
            reactor,
            settings.caspar_host,
            settings.caspar_port,
            clock=reactor,
            now=now,
            events=LinkEvents(self._link_up, self._link_down, self._link_gave_up),
            osc_port=self.listener.port,
            give_up_after=settings.give_up_after,
        )
        self.factory = SubscriberFactory(
            self.door,
            reactor,
            Limits(origins=settings.allowed_origins, clients=settings.max_clients),
        )
        site = make_site(self.factory, self.health, reactor, now)
        self.ports = (
            _Listening("WebSocket", reactor, settings.listen, settings.ws_port, self.factory),
            _Listening("HTTP", reactor, settings.listen, settings.http_port, site),
        )
        self._observer = _Alarms(self._alarm)
        self._flushing = LoopingCall(self._flush)
        self._flushing.clock = reactor

    # The life of the daemon.

    def privilegedStartService(self) -> None:
        """Take the data folder and the ports, or say why not."""
        super().privilegedStartService()
        self._own_data()
        for port in self.ports:
            port.privilegedStartService()

    def startService(self) -> None:
        """Read the records, make the channels, go."""
        super().startService()
        self._log.info(
            "rtgplayout {version}; WebSocket helpers in C: {nvx}", version=__version__, nvx=USES_NVX
        )
        self._as_run = AsRunLog(
            self.settings.as_run_folder,
            self.settings.zone,
            self._now,
            self._in_thread,
        )
        for each in self.settings.channels:
            self.channels[each.number] = self._make_channel(each)
        globalLogPublisher.addObserver(self._observer)
        self._flushing.start(_FLUSH, now=False).addErrback(self._failed("while flushing"))
        self._record("SERVER_START", f"version {__version__}")
        try:
            self.listener.startService()
        except CannotListenError as error:
            _quit(f"cannot listen for telemetry: {error.socketError}")
        self.link.startService()
        for channel in self.channels.values():
            channel.startService()
        for port in self.ports:
            port.startService()
        for sentence in self._notices:
            self._log.warn("{sentence}", sentence=sentence)

    def stopService(self) -> Deferred[None]:
        """Stop in order; each step gets its time, and not more."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        for what, step in (
            ("to accept clients", self._stop_listening),
            ("to tell clients", self.factory.stop),
            ("to save", self._save_rest),
            ("to leave CasparCG", self.link.stopService),
            ("the telemetry", self.listener.stopService),
            ("the channels", self._stop_channels),
        ):
            with self._log.failuresHandled("while stopping {what}", what=what):
                await maybeDeferred(step).addTimeout(_STEP, self._reactor)
        if self._flushing.running:
            self._flushing.stop()
        globalLogPublisher.removeObserver(self._observer)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _stop_listening(self) -> None:
        for port in self.ports:
            await port.stopService()

    async def _save_rest(self) -> None:
        """Everything that was asked is on its way; wait for the last of it."""
        self._record("SERVER_SHUTDOWN", f"after {self._uptime():.0f} s")
        await self._as_run.flush()

    def _stop_channels(self) -> None:
        for channel in self.channels.values():
            channel.stopService()

    def _own_data(self) -> None:
        """
        Make sure of the folders, and that no other daemon uses this data.
        """
        try:
            config.check_folders(self.settings)
        except config.BadSetting as bad:
            _quit(str(bad))
        path = self.settings.data_dir / ".lock"
        self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _quit(f"another daemon uses the data folder {self.settings.data_dir}")

    def _in_thread(self, call: Callable[..., Any], *args: Any) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), call, *args)

    # The channels.

    def _make_channel(self, wanted: config.Channel) -> Channel:
        """A channel, with what is on disk of it."""
        folder, number = self.settings.data_dir, wanted.number
        playlists: Document[Playlist] = Document(
            folder / playlist_file.file_name(number),
            lambda playlist: playlist_file.encode(playlist, number),
            lambda content: playlist_file.decode(content, wanted.rate),
            self._in_thread,
            self._now,
        )
        memories: Document[Remembered] = Document(
            folder / state_file.file_name(number),
            state_file.encode,
            state_file.decode,
            self._in_thread,
            self._now,
        )
        loaded, remembered = playlists.load(), memories.load()
        self._notices += [*loaded.notices, *remembered.notices]
        known = remembered.value or Remembered()
        state = revive(
            Setup(
                wanted.rate,
                self.settings.zone,
                number,
                wanted.layer,
                max(1, to_frames(self.settings.minimum_trim_seconds, wanted.rate)),
                wanted.filler,
                wanted.slate,
            ),
            loaded.value or Playlist(wanted.rate),
            Memory(known.mode, known.on_air_id, known.started_at, known.next_id, known.ended),
        )
        records = Records(
            lambda playlist: self._noted(
                f"the playlist of channel {number}", playlists.save(playlist)
            ),
            lambda memory: self._noted(
                f"the state of channel {number}",
                memories.save(
                    Remembered(
                        memory.mode,
                        memory.on_air_id,
                        memory.started_at,
                        memory.next_id,
                        memory.ended,
                    )
                ),
            ),
            self._as_run.append,
        )
        watcher = self.door.watcher
        return Channel(
            state, self.link, records, watcher, self._reactor, self._now, self._in_thread
        )

    def _noted(self, what: str, saved: Deferred[None]) -> Deferred[None]:
        """Remember whether C{what} was saved the last time."""

        def done(result: Failure | None) -> Failure | None:
            if result is None:
                self._unsaved.pop(what, None)
            else:
                self._unsaved[what] = result.getErrorMessage()
            return result

        return saved.addBoth(done)

    def _shown(self, status: ChannelStatus, at: float) -> None:
        channel = self.channels.get(status.channel)
        if channel is not None:
            channel.shown(status)

    def _link_up(self, version: ServerVersion | None, server: str) -> None:
        self._log.info("CasparCG {version} at {server}", version=version, server=server)
        self.listener.follow(server, version)
        for channel in self.channels.values():
            channel.link_up()

    def _link_down(self, why: str) -> None:
        if not self.running:
            return  # we left it ourselves
        for channel in self.channels.values():
            channel.link_down(why)

    def _link_gave_up(self, attempts: int) -> None:
        """The configured limit is reached: nobody tries any more, and everybody must know."""
        sentence = f"CasparCG was not reached in {attempts} attempts; it is not tried any more"
        for channel in self.channels.values():
            channel.notify(Notice("error", sentence))

    # The records.

    def _record(self, event: str, details: str) -> None:
        entry = as_fields(SystemEvent(event, self._now(), details), self._now())
        self._as_run.append(entry).addErrback(self._failed("while writing the as-run log"))

    def _flush(self) -> None:
        self._noted("the as-run log", self._as_run.flush()).addErrback(lambda _: None)

    def _failed(self, what: str) -> Callable[[Any], None]:
        return lambda failure: self._log.failure("{what}", failure, what=what)

    # How it is.

    def _uptime(self) -> float:
        return float(self._reactor.seconds() - self._started)

    def health(self) -> Health:
        """What monitoring is told."""
        link = self.link.health()
        failing, degraded = [], []
        if not link.connected:
            failing.append(f"CasparCG is not connected ({link.last_error or link.state})")
        elif not link.healthy:
            degraded.append("CasparCG does not answer")
        for number, channel in self.channels.items():
            status = channel.status()
            if link.connected and not status.telemetry:
                degraded.append(f"channel {number}: no telemetry (OSC) arrives")
            if status.showing.value == "slate":
                degraded.append(f"channel {number}: the slate is on air")
        degraded += [f"{what} is not saved: {why}" for what, why in self._unsaved.items()]
        return Health(
            "failing" if failing else "degraded" if degraded else "healthy",
            self._uptime(),
            _resident(),
            (*failing, *degraded),
            {
                "connected": link.connected,
                "healthy": link.healthy,
                "reconnectAttempts": link.reconnects,
                "pendingCommands": link.pending,
                "queuedCommands": sum(link.queued.values()),
                "socketState": "open" if link.connected else link.state,
                "roundTripMs": None
                if link.round_trip is None
                else round(link.round_trip * 1000, 2),
                "version": None if link.version is None else str(link.version),
            },
            {"files": 0, "scanning": False},
        )

    def _alarm(self, why: str) -> None:
        """An error that nobody handled is told to everybody, now and then, and the show goes on."""
        at = self._reactor.seconds()
        if at - self._alarmed >= _ALARM:
            self._alarmed = at
            self._reactor.callFromThread(
                self.door.alarm, "an internal error; the show goes on", why
            )


@implementer(ILogObserver)
@define(eq=False)
class _Alarms:
    """
    Hears of errors that nobody handled.

    @ivar alarm: told what went wrong.
    """

    alarm: Callable[[str], None]

    def __call__(self, event: LogEvent) -> None:
        """Look at what is logged."""
        failure = event.get("log_failure")
        if failure is not None and event.get("log_level") is LogLevel.critical:
            self.alarm(failure.getErrorMessage())


def _resident(statm: Path = Path("/proc/self/statm")) -> int:
    """Bytes of memory that the process holds."""
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def makeService(options: Options) -> IService:
    """The daemon that C{options} describe."""
    from twisted.internet import reactor  # noqa: PLC0415 - installing it is the daemon's business

    # Timers survive steps of the wall clock.
    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    txaio.config.loop = reactor  # type: ignore[attr-defined] # Autobahn's timers, whatever it is told
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it would end the daemon
    return Daemon(options.config, reactor, time.time)
