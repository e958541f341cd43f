# -*- test-case-name: tests.test_tap -*-
"""
The composition root: makes every part of the daemon out of the configuration, joins them, and is
the only place that names the reactor and the clocks.
"""

import ipaddress
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, NoReturn

import txaio
from autobahn.websocket import USES_NVX
from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.logger import Logger, globalLogPublisher

from . import __version__, loading
from .alerting import Alerting
from .amcp.client import CasparLink, LinkEvents
from .amcp.commands import Target
from .amcp.osc import OscListener
from .amcp.status import ChannelStatus, ServerVersion
from .api.broadcast_log import BroadcastLog
from .api.desk import Shelves
from .api.door import Door
from .api.downloads import Downloads
from .api.http import make_site
from .api.pages import Pages
from .api.thumbnails import Thumbnails
from .api.websocket import Limits, SubscriberFactory
from .config import BadSetting, Config
from .config import Channel as ChannelSetting
from .library import MediaLibrary
from .media.vigil import Vigil
from .ops.alarms import Alarms
from .ops.garbage import Garbage
from .ops.health import verdict
from .ops.metrics import Metrics
from .ops.notify import Systemd
from .ops.process import Port, stop_in_order
from .ops.supervision import Part, Supervision
from .ops.threads import Threads
from .ops.vitals import Clients, Vitals
from .options import Options
from .playout.channel import Channel
from .playout.graphics import GraphicsChange
from .playout.overlay import Overlay
from .playout.status import Notice, is_calm
from .records import StationRecords
from .store.asrun_lock import LockTaken
from .store.import_folder import ImportFolder
from .store.locks import lock_folder
from .vital_signs import VitalSigns

__all__ = ["CannotStart", "Daemon", "Options", "makeService"]

_STEP = 0.25
"""Seconds that a step of stopping may take; there are ten."""
_STATUS = 5.0
"""Seconds after which systemd is told how it goes, if that has changed."""
_FAREWELL = 0.2
"""Seconds that clients have for closing."""
_RECENT = 3600.0
"""Seconds for which those who come are told what was found when the records were read."""
_READERS = 8
"""Threads for what may have to wait: pages take two, imports and the as-run one, media the rest."""
_MOST_NOTICES = 5
"""How many of these sentences they are told; all are in the log."""


class CannotStart(Exception):
    """
    The daemon cannot start; the log says why.

    Not L{SystemExit}: a C{twistd} that goes to the background would wait for ever.
    """


