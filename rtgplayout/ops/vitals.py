# -*- test-case-name: tests.ops.test_health -*-
"""
How the daemon is at a moment, as far as it knows itself: what its health, its alerts and its
figures are told from.
"""

from collections.abc import Mapping
from fractions import Fraction

from attrs import field, frozen

from ..media.preflight import Finding
from ..playout.status import Status
from ..playout.tickclock import TickClock

__all__ = ["Clients", "Disk", "Vitals"]


@frozen
class Clients:
    """
    Those at the WebSocket.

    @ivar connected: how many there are.
    @ivar slow: how many of them do not read what they are sent, now.
    @ivar dropped: how many were let go since the start because they did not.
    @ivar errors: how many messages were answered with an error since the start.
    @ivar queued: bytes that wait to be sent to them.
    @ivar received: bytes that came in their messages since the start.
    @ivar sent: bytes that went to them in messages since the start.
    """

    connected: int = 0
    slow: int = 0
    dropped: int = 0
    errors: int = 0
    queued: int = 0
    received: int = 0
    sent: int = 0


@frozen
class Disk:
    """
    A disk that we write to, or that clips are on.

    @ivar what: what for, as in C{"the data folder"}; of several on one disk, the first.
    @ivar free: bytes that we may still write.
    @ivar total: bytes.
    """

    what: str
    free: int
    total: int


@frozen
class Vitals:
    """
    What is known at a moment.

    @ivar wall: seconds since the epoch.
    @ivar away: for how many seconds CasparCG cannot be commanded; L{None} while it can.
    @ivar why_away: why not.
    @ivar answers: it gave a sign of life when it last should have.
    @ivar statuses: of all channels.
    @ivar schedule_left: by channel, seconds until nothing is scheduled any more; L{None} when that
        is not to be expected, as in manual mode or behind a live input without an end.
    @ivar findings: what is wrong with what is scheduled.
    @ivar unsaved: what could not be saved the last time, and why.
    @ivar broken: parts of the daemon that failed and do not work again yet, and why.
    @ivar chain: what is wrong with the chain of the as-run; empty when nothing is.
    @ivar memory: bytes that the process holds; 0 when that is not known.
    @ivar jumped_at: when the wall clock jumped last, by the monotonic clock; L{None} for never.
    @ivar jumped_by: by how many seconds, forwards when positive.
    @ivar mono: seconds of the monotonic clock now.
    @ivar reconnects: how often CasparCG was connected to again.
    @ivar pending: commands that are sent and have no answer yet.
    @ivar queued: commands that wait to be sent.
    @ivar clocks: by channel, CasparCG's tick counter against the monotonic clock.
    @ivar other_rates: by channel, frames a second of CasparCG's and of the settings', where these
        are not the same.
    @ivar files: of the media library, how many in each state; the state in a word.
    @ivar restarts: how often each part was begun again.
    """

    wall: float
    away: float | None = None
    why_away: str = ""
    answers: bool = True
    statuses: tuple[Status, ...] = ()
    unsaved: Mapping[str, str] = field(factory=dict)
    schedule_left: Mapping[int, float | None] = field(factory=dict)
    findings: tuple[Finding, ...] = ()
    broken: Mapping[str, str] = field(factory=dict)
    chain: str = ""
    memory: int = 0
    disks: tuple[Disk, ...] = ()
    clients: Clients = Clients()
    jumped_at: float | None = None
    jumped_by: float = 0.0
    mono: float = 0.0
    reconnects: int = 0
    pending: int = 0
    queued: int = 0
    clocks: Mapping[int, TickClock] = field(factory=dict)
    other_rates: Mapping[int, tuple[Fraction, Fraction]] = field(factory=dict)
    files: Mapping[str, int] = field(factory=dict)
    restarts: Mapping[str, int] = field(factory=dict)
