"""
The link: commands a second, and how long one takes, against the emulator on loopback.
"""

import time
from itertools import count
from statistics import median

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred

from rtgplayout.amcp.client import CasparLink, LinkEvents
from rtgplayout.amcp.commands import Priority, Raw
from tests.processes import reactor, until

from .figure import Figure, together
from .studio import studio

_COMMANDS, _ALONE, _AT_ONCE = 3_000, 200, 20
_COMMAND = Raw("MIXER 1-10 VOLUME", Priority.PLAY)


async def link() -> list[Figure]:
    """Many at once, and one after the other."""
    async with studio() as made:
        caspar = CasparLink(
            reactor,
            "127.0.0.1",
            made.caspar_port,
            clock=reactor,
            now=time.time,
            events=LinkEvents(lambda version, address: None, lambda why: None),
        )
        caspar.startService()
        try:
            await until("the link is up", lambda: caspar.health().connected)
            rate, alone = await _rate(caspar), await _alone(caspar)
        finally:
            await maybeDeferred(caspar.stopService)
    return together(
        Figure(f"AMCP commands through the link, {_AT_ONCE} at a time", rate, "a second"),
        Figure("one alone, to its reply", 1000 * alone, "ms"),
    )


async def _rate(caspar: CasparLink) -> float:
    """Commands a second, with some always waiting."""
    left = count(1)

    async def some() -> None:
        while next(left) <= _COMMANDS:
            await caspar.send(_COMMAND)

    began = time.monotonic()
    await gatherResults([Deferred.fromCoroutine(some()) for _ in range(_AT_ONCE)])
    return _COMMANDS / (time.monotonic() - began)


async def _alone(caspar: CasparLink) -> float:
    """Seconds from a command to its reply."""
    took = []
    for _ in range(_ALONE):
        began = time.monotonic()
        await caspar.send(_COMMAND)
        took.append(time.monotonic() - began)
    return median(took)
