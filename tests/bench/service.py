"""
The daemon as a process: how soon it can be used, and what it takes while nobody does anything.
"""

import time
from statistics import median

from twisted.internet.task import deferLater

from tests.processes import reactor

from .figure import Figure, together
from .studio import processor, resident, studio

_ITEMS, _STARTS = 1_000, 3
_SETTLE, _IDLE = 5.0, 15.0
"""Seconds on air before it is watched, and for which it is."""


async def start() -> list[Figure]:
    """From the process's start to the WebSocket's greeting."""
    took, work = [], []
    async with studio() as made:
        for _ in range(_STARTS):
            daemon = await made.daemon(_ITEMS)
            operator = await made.operator(daemon)
            took.append(operator.came[0][0] - daemon.started)
            work.append(processor(daemon))
            await made.leave(daemon)
    return together(
        Figure(f"start to ready, {_ITEMS:,} items", median(took), "s", 1.5),
        Figure("the daemon's work until then", median(work), "s"),
    )


async def idle() -> list[Figure]:
    """On air, with one operator connected."""
    async with studio() as made:
        daemon = await made.daemon(_ITEMS)
        operator = await made.operator(daemon)
        await made.on_air(operator)
        await deferLater(reactor, _SETTLE, lambda: None)
        before, began = processor(daemon), time.monotonic()
        await deferLater(reactor, _IDLE, lambda: None)
        share = (processor(daemon) - before) / (time.monotonic() - began)
        memory = resident(daemon)
    return together(
        Figure(f"idle, {_ITEMS:,} items on air: of one core", 100 * share, "%", 2),
        Figure("memory", memory, "MB", 120),
    )