class Daemon(Service):
    """
    All of it: starts its parts in order and stops them in the order of the house: accept nobody,
    tell clients, save, leave CasparCG with its picture on air, stop ticking.

    @ivar channels: by number.
    @ivar garbage: what is done about that in memory.
    """

    _log = Logger()

    def __init__(
        self,
        settings: Config,
        reactor: Any,
        now: Callable[[], float],
        threads: Threads,
        readers: Threads,
        worker: Threads,
        systemd: Systemd,
    ) -> None:
        """
        @param reactor: its C{seconds} is monotonic.
        @param now: the wall clock, seconds since the epoch.
        @param threads: where files are written; started and stopped with the daemon.
        @param readers: others, which may have to wait for the media folder; likewise.
        @param worker: one more, for what is worked out and takes long when there is much of it:
            several that never rest would hold up each other, and the channels; likewise.
        @param systemd: told how it goes.
        """
        self.setName("rtgplayout")
        self.settings = settings
        self._reactor = reactor
        self._now = now
        self.garbage = Garbage()
        self._unready = "the daemon starts"
        self.systemd = systemd
        self._telling = LoopingCall(self._tell_systemd)
        self._telling.clock = reactor
        self._lock: int | None = None
        self._forgetting: IDelayedCall | None = None
        self._threads = threads
        self._readers = readers
        self._worker = worker
        self.channels: dict[int, Channel] = {}
        self.metrics = Metrics(
            self.vitals, reactor, now, [each.number for each in settings.channels]
        )
        self.records = StationRecords(
            settings,
            reactor,
            now,
            threads.call,
            worker.call,
            self._folders_changed,
            self._presets_changed,
            self._tell_found,
            self._written,
            self.metrics.saving,
        )
        self.listener = OscListener(
            reactor,
            settings.osc_port,
            clock=reactor,
            now=reactor.seconds,
            told=self._shown,
            restarted=lambda at: self._log.info("CasparCG counts its ticks anew"),
            interface="127.0.0.1" if _is_local(settings.caspar_host) else "",
        )
        self.link = CasparLink(
            reactor,
            settings.caspar_host,
            settings.caspar_port,
            clock=reactor,
            now=now,
            events=LinkEvents(
                self._link_up, self._link_down, self._link_gave_up, self.metrics.amcp
            ),
            osc_port=self.listener.port,
            give_up_after=settings.give_up_after,
        )
        self.library = MediaLibrary(
            settings,
            reactor,
            now,
            readers.call,
            worker.call,
            self.link.send,
            self._is_calm,
            self._library_changed,
            self._progress_changed,
        )
        self.overlay = Overlay(
            self.link.send,
            self.records.append,
            self._graphics_changed,
            reactor,
            now,
            {Target(each.number, each.layer) for each in settings.channels},
        )
        self.vigil = Vigil(
            reactor,
            now,
            lambda: [(each.document(), each.lately()) for each in self.channels.values()],
            self.library.files,
            {
                each.number: tuple(filter(None, (each.filler, each.slate)))
                for each in settings.channels
            },
            settings.preflight_hours,
            self._findings_changed,
        )
        shelves = Shelves(
            self.library,
            self.records.folders,
            self.records.presets,
            self.overlay,
            ImportFolder(settings.import_folder, readers.call),
            self.records.days,
            settings.zone,
            (str(settings.media_dir.absolute()), *filter(None, [settings.clip_prefix])),
            preflight=self.vigil,
        )
        self.supervision = Supervision(reactor)
        self.signs = VitalSigns(
            settings,
            reactor,
            now,
            readers.call,
            self.link,
            self.channels,
            self.records,
            self.supervision.broken,
            self.supervision.restarts,
            self.vigil.findings,
            self._clients,
            self.library.health,
        )
        pick = random.SystemRandom().choice
        self.door = Door(self.channels, shelves, self.signs.health, reactor, now, pick, worker.call)
        limits = Limits(
            origins=settings.allowed_origins, clients=settings.max_clients, farewell=_FAREWELL
        )
        self.alerting = Alerting(settings, reactor, now, self.signs.vitals, self.door.alert)
        self.factory = SubscriberFactory(self.door, reactor, limits)
        page = settings.page_dir
        pages = None if page is None else Pages(page.absolute(), readers.call, reactor)
        site = make_site(
            self.factory,
            self.signs.health,
            reactor,
            now,
            Thumbnails(self.library, worker.call, pages),
            pages,
            Downloads(self.channels, settings.zone, worker.call),
            BroadcastLog(self.records.days, settings.allowed_origins),
            self.unready,
            self.metrics.exposition,
        )
        self.ports = (
            Port("WebSocket", reactor, settings.listen, settings.ws_port, self.factory),
            Port("HTTP", reactor, settings.listen, settings.http_port, site),
        )
        self._alarms = Alarms(
            self.door.alarm,
            reactor.callFromThread,
            reactor.seconds,
            frozenset([Door._log.namespace]),
        )

    # The life of the daemon.

    def startService(self) -> None:
        """
        Take the data folder and the ports, read the records, go; clients are served when all of it
        is done.

        @raise CannotStart: it cannot; the log says why, in one line.
        """
        super().startService()
        self._log.info(
            "rtgplayout {version}; WebSocket helpers in C: {nvx}", version=__version__, nvx=USES_NVX
        )
        self._take_folder()
        for port in self.ports:
            try:
                port.startService()
            except CannotListenError as error:
                where = f"{port.address}:{port.number} ({port.name})"
                self._refuse(f"cannot listen on {where}: {_reason(error)}")
        try:
            self.listener.startService()
        except CannotListenError as error:
            self._refuse(f"cannot listen for telemetry on {error.port}: {_reason(error)}")
        self._threads.startService()
        self._readers.startService()
        self._worker.startService()
        globalLogPublisher.addObserver(self._alarms)
        for each in self.settings.channels:
            try:
                self.channels[each.number] = self._make_channel(each)
            except OSError as error:
                self._refuse(f"the records of channel {each.number} cannot be used: {error}")
        try:
            self.records.start()
        except LockTaken as taken:
            self._refuse(str(taken))
        except OSError as error:
            self._refuse(f"the folders or presets cannot be used: {error}")
        self.door.feeds.library.begin()
        self._forgetting = self._reactor.callLater(_RECENT, self.door.standing.clear)
        where = ", ".join(f"{port.name} {port.address}:{port.number}" for port in self.ports)
        self.records.happened("SERVER_START", f"version {__version__}, {where}")
        for channel in self.channels.values():
            channel.startService()
        self.library.startService()
        self.link.startService()
        self.signs.disks.startService()
        self.vigil.startService()
        self.alerting.startService()
        self._look_after_parts()
        self.supervision.startService()
        self._unready = ""
        self.systemd.ready()
        self._telling.start(_STATUS, now=False).addErrback(
            lambda failure: self._log.failure("while telling systemd", failure)
        )
        self._log.info("ready")

    def stopService(self) -> Deferred[None]:
        """Stop in order; each step gets its time, and not more."""
        super().stopService()
        self._unready = "the daemon stops"
        if self._telling.running:
            self._telling.stop()
        self.systemd.stopping()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("alerts", self.alerting.stopService),
            ("supervision", self.supervision.stopService),
            ("preflight", self.vigil.stopService),
            ("accepting clients", self._close_ports),
            ("telling clients", self.factory.stop),
            ("the media library", self.library.stopService),
            ("saving", self._save_rest),
            ("leaving CasparCG", self.link.stopService),
            ("telemetry", self.listener.stopService),
            ("the channels", self._stop_channels),
            ("the threads", self._threads.stopService),
            ("the readers", self._readers.stopService),
            ("the worker", self._worker.stopService),
        )
        await stop_in_order(steps, _STEP, self._reactor)
        globalLogPublisher.removeObserver(self._alarms)
        self.records.release()
        if self._lock is not None:
            os.close(self._lock)

    def _refuse(self, sentence: str) -> NoReturn:
        """Do not start: one clear line in the log."""
        self._log.critical("rtgplayout cannot start: {sentence}", sentence=sentence)
        raise CannotStart(sentence)

    def _take_folder(self) -> None:
        """Make sure of the folders, and that no other daemon uses this data."""
        folder = self.settings.data_dir
        try:
            loading.check_folders(self.settings)
            self._lock = lock_folder(folder)
        except BadSetting as bad:
            self._refuse(str(bad))
        except BlockingIOError:
            self._refuse(f"another daemon uses the data folder {folder}")
        except OSError as error:
            self._refuse(f"the data folder {folder} cannot be locked: {error}")

    async def _close_ports(self) -> None:
        for port in self.ports:
            await port.stopService()

    async def _save_rest(self) -> None:
        """Everything that was asked is on its way to the disk; wait for the last of it."""
        if self._forgetting is not None and self._forgetting.active():
            self._forgetting.cancel()
        await self.records.stop(f"graceful, after {self.signs.uptime():.0f} s")
        await self._threads.when_idle()

    def _look_after_parts(self) -> None:
        """What may fail, and is begun again then."""
        parts: list[tuple[str, Any]] = [
            ("the link", self.link),
            ("the library", self.library),
            ("the records", self.records),
        ]
        parts += [(f"the {port.name} port", port) for port in self.ports]
        parts += [(f"channel {number}", channel) for number, channel in self.channels.items()]
        for name, each in parts:
            self.supervision.look_after(Part(name, each.fault, each.restart))

    def _stop_channels(self) -> None:
        self.signs.disks.stopService()
        for channel in self.channels.values():
            channel.stopService()

    # The channels.

    def _make_channel(self, wanted: ChannelSetting) -> Channel:
        """
        A channel, with what is on disk of it.

        @raise OSError: a damaged file could not be set aside.
        """
        state, records = self.records.channel(wanted)
        return Channel(
            state,
            self.link,
            records,
            self.door.watcher,
            self.overlay.perform,
            self._reactor,
            self._now,
            self._threads.call,
            self.systemd.ticked,
            self.metrics.ticked,
        )

    def vitals(self) -> Vitals:
        """All that the daemon knows of itself."""
        return self.signs.vitals()

    def _tell_systemd(self) -> None:
        """In the line that C{systemctl status} shows."""
        with self._log.failuresHandled("while telling systemd how it goes"):
            word, reasons = verdict(self.vitals())
            self.systemd.status(f"{word}: {'; '.join(reasons)}" if reasons else word)

    def _clients(self) -> Clients:
        return self.door.figures()

    def unready(self) -> str:
        """Why nobody is served now; empty when they are, and the channels tick."""
        faults = (f"{each.name}: {each.fault()}" for each in self.channels.values() if each.fault())
        return self._unready or next(faults, "")

    # What everybody is told; the door is made after those who tell.

    def _library_changed(self) -> None:
        self._keep()
        self.door.feeds.library.library_changed()
        self.vigil.library_changed()

    def _findings_changed(self, channel: int) -> None:
        self.door.feeds.preflight_changed(channel)

    def _folders_changed(self) -> None:
        self.door.feeds.library.folders_changed()

    def _presets_changed(self) -> None:
        self.door.feeds.presets_changed()

    def _graphics_changed(self, change: GraphicsChange) -> None:
        self.door.feeds.graphics_changed(change)

    def _is_calm(self) -> bool:
        """Whether nothing is about to happen on air."""
        now = self._now()
        return all(is_calm(channel.status(), now) for channel in self.channels.values())

    def _progress_changed(self) -> None:
        self._keep()
        self.door.feeds.library.progress_changed()

    def _keep(self) -> None:
        """What is known of files stays in memory."""
        self.garbage.keep(len(self.library.library().entries) + self.library.progress().done)

    def _tell_found(self, channel: int | None, sentences: tuple[str, ...]) -> None:
        """What was found when the records were read: for the log, and for those who come soon."""
        number = self.door.feeds.first if channel is None else channel
        for sentence in sentences:
            self._log.warn("channel {n}: {sentence}", n=number, sentence=sentence)
        told = list(sentences[:_MOST_NOTICES])
        if len(sentences) > len(told):
            told.append(f"{len(sentences) - len(told)} more repairs are told in the log.")
        self.door.standing += [(number, Notice("warning", each)) for each in told]

    def _written(self, entry: Mapping[str, object], done: Deferred[None]) -> Deferred[None]:
        """An entry of the as-run is being written: for all who look at what happens."""
        with self._log.failuresHandled("while looking at an entry of the as-run"):
            self.signs.happened(entry)
            self.alerting.happened(entry)
        return self.metrics.recorded(entry, done)

    # CasparCG.

    def _shown(self, status: ChannelStatus, at: float) -> None:
        self.overlay.shown(status)
        channel = self.channels.get(status.channel)
        if channel is not None:
            channel.shown(status)

    def _link_up(self, version: ServerVersion | None, server: str) -> None:
        self.signs.link_up()
        self.listener.follow(server, version)
        self.overlay.link_up()
        self.library.link_up()
        for channel in self.channels.values():
            channel.link_up()

    def _link_down(self, why: str) -> None:
        self.signs.link_down()
        self.overlay.link_down()
        if not self.running:
            return  # we left it ourselves
        for channel in self.channels.values():
            channel.link_down(why)

    def _link_gave_up(self, attempts: int) -> None:
        """The configured limit is reached: nobody tries any more, and everybody must know."""
        sentence = f"CasparCG was not reached in {attempts} attempts; it is not tried any more"
        for channel in self.channels.values():
            channel.notify(Notice("error", sentence))


