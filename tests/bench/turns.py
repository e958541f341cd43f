"""
Edits of a list of 10,000 items: how long they keep the daemon from its clock.
"""

import os
import signal
from statistics import median

from twisted.internet.task import deferLater

from tests.processes import Daemon, reactor

from .edits import Edits
from .figure import Figure, together
from .studio import Studio, studio

_ITEMS, _EDITS = 10_000, 20
_REST = 3.0
"""Seconds for which nobody edits."""


class Probed(Daemon):
    """The daemon, looked at from inside (L{tests.bench.probed})."""

    program = ("-m", "tests.bench.probed")
    asked = 0

    async def longest(self) -> tuple[float, float]:
        """
        What there was since this was asked last, in milliseconds: the longest time in which no
        timer could fire, and the most processor time of the reactor's thread between two.
        """
        self.asked += 1
        os.kill(self.process.pid, signal.SIGUSR1)
        found = await self.said(rf"PROBE {self.asked}: (\S+) ms, (\S+) ms\n")
        return float(found[1]), float(found[2])


async def turns() -> list[Figure]:
    """On air, with an operator on version 2, and then with one on version 1 as well."""
    async with studio() as made:
        daemon = await made.daemon(_ITEMS, Probed)
        assert isinstance(daemon, Probed)
        return await _edited(made, daemon)


async def _edited(made: Studio, daemon: Probed) -> list[Figure]:
    operator = await made.operator(daemon)
    await made.on_air(operator)
    await Edits(operator, _ITEMS).run(2)
    await daemon.longest()
    await deferLater(reactor, _REST, lambda: None)
    gap, work = await daemon.longest()
    found = together(
        Figure(f"longest work between two ticks, {_ITEMS:,} items, nobody edits", work, "ms", 5),
        Figure("longest wait for a tick, threads and other processes included", gap, "ms"),
    )
    for others, who in enumerate(("version 2", "versions 1 and 2")):
        watchers = await made.watchers(daemon, others, 1)
        await daemon.longest()
        done = await Edits(operator, _ITEMS, watchers).run(_EDITS)
        gap, work = await daemon.longest()
        found += together(
            Figure(
                f"edit to acknowledgement, {_ITEMS:,} items on air, {who}",
                1000 * median(done.acknowledged),
                "ms",
                50,
            ),
            Figure("the slowest of them", 1000 * max(done.acknowledged), "ms", 50),
            Figure("longest work between two ticks", work, "ms", 5),
            Figure("longest wait for a tick, threads and other processes included", gap, "ms"),
        )
    return found
