"""
How long the daemon keeps itself from its clock, beside what the machine does to a process that has
nothing to do.
"""

import os
import signal

from attrs import define, frozen

from tests.processes import Child, Daemon

from .figure import Figure
from .studio import Studio

_PROMISED = 5.0


@frozen
class Longest:
    """
    What was longest, in milliseconds; see L{Probe <tests.bench.probe.Probe>}.

    @ivar whole: how often all objects were looked through for garbage.
    """

    late: float
    own: float
    work: float
    whole: int


class Probed(Daemon):
    """The daemon, looked at from inside (L{tests.bench.probed})."""

    program = ("-m", "tests.bench.probed")


@define
class Pulse:
    """
    The daemon, and a process without any work.

    @ivar asked: how often.
    """

    daemon: Probed
    idle: Child
    asked: int = 0

    @classmethod
    async def of(cls, made: Studio, daemon: Daemon) -> "Pulse":
        """Begin with that daemon, a L{Probed}."""
        assert isinstance(daemon, Probed)
        idle = made.child(["-m", "tests.bench.probe"])
        await idle.said("idle\n")
        pulse = cls(daemon, idle)
        await pulse.longest()
        return pulse

    async def longest(self) -> tuple[Longest, Longest]:
        """What there was since this was asked last: of the daemon, and of the other."""
        self.asked += 1
        found = []
        for each in (self.daemon, self.idle):
            os.kill(each.process.pid, signal.SIGUSR1)
            said = await each.said(rf"PROBE {self.asked}: (\S+) (\S+) (\S+) (\d+)\n")
            late, own, work = map(float, said.groups()[:3])
            found.append(Longest(late, own, work, int(said[4])))
        return found[0], found[1]

    async def figures(self) -> list[Figure]:
        """The same, as figures."""
        daemon, idle = await self.longest()
        return [
            Figure("longest work between two ticks", daemon.work, "ms", _PROMISED),
            Figure("longest wait for a tick, of its own making", daemon.own, "ms", _PROMISED),
            Figure("threads of other processes included", daemon.late, "ms"),
            Figure("meanwhile, in a process without any work", idle.late, "ms"),
            Figure("all objects were looked through for garbage", daemon.whole, "times"),
        ]
