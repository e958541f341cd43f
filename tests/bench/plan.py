"""
The plan: how long a list takes to be scheduled, and what one edit costs.
"""

import time
from collections.abc import Callable
from statistics import median
from zoneinfo import ZoneInfo

from attrs import evolve

from rtgplayout.rundown.planned import Anchor
from rtgplayout.rundown.playlist import Change, apply
from rtgplayout.rundown.schedule import reschedule, schedule

from .figure import Figure
from .lists import evening

_UTC = ZoneInfo("UTC")
_STARTS = 1_773_633_600.0
_TIMES = 9
_PROMISED = {1_000: None, 10_000: 50.0}


async def plan() -> list[Figure]:
    """Milliseconds of processor time, medians."""
    return [figure for count, most in _PROMISED.items() for figure in _of(count, most)]


def _of(count: int, most: float | None) -> list[Figure]:
    playlist, anchor = evening(count, _STARTS), Anchor(0, _STARTS)
    whole = _milliseconds(
        # A fresh value each time, so that nothing it remembers of itself is left.
        lambda n: schedule(evolve(playlist), anchor, _UTC)
    )
    before = schedule(playlist, anchor, _UTC)

    def edit(n: int) -> object:
        item = playlist.items[(n + 1) * count // (_TIMES + 1)]
        after, changes = apply(playlist, Change(evolve(item, duration=item.duration - 1)))
        return reschedule(before, after, changes, anchor, _UTC)

    return [
        Figure(f"schedule of {count:,} items", whole, "ms", most),
        Figure(f"an edit and its schedule, {count:,} items", _milliseconds(edit), "ms"),
    ]


def _milliseconds(call: Callable[[int], object]) -> float:
    """What a call costs."""
    costs = []
    for n in range(_TIMES):
        before = time.process_time()
        call(n)
        costs.append(time.process_time() - before)
    return 1000 * median(costs)
