"""
A week of the whole daemon on the simulated clock: what it leaves behind.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.week import HOUR, Week

from .figure import Figure, together

_HOURS = 168


async def week() -> list[Figure]:
    """The second day against the last: whatever is to be filled was filled by then."""
    with TemporaryDirectory() as folder:
        lived = Week(Path(folder))
        lived.run(24 * HOUR)
        early = lived.run(24 * HOUR)
        print(f"after two days: {early}", file=sys.stderr, flush=True)
        late = lived.run((_HOURS - 48) * HOUR)
        print(f"after {_HOURS} h: {late}", file=sys.stderr, flush=True)
        files = len(os.listdir("/proc/self/fd"))
        lived.stop()
    growth = (late.memory - early.memory) / (1 << 20)
    return together(
        Figure("memory of a week, more than after two days", growth, "MB", 5),
        Figure("Deferreds that did not fire, more", late.deferreds - early.deferreds, "", 3),
        Figure("timers, more", late.timers - early.timers, "", 3),
        Figure("open files at the end", files, ""),
        Figure("items started", late.junctions, ""),
    )
