"""
A daemon with much going on, as monitoring would see it. Run as a program it prints its figures,
for C{promtool check metrics}.
"""

import sys
from fractions import Fraction

from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock

from rtgplayout.amcp.commands import Clip, Command, InfoChannel, LoadBackground, Play, Raw, Target
from rtgplayout.amcp.errors import CommandRefused
from rtgplayout.amcp.wire import Reply
from rtgplayout.media.library import State
from rtgplayout.media.preflight import Fault, Finding
from rtgplayout.ops import counted
from rtgplayout.ops.metrics import Metrics
from rtgplayout.ops.vitals import Clients, Disk, Vitals
from rtgplayout.playout.status import Mode, Showing, Status
from rtgplayout.playout.tickclock import TickClock

WALL = 1_700_000_000.0
DOCUMENTS = ("the folders", "the presets", "the as-run log")


def vitals(clock: Clock, channels: int = 1) -> Vitals:
    """One of each thing that may be."""
    now = clock.seconds()
    tick = int(now * 25)
    return Vitals(
        wall=WALL + now,
        statuses=tuple(
            Status(number, Mode.AUTO, Showing.PLAYING, connected=True, telemetry=True)
            for number in range(1, channels + 1)
        ),
        unsaved={"the presets": "the disk is full"},
        schedule_left={number: 3600.0 for number in range(1, channels + 1)},
        findings=(Finding(1, "id", "a.mp4", Fault.MISSING, "", WALL + now + 60, True),),
        broken={"the library": "it failed"},
        restarts={"the library": 2, "the link": 0},
        disks=(Disk("the data folder", 5 << 30, 50 << 30),),
        clients=Clients(3, 1, 2, 4, 5000, 60_000, 700_000),
        reconnects=1,
        pending=2,
        queued=3,
        clocks={1: TickClock(Fraction(25), 0.0, tick, tick)},
        files={each.value: 7 for each in State},
    )


def busy(clock: Clock, channels: int = 1) -> Metrics:
    """Figures of which each one is shown."""
    metrics = Metrics(lambda: vitals(clock, channels), clock, lambda: WALL, range(1, channels + 1))
    air = Target(1, 10)
    commands: tuple[Command, ...] = (
        *(Play(air), LoadBackground(air, Clip("a")), InfoChannel(1), Raw("CLS"), Raw("OTHER")),
    )
    for command in commands:
        metrics.amcp(command, 0.004, None)
        metrics.amcp(command, 0.004, CommandRefused(command, Reply(404, "FAILED", ())))
    start = {"eventType": "PLAY_START", "cause": "hard start", "delayMs": 20}
    for number in range(1, channels + 1):
        metrics.recorded({**start, "channel": number}, succeed(None))
        metrics.recorded(
            {"eventType": "PLAY_ERROR", "channel": number}, fail(OSError())
        ).addErrback(lambda _: None)
        metrics.ticked(number, 0.002)
        for what in ("playlist", "state"):
            metrics.saved(f"the {what} of channel {number}", 0.01, False)
    for document in DOCUMENTS:
        metrics.saving(document, succeed(None))
        metrics.saved(document, 0.1, True)
    for _ in range(40):
        metrics.exposition()
        clock.advance(10)
    return metrics


def most(clock: Clock) -> Metrics:
    """With eight channels, and every command there is."""
    metrics = busy(clock, 8)
    for each in counted._WORDS:
        metrics.amcp(object.__new__(each), 0.003, None)
    return metrics


if __name__ == "__main__":
    sys.stdout.buffer.write(busy(Clock()).exposition()[1])
