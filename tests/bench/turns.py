"""
Edits of a list of 10,000 items: how long they keep the daemon from its clock.
"""

from statistics import median

from twisted.internet.task import deferLater

from tests.processes import reactor

from .edits import Edits
from .figure import Figure, together
from .pulse import Probed, Pulse
from .studio import studio

_ITEMS, _EDITS = 10_000, 20
_REST = 3.0
"""Seconds for which nobody edits."""


async def turns() -> list[Figure]:
    """On air, with an operator on version 2, and then with one on version 1 as well."""
    async with studio() as made:
        daemon = await made.daemon(_ITEMS, Probed)
        pulse = await Pulse.of(made, daemon)
        operator = await made.operator(daemon)
        await made.on_air(operator)
        await Edits(operator, _ITEMS).run(2)
        await pulse.longest()
        await deferLater(reactor, _REST, lambda: None)
        found = together(
            Figure(f"{_ITEMS:,} items on air, watched without an edit for", _REST, "s"),
            *await pulse.figures(),
        )
        for others, who in enumerate(("version 2", "versions 1 and 2")):
            watchers = await made.watchers(daemon, others, 1)
            await pulse.longest()
            done = await Edits(operator, _ITEMS, watchers).run(_EDITS)
            found += together(
                Figure(
                    f"edit to acknowledgement, {_ITEMS:,} items on air, {who}",
                    1000 * median(done.acknowledged),
                    "ms",
                    50,
                ),
                Figure("the slowest of them", 1000 * max(done.acknowledged), "ms", 50),
                *await pulse.figures(),
            )
        return found
