# -*- test-case-name: tests.test_tap -*-
"""
The daemon's knowledge of itself, put together from all its parts: for its health, its alerts and
its figures.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .amcp.client import CasparLink
from .api.desk import Health
from .config import Config
from .media.preflight import Finding
from .ops.disks import Disks
from .ops.health import verdict
from .ops.process import resident_memory
from .ops.vitals import Clients, Vitals
from .playout.channel import Channel
from .playout.status import schedule_left
from .records import StationRecords

__all__ = ["VitalSigns"]


class VitalSigns:
    """
    @ivar disks: looked at as long as that service runs.
    """

    def __init__(
        self,
        settings: Config,
        clock: Any,
        now: Callable[[], float],
        in_thread: Callable[..., Any],
        link: CasparLink,
        channels: Mapping[int, Channel],
        records: StationRecords,
        broken: Callable[[], Mapping[str, str]],
        restarts: Callable[[], Mapping[str, int]],
        findings: Callable[[], tuple[Finding, ...]],
        clients: Callable[[], Clients],
        media: Callable[[], Mapping[str, object]],
    ) -> None:
        """
        @param clock: its C{seconds} is monotonic.
        @param now: the wall clock.
        @param in_thread: where disks are waited for.
        @param broken: the parts that do not work, and why.
        @param restarts: how often each was begun again.
        @param media: the health of the library.
        """
        self._clock = clock
        self._now = now
        self._link = link
        self._channels = channels
        self._records = records
        self._broken = broken
        self._restarts = restarts
        self._findings = findings
        self._clients = clients
        self._media = media
        self._since = float(clock.seconds())
        self._away_since: float | None = self._since
        self._jump: tuple[float, float] | None = None
        folders = [("the data folder", settings.data_dir), ("the as-run", settings.as_run_folder)]
        folders += [("the log", settings.log_dir)] if settings.log_dir is not None else []
        folders += [("the backups", settings.backup_dir)] if settings.backup_dir is not None else []
        self.disks = Disks(((what, path.absolute()) for what, path in folders), in_thread, clock)

    # What happens.

    def link_up(self) -> None:
        """CasparCG can be commanded."""
        self._away_since = None

    def link_down(self) -> None:
        """It cannot any more."""
        self._away_since = float(self._clock.seconds())

    def happened(self, entry: Mapping[str, object]) -> None:
        """
        Look at what is written into the as-run.

        @param entry: as L{as_fields <rtgplayout.playout.asrun.as_fields>} gives it.
        """
        if entry.get("event") == "CLOCK_JUMPED":
            by = float(str(entry.get("details")).removesuffix(" s"))
            self._jump = float(self._clock.seconds()), by

    # How it is.

    def uptime(self) -> float:
        """Seconds since the start."""
        return float(self._clock.seconds()) - self._since

    def vitals(self) -> Vitals:
        """All that is known now."""
        link, wall, mono = self._link.health(), self._now(), float(self._clock.seconds())
        statuses = {number: each.lately() for number, each in self._channels.items()}
        return Vitals(
            wall=wall,
            away=None if self._away_since is None else mono - self._away_since,
            why_away=link.last_error,
            answers=link.healthy,
            statuses=tuple(statuses.values()),
            unsaved=self._records.unsaved(),
            schedule_left={
                number: schedule_left(status, self._channels[number].document(), wall)
                for number, status in statuses.items()
            },
            findings=self._findings(),
            broken=self._broken(),
            chain=self._records.broken_chain,
            memory=resident_memory(),
            disks=self.disks.known,
            clients=self._clients(),
            jumped_at=None if self._jump is None else self._jump[0],
            jumped_by=0.0 if self._jump is None else self._jump[1],
            mono=mono,
            reconnects=link.reconnects,
            pending=link.pending,
            queued=sum(link.queued.values()),
            clocks={
                number: each.state.clock
                for number, each in self._channels.items()
                if each.state.clock is not None
            },
            other_rates={
                number: (each.state.rate, each.state.setup.rate)
                for number, each in self._channels.items()
                if each.state.rate not in (None, each.state.setup.rate)
            },
            files={
                state: count
                for state, count in self._media().items()
                if isinstance(count, int) and not isinstance(count, bool) and state != "files"
            },
            restarts=self._restarts(),
        )

    def health(self) -> Health:
        """What monitoring is told."""
        link = self._link.health()
        vitals = self.vitals()
        word, reasons = verdict(vitals)
        round_trip = link.round_trip
        caspar = {
            "connected": link.connected,
            "healthy": link.healthy,
            "reconnectAttempts": link.reconnects,
            "pendingCommands": link.pending,
            "queuedCommands": sum(link.queued.values()),
            "socketState": "open" if link.connected else link.state,
            "roundTripMs": None if round_trip is None else round(round_trip * 1000, 2),
            "version": None if link.version is None else str(link.version),
        }
        return Health(word, self.uptime(), vitals.memory, reasons, caspar, self._media())