def _reason(error: CannotListenError) -> str:
    """What the system says."""
    return getattr(error.socketError, "strerror", None) or str(error.socketError)


def _is_local(host: str) -> bool:
    """Whether that is this machine, by one of the names that only it has."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _end(
    otherwise: Callable[..., object],
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Show what ended the process, unless that was said already."""
    if not isinstance(error, CannotStart):
        otherwise(kind, error, trace)


def makeService(options: Options) -> IService:
    """The daemon that C{options} describe."""
    from twisted.internet import reactor  # noqa: PLC0415 - installing it is twistd's business

    # Timers survive steps of the wall clock.
    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    txaio.config.loop = reactor  # type: ignore[attr-defined] # Autobahn's timers
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it would end the daemon
    # What works in threads gives way sooner than after the usual 5 ms: it is asked to at every read
    # and write, and of those there are many in a turn with many clients.
    sys.setswitchinterval(0.0002)
    sys.excepthook = partial(_end, sys.excepthook)
    threads = Threads(reactor)  # type: ignore[arg-type] # it is one
    # As many as those who use them leave to each other, however many of them wait for a disk.
    readers = Threads(reactor, _READERS)  # type: ignore[arg-type]
    worker = Threads(reactor, 1)  # type: ignore[arg-type]
    systemd = Systemd.from_environment(
        os.environ,
        os.getpid(),
        time.monotonic,
        [channel.number for channel in options.config.channels],
    )
    daemon = Daemon(options.config, reactor, time.time, threads, readers, worker, systemd)
    daemon.garbage.begin()
    reactor.callWhenRunning(daemon.garbage.settle)
    return daemon
